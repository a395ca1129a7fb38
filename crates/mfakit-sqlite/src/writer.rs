//! The one connection that writes, and the transaction in which it does several tasks.

use alloc::{vec, vec::Vec};
use core::time::Duration;
use std::{
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use mfakit_core::{Commit, CommitOutcome, DocumentKey, Revision, StoreError, Write};
use rusqlite::{Connection, params};

use crate::{
    error::{is_busy, store_error},
    file,
    options::{OnError, SqliteOptions},
};

/// What is to be written.
pub(crate) enum Task {
    Commit(Commit),
    /// Remove the events of the document before this sequence.
    Prune {
        key: DocumentKey,
        before: u64,
    },
}

/// What became of a task.
#[derive(Clone)]
pub(crate) enum Done {
    Commit(CommitOutcome),
    /// How many events were removed.
    Pruned(u64),
}

pub(crate) type Answer = Result<Done, StoreError>;

/// The connection that writes.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    log: PathBuf,
    /// The length of the log beyond which it is emptied.
    longest: u64,
    /// The rows that were changed when it was last looked at.
    seen: u64,
    patience: Duration,
    on_error: OnError,
}

impl Writer {
    /// The writer on `connection`, which was opened with the patience of opening.
    pub(crate) fn new(
        path: &Path,
        connection: Connection,
        options: &SqliteOptions,
    ) -> rusqlite::Result<Self> {
        // From here on the writer waits by itself, see `begin_in_time`.
        connection.busy_timeout(Duration::ZERO)?;
        Ok(Self {
            connection,
            log: file::with_suffix(path, "-wal"),
            longest: LONG_LOG,
            seen: 0,
            patience: options.patience,
            on_error: options.on_error.clone(),
        })
    }

    /// Moves the log into the database, and closes it.
    pub(crate) fn close(self) {
        self.tell(self.checkpoint("PASSIVE"));
        if let Err((_, error)) = self.connection.close() {
            (self.on_error)(&error);
        }
    }

    /// Stores a group with one wait for the disk, in a transaction that was begun; one answer per task.
    pub(crate) fn store(&self, begun: rusqlite::Result<()>, group: &[Task]) -> Vec<Answer> {
        // Whatever happens in here, the lock on the file is let go.
        let _end = End(&self.connection);
        let answers = match begun.and_then(|()| self.apply(group)) {
            Ok(answers) => answers,
            Err(error) => {
                // What the transaction did is undone, now or when the connection is next looked at.
                self.roll_back();
                (self.on_error)(&error);
                return vec![Err(store_error(&error)); group.len()];
            }
        };
        if answers.iter().all(|answer| !stored(answer)) {
            // Nothing to store; the transaction ends without a wait.
            self.roll_back();
            return answers;
        }
        let Err(error) = self.execute("COMMIT") else {
            return answers;
        };
        self.roll_back();
        (self.on_error)(&error);
        // The commit may be in the log although the disk reported an error, and recovery would find it there. What
        // was not stored in the transaction is not in the log either, but its reason was read inside of it.
        answers
            .into_iter()
            .map(|answer| match answer {
                Ok(_) if stored(&answer) => Err(StoreError::Unclear),
                Ok(_) => Err(StoreError::Unavailable),
                Err(error) => Err(error),
            })
            .collect()
    }

    /// Applies each task of the group whole or not at all, in a transaction that is left open. One that is alone and
    /// has to be undone is so with the transaction, and needs no savepoint.
    fn apply(&self, group: &[Task]) -> rusqlite::Result<Vec<Answer>> {
        let savepoint = |sql| match group {
            [_] => Ok(()),
            _ => self.execute(sql),
        };
        group
            .iter()
            .map(|task| {
                savepoint("SAVEPOINT one")?;
                let answer = match task {
                    Task::Commit(commit) => self.apply_one(commit)?.map(Done::Commit),
                    Task::Prune { key, before } => Ok(Done::Pruned(self.prune(key, *before)?)),
                };
                if !stored(&answer) {
                    savepoint("ROLLBACK TO one")?;
                }
                savepoint("RELEASE one")?;
                Ok(answer)
            })
            .collect()
    }

