"""The native half of the package; everything here is offered by ``mfakit`` itself.

``AsyncEngine`` and ``AsyncTenant`` are written by ``bindings/python/stubs.py`` after ``Engine`` and ``Tenant``.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, Final, Literal, NoReturn, TypeAlias, final

from typing_extensions import Self, disjoint_base

from ._enums import (
    AccountState,
    Algorithm,
    AuthenticatorKind,
    Demand,
    ErrorCorrection,
    Profile,
    Requirement,
    Strength,
    Unlocking,
)
from ._results import (
    AccountPage,
    AccountStatus,
    AccountSummary,
    ActivationPage,
    ActivationStatus,
    Administrator,
    Allow,
    AuditPage,
    AuditSubject,
    AuditVerdict,
    BoundToken,
    Challenge,
    Confirmed,
    Current,
    Decision,
    ExternalFactor,
    IssuedActivation,
    KeyDocuments,
    Observation,
    PasswordLockPage,
    PruneReport,
    RedeemedActivation,
    Reissued,
    Renewed,
    RotationPage,
    Settlement,
    Verified,
)
from ._store import AsyncStore, Store

__all__ = [
    "ActivationCode",
    "Assertion",
    "AsyncEngine",
    "AsyncTenant",
    "BackupCodes",
    "CounterMatch",
    "DeviceToken",
    "Engine",
    "HOTP",
    "KeyUsage",
    "Keyring",
    "ManualClock",
    "Match",
    "MemoryStore",
    "MigrationExport",
    "NativeStore",
    "OtpAuthUri",
    "PasswordAttempt",
    "PendingSetup",
    "Policy",
    "PostgresStore",
    "QrCode",
    "RedisStore",
    "RotationCursor",
    "Secret",
    "SqliteStore",
    "TOTP",
    "Tenant",
    "Ticket",
    "__version__",
    "close_runtime",
    "command_line",
    "conformance_cases",
    "migrate_store",
    "open_store",
    "run_conformance_case",
    "settings",
]

__version__: Final[str]

_Time: TypeAlias = int | float | datetime
_Account: TypeAlias = str | bytes
_Binding: TypeAlias = bytes | bytearray | str | None

# ---- primitives ----

@final
class Secret:
    """A shared secret of 10 to 128 bytes; its ``repr`` shows nothing, and it is not pickled.

    ``==`` compares in constant time. It is wiped when it is no longer used; texts that were
    revealed are Python's and are not.
    """

    @classmethod
    def generate(cls, *, algorithm: Algorithm | str = "SHA1") -> Self:
        """A random secret as long as the hash's output: 20, 32 or 64 bytes (RFC 6238 §5.1).

        Raises :class:`UnavailableError` if the operating system gives no randomness.
        """

    @classmethod
    def from_base32(cls, text: str, /) -> Self:
        """Reads Base32 as apps show it; case, spaces, hyphens and padding don't matter.

        Raises :class:`InvalidError` for anything else, and for fewer than 80 bits.
        """

    @classmethod
    def from_bytes(cls, data: bytes | bytearray, /) -> Self:
        """The secret of these bytes. Raises :class:`InvalidError` outside of 10 to 128 bytes."""

    @property
    def strength(self) -> Strength:
        """Whether it has the 160 bits that RFC 4226 §4 recommends."""

    def reveal_base32(self) -> str:
        """The secret in Base32, for a person to type into an app."""

    def reveal_bytes(self) -> bytes:
        """The secret itself, for where secrets are kept."""

    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, _memo: object) -> Self: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Match:
    """A right code; always true. Keep ``step`` and pass it as ``last_accepted`` the next time."""

    __match_args__: Final = ("step", "delta")
    @property
    def step(self) -> int:
        """The time step it belongs to."""

    @property
    def delta(self) -> int:
        """Steps from the current one: below 0 for a clock that is behind."""

    def __bool__(self) -> Literal[True]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class CounterMatch:
    """A right code of a counter; always true. Keep ``next_counter``."""

    __match_args__: Final = ("counter", "next_counter")
    @property
    def counter(self) -> int:
        """The counter it belongs to."""

    @property
    def next_counter(self) -> int | None:
        """What to pass the next time; ``None`` if there is no further counter."""

    def __bool__(self) -> Literal[True]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class TOTP:
    """One-time passwords by the time (RFC 6238)."""

    def __new__(
        cls,
        secret: Secret | str,
        *,
        digits: int = 6,
        period: int = 30,
        algorithm: Algorithm | str = "SHA1",
    ) -> Self:
        """``secret`` is a :class:`Secret` or Base32; ``digits`` 6 to 8; ``period`` in seconds.

        Raises :class:`InvalidError`, a ``ValueError``, for anything else.
        """

    def generate(self, *, at: _Time | None = None) -> str:
        """The code at ``at``, or now. Raises :class:`InvalidError` for a time before 1970."""

    def verify(
        self,
        code: str,
        *,
        at: _Time | None = None,
        window: int | tuple[int, int] = 1,
        last_accepted: int | None = None,
    ) -> Match | None:
        """What the code matches, or ``None``: also for a used code, and for any text that is none.

        ``window`` is how many steps before and after the current one are accepted, at most 10, one
        number for both or a pair. A step that is not later than ``last_accepted`` is not accepted:
        without it a code can be used again (RFC 6238 §5.2). All steps are computed and compared in
        constant time.
        """

    def resynchronize(
        self,
        first: str,
        second: str,
        *,
        at: _Time | None = None,
        window: int | None = None,
        last_accepted: int | None = None,
    ) -> Match | None:
        """What two consecutive codes match in a window of up to 120 steps (RFC 6238 §6), or ``None``."""

    def time_step(self, *, at: _Time | None = None) -> int | None:
        """The time step at ``at``, or now; ``None`` before 1970."""

    def remaining_seconds(self, *, at: _Time | None = None) -> int:
        """For how many seconds the code at ``at`` is still shown."""

    def seconds_until_fresh(
        self, *, at: _Time | None = None, last_accepted: int | None = None
    ) -> int:
        """Seconds until the app shows a code that comes after ``last_accepted``."""

    @property
    def secret(self) -> Secret:
        """The shared secret."""

    @property
    def digits(self) -> int:
        """Digits of a code."""

    @property
    def period(self) -> int:
        """The time-step size in seconds."""

    @property
    def algorithm(self) -> Algorithm:
        """The hash."""

    def __reduce__(self) -> NoReturn: ...

@final
class HOTP:
    """One-time passwords by a counter (RFC 4226)."""

    def __new__(
        cls, secret: Secret | str, *, digits: int = 6, algorithm: Algorithm | str = "SHA1"
    ) -> Self:
        """As :class:`TOTP`, without a time-step size."""

    def generate(self, *, counter: int) -> str:
        """The code of a counter, 0 to 2^64 - 1."""

    def verify(
        self, code: str, *, next_counter: int, look_ahead: int | None = None
    ) -> CounterMatch | None:
        """What the code matches from ``next_counter`` on, or ``None``.

        ``look_ahead`` is how many counters beyond it are tried, 10 unless given (RFC 4226 §7.4).
        """

    def resynchronize(
        self, first: str, second: str, *, next_counter: int, window: int | None = None
    ) -> CounterMatch | None:
        """What two consecutive codes match ahead of ``next_counter``, or ``None``."""

    @property
    def secret(self) -> Secret:
        """The shared secret."""

    @property
    def digits(self) -> int:
        """Digits of a code."""

    @property
    def algorithm(self) -> Algorithm:
        """The hash."""

    def __reduce__(self) -> NoReturn: ...

@final
class OtpAuthUri:
    """An ``otpauth://`` URI: how a secret gets into an app. It holds the secret."""

    @classmethod
    def parse(cls, text: str, /) -> Self:
        """Reads a URI as apps write them. Raises :class:`InvalidError`, which shows nothing of it."""

    @classmethod
    def for_totp(cls, totp: TOTP, /, *, issuer: str, account: str) -> Self:
        """The URI that sets ``totp`` up. Names hold no colon: :class:`InvalidError`."""

    @classmethod
    def for_hotp(cls, hotp: HOTP, /, *, issuer: str, account: str, counter: int) -> Self:
        """The URI that sets ``hotp`` up at ``counter``."""

    def with_defaults_written(self) -> Self:
        """The same with the parameters that have their default written out."""

    def reveal(self) -> str:
        """The URI, for a QR code; never for a link or a log."""

    def reveal_secret(self) -> bytes:
        """The shared secret, of whatever length."""

    def to_totp(self) -> TOTP:
        """What verifies its codes.

        Raises :class:`InvalidError` if it is counter-based, or weaker than is verified here.
        """

    def to_hotp(self) -> tuple[HOTP, int]:
        """What verifies its codes, and the counter to begin with."""

    def qr(self) -> QrCode:
        """Its QR code."""

    @property
    def issuer(self) -> str | None:
        """Who issued it."""

    @property
    def account(self) -> str:
        """The account name."""

    @property
    def kind(self) -> AuthenticatorKind:
        """What its codes go by."""

    @property
    def algorithm(self) -> str:
        """The hash, by its name in URIs; more than are verified here."""

    @property
    def digits(self) -> int:
        """Digits of a code."""

    @property
    def period(self) -> int | None:
        """The time-step size in seconds."""

    @property
    def counter(self) -> int | None:
        """The first counter."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was tolerated when it was read, by stable names."""

    @property
    def kept_aside(self) -> tuple[tuple[str, str], ...]:
        """Parameters that nothing here reads, with their values."""

    def __reduce__(self) -> NoReturn: ...

