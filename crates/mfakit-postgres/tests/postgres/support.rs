//! Short ways to open.

use std::sync::LazyLock;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use mfakit_postgres::{PostgresOptions, PostgresStore, SchemaName};
use tokio_postgres::{Client, NoTls};

use crate::server::shared_postgres;

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

/// A store in a new schema of the shared server, and the schema's name. The schema goes with the server.
pub(crate) fn fresh(name: &str) -> (PostgresStore, String) {
    let name = format!("{name}_{}", std::process::id());
    let options = PostgresOptions::new().schema(SchemaName::new(&name).unwrap());
    let store = run(async {
        let pool = pool(&shared_postgres(), 16);
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
