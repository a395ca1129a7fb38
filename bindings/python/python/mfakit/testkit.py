"""The conformance suite of the library, for a store written in Python.

With pytest, one test for each case::

    import pytest
    from mfakit import testkit

    @pytest.mark.parametrize("case", testkit.CASES)
    def test_store(case):
        testkit.run_case(case, MyStore)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ._mfakit import conformance_cases, run_conformance_case
from ._store import AsyncStore, Store

__all__ = ["CASES", "run", "run_case"]

CASES: tuple[str, ...] = tuple(conformance_cases())
"""The names of the cases."""

_S = TypeVar("_S", bound="Store | AsyncStore")


def run_case(case: str, make_store: Callable[[], _S], *, reopen: Callable[[_S], _S] | None = None) -> None:
    """Runs one case; raises ``AssertionError`` with what went wrong.

    ``make_store`` gives a store that may have documents in it: the cases use tenants with random
    names. ``reopen`` closes the store it is given and opens it again; without it, that what was
    committed survives is not looked at.
    """
    run_conformance_case(case, make_store, reopen=reopen)


def run(make_store: Callable[[], _S], *, reopen: Callable[[_S], _S] | None = None) -> None:
    """Runs every case; raises one ``AssertionError`` that names all that failed."""
    failed = []
    for case in CASES:
        try:
            run_case(case, make_store, reopen=reopen)
        except AssertionError as error:
            failed.append(str(error))
    if failed:
        raise AssertionError("\n".join(failed))
