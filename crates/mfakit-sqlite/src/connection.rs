//! Connections with the settings the contract needs, each verified after it was made.

use std::path::Path;

use core::time::Duration;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::OpenError;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A crash of the process and of the machine.
    Full,
    /// A crash of the process; the last commits may not survive one of the machine.
    Lossy,
}

impl Durability {
    /// The lowest `synchronous` that gives it: 2 (FULL) waits for the disk in each commit, 1 (NORMAL) only
    /// when the log is moved into the database.
    const fn synchronous(self) -> i64 {
        match self {
            Self::Full => 2,
            Self::Lossy => 1,
        }
    }
}

/// Opens the connection that writes.
pub(crate) fn open_writer(
    path: &Path,
    durability: Durability,
    patience: Duration,
) -> Result<Connection, OpenError> {
    let connection = open(path, patience)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::NotDurable {
            setting: "journal_mode",
            found: mode,
        });
    }
    connection.pragma_update(None, "synchronous", durability.synchronous())?;
    // Apple's fsync leaves the data in the cache of the drive; elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if synchronous < durability.synchronous() {
        return Err(OpenError::NotDurable {
            setting: "synchronous",
            found: synchronous.to_string(),
        });
    }
    Ok(connection)
}

/// Opens a connection that reads, and can't write.
pub(crate) fn open_reader(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    let connection = open(path, patience)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    // Each connection stays on one thread, hence no mutex. The path was resolved, so a link is one put there since.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(32);
    // A file that someone altered shall not run anything through its schema, nor break its own pages unnoticed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // No temporary files beside the database.
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}
