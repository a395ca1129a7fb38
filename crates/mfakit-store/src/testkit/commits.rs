//! Cases about one commit after the other.

use alloc::{format, vec, vec::Vec};
use core::slice::from_ref;

use mfakit_core::{
    CommitOutcome, DocumentKind, IndexField, IndexValues, KeyId, Revision, StoreError,
    StoredDocument,
};

use super::samples::{account, assert_empty, feed, put, refused, revision, tenant, write};
use crate::{ScanQuery, Store};

const CONFLICT: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Conflict);

/// A wrong expected revision, too low or too high, of a document or of none, is a conflict and writes nothing.
pub async fn conflicts_write_nothing(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    for expected in [1, 2, 1 << 32, (1 << 62) - 1] {
        refused(store, [write(&key, expected, b"too early", &[1])], CONFLICT).await;
        assert_empty(store, &tenant).await;
    }

    put(store, [write(&key, 0, b"one", &[1])]).await;
    put(store, [write(&key, 1, b"two", &[2])]).await;
    put(store, [write(&key, 2, b"three", &[])]).await;
    let before = (
        store.load(from_ref(&key)).await.unwrap(),
        feed(store, &tenant).await,
    );
    let three = StoredDocument::new(Revision::new(3), b"three".to_vec());
    assert_eq!(before.0, [Some(three)]);
    for expected in [0, 1, 2, 4, 5, 1 << 32, (1 << 62) - 1] {
        refused(store, [write(&key, expected, b"wrong", &[3])], CONFLICT).await;
        refused(store, [write(&key, expected, b"wrong", &[])], CONFLICT).await;
        let after = (
            store.load(from_ref(&key)).await.unwrap(),
            feed(store, &tenant).await,
        );
        assert_eq!(after, before);
    }
    put(store, [write(&key, 3, b"four", &[3])]).await;
}

/// One wrong revision among several, at any place, and nothing of the commit is visible anywhere.
pub async fn commits_are_whole_or_nothing(store: &dyn Store) {
    let tenant = tenant();
    let keys: Vec<_> = (b'a'..=b'd').map(|id| account(&tenant, [id])).collect();
    let all = |wrong: Option<usize>, expected: u64, sequence: u64| -> Vec<_> {
        keys.iter()
            .enumerate()
            .map(|(i, key)| {
                let expected = if wrong == Some(i) {
                    expected + 1
                } else {
                    expected
                };
                let mut write = write(key, expected, b"body", &[sequence, sequence + 1]);
                write.index = IndexValues::new(KeyId::new(7));
                write
            })
            .collect()
    };
    for wrong in 0..keys.len() {
        refused(store, all(Some(wrong), 0, 1), CONFLICT).await;
        assert_empty(store, &tenant).await;
        assert_eq!(store.load(&keys).await, Ok(vec![None; keys.len()]));
    }
    put(store, all(None, 0, 1)).await;

    let everything = async || {
        let accounts = ScanQuery::new(tenant.clone(), DocumentKind::Account, 10);
        (
            store.load(&keys).await,
            store.scan(&accounts).await,
            store
                .count(&accounts.clone().within(IndexField::KeyId, 7, 7))
                .await,
            feed(store, &tenant).await,
        )
    };
    let before = everything().await;
    assert_eq!(before.2, Ok(4));
    assert_eq!(before.3.len(), 8);
    for wrong in 0..keys.len() {
        refused(store, all(Some(wrong), 1, 3), CONFLICT).await;
        assert_eq!(everything().await, before);
    }
    put(store, all(None, 1, 3)).await;
}

/// Revisions are 1, 2, 3 and so on, and one that was stored is never stored again.
pub async fn revisions_grow_by_one_and_never_repeat(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    assert_eq!(revision(store, &key).await, 0);
    for expected in 0..50 {
        let body = format!("body {expected}").into_bytes();
        put(store, [write(&key, expected, &body, &[expected + 1])]).await;
        refused(
            store,
            [write(&key, expected, b"again", &[expected + 2])],
            CONFLICT,
        )
        .await;
        let document = StoredDocument::new(Revision::new(expected + 1), body);
        assert_eq!(store.load(from_ref(&key)).await, Ok(vec![Some(document)]));
    }
    for expected in 0..50 {
        refused(store, [write(&key, expected, b"again", &[51])], CONFLICT).await;
    }
}

/// A commit without events leaves the chain where it was.
pub async fn documents_without_events_keep_their_chain(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    put(store, [write(&key, 0, b"", &[])]).await;
    put(store, [write(&key, 1, b"", &[1, 2, 3])]).await;
    put(store, [write(&key, 2, b"", &[])]).await;
    put(store, [write(&key, 3, b"", &[4])]).await;
    let events = feed(store, &tenant).await;
    let sequences: Vec<_> = events.iter().map(|event| event.event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
}

/// An event whose place is taken or passed is never stored, nor is anything beside it.
pub async fn refuses_events_out_of_order(store: &dyn Store) {
    let tenant = tenant();
    let (key, other) = (account(&tenant, *b"a"), account(&tenant, *b"b"));
    put(store, [write(&key, 0, b"one", &[3, 4])]).await;
    let before = feed(store, &tenant).await;

    for events in [&[4, 5][..], &[4], &[3], &[2], &[1], &[1, 2, 3, 4, 5]] {
        let writes = [
            write(&other, 0, b"beside", &[1]),
            write(&key, 1, b"two", events),
        ];
        refused(store, writes, Err(StoreError::Corrupt)).await;
        assert_eq!(feed(store, &tenant).await, before);
        assert_eq!(revision(store, &key).await, 1);
        assert_eq!(revision(store, &other).await, 0);
        // A wrong revision is looked at first.
        refused(store, [write(&key, 0, b"two", events)], CONFLICT).await;
    }
    put(store, [write(&key, 1, b"two", &[5])]).await;
    // A chain may begin anywhere and skip: what is missing is for the core to find.
    put(store, [write(&key, 2, b"three", &[9])]).await;
    refused(store, [write(&key, 3, b"", &[7])], Err(StoreError::Corrupt)).await;
}

/// Each commit replaces the index values.
pub async fn index_values_are_replaced(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    let accounts = ScanQuery::new(tenant, DocumentKind::Account, 10);
    for (expected, key_id) in [0, 1, u32::MAX, 5].into_iter().enumerate() {
        let mut write = write(&key, expected.try_into().unwrap(), b"", &[]);
        write.index = IndexValues::new(KeyId::new(key_id));
        put(store, [write]).await;

        let rows = store.scan(&accounts).await.unwrap();
        assert!(matches!(rows.as_slice(), [row] if row.index.key_id == KeyId::new(key_id)));
        for other in [0, 1, u32::MAX, 5] {
            let value = i64::from(other);
            let query = accounts.clone().within(IndexField::KeyId, value, value);
            assert_eq!(store.count(&query).await, Ok(u64::from(other == key_id)));
        }
    }
}
