//! The faulty store fails as planned, and only so.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use core::{num::NonZeroU32, slice::from_ref};

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, StoreError, TenantId, Write,
};
use mfakit_store::{
    EventOrder, EventQuery, MemoryStore, ScanQuery, Store,
    testkit::{Fault, FaultyStore, Plan},
};
use pollster::block_on;

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn key() -> DocumentKey {
    DocumentKey::new(tenant(), DocumentKind::Account, *b"a")
}

fn commit(expected: u64, body: &[u8]) -> Commit {
    let write = Write::new(
        key(),
        Revision::new(expected),
        Revision::new(expected + 1),
        body.into(),
        IndexValues::new(KeyId::new(1)),
        vec![SealedEvent::new(expected + 1, b"event".into())],
    );
    Commit::new(CommitId::new([0; 16]), vec![write])
}

fn body(store: &dyn Store) -> Option<Vec<u8>> {
    let loaded = block_on(store.load(from_ref(&key()))).unwrap();
    loaded
        .into_iter()
        .flatten()
        .next()
        .map(|document| document.body)
}

fn faulty(faults: &[(u64, Fault)]) -> FaultyStore<MemoryStore> {
    FaultyStore::new(MemoryStore::new(), Plan::script(faults.iter().copied()))
}

#[test]
fn commits_fail_as_scripted() {
    let cases = [
        (Fault::Unavailable, Err(StoreError::Unavailable), false),
        (Fault::UnclearStored, Err(StoreError::Unclear), true),
        (Fault::UnclearNotStored, Err(StoreError::Unclear), false),
        (Fault::UnclearStoredLater, Err(StoreError::Unclear), false),
        (Fault::Conflict, Ok(CommitOutcome::Conflict), false),
        (Fault::Corrupt, Err(StoreError::Corrupt), false),
    ];
    assert_eq!(cases.map(|(fault, ..)| fault), Fault::ALL);
    for (fault, answer, stored) in cases {
        let store = faulty(&[(0, fault)]);
        assert_eq!(block_on(store.commit(&commit(0, b"body"))), answer);
        assert_eq!(body(store.inner()).is_some(), stored);
        assert_eq!(store.faults(), [(0, fault)]);
        assert_eq!(store.calls(), 1);
    }
}

#[test]
fn late_commits_arrive_after_the_next_load() {
    let store = faulty(&[(0, Fault::UnclearStoredLater)]);
    let lost = block_on(store.commit(&commit(0, b"late")));
    assert_eq!(lost, Err(StoreError::Unclear));
    assert_eq!(body(&store), None);
    assert_eq!(body(&store), Some(b"late".into()));
}

#[test]
fn late_commits_arrive_before_the_next_commit() {
    let store = faulty(&[(0, Fault::UnclearStoredLater)]);
    let lost = block_on(store.commit(&commit(0, b"late")));
    assert_eq!(lost, Err(StoreError::Unclear));
    let second = block_on(store.commit(&commit(0, b"second")));
    assert_eq!(second, Ok(CommitOutcome::Conflict));
    assert_eq!(body(&store), Some(b"late".into()));
}

#[test]
fn late_commits_arrive_when_told() {
    let store = faulty(&[(0, Fault::UnclearStoredLater)]);
    let lost = block_on(store.commit(&commit(0, b"late")));
    assert_eq!(lost, Err(StoreError::Unclear));
    assert_eq!(block_on(store.arrive()), Ok(()));
    assert_eq!(body(store.inner()), Some(b"late".into()));
}

#[test]
fn reads_fail_without_an_answer() {
    for fault in Fault::ALL {
        let store = faulty(&[0, 1, 2, 3, 4].map(|call| (call, fault)));
        let error = if fault == Fault::Corrupt {
            StoreError::Corrupt
        } else {
            StoreError::Unavailable
        };
        let scan = ScanQuery::new(tenant(), DocumentKind::Account, 1);
        let events = EventQuery::new(tenant(), EventOrder::OldestFirst, 1);
        assert_eq!(block_on(store.load(from_ref(&key()))), Err(error));
        assert_eq!(block_on(store.scan(&scan)), Err(error));
        assert_eq!(block_on(store.count(&scan)), Err(error));
        assert_eq!(block_on(store.events(&events)), Err(error));
        assert_eq!(block_on(store.tenants(None, 1)), Err(error));
        assert_eq!(body(&store), None);
    }
}

#[test]
fn only_the_scripted_calls_fail() {
    let store = faulty(&[(1, Fault::Unavailable)]);
    let outcomes = [0, 1, 1].map(|expected| block_on(store.commit(&commit(expected, b"body"))));
    let committed = Ok(CommitOutcome::Committed);
    let expected = [committed, Err(StoreError::Unavailable), committed];
    assert_eq!(outcomes, expected);

    store.set_plan(Plan::script([(0, Fault::Conflict)]));
    assert_eq!((store.calls(), store.faults()), (0, vec![]));
    let conflict = block_on(store.commit(&commit(2, b"body")));
    assert_eq!(conflict, Ok(CommitOutcome::Conflict));
}

#[test]
fn a_seed_gives_the_same_faults_again() {
    let run = |seed| {
        let one_in = NonZeroU32::new(4).unwrap();
        let store = FaultyStore::new(MemoryStore::new(), Plan::seeded(seed, one_in));
        for _ in 0..400 {
            let _ = block_on(store.load(from_ref(&key())));
        }
        store.faults()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert!((60..140).contains(&run(1).len()));
    for fault in Fault::ALL {
        assert!(run(1).iter().any(|(_, drawn)| *drawn == fault));
    }
}
