"""No secret in a repr, an error, a pickle or a traceback."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import traceback
from collections.abc import Iterator
from types import SimpleNamespace

import mfakit
import pytest
from conftest import BY, NOW, Person, make_engine, make_world
from dict_store import DictStore


@pytest.fixture
def everything() -> SimpleNamespace:
    """One of each object that holds a secret, and the secrets as texts."""
    clock = mfakit.ManualClock(NOW)
    keyring = mfakit.Keyring.generate()
    engine = mfakit.Engine(mfakit.MemoryStore(), keyring, clock=clock)
    engine.create_tenant("acme", mfakit.Policy("Acme", remembered_device_days=30), by=BY)
    mfa = engine.tenant("acme")
    person = Person(mfa, "anna", clock)
    setup = person.sign_in()
    pending = mfa.begin_setup(setup.ticket, account_name="anna", label="Phone")
    uri = mfakit.OtpAuthUri.parse(pending.reveal_uri())
    totp = uri.to_totp()
    confirmed = mfa.confirm_setup(setup.ticket, totp.generate(at=NOW))
    clock.advance(60)
    challenge = person.challenge()
    verified = mfa.verify_and_remember(challenge.ticket, totp.generate(at=NOW + 60), device="Firefox")
    issued = mfa.issue_activation(purpose="scanner", by=BY)
    hotp = mfakit.HOTP(totp.secret)
    export = mfakit.MigrationExport.parse(
        "otpauth-migration://offline?data=CjkKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEhVBY21lOmFubmFAZXhhbXBsZS5jb20aBEFjbWUgASgBMAIQARgBIAAoAA%3D%3D"
    )
    holders = [
        keyring,
        setup,
        setup.ticket,
        pending,
        pending.qr(),
        uri,
        totp,
        totp.secret,
        hotp,
        confirmed,
        confirmed.backup_codes,
        challenge,
        verified,
        verified.assertion,
        verified.device,
        issued,
        issued.code,
        export,
        engine,
        mfa,
    ]
    texts = [
        *(word for word in keyring.danger_export().split() if len(word) > 30),
        setup.ticket.reveal(),
        pending.reveal_uri(),
        pending.reveal_key(),
        pending.reveal_key().replace(" ", ""),
        totp.secret.reveal_base32(),
        totp.secret.reveal_bytes().hex(),
        repr(totp.secret.reveal_bytes())[2:-1],
        *confirmed.backup_codes.reveal(),
        confirmed.assertion.reveal(),
        challenge.ticket.reveal(),
        verified.assertion.reveal(),
        verified.device.reveal(),
        issued.code.reveal(),
        "GEZDGNBVGY3TQOJQ",
    ]
    secrets = [text for text in texts if len(text) >= 8]
    assert len(secrets) >= 20
    return SimpleNamespace(holders=holders, secrets=secrets, mfa=mfa, person=person)


def test_reprs_show_none(everything):
    """Neither ``repr``, ``str`` nor a format."""
    for holder in everything.holders:
        shown = f"{holder!r} {holder!s} {holder} {[holder]} {dir(holder)}"
        for secret in everything.secrets:
            assert secret not in shown, type(holder)


def test_pickles_and_copies_are_refused(everything):
    """By every protocol; also inside of a record."""
    for holder in everything.holders:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(holder, protocol)
        if not isinstance(holder, mfakit.Secret):
            with pytest.raises(TypeError):
                copy.deepcopy(holder)


def test_nothing_hides_in_attributes(everything):
    """What ``vars`` and the public attributes show is as redacted."""
    for holder in everything.holders:
        for name in dir(holder):
            if name.startswith("_") or callable(getattr(type(holder), name, None)):
                continue
            shown = repr(getattr(holder, name))
            for secret in everything.secrets:
                assert secret not in shown, (type(holder), name)


def test_errors_and_tracebacks_show_none(everything):
    """With the local variables of every frame, and what was passed."""
    mfa, secrets = everything.mfa, everything.secrets
    uri = next(text for text in secrets if text.startswith("otpauth"))
    code = next(text for text in secrets if "-" in text)
    token = max(secrets, key=len)
    calls = [
        lambda: mfa.verify(token + "x", code),
        lambda: mfa.check_assertion(token, binding=b"other"),
        lambda: mfa.begin_setup(token, account_name=uri * 10, label=uri),
        lambda: mfa.redeem_activation(token, purpose="x", redeemer="y"),
        lambda: mfakit.OtpAuthUri.parse(uri[:-3] + "%"),
        lambda: mfakit.Secret.from_base32(uri),
        lambda: mfakit.TOTP(uri),
        lambda: mfakit.TOTP(token, digits=uri),
        lambda: mfakit.Keyring.parse(token),
        lambda: mfakit.open_store(f"postgres://user:{code}@/db?x={token}"),
        lambda: mfakit.PostgresStore(token),
        lambda: mfakit.Policy(issuer=uri * 5),
        lambda: mfa.accounts(state=token),
        lambda: mfa.rename_authenticator(token, uri, label=code),
    ]
    for call in calls:
        with pytest.raises((mfakit.MfaError, TypeError)) as raised:
            call()
        shown = "".join(shown_of(raised.value))
        for secret in secrets:
            assert secret not in shown


def shown_of(error: BaseException | None) -> Iterator[str]:
    """All that a tool for errors could show of this and of what led to it."""
    while error is not None:
        yield f"{error!r} {error} {vars(error)!r} {error.args!r} {getattr(error, '__notes__', ())!r}"
        found = traceback.TracebackException.from_exception(error, capture_locals=True)
        yield from found.format_exception_only()
        for frame in found.stack:
            # What this file has in its variables is its own; so is what its lines say.
            if frame.filename != __file__:
                yield f"{frame.line} {frame.locals}"
        error = error.__cause__ or error.__context__


def test_errors_of_a_store_in_python_show_none():
    """What the store was given is sealed, and stands in its frames; the engine's error shows no more."""
    store = DictStore()
    world = make_world(store)
    code, ticket = world.person.code(), world.person.challenge().ticket

    def commit(*_):
        raise RuntimeError("broken")

    store.commit = commit  # type: ignore[method-assign]
    with pytest.raises(mfakit.UnavailableError) as raised:
        world.mfa.verify(ticket, code)
    shown = "".join(shown_of(raised.value))
    secret = world.person.totp.secret
    for text in (code, ticket.reveal(), secret.reveal_base32(), repr(secret.reveal_bytes())[2:-1]):
        assert text not in shown


