//! How a store is opened.

use alloc::sync::Arc;
use core::{fmt, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::runtime::Handle;
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode, TargetSessionAttrs},
};

use crate::{
    CallError, OpenError, PostgresStore, SchemaName,
    client::{Client, Preparation},
    server,
};

/// Options for a [`PostgresStore`]; [`PostgresStore::open`] and [`PostgresStore::connect`] take the defaults.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use mfakit_postgres::{PostgresOptions, SchemaName};
///
/// # async fn open(pool: deadpool_postgres::Pool) -> Result<(), Box<dyn std::error::Error>> {
/// let options = PostgresOptions::new()
///     .schema(SchemaName::new("second_factors")?)
///     .patience(Duration::from_secs(5))
///     .on_error(|error| eprintln!("mfakit: {error}"));
/// options.migrate(&pool).await?;
/// let store = options.open(pool).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresOptions {
    pub(crate) schema: SchemaName,
    pub(crate) preparation: Preparation,
    pub(crate) patience: Duration,
    pub(crate) on_error: OnError,
    pub(crate) lossy: bool,
}

/// What is told of failed calls.
pub(crate) type OnError = Arc<dyn Fn(&CallError) + Send + Sync>;

impl PostgresOptions {
    /// The schema `mfakit`, full durability, prepared statements, 10 seconds of patience.
    pub fn new() -> Self {
        Self {
            schema: SchemaName::default(),
            preparation: Preparation::Named,
            patience: Duration::from_secs(10),
            on_error: Arc::new(|_| ()),
            lossy: false,
        }
    }

    /// The schema that holds the tables.
    pub fn schema(mut self, schema: SchemaName) -> Self {
        self.schema = schema;
        self
    }

    /// Keeps no prepared statements on the server.
    ///
    /// Behind PgBouncer in transaction mode each call may reach another session, which does not know what was
    /// prepared. Each statement is then parsed and planned with each call; those that write are one call of a function,
    /// whose inner plans the session keeps.
    pub const fn unnamed_statements(mut self) -> Self {
        self.preparation = Preparation::Unnamed;
        self
    }

    /// How long a call waits, for a connection and its answer together.
    ///
    /// After that a read is [`Unavailable`](mfakit_core::StoreError::Unavailable), a commit that was sent
    /// [`Unclear`](mfakit_core::StoreError::Unclear), and its connection leaves the pool. Whatever is set here, a commit
    /// waits 5 seconds at most for what others lock.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Tells why a call failed; a [`StoreError`](mfakit_core::StoreError) has no room for it.
    ///
    /// It is called where the call was made and should be quick, such as writing a line to a log. The error's text
    /// holds no bodies; its source is the driver's, which may quote a row that broke a constraint.
    pub fn on_error(mut self, tell: impl Fn(&CallError) + Send + Sync + 'static) -> Self {
        self.on_error = Arc::new(tell);
        self
    }

    /// Opens a store on a server whose settings lose commits in a crash: `fsync` or `full_page_writes` is off, or a
    /// table is unlogged.
    ///
    /// # Security
    /// With a lost commit, a used code, backup code or ticket can be used again, a charged failure is forgotten,
    /// and a reset undone.
    pub const fn danger_accept_lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Applies the migrations that are missing, in one transaction, and makes the schema if there is none.
    ///
    /// Of several processes that do this at once, one applies them and the others find them applied. The role needs
    /// the right to create in the schema, or in the database where there is no schema; the store itself does with
    /// less, see the guide.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub async fn migrate(&self, pool: &Pool) -> Result<(), OpenError> {
        server::migrate(pool, &self.schema).await
    }

    /// Opens the store over the application's own pool.
    ///
    /// The pool's connections keep the settings the application gave them. The store shares them politely: each call
    /// is one statement in a transaction of its own, and leaves nothing in the session but prepared statements.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub async fn open(self, pool: Pool) -> Result<PostgresStore, OpenError> {
        let runtime = Handle::try_current().map_err(|_| OpenError::NoRuntime)?;
        server::check(&pool, &self.schema, self.lossy).await?;
        let client = Client {
            pool,
            runtime,
            preparation: self.preparation,
            patience: self.patience,
        };
        Ok(PostgresStore::new(client, &self.schema, self.on_error))
    }

    /// Makes a pool of at most 16 connections without TLS, applies missing migrations, and opens the store over it.
    ///
    /// `address` is what libpq calls a connection string or URI. This is for the database beside the application: over
    /// a socket of the machine, or over a network of which the address says `sslmode=disable`.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::PlainText`] if the address leads over a network and does not say so.
    ///
    /// # Security
    /// Who sits between application and server can put old documents in place of new ones, and a used code is good
    /// again. Bring a pool with TLS where that can be.
    pub async fn connect(self, address: &str) -> Result<PostgresStore, OpenError> {
        let mut config: Config =
            address
                .parse()
                .map_err(|source: tokio_postgres::Error| OpenError::Address {
                    source: Box::new(source),
                })?;
        let local = |host: &Host| !matches!(host, Host::Tcp(_));
        let all_local = config.get_hosts().iter().all(local) && config.get_hostaddrs().is_empty();
        if !all_local && config.get_ssl_mode() != SslMode::Disable {
            return Err(OpenError::PlainText);
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(MAX_CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|source| OpenError::Connect {
                source: Box::new(source),
            })?;
        self.migrate(&pool).await?;
        self.open(pool).await
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("preparation", &self.preparation)
            .field("patience", &self.patience)
            .field("lossy", &self.lossy)
            .finish_non_exhaustive()
    }
}

const MAX_CONNECTIONS: usize = 16;
