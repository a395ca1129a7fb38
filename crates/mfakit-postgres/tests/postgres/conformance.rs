//! The conformance suite, for one store, for two that share a schema, and without prepared statements.

use mfakit_postgres::{PostgresOptions, PostgresStore};
use mfakit_store::{
    Store,
    testkit::{FaultyStore, Fixture, Plan},
};

use crate::{
    server::shared_postgres,
    support::{RUNTIME, migrated, pool},
};

mfakit_store::conformance!(postgres, async {
    InSchema::open(PostgresOptions::new()).await
});
mfakit_store::conformance!(without_prepared_statements, async {
    InSchema::open(PostgresOptions::new().unnamed_statements()).await
});
mfakit_store::conformance!(faulty_without_faults, async {
    let store = InSchema::open(PostgresOptions::new()).await.store;
    FaultyStore::new(store, Plan::none())
});

/// A store in the schema that all these tests share, which can be opened again.
///
/// The suite polls with no runtime around it: what the store needs it brings along.
struct InSchema {
    store: PostgresStore,
    options: PostgresOptions,
}

impl InSchema {
    async fn open(options: PostgresOptions) -> Self {
        let opening = options.clone();
        let open = async move {
            migrated(&shared_postgres()).await;
            opening.open(pool(&shared_postgres(), 16)).await.unwrap()
        };
        let store = RUNTIME.spawn(open).await.unwrap();
        Self { store, options }
    }
}

impl Fixture for InSchema {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self::open(self.options).await)
    }
}
