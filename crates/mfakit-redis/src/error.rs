//! Why a server did not open as a store, and what a failed call tells.

use core::{error::Error, fmt};

use mfakit_core::StoreError;
use redis::{RedisError, ServerError};

/// A server could not be opened as a store.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The call was made outside of a Tokio runtime.
    NoRuntime,
    /// The address of the server is not one.
    Address {
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The address leads over a network without TLS, or with one that takes anybody's certificate; a
    /// [`Client`](redis::Client) that says so is taken.
    PlainText,
    /// No connection was to be had.
    Connect {
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server is older than Redis 7.0.
    TooOld {
        /// Its version, as it says it.
        found: String,
    },
    /// The server is a replica: it could neither commit nor read what is newest.
    Replica,
    /// Commits would not survive a crash, or be thrown away when memory is full;
    /// [`danger_accept_lossy`](crate::RedisOptions::danger_accept_lossy) opens all the same.
    NotDurable {
        /// The setting that makes it so.
        setting: &'static str,
        /// What it is; nothing if the server does not tell.
        found: Option<String>,
        /// What it has to be.
        needed: &'static str,
    },
    /// Replicas of this server take writes, so one that was a primary could answer what is old.
    WritableReplicas,
    /// The keys were written by another version of this crate, or with
    /// [`whole_tenants`](crate::RedisOptions::whole_tenants) by one side alone.
    Version {
        /// Their version and the number of buckets of a tenant, as in `1/1024`.
        found: String,
        /// What it would have to be.
        ours: String,
    },
    /// Redis failed.
    Server {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRuntime => f.write_str("there is no Tokio runtime here"),
            Self::Address { .. } => f.write_str("the address of the server can't be read"),
            Self::PlainText => f.write_str(
                "the address leads over a network without TLS that verifies; use `rediss://`, or bring a client",
            ),
            Self::Connect { .. } => f.write_str("the server can't be reached"),
            Self::TooOld { found } => {
                write!(f, "the server is Redis `{found:.40}`, older than 7.0")
            }
            Self::Replica => f.write_str("the server is a replica"),
            Self::NotDurable {
                setting,
                found: Some(found),
                needed,
            } => write!(
                f,
                "commits would not be durable: `{setting}` is `{found:.40}` and has to be `{needed}`"
            ),
            Self::NotDurable {
                setting,
                found: None,
                needed,
            } => write!(
                f,
                "the server does not tell whether `{setting}` is `{needed}`, as durable commits need; allow `CONFIG GET` or say `danger_accept_lossy`"
            ),
            Self::WritableReplicas => {
                f.write_str("`replica-read-only` is `no` and has to be `yes`")
            }
            Self::Version { found, ours } => write!(
                f,
                "the keys are of version `{found:.40}` and have to be of `{ours:.40}`"
            ),
            Self::Server { .. } => f.write_str("the server failed"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Address { source } | Self::Connect { source } | Self::Server { source } => {
                Some(&**source)
            }
            Self::NoRuntime
            | Self::PlainText
            | Self::TooOld { .. }
            | Self::Replica
            | Self::NotDurable { .. }
            | Self::WritableReplicas
            | Self::Version { .. } => None,
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unsent(CallError::Connect { source }) => Self::Connect { source },
            Failure::Unsent(error) | Failure::Lost(error) => Self::Connect {
                source: Box::new(error),
            },
            Failure::Answer(error) => Self::Server {
                source: Box::new(error),
            },
        }
    }
}

/// What a failed call tells those who listen; bodies are not part of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// No connection was to be had.
    Connect {
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There was no answer within the [patience](crate::RedisOptions::patience).
    TimedOut,
    /// No node of the cluster says that it has the slot.
    NoNode {
        /// The slot.
        slot: u16,
    },
    /// Redis refused or failed, or the connection broke.
    Redis {
        /// What was said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A key holds what no version of this crate stores there.
    Value {
        /// Which part of a bucket it is.
        part: &'static str,
    },
    /// On a cluster, documents with different ids are not committed together, and nothing was sent: the caller has
    /// [`Refused`](mfakit_core::StoreError::Refused). The engine asks for no such commit.
    /// [`whole_tenants`](crate::RedisOptions::whole_tenants) allows them.
    Apart,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { source } => write!(f, "no connection: {source}"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::NoNode { slot } => write!(f, "no node of the cluster has slot {slot}"),
            Self::Redis { source } => write!(f, "the server failed: {source}"),
            Self::Value { part } => write!(f, "`{part}` holds a value out of range"),
            Self::Apart => f.write_str(
                "the commit joins documents of different ids, which a cluster spreads unless `whole_tenants` is said",
            ),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect { source } | Self::Redis { source } => Some(&**source),
            Self::TimedOut | Self::NoNode { .. } | Self::Value { .. } | Self::Apart => None,
        }
    }
}

/// A call that gave no answer of ours.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The call was not sent, so nothing came of it.
    Unsent(CallError),
    /// It may have been carried out, or be carried out yet.
    Lost(CallError),
    /// The server answered with an error.
    Answer(ServerError),
}

impl Failure {
    pub(crate) fn connect(source: RedisError) -> Self {
        Self::Unsent(CallError::Connect {
            source: Box::new(source),
        })
    }

    pub(crate) fn lost(source: RedisError) -> Self {
        Self::Lost(CallError::Redis {
            source: Box::new(source),
        })
    }

    /// What it means for a call that only reads.
    pub(crate) fn of_read(&self) -> StoreError {
        match self {
            Self::Answer(error) if error.code() == WRONG_TYPE => StoreError::Corrupt,
            _ => StoreError::Unavailable,
        }
    }

    /// What it means for a call that writes.
    ///
    /// A script of ours asks for the type of each key before it writes anything, so a wrong one has changed nothing.
    pub(crate) fn of_write(&self) -> StoreError {
        match self {
            Self::Unsent(_) => StoreError::Unavailable,
            Self::Answer(error) if error.code() == WRONG_TYPE => StoreError::Corrupt,
            Self::Answer(error) if NOTHING_RAN.contains(&error.code()) => StoreError::Unavailable,
            Self::Lost(_) | Self::Answer(_) => StoreError::Unclear,
        }
    }

    pub(crate) fn into_error(self) -> CallError {
        match self {
            Self::Unsent(error) | Self::Lost(error) => error,
            Self::Answer(error) => CallError::Redis {
                source: Box::new(error),
            },
        }
    }
}

/// Why an operation of several calls came to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    Failure(Failure),
    Value(CallError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Value(error)
    }
}

const WRONG_TYPE: &str = "WRONGTYPE";

/// With these a server, or our script before its first write, refuses to begin.
const NOTHING_RAN: [&str; 15] = [
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "NOSCRIPT",
    "OOM",
    "READONLY",
    "TRYAGAIN",
];
