//! Cases about what stays: after a dropped future, and after the store was closed.

use alloc::vec::Vec;
use core::task::{Context, Waker};

use mfakit_core::{CommitOutcome, DocumentKind};

use super::{
    Fixture,
    samples::{
        account, assert_empty, commit, feed, put, refused, revision, scan_all, tenant, write,
    },
};
use crate::{ScanQuery, Store};

/// A commit future dropped after a few polls leaves both documents and both events, or none, and the store usable.
pub async fn dropped_commits_are_whole_or_nothing(store: &dyn Store) {
    let tenant = tenant();
    for round in 0..48_u8 {
        let (a, b) = (
            account(&tenant, [b'a', round]),
            account(&tenant, [b'b', round]),
        );
        let dropped = commit([
            write(&a, 0, b"dropped", &[1]),
            write(&b, 0, b"dropped", &[1]),
        ]);
        {
            let mut future = store.commit(&dropped);
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..=round % 3 {
                if future.as_mut().poll(&mut context).is_ready() {
                    break;
                }
            }
        }
        // The dropped commit may still be on its way, so only a commit over it settles what became of it.
        loop {
            let expected = revision(store, &a).await;
            let writes = [
                write(&a, expected, b"after", &[expected + 1]),
                write(&b, expected, b"after", &[expected + 1]),
            ];
            if store.commit(&commit(writes)).await.unwrap() == CommitOutcome::Committed {
                break;
            }
        }
        let (of_a, of_b) = (revision(store, &a).await, revision(store, &b).await);
        assert_eq!(of_a, of_b);
        assert!(of_a == 1 || of_a == 2);
        let events = feed(store, &tenant).await;
        for key in [a, b] {
            let count = events.iter().filter(|event| event.key == key).count();
            assert_eq!(u64::try_from(count), Ok(of_a));
        }
    }
}

/// A commit future that is made and dropped, but never polled, does nothing.
pub async fn commits_never_polled_do_nothing(store: &dyn Store) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    let never = commit([write(&key, 0, b"never", &[1])]);
    for _ in 0..8 {
        drop(store.commit(&never));
    }
    assert_empty(store, &tenant).await;
    put(store, [write(&key, 0, b"body", &[1])]).await;
    assert_empty(store, &super::samples::tenant()).await;
}

/// Whatever was answered is there when the store is opened again; revisions and positions go on from there.
///
/// A fixture that can't reopen has nothing to show here.
pub fn everything_is_there_after_reopening<F: Fixture>(fixture: F) {
    let tenant = tenant();
    let accounts = ScanQuery::new(tenant.clone(), DocumentKind::Account, 7);
    let key = |id: u8| account(&tenant, [id]);
    let everything = async |store: &dyn Store| {
        (
            scan_all(store, &accounts).await,
            store.count(&accounts).await,
            feed(store, &tenant).await,
        )
    };
    let before = F::block_on(async {
        let store = fixture.store();
        for id in 0..=u8::MAX {
            let body: Vec<u8> = (0..=id).cycle().take(usize::from(id) * 9).collect();
            put(store, [write(&key(id), 0, &body, &[1, 2])]).await;
        }
        put(store, [write(&key(3), 1, b"three", &[3])]).await;
        everything(store).await
    });
    assert_eq!(before.0.len(), 256);
    assert_eq!(before.2.len(), 513);

    F::block_on(async {
        let Some(fixture) = fixture.reopen().await else {
            return;
        };
        let store = fixture.store();
        assert_eq!(everything(store).await, before);
        let conflict = Ok(CommitOutcome::Conflict);
        refused(store, [write(&key(3), 1, b"again", &[4])], conflict).await;
        refused(store, [write(&key(4), 0, b"again", &[3])], conflict).await;
        put(store, [write(&key(3), 2, b"four", &[4])]).await;
        let after = everything(store).await;
        assert_eq!(after.2.len(), 514);
        assert_eq!(after.2[..513], before.2);
        assert!(after.2[513].position > after.2[512].position);
    });
}
