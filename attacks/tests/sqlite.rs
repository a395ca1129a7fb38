//! The attacks on the SQLite store, and several processes on one file.

#![allow(
    clippy::unwrap_used,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "../../crates/mfakit/tests/support/folder.rs"]
mod folder;

use alloc::sync::Arc;
use core::time::Duration;

use mfakit_attacks::{Ground, processes::Shared};
use mfakit_sqlite::SqliteOptions;
use mfakit_store::Store;

use folder::Folder;

mfakit_attacks::attacks!(sqlite, OnFile::new());
mfakit_attacks::processes!(sqlite_processes, InFolder);

/// A store on a file in a folder of its own. Fields drop in their order: the store before its folder.
struct OnFile {
    store: Arc<dyn Store>,
    _folder: InFolder,
}

impl OnFile {
    fn new() -> Self {
        let folder = InFolder::new();
        Self {
            store: InFolder::open(&folder.address()),
            _folder: folder,
        }
    }
}

impl Ground for OnFile {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

/// The folder of a file that several processes open.
struct InFolder(Folder);

impl Shared for InFolder {
    const NAME: &'static str = "SQLite";

    fn new() -> Self {
        Self(Folder::new())
    }

    fn address(&self) -> String {
        let file = self.0.path().join("mfa.db");
        file.to_str().unwrap().into()
    }

    fn open(address: &str) -> Arc<dyn Store> {
        // A soak may be held up for longer than the usual patience.
        let options = SqliteOptions::new().patience(Duration::from_secs(1_800));
        Arc::new(options.open(address).unwrap())
    }
}
