"""States and kinds, by the stable names that Rust and Node use too.

Each member is a ``str`` that equals its name, so that ``Basis.OTP == "otp"`` and a plain name
does wherever a member is asked for.
"""

from __future__ import annotations

from enum import Enum

__all__ = [
    "AccountState",
    "ActivationStateName",
    "Algorithm",
    "AuditFault",
    "AuditVerdictName",
    "AuthenticatorKind",
    "Basis",
    "Demand",
    "DocumentKind",
    "ErrorCorrection",
    "EventOrder",
    "ExternalMeans",
    "LockReason",
    "Profile",
    "ReplayedCode",
    "Requirement",
    "Strength",
    "Unlocking",
    "VoidReason",
]


class _Name(str, Enum):
    def __str__(self) -> str:
        return str(self.value)


class Algorithm(_Name):
    """The hash of a one-time password (RFC 6238 §1.2)."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SHA512 = "SHA512"


class Strength(_Name):
    """Whether a shared secret is as long as RFC 4226 §4 recommends, 160 bits."""

    STRONG = "strong"
    WEAK = "weak"


class ErrorCorrection(_Name):
    """How much of a QR code may be unreadable (ISO/IEC 18004)."""

    LOW = "low"
    MEDIUM = "medium"
    QUARTILE = "quartile"
    HIGH = "high"


class Requirement(_Name):
    """Whether a tenant asks for a second factor."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Profile(_Name):
    """Which set of settings a policy began with."""

    DEFAULT = "default"
    NIST_AAL2 = "nist-aal2"
    ASVS_STRICT = "asvs-strict"
    PCI = "pci"


class Basis(_Name):
    """On what a session rests."""

    NOT_REQUIRED = "not_required"
    NOT_SET_UP = "not_set_up"
    OTP = "otp"
    BACKUP_CODE = "backup_code"
    EXEMPT = "exempt"
    REMEMBERED = "remembered"
    DEFERRED = "deferred"

    @property
    def is_two_factor(self) -> bool:
        """Whether a second factor was shown at this very sign-in."""
        return self in (Basis.OTP, Basis.BACKUP_CODE)


class ExternalMeans(_Name):
    """What showed a first factor that is no password."""

    SINGLE_SIGN_ON = "single_sign_on"
    MAILED_LINK = "mailed_link"
    CLIENT_CERTIFICATE = "client_certificate"
    OTHER = "other"


class Demand(_Name):
    """What an action asks of a session."""

    SESSION = "session"
    TWO_FACTOR = "two_factor"
    FRESH = "fresh"


class LockReason(_Name):
    """What locked an account."""

    FAILURES = "failures"
    BUDGET = "budget"


class ReplayedCode(_Name):
    """Which kind of code was sent again."""

    OTP = "otp"
    BACKUP_CODE = "backup_code"


class VoidReason(_Name):
    """Why a ticket or an assertion is good for nothing; a page need not tell these apart."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    SPENT = "spent"
    SUPERSEDED = "superseded"
    WRONG_PURPOSE = "wrong_purpose"
    WRONG_BINDING = "wrong_binding"
    INSUFFICIENT = "insufficient"
    STALE = "stale"


class AuthenticatorKind(_Name):
    """What the codes of an authenticator go by: the time or a counter."""

    TOTP = "totp"
    HOTP = "hotp"


class AccountState(_Name):
    """A state by which accounts are listed."""

    NOT_SET_UP = "not_set_up"
    SET_UP = "set_up"
    SETUP_PENDING = "setup_pending"
    OVERDUE = "overdue"
    LOCKED = "locked"
    HARD_LOCKED = "hard_locked"
    EXEMPT = "exempt"
    FEW_BACKUP_CODES = "few_backup_codes"
    UNREADABLE = "unreadable"
    ERASED = "erased"


class Unlocking(_Name):
    """What unlocking an account did."""

    NOT_LOCKED = "not_locked"
    LIFTED = "lifted"
    FAILURES_CLEARED = "failures_cleared"
    FACTORS_REMOVED = "factors_removed"


class AuditFault(_Name):
    """Why an entry of the audit trail can't be read."""

    ALTERED = "altered"
    NEWER_KIND = "newer_kind"
    NO_DOCUMENT = "no_document"
    ERASED = "erased"


class AuditVerdictName(_Name):
    """What a check of an audit trail found."""

    WHOLE = "whole"
    INCOMPLETE = "incomplete"
    BROKEN = "broken"


class ActivationStateName(_Name):
    """What became of an activation code."""

    OPEN = "open"
    REDEEMED = "redeemed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"


class DocumentKind(_Name):
    """The kinds of documents that a store keeps; the number is part of what it stores."""

    ACCOUNT = "account"
    GATE = "gate"
    POLICY = "policy"
    ACTIVATION = "activation"

    @property
    def number(self) -> int:
        """The number that stores keep; it never changes."""
        return _KIND_NUMBERS[self]


_KIND_NUMBERS = {
    DocumentKind.ACCOUNT: 1,
    DocumentKind.GATE: 2,
    DocumentKind.POLICY: 3,
    DocumentKind.ACTIVATION: 4,
}


class EventOrder(_Name):
    """From which end a store reads events."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


for _name in __all__:
    # Where it is imported from, in a traceback and a pickle.
    globals()[_name].__module__ = "mfakit"
del _name
