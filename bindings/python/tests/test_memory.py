"""No growth of memory over a million calls."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from pathlib import Path

import mfakit
from conftest import NOW, make_world
from dict_store import DictStore


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def grown(call, times: int) -> int:
    """How much a call adds when it is made this often; what is made once is made before."""
    for _ in range(times // 10):
        call()
    gc.collect()
    before = resident()
    for _ in range(times):
        call()
    gc.collect()
    return resident() - before


def test_a_million_calls_take_no_memory():
    """A leak of one object for each call would be 16 MB and more."""
    totp = mfakit.TOTP(mfakit.Secret.generate())
    code = totp.generate(at=NOW)
    world = make_world(mfakit.MemoryStore())
    token = world.assertion.reveal()

    def refused():
        with contextlib.suppress(mfakit.VoidError):
            world.mfa.check_assertion("x")

    def invalid():
        with contextlib.suppress(mfakit.InvalidError):
            mfakit.TOTP("!")

    assert grown(lambda: totp.verify(code, at=NOW), 600_000) < 8 << 20
    assert grown(lambda: totp.verify("000000", at=NOW), 200_000) < 8 << 20
    assert grown(lambda: mfakit.TOTP(totp.secret), 100_000) < 8 << 20
    assert grown(lambda: world.mfa.check_assertion(token), 200_000) < 8 << 20
    assert grown(refused, 40_000) < 8 << 20
    assert grown(invalid, 40_000) < 8 << 20


def test_sign_ins_through_a_store_in_python_take_no_memory():
    """Both ways over the line; what the store keeps of each, which is its events, is let go."""
    store = DictStore()
    world = make_world(store)

    def sign_in():
        world.clock.advance(30)
        challenge = world.mfa.sign_in(mfakit.ExternalFactor("anna"))
        with contextlib.suppress(mfakit.CodeReplayedError):
            world.mfa.verify(challenge.ticket, world.person.code())
        store.log.clear()

    assert grown(sign_in, 10_000) < 8 << 20


def test_awaited_calls_take_no_memory():
    """A future, a task of the runtime and a record each; refused ones an error."""
    world = make_world(mfakit.MemoryStore())
    mfa = mfakit.AsyncEngine(world.store, world.keyring, clock=world.clock).tenant("acme")
    token = world.assertion.reveal()

    async def both():
        await mfa.check_assertion(token)
        with contextlib.suppress(mfakit.VoidError):
            await mfa.check_assertion("x")

    events = asyncio.new_event_loop()
    assert grown(lambda: events.run_until_complete(both()), 20_000) < 8 << 20
    events.close()
