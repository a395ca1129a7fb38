//! What a session is worth: why a token is good for nothing, where a session stands, how far the account had come.

use crate::{AccountId, Basis, ExternalMeans, UnixTime};

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
    /// By which means other than a password the person came, if the host said so at the sign-in.
    pub external: Option<ExternalMeans>,
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
