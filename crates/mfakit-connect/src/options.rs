//! From a URL to an opened store.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{error::Error, fmt, num::NonZeroU16};

use mfakit_store::{MemoryStore, Store};

use crate::{ConnectError, StoreUrl, url::Place};

/// Opens the store at a URL with the defaults of [`ConnectOptions`].
///
/// # Errors
/// [`ConnectError`]; nothing was created or changed.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, ConnectError> {
    ConnectOptions::new().open(&StoreUrl::parse(url)?).await
}

/// Creates what is missing at a URL, file or schema, and applies the migrations that are missing.
///
/// # Errors
/// [`ConnectError`]; nothing was changed then.
pub async fn migrate(url: &str) -> Result<(), ConnectError> {
    ConnectOptions::new().migrate(&StoreUrl::parse(url)?).await
}

/// Opens the store at a URL, which asks whether the server keeps what the contract of a store needs, and reads from it.
///
/// # Errors
/// [`ConnectError`], which says what is wrong; nothing was created or changed.
pub async fn check(url: &str) -> Result<(), ConnectError> {
    ConnectOptions::new().check(&StoreUrl::parse(url)?).await
}

/// One step of a schema, for those who apply migrations with tools of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its number: 1 for the first, then one more with each.
    pub number: u32,
    /// Its statements, to be run in one transaction, in a schema that exists. They keep the number themselves.
    pub sql: String,
}

/// The migrations that can be applied by other tools; none for a store that has no such thing, SQLite files among them.
#[must_use]
pub fn migrations(url: &StoreUrl) -> Vec<Migration> {
    match &url.place {
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => url
            .migrations()
            .into_iter()
            .map(|step| Migration {
                number: step.number,
                sql: step.sql,
            })
            .collect(),
        #[cfg(feature = "redis")]
        Place::Redis(_) => Vec::new(),
        Place::Memory | Place::Sqlite(_) => Vec::new(),
    }
}

/// How a store is opened, beside what its URL says.
///
/// # Examples
/// ```
/// use mfakit_connect::{ConnectOptions, StoreUrl};
///
/// # async fn open() -> Result<(), mfakit_connect::ConnectError> {
/// let url = StoreUrl::parse("memory:")?;
/// let store = ConnectOptions::new()
///     .migrating()
///     .on_error(|error| eprintln!("mfakit: {error}"))
///     .open(&url)
///     .await?;
/// # Ok(())
/// # }
/// # pollster::block_on(open()).unwrap();
/// ```
#[derive(Clone)]
#[must_use]
pub struct ConnectOptions {
    pub(crate) pool_size: NonZeroU16,
    pub(crate) on_error: OnError,
    migrating: bool,
}

/// What is told of failed calls.
pub(crate) type OnError = Arc<dyn Fn(&(dyn Error + 'static)) + Send + Sync>;

impl ConnectOptions {
    /// Opens only what is there, with 16 connections at most.
    pub fn new() -> Self {
        Self {
            pool_size: DEFAULT_POOL_SIZE,
            on_error: Arc::new(|_| ()),
            migrating: false,
        }
    }

    /// How many connections a pool has at most, where the URL does not say `pool_size`.
    pub const fn pool_size(mut self, connections: NonZeroU16) -> Self {
        self.pool_size = connections;
        self
    }

    /// Does what [`migrate`](Self::migrate) does before it opens; in Redis there is nothing to make.
    ///
    /// Without it a wrong path, or a disk that is not mounted, is an error; with it, it is a new store in which nobody
    /// has a second factor.
    pub const fn migrating(mut self) -> Self {
        self.migrating = true;
        self
    }

    /// Tells why a call of the store failed; a [`StoreError`](mfakit_core::StoreError) has no room for it.
    ///
    /// It should be quick, such as writing a line to a log. The error's text holds no bodies and no passwords.
    pub fn on_error(
        mut self,
        tell: impl Fn(&(dyn Error + 'static)) + Send + Sync + 'static,
    ) -> Self {
        self.on_error = Arc::new(tell);
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    /// [`ConnectError`]; nothing was created or changed, but for what [`migrating`](Self::migrating) asks for. Opening a
    /// SQLite file of an older version brings its tables up to date, and Redis keeps the version of its keys.
    pub async fn open(self, url: &StoreUrl) -> Result<Arc<dyn Store>, ConnectError> {
        match &url.place {
            Place::Memory => Ok(Arc::new(MemoryStore::new())),
            #[cfg(feature = "sqlite")]
            Place::Sqlite(path) => {
                let tell = self.on_error;
                let options =
                    mfakit_sqlite::SqliteOptions::new().on_error(move |error| tell(error));
                let options = match self.migrating {
                    true => options,
                    false => options.must_exist(),
                };
                Ok(Arc::new(options.open(path)?))
            }
            #[cfg(not(feature = "sqlite"))]
            Place::Sqlite(_) => Err(crate::StoreUrlError::NotBuilt { scheme: "sqlite" }.into()),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => {
                let pool = url.pool(self.pool_size)?;
                let tell = self.on_error;
                let options = url
                    .options()
                    .on_error(move |error: &mfakit_postgres::CallError| tell(error));
                if self.migrating {
                    options.migrate(&pool).await?;
                }
                Ok(Arc::new(options.open(pool).await?))
            }
            #[cfg(feature = "redis")]
            Place::Redis(url) => {
                let tell = self.on_error;
                let options = url
                    .options()
                    .on_error(move |error: &mfakit_redis::CallError| tell(error));
                Ok(Arc::new(options.open(url.client()?).await?))
            }
        }
    }

    /// Creates what is missing, file or schema, and applies the migrations that are missing.
    ///
    /// Of several processes that do this at once, one applies them and the others find them applied.
    ///
    /// # Errors
    /// [`ConnectError`]; nothing was changed then.
    pub async fn migrate(self, url: &StoreUrl) -> Result<(), ConnectError> {
        self.migrating().open(url).await.map(drop)
    }

    /// Opens what is there, which asks whether the server keeps what the contract of a store needs, and reads from it.
    ///
    /// # Errors
    /// [`ConnectError`], which says what is wrong.
    pub async fn check(mut self, url: &StoreUrl) -> Result<(), ConnectError> {
        self.migrating = false;
        let store = self.open(url).await?;
        store.tenants(None, 1).await?;
        Ok(())
    }
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("pool_size", &self.pool_size)
            .field("migrating", &self.migrating)
            .finish_non_exhaustive()
    }
}

/// As many as a store makes for itself.
const DEFAULT_POOL_SIZE: NonZeroU16 = NonZeroU16::new(16).unwrap();
