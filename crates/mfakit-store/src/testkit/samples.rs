//! Tenants, keys and commits for the cases.

use alloc::{format, string::String, vec::Vec};
use core::{
    hash::{BuildHasher as _, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
};
use std::hash::RandomState;

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, StoredEvent, TenantId, Write,
};

use crate::{EventOrder, EventQuery, ScanQuery, ScanRow, Store};

/// Sixteen hexadecimal digits that no other case and no other run has.
pub(super) fn unique() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(CALLS.fetch_add(1, Ordering::Relaxed));
    format!("{:016x}", hasher.finish())
}

pub(super) fn tenant() -> TenantId {
    named(&unique())
}

pub(super) fn named(text: &str) -> TenantId {
    TenantId::new(text).unwrap()
}

/// The account `id` of `tenant`.
pub(super) fn account(tenant: &TenantId, id: impl Into<Vec<u8>>) -> DocumentKey {
    DocumentKey::new(tenant.clone(), DocumentKind::Account, id)
}

/// The write of the revision after `expected`, with one event per entry of `events`.
pub(super) fn write(key: &DocumentKey, expected: u64, body: &[u8], events: &[u64]) -> Write {
    Write::new(
        key.clone(),
        Revision::new(expected),
        Revision::new(expected + 1),
        body.into(),
        IndexValues::new(KeyId::new(1)),
        events.iter().map(|sequence| event(*sequence)).collect(),
    )
}

pub(super) fn event(sequence: u64) -> SealedEvent {
    SealedEvent::new(sequence, format!("event {sequence}").into_bytes())
}

pub(super) fn commit(writes: impl Into<Vec<Write>>) -> Commit {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(unique().bytes()) {
        *to = from;
    }
    Commit::new(CommitId::new(id), writes.into())
}

/// Commits and expects it to be stored.
pub(super) async fn put(store: &dyn Store, writes: impl Into<Vec<Write>>) {
    let outcome = store.commit(&commit(writes)).await;
    assert_eq!(outcome, Ok(CommitOutcome::Committed));
}

/// Commits and expects another answer.
pub(super) async fn refused(
    store: &dyn Store,
    writes: impl Into<Vec<Write>>,
    answer: Result<CommitOutcome, StoreError>,
) {
    assert_eq!(store.commit(&commit(writes)).await, answer);
}

/// The stored revision; 0 if there is none.
pub(super) async fn revision(store: &dyn Store, key: &DocumentKey) -> u64 {
    let keys = [key.clone()];
    let loaded = store.load(&keys).await.unwrap();
    assert_eq!(loaded.len(), 1);
    loaded
        .into_iter()
        .flatten()
        .fold(0, |_, document| document.revision.number())
}

/// All rows of the tenant's accounts, in pages of `limit`.
pub(super) async fn scan_all(store: &dyn Store, query: &ScanQuery) -> Vec<ScanRow> {
    let mut query = query.clone();
    let mut rows = Vec::new();
    loop {
        let page = store.scan(&query).await.unwrap();
        assert!(page.len() <= query.limit.try_into().unwrap());
        let Some(last) = page.last() else {
            return rows;
        };
        // A page that does not move on would be asked for forever.
        assert!(
            page.iter()
                .all(|row| rows.iter().all(|seen: &ScanRow| seen.id != row.id))
        );
        query = query.after(last.id.clone());
        rows.extend(page);
    }
}

/// All events, in pages.
pub(super) async fn events_all(store: &dyn Store, query: &EventQuery) -> Vec<StoredEvent> {
    let mut query = query.clone();
    let mut events = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        assert!(page.len() <= query.limit.try_into().unwrap());
        let Some(last) = page.last() else {
            return events;
        };
        assert!(query.after.is_none_or(|after| match query.order {
            EventOrder::OldestFirst => after < page[0].position,
            EventOrder::NewestFirst => after > page[0].position,
        }));
        query = query.after(last.position);
        events.extend(page);
    }
}

/// The tenant's events from the oldest.
pub(super) async fn feed(store: &dyn Store, tenant: &TenantId) -> Vec<StoredEvent> {
    events_all(
        store,
        &EventQuery::new(tenant.clone(), EventOrder::OldestFirst, 50),
    )
    .await
}

/// Asserts that nothing of the tenant is visible anywhere.
pub(super) async fn assert_empty(store: &dyn Store, tenant: &TenantId) {
    for kind in DocumentKind::ALL {
        let query = ScanQuery::new(tenant.clone(), kind, 1);
        assert_eq!(store.scan(&query).await, Ok(Vec::new()));
        assert_eq!(store.count(&query).await, Ok(0));
    }
    for order in [EventOrder::OldestFirst, EventOrder::NewestFirst] {
        let query = EventQuery::new(tenant.clone(), order, 1);
        assert_eq!(store.events(&query).await, Ok(Vec::new()));
    }
}
