//! Cases about reading events.

use alloc::{vec, vec::Vec};

use mfakit_core::{DocumentKey, DocumentKind, StoredEvent, TenantId};

use super::samples::{account, event, events_all, feed, put, tenant, write};
use crate::{EventOrder, EventQuery, Store};

/// Pages of any length give every event once, by growing position, each document's in the order of sequence.
pub async fn feed_has_every_event_once_in_order(store: &dyn Store) {
    let tenant = tenant();
    let expected = populate(store, &tenant).await;
    let total = u32::try_from(expected.len()).unwrap();
    for limit in [1, 2, 5, total - 1, total, total + 1, u32::MAX] {
        let query = EventQuery::new(tenant.clone(), EventOrder::OldestFirst, limit);
        let events = events_all(store, &query).await;
        assert!(
            events
                .windows(2)
                .all(|pair| pair[0].position < pair[1].position)
        );
        let mut places: Vec<_> = places(&events);
        for key in keys(&tenant) {
            let of_key: Vec<_> = places.iter().filter(|place| place.0 == key).collect();
            assert!(of_key.windows(2).all(|pair| pair[0].1 < pair[1].1));
        }
        places.sort();
        assert_eq!(places, expected);
        assert!(
            events
                .iter()
                .all(|stored| stored.event == event(stored.event.sequence))
        );
    }
}

/// The newest first is the same feed from its other end, in pages of any length.
pub async fn newest_first_is_the_feed_reversed(store: &dyn Store) {
    let tenant = tenant();
    populate(store, &tenant).await;
    let mut expected = feed(store, &tenant).await;
    expected.reverse();
    for limit in [1, 3, 1000] {
        let query = EventQuery::new(tenant.clone(), EventOrder::NewestFirst, limit);
        assert_eq!(events_all(store, &query).await, expected);
    }
}

/// The events of a document are those of the feed that carry its key, from both ends.
pub async fn document_events_are_its_own(store: &dyn Store) {
    let tenant = tenant();
    populate(store, &tenant).await;
    let feed = feed(store, &tenant).await;
    for key in keys(&tenant) {
        let mut expected: Vec<_> = feed.iter().filter(|e| e.key == key).cloned().collect();
        for limit in [1, 3, 1000] {
            let query = |order| EventQuery::new(tenant.clone(), order, limit).document(key.clone());
            let oldest = query(EventOrder::OldestFirst);
            assert_eq!(events_all(store, &oldest).await, expected);
            expected.reverse();
            let newest = query(EventOrder::NewestFirst);
            assert_eq!(events_all(store, &newest).await, expected);
            expected.reverse();
        }
        // Positions of other documents are cursors too.
        for cursor in feed.iter().map(|event| event.position) {
            let query = |order| EventQuery::new(tenant.clone(), order, 1000).document(key.clone());
            let behind = store
                .events(&query(EventOrder::OldestFirst).after(cursor))
                .await;
            let ahead = store
                .events(&query(EventOrder::NewestFirst).after(cursor))
                .await;
            let (behind, ahead) = (behind.unwrap(), ahead.unwrap());
            assert!(behind.iter().all(|event| event.position > cursor));
            assert!(ahead.iter().all(|event| event.position < cursor));
            let itself = expected.iter().filter(|e| e.position == cursor).count();
            assert_eq!(behind.len() + ahead.len() + itself, expected.len());
        }
    }
    let stranger = account(&tenant, *b"stranger");
    let query = EventQuery::new(tenant, EventOrder::OldestFirst, 10).document(stranger);
    assert_eq!(store.events(&query).await, Ok(Vec::new()));
}

/// A cursor beyond either end gives an empty page or the whole.
pub async fn positions_beyond_the_end_are_empty(store: &dyn Store) {
    let tenant = tenant();
    let count = populate(store, &tenant).await.len();
    let query = |order, after| EventQuery::new(tenant.clone(), order, 1000).after(after);
    for far in [1 << 62, i64::MAX.unsigned_abs(), u64::MAX] {
        let oldest = query(EventOrder::OldestFirst, far);
        assert_eq!(store.events(&oldest).await, Ok(Vec::new()));
        let newest = query(EventOrder::NewestFirst, far);
        assert_eq!(store.events(&newest).await.unwrap().len(), count);
    }
    let oldest = query(EventOrder::OldestFirst, 0);
    assert_eq!(store.events(&oldest).await.unwrap().len(), count);
    let newest = query(EventOrder::NewestFirst, 0);
    assert_eq!(store.events(&newest).await, Ok(Vec::new()));
}

fn keys(tenant: &TenantId) -> [DocumentKey; 4] {
    [
        account(tenant, *b"a"),
        account(tenant, *b"b"),
        DocumentKey::new(tenant.clone(), DocumentKind::Gate, *b"a"),
        DocumentKey::new(tenant.clone(), DocumentKind::Policy, []),
    ]
}

/// Commits to four documents alone and together, with none, one and several events, between those of another tenant.
async fn populate(store: &dyn Store, tenant: &TenantId) -> Vec<(DocumentKey, u64)> {
    let [a, b, gate, policy] = keys(tenant);
    let stranger = account(&super::samples::tenant(), *b"a");
    put(store, [write(&stranger, 0, b"", &[1])]).await;
    put(store, [write(&b, 0, b"", &[1, 2])]).await;
    put(store, [write(&a, 0, b"", &[]), write(&gate, 0, b"", &[1])]).await;
    put(
        store,
        [write(&a, 1, b"", &[1]), write(&b, 1, b"", &[3, 4, 5])],
    )
    .await;
    put(store, [write(&stranger, 1, b"", &[2, 3])]).await;
    put(store, [write(&policy, 0, b"", &[10])]).await;
    put(store, [write(&b, 2, b"", &[6]), write(&a, 2, b"", &[2])]).await;
    put(store, [write(&stranger, 2, b"", &[4])]).await;
    put(store, [write(&gate, 1, b"", &[2])]).await;
    let sequences = [
        (a, vec![1, 2]),
        (b, vec![1, 2, 3, 4, 5, 6]),
        (gate, vec![1, 2]),
        (policy, vec![10]),
    ];
    let mut places: Vec<_> = sequences
        .into_iter()
        .flat_map(|(key, sequences)| sequences.into_iter().map(move |s| (key.clone(), s)))
        .collect();
    places.sort();
    places
}

fn places(events: &[StoredEvent]) -> Vec<(DocumentKey, u64)> {
    events
        .iter()
        .map(|e| (e.key.clone(), e.event.sequence))
        .collect()
}
