//! Short ways to run, write and read.

use core::{error::Error, slice::from_ref};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use mfakit_connect::{ConnectError, StoreUrl};
use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, TenantId, Write,
};
use mfakit_store::Store;

/// The runtime that connections need.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
});

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

fn key() -> DocumentKey {
    DocumentKey::new(TenantId::new("acme").unwrap(), DocumentKind::Account, "ada")
}

/// Stores the revision after `expected`, outside of the runtime.
pub(crate) fn put(store: &dyn Store, expected: u64) -> Result<CommitOutcome, StoreError> {
    let write = Write::new(
        key(),
        Revision::new(expected),
        Revision::new(expected + 1),
        b"body".to_vec(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(expected + 1, b"event".to_vec())],
    );
    pollster::block_on(store.commit(&Commit::new(CommitId::new([0; 16]), vec![write])))
}

pub(crate) fn revision(store: &dyn Store) -> u64 {
    let loaded = pollster::block_on(store.load(from_ref(&key()))).unwrap();
    let document = loaded.into_iter().flatten().next();
    document.map_or(0, |document| document.revision.number())
}

pub(crate) fn parse(url: &str) -> StoreUrl {
    StoreUrl::parse(url).unwrap()
}

/// An error and all its causes, as a program would show them.
pub(crate) fn told(error: &ConnectError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// A folder that goes with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("mfakit-connect-{name}-{}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
