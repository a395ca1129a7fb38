"""The README, and the pages of the book that are about Python, as they are."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys

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


def programs(page):
    """The blocks of Python in a document, other than what an interpreter shows."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if not block.startswith(">>>")]


@pytest.mark.parametrize("page", PAGES)
def test_programs_run_by_themselves(page, tmp_path):
    """As somebody pastes them into a file."""
    for number, program in enumerate(programs(page)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "program.py").write_text(program)
        ended = subprocess.run([sys.executable, "program.py"], cwd=folder, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


def test_the_book_begins_with_a_program():
    """Whole, and not in pieces."""
    assert len(programs("docs/start-python.md")) == 1


def test_the_example_of_the_projects_readme_leads_to_its_pages(world):
    """One person goes through what ``README.md`` has for Python, wrong codes and another browser included."""
    (code,) = programs(ROOT / "README.md")
    example: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), example)
    after_password, after_code = example["after_password"], example["after_code"]
    mfa, person = world.mfa, world.person
    assert after_password(mfa, "anna", b"b", lambda: False) == {"page": "password again"}
    assert after_password(mfa, "bob", b"b", lambda: True)["page"] == "setup"
    shown = after_password(mfa, "anna", b"b", lambda: True)
    assert shown["page"] == "code"
    assert after_code(mfa, shown["ticket"], b"b", "x")["page"] == "code again"
    assert after_code(mfa, shown["ticket"], b"c", person.code())["page"] == "sign in again"
    assert after_code(mfa, shown["ticket"], b"b", person.code())["page"] == "home"
