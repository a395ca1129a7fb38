//! How a store is opened.

use alloc::sync::Arc;
use core::{fmt, net::IpAddr, time::Duration};

use redis::{Client, ConnectionAddr};
use tokio::{runtime::Handle, time::Instant};

use crate::{
    CallError, KeyPrefix, OpenError, RedisStore,
    checks::{Info, check_durable},
    keys::{Layout, Spread},
    link::Link,
    script,
    servers::Servers,
};

/// Options for a [`RedisStore`]; [`RedisStore::open`] and [`RedisStore::connect`] take the defaults.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use mfakit_redis::{KeyPrefix, RedisOptions};
///
/// # async fn open(client: redis::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisOptions::new()
///     .prefix(KeyPrefix::new("second-factors")?)
///     .patience(Duration::from_secs(5))
///     .on_error(|error| eprintln!("mfakit: {error}"))
///     .open(client)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct RedisOptions {
    prefix: KeyPrefix,
    spread: Spread,
    patience: Duration,
    on_error: OnError,
    lossy: bool,
}

/// What is told of failed calls.
pub(crate) type OnError = Arc<dyn Fn(&CallError) + Send + Sync>;

impl RedisOptions {
    /// Keys that begin with `mfakit:`, full durability, 10 seconds of patience.
    pub fn new() -> Self {
        Self {
            prefix: KeyPrefix::default(),
            spread: Spread::Buckets,
            patience: Duration::from_secs(10),
            on_error: Arc::new(|_| ()),
            lossy: false,
        }
    }

    /// What all keys begin with, before a colon.
    pub fn prefix(mut self, prefix: KeyPrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Keeps each tenant in one place, and not spread by the ids of its documents.
    ///
    /// A cluster then spreads tenants and not persons, so a tenant is as large as one node can carry. Scans and feeds of
    /// small tenants are cheaper, and on a cluster commits may join documents of any ids, which the engine never does.
    /// Keys remember which way they were written: this is to be said from the first opening on, by everyone.
    pub const fn whole_tenants(mut self) -> Self {
        self.spread = Spread::Whole;
        self
    }

    /// How long a call waits, for a connection and its answer together.
    ///
    /// After that a read is [`Unavailable`](mfakit_core::StoreError::Unavailable), a commit that was sent
    /// [`Unclear`](mfakit_core::StoreError::Unclear), and the connection is replaced.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Tells why a call failed; a [`StoreError`](mfakit_core::StoreError) has no room for it.
    ///
    /// It is called where the call was made and should be quick, such as writing a line to a log. The error's text
    /// holds no bodies.
    pub fn on_error(mut self, tell: impl Fn(&CallError) + Send + Sync + 'static) -> Self {
        self.on_error = Arc::new(tell);
        self
    }

    /// Opens a store on servers that lose commits in a crash, throw keys away when memory is full, or do not tell.
    ///
    /// # Security
    /// With a lost commit, a used code, backup code or ticket can be used again, a charged failure is forgotten, and a
    /// reset undone. With a key thrown away whole persons are forgotten, and sign in without their second factor.
    /// No setting of the server is asked for: a primary that became a replica which takes writes may answer old documents.
    pub const fn danger_accept_lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Opens the store with the application's own client.
    ///
    /// The client tells address, user, password and TLS; the store makes a connection of its own, and one for each
    /// primary if the server is a node of a cluster. Nothing is written but the version of the keys.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(self, client: Client) -> Result<RedisStore, OpenError> {
        let runtime = Handle::try_current().map_err(|_| OpenError::NoRuntime)?;
        let link = Link::new(client);
        let end = Instant::now().checked_add(self.patience);
        let info = Info::ask(&link, end).await?;
        let servers = if info.is_cluster() {
            Servers::cluster(link, runtime, self.patience).await?
        } else {
            Servers::one(link, runtime, self.patience)
        };
        for link in servers.primaries() {
            let info = Info::ask(&link, end).await?;
            info.check()?;
            if !self.lossy {
                check_durable(&link, &info, end).await?;
            }
        }
        let layout = Layout::new(self.prefix, self.spread);
        let ours = format!("{VERSION}/{}", layout.buckets());
        let version = script::VERSION.call(vec![layout.version()], vec![ours.clone().into_bytes()]);
        let found: String =
            redis::from_redis_value(servers.call(version, end).await?).unwrap_or_default();
        if found != ours {
            return Err(OpenError::Version { found, ours });
        }
        Ok(RedisStore::new(servers, layout, self.on_error))
    }

    /// Makes a client for `address`, such as `redis://localhost` or `rediss://user:password@redis.example`, and opens
    /// the store with it.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::PlainText`] if the address leads over a network without TLS, or with one that takes
    /// anybody's certificate.
    ///
    /// # Security
    /// Who sits between application and server can put old documents in place of new ones, and a used code is good
    /// again: hence TLS. Who wants none there brings a client.
    pub async fn connect(self, address: &str) -> Result<RedisStore, OpenError> {
        let unfit = |source| OpenError::Address {
            source: Box::new(source),
        };
        let client = Client::open(address).map_err(unfit)?;
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, _) if !is_here(host) => Err(OpenError::PlainText),
            // `#insecure`, where another part of the program has turned on what takes it.
            ConnectionAddr::TcpTls { insecure: true, .. } => Err(OpenError::PlainText),
            _ => self.open(client).await,
        }
    }
}

/// Whether the host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("prefix", &self.prefix)
            .field("spread", &self.spread)
            .field("patience", &self.patience)
            .field("lossy", &self.lossy)
            .finish_non_exhaustive()
    }
}

/// The version of what is stored.
const VERSION: u32 = 1;
