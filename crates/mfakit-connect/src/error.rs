//! Why a URL is none, and why a store did not open. A password is never part of it.

use core::{error::Error, fmt};

use mfakit_core::StoreError;

/// A store could not be opened, migrated or checked.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL says nothing that can be opened.
    Url(StoreUrlError),
    /// No certificate is there to verify the server by.
    Roots {
        /// What the operating system or the file said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The SQLite file did not open.
    #[cfg(feature = "sqlite")]
    Sqlite(mfakit_sqlite::OpenError),
    /// The database in PostgreSQL did not open.
    #[cfg(feature = "postgres")]
    Postgres(mfakit_postgres::OpenError),
    /// The server of Redis did not open.
    #[cfg(feature = "redis")]
    Redis(mfakit_redis::OpenError),
    /// The store opened and did not answer.
    Store(StoreError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Roots { .. } => f.write_str(
                "no certificate is there to verify the server by; `sslrootcert` names a file with one",
            ),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(error) => error.fmt(f),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.fmt(f),
            #[cfg(feature = "redis")]
            Self::Redis(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // What they say is what we say, so the next cause is theirs.
            Self::Url(error) => error.source(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(error) => error.source(),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.source(),
            #[cfg(feature = "redis")]
            Self::Redis(error) => error.source(),
            Self::Store(error) => error.source(),
            Self::Roots { source } => Some(&**source),
        }
    }
}

impl From<StoreUrlError> for ConnectError {
    fn from(error: StoreUrlError) -> Self {
        Self::Url(error)
    }
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(feature = "sqlite")]
impl From<mfakit_sqlite::OpenError> for ConnectError {
    fn from(error: mfakit_sqlite::OpenError) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(feature = "postgres")]
impl From<mfakit_postgres::OpenError> for ConnectError {
    fn from(error: mfakit_postgres::OpenError) -> Self {
        Self::Postgres(error)
    }
}

#[cfg(feature = "redis")]
impl From<mfakit_redis::OpenError> for ConnectError {
    fn from(error: mfakit_redis::OpenError) -> Self {
        Self::Redis(error)
    }
}

/// A text is not the URL of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreUrlError {
    /// There is nothing, or nothing behind the scheme.
    Empty,
    /// No store goes by this scheme.
    UnknownScheme {
        /// What stands before the colon, as far as it is a scheme.
        scheme: String,
    },
    /// The store was left out when this program was built.
    NotBuilt {
        /// The scheme, which is the name of the feature as well.
        scheme: &'static str,
    },
    /// `sqlite://`, of which some programs read the path from the root and others from the working folder.
    SqliteSlashes,
    /// What libpq calls a connection string; it would be taken for a path.
    ConnectionString,
    /// The parts of a URL can't be told apart.
    Malformed,
    /// There is no host to connect to.
    NoHost,
    /// Some hosts are sockets of this machine, others are not, and what is right for the ones is not for the others.
    MixedHosts,
    /// A parameter that nothing here reads, and that therefore would not do what it says.
    UnknownParameter,
    /// A parameter is there twice.
    RepeatedParameter {
        /// Its name.
        name: &'static str,
    },
    /// A parameter has a value it does not take.
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A mode of TLS that keeps out nobody.
    WeakTls {
        /// The mode.
        mode: &'static str,
    },
    /// `sslrootcert` or `rediss:` beside what says that there is no TLS, of which only one can be meant.
    RootsWithoutTls,
    /// `redis:` to another machine.
    PlainText,
}

impl fmt::Display for StoreUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the URL of the store is empty"),
            Self::UnknownScheme { scheme } => write!(
                f,
                "no store goes by `{scheme}:`; there are `sqlite:PATH`, `postgres://...`, `rediss://...` and `memory:`"
            ),
            Self::NotBuilt { scheme } => {
                write!(f, "this program was built without `{scheme}:`")
            }
            Self::SqliteSlashes => f.write_str(
                "`sqlite://` is read in two ways; write `sqlite:PATH`, with a path as it is on this machine",
            ),
            Self::ConnectionString => f.write_str(
                "this is a connection string of PostgreSQL; write `postgres://USER@HOST/DATABASE`",
            ),
            Self::Malformed => f.write_str(
                "the URL of the store can't be read; in a password, `@`, `/`, `?`, `#` and `%` are written as `%40`, \
                 `%2F`, `%3F`, `%23` and `%25`",
            ),
            Self::NoHost => f.write_str(
                "the URL of the store names no host; a socket is one too, as in `?host=/run/postgresql`",
            ),
            Self::MixedHosts => {
                f.write_str("the URL of the store mixes sockets of this machine with hosts")
            }
            Self::UnknownParameter => f.write_str(
                "the URL of the store has a parameter that is not known; if it is part of a password, write `?` as `%3F`",
            ),
            Self::RepeatedParameter { name } => {
                write!(f, "the URL of the store says `{name}` twice")
            }
            Self::Parameter { name, takes } => {
                write!(f, "`{name}` in the URL of the store takes {takes}")
            }
            Self::WeakTls { mode } => write!(
                f,
                "`sslmode={mode}` keeps out nobody who sits between; say `verify-full`, with `sslrootcert` where the \
                 server's certificate is not a public one, or `disable` to go without"
            ),
            Self::RootsWithoutTls => f.write_str(
                "the URL of the store says both that there is TLS, by `sslrootcert` or `rediss:`, and that there is none",
            ),
            Self::PlainText => f.write_str(
                "`redis:` leads to another machine without TLS; say `rediss:`, or `tls=disable` to go without",
            ),
        }
    }
}

impl Error for StoreUrlError {}
