//! The one connection that writes. Its thread takes all tasks that wait and does them in one transaction; where nobody
//! waits, a caller that may block does its own.

use alloc::{sync::Arc, vec, vec::Vec};
use core::{
    slice::from_ref,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    thread,
    time::Instant,
};

use crossbeam_channel::Receiver;
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
    /// Held until it is taken from the queue.
    pub(crate) waiting: Waiting,
}

/// A task that is in the queue, or on its way there; see [`SharedWriter::announce`].
pub(crate) struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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

/// The writer, for its thread and for callers that may block.
#[derive(Clone)]
pub(crate) struct SharedWriter {
    /// `None` once the thread has ended.
    writer: Arc<Mutex<Option<Writer>>>,
    /// Tasks on their way to the thread.
    waiting: Arc<AtomicUsize>,
}

impl SharedWriter {
    pub(crate) fn new(writer: Writer) -> Self {
        Self {
            writer: Arc::new(Mutex::new(Some(writer))),
            waiting: Arc::default(),
        }
    }

    /// Serves the queue until nobody can add to it and it is empty; then moves the log into the database.
    pub(crate) fn run(&self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut writer = self.lock();
            // Also those that came while a caller wrote.
            let others = queue.try_iter().take(MAX_GROUP - 1);
            let (mut tasks, mut waiting) = (Vec::new(), Vec::new());
            for job in core::iter::once(first).chain(others) {
                drop(job.waiting);
                tasks.push(job.task);
                waiting.push(job.answer);
            }
            let store = |writer: &mut Writer| writer.store(writer.begin_in_time(), &tasks);
            let answers = writer.as_mut().map_or_else(Vec::new, store);
            for (asked, answer) in waiting.into_iter().zip(answers) {
                // Whoever dropped the future does not want the answer.
                let _ = asked.send(answer);
            }
            if let Some(writer) = writer.as_mut() {
                writer.shorten_log(tasks.len());
            }
        }
        if let Some(writer) = self.lock().take() {
            writer.close();
        }
    }

    /// To be held by a task that goes to the thread: no caller goes before it.
    pub(crate) fn announce(&self) -> Waiting {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(Arc::clone(&self.waiting))
    }

    /// Does the task on this thread, or nothing if somebody else writes or waits to.
    pub(crate) fn try_write(&self, task: &Task) -> Option<Answer> {
        let mut writer = self.try_lock()?;
        let writer = writer.as_mut()?;
        let begun = writer.begin();
        if begun.as_ref().is_err_and(is_busy) {
            return None;
        }
        let answer = writer.store(begun, from_ref(task)).pop();
        writer.shorten_log(1);
        Some(answer.unwrap_or(Err(StoreError::Unclear)))
    }

    /// Runs the query on this thread, or nothing if somebody writes or waits to. The pages that this connection has
    /// written are in its memory, while any other has to read them again.
    pub(crate) fn try_read<T>(
        &self,
        query: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Option<rusqlite::Result<T>> {
        let writer = self.try_lock()?;
        let connection = &writer.as_ref()?.connection;
        // What an earlier group left in an open transaction is not stored.
        let result = connection.is_autocommit().then(|| query(connection))?;
        (!result.as_ref().is_err_and(is_busy)).then_some(result)
    }

    /// The writer, unless somebody has it or waits for it.
    ///
    /// Whether somebody waits is looked at for the sake of fairness only: the lock is what keeps writers apart.
    fn try_lock(&self) -> Option<MutexGuard<'_, Option<Writer>>> {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            return None;
        }
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Whoever panicked with it left a transaction open at most, which the next one ends.
    fn lock(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Writer {
    connection: Connection,
    log: PathBuf,
    /// The length of the log beyond which it is emptied.
    longest: u64,
    /// Tasks since it was looked at.
    unseen: usize,
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
            unseen: 0,
            patience: options.patience,
            on_error: options.on_error.clone(),
        })
    }

    /// Moves the log into the database, and closes it.
    fn close(self) {
        self.tell(self.checkpoint("PASSIVE"));
        if let Err((_, error)) = self.connection.close() {
            (self.on_error)(&error);
        }
    }

    /// Stores a group with one wait for the disk, in a transaction that was begun; one answer per task.
    fn store(&self, begun: rusqlite::Result<()>, group: &[Task]) -> Vec<Answer> {
        let answers = match begun.and_then(|()| self.apply(group)) {
            Ok(answers) => answers,
            Err(error) => {
                // What the transaction did is undone, now or when the connection is next looked at.
                (self.on_error)(&error);
                self.roll_back();
                return vec![Err(store_error(&error)); group.len()];
            }
        };
        if self.connection.is_autocommit() {
            // The only task is undone.
            return answers;
        }
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

    /// Applies each task of the group whole or not at all, in a transaction that is left open if there is anything to
    /// store. One that is alone needs no savepoint.
    fn apply(&self, group: &[Task]) -> rusqlite::Result<Vec<Answer>> {
        let [before, undo, after] = match group {
            [_] => [None, Some("ROLLBACK"), None],
            _ => [
                Some("SAVEPOINT one"),
                Some("ROLLBACK TO one"),
                Some("RELEASE one"),
            ],
        };
        let execute = |sql: Option<&str>| sql.map_or(Ok(()), |sql| self.execute(sql));
        group
            .iter()
            .map(|task| {
                execute(before)?;
                let answer = match task {
                    Task::Commit(commit) => self.apply_one(commit)?.map(Done::Commit),
                    Task::Prune { key, before } => Ok(Done::Pruned(self.prune(key, *before)?)),
                };
                if matches!(answer, Ok(Done::Commit(CommitOutcome::Conflict)) | Err(_)) {
                    execute(undo)?;
                }
                execute(after)?;
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
    fn begin(&self) -> rusqlite::Result<()> {
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
    fn begin_in_time(&self) -> rusqlite::Result<()> {
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
    /// It is looked at once in many tasks. Asking for the length of a file makes Linux note the time of its next change
    /// to the nanosecond, and the wait for the disk then includes a new inode.
    fn shorten_log(&mut self, done: usize) {
        self.unseen = self.unseen.saturating_add(done);
        if self.unseen < LOOK_AT_LOG {
            return;
        }
        self.unseen = 0;
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
/// After how many tasks the log is looked at; one writes some 6 pages of 4 KiB.
const LOOK_AT_LOG: usize = 500;
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
