//! The attacks on the Redis store: all of them on the server that the tests share, and once more on a cluster, and several
//! processes on servers of their own.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "../../crates/mfakit-store/tests/support/server.rs"]
mod server;

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::LazyLock;

use mfakit_attacks::processes::{Served, Shared};
use mfakit_redis::{KeyPrefix, RedisOptions, RedisStore};
use mfakit_store::Store;
use tokio::runtime::Runtime;

use server::Server;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

static STORE: LazyLock<Arc<RedisStore>> =
    LazyLock::new(|| Arc::new(connect_to(KeyPrefix::default(), &server::shared_redis())));

static CLUSTER: LazyLock<Arc<RedisStore>> =
    LazyLock::new(|| Arc::new(connect_to(KeyPrefix::default(), &server::shared_cluster())));

/// A soak may be held up for longer than the usual patience.
fn connect_to(prefix: KeyPrefix, url: &str) -> RedisStore {
    let options = RedisOptions::new().patience(Duration::from_secs(1_800));
    RUNTIME
        .block_on(options.prefix(prefix).connect(url))
        .unwrap()
}

mfakit_attacks::attacks!(redis, Arc::clone(&STORE));
mfakit_attacks::attacks!(redis_cluster, Arc::clone(&CLUSTER));
mfakit_attacks::processes!(redis_processes, WithPrefix, server OnServer);
mfakit_attacks::processes!(redis_cluster_processes, OnCluster, server OnCluster);

/// Keys of its own on the server that the tests share. They go with the server.
struct WithPrefix(String);

impl Shared for WithPrefix {
    const NAME: &'static str = "Redis";

    fn new() -> Self {
        let mut name = [0; 8];
        getrandom::fill(&mut name).unwrap();
        Self(format!("processes-{:016x}", u64::from_be_bytes(name)))
    }

    fn address(&self) -> String {
        format!("{} {}", self.0, server::shared_redis())
    }

    fn open(address: &str) -> Arc<dyn Store> {
        let (prefix, url) = address.split_once(' ').unwrap();
        Arc::new(connect_to(KeyPrefix::new(prefix).unwrap(), url))
    }
}

/// A server of its own, durable as `scripts/redis` starts it.
struct OnServer(Server);

impl Shared for OnServer {
    const NAME: &'static str = "Redis";

    fn new() -> Self {
        Self(Server::redis(&[]))
    }

    fn address(&self) -> String {
        self.0.url().into()
    }

    fn open(address: &str) -> Arc<dyn Store> {
        Arc::new(connect_to(KeyPrefix::default(), address))
    }
}

impl Served for OnServer {
    fn kill(&mut self) {
        self.0.tell("kill");
    }

    fn start(&mut self) {
        self.0.tell("start");
    }
}

/// Three servers of its own, which are a cluster and are killed together.
struct OnCluster(Server);

impl Shared for OnCluster {
    const NAME: &'static str = "Redis Cluster";

    fn new() -> Self {
        Self(Server::redis(&["--cluster"]))
    }

    fn address(&self) -> String {
        self.0.url().into()
    }

    fn open(address: &str) -> Arc<dyn Store> {
        Arc::new(connect_to(KeyPrefix::default(), address))
    }
}

impl Served for OnCluster {
    fn kill(&mut self) {
        self.0.tell("kill");
    }

    fn start(&mut self) {
        self.0.tell("start");
    }
}