    /// Removes at most [`MAX_PRUNED`] events, so that commits don't wait for long.
    fn prune(&self, key: &DocumentKey, before: u64) -> rusqlite::Result<u64> {
        let removed = self.connection.prepare_cached(PRUNE)?.execute(params![
            key.tenant.as_str(),
            key.kind.number(),
            key.id,
            i64::try_from(before).unwrap_or(i64::MAX),
            MAX_PRUNED,
        ])?;
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }

    fn apply_one(&self, commit: &Commit) -> rusqlite::Result<Result<CommitOutcome, StoreError>> {
        for write in &commit.writes {
            if !self.write_document(write)? {
                return Ok(Ok(CommitOutcome::Conflict));
            }
        }
        for write in &commit.writes {
            if !self.append_events(write)? {
                return Ok(Err(StoreError::Corrupt));
            }
        }
        Ok(Ok(CommitOutcome::Committed))
    }

    /// Stores the document; false if its revision was not the expected one.
    fn write_document(&self, write: &Write) -> rusqlite::Result<bool> {
        let insert = write.expected == Revision::ABSENT;
        let mut statement = self
            .connection
            .prepare_cached(if insert { INSERT } else { UPDATE })?;
        let changed = statement.execute(params![
            write.key.tenant.as_str(),
            write.key.kind.number(),
            write.key.id,
            number(write.expected.number()),
            number(write.revision.number()),
            write.index.key_id.number(),
            write.body,
        ])?;
        Ok(changed == 1)
    }

    /// Appends the events; false if one has its place before an event that is stored.
    fn append_events(&self, write: &Write) -> rusqlite::Result<bool> {
        for event in &write.events {
            let changed = self.connection.prepare_cached(APPEND)?.execute(params![
                write.key.tenant.as_str(),
                write.key.kind.number(),
                write.key.id,
                number(event.sequence),
                event.body,
            ])?;
            if changed != 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins the transaction, with the write lock, so that what it reads can't change under it.
    pub(crate) fn begin(&self) -> rusqlite::Result<()> {
        // An earlier group may have left its transaction open, when its rollback failed too.
        if !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        self.execute("BEGIN IMMEDIATE")
    }

    /// The same, waiting for other processes.
    ///
    /// SQLite's own waiting looks less and less often, at last ten times a second. A busy writer elsewhere lets go of
    /// the lock for some ten microseconds between two groups; only one that looks often meets that moment.
    pub(crate) fn begin_in_time(&self) -> rusqlite::Result<()> {
        let start = Instant::now();
        loop {
            match self.begin() {
                Err(error) if is_busy(&error) && start.elapsed() < self.patience => {
                    thread::sleep(LOOK_AGAIN);
                }
                begun => return begun,
            }
        }
    }

    /// Undoes the transaction, if the error has not done so.
    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            self.tell(self.execute("ROLLBACK"));
        }
    }

    /// Empties a log that has grown too long, because readers never paused: then SQLite can't reuse it.
    ///
    /// It is looked at once in many rows. Asking for the length of a file makes Linux note the time of its next change
    /// to the nanosecond, and the wait for the disk then includes a new inode.
    pub(crate) fn shorten_log(&mut self) {
        let changed = self.connection.total_changes();
        if changed.wrapping_sub(self.seen) < LOOK_AT_LOG {
            return;
        }
        self.seen = changed;
        let length = || self.log.metadata().map_or(0, |log| log.len());
        if length() <= self.longest {
            return;
        }
        // Readers that come now read the database alone; those that are there are done soon.
        self.tell(self.connection.busy_timeout(WAIT_FOR_READERS));
        self.tell(self.checkpoint("TRUNCATE"));
        self.tell(self.connection.busy_timeout(Duration::ZERO));
        self.longest = length().saturating_add(LONG_LOG);
    }

    /// Moves the log into the database as far as readers allow; that they don't is no error.
    fn checkpoint(&self, mode: &str) -> rusqlite::Result<()> {
        self.connection
            .pragma(None, "wal_checkpoint", mode, |_| Ok(()))
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn tell(&self, result: rusqlite::Result<()>) {
        if let Err(error) = result {
            (self.on_error)(&error);
        }
    }
}

/// Whether there is something to store; what is not was undone.
const fn stored(answer: &Answer) -> bool {
    matches!(
        answer,
        Ok(Done::Commit(CommitOutcome::Committed) | Done::Pruned(_))
    )
}

/// Ends a transaction that is open when it is dropped, also where what is told of an error panics.
struct End<'a>(&'a Connection);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // It is tried again before the next group.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

