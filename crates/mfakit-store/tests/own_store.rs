//! The store that the book writes keeps the contract.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "../examples/own_store.rs"]
mod own_store;

use core::sync::atomic::{AtomicU32, Ordering};
use std::{fs, path::PathBuf};

use mfakit_store::{Store, testkit::Fixture};

use own_store::OwnStore;

// ANCHOR: proof
mfakit_store::conformance!(own, async { InFile::new() });

/// The store, and the file that it is opened on again.
struct InFile {
    store: OwnStore,
    path: PathBuf,
}

impl Fixture for InFile {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        let Self { store, path } = self;
        drop(store);
        let store = OwnStore::open(&path).unwrap();
        Some(Self { store, path })
    }
}
// ANCHOR_END: proof

impl InFile {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = folder.join(format!("own-{}-{number}.db", std::process::id()));
        let _ = fs::remove_file(&path);
        let store = OwnStore::open(&path).unwrap();
        Self { store, path }
    }
}
