//! Cases about events that are no longer kept.

use alloc::{vec, vec::Vec};
use core::slice::from_ref;

use mfakit_core::{DocumentKey, StoreError, StoredEvent};

use super::samples::{account, event, feed, put, refused, tenant, write};
use crate::Store;

/// Only events below the sequence go, of this document alone; the others keep their places.
pub async fn removes_the_oldest_and_nothing_else(store: &dyn Store) {
    let tenant = tenant();
    let (a, b) = (account(&tenant, *b"a"), account(&tenant, *b"b"));
    let namesake = account(&super::samples::tenant(), *b"a");
    for expected in 0..4 {
        let both = [2 * expected + 1, 2 * expected + 2];
        put(
            store,
            [
                write(&a, expected, b"", &both),
                write(&b, expected, b"", &both),
            ],
        )
        .await;
        put(store, [write(&namesake, expected, b"", &both)]).await;
    }
    let before = feed(store, &tenant).await;
    for (below, removed) in [(0, 0), (1, 0), (2, 1), (2, 0), (6, 4), (3, 0)] {
        assert_eq!(prune_all(store, &a, below).await, removed);
    }
    let kept = |stored: &&StoredEvent| stored.key != a || stored.event.sequence >= 6;
    let expected: Vec<_> = before.iter().filter(kept).cloned().collect();
    assert_eq!(feed(store, &tenant).await, expected);
    assert_eq!(feed(store, &namesake.tenant).await.len(), 8);

    let nobody = account(&tenant, *b"nobody");
    assert_eq!(prune_all(store, &nobody, u64::MAX).await, 0);
    let long = account(&tenant, vec![b'a'; DocumentKey::MAX_ID_LEN + 1]);
    let answer = store.prune_events(&long, 2).await;
    assert_eq!(answer, Err(StoreError::Refused));
}

/// However much is to go, the last event stays, and the next ones come behind it.
pub async fn the_last_event_stays_and_the_chain_goes_on(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    let long: Vec<u64> = (1..=300).collect();
    for (expected, sequences) in (0..).zip(long.chunks(100)) {
        put(store, [write(&key, expected, b"", sequences)]).await;
    }
    let last = feed(store, &tenant).await.pop().unwrap();
    assert_eq!(prune_all(store, &key, u64::MAX).await, 299);
    assert_eq!(feed(store, &tenant).await, from_ref(&last));
    assert_eq!(prune_all(store, &key, u64::MAX).await, 0);

    refused(
        store,
        [write(&key, 3, b"", &[300])],
        Err(StoreError::Corrupt),
    )
    .await;
    refused(store, [write(&key, 3, b"", &[7])], Err(StoreError::Corrupt)).await;
    put(store, [write(&key, 3, b"", &[301])]).await;
    let stored = feed(store, &tenant).await;
    assert!(matches!(stored.as_slice(), [first, second]
        if *first == last && second.event == event(301) && second.position > last.position));
}

/// Prunes until there is no more to remove; gives how many were removed.
async fn prune_all(store: &dyn Store, key: &DocumentKey, before: u64) -> u64 {
    let mut removed = 0;
    loop {
        match store.prune_events(key, before).await.unwrap() {
            0 => return removed,
            some => removed += some,
        }
    }
}
