//! The conformance suite, for each handle on a file, and for two stores and two handles that share one.

use core::sync::atomic::{AtomicUsize, Ordering};

use mfakit_core::{Commit, CommitOutcome, DocumentKey, StoredDocument, StoredEvent, TenantId};
use mfakit_sqlite::SqliteStore;
use mfakit_store::{
    EventQuery, ScanQuery, ScanRow, Store, StoreFuture,
    testkit::{FaultyStore, Fixture, Plan},
};

use crate::support::Folder;

mfakit_store::conformance!(sqlite, async { OnDisk::open(Folder::new(), plain) });
mfakit_store::conformance!(blocking, async { OnDisk::open(Folder::new(), blocking) });
mfakit_store::conformance!(two_on_one_file, async {
    Shared::open(Folder::new(), |folder| [plain(folder), plain(folder)])
});
mfakit_store::conformance!(two_handles, async {
    Shared::open(Folder::new(), |folder| {
        let store = plain(folder);
        let blocking = store.blocking().unwrap();
        [store, blocking]
    })
});
mfakit_store::conformance!(faulty_without_faults, async { Faulty::open(Folder::new()) });

fn plain(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file()).unwrap()
}

/// The handle for threads that may block; it is the last one.
fn blocking(folder: &Folder) -> SqliteStore {
    plain(folder).blocking().unwrap()
}

/// A store that can be opened again. Fields drop in their order: the store before its folder.
struct OnDisk {
    store: SqliteStore,
    folder: Folder,
    open: fn(&Folder) -> SqliteStore,
}

impl OnDisk {
    fn open(folder: Folder, open: fn(&Folder) -> SqliteStore) -> Self {
        Self {
            store: open(&folder),
            folder,
            open,
        }
    }
}

impl Fixture for OnDisk {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        self.store.close();
        assert!(self.folder.file().is_file());
        Some(Self::open(self.folder, self.open))
    }
}

/// Two that share a file, used in turn: what one answers the other must know.
struct Shared {
    turns: Turns,
    folder: Folder,
    open: fn(&Folder) -> [SqliteStore; 2],
}

struct Turns {
    stores: [SqliteStore; 2],
    calls: AtomicUsize,
}

impl Shared {
    fn open(folder: Folder, open: fn(&Folder) -> [SqliteStore; 2]) -> Self {
        let stores = open(&folder);
        let calls = AtomicUsize::new(0);
        Self {
            turns: Turns { stores, calls },
            folder,
            open,
        }
    }
}

impl Turns {
    fn next(&self) -> &SqliteStore {
        let [one, two] = &self.stores;
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            one
        } else {
            two
        }
    }
}

impl Store for Turns {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        self.next().load(keys)
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        self.next().commit(commit)
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        self.next().scan(query)
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        self.next().count(query)
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        self.next().events(query)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        self.next().tenants(after, limit)
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        self.next().prune_events(key, before)
    }
}

impl Fixture for Shared {
    fn store(&self) -> &dyn Store {
        &self.turns
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.turns);
        Some(Self::open(self.folder, self.open))
    }
}

struct Faulty {
    store: FaultyStore<SqliteStore>,
    folder: Folder,
}

impl Faulty {
    fn open(folder: Folder) -> Self {
        let store = SqliteStore::open(folder.file()).unwrap();
        Self {
            store: FaultyStore::new(store, Plan::none()),
            folder,
        }
    }
}

impl Fixture for Faulty {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self::open(self.folder))
    }
}