@final
class MigrationExport:
    """One QR code of Google Authenticator's export."""

    @classmethod
    def parse(cls, text: str, /) -> Self:
        """Reads an ``otpauth-migration://`` URI. Raises :class:`InvalidError`."""

    @property
    def uris(self) -> tuple[OtpAuthUri, ...]:
        """The accounts that can be read."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the others can't be."""

    @property
    def batch_id(self) -> int:
        """A number that all QR codes of an export share."""

    @property
    def batch_index(self) -> int:
        """Which of them this is, from 0."""

    @property
    def batch_size(self) -> int:
        """How many there are."""

    def __reduce__(self) -> NoReturn: ...

@final
class QrCode:
    """A QR code; a notebook shows it. What it shows is as secret as its text."""

    def __new__(cls, text: str, *, level: ErrorCorrection | str = "medium") -> Self:
        """The QR code of a text. Raises :class:`InvalidError` if it does not fit."""

    @property
    def size(self) -> int:
        """Modules along one side, without the quiet zone."""

    def svg(self, *, title: str | None = None) -> str:
        """As SVG, with its quiet zone; ``title`` is what a screen reader says."""

    def png(self, *, pixels: int = 8) -> bytes:
        """As PNG; ``pixels`` for each module."""

    def terminal(self) -> str:
        """For a terminal, with half blocks."""

    def is_dark(self, x: int, y: int) -> bool:
        """Whether a module is dark; outside none is."""

    def _repr_svg_(self) -> str: ...
    def __reduce__(self) -> NoReturn: ...

