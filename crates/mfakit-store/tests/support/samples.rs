//! Short ways to write and read: one tenant, its accounts, and commits of one document with one event.

#![allow(dead_code, reason = "each test uses a part of it")]

use core::slice::from_ref;

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, StoredEvent, TenantId, Write,
};
use mfakit_store::{EventOrder, EventQuery, Store};

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn key(id: &str) -> DocumentKey {
    DocumentKey::new(tenant(), DocumentKind::Account, id)
}

/// The write of the revision after `expected`, with one event.
pub(crate) fn write(id: &str, expected: u64, body: &[u8]) -> Write {
    Write::new(
        key(id),
        Revision::new(expected),
        Revision::new(expected + 1),
        body.into(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(
            expected + 1,
            body.get(..2048).unwrap_or(body).into(),
        )],
    )
}

/// A commit of one document and one event that carry the same body.
pub(crate) fn commit(id: &str, expected: u64, body: &[u8]) -> Commit {
    Commit::new(CommitId::new([0; 16]), vec![write(id, expected, body)])
}

pub(crate) fn put(store: &dyn Store, id: &str, expected: u64) -> Result<CommitOutcome, StoreError> {
    pollster::block_on(store.commit(&commit(id, expected, b"body")))
}

pub(crate) fn revision(store: &dyn Store, id: &str) -> Result<u64, StoreError> {
    let loaded = pollster::block_on(store.load(from_ref(&key(id))))?;
    Ok(loaded
        .into_iter()
        .flatten()
        .next()
        .map_or(0, |document| document.revision.number()))
}

pub(crate) fn events(store: &dyn Store) -> Vec<StoredEvent> {
    let query = EventQuery::new(tenant(), EventOrder::OldestFirst, u32::MAX);
    pollster::block_on(store.events(&query)).unwrap()
}
