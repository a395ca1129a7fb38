//! What the operations answer. Everything a person can cause is here; none of it is an error.

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use crate::{
    AccountId, AccountName, ActivationHandle, Administrator, Assertion, AuthenticatorId,
    AuthenticatorKind, BackupCodes, DeviceId, DeviceToken, Event, Issuer, Label, Locked,
    OtpAuthUri, Strength, Ticket, Unavailable, UnixTime,
};

/// On what a sign-in rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// The policy asks nobody for a second factor.
    NotRequired,
    /// The policy leaves it to the person, who has no second factor.
    NotSetUp,
    /// A one-time password.
    Otp,
    /// A backup code.
    BackupCode,
    /// An administrator has exempted the person.
    Exempt,
    /// A remembered device: less than a factor, since nobody has shown one now (NIST SP 800-63B-4 §5.1).
    Remembered,
    /// The person has put the setup off, before its deadline.
    Deferred,
}

impl Basis {
    /// The number kept in assertions; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::NotRequired => 1,
            Self::NotSetUp => 2,
            Self::Otp => 3,
            Self::BackupCode => 4,
            Self::Exempt => 5,
            Self::Remembered => 6,
            Self::Deferred => 7,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [
            Self::NotRequired,
            Self::NotSetUp,
            Self::Otp,
            Self::BackupCode,
            Self::Exempt,
            Self::Remembered,
            Self::Deferred,
        ]
        .into_iter()
        .find(|basis| basis.number() == number)
    }

    /// Whether a second factor was verified.
    #[must_use]
    pub const fn is_two_factor(self) -> bool {
        matches!(self, Self::Otp | Self::BackupCode)
    }
}

/// What becomes of a password attempt, before the password is looked at.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Gate {
    /// Evaluate the password. The attempt is charged; `sign_in` gives it back.
    Proceed(PasswordAttempt),
    /// Do not evaluate the password.
    Refused(GateRefusal),
}

/// The gate is locked for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateRefusal {
    /// When passwords are evaluated again.
    pub until: UnixTime,
}

/// A charged password attempt: proof for `sign_in` that the gate was asked.
#[derive(Debug)]
#[must_use = "pass it to `sign_in` if the password is right; dropped, it stays charged"]
pub struct PasswordAttempt {
    /// The account's epoch when the attempt was charged: what makes everything older void makes it void too.
    pub(crate) epoch: Option<crate::document::account::Epoch>,
    pub(crate) tenant: crate::TenantId,
    pub(crate) account: AccountId,
}

impl PasswordAttempt {
    /// The account the attempt is for.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }
}

/// The first factor, which was right.
#[derive(Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// A password, through the gate.
    Password(PasswordAttempt),
    /// Something the host relies on, such as single sign-on or a mailed link; no gate is involved.
    External {
        /// Who.
        account: AccountId,
    },
}

impl FirstFactor {
    /// A first factor that the host checked elsewhere.
    #[must_use]
    pub const fn external(account: AccountId) -> Self {
        Self::External { account }
    }

    /// Who signs in.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        match self {
            Self::Password(attempt) => &attempt.account,
            Self::External { account } => account,
        }
    }
}

impl From<PasswordAttempt> for FirstFactor {
    fn from(attempt: PasswordAttempt) -> Self {
        Self::Password(attempt)
    }
}

/// What happens after the first factor.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the decision table of the design")]
pub enum Decision {
    /// The person is in.
    Allow(Allowed),
    /// The person is asked for a code.
    Challenge(Challenge),
    /// The person sets up a second factor first.
    Setup(SetupRequired),
    /// The account is locked.
    Deny(Locked),
}

/// A sign-in that needs nothing more.
#[derive(Debug)]
#[non_exhaustive]
pub struct Allowed {
    /// The proof, for the session.
    pub assertion: Assertion,
    /// On what it rests.
    pub basis: Basis,
    /// Whether setting up a second factor may be offered.
    pub may_set_up: bool,
}

/// A sign-in that needs a code.
#[derive(Debug)]
#[non_exhaustive]
pub struct Challenge {
    /// The right to present it.
    pub ticket: Ticket,
    /// Backup codes left.
    pub backup_codes_left: u32,
}

/// A sign-in that needs a setup.
#[derive(Debug)]
#[non_exhaustive]
pub struct SetupRequired {
    /// The right to do it.
    pub ticket: Ticket,
    /// Whether the person may put it off with `defer`, and until when.
    pub may_defer: Option<Deferral>,
}

