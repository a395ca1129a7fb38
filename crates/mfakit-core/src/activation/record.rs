//! What the operations on activation codes answer, and what is told of one: when, for what, by whom.

use crate::{ActivationCode, ActivationHandle, Actor, Label, Unavailable, UnixTime};

/// A code that was made, shown this once.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedActivation {
    /// The installation; to be kept by the host, for the list, a reissue, or a revocation.
    pub handle: ActivationHandle,
    /// The code.
    pub code: ActivationCode,
    /// When it ends.
    pub expires: UnixTime,
}

/// The answer to `reissue_activation`.
#[derive(Debug)]
#[must_use = "it holds the new code, which is shown this once"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Reissue {
    /// The installation has a new code, and the old one is void.
    Reissued(Replaced),
    /// Nothing was ever issued under this handle.
    Unknown,
}

/// A new code in the place of an old one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replaced {
    /// The new code.
    pub issued: IssuedActivation,
    /// What had become of the old one until this moment: whether it was redeemed before it was void.
    pub old: ActivationState,
}

/// The answer to `revoke_activation`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a code that was redeemed is not undone"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Revocation {
    /// The code is void.
    Revoked,
    /// It was revoked before; nothing was changed.
    AlreadyRevoked,
    /// It was redeemed before; nothing was changed, and the installation is the host's to end.
    AlreadyRedeemed(ActivationAct),
    /// Nothing was ever issued under this handle.
    Unknown,
}

/// The answer to `redeem_activation`.
#[derive(Debug)]
#[must_use = "nothing is installed unless the code was redeemed"]
#[expect(
    clippy::exhaustive_enums,
    reason = "a code is redeemed, or it is refused for a reason that is not told"
)]
pub enum Redemption {
    /// The code was good, and is used up.
    Redeemed(RedeemedActivation),
    /// It was not. Why is told in the audit trail only: to the outside every refusal is this one.
    ActivationFailed,
}

impl Redemption {
    /// The stable name: `activation_redeemed` or `activation_failed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Redeemed(_) => "activation_redeemed",
            Self::ActivationFailed => "activation_failed",
        }
    }
}

/// A code that was redeemed just now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedeemedActivation {
    /// The installation.
    pub handle: ActivationHandle,
    /// What the code was for.
    pub purpose: Label,
    /// Who issued it, and when.
    pub issued: ActivationAct,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivationAct {
    /// When.
    pub at: UnixTime,
    /// Who.
    pub by: Actor,
}

impl ActivationAct {
    pub(crate) const fn new(at: UnixTime, by: Actor) -> Self {
        Self { at, by }
    }
}

/// What is known under a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivationStatus {
    /// The installation.
    pub handle: ActivationHandle,
    /// Its code, without what it takes to redeem it; none if nothing was ever issued.
    pub record: Option<ActivationRecord>,
    /// Why the stored state can't be read, if so; then the record is missing for that reason.
    pub fault: Option<Unavailable>,
}

/// A code that was issued: when, for what, by whom, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivationRecord {
    /// What the code is for.
    pub purpose: Label,
    /// Who issued it last, and when.
    pub issued: ActivationAct,
    /// When it ends.
    pub expires: UnixTime,
    /// Failed attempts that remain before it is void.
    pub tries_left: u32,
    /// What became of it.
    pub state: ActivationState,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivationState {
    /// It waits to be redeemed.
    Open,
    /// It was redeemed.
    Redeemed(ActivationAct),
    /// An administrator made it void.
    Revoked(ActivationAct),
    /// Its time is over.
    Expired,
    /// Too many attempts failed.
    Exhausted,
}

impl ActivationState {
    /// A stable name, such as `redeemed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Redeemed(_) => "redeemed",
            Self::Revoked(_) => "revoked",
            Self::Expired => "expired",
            Self::Exhausted => "exhausted",
        }
    }
}

/// Why an attempt with a known handle was refused; told in the audit trail, never to who tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActivationRefusal {
    /// The secret is wrong; a code from before a reissue is one with a wrong secret.
    Mismatch,
    /// The code was redeemed before.
    Redeemed,
    /// The code was revoked.
    Revoked,
    /// The time of the code is over.
    Expired,
    /// The code is for something else.
    WrongPurpose,
}

impl ActivationRefusal {
    /// A stable name, such as `wrong_purpose`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::Redeemed => "redeemed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::WrongPurpose => "wrong_purpose",
        }
    }

    /// The number kept in stored events; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Mismatch => 1,
            Self::Redeemed => 2,
            Self::Revoked => 3,
            Self::Expired => 4,
            Self::WrongPurpose => 5,
        }
    }

    pub(crate) fn from_number(number: u32) -> Option<Self> {
        [
            Self::Mismatch,
            Self::Redeemed,
            Self::Revoked,
            Self::Expired,
            Self::WrongPurpose,
        ]
        .into_iter()
        .find(|it| u32::from(it.number()) == number)
    }
}
