//! The attacks on the PostgreSQL store: all of them in the schema that the tests of one server share.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "../../crates/mfakit-postgres/tests/postgres/server.rs"]
mod server;

use alloc::sync::Arc;
use std::sync::LazyLock;

use mfakit_postgres::PostgresStore;
use tokio::runtime::Runtime;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

static STORE: LazyLock<Arc<PostgresStore>> = LazyLock::new(|| {
    let store = RUNTIME.block_on(PostgresStore::connect(&server::shared_url()));
    Arc::new(store.unwrap())
});

mfakit_attacks::attacks!(postgres, Arc::clone(&STORE));
