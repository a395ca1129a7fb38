"""What the tests share: an engine on each store, and a person with an authenticator."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mfakit
import pytest

ROOT = Path(__file__).resolve().parents[3]
NOW = 1_700_000_000
BY = mfakit.Administrator("root", "a test")


def vectors(name: str) -> Any:
    """A set of test vectors, the same file that the Rust tests read."""
    return json.loads((ROOT / "vectors" / f"{name}.json").read_text())


def postgres_url() -> str:
    """Where PostgreSQL is; a missing one is a failure and no skip."""
    parts = dict(it.split("=", 1) for it in os.environ["MFAKIT_TEST_POSTGRES"].split())
    host, user = parts["host"].strip("'"), parts.get("user", "postgres")
    return f"postgres://{user}@/{parts.get('dbname', 'postgres')}?host={host}"


def redis_url() -> str:
    """Where Redis is; a missing one is a failure and no skip."""
    return os.environ["MFAKIT_TEST_REDIS"]


def open_store(kind: str, path: Path) -> mfakit.NativeStore:
    """A store of this kind."""
    if kind == "memory":
        return mfakit.MemoryStore()
    if kind == "sqlite":
        return mfakit.SqliteStore(path / "mfa.db")
    if kind == "redis":
        return mfakit.RedisStore(redis_url())
    return mfakit.PostgresStore(postgres_url(), migrate=True)


class Person:
    """Somebody with an authenticator app, whose clock is the engine's."""

    def __init__(self, mfa: mfakit.Tenant, account: str, clock: mfakit.ManualClock) -> None:
        self.mfa, self.account, self.clock = mfa, account, clock
        self.backup_codes: tuple[str, ...] = ()

    def sign_in(self, **options: Any) -> mfakit.Decision:
        """The password was right."""
        return self.mfa.sign_in(self.mfa.begin_password(self.account), **options)

    def set_up(self) -> mfakit.Assertion:
        """Sets the app up, and leaves its first code behind."""
        setup = self.sign_in()
        assert isinstance(setup, mfakit.Setup)
        names = {"account_name": self.account, "label": "Phone"}
        pending = self.mfa.begin_setup(setup.ticket, **names)
        self.totp = mfakit.OtpAuthUri.parse(pending.reveal_uri()).to_totp()
        confirmed = self.mfa.confirm_setup(setup.ticket, self.code())
        assert confirmed.backup_codes is not None
        self.backup_codes = confirmed.backup_codes.reveal()
        self.mfa.acknowledge_backup_codes(confirmed.assertion)
        self.clock.advance(60)
        return confirmed.assertion

    def challenge(self, **options: Any) -> mfakit.Challenge:
        """A sign-in that asks for a code."""
        decision = self.sign_in(**options)
        assert isinstance(decision, mfakit.Challenge)
        return decision

    def code(self) -> str:
        """What the app shows."""
        return self.totp.generate(at=self.clock.now())

    def wrong(self) -> str:
        """A code that is wrong in every step nearby."""
        near = {self.totp.generate(at=self.clock.now() + 30 * step) for step in range(-12, 13)}
        return next(code for code in (f"{number:06}" for number in range(30)) if code not in near)


def make_engine(
    store: object, clock: mfakit.ManualClock, keyring: mfakit.Keyring | None = None, **options: Any
) -> mfakit.Engine:
    """An engine on a store."""
    return mfakit.Engine(store, keyring or mfakit.Keyring.generate(), clock=clock, **options)  # type: ignore[arg-type]


def make_world(store: object, name: str = "acme", **settings: int) -> SimpleNamespace:
    """An engine, a tenant and a person who has set up."""
    clock, keyring = mfakit.ManualClock(NOW), mfakit.Keyring.generate()
    engine = make_engine(store, clock, keyring)
    assert engine.create_tenant(name, mfakit.Policy("Acme", **settings), by=BY)
    mfa = engine.tenant(name)
    person = Person(mfa, "anna", clock)
    assertion = person.set_up()
    return SimpleNamespace(
        engine=engine, store=store, keyring=keyring, mfa=mfa, clock=clock, person=person, assertion=assertion, by=BY
    )


@pytest.fixture
def world() -> SimpleNamespace:
    """The same in memory."""
    return make_world(mfakit.MemoryStore())
