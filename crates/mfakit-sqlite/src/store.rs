//! The store: two queues, the threads behind them, and the way around both for callers that may block.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, mem::forget, slice::from_ref};
use std::{
    io,
    path::{Path, PathBuf},
    process,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Sender, TrySendError, bounded};
use futures_channel::oneshot;
use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, StoreError, StoredDocument, StoredEvent, TenantId,
};
use mfakit_store::{
    EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys, check_limit,
};
use rusqlite::Connection;

use crate::{
    OpenError, SqliteOptions,
    connection::open_reader,
    error::store_error,
    options::OnError,
    reader::{self, Readers},
    shared_writer::{Job, SharedWriter},
    writer::{Done, Task, Writer},
};

/// A store in a SQLite file.
///
/// It keeps the whole contract of [`Store`], for any number of threads and of processes on one file; any executor
/// polls its futures, and none is needed. In particular:
///
/// - A commit is handed over when its future is first polled, and is carried out even if the future is dropped then.
///   Reads are not.
/// - At most 4,096 commits and as many reads wait; one more is [`StoreError::Unavailable`] at once.
/// - A call waits for other processes as long as the [patience](SqliteOptions::patience) says.
///
/// Dropping the store waits for the commits that were handed over, and closes the file; with
/// [another handle](Self::blocking), dropping the last one does.
pub struct SqliteStore {
    /// For a handle whose callers may block: connections that read on the caller's thread. They close before the file.
    own: Option<Readers>,
    file: Arc<File>,
}

/// What all handles share.
struct File {
    writes: Queue<Job>,
    reads: Queue<reader::Job>,
    writer: SharedWriter,
    path: PathBuf,
    options: SqliteOptions,
    /// The process that has the threads; a child that was forked off it has not.
    process: u32,
}

