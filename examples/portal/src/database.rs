//! The portal's own tables: people, sessions, mails, services, in `portal.db`.

use alloc::sync::Arc;
use core::fmt;
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// The portal's database; clones share it.
#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = Connection::open_with_flags(path, flags)?;
        // An answered sign-out or sign-in survives a power cut, like everything of the engine.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 5000;",
        )?;
        update(&mut connection)?;
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

/// Brings the tables to today's form, a step at a time; each is taken once, or not at all.
fn update(connection: &mut Connection) -> rusqlite::Result<()> {
    for (before, step) in STEPS {
        let updating = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken: i64 = updating.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if taken == before {
            updating.execute_batch(step)?;
            updating.pragma_update(None, "user_version", before + 1)?;
        }
        updating.commit()?;
    }
    Ok(())
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
const PEOPLE: &str = "
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

/// `later_until`, `later_skips`: how long the setup that a session is in may be put off.
///
/// A mail is written once for each event of the engine's, whose id is unique; `feed` is how far the events were read.
/// `half_sign_ins` is whom to ask the engine about after a while: a right password, and no code yet.
/// A service is known by the hash of its key.
const LATER: &str = "
ALTER TABLE sessions ADD COLUMN later_until INTEGER;
ALTER TABLE sessions ADD COLUMN later_skips INTEGER;
CREATE TABLE mails (
    event TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES people (id),
    sent INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE feed (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER) STRICT;
CREATE TABLE half_sign_ins (
    person INTEGER PRIMARY KEY REFERENCES people (id),
    ask_at INTEGER NOT NULL
) STRICT;
CREATE TABLE services (
    handle TEXT PRIMARY KEY,
    machine TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    installed INTEGER NOT NULL
) STRICT;
";

/// Each step with the number of those before it.
const STEPS: [(i64, &str); 2] = [(0, PEOPLE), (1, LATER)];

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{PEOPLE, update};

    #[test]
    fn a_file_of_an_earlier_version_is_brought_up_to_date_once() {
        let mut old = Connection::open_in_memory().unwrap();
        // As the first version left it: its tables, and no count of steps.
        old.execute_batch(PEOPLE).unwrap();
        for _ in 0..2 {
            update(&mut old).unwrap();
            let taken: i64 = old
                .query_row("PRAGMA user_version", [], |row| row.get(0))
                .unwrap();
            assert_eq!(taken, 2);
        }
        old.prepare("SELECT later_skips FROM sessions").unwrap();
    }
}
