"""What calls answer: frozen records, with times as aware ``datetime`` in UTC.

Tokens and codes in them are objects whose ``repr`` shows nothing and whose text comes out by
``reveal()`` alone, so that a record can be printed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ._enums import (
    ActivationStateName,
    AuditFault,
    AuditVerdictName,
    AuthenticatorKind,
    Basis,
    ExternalMeans,
    LockReason,
    Strength,
)
from ._record import Record

if TYPE_CHECKING:
    from ._mfakit import (
        ActivationCode,
        Assertion,
        BackupCodes,
        DeviceToken,
        RotationCursor,
        Ticket,
    )

__all__ = [
    "AccountPage",
    "AccountStatus",
    "AccountSummary",
    "ActivationAct",
    "ActivationPage",
    "ActivationRecord",
    "ActivationStatus",
    "Administrator",
    "Allow",
    "AuditEntry",
    "AuditPage",
    "AuditSubject",
    "AuditVerdict",
    "AuthenticatorStatus",
    "BoundToken",
    "Challenge",
    "Confirmed",
    "Current",
    "Decision",
    "Deferral",
    "Deny",
    "DeviceStatus",
    "Event",
    "ExemptionStatus",
    "ExternalFactor",
    "IssuedActivation",
    "KeyDocuments",
    "Lock",
    "Observation",
    "PasswordLock",
    "PasswordLockPage",
    "PruneReport",
    "RedeemedActivation",
    "Reissued",
    "Renewed",
    "ResealFailure",
    "RotationPage",
    "SettingChange",
    "Settlement",
    "Setup",
    "Verified",
]


class Administrator(Record):
    """Who does what an administrator may do, and why; both go into the audit trail."""

    actor: str
    """Who, as the application names them; 1 to 128 bytes of one line."""
    reason: str
    """Why; 1 to 500 bytes of one line."""


# ---- signing in ----


class ExternalFactor(Record):
    """A first factor that was right and is no password."""

    account: str | bytes
    """The application's id of the account."""
    means: ExternalMeans | str | None = None
    """What showed it, for the audit trail and ``Current.external``."""


class Allow(Record):
    """The person is in."""

    assertion: Assertion
    """The proof, for the session."""
    basis: Basis
    """On what it rests."""
    may_set_up: bool
    """Whether to offer a setup."""


class Challenge(Record):
    """A code is asked for."""

    ticket: Ticket
    """The right to go on, for ``verify``; not to be in."""
    backup_codes_left: int
    """Backup codes left."""
    takes_one_code: bool
    """Whether one code is looked at; if not, a backup code or two consecutive codes are."""


class Deferral(Record):
    """How a setup may be put off."""

    until: datetime
    """For how long at most."""
    skips_left: int
    """How many more times, this one included."""


class Setup(Record):
    """A second factor is to be set up first."""

    ticket: Ticket
    """The right to set up, for ``begin_setup``."""
    may_defer: Deferral | None
    """How it may be put off by ``defer``, if it may."""


class Deny(Record):
    """The account is locked."""

    reason: LockReason
    """What locked it."""
    until: datetime | None
    """When the lock ends; ``None`` if an administrator has to end it."""
    retry_after: int | None
    """Seconds until then by the engine's clock; ``None`` if an administrator has to act."""


Decision = Allow | Challenge | Setup | Deny
"""What follows a right first factor; match on it."""


class Confirmed(Record):
    """The setup is confirmed, and the person is in."""

    assertion: Assertion
    """The proof, for the session."""
    backup_codes: BackupCodes | None
    """Backup codes, shown this once; ``None`` where the account has some."""


class Verified(Record):
    """The code is right, and the person is in."""

    assertion: Assertion
    """The proof, for the session."""
    basis: Basis
    """``OTP`` or ``BACKUP_CODE``."""
    backup_codes_left: int
    """Backup codes left."""
    backup_codes_low: bool
    """Whether that is few enough to tell the person."""
    failure_budget_spent: bool
    """Whether so many codes of the last 30 days were wrong that the person is to be told."""
    year_budget_spent: bool
    """Whether so many codes of the last 365 days were wrong that one code is not enough any more."""
    new_backup_codes: BackupCodes | None
    """New backup codes, shown this once, where the old ones were never acknowledged."""
    device: DeviceToken | None
    """For the device's cookie, if remembering was asked for and the policy allows it."""


class Current(Record):
    """Where a session stands."""

    account: str
    """Whose it is."""
    basis: Basis
    """On what it rests."""
    signed_in_at: datetime
    """When the person signed in."""
    fresh_until: datetime
    """Until when it may change factors."""
    expires: datetime
    """When it ends."""
    may_set_up: bool
    """Whether to offer a setup."""
    backup_codes_to_acknowledge: bool
    """Whether the person has yet to say that the backup codes are stored."""
    mark: int
    """How far the account had come; for ``sign_in(not_older_than=...)`` after a restored backup."""
    external: ExternalMeans | None
    """What showed the first factor, if the application said so and it was no password."""