# ---- what is handed out ----

@final
class Ticket:
    """The right to finish one sign-in; not to be in."""

    def reveal(self) -> str:
        """The text, for a session on the server or a form field; never for a link or a log."""

    def __reduce__(self) -> NoReturn: ...

@final
class Assertion:
    """The proof of a sign-in, for the session."""

    def reveal(self) -> str:
        """The text, for a session on the server or a cookie; never for a link or a log."""

    def __reduce__(self) -> NoReturn: ...

@final
class DeviceToken:
    """What a remembered device keeps in a cookie."""

    def reveal(self) -> str:
        """The text, for an ``HttpOnly``, ``Secure`` cookie."""

    def __reduce__(self) -> NoReturn: ...

@final
class BackupCodes:
    """Backup codes, shown once."""

    def reveal(self) -> tuple[str, ...]:
        """The codes, for the page that shows them this once."""

    def __len__(self) -> int: ...
    def __reduce__(self) -> NoReturn: ...

@final
class ActivationCode:
    """An activation code, shown once."""

    @property
    def handle(self) -> str:
        """Names it from now on; not secret."""

    def reveal(self) -> str:
        """The code."""

    def __reduce__(self) -> NoReturn: ...

@final
class PendingSetup:
    """A setup that waits for its first code. It holds the secret."""

    def reveal_uri(self) -> str:
        """The ``otpauth`` URI."""

    def reveal_key(self) -> str:
        """The key in groups of four, for who can't scan."""

    def qr(self) -> QrCode:
        """The QR code to scan."""

    @property
    def issuer(self) -> str:
        """The site's name as the app shows it."""

    @property
    def account_name(self) -> str:
        """The account's name as the app shows it."""

    @property
    def attempts_left(self) -> int:
        """Wrong codes that remain before it dies."""

    @property
    def expires(self) -> datetime:
        """When it dies by itself."""

    def __reduce__(self) -> NoReturn: ...

@final
class PasswordAttempt:
    """A password attempt that was charged; pass it to ``sign_in`` if the password was right, once."""

    @property
    def account(self) -> str:
        """Whose it is."""

# ---- configuration ----

@final
class ManualClock:
    """A clock that stands still until it is set, for tests."""

    def __new__(cls, now: _Time, /) -> Self: ...
    def set(self, now: _Time, /) -> None:
        """Sets it, forth or back."""

    def advance(self, seconds: int, /) -> None:
        """Moves it on."""

    def now(self) -> int:
        """What it shows, in seconds since 1970."""

@final
class Keyring:
    """The keys with which documents and tokens are sealed. Whoever has it and the database has everything."""

    @classmethod
    def generate(cls) -> Self:
        """A new keyring, for tests and for where secrets are kept."""

    @classmethod
    def parse(cls, text: str, /) -> Self:
        """Reads what ``danger_export`` wrote. Raises :class:`KeyringError`."""

    @classmethod
    def open(cls, path: str | PathLike[str], /) -> Self:
        """Reads the file. Raises :class:`KeyringError`, also if others can read it, or ``OSError``."""

    @classmethod
    def open_or_create(cls, path: str | PathLike[str], /) -> Self:
        """Reads the file, or makes it, readable by its owner alone. Back it up."""

    @classmethod
    def add_key_to_file(cls, path: str | PathLike[str], /) -> tuple[Self, int]:
        """Adds a key that is not active yet; says its number."""

    @classmethod
    def activate_key_in_file(cls, path: str | PathLike[str], key: int, /) -> Self:
        """Makes a key the one that seals."""

    @classmethod
    def retire_key_in_file(cls, path: str | PathLike[str], key: int, /) -> Self:
        """Removes a key for ever."""

    def with_new_key(self) -> tuple[Self, int]:
        """A keyring with one more key, not active yet, and its number."""

    def with_active_key(self, key: int, /) -> Self:
        """A keyring that seals with ``key``."""

    def without_key(self, key: int, /) -> Self:
        """A keyring without ``key``."""

    def danger_export(self) -> str:
        """The keys in clear, for where secrets are kept."""

    @property
    def active(self) -> int:
        """The number of the key that seals."""

    @property
    def keys(self) -> tuple[int, ...]:
        """The numbers of all keys."""

    def __reduce__(self) -> NoReturn: ...

@final
class KeyUsage:
    """What each key of the keyring has sealed."""

    @property
    def keys(self) -> tuple[KeyDocuments, ...]:
        """The keys."""

    @property
    def unknown(self) -> int:
        """Documents sealed by keys that are not in the keyring."""

    @property
    def token_lifetime(self) -> int:
        """For how many seconds a ticket or an assertion can be good."""

    def unused_from(self, key: int, *, replaced: _Time) -> datetime | None:
        """From when on nothing needs ``key``, which another replaced at ``replaced``; ``None`` if documents do."""

