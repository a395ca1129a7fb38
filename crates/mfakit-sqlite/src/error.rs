//! Why a file did not open, and what a failed call tells.

use core::{error::Error, fmt};
use std::io;

use mfakit_core::StoreError;
use rusqlite::ErrorCode;

/// A file could not be opened as a store; nothing in it was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file, and one [must exist](crate::SqliteOptions::must_exist).
    Missing,
    /// The path can't be followed or its folder not read.
    Path {
        /// What the operating system said.
        source: io::Error,
    },
    /// The file can't be created.
    Create {
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is something else than a database of mfakit, empty files included.
    Foreign,
    /// The file was written by a newer version of this crate.
    Newer {
        /// The number of migrations the file has seen.
        found: u32,
        /// The number of migrations this version knows.
        known: u32,
    },
    /// There is no file, but a log of one (`-wal` or `-journal`): its database was moved or removed alone.
    /// Put it back, or remove the log if what it holds may be lost.
    LeftoverLog,
    /// SQLite does not make commits durable here, such as on a file system without shared memory.
    NotDurable {
        /// The setting that SQLite did not take.
        setting: &'static str,
        /// What it answered.
        found: String,
    },
    /// Another process held the file for longer than the patience of this one.
    Busy,
    /// SQLite failed.
    Database {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A thread of the store could not be started.
    Thread {
        /// What the operating system said.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no database at this path"),
            Self::Path { .. } => f.write_str("the path of the database can't be followed"),
            Self::Create { .. } => f.write_str("the database can't be created"),
            Self::Foreign => f.write_str("the file is not a database of mfakit"),
            Self::Newer { found, known } => write!(
                f,
                "the database has schema version {found}, this version knows {known}"
            ),
            Self::LeftoverLog => f.write_str("there is the log of a database, but no database"),
            Self::NotDurable { setting, found } => write!(
                f,
                "commits would not be durable: `{setting}` is `{found:.40}`"
            ),
            Self::Busy => f.write_str("the database is held by another process"),
            Self::Database { .. } => f.write_str("the database can't be opened"),
            Self::Thread { .. } => f.write_str("a thread of the store can't be started"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Path { source } | Self::Create { source } | Self::Thread { source } => {
                Some(source)
            }
            Self::Database { source } => Some(&**source),
            Self::Missing
            | Self::Foreign
            | Self::Newer { .. }
            | Self::LeftoverLog
            | Self::NotDurable { .. }
            | Self::Busy => None,
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            _ if is_busy(&error) => Self::Busy,
            _ => Self::Database {
                source: Box::new(error),
            },
        }
    }
}

/// What the contract says of a failed call, if nothing of it is stored.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt,
            _ => StoreError::Unavailable,
        },
        // A column held what no version of this crate stores there.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => StoreError::Corrupt,
        _ => StoreError::Unavailable,
    }
}

/// Whether another connection held a lock.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
