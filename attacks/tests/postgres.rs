//! The attacks on the PostgreSQL store: all of them in the schema that the tests of one server share, and several
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
use mfakit_postgres::{PostgresOptions, PostgresStore, SchemaName};
use mfakit_store::Store;
use tokio::runtime::Runtime;

use server::Server;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

static STORE: LazyLock<Arc<PostgresStore>> = LazyLock::new(|| {
    Arc::new(connect_to(
        SchemaName::default(),
        &server::shared_postgres(),
    ))
});

/// A soak may be held up for longer than the usual patience.
fn connect_to(schema: SchemaName, url: &str) -> PostgresStore {
    let options = PostgresOptions::new().patience(Duration::from_secs(1_800));
    RUNTIME
        .block_on(options.schema(schema).connect(url))
        .unwrap()
}

mfakit_attacks::attacks!(postgres, Arc::clone(&STORE));
mfakit_attacks::processes!(postgres_processes, InSchema, server OnServer);

/// A schema of its own on the server that the tests share. It goes with the server.
struct InSchema(String);

impl Shared for InSchema {
    const NAME: &'static str = "PostgreSQL";

    fn new() -> Self {
        let mut name = [0; 8];
        getrandom::fill(&mut name).unwrap();
        Self(format!("processes_{:016x}", u64::from_be_bytes(name)))
    }

    fn address(&self) -> String {
        format!("{} {}", self.0, server::shared_postgres())
    }

    fn open(address: &str) -> Arc<dyn Store> {
        let (schema, url) = address.split_once(' ').unwrap();
        Arc::new(connect_to(SchemaName::new(schema).unwrap(), url))
    }
}

/// A server of its own, durable as `scripts/postgres` starts it.
struct OnServer(Server);

impl Shared for OnServer {
    const NAME: &'static str = "PostgreSQL";

    fn new() -> Self {
        Self(Server::postgres(&[]))
    }

    fn address(&self) -> String {
        self.0.url().into()
    }

    fn open(address: &str) -> Arc<dyn Store> {
        Arc::new(connect_to(SchemaName::default(), address))
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