async def test_errors_of_awaited_calls_show_none(everything, caplog):
    """Also what asyncio logs of one that nobody looked at."""
    clock = mfakit.ManualClock(NOW)
    mfa = mfakit.AsyncEngine(mfakit.MemoryStore(), mfakit.Keyring.generate(), clock=clock).tenant("acme")
    asyncio.get_running_loop().set_debug(True)
    for secret in everything.secrets:
        task = asyncio.ensure_future(mfa.verify(secret, secret))
        await asyncio.wait([task])
        shown = f"{task!r} {''.join(shown_of(task.exception()))}"
        assert not any(it in shown for it in everything.secrets)
    lost = asyncio.ensure_future(mfa.verify(everything.secrets[0], "123456"))
    await asyncio.wait([lost])
    del lost
    gc.collect()
    assert "never retrieved" in caplog.text
    assert not any(it in caplog.text for it in everything.secrets)


def test_an_observer_is_told_none(everything):
    """Names and numbers, and nobody."""
    told = []
    clock = mfakit.ManualClock(NOW)
    engine = make_engine(mfakit.MemoryStore(), clock, observer=told.append)
    engine.create_tenant("secret-tenant", mfakit.Policy("Acme"), by=BY)
    person = Person(engine.tenant("secret-tenant"), "secret-account", clock)
    person.set_up()
    shown = repr(told)
    assert "confirm_setup" in shown
    for secret in (*person.backup_codes, "secret-tenant", "secret-account"):
        assert secret not in shown
