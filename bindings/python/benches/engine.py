"""CPU time of a sign-in with its verification, on the store in memory: one after the other, and with 64 in flight.

    python3 bench.py engine     runs this, and beside it the same in Rust (`in_flight` of `examples/interop`)

Each person signs in once in a round and verifies a code of their own. CPU time is that of the whole process, its
threads included, in microseconds for each person.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import mfakit
from support import ONCE, spread

PERSONS = 8 if ONCE else 512
ROUNDS = 1 if ONCE else int(sys.argv[1])
IN_FLIGHT = 64

clock = mfakit.ManualClock(1_800_000_000)
store, keyring = mfakit.MemoryStore(), mfakit.Keyring.generate()
engine = mfakit.Engine(store, keyring, clock=clock)
by = mfakit.Administrator("bench", reason="bench")
engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
waiting = engine.tenant("acme")
awaited = mfakit.AsyncEngine(store, keyring, clock=clock).tenant("acme")


def enrolled(account: str) -> mfakit.TOTP:
    """Sets a person up."""
    setup = waiting.sign_in(mfakit.ExternalFactor(account))
    assert isinstance(setup, mfakit.Setup)
    pending = waiting.begin_setup(setup.ticket, account_name=account, label="Phone")
    totp = mfakit.OtpAuthUri.parse(pending.reveal_uri()).to_totp()
    confirmed = waiting.confirm_setup(setup.ticket, totp.generate(at=clock.now()))
    waiting.acknowledge_backup_codes(confirmed.assertion)
    return totp


PEOPLE = {account: enrolled(account) for account in (f"person {number}" for number in range(PERSONS))}


def one_by_one(typed: dict[str, str]) -> None:
    for account, code in typed.items():
        challenge = waiting.sign_in(mfakit.ExternalFactor(account))
        assert isinstance(challenge, mfakit.Challenge)
        try:
            verified = waiting.verify(challenge.ticket, code)
        except mfakit.CodeReplayedError:
            continue  # One code in a million is that of the step before.
        assert isinstance(verified, mfakit.Verified)


async def together(typed: dict[str, str]) -> None:
    queue = list(typed.items())

    async def work() -> None:
        while queue:
            account, code = queue.pop()
            challenge = await awaited.sign_in(mfakit.ExternalFactor(account))
            assert isinstance(challenge, mfakit.Challenge)
            try:
                verified = await awaited.verify(challenge.ticket, code)
            except mfakit.CodeReplayedError:
                continue
            assert isinstance(verified, mfakit.Verified)

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


def measured(name: str, everybody: Callable[[dict[str, str]], None]) -> None:
    """Rounds that count, after as many that do not."""
    cpu, wall = [], []
    for number in range(2 * ROUNDS):
        clock.advance(30)
        typed = {account: totp.generate(at=clock.now()) for account, totp in PEOPLE.items()}
        began, started = time.process_time(), time.perf_counter()
        everybody(typed)
        if number >= ROUNDS:
            cpu.append((time.process_time() - began) / PERSONS * 1e6)
            wall.append((time.perf_counter() - started) / PERSONS * 1e6)
    print(f"{name}: cpu {spread(cpu)} wall {spread(wall)}")


measured("python Engine, one by one", one_by_one)
events = asyncio.new_event_loop()
measured("python AsyncEngine, 64 in flight", lambda typed: events.run_until_complete(together(typed)))
events.close()
