"""What type checkers make of the package: run by mypy and pyright, and by nobody."""

from __future__ import annotations

from datetime import datetime

import mfakit
from mfakit import testkit
from typing_extensions import assert_never, assert_type


def primitives() -> None:
    """One-time passwords."""
    totp = mfakit.TOTP(mfakit.Secret.generate(), digits=8, algorithm=mfakit.Algorithm.SHA256)
    match = totp.verify("12345678", at=datetime.now().astimezone(), window=(1, 0))
    assert_type(match, "mfakit.Match | None")
    if match:
        assert_type(match.step, int)
        totp.verify("12345678", last_accepted=match.step)
    assert_type(mfakit.OtpAuthUri.parse("otpauth://...").to_hotp(), "tuple[mfakit.HOTP, int]")
    assert_type(mfakit.QrCode("x").png(), bytes)
    assert_type(mfakit.settings(), "dict[str, tuple[int, int, int]]")


def decide(mfa: mfakit.Tenant) -> str:
    """A decision is one of four, and checkers know it."""
    decision = mfa.sign_in(mfa.begin_password("anna"))
    match decision:
        case mfakit.Allow(assertion=assertion):
            assert_type(assertion, mfakit.Assertion)
            return assertion.reveal()
        case mfakit.Challenge(ticket=ticket):
            verified = mfa.verify(ticket, "123456")
            assert_type(verified, mfakit.Verified)
            assert_type(verified.new_backup_codes, "mfakit.BackupCodes | None")
            return verified.assertion.reveal()
        case mfakit.Setup(ticket, deferral):
            assert_type(deferral, "mfakit.Deferral | None")
            return ticket.reveal()
        case mfakit.Deny(until=until):
            assert_type(until, "datetime | None")
            return "locked"
        case _:
            assert_never(decision)


async def awaited(engine: mfakit.AsyncEngine, by: mfakit.Administrator) -> None:
    """The same names, awaited."""
    assert_type(await engine.create_tenant("acme", mfakit.Policy("Acme"), by=by), bool)
    mfa = engine.tenant("acme")
    assert_type(mfa, mfakit.AsyncTenant)
    assert_type(await mfa.check_assertion("..."), mfakit.Current)
    assert_type(await mfa.unlock("anna", identity_verified=True, by=by), mfakit.Unlocking)


def errors(mfa: mfakit.Tenant) -> None:
    """Errors carry what a page needs."""
    try:
        mfa.verify("...", "123456")
    except mfakit.CodeMismatchError as error:
        assert_type(error.attempts_left, int)
    except mfakit.LockedError as error:
        assert_type(error.retry_after, "int | None")
    except mfakit.MfaError as error:
        assert_type(error.code, str)


class Store:
    """A store by its shape alone."""

    def load(self, keys: object, /) -> list[mfakit.StoredDocument | None]:
        """Reads."""
        return []

    def commit(self, commit: mfakit.Commit, /) -> bool:
        """Stores."""
        return not commit.writes

    def scan(self, query: mfakit.ScanQuery, /) -> list[mfakit.ScanRow]:
        """Reads a page."""
        return []

    def count(self, query: mfakit.ScanQuery, /) -> int:
        """Counts."""
        return query.limit

    def events(self, query: mfakit.EventQuery, /) -> list[mfakit.StoredEvent]:
        """Reads events."""
        return []

    def tenants(self, after: str | None, limit: int, /) -> list[str]:
        """Reads tenants."""
        return []

    def prune_events(self, key: mfakit.DocumentKey, before: int, /) -> int:
        """Removes events."""
        return 0


def own_store() -> None:
    """It fits the engine, and the suite."""
    mfakit.Engine(Store(), mfakit.Keyring.generate())
    testkit.run(Store)


def wrong(mfa: mfakit.Tenant, by: mfakit.Administrator) -> None:
    """What a checker refuses; an ignore that is not needed is an error."""
    mfa.reset("anna")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    mfa.reset("anna", by="root")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mfa.unlock("anna", True, by=by)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    mfakit.TOTP(b"bytes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    by.actor = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