/// The sending end of a queue, and the threads that serve it.
struct Queue<J> {
    /// `None` when closed.
    sender: Option<Sender<J>>,
    threads: Vec<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the store at `path`, and creates it if nothing is there; see [`SqliteOptions`] for other wishes.
    ///
    /// This call reads and writes files; call it where blocking is fine.
    ///
    /// # Errors
    /// [`OpenError`]; a file that is not a database of mfakit is left as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        SqliteOptions::new().open(path)
    }

    /// Another handle on the same store, for threads that may block: a command line, a web server with a thread for each
    /// request.
    ///
    /// Where nobody else is at it, neither here nor in another process, its calls do their work on the thread that polls
    /// them, the wait for the disk included, which spares each the way to a thread of the store and back. Everything
    /// else is as with the first handle, and callers of both share transactions.
    ///
    /// Not for tasks of an async runtime: its thread would stand still for as long as the disk takes.
    ///
    /// This call opens as many connections as the store has [readers](SqliteOptions::readers).
    ///
    /// # Examples
    /// ```no_run
    /// use mfakit_sqlite::SqliteStore;
    ///
    /// let store = SqliteStore::open("mfa.db")?.blocking()?;
    /// # Ok::<(), mfakit_sqlite::OpenError>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`] if a connection can't be opened.
    pub fn blocking(&self) -> Result<Self, OpenError> {
        let options = &self.file.options;
        let open = || open_reader(&self.file.path, options.patience);
        Ok(Self {
            own: Some(Readers::open(options.readers, open)?),
            file: Arc::clone(&self.file),
        })
    }

    /// Waits for the commits that were handed over, moves the log into the file, and closes it; while there is another
    /// handle, the last one does.
    ///
    /// Dropping does the same. There is nothing that could fail and matter: what was answered is durable already.
    pub fn close(self) {
        drop(self);
    }

    pub(crate) fn start(
        path: &Path,
        connection: Connection,
        options: SqliteOptions,
    ) -> Result<Self, OpenError> {
        let (sender, queue) = bounded(QUEUE);
        let writer = SharedWriter::new(Writer::new(path, connection, &options)?);
        let mut writes = Queue::new(sender);
        let shared = writer.clone();
        writes.serve("mfakit-writer", move || shared.run(&queue))?;

        let (sender, queue) = bounded::<reader::Job>(QUEUE);
        let mut reads = Queue::new(sender);
        for _ in 0..options.readers.get() {
            let connection = open_reader(path, options.patience)?;
            let queue = queue.clone();
            reads.serve("mfakit-reader", move || reader::run(&connection, &queue))?;
        }
        Ok(Self {
            own: None,
            file: Arc::new(File {
                writes,
                reads,
                writer,
                path: path.into(),
                options,
                process: process::id(),
            }),
        })
    }

    async fn hand_over(&self, task: Task) -> Result<Done, StoreError> {
        if self.own.is_some()
            && let Some(answer) = self.file.writer.try_write(&task)
        {
            return answer;
        }
        let (answer, answered) = oneshot::channel();
        let waiting = self.file.writer.announce();
        self.file.writes.send(Job {
            task,
            answer,
            waiting,
        })?;
        // A writer that ended without an answer may have done the task before.
        answered.await.unwrap_or(Err(StoreError::Unclear))
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let on_error = Arc::clone(&self.file.options.on_error);
        let told = move |result: rusqlite::Result<T>| tell(&on_error, result);
        let own = self.own.as_ref();
        if let Some(result) = own.and_then(|readers| readers.try_read(&query)) {
            return told(result);
        }
        let (answer, answered) = oneshot::channel();
        self.file.reads.send(Box::new(move |connection| {
            if answer.is_canceled() {
                return;
            }
            // Whoever dropped the future does not want the answer.
            let _ = answer.send(told(query(connection)));
        }))?;
        answered.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

impl Store for SqliteStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            check_keys(keys)?;
            // It is short, so that it may hold up writers.
            if self.own.is_some()
                && let Some(loaded) = self.file.writer.try_read(|it| reader::load(it, keys))
            {
                return tell(&self.file.options.on_error, loaded);
            }
            let keys = keys.to_vec();
            self.read(move |connection| reader::load(connection, &keys))
                .await
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(async move {
            check_commit(commit)?;
            match self.hand_over(Task::Commit(commit.clone())).await? {
                Done::Commit(outcome) => Ok(outcome),
                Done::Pruned(_) => Err(StoreError::Unclear),
            }
        })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            check_scan(query)?;
            let query = query.clone();
            self.read(move |connection| reader::scan(connection, &query))
                .await
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            check_scan(query)?;
            let query = query.clone();
            self.read(move |connection| reader::count(connection, &query))
                .await
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            query.check()?;
            let query = query.clone();
            self.read(move |connection| reader::events(connection, &query))
                .await
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(async move {
            check_limit(limit)?;
            let after = after.cloned();
            self.read(move |connection| reader::tenants(connection, after.as_ref(), limit))
                .await
        })
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            check_keys(from_ref(key))?;
            let key = key.clone();
            match self.hand_over(Task::Prune { key, before }).await? {
                Done::Pruned(count) => Ok(count),
                Done::Commit(_) => Err(StoreError::Unclear),
            }
        })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.process != process::id() {
            self.reads.forget();
            self.writes.forget();
        }
        // The writer closes its connection last, so that it is the one to move the log into the file.
        self.reads.close();
        self.writes.close();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl<J: Send + 'static> Queue<J> {
    const fn new(sender: Sender<J>) -> Self {
        Self {
            sender: Some(sender),
            threads: Vec::new(),
        }
    }

    fn serve(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = thread::Builder::new()
            .name(name.into())
            .spawn(run)
            .map_err(|source: io::Error| OpenError::Thread { source })?;
        self.threads.push(thread);
        Ok(())
    }

    /// Adds a job, unless the queue is full or its threads are gone; then nothing of it will be done.
    fn send(&self, job: J) -> Result<(), StoreError> {
        let sender = self.sender.as_ref().ok_or(StoreError::Unavailable)?;
        sender
            .try_send(job)
            .map_err(|_: TrySendError<J>| StoreError::Unavailable)
    }
}

impl<J> Queue<J> {
    /// Leaves everything as it is: in a forked child, where no thread is, and any lock may be held for ever.
    fn forget(&mut self) {
        forget(self.sender.take());
        self.threads.drain(..).for_each(forget);
    }

    /// Lets the threads finish what was added, and waits for them.
    fn close(&mut self) {
        self.sender = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has left its calls without an answer, and they know.
            let _ = thread.join();
        }
    }
}

/// A store that did not start up whole still ends its threads.
impl<J> Drop for Queue<J> {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the contract says of the result; the reason of a failure is told.
fn tell<T>(on_error: &OnError, result: rusqlite::Result<T>) -> Result<T, StoreError> {
    result.map_err(|error| {
        on_error(&error);
        store_error(&error)
    })
}

fn check_scan(query: &ScanQuery) -> Result<(), StoreError> {
    query.check()?;
    if reader::knows_index(query) {
        Ok(())
    } else {
        Err(StoreError::Refused)
    }
}

/// How many calls of a kind may wait.
const QUEUE: usize = 4096;
