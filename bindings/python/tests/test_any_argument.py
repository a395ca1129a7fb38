"""Every public callable with every kind of argument: documented errors, and nothing else."""

from __future__ import annotations

import asyncio
import inspect
import os
from datetime import datetime, timedelta, timezone

import mfakit
import pytest
from conftest import BY, NOW, Person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mfakit import _mfakit

DOCUMENTED = (mfakit.MfaError, ValueError, TypeError)
# They take a path, and would make files wherever one points; their tests are below.
PATHS = {"open", "open_or_create", "add_key_to_file", "activate_key_in_file", "retire_key_in_file"}
# They drive the suite of the stores, make files, read the input of the process, and end everything.
APART = {"close_runtime", "command_line", "run_conformance_case", "SqliteStore"}

CLOCK = mfakit.ManualClock(NOW)
KEYS = mfakit.Keyring.generate()
STORE = mfakit.MemoryStore()
ENGINE = mfakit.Engine(STORE, KEYS, clock=CLOCK)
ENGINE.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
MFA = ENGINE.tenant("acme")
PERSON = Person(MFA, "anna", CLOCK)
ASSERTION = PERSON.set_up()
SECRET = mfakit.Secret.generate()
TOTP = mfakit.TOTP(SECRET)
HOTP = mfakit.HOTP(SECRET)
URI = mfakit.OtpAuthUri.for_totp(TOTP, issuer="Acme", account="anna")


def pending() -> mfakit.PendingSetup:
    """A setup of somebody else."""
    ticket = Person(MFA, "bert", CLOCK).sign_in().ticket
    return MFA.begin_setup(ticket, account_name="bert", label="Phone")


INSTANCES = {
    "ActivationCode": lambda: MFA.issue_activation(purpose="x", by=BY).code,
    "Assertion": lambda: ASSERTION,
    "AsyncEngine": lambda: mfakit.AsyncEngine(STORE, KEYS, clock=CLOCK),
    "AsyncTenant": lambda: mfakit.AsyncEngine(STORE, KEYS, clock=CLOCK).tenant("acme"),
    "BackupCodes": lambda: MFA.regenerate_backup_codes(fresh()).backup_codes,
    "CounterMatch": lambda: HOTP.verify(HOTP.generate(counter=0), next_counter=0),
    "DeviceToken": None,
    "Engine": lambda: ENGINE,
    "HOTP": lambda: HOTP,
    "KeyUsage": lambda: ENGINE.key_usage(),
    "Keyring": lambda: KEYS,
    "ManualClock": lambda: mfakit.ManualClock(0),
    "Match": lambda: TOTP.verify(TOTP.generate(at=NOW), at=NOW),
    "MemoryStore": lambda: STORE,
    "MigrationExport": None,
    "NativeStore": None,
    "OtpAuthUri": lambda: URI,
    "PasswordAttempt": lambda: MFA.begin_password(os.urandom(8).hex()),
    "PendingSetup": pending,
    "Policy": lambda: mfakit.Policy("Acme"),
    "PostgresStore": None,
    "QrCode": lambda: mfakit.QrCode("x"),
    "RedisStore": None,
    "RotationCursor": None,
    "Secret": lambda: SECRET,
    "SqliteStore": None,
    "TOTP": lambda: TOTP,
    "Tenant": lambda: MFA,
    "Ticket": lambda: PERSON.challenge().ticket,
}


def fresh() -> mfakit.Assertion:
    """A session that may change factors."""
    CLOCK.advance(3_600)
    MFA.unlock("anna", identity_verified=True, by=BY)
    MFA.unlock_password("anna", by=BY)
    return MFA.verify(PERSON.challenge().ticket, PERSON.code()).assertion


NUMBERS = st.one_of(st.integers(), st.sampled_from([2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**400]))
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),  # lone surrogates too
    st.sampled_from(["acme", "anna", "123456", "SHA1", "required", "fresh", "x" * 70, "\ud800"]),
)
OBJECTS = st.sampled_from(
    [
        ASSERTION,
        BY,
        CLOCK,
        ENGINE,
        HOTP,
        KEYS,
        MFA,
        SECRET,
        STORE,
        TOTP,
        mfakit.AuditSubject.of_account("anna"),
        mfakit.AuditSubject("account", None),
        mfakit.Administrator("", "x" * 600),
        mfakit.Administrator(1, None),  # type: ignore[arg-type]
        mfakit.ExternalFactor("anna"),
        mfakit.ExternalFactor(None, 1),  # type: ignore[arg-type]
        mfakit.Policy("Acme"),
        mfakit.Basis.OTP,
        mfakit.Secret,
        object(),
        len,
        datetime(2026, 1, 1),
        datetime.max.replace(tzinfo=timezone.utc),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
    ]
)
SIMPLE = st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(), TEXTS, st.binary(max_size=200), OBJECTS)
ANYTHING = st.one_of(
    SIMPLE,
    st.lists(SIMPLE, max_size=3),
    st.tuples(SIMPLE, SIMPLE),
    st.dictionaries(TEXTS, SIMPLE, max_size=2),
    st.datetimes(timezones=st.one_of(st.none(), st.just(timezone.utc))),
)


