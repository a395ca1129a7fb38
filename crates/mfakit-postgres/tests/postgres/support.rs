//! Short ways to open, write and read.

use core::slice::from_ref;
use std::sync::LazyLock;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, StoredEvent, TenantId, Write,
};
use mfakit_postgres::{PostgresOptions, PostgresStore, SchemaName};
use mfakit_store::{EventOrder, EventQuery, Store};
use tokio_postgres::{Client, NoTls};

use crate::server::shared_url;

/// The runtime of all connections. Tests wait for it, and never run on it.
pub(crate) static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
});

/// Runs a future in the runtime.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

pub(crate) fn pool(url: &str, connections: usize) -> Pool {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    Pool::builder(Manager::from_config(url.parse().unwrap(), NoTls, recycling))
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap()
}

/// Brings the schema `mfakit` of a server up to date.
pub(crate) async fn migrated(url: &str) {
    PostgresOptions::new().migrate(&pool(url, 1)).await.unwrap();
}

/// A store in the schema `mfakit` of a server.
pub(crate) fn open(url: &str) -> PostgresStore {
    run(async {
        migrated(url).await;
        PostgresStore::open(pool(url, 16)).await.unwrap()
    })
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn key(id: &str) -> DocumentKey {
    DocumentKey::new(tenant(), DocumentKind::Account, id)
}

/// The write of the revision after `expected`, with one event.
pub(crate) fn write(id: &str, expected: u64, body: &[u8]) -> Write {
    Write::new(
        key(id),
        Revision::new(expected),
        Revision::new(expected + 1),
        body.into(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(
            expected + 1,
            body.get(..2048).unwrap_or(body).into(),
        )],
    )
}

/// A commit of one document and one event that carry the same body.
pub(crate) fn commit(id: &str, expected: u64, body: &[u8]) -> Commit {
    Commit::new(CommitId::new([0; 16]), vec![write(id, expected, body)])
}

pub(crate) fn put(store: &dyn Store, id: &str, expected: u64) -> Result<CommitOutcome, StoreError> {
    pollster::block_on(store.commit(&commit(id, expected, b"body")))
}

pub(crate) fn revision(store: &dyn Store, id: &str) -> Result<u64, StoreError> {
    let loaded = pollster::block_on(store.load(from_ref(&key(id))))?;
    Ok(loaded
        .into_iter()
        .flatten()
        .next()
        .map_or(0, |document| document.revision.number()))
}

pub(crate) fn events(store: &dyn Store) -> Vec<StoredEvent> {
    let query = EventQuery::new(tenant(), EventOrder::OldestFirst, u32::MAX);
    pollster::block_on(store.events(&query)).unwrap()
}

/// A store in a new schema of the shared server, and the schema's name. The schema goes with the server.
pub(crate) fn fresh(name: &str) -> (PostgresStore, String) {
    let name = format!("{name}_{}", std::process::id());
    let options = PostgresOptions::new().schema(SchemaName::new(&name).unwrap());
    let store = run(async {
        let pool = pool(&shared_url(), 16);
        let drop = format!("DROP SCHEMA IF EXISTS {name} CASCADE");
        pool.get()
            .await
            .unwrap()
            .batch_execute(&drop)
            .await
            .unwrap();
        options.migrate(&pool).await.unwrap();
        options.open(pool).await.unwrap()
    });
    (store, name)
}

/// A plain connection.
pub(crate) fn session(url: &str) -> Client {
    run(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    })
}
