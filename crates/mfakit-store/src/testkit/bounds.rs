//! Cases about what a store refuses, and what it must take.

use alloc::{vec, vec::Vec};
use core::slice::from_ref;

use mfakit_core::{
    CommitOutcome, DocumentKey, DocumentKind, Revision, SealedEvent, StoreError, Write,
};

use super::samples::{account, assert_empty, event, events_all, put, refused, tenant, write};
use crate::{EventOrder, EventQuery, ScanQuery, Store};

/// A commit that breaks a bound or a rule is refused, and nothing of it is stored.
pub async fn refuses_commits_outside_the_bounds(store: &dyn Store) {
    let (tenant, other) = (tenant(), tenant());
    let key = account(&tenant, *b"a");
    let good = || write(&account(&tenant, *b"good"), 0, b"body", &[1]);
    let with = |change: &dyn Fn(&mut Write)| {
        let mut bad = write(&key, 0, b"body", &[1]);
        change(&mut bad);
        bad
    };

    let bad = [
        with(&|w| w.key.id = vec![b'a'; DocumentKey::MAX_ID_LEN + 1]),
        with(&|w| w.key.tenant = other.clone()),
        with(&|w| w.body = vec![0; Write::MAX_BODY_LEN + 1]),
        with(&|w| w.events = vec![SealedEvent::new(1, vec![0; SealedEvent::MAX_LEN + 1])]),
        with(&|w| w.events = vec![event(0)]),
        with(&|w| w.events = vec![event(1), event(1)]),
        with(&|w| w.events = vec![event(2), event(1)]),
        with(&|w| w.events = vec![event(1), event(3)]),
        with(&|w| w.events = vec![event(i64::MAX.unsigned_abs() + 1)]),
        with(&|w| w.events = vec![event(u64::MAX)]),
        with(&|w| w.revision = Revision::ABSENT),
        with(&|w| w.revision = Revision::new(2)),
        with(&|w| {
            w.expected = Revision::new(i64::MAX.unsigned_abs());
            w.revision = Revision::new(i64::MAX.unsigned_abs() + 1);
        }),
        with(&|w| {
            w.expected = Revision::new(u64::MAX);
            w.revision = Revision::ABSENT;
        }),
        // The same key as the good write beside it.
        good(),
    ];
    for bad in bad {
        let refusal = Err(StoreError::Refused);
        refused(store, [good(), bad.clone()], refusal).await;
        refused(store, [bad, good()], refusal).await;
    }
    refused(store, [], Err(StoreError::Refused)).await;

    assert_empty(store, &tenant).await;
    assert_empty(store, &other).await;
    let loaded = store.load(&[key, account(&tenant, *b"good")]).await;
    assert_eq!(loaded, Ok(vec![None, None]));
}

/// A query that breaks a bound or a rule is refused.
pub async fn refuses_queries_outside_the_bounds(store: &dyn Store) {
    let tenant = tenant();
    let long = account(&tenant, [b'a'; DocumentKey::MAX_ID_LEN + 1]);
    let keys = [account(&tenant, *b"a"), long.clone()];
    assert_eq!(store.load(&keys).await, Err(StoreError::Refused));

    let no_rows = ScanQuery::new(tenant.clone(), DocumentKind::Account, 0);
    assert_eq!(store.scan(&no_rows).await, Err(StoreError::Refused));
    assert_eq!(store.count(&no_rows).await, Err(StoreError::Refused));

    for order in [EventOrder::OldestFirst, EventOrder::NewestFirst] {
        let query = |limit| EventQuery::new(tenant.clone(), order, limit);
        let foreign = account(&super::samples::tenant(), *b"a");
        for bad in [
            query(0),
            query(1).document(long.clone()),
            query(1).document(foreign),
        ] {
            assert_eq!(store.events(&bad).await, Err(StoreError::Refused));
        }
    }
}

/// The longest of everything is stored, and comes back.
pub async fn stores_what_just_fits(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, [0xff; DocumentKey::MAX_ID_LEN]);
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(Write::MAX_BODY_LEN).collect();
    let longest: Vec<u8> = (0..=u8::MAX)
        .rev()
        .cycle()
        .take(SealedEvent::MAX_LEN)
        .collect();
    let last = i64::MAX.unsigned_abs();

    let mut fits = write(&key, 0, &body, &[]);
    fits.events = vec![
        SealedEvent::new(last - 1, longest.clone()),
        SealedEvent::new(last, Vec::new()),
    ];
    put(store, [fits]).await;

    let loaded = store.load(from_ref(&key)).await.unwrap();
    assert!(matches!(loaded.as_slice(), [Some(document)] if document.body == body));
    let query = EventQuery::new(tenant, EventOrder::OldestFirst, u32::MAX).document(key.clone());
    let events = events_all(store, &query).await;
    let stored: Vec<_> = events.into_iter().map(|e| (e.key, e.event)).collect();
    let expected = [
        (key.clone(), SealedEvent::new(last - 1, longest)),
        (key.clone(), SealedEvent::new(last, Vec::new())),
    ];
    assert_eq!(stored, expected);

    // An empty body is a body.
    put(store, [write(&key, 1, b"", &[])]).await;
    let loaded = store.load(from_ref(&key)).await.unwrap();
    assert!(matches!(loaded.as_slice(), [Some(document)] if document.body.is_empty()));
    // A document at the last revision there can be is out of reach, but expecting it is only a conflict.
    let unreachable = write(&key, last - 1, b"", &[]);
    refused(store, [unreachable], Ok(CommitOutcome::Conflict)).await;
}
