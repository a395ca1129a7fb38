//! A story on every store that needs no server, and a store that tells what was asked of it.

#![allow(dead_code, reason = "each test uses a part of it")]

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use mfakit::{MemoryStore, Store};
use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoredDocument, StoredEvent, TenantId, Write,
};
use mfakit_sqlite::SqliteStore;
use mfakit_store::{EventQuery, ScanQuery, ScanRow, StoreFuture};

use crate::folder::Folder;

/// Runs `story` on a store in memory and on one in a file.
pub(crate) fn on_both(story: impl Fn(Arc<dyn Store>)) {
    story(Arc::new(MemoryStore::new()));
    let folder = Folder::new();
    story(Arc::new(
        SqliteStore::open(folder.path().join("mfa.db")).unwrap(),
    ));
}

/// What a vandal writes who has the database and not the keyring: a document that does not open, with an event.
pub(crate) fn scrawl(store: &dyn Store, kind: DocumentKind, id: &str) {
    let key = DocumentKey::new(TenantId::new("acme").unwrap(), kind, id.as_bytes());
    let write = Write::new(
        key,
        Revision::ABSENT,
        Revision::new(1),
        b"scrawl".to_vec(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(1, b"scrawl".to_vec())],
    );
    let commit = Commit::new(CommitId::new([7; 16]), vec![write]);
    let outcome = pollster::block_on(store.commit(&commit));
    assert_eq!(outcome, Ok(CommitOutcome::Committed));
}

/// A store in memory that tells how long its longest answer was, and lets something happen between two pages of events.
#[derive(Default)]
pub(crate) struct Watched {
    inner: MemoryStore,
    longest: AtomicUsize,
    pages: AtomicUsize,
    between: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    asked: Mutex<Asked>,
}

/// What was loaded and committed: the kinds of each load, and how many documents each commit wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) loads: Vec<Vec<DocumentKind>>,
    pub(crate) commits: Vec<usize>,
}

impl Watched {
    /// The longest page of rows or events that was answered so far.
    pub(crate) fn longest(&self) -> usize {
        self.longest.load(Ordering::SeqCst)
    }

    /// How many pages of events were asked for.
    pub(crate) fn pages(&self) -> usize {
        self.pages.load(Ordering::SeqCst)
    }

    /// What happens once the next page of events was read, before it is looked at.
    pub(crate) fn after_next_page(&self, happens: impl FnOnce() + Send + 'static) {
        *self.between.lock().unwrap() = Some(Box::new(happens));
    }

    /// What was asked for since this was called last.
    pub(crate) fn asked(&self) -> Asked {
        core::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn note(&self, length: usize) {
        self.longest.fetch_max(length, Ordering::SeqCst);
    }
}

impl Store for Watched {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        let kinds = keys.iter().map(|key| key.kind).collect();
        self.asked.lock().unwrap().loads.push(kinds);
        self.inner.load(keys)
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        let written = commit.writes.len();
        self.asked.lock().unwrap().commits.push(written);
        self.inner.commit(commit)
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            let rows = self.inner.scan(query).await?;
            self.note(rows.len());
            Ok(rows)
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        self.inner.count(query)
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            let events = self.inner.events(query).await?;
            self.note(events.len());
            self.pages.fetch_add(1, Ordering::SeqCst);
            // The document is loaded after it, so page and document are of two times.
            let happens = self.between.lock().unwrap().take();
            if let Some(happens) = happens {
                happens();
            }
            Ok(events)
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        self.inner.tenants(after, limit)
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        self.inner.prune_events(key, before)
    }
}
