//! Cases about keys and bodies.

use alloc::{format, vec, vec::Vec};
use core::slice::from_ref;

use mfakit_core::{DocumentKey, DocumentKind, Revision, StoredDocument, TenantId, Write};

use super::samples::{
    account, assert_empty, feed, named, put, revision, scan_all, tenant, unique, write,
};
use crate::{ScanQuery, Store};

/// One entry per key, in their order, `None` where nothing is, whatever repeats.
pub async fn load_answers_in_the_order_of_the_keys(store: &dyn Store) {
    let (one, two) = (tenant(), tenant());
    let (a, b, c) = (
        account(&one, *b"a"),
        account(&one, *b"b"),
        account(&two, *b"c"),
    );
    let missing = account(&two, *b"a");
    put(store, [write(&a, 0, b"A", &[])]).await;
    put(store, [write(&b, 0, b"B", &[])]).await;
    put(store, [write(&c, 0, b"C", &[])]).await;

    let keys = [&c, &missing, &a, &b, &a, &missing, &c, &b].map(Clone::clone);
    let body = |body: &[u8]| Some(StoredDocument::new(Revision::new(1), body.into()));
    let expected = vec![
        body(b"C"),
        None,
        body(b"A"),
        body(b"B"),
        body(b"A"),
        None,
        body(b"C"),
        // Not the same from behind.
        body(b"B"),
    ];
    assert_eq!(store.load(&keys).await, Ok(expected));
    assert_eq!(store.load(&[]).await, Ok(Vec::new()));
}

/// Ids that look alike to a number, a text or a pattern are different ids.
pub async fn a5_ids_are_opaque_bytes(store: &dyn Store) {
    let tenant = tenant();
    let ids = odd_ids();
    for (i, id) in ids.iter().enumerate() {
        let key = account(&tenant, id.clone());
        assert_eq!(revision(store, &key).await, 0);
        put(store, [write(&key, 0, format!("{i}").as_bytes(), &[1])]).await;
    }
    for (i, id) in ids.iter().enumerate() {
        let body = format!("{i}").into_bytes();
        let loaded = store.load(&[account(&tenant, id.clone())]).await;
        let document = StoredDocument::new(Revision::new(1), body);
        assert_eq!(loaded, Ok(vec![Some(document)]));
    }
    let query = ScanQuery::new(tenant.clone(), DocumentKind::Account, 3);
    // The order of a scan is the store's own; `scans` has it.
    let mut scanned: Vec<_> = scan_all(store, &query)
        .await
        .into_iter()
        .map(|r| r.id)
        .collect();
    scanned.sort();
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(scanned, sorted);
    let of_events: Vec<_> = feed(store, &tenant)
        .await
        .into_iter()
        .map(|e| e.key.id)
        .collect();
    assert_eq!(of_events, ids);
}

/// The same id is another document in each kind.
pub async fn kinds_do_not_see_each_other(store: &dyn Store) {
    let tenant = tenant();
    for id in [&b""[..], b"a", b"\0"] {
        for (i, kind) in DocumentKind::ALL.into_iter().enumerate() {
            let keys = DocumentKind::ALL.map(|kind| DocumentKey::new(tenant.clone(), kind, id));
            let loaded = store.load(&keys).await.unwrap();
            assert_eq!(loaded.iter().flatten().count(), i);
            let key = DocumentKey::new(tenant.clone(), kind, id);
            put(store, [write(&key, 0, &[kind.number()], &[1])]).await;
        }
    }
    for kind in DocumentKind::ALL {
        let query = ScanQuery::new(tenant.clone(), kind, 10);
        let rows = store.scan(&query).await.unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.document.body == [kind.number()]));
        assert_eq!(store.count(&query).await, Ok(3));
    }
}

/// Tenants whose names begin alike, look like patterns, or fill the bound are different tenants.
pub async fn tenants_do_not_see_each_other(store: &dyn Store) {
    let tenants = odd_tenants();
    for (i, tenant) in tenants.iter().enumerate() {
        assert_empty(store, tenant).await;
        for kind in DocumentKind::ALL {
            let key = DocumentKey::new(tenant.clone(), kind, *b"a");
            assert_eq!(revision(store, &key).await, 0);
            put(store, [write(&key, 0, format!("{i}").as_bytes(), &[1])]).await;
        }
    }
    for (i, tenant) in tenants.iter().enumerate() {
        for kind in DocumentKind::ALL {
            let query = ScanQuery::new(tenant.clone(), kind, 10);
            let rows = store.scan(&query).await.unwrap();
            let body = format!("{i}").into_bytes();
            assert!(matches!(rows.as_slice(), [row] if row.document.body == body));
            assert_eq!(store.count(&query).await, Ok(1));
        }
        let events = feed(store, tenant).await;
        assert_eq!(events.len(), DocumentKind::ALL.len());
        assert!(events.iter().all(|event| event.key.tenant == *tenant));
    }
}

/// Bodies of every length around a page, of every byte, come back as they were, one after the other.
pub async fn bodies_come_back_bit_for_bit(store: &dyn Store) {
    let key = account(&tenant(), *b"a");
    let lengths = [
        0,
        1,
        255,
        256,
        1200,
        4095,
        4096,
        4097,
        9000,
        Write::MAX_BODY_LEN,
        3,
    ];
    for (expected, length) in (0..).zip(lengths) {
        let body: Vec<u8> = (0..=u8::MAX).rev().cycle().take(length).collect();
        put(store, [write(&key, expected, &body, &[])]).await;
        let document = StoredDocument::new(Revision::new(expected + 1), body);
        assert_eq!(store.load(from_ref(&key)).await, Ok(vec![Some(document)]));
    }
}

fn odd_ids() -> Vec<Vec<u8>> {
    let mut ids: Vec<Vec<u8>> = [
        "", "1", "01", "1 ", " 1", "+1", "1.0", "1e0", "\0", "1\0", "1\0\0", "0x1", "a", "A", "ä",
        "a\u{308}", "null", "NULL", "%", "_", "*", "[a]", "'", "\"", "\\", "--", ";", ":", "{a}",
        "a:b", "a/b", "\n", "\r\n",
    ]
    .map(|text| text.as_bytes().into())
    .into();
    ids.push(vec![0xff; DocumentKey::MAX_ID_LEN]);
    ids.push(vec![0xff; DocumentKey::MAX_ID_LEN - 1]);
    ids.push(vec![0; DocumentKey::MAX_ID_LEN]);
    ids.push(vec![0xc3, 0x28]);
    ids.push((0..=127).collect());
    ids.push((128..=255).collect());
    ids
}

fn odd_tenants() -> Vec<TenantId> {
    let base = unique();
    let mut names: Vec<_> = [
        "", "1", "01", ":", "%", "_", "*", "'", "\"", "\\", "--", "; ", "{a}", "}", "/", "..", "ä",
        "a\u{308}", "日本", "🔐", "a", "A",
    ]
    .map(|end| format!("{base}{end}"))
    .into();
    // The same random part, cut short and filled up.
    names.push(base.chars().take(15).collect());
    names.push(format!("{base:x<64}"));
    names.push(format!("{base:x<63}"));
    names.push(format!("%{base}"));
    names.push(format!(" {base}"));
    names.push(format!("{base} "));
    names.push(base.to_uppercase() + "A");
    names.iter().map(|name| named(name)).collect()
}
