//! A store for mfakit in PostgreSQL: for any number of machines, over the application's own pool.
//!
//! ```no_run
//! use mfakit_postgres::{PostgresOptions, PostgresStore};
//!
//! # async fn open(pool: deadpool_postgres::Pool) -> Result<(), mfakit_postgres::OpenError> {
//! // Once, when the application is deployed.
//! PostgresOptions::new().migrate(&pool).await?;
//! // In each process.
//! let store = PostgresStore::open(pool).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How it keeps the contract
//! The contract is the one of [`Store`](mfakit_store::Store).
//! - *Atomic, conditional*: a commit is one statement, the call of a function in the schema, in a transaction of its own.
//!   Each document is written by a statement that names the expected revision; that it changed one row, and nothing else,
//!   decides, under READ COMMITTED and any number of writers. Documents are locked in the order of their keys, so commits
//!   do not deadlock.
//! - *Durable*: whatever session, role or database say, the function sets `synchronous_commit` so that the answer
//!   leaves when the disk has the commit. Servers whose settings lose commits in a crash are refused when the store is
//!   opened. With `synchronous_standby_names` set, commits wait for the standby as the server is told to.
//! - *Fresh*: every load is a statement of its own, and tells whether a standby answered it.
//! - *Events*: their positions come from a sequence. A commit takes an advisory lock before it draws the first, which
//!   names where it began and ends with it; the feed shows nothing behind the first of these. So a feed is complete behind
//!   its cursor, and only commits of the same tenant that are under way can hold it up, for as long as a commit takes:
//!   neither a long transaction nor a backup does. The function `feed` in the first migration has the proof.
//! - *Honest*: an error that ends a statement has undone its transaction, and is
//!   [`Unavailable`](mfakit_core::StoreError::Unavailable). One that ends the session is
//!   [`Unclear`](mfakit_core::StoreError::Unclear), and the session leaves the pool.
//!
//! # Why functions, and not statements alone
//! A commit's steps have an order (lock, write, announce, draw, append) that a single SQL statement does not promise, and
//! behind a proxy that keeps no prepared statements the plans inside of a function are kept all the same. The
//! functions are plain PL/pgSQL, in the schema, with the rights of whoever calls them.
//!
//! # Why tokio-postgres
//! It sends a commit as one message in one round trip, keeps statements prepared, and is small; deadpool is the pool most
//! of its users have. It needs Tokio; the store's futures run on any executor while that runtime does. An
//! application on sqlx or Diesel keeps its own pool for its own tables and gives mfakit a small one beside it, of some
//! four connections for each process, to the same database: no transaction is ever shared between the two, so nothing is
//! lost. (sqlx 0.9 needs a newer compiler than mfakit promises.)
//!
//! # The server
//! - PostgreSQL 12 or newer, UTF-8, READ COMMITTED as the default isolation. Tested on 15.
//! - The primary: set `target_session_attrs=read-write` in the pool's configuration if it names several hosts.
//! - Behind PgBouncer in transaction mode: [`unnamed_statements`](PostgresOptions::unnamed_statements). Without it statements
//!   of one client reach sessions where another's go by the same name.
//! - TLS is the pool's: `tokio-postgres-rustls` and others make one.
//!
//! # Security
//! - Bodies are sealed before they get here. Who reads the database learns the names of tenants, the account ids, which of
//!   them have which kind of document, how often each changed, how many events each has and in what order, sizes,
//!   and the numbers of keys. No secret, no state, no time, no name beyond those ids.
//! - Who writes to the database can't make a document or an event that opens, but can remove it or put an older one back.
//!   An old backup makes used codes usable again, and so does a failover that lost commits.
//!
//! # MSRV
//! Rust 1.88.
#![forbid(unsafe_code)]

extern crate alloc;

mod client;
mod error;
mod options;
mod rows;
mod schema;
mod server;
mod statements;
mod store;

pub use crate::error::{CallError, OpenError};
pub use crate::options::PostgresOptions;
pub use crate::schema::{Migration, SchemaName, SchemaNameError, migrations};
pub use crate::store::PostgresStore;

/// The guide, so that its examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/postgresql.md")]
struct Guide;