@final
class Policy:
    """What a tenant demands, and every number it sets; see :func:`settings`.

    A policy that was read and changed by ``replace`` replaces only the one it was read from.
    """

    def __new__(
        cls,
        issuer: str,
        *,
        requirement: Requirement | str = "required",
        profile: Profile | str = "default",
        **settings: int,
    ) -> Self:
        """A policy that starts from a profile. Raises :class:`InvalidError` for a value that is not allowed."""

    def replace(
        self,
        *,
        issuer: str | None = None,
        requirement: Requirement | str | None = None,
        **settings: int,
    ) -> Self:
        """The same with some things changed."""

    @property
    def issuer(self) -> str:
        """The site's name as apps show it."""

    @property
    def requirement(self) -> Requirement:
        """Whether a second factor is asked for."""

    @property
    def profile(self) -> Profile:
        """What it started from."""

    def settings(self) -> dict[str, int]:
        """Every setting with its value."""

    def __getitem__(self, setting: str, /) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]
    def __reduce__(self) -> NoReturn: ...

def settings() -> dict[str, tuple[int, int, int]]:
    """Every setting of a policy: its default, its smallest and its largest value."""

# ---- stores ----

@disjoint_base
class NativeStore:
    """A store of ours, opened; :func:`open_store` and the classes below give one."""

    @property
    def backend(self) -> str:
        """``memory``, ``sqlite``, ``postgres`` or ``redis``."""

@final
class MemoryStore(NativeStore):
    """A store that ends with the process, for tests."""

    def __new__(cls) -> Self: ...

@final
class SqliteStore(NativeStore):
    """A SQLite file, which is made unless it is there. Several processes may share it."""

    def __new__(cls, path: str | PathLike[str], /, *, must_exist: bool = False) -> Self:
        """Raises :class:`StoreOpenError`."""

@final
class PostgresStore(NativeStore):
    """A database in PostgreSQL, over a pool of its own."""

    def __new__(cls, url: str, /, *, migrate: bool = False, pool_size: int | None = None) -> Self:
        """``url`` is ``postgres://...``; TLS is verified unless it says otherwise.

        ``migrate`` makes or brings up to date the tables first, which a deployment does once.
        Raises :class:`InvalidError` for the URL, :class:`StoreOpenError` if it does not open.
        """

@final
class RedisStore(NativeStore):
    """A server or a cluster of Redis, over connections of its own."""

    def __new__(cls, url: str, /, *, migrate: bool = False, pool_size: int | None = None) -> Self:
        """``url`` is ``redis://...``, ``rediss://...`` with TLS, or ``redis+unix:PATH``.

        A server whose settings lose commits is refused. There is nothing to make before it is used and no pool, so
        ``migrate`` and ``pool_size`` change nothing.
        Raises :class:`InvalidError` for the URL, :class:`StoreOpenError` if it does not open.
        """

def open_store(url: str, /, *, migrate: bool = False, pool_size: int | None = None) -> NativeStore:
    """Opens the store that a URL names: ``sqlite:PATH``, ``postgres://...``, ``redis://...`` or ``memory:``."""

def migrate_store(url: str, /) -> None:
    """Makes or brings up to date what the store at ``url`` needs."""

def command_line(arguments: Sequence[str], /) -> int:
    """Runs one command of ``mfakit`` on the streams of the process, and answers its exit code.

    The first argument is the name of the program. It is what ``python -m mfakit`` does.
    """

def close_runtime() -> None:
    """Waits for calls under way and lets no further one in; called at exit."""

def conformance_cases() -> list[str]:
    """The names of the cases; see ``mfakit.testkit``."""

def run_conformance_case(
    case: str,
    make_store: Callable[[], Any],
    *,
    reopen: Callable[[Any], Any] | None = None,
) -> None:
    """Runs one case; see ``mfakit.testkit``."""

# ---- the engine ----

@final
class RotationCursor:
    """A place in a rotation of keys."""

@final
class Engine:
    """The engine, whose calls wait: for threads, and for programs without asyncio.

    It is safe to share between threads, and refuses to work in a process that was forked after it
    was opened (:class:`ForkedError`). Every call lets other threads run, and Ctrl-C ends it.
    """

    def __new__(
        cls,
        store: NativeStore | Store | AsyncStore,
        keyring: Keyring,
        *,
        clock: ManualClock | None = None,
        observer: Callable[[Observation], object] | None = None,
    ) -> Self:
        """``observer`` is told how each call ends; what it raises is told to ``sys.unraisablehook``."""

    def tenant(self, name: str, /) -> Tenant:
        """The tenant of this name, where every other call starts. Whether it exists shows at the first call."""

    def create_tenant(self, name: str, policy: Policy, *, by: Administrator) -> bool:
        """Creates a tenant: ``False`` if there is one, which is left as it is."""

    def tenants(self, *, after: str | None = None, limit: int = 50) -> tuple[str, ...]:
        """At most ``limit`` tenants behind ``after``."""

    def key_usage(self) -> KeyUsage:
        """What each key has sealed, over all tenants."""

    def replace_keyring(self, keyring: Keyring, /) -> None:
        """Replaces the keyring, unless that leaves documents that no key opens: :class:`KeyringError`."""

    def danger_replace_keyring(self, keyring: Keyring, /) -> None:
        """Replaces the keyring without looking at anything."""

