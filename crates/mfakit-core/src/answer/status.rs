//! What an account has, as an administrator or its owner reads it.

use alloc::vec::Vec;

use crate::{
    AccountId, Administrator, AuthenticatorId, AuthenticatorKind, DeviceId, ExemptionEnd, Label,
    Locked, Strength, Unavailable, UnixTime,
};

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
    /// Whether so many codes of the last 365 days were wrong that one code is not enough.
    pub year_budget_spent: bool,
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
    /// Whether a second factor is required and there is none, and the setup can't be put off any more.
    pub overdue: bool,
    /// Whether the person was erased and nothing has come since: what is left is no person.
    pub erased: bool,
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
