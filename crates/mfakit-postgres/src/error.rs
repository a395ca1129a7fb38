//! Why a database did not open, and what a failed call tells.

use core::{error::Error, fmt};

use mfakit_core::StoreError;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// A database could not be opened as a store, or its schema not be migrated.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The call was made outside of a Tokio runtime.
    NoRuntime,
    /// The address of the database is not one.
    Address {
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The address leads over a network without TLS and does not say `sslmode=disable`.
    PlainText,
    /// No connection was to be had.
    Connect {
        /// What the pool or the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server is older than PostgreSQL 12.
    TooOld {
        /// Its version, as it says it.
        found: String,
    },
    /// The server is a standby, or the session may not write: it could neither commit nor read what is newest.
    ReadOnly,
    /// Commits would not survive a crash; [`danger_accept_lossy`](crate::PostgresOptions::danger_accept_lossy)
    /// opens all the same.
    NotDurable {
        /// The setting, or the table, that makes it so.
        setting: &'static str,
        /// What it is.
        found: String,
    },
    /// A setting of the server, the database or the role is one that the store can't work with.
    Setting {
        /// The setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        needed: &'static str,
    },
    /// Migrations are missing: apply them, as [`migrate`](crate::PostgresOptions::migrate) does.
    NotMigrated {
        /// The number of migrations the schema has seen.
        found: u32,
        /// The number of migrations this version knows.
        known: u32,
    },
    /// The schema was migrated by a newer version of this crate.
    Newer {
        /// The number of migrations the schema has seen.
        found: u32,
        /// The number of migrations this version knows.
        known: u32,
    },
    /// PostgreSQL failed.
    Database {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRuntime => f.write_str("there is no Tokio runtime here"),
            Self::Address { .. } => f.write_str("the address of the database can't be read"),
            Self::PlainText => f.write_str(
                "the address leads over a network without TLS; bring a pool with TLS, or say `sslmode=disable`",
            ),
            Self::Connect { .. } => f.write_str("the database can't be reached"),
            Self::TooOld { found } => {
                write!(f, "the server is PostgreSQL `{found:.40}`, older than 12")
            }
            Self::ReadOnly => f.write_str("the server is a standby or does not let us write"),
            Self::NotDurable { setting, found } => write!(
                f,
                "commits would not be durable: `{setting}` is `{found:.40}`"
            ),
            Self::Setting {
                setting,
                found,
                needed,
            } => write!(f, "`{setting}` is `{found:.40}` and has to be `{needed}`"),
            Self::NotMigrated { found, known } => write!(
                f,
                "the schema has version {found}, this version needs {known}: apply the migrations"
            ),
            Self::Newer { found, known } => write!(
                f,
                "the schema has version {found}, this version knows {known}"
            ),
            Self::Database { .. } => f.write_str("the database failed"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Address { source } | Self::Connect { source } | Self::Database { source } => {
                Some(&**source)
            }
            Self::NoRuntime
            | Self::PlainText
            | Self::TooOld { .. }
            | Self::ReadOnly
            | Self::NotDurable { .. }
            | Self::Setting { .. }
            | Self::NotMigrated { .. }
            | Self::Newer { .. } => None,
        }
    }
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database {
            source: Box::new(error),
        }
    }
}

/// What a failed call tells those who listen; bodies are not part of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The pool had no connection to give, or could not make one.
    Pool {
        /// What the pool said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There was no answer within the [patience](crate::PostgresOptions::patience).
    TimedOut,
    /// The server answers from a standby, so what it shows may be old.
    Standby,
    /// PostgreSQL failed.
    Database {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A column holds what no version of this crate stores there.
    Value {
        /// The column.
        column: &'static str,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pool { source } => write!(f, "no connection: {source}"),
            Self::TimedOut => f.write_str("the database did not answer in time"),
            Self::Standby => f.write_str("the server is a standby"),
            Self::Database { source } => {
                write!(f, "the database failed: {source}")?;
                // What the server said lies behind what the driver says.
                source
                    .source()
                    .map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
            Self::Value { column } => write!(f, "column `{column}` holds a value out of range"),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Pool { source } | Self::Database { source } => Some(&**source),
            Self::TimedOut | Self::Standby | Self::Value { .. } => None,
        }
    }
}

/// What the server's answer to a statement means for what the statement wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Our function says that a revision was not the expected one; nothing is stored.
    Conflict,
    /// As the contract names it.
    Error(StoreError),
}

impl Meaning {
    pub(crate) const UNCLEAR: Self = Self::Error(StoreError::Unclear);
    pub(crate) const UNAVAILABLE: Self = Self::Error(StoreError::Unavailable);
}

/// Tells what a failed statement means.
///
/// An error that ends a statement ends its transaction too, so nothing is stored: PostgreSQL raises none once a
/// commit is in its log. An error that ends the session (`FATAL`, `PANIC`), and a session that ends without one, leave
/// open how far the statement came. So do the connection errors of a proxy in between, of whatever severity.
pub(crate) fn meaning(error: &tokio_postgres::Error) -> Meaning {
    error.as_db_error().map_or(
        // What could not be read as an answer of the right kind is no answer.
        Meaning::Error(StoreError::Unclear),
        meaning_of,
    )
}

fn meaning_of(error: &DbError) -> Meaning {
    let code = error.code();
    if error.parsed_severity() != Some(Severity::Error) || unclear(code) {
        return Meaning::Error(StoreError::Unclear);
    }
    match code.code() {
        CONFLICT => Meaning::Conflict,
        EVENTS_OUT_OF_ORDER => Meaning::Error(StoreError::Corrupt),
        _ if corrupt(code) => Meaning::Error(StoreError::Corrupt),
        _ => Meaning::Error(StoreError::Unavailable),
    }
}

/// Class 08, connection exception, and the ends of a session by an administrator or a crash.
fn unclear(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || *code == SqlState::ADMIN_SHUTDOWN
        || *code == SqlState::CRASH_SHUTDOWN
        || *code == SqlState::DATABASE_DROPPED
        || *code == SqlState::IDLE_SESSION_TIMEOUT
}

/// A damaged page or index, and what breaks a constraint of ours: a row that no version of this crate leaves.
fn corrupt(code: &SqlState) -> bool {
    *code == SqlState::DATA_CORRUPTED
        || *code == SqlState::INDEX_CORRUPTED
        || *code == SqlState::UNIQUE_VIOLATION
        || *code == SqlState::CHECK_VIOLATION
        || *code == SqlState::NOT_NULL_VIOLATION
}

/// The codes that our functions raise. The others, MF003 for a transaction that is not READ COMMITTED and MF004 for a
/// standby, are `Unavailable`.
const CONFLICT: &str = "MF001";
const EVENTS_OUT_OF_ORDER: &str = "MF002";