/// A setup that may be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deferral {
    /// The deadline: from then on it may not.
    pub until: UnixTime,
    /// Sign-ins at which it may be put off, this one included.
    pub skips_left: u32,
}

/// The answer to `defer`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Deferment {
    /// The person is in, this once.
    Allow(Allowed),
    /// The setup may not be put off: the deadline has passed, no skip is left, the host demanded a factor, or
    /// nothing is required any more. The ticket is still good for the setup.
    Refused,
    /// The account is locked.
    Locked(Locked),
    /// The ticket is good for nothing.
    Void(Void),
}

/// The answer to `require` and `end_requirement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum RequirementChange {
    /// It is so from now on.
    Changed,
    /// It was so already; nothing was changed.
    Unchanged,
}

/// Why a ticket or an assertion is good for nothing. Whatever it is, the person signs in again, unless a code is
/// enough ([`Standing::StepUp`]).
///
/// # Security
/// The page need not tell them apart; the log may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Void {
    /// It is not a token of this tenant, or the key that sealed it is gone.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was spent by a success.
    Spent,
    /// The account's factors have changed since.
    Superseded,
    /// It is for something else.
    WrongPurpose,
    /// It was given to another session: the binding bytes differ, or one side has none.
    WrongBinding,
    /// It rests on too little for what was asked.
    Insufficient,
    /// It is too old for what was asked.
    Stale,
}

impl Void {
    /// A stable name, such as `superseded`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Spent => "spent",
            Self::Superseded => "superseded",
            Self::WrongPurpose => "wrong_purpose",
            Self::WrongBinding => "wrong_binding",
            Self::Insufficient => "insufficient",
            Self::Stale => "stale",
        }
    }
}

/// The answer to `begin_setup`.
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once and dropped; a box would be one more thing to take apart"
)]
pub enum SetupStart {
    /// A setup waits for its first code.
    Pending(PendingSetup),
    /// The account has as many authenticators as the policy allows.
    TooManyAuthenticators,
    /// The account is locked.
    Locked(Locked),
    /// The ticket or assertion is good for nothing.
    Void(Void),
}

/// A setup that waits for its first code: what the page shows.
///
/// # Security
/// It holds the shared secret; show it and drop it. `Debug` is redacted where it must be.
#[derive(Debug)]
#[non_exhaustive]
pub struct PendingSetup {
    /// The key URI, for the QR code.
    pub uri: OtpAuthUri,
    /// The shared secret in Base32, for typing.
    pub(crate) key: Redacted,
    /// The site's name, as the app will show it.
    pub issuer: Issuer,
    /// The person's name, as the app will show it.
    pub account_name: AccountName,
    /// Wrong codes that remain.
    pub attempts_left: u32,
    /// When the pending setup ends.
    pub expires: UnixTime,
}

impl PendingSetup {
    /// The shared secret in Base32, in groups of four, for typing into an app.
    #[must_use]
    pub fn key(&self) -> Zeroizing<String> {
        let plain = &self.key.0;
        let mut grouped = Zeroizing::new(String::with_capacity(plain.len().saturating_mul(2)));
        for (place, symbol) in plain.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                grouped.push(' ');
            }
            grouped.push(symbol);
        }
        grouped
    }

    /// The QR code of the key URI, made here and nowhere else.
    ///
    /// # Errors
    /// [`QrError`](crate::QrError) if the names are so long that the URI fits no QR code.
    #[cfg(feature = "qr")]
    pub fn qr(&self) -> Result<crate::QrCode, crate::QrError> {
        crate::QrCode::encode(&self.uri.to_uri(), crate::ErrorCorrection::Medium)
    }
}

/// A text that `Debug` does not show.
pub(crate) struct Redacted(pub(crate) Zeroizing<String>);

impl core::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("(..)")
    }
}

/// The answer to `confirm_setup`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Confirmation {
    /// The authenticator is bound, and the person is in.
    Confirmed(Confirmed),
    /// The code is wrong.
    Mismatch(Mismatch),
    /// There is no setup of this ticket to confirm: it was not begun, has ended, or died of wrong codes.
    NoPendingSetup,
    /// The account is locked.
    Locked(Locked),
    /// The ticket or assertion is good for nothing.
    Void(Void),
}

