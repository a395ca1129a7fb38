//! The portal's own tables: people and sessions, in `portal.db`.

use alloc::sync::Arc;
use core::fmt;
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};

/// The portal's database; clones share it.
#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Connection::open_with_flags(path, flags)?;
        // An answered sign-out or sign-in survives a power cut, like everything of the engine.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 5000;",
        )?;
        connection.execute_batch(TABLES)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Runs `work` on the connection, off the threads that serve requests.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let database = self.clone();
        let done = tokio::task::spawn_blocking(move || database.run_here(work)).await;
        done.map_err(|_| DatabaseError::Stopped)?
            .map_err(DatabaseError::Sqlite)
    }

    /// Runs `work` on this thread.
    pub(crate) fn run_here<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        // What a panic left open was rolled back when its transaction was dropped.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
    }
}

/// Why the portal's tables gave no answer.
#[derive(Debug)]
pub(crate) enum DatabaseError {
    /// SQLite said no.
    Sqlite(rusqlite::Error),
    /// The portal is shutting down.
    Stopped,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => write!(f, "the portal's database: {error}"),
            Self::Stopped => f.write_str("the portal's database: the portal is shutting down"),
        }
    }
}

impl core::error::Error for DatabaseError {}

/// Numbers of people are never used twice: the engine knows a person by it.
///
/// A session is found by the hash of its id, and only the browser has the id: a copy of this file signs nobody in.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    -- How far the engine's document of the person had come when it was last looked at.
    mark INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    id_hash BLOB PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES people (id),
    binding BLOB NOT NULL,
    step TEXT NOT NULL,
    token TEXT NOT NULL,
    notice TEXT,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires);
";