/// Revisions and sequences were checked to fit; one that did not would match and store nothing.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// Events that one task removes.
const MAX_PRUNED: u32 = 1000;
/// How soon a held lock is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// How long commits may be held up for the sake of the log.
const WAIT_FOR_READERS: Duration = Duration::from_millis(100);
/// After how many changed rows the log is looked at: of commits, two in six pages of 4 KiB.
const LOOK_AT_LOG: u64 = 1000;
/// Sixteen times the length, 1,000 pages, at which SQLite itself begins to move the log.
const LONG_LOG: u64 = 64 * 1024 * 1024;

// `?4` is always 0 here and stands in the statement so that both take the same parameters.
const INSERT: &str = "\
    INSERT INTO documents (tenant, kind, id, revision, key_id, body)
    SELECT ?1, ?2, ?3, ?5, ?6, ?7 WHERE ?4 = 0
    ON CONFLICT (tenant, kind, id) DO NOTHING";
const UPDATE: &str = "\
    UPDATE documents SET revision = ?5, key_id = ?6, body = ?7
    WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND revision = ?4";
const APPEND: &str = "\
    INSERT INTO events (document, tenant, sequence, body)
    SELECT number, tenant, ?4, ?5 FROM documents
    WHERE tenant = ?1 AND kind = ?2 AND id = ?3
    AND NOT EXISTS (SELECT 1 FROM events WHERE document = number AND sequence >= ?4)";
// Where the subquery finds no event of the document, nothing is below NULL.
const PRUNE: &str = "\
    DELETE FROM events WHERE position IN (
        SELECT position FROM events
        WHERE document = (SELECT number FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3)
        AND sequence < min(?4, (
            SELECT max(sequence) FROM events
            WHERE document = (SELECT number FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3)))
        ORDER BY sequence LIMIT ?5)";

#[cfg(test)]
pub(crate) mod tests {
    use core::time::Duration;
    use std::fs;

    use mfakit_core::{
        Commit, CommitId, DocumentKey, DocumentKind, IndexValues, KeyId, Revision, TenantId, Write,
    };

    use super::{LOOK_AT_LOG, Task, Writer};
    use crate::{
        SqliteOptions,
        connection::{Durability, open_reader, open_writer},
        file, schema,
    };

    /// The writer of a new file.
    pub(crate) fn writer(name: &str) -> (std::path::PathBuf, Writer) {
        let path = file::tests::path(name);
        file::create(&path, Durability::Full, Duration::ZERO).unwrap();
        let mut connection = open_writer(&path, Durability::Full, Duration::ZERO).unwrap();
        schema::migrate(&mut connection).unwrap();
        let writer = Writer::new(&path, connection, &SqliteOptions::new()).unwrap();
        (path, writer)
    }

    /// The commit of the revision after `expected`.
    pub(crate) fn task(expected: u64) -> Task {
        let tenant = TenantId::new("acme").unwrap();
        let write = Write::new(
            DocumentKey::new(tenant, DocumentKind::Account, "a"),
            Revision::new(expected),
            Revision::new(expected + 1),
            vec![7; 2000],
            IndexValues::new(KeyId::new(1)),
            Vec::new(),
        );
        Task::Commit(Commit::new(CommitId::new([0; 16]), vec![write]))
    }

    pub(crate) fn remove(path: &std::path::Path) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(file::with_suffix(path, suffix));
        }
    }

    #[test]
    fn a_log_that_readers_keep_long_is_emptied_once_they_are_gone() {
        let (path, mut writer) = writer("log");
        writer.longest = 100_000;
        let log = file::with_suffix(&path, "-wal");
        let reader = open_reader(&path, Duration::ZERO).unwrap();
        let reading = reader.unchecked_transaction().unwrap();
        reading
            .query_row("SELECT count(*) FROM documents", [], |_| Ok(()))
            .unwrap();
        let mut length = 0;
        for expected in 0..LOOK_AT_LOG - 1 {
            writer.store(writer.begin(), &[task(expected)]);
            writer.shorten_log();
            length = log.metadata().unwrap().len();
        }
        assert!(length > 100_000, "{length}");
        drop(reading);
        writer.store(writer.begin(), &[task(LOOK_AT_LOG - 1)]);
        writer.shorten_log();
        assert_eq!(log.metadata().unwrap().len(), 0);
        drop(writer);
        remove(&path);
    }
}
