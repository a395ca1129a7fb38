"""The README, and the pages of the book that are about Python, as they are."""

from __future__ import annotations

import doctest

import pytest
from conftest import ROOT

PAGES = ["bindings/python/README.md", "docs/start-python.md", "docs/guides/python-store.md"]


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_right(page, tmp_path, monkeypatch):
    """Each example gives what it says."""
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.attempted > 5
    assert found.failed == 0
