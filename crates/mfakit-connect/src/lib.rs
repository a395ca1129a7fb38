//! Opens a store of mfakit by its URL, for programs that let their users choose the database.
//!
//! ```no_run
//! # async fn open() -> Result<(), mfakit_connect::ConnectError> {
//! let url = "postgres://portal@db.example.org/portal?schema=second_factors";
//! // Once, when the application is deployed.
//! mfakit_connect::migrate(url).await?;
//! // In each process; the engine takes what comes back as its store.
//! let store = mfakit_connect::open(url).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A program that has chosen its database needs none of this: it opens `mfakit-sqlite`, `mfakit-postgres` or `mfakit-redis` itself.
//!
//! # URLs
//! | URL | Store |
//! |---|---|
//! | `sqlite:PATH`, or a path alone | a SQLite file; everything behind the colon is the path, as it is |
//! | `postgres://USER:PASSWORD@HOST:PORT/DATABASE?...` | PostgreSQL, over a pool that is made here; `postgresql:` is the same |
//! | `rediss://USER:PASSWORD@HOST:PORT/DB?...` | Redis over TLS, one server or a cluster; `redis:` goes without, `redis+unix:PATH` over a socket |
//! | `memory:` | nothing that lasts, for trying things out; each opening is another store |
//!
//! What `postgres:` takes behind the `?`, beside the driver's own parameters such as `connect_timeout`:
//!
//! | Parameter | Takes | Unless given |
//! |---|---|---|
//! | `sslmode` | `verify-full`, `require` (the same), `disable` | `verify-full` |
//! | `sslrootcert` | the path of a PEM file with the certificates that may vouch for the server, or `system` | `system` |
//! | `schema` | the schema of the tables | `mfakit` |
//! | `pool_size` | connections at most, 1 to 1000 | what [`ConnectOptions::pool_size`] says, 16 at first |
//! | `unnamed_statements` | `true` behind PgBouncer in transaction mode, or `false` | `false` |
//!
//! What `rediss:`, `redis:` and `redis+unix:` take behind the `?`:
//!
//! | Parameter | Takes | Unless given |
//! |---|---|---|
//! | `sslrootcert` | as above | `system` |
//! | `tls` | `disable`: `redis:` leads to another machine all the same | only to this machine |
//! | `prefix` | what all keys begin with, before a colon | `mfakit` |
//! | `whole_tenants` | `true` for many small tenants on a cluster, from the first opening on, or `false` | `false` |
//! | `db`, `user`, `pass` | what has no other place in the URL of a socket | |
//!
//! A host of PostgreSQL that is a folder (`?host=/run/postgresql`) is a socket of this machine, to which TLS does not apply.
//!
//! # Security
//! Who sits between a program and its database can put yesterday's documents in place of today's, and a used code is good
//! again. So over a network the server's certificate and name are verified, always, unless the URL says
//! `sslmode=disable`, or `tls=disable` for Redis:
//! - `require` verifies as `verify-full` does. To libpq it means encryption with whoever answers, which keeps out nobody
//!   who can answer; hosting companies hand out URLs with it all the same, and the stricter meaning fits them.
//! - `allow` and `prefer` are refused, since whoever is in between chooses for us; so is `verify-ca`, since with the roots
//!   of the system anybody has a certificate.
//!
//! - Of Redis, `#insecure` is refused, which to its driver means a certificate of anybody.
//!
//! No error and no `Debug` shows a password, nor anything else of a URL behind the host and the database.
//!
//! # Tokio
//! With `postgres:` and `redis:` all of this has to be called inside of a Tokio runtime that runs as long as the store is used; the
//! store's futures run on any executor. `sqlite:` and `memory:` need none, and opening a file blocks for a moment.
//!
//! # Features
//! `postgres`, `redis` and `sqlite`, all on. This crate is for programs whose users choose, and one that left a database out without
//! saying so would surprise them. Without its feature, a URL is refused with an error that says so.
//!
//! # MSRV
//! Rust 1.88.
#![forbid(unsafe_code)]

extern crate alloc;

mod error;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod query;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod roots;
mod url;

pub use crate::error::{ConnectError, StoreUrlError};
pub use crate::options::{ConnectOptions, Migration, check, migrate, migrations, open};
pub use crate::url::{Backend, StoreUrl};

/// The guide, so that its examples compile.
#[cfg(all(doctest, feature = "postgres", feature = "redis", feature = "sqlite"))]
#[doc = include_str!("../../../docs/guides/choose-a-store.md")]
struct Guide;
