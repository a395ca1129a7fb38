//! A store for mfakit in a SQLite file: nothing to install, nothing to run.
//!
//! ```no_run
//! use mfakit_sqlite::SqliteStore;
//!
//! let store = SqliteStore::open("mfa.db")?;
//! # Ok::<(), mfakit_sqlite::OpenError>(())
//! ```
//!
//! # How it keeps the contract
//! The contract is the one of [`Store`](mfakit_store::Store).
//! - *Atomic, conditional*: one connection writes, on a thread of its own. It takes all commits that wait and stores them
//!   in one transaction, which holds SQLite's write lock from its start, each commit under a savepoint if there are several; a caller that
//!   [may block](SqliteStore::blocking) and meets nobody there takes it for its own commit. A document is stored by a statement that
//!   names the expected revision; that it changed one row, and nothing else, decides.
//! - *Durable*: the log (WAL) is on the disk before the transaction is answered (`synchronous=FULL`, verified when the
//!   file is opened). Commits that wait together share that one wait for the disk.
//! - *Fresh*: every load begins a read transaction of its own, which sees all that was committed before.
//! - *Events*: their positions are given inside of write transactions, of which there is one at a time over all
//!   processes, so they become visible in the order of their numbers, and a feed is complete behind its cursor.
//! - *Honest*: an error before `COMMIT` means that nothing is stored; an error of `COMMIT` itself is
//!   [`Unclear`](mfakit_core::StoreError::Unclear), since the log may hold the commit although the disk reported an error.
//!
//! # The file
//! - Any number of processes of one machine may open it. It must lie on a disk of that machine: network file systems
//!   lack the shared memory and the locks that SQLite needs.
//! - It belongs to mfakit, so keep nothing else in it. Within one process, no second SQLite library may open it, nor may
//!   any code open and close it as a plain file: closing drops the locks of the whole process.
//! - Beside it lie `-wal` and `-shm` while it is open, and after a crash. They are part of the database: move and
//!   copy all three, with no process running, or back up with SQLite's own means (`VACUUM INTO`).
//!
//! # Security
//! - The file is created readable and writable by its owner only, and SQLite gives the other two the same mode. The mode
//!   of a file that exists is left alone.
//! - Bodies are sealed before they get here. Who reads the file learns the names of tenants, the account ids, which of
//!   them have which kind of document, how often each changed, how many events each has and in what order, sizes,
//!   and the numbers of keys. No secret, no state, no time, no name beyond those ids.
//! - Who writes to the file can't make a document or an event that opens, but can remove it or put an older file back.
//!   An old backup makes used codes usable again: after restoring one, treat it as the failover of a database.
//!
//! # MSRV
//! Rust 1.88. rusqlite is held at 0.39, the newest whose SQLite an application with sqlx 0.9 can link too.
#![forbid(unsafe_code)]

extern crate alloc;

mod connection;
mod error;
mod file;
mod options;
mod reader;
mod schema;
mod shared_writer;
mod store;
mod writer;

pub use crate::error::OpenError;
pub use crate::options::SqliteOptions;
pub use crate::store::SqliteStore;
