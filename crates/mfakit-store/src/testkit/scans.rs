//! Cases about scans and counts.

use alloc::{vec, vec::Vec};

use mfakit_core::{DocumentKind, IndexField, IndexValues, KeyId, TenantId};

use super::samples::{account, put, scan_all, tenant, write};
use crate::{ScanQuery, Store};

/// Pages of any length give every document once, in the order of the bytes of their ids.
pub async fn pages_follow_the_order_of_bytes(store: &dyn Store) {
    let tenant = tenant();
    let ids = populate(store, &tenant).await;
    let query = |limit| ScanQuery::new(tenant.clone(), DocumentKind::Account, limit);
    let total = u32::try_from(ids.len()).unwrap();
    for limit in [1, 2, 7, total - 1, total, total + 1, u32::MAX] {
        let rows = scan_all(store, &query(limit)).await;
        let scanned: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
        assert_eq!(scanned, ids);
        for row in rows {
            let loaded = store.load(&[account(&tenant, row.id)]).await;
            assert_eq!(loaded, Ok(vec![Some(row.document)]));
        }
    }
    // A page may start behind an id that no document has.
    for (after, count) in [
        (&b""[..], 20),
        (b"\0\0", 19),
        (b"\x80\xff", 10),
        (&[0xff; 200], 0),
    ] {
        let rows = store.scan(&query(100).after(after)).await.unwrap();
        let behind = ids.iter().filter(|id| id.as_slice() > after).count();
        assert_eq!((rows.len(), behind), (count, count));
    }
}

/// `within` takes both ends in, pages like everything else, and is what `count` counts.
pub async fn within_selects_by_index_value(store: &dyn Store) {
    let tenant = tenant();
    let ids = populate(store, &tenant).await;
    let all = ScanQuery::new(tenant.clone(), DocumentKind::Account, 2);
    let ranges = [
        (0, 4),
        (1, 1),
        (1, 3),
        (4, 4),
        (5, 9),
        (3, 1),
        (-5, -1),
        (-1, 0),
        (i64::MIN, i64::MAX),
        (2, i64::MAX),
        (i64::MIN, 2),
    ];
    for (low, high) in ranges {
        let query = all.clone().within(IndexField::KeyId, low, high);
        let expected: Vec<_> = ids
            .iter()
            .enumerate()
            .filter(|(i, _)| {
                let value = i64::try_from(i % 5).unwrap();
                low <= value && value <= high
            })
            .map(|(_, id)| id.clone())
            .collect();
        let rows = scan_all(store, &query).await;
        let scanned: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
        assert_eq!(scanned, expected);
        for row in rows {
            let value = row.index.get(IndexField::KeyId).unwrap();
            assert!(low <= value && value <= high);
        }
        let count = u64::try_from(expected.len()).unwrap();
        assert_eq!(store.count(&query).await, Ok(count));
    }
}

/// `after` and `limit` don't change a count.
pub async fn count_looks_at_no_page(store: &dyn Store) {
    let tenant = tenant();
    let ids = populate(store, &tenant).await;
    let query = ScanQuery::new(tenant, DocumentKind::Account, 1);
    let count = u64::try_from(ids.len()).unwrap();
    assert_eq!(store.count(&query).await, Ok(count));
    let last = ids.last().unwrap().clone();
    assert_eq!(
        store.count(&query.clone().after(last.clone())).await,
        Ok(count)
    );
    let within = query.after(last).within(IndexField::KeyId, 0, 0);
    assert_eq!(store.count(&within).await, Ok(5));
}

/// Stores 21 accounts, in no order, with index values 0 to 4 in turn; gives their ids in order.
///
/// Around them lie documents that no scan of these accounts may show.
async fn populate(store: &dyn Store, tenant: &TenantId) -> Vec<Vec<u8>> {
    let mut ids: Vec<Vec<u8>> = vec![Vec::new(), vec![0], vec![0, 1], vec![0xff], vec![0xff; 128]];
    ids.extend((0..8).map(|i| vec![0x80, i]));
    ids.extend((0..8).map(|i| vec![0x81, 0xff - i]));
    ids.sort();
    let mut numbered: Vec<_> = ids.iter().enumerate().collect();
    numbered.sort_by_key(|(i, _)| (i * 8) % 21);
    for (i, id) in numbered {
        let mut write = write(&account(tenant, id.clone()), 0, id, &[]);
        write.index = IndexValues::new(KeyId::new(u32::try_from(i % 5).unwrap()));
        put(store, [write.clone()]).await;
        write.key.kind = DocumentKind::Gate;
        put(store, [write.clone()]).await;
        write.key.kind = DocumentKind::Account;
        write.key.tenant = super::samples::named(&alloc::format!("{}x", tenant.as_str()));
        put(store, [write]).await;
    }
    ids
}
