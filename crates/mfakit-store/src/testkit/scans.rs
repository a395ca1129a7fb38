//! Cases about scans and counts.

use alloc::{vec, vec::Vec};

use mfakit_core::{
    DocumentKey, DocumentKind, IndexField, IndexValues, KeyId, StoreError, TenantId,
};

use super::samples::{account, named, put, scan_all, tenant, unique, write};
use crate::{ScanQuery, ScanRow, Store};

/// Pages of any length give every document once, and always in one order.
pub async fn pages_have_every_document_once(store: &dyn Store) {
    let tenant = tenant();
    let ids = populate(store, &tenant).await;
    let query = |limit| ScanQuery::new(tenant.clone(), DocumentKind::Account, limit);
    let total = u32::try_from(ids.len()).unwrap();
    let mut order = ids_of(&scan_all(store, &query(u32::MAX)).await);
    assert_eq!(sorted(order.clone()), ids);
    for limit in [1, 2, 7, total - 1, total, total + 1, u32::MAX] {
        let rows = scan_all(store, &query(limit)).await;
        assert_eq!(ids_of(&rows), order);
        for row in rows {
            let loaded = store.load(&[account(&tenant, row.id)]).await;
            assert_eq!(loaded, Ok(vec![Some(row.document)]));
        }
    }
    // A page may start behind an id that no document has.
    for after in [&b"\0\0"[..], b"\x80\xff", b"a", &[0xff; 127]] {
        let behind = ids_of(&store.scan(&query(100).after(after)).await.unwrap());
        assert!(order.ends_with(&behind));
        put(store, [write(&account(&tenant, after), 0, b"", &[])]).await;
        let all = ids_of(&scan_all(store, &query(7)).await);
        let place = all.iter().position(|id| id == after).unwrap();
        assert_eq!(all[place + 1..], behind);
        order = all;
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
        assert_eq!(sorted(ids_of(&rows)), expected);
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

/// Tenants with a policy are listed once each, in pages of any length; tenants without one are not.
pub async fn tenants_have_a_policy(store: &dyn Store) {
    let prefix = unique();
    let name = |suffix: &str| named(&alloc::format!("{prefix}{suffix}"));
    let ours = ["-a", "", "-B", "-aa"].map(name);
    for tenant in &ours {
        let policy = DocumentKey::new(tenant.clone(), DocumentKind::Policy, []);
        put(store, [write(&policy, 0, b"", &[1])]).await;
        put(store, [write(&policy, 1, b"", &[2])]).await;
        put(store, [write(&account(tenant, *b"a"), 0, b"", &[])]).await;
    }
    let without = name("-without");
    put(store, [write(&account(&without, *b"a"), 0, b"", &[])]).await;

    let mut order: Option<Vec<TenantId>> = None;
    for limit in [1, 2, 1000, u32::MAX] {
        let mut listed: Vec<TenantId> = Vec::new();
        loop {
            let page = store.tenants(listed.last(), limit).await.unwrap();
            assert!(page.len() <= limit.try_into().unwrap());
            assert!(page.iter().all(|tenant| !listed.contains(tenant)));
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        // Others may work in the same store.
        listed.retain(|tenant| tenant.as_str().starts_with(&prefix));
        assert_eq!(order.get_or_insert_with(|| listed.clone()), &listed);
    }
    let mut listed = order.unwrap();
    listed.sort();
    let mut expected = ours.to_vec();
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(store.tenants(None, 0).await, Err(StoreError::Refused));
}

fn ids_of(rows: &[ScanRow]) -> Vec<Vec<u8>> {
    rows.iter().map(|row| row.id.clone()).collect()
}

fn sorted(mut ids: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    ids.sort();
    ids
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
        write.key.tenant = named(&alloc::format!("{}x", tenant.as_str()));
        put(store, [write]).await;
    }
    ids
}
