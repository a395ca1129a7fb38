"""What mfakit raises. Every error has a stable ``code``, the same as in Rust and Node.

What a person can cause is a :class:`RefusedError`; :class:`BusyError`, :class:`UnavailableError` and
:class:`MisuseError` are about the machines and the program. No message and no attribute holds a
secret, a code or a token.
"""

from __future__ import annotations

from datetime import datetime

from ._enums import LockReason, ReplayedCode, VoidReason

__all__ = [
    "ActivationFailedError",
    "BusyError",
    "CodeMismatchError",
    "CodeReplayedError",
    "DeclinedError",
    "ExemptionError",
    "FactorRequiredError",
    "ForkedError",
    "InvalidError",
    "KeyringError",
    "LockedError",
    "MfaError",
    "MisuseError",
    "NoFactorError",
    "NoPendingSetupError",
    "NotDeferrableError",
    "NotFoundError",
    "RefusedError",
    "StaleError",
    "StepUpError",
    "StoreOpenError",
    "TokenBindingError",
    "TooManyAuthenticatorsError",
    "UnavailableError",
    "VoidError",
]


class MfaError(Exception):
    """The base of everything that mfakit raises."""

    code: str
    """A stable name, such as ``mismatch``; for programs, never to be parsed out of the message."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (type(self), self.args, self.__dict__))


def _again(kind: type[MfaError], args: tuple[object, ...], state: dict[str, object]) -> MfaError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidError(MfaError, ValueError):
    """An argument that nothing can be done with; the message says which, and never its value."""


class RefusedError(MfaError):
    """A person, or who asks in their place, does not get what was asked for."""


class CodeMismatchError(RefusedError):
    """The code is wrong: ``mismatch``, or ``not_a_code`` where it had not even the shape of one."""

    attempts_left: int
    """Wrong codes that remain before a lock, or before a pending setup dies."""
    charged: bool
    """Whether this one counted; ``not_a_code`` does not."""

    def __init__(self, message: str, *, code: str, attempts_left: int, charged: bool) -> None:
        super().__init__(message, code=code)
        self.attempts_left = attempts_left
        self.charged = charged


class CodeReplayedError(RefusedError):
    """The code was used before: ``replayed_otp`` or ``replayed_backup_code``."""

    what: ReplayedCode
    """Which kind of code."""
    retry_after: int
    """Seconds until the app shows a code that can be accepted; 0 for a backup code."""

    def __init__(self, message: str, *, code: str, what: ReplayedCode, retry_after: int) -> None:
        super().__init__(message, code=code)
        self.what = what
        self.retry_after = retry_after


class LockedError(RefusedError):
    """Nothing was looked at, or what was wrong led to the lock: ``locked``."""

    until: datetime | None
    """When the lock ends, in UTC; ``None`` if an administrator has to end it."""
    retry_after: int | None
    """Seconds until then by the engine's clock; ``None`` if an administrator has to act."""
    reason: LockReason | None
    """What locked the account; ``None`` for the lock of the password gate."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        until: datetime | None,
        retry_after: int | None,
        reason: LockReason | None,
    ) -> None:
        super().__init__(message, code=code)
        self.until = until
        self.retry_after = retry_after
        self.reason = reason


class VoidError(RefusedError):
    """The ticket or assertion is good for nothing: ``void_expired`` and the like. Sign in again."""

    reason: VoidReason
    """Why."""

    def __init__(self, message: str, *, code: str, reason: VoidReason) -> None:
        super().__init__(message, code=code)
        self.reason = reason


class StepUpError(RefusedError):
    """The session goes on, and what it rests on is not enough for this: ``step_up``."""

    reason: VoidReason
    """``INSUFFICIENT`` without a second factor, ``STALE`` if that is too long ago."""

    def __init__(self, message: str, *, code: str, reason: VoidReason) -> None:
        super().__init__(message, code=code)
        self.reason = reason


class DeclinedError(RefusedError):
    """This way of showing a factor is closed: ``declined_one_code`` or ``declined_two_codes``.

    Nothing typed was looked at or charged. After ``declined_one_code`` a backup code or two
    consecutive codes lead in.
    """


class NoPendingSetupError(RefusedError):
    """There is no setup to confirm, or it has ended: ``no_pending_setup``."""


class TooManyAuthenticatorsError(RefusedError):
    """The policy allows no further authenticator: ``too_many_authenticators``."""


class NotDeferrableError(RefusedError):
    """The setup can't be put off, or not any more: ``refused``."""


class NotFoundError(RefusedError):
    """There is no such thing: ``no_such_authenticator``, ``no_such_device``, ``unknown``."""


class FactorRequiredError(RefusedError):
    """The last factor can't go while one is required: ``required``."""


class NoFactorError(RefusedError):
    """The account has no authenticator for this: ``no_factor``."""


class StaleError(RefusedError):
    """Somebody else has changed the policy since it was read: ``stale``. Read it again."""


class ExemptionError(RefusedError):
    """The policy does not allow the exemption: ``ends_in_the_past``, ``too_long``, ``end_needed``."""

    latest: datetime | None
    """The latest end that is allowed, in UTC, where there is one."""

    def __init__(self, message: str, *, code: str, latest: datetime | None) -> None:
        super().__init__(message, code=code)
        self.latest = latest


class TokenBindingError(RefusedError):
    """The hardware token was not bound: ``second_counter`` or ``already_bound``."""


class ActivationFailedError(RefusedError):
    """The activation code was not redeemed: ``activation_failed``. Why is in the audit trail alone."""


class BusyError(MfaError):
    """Others were faster several times over: ``busy``. Nothing was changed; try again."""


class UnavailableError(MfaError):
    """No answer could be given, and nobody is in: ``store_unavailable``, ``clock_behind``...

    A code may be used up.
    """


class MisuseError(MfaError):
    """The program calls something as it must not: ``misuse_unknown_tenant`` and the like."""


class ForkedError(MisuseError):
    """The process was forked after an engine was opened: ``misuse_forked``."""


class KeyringError(MfaError):
    """A keyring can't be read or changed: ``keyring_line``, ``keyring_full``..."""


class StoreOpenError(MfaError):
    """A store can't be opened: ``store_open``. The message names the cause and no password."""


for _name in __all__:
    # Where it is imported from, in a traceback and a pickle.
    globals()[_name].__module__ = "mfakit"
del _name
