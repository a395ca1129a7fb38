//! A folder per test, and short ways to write and read.

use core::{
    slice::from_ref,
    sync::atomic::{AtomicU64, Ordering},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, StoredEvent, TenantId, Write,
};
use mfakit_store::{EventOrder, EventQuery, Store};
use pollster::block_on;

/// A folder that is gone when the test is.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("sqlite-{}-{number}", process::id()));
        // One of an earlier process with the same id may have been left behind.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("mfa.db")
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn key(id: &str) -> DocumentKey {
    DocumentKey::new(tenant(), DocumentKind::Account, id)
}

/// A commit of one document and one event that carry the same body.
pub(crate) fn commit(id: &str, expected: u64, body: &[u8]) -> Commit {
    let write = Write::new(
        key(id),
        Revision::new(expected),
        Revision::new(expected + 1),
        body.into(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(
            expected + 1,
            body.get(..2048).unwrap_or(body).into(),
        )],
    );
    Commit::new(CommitId::new([0; 16]), vec![write])
}

pub(crate) fn put(store: &dyn Store, id: &str, expected: u64) -> Result<CommitOutcome, StoreError> {
    block_on(store.commit(&commit(id, expected, b"body")))
}

pub(crate) fn revision(store: &dyn Store, id: &str) -> Result<u64, StoreError> {
    let loaded = block_on(store.load(from_ref(&key(id))))?;
    Ok(loaded
        .into_iter()
        .flatten()
        .next()
        .map_or(0, |document| document.revision.number()))
}

pub(crate) fn events(store: &dyn Store) -> Vec<StoredEvent> {
    let query = EventQuery::new(tenant(), EventOrder::OldestFirst, u32::MAX);
    block_on(store.events(&query)).unwrap()
}
