//! What came of a code.

use crate::{Assertion, BackupCodes, Basis, DeviceToken, Locked, Void};

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
    /// This way of showing a factor is not open to the account now; nothing typed was looked at, charged or written.
    Declined(Declined),
}

/// A way of showing a factor that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Declined {
    /// One code: too many codes of the last 365 days were wrong. A backup code or two consecutive codes lead in.
    OneCode,
    /// Two codes: the policy looks for none outside of the validation window.
    TwoCodes,
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
    /// Whether so many codes of the last 365 days were wrong that one code is not enough any more.
    pub year_budget_spent: bool,
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