class Renewed(Record):
    """New backup codes; the ones before are void."""

    assertion: Assertion
    """The proof with which the session goes on; the one before is void."""
    backup_codes: BackupCodes
    """The codes, shown this once."""


class Settlement(Record):
    """What became of sign-ins that had not ended."""

    half_sign_ins: int
    """How many ended without a code and were recorded now."""
    open_until: datetime | None
    """When to ask again, if there are some that may still end with a code."""


# ---- administration ----


class BoundToken(Record):
    """A hardware token that counts from now on."""

    id: str
    """Names it in other calls."""
    strength: Strength
    """Whether its secret is as long as it should be."""


class Lock(Record):
    """A lock in force."""

    reason: LockReason
    """What locked the account."""
    until: datetime | None
    """When it ends; ``None`` if an administrator has to end it."""


class AuthenticatorStatus(Record):
    """An authenticator, without what it knows."""

    id: str
    """Names it in ``rename_authenticator`` and ``remove_authenticator``."""
    kind: AuthenticatorKind
    """What its codes go by."""
    strength: Strength
    """Whether its secret is as long as it should be."""
    label: str
    """The name the person gave it."""
    bound_at: datetime
    """When it was bound."""


class DeviceStatus(Record):
    """A remembered device, without what it knows."""

    id: str
    """Names it in ``revoke_devices``."""
    label: str
    """The name the application gave it."""
    created_at: datetime
    """When the person asked to be remembered."""
    used_at: datetime
    """When it was last used, to within a day."""
    expires: datetime
    """When it ends, by the policy of the day."""


class ExemptionStatus(Record):
    """An exemption in force."""

    granted_at: datetime
    """When it was granted."""
    end: datetime | None
    """When it ends; ``None`` for an open end."""
    by: Administrator
    """Who granted it, and why."""


class AccountStatus(Record):
    """Everything about an account but its secrets."""

    account: str
    """Whose it is."""
    authenticators: tuple[AuthenticatorStatus, ...]
    """The authenticators that count."""
    setup_pending: bool
    """Whether a setup waits for its first code."""
    backup_codes_left: int
    """Backup codes left."""
    backup_codes_low: bool
    """Whether that is few enough to tell the person."""
    backup_codes_acknowledged: bool
    """Whether the person has said that they are stored."""
    lock: Lock | None
    """The lock in force."""
    failure_budget_spent: bool
    """Whether so many codes of the last 30 days were wrong that each further one locks for an hour."""
    year_budget_spent: bool
    """Whether so many codes of the last 365 days were wrong that one code is not enough."""
    exemption: ExemptionStatus | None
    """The exemption in force."""
    required: bool
    """Whether an administrator requires a second factor of this account."""
    devices: tuple[DeviceStatus, ...]
    """The remembered devices, oldest first."""
    setup_due_at: datetime | None
    """When the first setup is due, or was."""
    fault: str | None
    """The ``code`` of why the account can't be read, if so; then nothing else here says anything."""
    overdue: bool
    """Whether a second factor is required, there is none, and the setup can't be put off any more."""
    erased: bool
    """Whether the person was erased and nothing has come since."""


class AccountPage(Record):
    """A page of the list of accounts."""

    entries: tuple[AccountStatus, ...]
    """The accounts."""
    next: str | None
    """Where the next page begins, for ``after``; this page may be empty and another follow."""


class AccountSummary(Record):
    """How many accounts are in which state; one may be in several."""

    accounts: int
    not_set_up: int
    set_up: int
    setup_pending: int
    overdue: int
    locked: int
    hard_locked: int
    exempt: int
    few_backup_codes: int
    unreadable: int
    erased: int
    passwords_locked: int
    passwords_unreadable: int


class PasswordLock(Record):
    """A person whose password is not looked at for a time."""

    account: str
    """Whose it is."""
    until: datetime | None
    """When passwords are looked at again; ``None`` where the attempts can't be read."""
    fault: str | None
    """The ``code`` of why the attempts can't be read, if so."""


class PasswordLockPage(Record):
    """A page of the list of password locks."""

    entries: tuple[PasswordLock, ...]
    """The persons."""
    next: str | None
    """Where the next page begins, for ``after``."""


# ---- activation codes ----


class ActivationAct(Record):
    """What somebody did with an activation code."""

    at: datetime
    """When."""
    by: str
    """Who, as the application named them."""


class IssuedActivation(Record):
    """A new activation code."""

    code: ActivationCode
    """The code, shown this once."""
    handle: str
    """Names it from now on; not secret."""
    expires: datetime
    """When it ends."""


class ActivationRecord(Record):
    """What became of an activation code."""

    purpose: str
    """What it is good for."""
    issued: ActivationAct
    """Who issued it, when and why."""
    expires: datetime
    """When it ends, or ended."""
    tries_left: int
    """Failed attempts that remain."""
    state: ActivationStateName
    """What became of it."""
    act: ActivationAct | None
    """Who redeemed or revoked it."""


