"""An account set up by Rust verifies from Python, and the other way round: two processes on one database."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

import mfakit
import pytest
from conftest import BY, NOW, ROOT, Person, postgres_url

INTEROP = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "interop"


def interop(*arguments: object) -> list[list[str]]:
    """Runs the example `interop`, which is Rust alone, and gives its lines."""
    ended = subprocess.run([INTEROP, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return [line.split(" ", 1) for line in ended.stdout.splitlines()]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """The URL of a database, a keyring's file and a tenant."""
    url = f"sqlite:{tmp_path / 'mfa.db'}" if request.param == "sqlite" else postgres_url()
    return url, tmp_path / "mfa.keyring", f"interop-{uuid.uuid4().hex}"


def tenant(place, clock):
    """The tenant as Python opens it."""
    url, keyring, name = place
    store = mfakit.open_store(url, migrate=True)
    engine = mfakit.Engine(store, mfakit.Keyring.open_or_create(keyring), clock=clock)
    engine.create_tenant(name, mfakit.Policy("Acme"), by=BY)
    return engine.tenant(name)


def test_set_up_by_rust_verified_by_python(place):
    """Also a session that Rust opened, and the audit trail that it began."""
    said = interop("set-up", *place, "anna", NOW)
    (secret,) = (value for name, value in said if name == "secret")
    (assertion,) = (value for name, value in said if name == "assertion")
    backup = next(value for name, value in said if name == "backup")
    clock = mfakit.ManualClock(NOW + 60)
    mfa = tenant(place, clock)
    assert mfa.check_assertion(assertion).account == "anna"
    person = Person(mfa, "anna", clock)
    code = mfakit.TOTP(secret).generate(at=clock.now())
    assert mfa.verify(person.challenge().ticket, code).basis == "otp"
    assert mfa.verify(person.challenge().ticket, backup).basis == "backup_code"
    with pytest.raises(mfakit.CodeReplayedError):
        mfa.verify(person.challenge().ticket, code)
    assert mfa.verify_audit(mfakit.AuditSubject.of_account("anna")).name == "whole"


def test_set_up_by_python_verified_by_rust(place):
    """What Rust used, Python refuses."""
    clock = mfakit.ManualClock(NOW)
    mfa = tenant(place, clock)
    person = Person(mfa, "anna", clock)
    person.set_up()
    secret, backup = person.totp.secret.reveal_base32(), person.backup_codes[0]
    said = interop("verify", *place, "anna", clock.now(), secret, backup)
    assert said == [["verified", "otp"], ["verified", "backup_code"]]
    for used in (person.code(), backup):
        with pytest.raises(mfakit.CodeReplayedError):
            mfa.verify(person.challenge().ticket, used)