/// A setup that is done.
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirmed {
    /// The proof, for the session; assertions from before are void.
    pub assertion: Assertion,
    /// The backup codes, shown this once; none if the account has acknowledged ones already.
    pub backup_codes: Option<BackupCodes>,
}

/// The answer to `verify`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Verification {
    /// The code is right, and the person is in.
    Verified(Verified),
    /// The code is wrong.
    Mismatch(Mismatch),
    /// The code was used before.
    Replayed(Replayed),
    /// The account is locked; the code was not looked at, or is the wrong one that led to the lock.
    Locked(Locked),
    /// The ticket is good for nothing.
    Void(Void),
}

/// A right code.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The proof, for the session.
    pub assertion: Assertion,
    /// [`Basis::Otp`] or [`Basis::BackupCode`].
    pub basis: Basis,
    /// Backup codes left.
    pub backup_codes_left: u32,
    /// Whether that is few enough to tell the person.
    pub backup_codes_low: bool,
    /// Whether so many codes of the last 30 days were wrong that the person is to be told: somebody may be guessing.
    pub failure_budget_spent: bool,
    /// New backup codes, shown this once, where the old ones were never acknowledged; those are void.
    pub new_backup_codes: Option<BackupCodes>,
    /// For the device's cookie, if the person asked to be remembered and the policy allows it.
    pub device: Option<DeviceToken>,
}

/// A wrong code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// Wrong codes that remain before a lock, or before a pending setup dies.
    pub attempts_left: u32,
    /// Whether this one counted.
    pub charged: Charged,
}

/// Whether a wrong code counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Charged {
    /// It counted.
    Yes,
    /// It has not the shape of a code, and did not count.
    NotACode,
}

/// A used code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// What was sent again.
    pub what: ReplayedCode,
    /// Seconds until the app shows a code that can be accepted; 0 for a backup code.
    pub wait_seconds: u32,
}

/// Which kind of code was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum ReplayedCode {
    /// A one-time password.
    Otp,
    /// A backup code.
    BackupCode,
}

/// The answer to `check_assertion`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// The session is good.
    Current(Current),
    /// The person signs in again.
    SignInAgain(Void),
    /// The session is good, but not for what is asked of it: `step_up` leads to an assertion that suffices.
    StepUp(Void),
}

/// A session that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Current {
    /// Whose it is.
    pub account: AccountId,
    /// On what it rests.
    pub basis: Basis,
    /// When the person signed in.
    pub signed_in_at: UnixTime,
    /// Until when the session may change factors.
    pub fresh_until: UnixTime,
    /// When the session ends.
    pub expires: UnixTime,
    /// Whether setting up a second factor may be offered.
    pub may_set_up: bool,
    /// Whether the person has yet to say that the backup codes are stored.
    pub backup_codes_to_acknowledge: bool,
    /// What to remember, so that a store put back to an older state is noticed.
    pub mark: Mark,
}

/// How far the account's document had come: to be kept by the host and passed to a later `sign_in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u64);

impl Mark {
    /// The mark with this number, as kept by the host.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number to keep.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Whether a tenant was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum TenantCreation {
    /// It was made.
    Created,
    /// It existed; nothing was changed.
    Exists,
}

/// Whether there was anything to repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum ClockRepair {
    /// Times ahead of the clock were set right.
    Repaired,
    /// No time was ahead of the clock; nothing was changed.
    NothingAhead,
}

/// Whether a policy was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a stale policy replaces nothing"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum PolicyChange {
    /// It was replaced.
    Changed,
    /// Somebody else has changed the policy since it was read: read it again.
    Stale,
}

/// What an account has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountStatus {
    /// Whose it is.
    pub account: AccountId,
    /// The authenticators that count.
    pub authenticators: Vec<AuthenticatorStatus>,
    /// Whether a setup waits for its first code.
    pub setup_pending: bool,
    /// Backup codes left.
    pub backup_codes_left: u32,
    /// Whether that is few enough to tell the person.
    pub backup_codes_low: bool,
    /// Whether the backup codes were acknowledged as stored.
    pub backup_codes_acknowledged: bool,
    /// The lock in force.
    pub lock: Option<Locked>,
    /// Whether so many codes of the last 30 days were wrong that each further one locks for an hour.
    pub failure_budget_spent: bool,
    /// The exemption in force.
    pub exemption: Option<ExemptionStatus>,
    /// Whether an administrator requires a second factor of this account, whatever the policy leaves open.
    pub required: bool,
    /// The devices that are remembered, oldest first.
    pub devices: Vec<DeviceStatus>,
    /// When the first setup is due, or was, if the policy grants time and the person has signed in under it.
    pub setup_due_at: Option<UnixTime>,
    /// Why the stored state of the account can't be read, if so; then nothing else here says anything.
    pub fault: Option<Unavailable>,
}

