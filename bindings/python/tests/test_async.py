"""``AsyncEngine`` under asyncio: the same answers, cancellation, and 1,000 calls at once."""

from __future__ import annotations

import asyncio
import inspect

import mfakit
import pytest
from conftest import BY, NOW, Person, make_world, open_store


async def test_the_life_cycle_is_awaited():
    """From setup to session."""
    clock = mfakit.ManualClock(NOW)
    engine = mfakit.AsyncEngine(mfakit.MemoryStore(), mfakit.Keyring.generate(), clock=clock)
    assert await engine.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
    mfa = engine.tenant("acme")
    setup = await mfa.sign_in(await mfa.begin_password("anna"))
    pending = await mfa.begin_setup(setup.ticket, account_name="anna", label="Phone")
    totp = mfakit.OtpAuthUri.parse(pending.reveal_uri()).to_totp()
    confirmed = await mfa.confirm_setup(setup.ticket, totp.generate(at=clock.now()))
    current = await mfa.check_assertion(confirmed.assertion)
    assert current.account == "anna"
    with pytest.raises(mfakit.VoidError):
        await mfa.verify("no ticket", "123456")
    assert await engine.tenants() == ("acme",)
    assert (await engine.key_usage()).unknown == 0
    assert (await mfa.count_accounts()).set_up == 1


def test_every_call_is_there_twice():
    """Both kinds of engine and tenant have the same names with the same arguments."""
    for waiting, awaited in (
        (mfakit.Engine, mfakit.AsyncEngine),
        (mfakit.Tenant, mfakit.AsyncTenant),
    ):
        names = [name for name in dir(waiting) if not name.startswith("_")]
        assert names == [name for name in dir(awaited) if not name.startswith("_")]
        for name in names:
            mine, theirs = getattr(waiting, name), getattr(awaited, name)
            if callable(mine):
                assert inspect.signature(mine) == inspect.signature(theirs)


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres", "redis"])
async def test_one_of_a_thousand_verifications_wins(kind, tmp_path):
    """Invariant: one code, one session; the others are told that it was used, or that they were too many."""
    store = open_store(kind, tmp_path)
    name = f"async-{kind}-{id(store)}"
    clock = mfakit.ManualClock(NOW)
    keys = mfakit.Keyring.generate()
    waiting = mfakit.Engine(store, keys, clock=clock)
    waiting.create_tenant(name, mfakit.Policy("Acme", free_replays=5), by=BY)
    person = Person(waiting.tenant(name), "anna", clock)
    person.set_up()
    mfa = mfakit.AsyncEngine(store, keys, clock=clock).tenant(name)
    tickets = [person.challenge().ticket for _ in range(8)]
    code = person.code()
    calls = [mfa.verify(tickets[number % 8], code) for number in range(1_000)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    won = [it for it in ended if isinstance(it, mfakit.Verified)]
    assert len(won) == 1
    refused = (mfakit.CodeReplayedError, mfakit.LockedError, mfakit.BusyError, mfakit.VoidError)
    assert all(isinstance(it, (mfakit.Verified, *refused)) for it in ended)
    await mfa.check_assertion(won[0].assertion)


async def test_a_cancelled_call_leaves_nothing_half_done(tmp_path):
    """What it would have committed is stored whole or not at all, and the engine goes on."""
    world = make_world(open_store("sqlite", tmp_path))
    keys = mfakit.Keyring.generate()
    mfa = mfakit.AsyncEngine(open_store("sqlite", tmp_path), keys).tenant("acme")
    for _ in range(20):
        task = asyncio.ensure_future(mfa.begin_decoy())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, mfakit.UnavailableError)):
            await task
    for subject in (mfakit.AuditSubject.of_account("anna"), mfakit.AuditSubject.of_policy()):
        assert world.mfa.verify_audit(subject).name == "whole"


def test_a_call_outside_of_a_loop_is_refused():
    """There is nothing that it could be awaited by."""
    engine = mfakit.AsyncEngine(mfakit.MemoryStore(), mfakit.Keyring.generate())
    with pytest.raises(RuntimeError, match="event loop"):
        engine.tenants()
