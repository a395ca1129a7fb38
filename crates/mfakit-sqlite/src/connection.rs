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
    // Each connection is used by one thread at a time, hence no mutex. The path was resolved, so a link is one put there since.
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

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::path::Path;

    use rusqlite::Connection;

    use super::{Durability, open_reader, open_writer};
    use crate::{OpenError, file};

    #[test]
    fn commits_wait_for_the_disk_unless_loss_is_accepted() {
        let path = file::tests::path("synchronous");
        for (durability, synchronous) in [(Durability::Full, 2), (Durability::Lossy, 1)] {
            file::create(&path, durability, Duration::ZERO).unwrap();
            let connection = open_writer(&path, durability, Duration::ZERO).unwrap();
            assert_eq!(setting(&connection, "synchronous"), synchronous);
            assert_eq!(setting(&connection, "fullfsync"), 1);
            assert_eq!(setting(&connection, "checkpoint_fullfsync"), 1);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn refuses_where_the_log_is_not_to_be_had() {
        // Memory stands for any place without shared memory between processes.
        let refused = open_writer(Path::new(":memory:"), Durability::Full, Duration::ZERO);
        let Err(error @ OpenError::NotDurable { .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            error.to_string(),
            "commits would not be durable: `journal_mode` is `memory`"
        );
    }

    #[test]
    fn readers_cannot_write() {
        let path = file::tests::path("readers");
        file::create(&path, Durability::Full, Duration::ZERO).unwrap();
        let reader = open_reader(&path, Duration::ZERO).unwrap();
        assert!(reader.execute("DELETE FROM documents", []).is_err());
        drop(reader);
        std::fs::remove_file(path).unwrap();
    }

    fn setting(connection: &Connection, name: &str) -> i64 {
        connection
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    }
}