/// An authenticator, without what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorStatus {
    /// Which it is, for renaming and removing it.
    pub id: AuthenticatorId,
    /// What its codes go by.
    pub kind: AuthenticatorKind,
    /// Whether its shared secret is as long as it should be.
    pub strength: Strength,
    /// The name the person gave it.
    pub label: Label,
    /// When it was bound.
    pub bound_at: UnixTime,
}

/// A remembered device, without what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceStatus {
    /// Names it in `revoke_devices`.
    pub id: DeviceId,
    /// The name the host gave it, such as browser and system.
    pub label: Label,
    /// When the person asked to be remembered.
    pub created_at: UnixTime,
    /// When it was last used, to within a day.
    pub used_at: UnixTime,
    /// When it ends, by the policy of the day.
    pub expires: UnixTime,
}

/// Which remembered devices are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum WhichDevices {
    /// This one.
    One(DeviceId),
    /// Every device of the account.
    All,
}

/// The answer to `revoke_devices` and `revoke_devices_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a device that was not revoked is still good"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum DeviceRevocation {
    /// They are revoked, and sessions that rest on them have ended.
    Revoked {
        /// How many.
        count: u32,
    },
    /// The account remembers no such device.
    NoSuchDevice,
    /// The account is locked; an administrator may all the same.
    Locked(Locked),
    /// The assertion is good for nothing, too old, or rests on no factor; an administrator needs none.
    Void(Void),
}

/// When an exemption ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum ExemptionEnd {
    /// It lapses by itself at this instant.
    At(UnixTime),
    /// It ends when an administrator ends it.
    Open,
}

/// An exemption that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExemptionStatus {
    /// When it was granted.
    pub granted_at: UnixTime,
    /// When it ends, by the policy of the day.
    pub end: ExemptionEnd,
    /// Who granted it, and why.
    pub by: Administrator,
}

/// The answer to `exempt` and `end_exemption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an exemption that the policy does not allow is not granted"]
#[non_exhaustive]
pub enum ExemptionChange {
    /// It was granted, or ended.
    Changed,
    /// The account has no exemption to end.
    NotExempt,
    /// Not granted: it would end before it begins.
    EndsInThePast,
    /// Not granted: the policy allows none so long.
    TooLong {
        /// When it would have to end.
        latest: UnixTime,
    },
    /// Not granted: the policy allows none without an end.
    EndNeeded {
        /// When it would have to end, if there is a limit.
        latest: Option<UnixTime>,
    },
}

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// The place in the store's feed.
    pub position: u64,
    /// Whose account it concerns; none if it concerns the tenant or an installation.
    pub account: Option<AccountId>,
    /// What happened, if it can be read.
    pub event: Option<Event>,
    /// Why it can't be read, if it can't.
    pub fault: Option<AuditFault>,
    /// Which installation it concerns, if it concerns one.
    pub activation: Option<ActivationHandle>,
}

/// Why an entry of the audit trail can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFault {
    /// The event is not what its document sealed at this place: somebody altered it.
    Altered,
    /// The event is of a kind that only a newer version knows.
    NewerKind,
    /// The document that holds the key of the event does not open.
    NoDocument,
    /// The person was erased after the event, and its key with that.
    Erased,
}

/// Whose events are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditSubject {
    /// Those of an account's second factor.
    Account(AccountId),
    /// Those of an account's password attempts.
    Passwords(AccountId),
    /// Those of the tenant's policy.
    Policy,
    /// Those of an installation's activation code.
    Activation(ActivationHandle),
}

/// What a check of the audit trail found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum AuditVerdict {
    /// Every event is there, unchanged and in its place.
    Whole {
        /// How many there are.
        events: u64,
    },
    /// Events from this sequence on are missing.
    Incomplete {
        /// The sequence of the first event that is missing.
        sequence: u64,
    },
    /// An event was altered, moved, removed or added here, or the document was put back to an older state.
    Broken {
        /// The sequence of the first event that does not fit.
        sequence: u64,
    },
}
