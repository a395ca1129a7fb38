//! A store for mfakit in Redis or a Redis Cluster: for any number of machines, without SQL.
//!
//! ```no_run
//! use mfakit_redis::RedisStore;
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! // The application's own client, to a server that loses nothing: see below.
//! let client = redis::Client::open("redis+unix:///run/redis/redis.sock")?;
//! let store = RedisStore::open(client).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How it keeps the contract
//! The contract is the one of [`Store`](mfakit_store::Store).
//! - *Atomic, conditional*: a commit is one Lua script, which the server runs alone. Redis undoes nothing of a script that
//!   fails, so everything that can fail comes before its first write: memory, the type of each key, the user's right
//!   to each write. In the append-only file the writes of a script are one transaction, which a crash leaves whole or out.
//! - *Durable*: with `appendfsync always` an answer leaves when the disk has the commit. Servers whose settings lose
//!   commits in a crash, or throw keys away when memory is full, are refused when the store is opened. Replicas are told
//!   later than the caller: a failover may lose commits, see the guide.
//! - *Fresh*: every call is a script that a replica refuses, so what answers is a primary, or was one until just now.
//! - *Events*: a tenant's documents are spread over 1,024 buckets, each with a clock that only rises. Who reads the feed
//!   raises all of them to the highest before it reads, so nothing appears behind what was shown, whatever the time of
//!   any server. The module `feed` has the proof.
//! - *Honest*: the store has a connection of its own to each server, that sends nothing twice. An error of the server says
//!   that nothing was done, and is [`Unavailable`](mfakit_core::StoreError::Unavailable); no answer, or one that nobody
//!   foresaw, is [`Unclear`](mfakit_core::StoreError::Unclear).
//!
//! On a cluster a commit takes documents with one id, such as account and gate of a person, and refuses others, unless
//! [tenants are kept whole](RedisOptions::whole_tenants). The engine commits nothing else.
//!
//! # Why `redis`
//! It is the driver that Rust programs have, so its `Client` is where the application has said address, user and
//! certificates. Only that is taken: its connection managers and its cluster client send a call again when its answer
//! is lost, which no commit survives. So the connections, and the map of a cluster, are this crate's own, in some 400
//! lines. It needs Tokio; the store's futures run on any executor while that runtime does.
//!
//! # The server
//! - Redis 7.0 or newer, or a server that says to be one, such as Valkey. Tested on 7.0.
//! - `appendonly yes`, `appendfsync always`, `no-appendfsync-on-rewrite no`; `maxmemory-policy noeviction` or one of
//!   `volatile-*`, which touch no key of ours; `replica-read-only yes`.
//! - No proxy between that spreads keys by itself.
//!
//! # Features
//! - `tls`: clients of `rediss://` addresses, by rustls with ring and the certificates that the system trusts.
//!
//! # Security
//! - Bodies are sealed before they get here. Who reads the database learns the names of tenants, the account ids, which of
//!   them have which kind of document, how often each changed, how many events each has and when, to the microsecond,
//!   sizes, and the numbers of keys. No secret, no state, no name beyond those ids.
//! - Who writes to the database can't make a document or an event that opens, but can remove it or put an older one back.
//!   An old backup makes used codes usable again, and so does a failover that lost commits.
//!
//! # MSRV
//! Rust 1.88.
#![forbid(unsafe_code)]

extern crate alloc;

// Not called here: linked with ring, which is how the driver finds its cryptography.
#[cfg(feature = "tls")]
use rustls as _;

mod checks;
mod commit;
mod error;
mod feed;
mod keys;
mod link;
mod options;
mod records;
mod script;
mod servers;
mod store;

pub use crate::error::{CallError, OpenError};
pub use crate::keys::{KeyPrefix, KeyPrefixError};
pub use crate::options::RedisOptions;
pub use crate::store::RedisStore;

/// The guide, so that its examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/redis.md")]
struct Guide;
