//! Who uses the connection that writes: its thread, which takes all tasks that wait and does them in one transaction, and
//! a caller that may block, for its own task, where nobody waits.

use alloc::{sync::Arc, vec::Vec};
use core::{
    slice::from_ref,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crossbeam_channel::Receiver;
use futures_channel::oneshot;
use mfakit_core::StoreError;
use rusqlite::Connection;

use crate::{
    error::is_busy,
    writer::{Answer, Task, Writer},
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

/// The writer, for its thread and for callers that may block.
#[derive(Clone)]
pub(crate) struct SharedWriter {
    /// `None` once the thread has ended.
    writer: Arc<Mutex<Option<Writer>>>,
    /// Tasks on their way to the thread.
    waiting: Arc<AtomicUsize>,
    /// Whether the thread's last group was more than one task: then tasks that go to it share a wait for the disk.
    grouping: Arc<AtomicBool>,
}

impl SharedWriter {
    pub(crate) fn new(writer: Writer) -> Self {
        Self {
            writer: Arc::new(Mutex::new(Some(writer))),
            waiting: Arc::default(),
            grouping: Arc::default(),
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
            self.grouping.store(tasks.len() > 1, Ordering::Relaxed);
            let store = |writer: &mut Writer| writer.store(writer.begin_in_time(), &tasks);
            let answers = writer.as_mut().map_or_else(Vec::new, store);
            for (asked, answer) in waiting.into_iter().zip(answers) {
                // Whoever dropped the future does not want the answer.
                let _ = asked.send(answer);
            }
            if let Some(writer) = writer.as_mut() {
                writer.shorten_log();
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

    /// Does the task on this thread, or nothing if somebody else writes or waits to, or many did a moment ago.
    pub(crate) fn try_write(&self, task: &Task) -> Option<Answer> {
        if self.grouping.load(Ordering::Relaxed) {
            return None;
        }
        let mut writer = self.try_lock()?;
        let writer = writer.as_mut()?;
        let begun = writer.begin();
        if begun.as_ref().is_err_and(is_busy) {
            return None;
        }
        let answer = writer.store(begun, from_ref(task)).pop();
        writer.shorten_log();
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

    /// Whoever panicked with it has ended the transaction.
    fn lock(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits in one transaction. More would save no waiting worth its name, and all of them share its fate.
const MAX_GROUP: usize = 256;

#[cfg(test)]
mod tests {
    use mfakit_core::CommitOutcome;

    use super::SharedWriter;
    use crate::writer::{
        Done,
        tests::{remove, task, writer},
    };

    #[test]
    fn what_a_transaction_left_open_has_done_is_not_read() {
        let (path, writer) = writer("open");
        writer
            .connection
            .execute_batch("BEGIN IMMEDIATE; DELETE FROM documents")
            .unwrap();
        let shared = SharedWriter::new(writer);
        assert!(shared.try_read(|_| Ok(())).is_none());
        // The next task ends it.
        let answer = shared.try_write(&task(0));
        assert!(matches!(
            answer,
            Some(Ok(Done::Commit(CommitOutcome::Committed)))
        ));
        assert!(shared.try_read(|_| Ok(())).is_some());
        drop(shared);
        remove(&path);
    }
}
