//! The conformance suite, for tenants that are spread and tenants that are whole.

use mfakit_redis::{KeyPrefix, RedisOptions, RedisStore};
use mfakit_store::{
    Store,
    testkit::{FaultyStore, Fixture, Plan},
};

use crate::{
    server::shared_redis,
    support::{RUNTIME, client},
};

mfakit_store::conformance!(redis, async {
    OnServer::open(shared_redis(), RedisOptions::new()).await
});
mfakit_store::conformance!(whole_tenants, async {
    let prefix = KeyPrefix::new("whole").unwrap();
    let options = RedisOptions::new().prefix(prefix).whole_tenants();
    OnServer::open(shared_redis(), options).await
});
mfakit_store::conformance!(faulty_without_faults, async {
    let store = OnServer::open(shared_redis(), RedisOptions::new())
        .await
        .store;
    FaultyStore::new(store, Plan::none())
});

/// A store on a server or a cluster, which can be opened again.
///
/// The suite polls with no runtime around it: what the store needs it brings along.
pub(crate) struct OnServer {
    store: RedisStore,
    url: String,
    options: RedisOptions,
}

impl OnServer {
    pub(crate) async fn open(url: String, options: RedisOptions) -> Self {
        let (client, opening) = (client(&url), options.clone());
        let open = async move { opening.open(client).await.unwrap() };
        Self {
            store: RUNTIME.spawn(open).await.unwrap(),
            url,
            options,
        }
    }
}

impl Fixture for OnServer {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self::open(self.url, self.options).await)
    }
}