def callables() -> list[tuple[str, str | None]]:
    """Every class, function and method that the native half offers."""
    found: list[tuple[str, str | None]] = []
    for name in _mfakit.__all__ if hasattr(_mfakit, "__all__") else dir(_mfakit):
        thing = getattr(_mfakit, name)
        if name.startswith("_") or name in APART or not callable(thing):
            continue
        found.append((name, None))
        if not isinstance(thing, type):
            continue
        for method in dir(thing):
            if method.startswith("_") or method in PATHS or not callable(getattr(thing, method)):
                continue
            is_class_method = inspect.ismethod(getattr(thing, method)) or hasattr(getattr(thing, method), "__self__")
            if is_class_method or INSTANCES.get(name) is not None:
                found.append((name, method))
    return found


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """A text that happens to be the path of a store makes a file."""
    monkeypatch.chdir(tmp_path)


def test_every_class_is_tried():
    """None is forgotten here when it is added there."""
    classes = {name for name in dir(_mfakit) if isinstance(getattr(_mfakit, name), type)}
    assert classes == set(INSTANCES)


@pytest.mark.parametrize(("name", "method"), callables())
def test_any_argument(name, method):
    """By place and by name, as many as it takes and one more or less."""
    target = getattr(_mfakit, name)
    if method is not None:
        bound = hasattr(getattr(target, method), "__self__")
        target = getattr(target if bound else INSTANCES[name](), method)
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except ValueError:
        parameters = []
    named = [it.name for it in parameters if it.kind is it.KEYWORD_ONLY]
    places = sum(it.kind in (it.POSITIONAL_ONLY, it.POSITIONAL_OR_KEYWORD) for it in parameters)

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(ANYTHING, min_size=max(places - 1, 0), max_size=places + 1),
        st.fixed_dictionaries({}, optional=dict.fromkeys([*named, "no_such_name"], ANYTHING)),
        st.booleans(),
    )
    def call(arguments, options, right_by):
        if right_by and "by" in named:
            options = {**options, "by": BY}
        try:
            if name.startswith("Async"):
                asyncio.run(awaited(target, arguments, options))
            else:
                repr(target(*arguments, **options))
        except DOCUMENTED as error:
            assert str(error)
        except RecursionError:
            raise
        except BaseException as error:
            raise AssertionError(f"{type(error)}: {error}") from error

    call()


async def awaited(target, arguments, options):
    """Calls what may answer an awaitable."""
    answer = target(*arguments, **options)
    if inspect.isawaitable(answer):
        answer = await answer
    return repr(answer)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_whatever_a_person_types(text):
    """A primitive answers None; the engine refuses, and nothing is unavailable."""
    assert not TOTP.verify(text, at=NOW, window=0) or text.strip()
    assert HOTP.verify(text, next_counter=0) is None or text.strip()
    for call in (
        lambda: MFA.verify(text, text),
        lambda: MFA.check_assertion(text, binding=text.encode("utf-8", "surrogatepass")),
        lambda: MFA.redeem_activation(text, purpose="x", redeemer="y"),
    ):
        with pytest.raises(mfakit.RefusedError):
            call()
    assert MFA.sign_in(mfakit.ExternalFactor("anna"), device=text)


@pytest.mark.parametrize("method", sorted(PATHS))
def test_paths(method, tmp_path, monkeypatch):
    """Whatever is no path, or leads nowhere."""
    monkeypatch.chdir(tmp_path)
    call = getattr(mfakit.Keyring, method)
    numbers = [1] if "key_in" in method else []
    for wrong in (None, 1, b"\0", "a\0b", "/no/such/folder/keys", tmp_path, ["x"]):
        with pytest.raises((mfakit.MfaError, ValueError, TypeError, OSError)):
            call(wrong, *numbers)
    for wrong in (None, 1, "a\0b", "/no/such/folder/mfa.db", tmp_path):
        with pytest.raises((mfakit.StoreOpenError, ValueError, TypeError)):
            mfakit.SqliteStore(wrong)
