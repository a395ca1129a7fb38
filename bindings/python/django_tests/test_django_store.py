"""The suite of the library over the store in Django's database, and its migrations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import mfakit
import pytest
from django.core.management import call_command
from django.db import OperationalError, connections, transaction
from mfakit import testkit
from mfakit.django.store import DjangoStore

# A connection belongs to a thread, so the suite's many threads go by these few, as requests do.
WORKERS_COUNT = 8
WORKERS = ThreadPoolExecutor(WORKERS_COUNT)


@pytest.fixture(scope="module", autouse=True)
def _workers():
    """Each thread lets its connection go, without which the database can't be removed."""
    yield
    together = Barrier(WORKERS_COUNT)

    def let_go():
        # Nobody leaves before all are here, so each thread does it once.
        together.wait(60)
        connections.close_all()

    for done in [WORKERS.submit(let_go) for _ in range(WORKERS_COUNT)]:
        done.result()
    WORKERS.shutdown()


class Pooled:
    """The store, called from a pool of threads."""

    def __init__(self) -> None:
        self.inner = DjangoStore()

    def __getattr__(self, name):
        method = getattr(self.inner, name)
        return lambda *arguments: WORKERS.submit(method, *arguments).result()


@pytest.mark.parametrize("case", testkit.CASES)
def test_it_conforms(case):
    """Each case, over the real database."""

    def reopen(store):
        WORKERS.submit(connections.close_all).result()
        return Pooled()

    testkit.run_case(case, Pooled, reopen=reopen)


def test_migrations_are_complete():
    """The models need no further one."""
    call_command("makemigrations", "mfakit", check=True, dry_run=True, verbosity=0)


def test_inside_of_a_transaction_it_is_refused(caplog):
    """What that one would roll back is never acknowledged."""
    engine = mfakit.Engine(DjangoStore(), mfakit.Keyring.generate())
    by = mfakit.Administrator("root", "a test")
    with transaction.atomic(), pytest.raises(mfakit.UnavailableError):
        engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
    assert "durable atomic block" in caplog.text
    assert engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)


def test_without_autocommit_it_is_refused():
    """Django's `atomic` commits nothing then, and says nothing of it."""
    engine = mfakit.Engine(DjangoStore(), mfakit.Keyring.generate())
    by = mfakit.Administrator("root", "a test")
    transaction.set_autocommit(False)
    try:
        with pytest.raises(mfakit.UnavailableError):
            engine.create_tenant("manual", mfakit.Policy("Acme"), by=by)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert engine.create_tenant("manual", mfakit.Policy("Acme"), by=by)
    tenant = engine.tenant("manual")
    transaction.set_autocommit(False)
    try:
        with pytest.raises(mfakit.UnavailableError):
            tenant.begin_password("anna")
        with pytest.raises(mfakit.StoreRefused):
            DjangoStore().prune_events(mfakit.DocumentKey("manual", mfakit.DocumentKind.POLICY, b""), 2)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def test_a_database_that_is_gone_is_unavailable(monkeypatch):
    """And never an Allow."""
    store = DjangoStore()
    engine = mfakit.Engine(store, mfakit.Keyring.generate())
    engine.create_tenant("gone", mfakit.Policy("Acme"), by=mfakit.Administrator("root", "a test"))

    def fail(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(store, "take_turn", fail)
    with pytest.raises(mfakit.UnavailableError) as raised:
        engine.tenant("gone").begin_password("anna")
    assert raised.value.code == "store_unavailable"
