//! Why an operation gave no answer. What a person can cause is an answer, never one of these.

use core::fmt;

use crate::{KeyId, RandomnessError, StoreError};

/// The operation has no answer; nothing was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Other commits on the same account kept getting in between; try again.
    Busy,
    /// The stored state can't be reached, read or trusted.
    Unavailable(Unavailable),
    /// The call can't be right; the application is to be mended.
    Misuse(Misuse),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the account is busy; try again"),
            Self::Unavailable(_) => f.write_str("the second factor is unavailable"),
            Self::Misuse(_) => f.write_str("the call is not valid"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Busy => None,
            Self::Unavailable(source) => Some(source),
            Self::Misuse(source) => Some(source),
        }
    }
}

/// What is in the way of the stored state. It is an operator's matter; the person is told to try later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The store failed.
    Store(StoreError),
    /// A document does not open: it was altered, moved, or is of another revision.
    Damaged,
    /// A document was written by a newer version.
    NewerFormat,
    /// A document was sealed with a key that the keyring does not hold.
    UnknownKey(KeyId),
    /// A document would be larger than a store takes.
    TooLarge,
    /// The clock is more than two minutes behind the latest time a document has seen.
    ClockBehind,
    /// The store holds an older state of the account than one that was seen.
    RolledBack,
    /// The source of randomness failed.
    Randomness,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the store failed"),
            Self::Damaged => f.write_str("a stored document does not open"),
            Self::NewerFormat => f.write_str("a stored document was written by a newer version"),
            Self::UnknownKey(id) => write!(
                f,
                "a stored document needs key {id}, which the keyring lacks"
            ),
            Self::TooLarge => f.write_str("a document grew beyond what a store takes"),
            Self::ClockBehind => {
                f.write_str("the clock is behind the time of the last change; set it right")
            }
            Self::RolledBack => {
                f.write_str("the store holds an older state than one that was seen")
            }
            Self::Randomness => f.write_str("the source of randomness failed"),
        }
    }
}

impl core::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Store(source) => Some(source),
            _ => None,
        }
    }
}

/// What is wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The tenant does not exist; `create_tenant` makes it.
    UnknownTenant,
    /// A password attempt of another tenant was passed.
    ForeignAttempt,
    /// More accounts or events were asked for than one call takes.
    TooMany,
    /// A page holds 1 to 100 entries.
    PageSize,
    /// The driver answered a step that the flow did not ask for.
    OutOfStep,
    /// Events are to be pruned that are younger than 31 days.
    TooRecent,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownTenant => "the tenant does not exist; create it first",
            Self::ForeignAttempt => "the password attempt belongs to another tenant",
            Self::TooMany => "more was asked for than one call takes",
            Self::PageSize => "a page holds 1 to 100 entries",
            Self::OutOfStep => "the driver answered a step that was not asked for",
            Self::TooRecent => "events are kept for 31 days at least",
        })
    }
}

impl core::error::Error for Misuse {}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(Unavailable::Store(error))
    }
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RandomnessError> for Unavailable {
    fn from(_: RandomnessError) -> Self {
        Self::Randomness
    }
}

impl From<RandomnessError> for Error {
    fn from(_: RandomnessError) -> Self {
        Self::Unavailable(Unavailable::Randomness)
    }
}