class ActivationStatus(Record):
    """What is known under a handle."""

    handle: str
    """The handle."""
    record: ActivationRecord | None
    """What became of the code; ``None`` if there is none, or it can't be read."""
    fault: str | None
    """The ``code`` of why it can't be read, if so."""


class ActivationPage(Record):
    """A page of the list of activation codes."""

    entries: tuple[ActivationStatus, ...]
    """The codes, without what it takes to redeem them."""
    next: str | None
    """Where the next page begins, for ``after``."""


class Reissued(Record):
    """A new code in the place of another."""

    issued: IssuedActivation
    """The new code."""
    old_state: ActivationStateName
    """What had become of the old one."""
    old_act: ActivationAct | None
    """Who had redeemed or revoked it."""


class RedeemedActivation(Record):
    """A code that was redeemed just now."""

    handle: str
    """Which installation it is."""
    purpose: str
    """What it was issued for."""
    issued: ActivationAct
    """Who issued it, when and why."""


# ---- audit and keys ----


class SettingChange(Record):
    """A setting that was changed."""

    setting: str
    """Its name."""
    old: int
    """The value before."""
    new: int
    """The value since."""


class Event(Record):
    """What happened, once."""

    at: datetime
    """When."""
    kind: str
    """The stable name, such as ``code_accepted``."""
    text: str
    """A sentence in English for people."""
    fields: dict[str, str | int | datetime | tuple[SettingChange, ...]]
    """What belongs to it, by stable names; most kinds have none."""
    actor: str | None
    """Who did it, where it was not the person."""
    reason: str | None
    """Why, where an administrator did it."""
    must_be_told: bool
    """Whether the person is to be told of it."""

    def __hash__(self) -> int:
        return hash((self.at, self.kind, self.actor, self.reason))


class AuditSubject(Record):
    """Whose events: of an account, of its passwords, of an activation code, or of the policy."""

    kind: str
    """``account``, ``passwords``, ``activation`` or ``policy``."""
    id: str | None
    """The account, or the handle; ``None`` for the policy."""

    @classmethod
    def of_account(cls, account: str) -> AuditSubject:
        """Events of an account's second factor."""
        return cls("account", account)

    @classmethod
    def of_passwords(cls, account: str) -> AuditSubject:
        """Events of an account's password gate."""
        return cls("passwords", account)

    @classmethod
    def of_activation(cls, handle: str) -> AuditSubject:
        """Events of an activation code."""
        return cls("activation", handle)

    @classmethod
    def of_policy(cls) -> AuditSubject:
        """Events of the tenant's policy."""
        return cls("policy", None)


class AuditEntry(Record):
    """An entry of the audit trail."""

    position: int
    """Its place in the feed; it only grows, with gaps."""
    id: str
    """Names the event for ever; what has been handled already is known by it."""
    account: str | None
    """Whose event it is, where it is an account's."""
    activation: str | None
    """The handle of the activation code, where it is one's."""
    event: Event | None
    """What happened; ``None`` if it can't be read."""
    fault: AuditFault | None
    """Why it can't be read."""


class AuditPage(Record):
    """A page of the audit trail."""

    entries: tuple[AuditEntry, ...]
    """The entries, in the order asked for."""
    next: int | None
    """Where the next page begins, for ``after``."""
    cursor: int | None
    """Where this page ended, for ``feed``; what is committed later comes after it."""


class AuditVerdict(Record):
    """What a check of a trail found."""

    name: AuditVerdictName
    """``WHOLE``, ``INCOMPLETE`` or ``BROKEN``."""
    events: int | None
    """How many events there are, if it is whole."""
    sequence: int | None
    """The number of the event where it is not."""


class PruneReport(Record):
    """What a run that removes old events has done so far."""

    documents: int
    """Documents that were looked at."""
    events: int
    """Events that were removed."""
    broken: int
    """Documents whose events are not whole; of these none was removed."""
    unavailable: int
    """Documents that can't be read; of these none was removed."""


class ResealFailure(Record):
    """A document that was not sealed anew."""

    kind: str
    """What the document is."""
    id: bytes
    """Its id."""
    code: str
    """Why, as the ``code`` of an error."""


class RotationPage(Record):
    """What a page of a rotation did."""

    resealed: int
    """Documents that were sealed anew."""
    failed: tuple[ResealFailure, ...]
    """Documents that could not be."""
    left: int
    """Documents that other keys still seal."""
    next: RotationCursor | None
    """Where the next page begins, for ``after``."""


class KeyDocuments(Record):
    """What a key has sealed."""

    key: int
    """The key's number."""
    active: bool
    """Whether it is the one that seals."""
    documents: int
    """How many documents it seals."""


class Observation(Record):
    """How a call ended: names and numbers, and nobody in it."""

    operation: str
    """The call, such as ``verify``."""
    outcome: str
    """How it ended, such as ``verified_otp``."""
    outcome_class: str
    """``answer``, ``cancelled``, ``busy``, ``unavailable`` or ``misuse``."""
    rounds: int
    """How often documents were loaded."""
    elapsed: float
    """Seconds."""
