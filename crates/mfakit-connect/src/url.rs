//! What a URL says, read once and checked.

use core::fmt;
use std::path::{Path, PathBuf};

use crate::StoreUrlError;
#[cfg(feature = "postgres")]
use crate::postgres::PostgresUrl;
#[cfg(feature = "redis")]
use crate::redis::RedisUrl;

/// The kind of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// A store that ends with the process.
    Memory,
    /// A SQLite file.
    Sqlite,
    /// A database in PostgreSQL.
    Postgres,
    /// A server or a cluster of Redis.
    Redis,
}

impl Backend {
    /// The name by which a URL says it, a stable one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }
}

/// The URL of a store; the crate's documentation says which there are.
///
/// `Display` and `Debug` tell where the store is and leave out passwords and parameters; control characters are escaped.
///
/// # Examples
/// ```
/// use mfakit_connect::StoreUrl;
///
/// let url = StoreUrl::parse("postgres://portal:secret@db.example.org/portal?pool_size=4")?;
/// assert_eq!(url.to_string(), "postgres://portal@db.example.org:5432/portal");
/// # Ok::<(), mfakit_connect::StoreUrlError>(())
/// ```
#[derive(Clone)]
pub struct StoreUrl {
    pub(crate) place: Place,
}

/// Where a store is.
#[derive(Clone)]
pub(crate) enum Place {
    Memory,
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresUrl>),
    #[cfg(feature = "redis")]
    Redis(Box<RedisUrl>),
}

impl StoreUrl {
    /// Reads a URL, or the path of a SQLite file.
    ///
    /// # Errors
    /// [`StoreUrlError`]; it shows nothing of the text but its scheme.
    pub fn parse(text: &str) -> Result<Self, StoreUrlError> {
        let place = match scheme(text) {
            Some(("memory", "")) => Place::Memory,
            Some(("memory", _)) => return Err(StoreUrlError::Malformed),
            Some(("sqlite", rest)) if rest.starts_with("//") => {
                return Err(StoreUrlError::SqliteSlashes);
            }
            Some(("sqlite", path)) => file(path)?,
            Some(("postgres" | "postgresql", rest)) => postgres(rest)?,
            Some((scheme @ ("redis" | "rediss" | "redis+unix"), rest)) => redis(scheme, rest)?,
            Some((scheme, _)) => {
                let scheme = scheme.chars().take(MAX_SCHEME_LEN).collect();
                return Err(StoreUrlError::UnknownScheme { scheme });
            }
            None if is_connection_string(text) => return Err(StoreUrlError::ConnectionString),
            None => file(text)?,
        };
        Ok(Self { place })
    }

    /// Which kind of store it is.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.place {
            Place::Memory => Backend::Memory,
            Place::Sqlite(_) => Backend::Sqlite,
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => Backend::Postgres,
            #[cfg(feature = "redis")]
            Place::Redis(_) => Backend::Redis,
        }
    }

    /// Whether there is a password in it, which is not to be seen by other users of the machine.
    #[must_use]
    pub fn has_password(&self) -> bool {
        match &self.place {
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => url.has_password(),
            #[cfg(feature = "redis")]
            Place::Redis(url) => url.has_password(),
            Place::Memory | Place::Sqlite(_) => false,
        }
    }

    /// The path of a SQLite file; `None` for other stores.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Sqlite(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Memory => f.write_str("memory:"),
            Place::Sqlite(path) => {
                write!(f, "sqlite:{}", path.to_string_lossy().escape_debug())
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => url.fmt(f),
            #[cfg(feature = "redis")]
            Place::Redis(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// The scheme (RFC 3986, section 3.1) and what stands behind its colon; a single letter is a drive of Windows.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "+-.".contains(one));
    is_scheme.then_some((scheme, rest))
}

fn file(path: &str) -> Result<Place, StoreUrlError> {
    if path.is_empty() {
        return Err(StoreUrlError::Empty);
    }
    if cfg!(not(feature = "sqlite")) {
        return Err(StoreUrlError::NotBuilt { scheme: "sqlite" });
    }
    Ok(Place::Sqlite(PathBuf::from(path)))
}

#[cfg(feature = "postgres")]
fn postgres(rest: &str) -> Result<Place, StoreUrlError> {
    Ok(Place::Postgres(Box::new(PostgresUrl::parse(rest)?)))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Result<Place, StoreUrlError> {
    Err(StoreUrlError::NotBuilt { scheme: "postgres" })
}

#[cfg(feature = "redis")]
fn redis(scheme: &str, rest: &str) -> Result<Place, StoreUrlError> {
    Ok(Place::Redis(Box::new(RedisUrl::parse(scheme, rest)?)))
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str, _: &str) -> Result<Place, StoreUrlError> {
    Err(StoreUrlError::NotBuilt { scheme: "redis" })
}

/// Whether a text looks like `host=/run/postgresql dbname=portal`.
fn is_connection_string(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        ["host=", "hostaddr=", "dbname=", "user=", "password="]
            .iter()
            .any(|start| word.starts_with(start))
    })
}

/// The scheme of an error is a word, not a line.
const MAX_SCHEME_LEN: usize = 20;
