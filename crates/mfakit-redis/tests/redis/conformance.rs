//! The conformance suite.

use mfakit_redis::RedisStore;
use mfakit_store::{
    Store,
    testkit::{FaultyStore, Fixture, Plan},
};

use crate::{
    server::shared_redis,
    support::{RUNTIME, client},
};

mfakit_store::conformance!(redis, async { OnServer::open(shared_redis()).await });
mfakit_store::conformance!(faulty_without_faults, async {
    FaultyStore::new(OnServer::open(shared_redis()).await.store, Plan::none())
});

/// A store on a server, which can be opened again.
///
/// The suite polls with no runtime around it: what the store needs it brings along.
struct OnServer {
    store: RedisStore,
    url: String,
}

impl OnServer {
    async fn open(url: String) -> Self {
        let client = client(&url);
        let open = async move { RedisStore::open(client).await.unwrap() };
        Self {
            store: RUNTIME.spawn(open).await.unwrap(),
            url,
        }
    }
}

impl Fixture for OnServer {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self::open(self.url).await)
    }
}
