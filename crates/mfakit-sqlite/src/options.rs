//! How a store is opened.

use alloc::sync::Arc;
use core::{error::Error, fmt, num::NonZeroUsize, time::Duration};
use std::{path::Path, thread};

use crate::{OpenError, SqliteStore, connection::Durability, file, schema};

/// Options for a [`SqliteStore`]; [`SqliteStore::open`] takes the defaults.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use mfakit_sqlite::SqliteOptions;
///
/// let store = SqliteOptions::new()
///     .must_exist()
///     .patience(Duration::from_secs(2))
///     .on_error(|error| eprintln!("mfakit: {error}"))
///     .open("mfa.db")?;
/// # Ok::<(), mfakit_sqlite::OpenError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct SqliteOptions {
    pub(crate) durability: Durability,
    pub(crate) readers: NonZeroUsize,
    pub(crate) patience: Duration,
    pub(crate) on_error: OnError,
    must_exist: bool,
}

/// What is told of failed calls.
pub(crate) type OnError = Arc<dyn Fn(&(dyn Error + 'static)) + Send + Sync>;

impl SqliteOptions {
    /// Full durability, a reader per processor but at most 4, 5 seconds of patience.
    pub fn new() -> Self {
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            durability: Durability::Full,
            readers: processors.min(MAX_DEFAULT_READERS),
            patience: Duration::from_secs(5),
            on_error: Arc::new(|_| ()),
            must_exist: false,
        }
    }

    /// Refuses to create the file.
    ///
    /// A portal that is set up once and started often asks for this: if its disk is not mounted, a new and
    /// empty store is not what it wants.
    pub const fn must_exist(mut self) -> Self {
        self.must_exist = true;
        self
    }

    /// How many threads read at once.
    pub const fn readers(mut self, readers: NonZeroUsize) -> Self {
        self.readers = readers;
        self
    }

    /// How long a call waits while other processes hold the file; then it is
    /// [`Unavailable`](mfakit_core::StoreError::Unavailable). At most 24 days, as SQLite counts milliseconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience.min(MAX_PATIENCE);
        self
    }

    /// Tells why a call failed; a [`StoreError`](mfakit_core::StoreError) has no room for it.
    ///
    /// It is called on the thread that did the work, and should be quick, such as writing a line to a log. The error
    /// holds no bodies.
    pub fn on_error(
        mut self,
        tell: impl Fn(&(dyn Error + 'static)) + Send + Sync + 'static,
    ) -> Self {
        self.on_error = Arc::new(tell);
        self
    }

    /// Answers a commit before the disk has it.
    ///
    /// A crash of the process loses nothing still, one of the machine may lose the last commits.
    ///
    /// # Security
    /// With a lost commit, a used code, backup code or ticket can be used again, a charged failure is forgotten,
    /// and a reset undone.
    pub const fn danger_accept_lossy(mut self) -> Self {
        self.durability = Durability::Lossy;
        self
    }

    /// Opens the store at `path`, and creates it if nothing is there.
    ///
    /// Missing migrations are applied. This call reads and writes files; call it where blocking is fine.
    ///
    /// # Errors
    /// [`OpenError`]; a file that is not a database of mfakit is left as it was.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = file::resolve(path.as_ref())?;
        if !file::is_there(&path)? {
            if self.must_exist {
                return Err(OpenError::Missing);
            }
            file::create(&path, self.durability, self.patience)?;
            // Another process may have been faster, with something else.
            if !file::is_there(&path)? {
                return Err(OpenError::Missing);
            }
        }
        let mut writer = crate::connection::open_writer(&path, self.durability, self.patience)?;
        schema::migrate(&mut writer)?;
        SqliteStore::start(&path, writer, self)
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("durability", &self.durability)
            .field("readers", &self.readers)
            .field("patience", &self.patience)
            .field("must_exist", &self.must_exist)
            .finish_non_exhaustive()
    }
}

const MAX_DEFAULT_READERS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
/// SQLite takes its timeout as milliseconds in 31 bits.
const MAX_PATIENCE: Duration = Duration::from_millis(i32::MAX as u64);
