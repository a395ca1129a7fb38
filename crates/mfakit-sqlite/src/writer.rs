//! The one thread that writes: it takes all tasks that wait and does them in one transaction.

use core::time::Duration;
use std::{
    path::{Path, PathBuf},
    sync::mpsc::Receiver,
    thread,
    time::Instant,
};

use futures_channel::oneshot;
use mfakit_core::{Commit, CommitOutcome, DocumentKey, Revision, StoreError, Write};
use rusqlite::{Connection, params};

use crate::{
    error::{is_busy, store_error},
    file,
    options::{OnError, SqliteOptions},
};

/// A task that waits, and who waits for its answer.
///
/// It is carried out even if nobody waits any more: whoever gives up on a wrong code stays charged for it.
pub(crate) struct Job {
    pub(crate) task: Task,
    pub(crate) answer: oneshot::Sender<Answer>,
}

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

type Answer = Result<Done, StoreError>;

pub(crate) struct Writer {
    connection: Connection,
    queue: Receiver<Job>,
    log: PathBuf,
    patience: Duration,
    on_error: OnError,
}

impl Writer {
    /// The writer on `connection`, which was opened with the patience of opening.
    pub(crate) fn new(
        path: &Path,
        connection: Connection,
        queue: Receiver<Job>,
        options: &SqliteOptions,
    ) -> rusqlite::Result<Self> {
        // From here on the writer waits by itself, see `begin`.
        connection.busy_timeout(Duration::ZERO)?;
        Ok(Self {
            connection,
            queue,
            log: file::with_suffix(path, "-wal"),
            patience: options.patience,
            on_error: options.on_error.clone(),
        })
    }

    /// Serves the queue until nobody can add to it and it is empty; then moves the log into the database.
    pub(crate) fn run(self) {
        let mut longest = LONG_LOG;
        while let Ok(first) = self.queue.recv() {
            let others = self.queue.try_iter().take(MAX_GROUP - 1);
            let group: Vec<_> = core::iter::once(first).chain(others).collect();
            let answers = self.store(&group);
            for (job, answer) in group.into_iter().zip(answers) {
                // Whoever dropped the future does not want the answer.
                let _ = job.answer.send(answer);
            }
            longest = self.shorten_log(longest);
        }
        self.tell(self.checkpoint("PASSIVE"));
        if let Err((_, error)) = self.connection.close() {
            (self.on_error)(&error);
        }
    }

    /// Stores a group with one wait for the disk; one answer per job.
    fn store(&self, group: &[Job]) -> Vec<Answer> {
        let answers = match self.apply(group) {
            Ok(answers) => answers,
            Err(error) => {
                // What the transaction did is undone, now or when the connection is next looked at.
                (self.on_error)(&error);
                self.roll_back();
                return vec![Err(store_error(&error)); group.len()];
            }
        };
        let Err(error) = self.execute("COMMIT") else {
            return answers;
        };
        (self.on_error)(&error);
        self.roll_back();
        // The commit may be in the log although the disk reported an error, and recovery would find it there. What
        // was not stored in the transaction is not in the log either, but its reason was read inside of it.
        answers
            .into_iter()
            .map(|answer| match answer {
                Ok(Done::Commit(CommitOutcome::Committed) | Done::Pruned(_)) => {
                    Err(StoreError::Unclear)
                }
                Ok(Done::Commit(CommitOutcome::Conflict)) => Err(StoreError::Unavailable),
                Err(error) => Err(error),
            })
            .collect()
    }

    /// Applies each task of the group whole or not at all, in a transaction that is left open.
    fn apply(&self, group: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        self.begin()?;
        group
            .iter()
            .map(|job| {
                self.execute("SAVEPOINT one")?;
                let answer = match &job.task {
                    Task::Commit(commit) => self.apply_one(commit)?.map(Done::Commit),
                    Task::Prune { key, before } => Ok(Done::Pruned(self.prune(key, *before)?)),
                };
                if matches!(answer, Ok(Done::Commit(CommitOutcome::Conflict)) | Err(_)) {
                    self.execute("ROLLBACK TO one")?;
                }
                self.execute("RELEASE one")?;
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
    ///
    /// SQLite's own waiting looks less and less often, at last ten times a second. A busy writer elsewhere lets go of
    /// the lock for some ten microseconds between two groups; only one that looks often meets that moment.
    fn begin(&self) -> rusqlite::Result<()> {
        // An earlier group may have left its transaction open, when its rollback failed too.
        if !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        let start = Instant::now();
        loop {
            match self.execute("BEGIN IMMEDIATE") {
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

    /// Empties a log that has grown beyond `longest`, because readers never paused: then SQLite can't reuse it.
    ///
    /// Gives the length at which to try next.
    fn shorten_log(&self, longest: u64) -> u64 {
        let length = || self.log.metadata().map_or(0, |log| log.len());
        if length() <= longest {
            return longest;
        }
        // Readers that come now read the database alone; those that are there are done soon.
        self.tell(self.connection.busy_timeout(WAIT_FOR_READERS));
        self.tell(self.checkpoint("TRUNCATE"));
        self.tell(self.connection.busy_timeout(Duration::ZERO));
        length().saturating_add(LONG_LOG)
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

/// Revisions and sequences were checked to fit; one that did not would match and store nothing.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// Commits in one transaction. More would save no waiting worth its name, and all of them share its fate.
const MAX_GROUP: usize = 256;
/// Events that one task removes.
const MAX_PRUNED: u32 = 1000;
/// How soon a held lock is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// How long commits may be held up for the sake of the log.
const WAIT_FOR_READERS: Duration = Duration::from_millis(100);
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
