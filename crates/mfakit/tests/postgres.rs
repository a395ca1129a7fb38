//! The engine on PostgreSQL: how often it asks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/activation.rs"]
mod activation;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/operations.rs"]
mod operations;
#[path = "../../mfakit-store/tests/support/server.rs"]
mod server;
#[path = "support/wire.rs"]
mod wire;
#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;
use std::sync::LazyLock;

use mfakit::keyring_file;
use mfakit_postgres::{PostgresOptions, PostgresStore};
use tokio::runtime::Runtime;

use folder::Folder;
use server::Server;
use world::World;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn connect(url: &str) -> Arc<PostgresStore> {
    Arc::new(RUNTIME.block_on(PostgresStore::connect(url)).unwrap())
}

/// The world on a server, with the keyring in a folder, as any process of the organization opens it.
fn open(store: &Arc<PostgresStore>, folder: &Folder) -> World {
    let keyring = keyring_file::open_or_create(folder.path().join("keyring")).unwrap();
    World::with(Arc::clone(store), keyring)
}

/// Statements that reached the server since the last call, by what they do.
struct Wire(tokio_postgres::Client);

impl Wire {
    fn watch(url: &str) -> Self {
        let client = RUNTIME.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            let create = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements";
            client.batch_execute(create).await.unwrap();
            client
        });
        let wire = Self(client);
        wire.counted();
        wire
    }

    /// How many loads and commits there were, and how many other statements of any kind.
    fn counted(&self) -> wire::Counted {
        let rows = RUNTIME.block_on(async {
            let sql = "SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";
            let rows = self.0.query(sql, &[]).await.unwrap();
            let reset = "SELECT pg_stat_statements_reset()";
            self.0.batch_execute(reset).await.unwrap();
            rows
        });
        let (mut loads, mut commits, mut others) = (0, 0, 0);
        for row in rows {
            let (query, calls): (&str, i64) = (row.get(0), row.get(1));
            let calls = u64::try_from(calls).unwrap();
            if query.starts_with("SELECT \"mfakit\".commit(") {
                commits += calls;
            } else if query.contains("pg_is_in_recovery(), d.revision, d.body") {
                loads += calls;
            } else {
                others += calls;
            }
        }
        (loads, commits, others)
    }
}

#[test]
fn every_writing_operation_is_one_load_and_one_commit_on_the_wire() {
    let server = Server::postgres(&[]);
    let store = connect(server.url());
    let folder = Folder::new();
    let world = open(&store, &folder);
    let server = Wire::watch(server.url());
    wire::check(world, || server.counted());
}

/// Behind PgBouncer, where statements have no names: each call is parsed anew, and is one statement all the same.
#[test]
fn every_writing_operation_is_one_load_and_one_commit_behind_pgbouncer() {
    let server = Server::postgres(&["--pgbouncer"]);
    // The schema is made past PgBouncer.
    drop(connect(server.url()));
    let options = PostgresOptions::new().unnamed_statements();
    let store = RUNTIME.block_on(options.connect(server.said("bouncer")));
    let folder = Folder::new();
    let world = open(&Arc::new(store.unwrap()), &folder);
    let server = Wire::watch(server.url());
    wire::check(world, || server.counted());
}
