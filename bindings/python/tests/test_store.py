"""Stores written in Python: the suite of the library over them, and what their failures become."""

from __future__ import annotations

import asyncio
import logging
import threading
from types import SimpleNamespace

import mfakit
import pytest
from conftest import BY, NOW, Person, make_engine, make_world
from dict_store import AsyncDictStore, DictStore
from mfakit import testkit


@pytest.mark.parametrize("case", testkit.CASES)
def test_a_store_of_dicts_conforms(case):
    """The sample of the guide."""
    testkit.run_case(case, DictStore, reopen=lambda store: store)


@pytest.mark.parametrize("case", testkit.CASES)
def test_a_store_with_coroutines_conforms(case):
    """On a loop of its own."""
    testkit.run_case(case, AsyncDictStore, reopen=lambda store: store)


def test_the_suite_finds_a_store_that_is_wrong():
    """One that forgets to compare revisions, and one that answers in another order."""

    class Careless(DictStore):
        def commit(self, commit):
            super().commit(commit)
            return True

    with pytest.raises(AssertionError, match="conflicts_write_nothing: "):
        testkit.run_case("conflicts_write_nothing", Careless)

    class Reversed(DictStore):
        def load(self, keys):
            return list(super().load(keys))[::-1]

    with pytest.raises(AssertionError, match="load_answers_in_the_order_of_the_keys"):
        testkit.run_case("load_answers_in_the_order_of_the_keys", Reversed)


def test_it_is_called_in_the_thread_of_its_caller():
    """So that a connection of the thread can be used."""
    threads = set()

    class Noting(DictStore):
        def load(self, keys):
            threads.add(threading.get_ident())
            return super().load(keys)

    make_world(Noting())
    assert threads == {threading.get_ident()}


async def test_it_runs_under_asyncio():
    """With coroutines on the loop that awaits, with plain methods off it."""
    for kind in (DictStore, AsyncDictStore):
        store = kind()
        store.threads = set()
        clock = mfakit.ManualClock(NOW)
        engine = mfakit.AsyncEngine(store, mfakit.Keyring.generate(), clock=clock)
        await engine.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
        mfa = engine.tenant("acme")
        await asyncio.gather(*(mfa.begin_password(f"{number}") for number in range(50)))
        mine = threading.get_ident()
        if kind is AsyncDictStore:
            assert store.threads == {mine}
        else:
            assert mine not in store.threads


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (mfakit.StoreUnavailable("x"), "store_unavailable"),
        (mfakit.StoreUnclear("x"), "store_unclear"),
        (mfakit.StoreCorrupt("x"), "store_corrupt"),
        (mfakit.StoreRefused("x"), "store_refused"),
        (ValueError("x"), "store_unclear"),
    ],
)
def test_what_a_failing_commit_becomes(raised, code, caplog):
    """Never an Allow; what is no StoreFailure is reported."""
    store = DictStore()
    world = make_world(store)

    def commit(_):
        raise raised

    challenge = world.person.challenge()
    store.commit = commit
    with caplog.at_level(logging.ERROR, "mfakit"), pytest.raises(mfakit.UnavailableError) as ended:
        world.mfa.begin_password("anna")
    assert ended.value.code == code
    assert bool(caplog.records) == isinstance(raised, ValueError)
    with pytest.raises(mfakit.UnavailableError):
        world.mfa.verify(challenge.ticket, world.person.code())


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("load", None),
        ("load", []),
        ("load", ["x"]),
        ("load", [SimpleNamespace(revision=-1, body=b"")]),
        ("load", [SimpleNamespace(revision=2**64, body=b"")]),
        ("load", [SimpleNamespace(revision=1, body="text")]),
        ("commit", None),
        ("commit", 1),
        ("commit", "yes"),
    ],
)
def test_an_answer_that_is_none(method, answer):
    """It is a failure of the store, whatever it looks like."""
    store = DictStore()
    world = make_world(store)
    setattr(store, method, lambda _: answer)
    with pytest.raises(mfakit.UnavailableError):
        world.mfa.begin_password("anna")


def test_what_lacks_a_method_is_no_store():
    """It is told which."""
    with pytest.raises(TypeError, match="prune_events"):
        make_engine(
            type("Store", (), dict.fromkeys(["load", "commit", "scan", "count", "events", "tenants"]))(),
            mfakit.ManualClock(NOW),
        )


def test_a_whole_life_on_it():
    """Lists, audit, rotation and pruning go through it too."""
    world = make_world(DictStore())
    Person(world.mfa, "bert", world.clock).set_up()
    assert world.mfa.count_accounts().set_up == 2
    assert world.mfa.verify_audit(mfakit.AuditSubject.of_account("bert")).name == "whole"
    assert world.engine.tenants() == ("acme",)
    assert world.engine.key_usage().unknown == 0
    world.clock.advance(40 * 86_400)
    assert world.mfa.prune_events(before=world.clock.now() - 31 * 86_400, by=BY).broken == 0