@final
class Tenant:
    """One tenant. Every call may raise :class:`BusyError`, :class:`UnavailableError` and :class:`MisuseError`.

    ``presented`` is a :class:`Ticket` or :class:`Assertion`, or its text as it came back; ``binding`` is
    what it was bound to by ``sign_in``. ``account`` is the application's own lasting id: a ``str`` stands
    for its UTF-8.
    """

    @property
    def name(self) -> str:
        """The tenant's name."""

    def policy(self) -> Policy:
        """The policy in force."""

    def set_policy(self, policy: Policy, *, by: Administrator) -> None:
        """Replaces the policy. Raises :class:`StaleError` if somebody else did since it was read."""

    def begin_password(self, account: _Account) -> PasswordAttempt:
        """Charges a password attempt; call it before the password is hashed.

        Raises :class:`LockedError`; then do not look at the password, and answer as for a wrong one.
        A wrong password needs no further call: the attempt stays charged.
        """

    def begin_decoy(self) -> None:
        """For a login name that nobody has: costs what ``begin_password`` loads."""

    def settle_sign_ins(self, account: _Account) -> Settlement:
        """Records sign-ins that ended without a code."""

    def sign_in(
        self,
        first: PasswordAttempt | ExternalFactor,
        *,
        device: str | None = None,
        binding: _Binding = None,
        not_older_than: int | None = None,
        demand_factor: bool = False,
    ) -> Decision:
        """Decides what follows the first factor, which was right; match on the answer.

        ``device`` is the cookie of a remembered device. ``binding`` binds ticket and assertion to a
        session. ``not_older_than`` is the ``mark`` last seen. ``demand_factor`` asks for a code
        whatever the device.
        """

    def begin_setup(
        self,
        presented: Ticket | Assertion | str,
        *,
        account_name: str,
        label: str,
        binding: _Binding = None,
    ) -> PendingSetup:
        """Begins a setup, or shows the pending one again.

        Raises :class:`VoidError`, :class:`LockedError` or :class:`TooManyAuthenticatorsError`, and
        :class:`InvalidError` for a name or label that is too long or no line of text.
        """

    def confirm_setup(
        self, presented: Ticket | Assertion | str, code: str, *, binding: _Binding = None
    ) -> Confirmed:
        """Confirms the pending setup with its first code.

        Raises :class:`CodeMismatchError`, :class:`NoPendingSetupError`, :class:`VoidError` or
        :class:`LockedError`.
        """

    def defer(self, presented: Ticket | Assertion | str, *, binding: _Binding = None) -> Allow:
        """Puts a setup off. Raises :class:`NotDeferrableError`, :class:`VoidError` or :class:`LockedError`."""

    def verify(
        self, presented: Ticket | Assertion | str, code: str, *, binding: _Binding = None
    ) -> Verified:
        """Verifies a code or a backup code, as typed.

        Raises :class:`CodeMismatchError`, :class:`CodeReplayedError`, :class:`LockedError`,
        :class:`VoidError` or :class:`DeclinedError`.
        """

    def verify_and_remember(
        self,
        presented: Ticket | Assertion | str,
        code: str,
        *,
        device: str,
        binding: _Binding = None,
    ) -> Verified:
        """The same, and remembers the device, which ``device`` names."""

    def resynchronize(
        self,
        presented: Ticket | Assertion | str,
        first: str,
        second: str,
        *,
        binding: _Binding = None,
    ) -> Verified:
        """Verifies two consecutive codes of an authenticator that has left the window. Raises as ``verify``."""

    def check_assertion(
        self,
        presented: Ticket | Assertion | str,
        *,
        demand: Demand | str = "session",
        binding: _Binding = None,
    ) -> Current:
        """Where a session stands; call it on every request.

        Raises :class:`VoidError` if the person has to sign in again, and :class:`StepUpError` if the
        session goes on and is not enough for ``demand``.
        """

    def step_up(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Challenge:
        """Asks for a code in a session. Raises :class:`NoFactorError`, :class:`VoidError` or :class:`LockedError`."""

    def acknowledge_backup_codes(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Current:
        """Notes that the person has stored the backup codes."""

    def regenerate_backup_codes(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Renewed:
        """Makes new backup codes. Raises :class:`VoidError` unless the session is fresh."""

    def rename_authenticator(
        self,
        presented: Ticket | Assertion | str,
        authenticator: str,
        *,
        label: str,
        binding: _Binding = None,
    ) -> None:
        """Gives an authenticator another name. Raises :class:`NotFoundError` or :class:`VoidError`."""

    def remove_authenticator(
        self, presented: Ticket | Assertion | str, authenticator: str, *, binding: _Binding = None
    ) -> Assertion:
        """Removes an authenticator; the session goes on with what it answers.

        Raises :class:`NotFoundError`, :class:`FactorRequiredError`, :class:`VoidError` or :class:`LockedError`.
        """

    def disable(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Assertion:
        """Removes every factor. Raises :class:`FactorRequiredError`, :class:`VoidError` or :class:`LockedError`."""

    def revoke_devices(
        self,
        presented: Ticket | Assertion | str,
        *,
        device: str | None = None,
        binding: _Binding = None,
    ) -> int:
        """Forgets one remembered device, or all; says how many. Raises :class:`NotFoundError` or :class:`VoidError`."""

    def password_changed(
        self,
        account: _Account,
        *,
        session: Ticket | Assertion | str | None = None,
        binding: _Binding = None,
    ) -> Assertion | None:
        """Ends every session but ``session``, which goes on with what it answers, if it was good."""

    def reset(self, account: _Account, *, by: Administrator) -> None:
        """Removes every factor and ends every session; what is required stays so."""

    def erase(self, account: _Account, *, by: Administrator) -> None:
        """Erases a person's data."""

    def require(self, account: _Account, *, by: Administrator) -> bool:
        """Requires a second factor of one account; ``False`` if it was so already."""

    def end_requirement(self, account: _Account, *, by: Administrator) -> bool:
        """Ends that; ``False`` if it was not so."""

    def exempt(self, account: _Account, *, end: _Time | None, by: Administrator) -> bool:
        """Exempts an account until ``end``, or without one. Raises :class:`ExemptionError`."""

    def end_exemption(self, account: _Account, *, by: Administrator) -> bool:
        """Ends an exemption; ``False`` if there was none."""

    def unlock(self, account: _Account, *, identity_verified: bool, by: Administrator) -> Unlocking:
        """Lifts a lock; ``identity_verified`` is your word that you know who asks."""

    def unlock_password(self, account: _Account, *, by: Administrator) -> Unlocking:
        """Opens the password gate."""

    def revoke_devices_of(
        self, account: _Account, *, device: str | None = None, by: Administrator
    ) -> int:
        """Forgets one remembered device of somebody, or all; says how many."""

    def repair_clock(self, account: _Account | None, *, by: Administrator) -> bool:
        """Sets times right that a clock ahead of its time has written: of an account, or of the policy."""

    def bind_token(
        self,
        account: _Account,
        token: TOTP | HOTP,
        *,
        label: str,
        next_counter: int | None = None,
        by: Administrator,
    ) -> BoundToken:
        """Binds a hardware token. Raises :class:`TokenBindingError` or :class:`TooManyAuthenticatorsError`."""

    def resynchronize_of(
        self, account: _Account, first: str, second: str, *, by: Administrator
    ) -> str:
        """Brings a token back by two consecutive codes that its owner reads out; says which it is."""

    def status(self, accounts: Iterable[_Account]) -> tuple[AccountStatus, ...]:
        """What at most 100 accounts have, in the order given."""

    def accounts(
        self,
        *,
        state: AccountState | str | None = None,
        after: _Account | None = None,
        limit: int = 50,
    ) -> AccountPage:
        """A page of at most 100 accounts, all or those in a state."""

    def count_accounts(self) -> AccountSummary:
        """How many accounts are in which state; reads them all."""

    def password_locks(self, *, after: _Account | None = None, limit: int = 50) -> PasswordLockPage:
        """A page of those whose password is not looked at for a time."""

    def issue_activation(
        self, *, purpose: str, lifetime: int | None = None, by: Administrator
    ) -> IssuedActivation:
        """Issues an activation code, good once and for ``purpose``, for ``lifetime`` seconds at most."""

    def reissue_activation(
        self, handle: str, *, lifetime: int | None = None, by: Administrator
    ) -> Reissued:
        """Issues a new code in the place of another. Raises :class:`NotFoundError`."""

    def revoke_activation(self, handle: str, *, by: Administrator) -> bool:
        """Makes a code void; ``False`` if it was.

        Raises :class:`NotFoundError`, or :class:`RefusedError` if it was redeemed.
        """

    def redeem_activation(self, code: str, *, purpose: str, redeemer: str) -> RedeemedActivation:
        """Redeems a code as typed. Raises :class:`ActivationFailedError`, which does not say why."""

    def repair_activation_clock(self, handle: str, *, by: Administrator) -> bool:
        """As ``repair_clock``, of an activation code."""

    def activation_status(self, handles: Iterable[str]) -> tuple[ActivationStatus, ...]:
        """What became of at most 100 codes."""

    def activations(self, *, after: str | None = None, limit: int = 50) -> ActivationPage:
        """A page of all codes."""

    def events(
        self, *, oldest_first: bool = False, after: int | None = None, limit: int = 50
    ) -> AuditPage:
        """A page of the audit trail, for people."""

    def feed(self, cursor: int | None, *, limit: int = 50) -> AuditPage:
        """The audit trail from ``cursor`` on, for programs: each entry at least once."""

    def verify_audit(self, subject: AuditSubject) -> AuditVerdict:
        """Checks that the events of a subject are all there, unchanged and in order."""

    def prune_events(
        self, *, before: _Time, only: AuditSubject | None = None, by: Administrator
    ) -> PruneReport:
        """Removes old events; ``before`` lies at least 31 days back."""

    def rotate_keys(
        self, *, after: RotationCursor | None = None, limit: int = 50, by: Administrator
    ) -> RotationPage:
        """Seals a page of documents anew with the active key."""

    def key_usage(self) -> KeyUsage:
        """What each key has sealed in this tenant."""

# ---- the same, awaited ----

@final
class AsyncEngine:
    """The engine, whose calls are awaited, on the event loop that is running.

    The calls are those of :class:`Engine`; cancelling one leaves what it commits stored whole or not at all.
    """

    def __new__(
        cls,
        store: NativeStore | Store | AsyncStore,
        keyring: Keyring,
        *,
        clock: ManualClock | None = None,
        observer: Callable[[Observation], object] | None = None,
    ) -> Self:
        """``observer`` is told how each call ends; what it raises is told to ``sys.unraisablehook``."""

    def tenant(self, name: str, /) -> AsyncTenant:
        """The tenant of this name, where every other call starts. Whether it exists shows at the first call."""

    def create_tenant(self, name: str, policy: Policy, *, by: Administrator) -> Awaitable[bool]:
        """Creates a tenant: ``False`` if there is one, which is left as it is."""

    def tenants(self, *, after: str | None = None, limit: int = 50) -> Awaitable[tuple[str, ...]]:
        """At most ``limit`` tenants behind ``after``."""

    def key_usage(self) -> Awaitable[KeyUsage]:
        """What each key has sealed, over all tenants."""

    def replace_keyring(self, keyring: Keyring, /) -> Awaitable[None]:
        """Replaces the keyring, unless that leaves documents that no key opens: :class:`KeyringError`."""

    def danger_replace_keyring(self, keyring: Keyring, /) -> None:
        """Replaces the keyring without looking at anything."""

@final
class AsyncTenant:
    """One tenant, whose calls are awaited; as :class:`Tenant`."""

    @property
    def name(self) -> str:
        """The tenant's name."""

    def policy(self) -> Awaitable[Policy]:
        """The policy in force."""

    def set_policy(self, policy: Policy, *, by: Administrator) -> Awaitable[None]:
        """Replaces the policy. Raises :class:`StaleError` if somebody else did since it was read."""

    def begin_password(self, account: _Account) -> Awaitable[PasswordAttempt]:
        """Charges a password attempt; call it before the password is hashed.

        Raises :class:`LockedError`; then do not look at the password, and answer as for a wrong one.
        A wrong password needs no further call: the attempt stays charged.
        """

    def begin_decoy(self) -> Awaitable[None]:
        """For a login name that nobody has: costs what ``begin_password`` loads."""

    def settle_sign_ins(self, account: _Account) -> Awaitable[Settlement]:
        """Records sign-ins that ended without a code."""

    def sign_in(
        self,
        first: PasswordAttempt | ExternalFactor,
        *,
        device: str | None = None,
        binding: _Binding = None,
        not_older_than: int | None = None,
        demand_factor: bool = False,
    ) -> Awaitable[Decision]:
        """Decides what follows the first factor, which was right; match on the answer.

        ``device`` is the cookie of a remembered device. ``binding`` binds ticket and assertion to a
        session. ``not_older_than`` is the ``mark`` last seen. ``demand_factor`` asks for a code
        whatever the device.
        """

    def begin_setup(
        self,
        presented: Ticket | Assertion | str,
        *,
        account_name: str,
        label: str,
        binding: _Binding = None,
    ) -> Awaitable[PendingSetup]:
        """Begins a setup, or shows the pending one again.

        Raises :class:`VoidError`, :class:`LockedError` or :class:`TooManyAuthenticatorsError`, and
        :class:`InvalidError` for a name or label that is too long or no line of text.
        """

    def confirm_setup(
        self, presented: Ticket | Assertion | str, code: str, *, binding: _Binding = None
    ) -> Awaitable[Confirmed]:
        """Confirms the pending setup with its first code.

        Raises :class:`CodeMismatchError`, :class:`NoPendingSetupError`, :class:`VoidError` or
        :class:`LockedError`.
        """

    def defer(self, presented: Ticket | Assertion | str, *, binding: _Binding = None) -> Awaitable[Allow]:
        """Puts a setup off. Raises :class:`NotDeferrableError`, :class:`VoidError` or :class:`LockedError`."""

    def verify(
        self, presented: Ticket | Assertion | str, code: str, *, binding: _Binding = None
    ) -> Awaitable[Verified]:
        """Verifies a code or a backup code, as typed.

        Raises :class:`CodeMismatchError`, :class:`CodeReplayedError`, :class:`LockedError`,
        :class:`VoidError` or :class:`DeclinedError`.
        """

    def verify_and_remember(
        self,
        presented: Ticket | Assertion | str,
        code: str,
        *,
        device: str,
        binding: _Binding = None,
    ) -> Awaitable[Verified]:
        """The same, and remembers the device, which ``device`` names."""

    def resynchronize(
        self,
        presented: Ticket | Assertion | str,
        first: str,
        second: str,
        *,
        binding: _Binding = None,
    ) -> Awaitable[Verified]:
        """Verifies two consecutive codes of an authenticator that has left the window. Raises as ``verify``."""

    def check_assertion(
        self,
        presented: Ticket | Assertion | str,
        *,
        demand: Demand | str = "session",
        binding: _Binding = None,
    ) -> Awaitable[Current]:
        """Where a session stands; call it on every request.

        Raises :class:`VoidError` if the person has to sign in again, and :class:`StepUpError` if the
        session goes on and is not enough for ``demand``.
        """

    def step_up(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Awaitable[Challenge]:
        """Asks for a code in a session. Raises :class:`NoFactorError`, :class:`VoidError` or :class:`LockedError`."""

    def acknowledge_backup_codes(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Awaitable[Current]:
        """Notes that the person has stored the backup codes."""

    def regenerate_backup_codes(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Awaitable[Renewed]:
        """Makes new backup codes. Raises :class:`VoidError` unless the session is fresh."""

    def rename_authenticator(
        self,
        presented: Ticket | Assertion | str,
        authenticator: str,
        *,
        label: str,
        binding: _Binding = None,
    ) -> Awaitable[None]:
        """Gives an authenticator another name. Raises :class:`NotFoundError` or :class:`VoidError`."""

    def remove_authenticator(
        self, presented: Ticket | Assertion | str, authenticator: str, *, binding: _Binding = None
    ) -> Awaitable[Assertion]:
        """Removes an authenticator; the session goes on with what it answers.

        Raises :class:`NotFoundError`, :class:`FactorRequiredError`, :class:`VoidError` or :class:`LockedError`.
        """

    def disable(
        self, presented: Ticket | Assertion | str, *, binding: _Binding = None
    ) -> Awaitable[Assertion]:
        """Removes every factor. Raises :class:`FactorRequiredError`, :class:`VoidError` or :class:`LockedError`."""

    def revoke_devices(
        self,
        presented: Ticket | Assertion | str,
        *,
        device: str | None = None,
        binding: _Binding = None,
    ) -> Awaitable[int]:
        """Forgets one remembered device, or all; says how many. Raises :class:`NotFoundError` or :class:`VoidError`."""

    def password_changed(
        self,
        account: _Account,
        *,
        session: Ticket | Assertion | str | None = None,
        binding: _Binding = None,
    ) -> Awaitable[Assertion | None]:
        """Ends every session but ``session``, which goes on with what it answers, if it was good."""

    def reset(self, account: _Account, *, by: Administrator) -> Awaitable[None]:
        """Removes every factor and ends every session; what is required stays so."""

    def erase(self, account: _Account, *, by: Administrator) -> Awaitable[None]:
        """Erases a person's data."""

    def require(self, account: _Account, *, by: Administrator) -> Awaitable[bool]:
        """Requires a second factor of one account; ``False`` if it was so already."""

    def end_requirement(self, account: _Account, *, by: Administrator) -> Awaitable[bool]:
        """Ends that; ``False`` if it was not so."""

    def exempt(self, account: _Account, *, end: _Time | None, by: Administrator) -> Awaitable[bool]:
        """Exempts an account until ``end``, or without one. Raises :class:`ExemptionError`."""

    def end_exemption(self, account: _Account, *, by: Administrator) -> Awaitable[bool]:
        """Ends an exemption; ``False`` if there was none."""

    def unlock(self, account: _Account, *, identity_verified: bool, by: Administrator) -> Awaitable[Unlocking]:
        """Lifts a lock; ``identity_verified`` is your word that you know who asks."""

    def unlock_password(self, account: _Account, *, by: Administrator) -> Awaitable[Unlocking]:
        """Opens the password gate."""

    def revoke_devices_of(
        self, account: _Account, *, device: str | None = None, by: Administrator
    ) -> Awaitable[int]:
        """Forgets one remembered device of somebody, or all; says how many."""

    def repair_clock(self, account: _Account | None, *, by: Administrator) -> Awaitable[bool]:
        """Sets times right that a clock ahead of its time has written: of an account, or of the policy."""

    def bind_token(
        self,
        account: _Account,
        token: TOTP | HOTP,
        *,
        label: str,
        next_counter: int | None = None,
        by: Administrator,
    ) -> Awaitable[BoundToken]:
        """Binds a hardware token. Raises :class:`TokenBindingError` or :class:`TooManyAuthenticatorsError`."""

    def resynchronize_of(
        self, account: _Account, first: str, second: str, *, by: Administrator
    ) -> Awaitable[str]:
        """Brings a token back by two consecutive codes that its owner reads out; says which it is."""

    def status(self, accounts: Iterable[_Account]) -> Awaitable[tuple[AccountStatus, ...]]:
        """What at most 100 accounts have, in the order given."""

    def accounts(
        self,
        *,
        state: AccountState | str | None = None,
        after: _Account | None = None,
        limit: int = 50,
    ) -> Awaitable[AccountPage]:
        """A page of at most 100 accounts, all or those in a state."""

    def count_accounts(self) -> Awaitable[AccountSummary]:
        """How many accounts are in which state; reads them all."""

    def password_locks(self, *, after: _Account | None = None, limit: int = 50) -> Awaitable[PasswordLockPage]:
        """A page of those whose password is not looked at for a time."""

    def issue_activation(
        self, *, purpose: str, lifetime: int | None = None, by: Administrator
    ) -> Awaitable[IssuedActivation]:
        """Issues an activation code, good once and for ``purpose``, for ``lifetime`` seconds at most."""

    def reissue_activation(
        self, handle: str, *, lifetime: int | None = None, by: Administrator
    ) -> Awaitable[Reissued]:
        """Issues a new code in the place of another. Raises :class:`NotFoundError`."""

    def revoke_activation(self, handle: str, *, by: Administrator) -> Awaitable[bool]:
        """Makes a code void; ``False`` if it was.

        Raises :class:`NotFoundError`, or :class:`RefusedError` if it was redeemed.
        """

    def redeem_activation(self, code: str, *, purpose: str, redeemer: str) -> Awaitable[RedeemedActivation]:
        """Redeems a code as typed. Raises :class:`ActivationFailedError`, which does not say why."""

    def repair_activation_clock(self, handle: str, *, by: Administrator) -> Awaitable[bool]:
        """As ``repair_clock``, of an activation code."""

    def activation_status(self, handles: Iterable[str]) -> Awaitable[tuple[ActivationStatus, ...]]:
        """What became of at most 100 codes."""

    def activations(self, *, after: str | None = None, limit: int = 50) -> Awaitable[ActivationPage]:
        """A page of all codes."""

    def events(
        self, *, oldest_first: bool = False, after: int | None = None, limit: int = 50
    ) -> Awaitable[AuditPage]:
        """A page of the audit trail, for people."""

    def feed(self, cursor: int | None, *, limit: int = 50) -> Awaitable[AuditPage]:
        """The audit trail from ``cursor`` on, for programs: each entry at least once."""

    def verify_audit(self, subject: AuditSubject) -> Awaitable[AuditVerdict]:
        """Checks that the events of a subject are all there, unchanged and in order."""

    def prune_events(
        self, *, before: _Time, only: AuditSubject | None = None, by: Administrator
    ) -> Awaitable[PruneReport]:
        """Removes old events; ``before`` lies at least 31 days back."""

    def rotate_keys(
        self, *, after: RotationCursor | None = None, limit: int = 50, by: Administrator
    ) -> Awaitable[RotationPage]:
        """Seals a page of documents anew with the active key."""

    def key_usage(self) -> Awaitable[KeyUsage]:
        """What each key has sealed in this tenant."""
