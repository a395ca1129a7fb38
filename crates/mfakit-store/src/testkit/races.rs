//! Cases with many threads at once.

use alloc::{collections::BTreeMap, format, vec::Vec};
use core::{
    slice::from_ref,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::{sync::Barrier, thread};

use mfakit_core::{CommitOutcome, DocumentKey, DocumentKind};

use super::{
    Fixture,
    samples::{account, commit, feed, revision, scan_all, tenant, write},
};
use crate::{EventOrder, EventQuery, ScanQuery, Store};

const THREADS: usize = 64;

/// Of 64 commits that expect the same revision exactly one is stored: its body and its event, and no other's.
pub fn one_of_64_commits_of_a_revision_is_stored<F: Fixture>(fixture: F) {
    let tenant = tenant();
    let key = account(&tenant, *b"a");
    for round in 0..10 {
        let outcomes = race::<F, _>(async |thread| {
            let body = format!("{round} {thread}").into_bytes();
            let write = write(&key, round, &body, &[round + 1]);
            fixture.store().commit(&commit([write])).await.unwrap()
        });
        let mut winners = outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| **outcome == CommitOutcome::Committed);
        let (winner, _) = winners.next().unwrap();
        assert_eq!(winners.next(), None);

        let loaded = F::block_on(fixture.store().load(from_ref(&key))).unwrap();
        let body = format!("{round} {winner}").into_bytes();
        assert!(matches!(loaded.as_slice(), [Some(document)] if document.body == body));
        let events = F::block_on(feed(fixture.store(), &tenant)).len();
        assert_eq!(u64::try_from(events), Ok(round + 1));
    }
}

/// Commits of two documents each, in both orders, leave both at the same revision with the same body.
pub fn commits_of_two_documents_never_mix<F: Fixture>(fixture: F) {
    let tenant = tenant();
    let (a, b) = (account(&tenant, *b"a"), account(&tenant, *b"b"));
    race::<F, _>(async |thread| {
        let store = fixture.store();
        for _ in 0..5 {
            let expected = revision(store, &a).await;
            let body = format!("{thread} {expected}").into_bytes();
            let mut writes =
                Vec::from([&a, &b].map(|key| write(key, expected, &body, &[expected + 1])));
            if thread % 2 == 1 {
                writes.reverse();
            }
            store.commit(&commit(writes)).await.unwrap();
        }
    });
    let loaded = F::block_on(fixture.store().load(&[a, b])).unwrap();
    assert!(matches!(loaded.as_slice(), [Some(a), Some(b)] if a == b));
    let revision = loaded
        .iter()
        .flatten()
        .map(|document| document.revision.number())
        .max();
    let events = F::block_on(feed(fixture.store(), &tenant)).len();
    assert_eq!(
        u64::try_from(events).ok(),
        revision.map(|revision| 2 * revision)
    );
}

/// 64 threads that each change a document of their own all succeed, every time.
pub fn different_documents_do_not_disturb_each_other<F: Fixture>(fixture: F) {
    let tenant = tenant();
    let key = |thread: usize| account(&tenant, format!("{thread}"));
    race::<F, _>(async |thread| {
        for expected in 0..10 {
            let write = write(&key(thread), expected, b"body", &[expected + 1]);
            let outcome = fixture.store().commit(&commit([write])).await;
            assert_eq!(outcome, Ok(CommitOutcome::Committed));
        }
    });
    for thread in 0..THREADS {
        assert_eq!(F::block_on(revision(fixture.store(), &key(thread))), 10);
    }
    let events = F::block_on(feed(fixture.store(), &tenant));
    assert_eq!(events.len(), THREADS * 10);
}

/// 64 threads that read a number, add one and commit, again on a conflict, count to exactly what they were told.
pub fn increments_are_never_lost<F: Fixture>(fixture: F) {
    const EACH: u64 = 4;
    let key = account(&tenant(), *b"counter");
    race::<F, _>(async |_| {
        let mut left = EACH;
        while left > 0 {
            left -= u64::from(increment(fixture.store(), &key).await);
        }
    });
    let loaded = F::block_on(fixture.store().load(&[key])).unwrap();
    let document = loaded.into_iter().flatten().next().unwrap();
    let total = u64::try_from(THREADS).unwrap() * EACH;
    assert_eq!(document.body, total.to_be_bytes());
    assert_eq!(document.revision.number(), total);
}

/// A load that begins after a commit was answered sees it, on whatever thread.
pub fn load_is_never_older_than_an_answer<F: Fixture>(fixture: F) {
    const READERS: usize = 4;
    const TIMES: u64 = 100;
    let key = account(&tenant(), *b"a");
    let (answered, loads) = (AtomicU64::new(0), AtomicU64::new(0));
    let (writing, reading) = (AtomicUsize::new(1), AtomicUsize::new(READERS));
    let start = Barrier::new(READERS + 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&writing);
            start.wait();
            // A fast store is done before the first load, so the writer goes on until enough loads had news.
            let mut expected = 0;
            while expected < TIMES || loads.load(Ordering::SeqCst) < TIMES {
                let commit = commit([write(&key, expected, b"", &[])]);
                let outcome = F::block_on(fixture.store().commit(&commit));
                assert_eq!(outcome, Ok(CommitOutcome::Committed));
                expected += 1;
                answered.store(expected, Ordering::SeqCst);
                assert_eq!(reading.load(Ordering::SeqCst), READERS);
            }
        });
        for _ in 0..READERS {
            scope.spawn(|| {
                let failed = Done(&reading);
                start.wait();
                let mut last = 0;
                while writing.load(Ordering::SeqCst) == 1 {
                    let before = answered.load(Ordering::SeqCst);
                    assert!(F::block_on(revision(fixture.store(), &key)) >= before);
                    loads.fetch_add(u64::from(before > last), Ordering::SeqCst);
                    last = before;
                }
                core::mem::forget(failed);
            });
        }
    });
}

/// A reader that follows the feed while eight threads write misses nothing and sees nothing twice.
pub fn feed_is_complete_behind_its_cursor<F: Fixture>(fixture: F) {
    const WRITERS: usize = 8;
    const COMMITS: u64 = 40;
    let tenant = tenant();
    let writing = AtomicUsize::new(WRITERS);
    let start = Barrier::new(WRITERS + 1);
    let seen = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (start, writing, fixture) = (&start, &writing, &fixture);
            let key = account(&tenant, format!("{writer}"));
            scope.spawn(move || {
                let _done = Done(writing);
                start.wait();
                for expected in 0..COMMITS {
                    let write = write(&key, expected, b"", &[2 * expected + 1, 2 * expected + 2]);
                    let outcome = F::block_on(fixture.store().commit(&commit([write])));
                    assert_eq!(outcome, Ok(CommitOutcome::Committed));
                }
            });
        }
        start.wait();
        let mut seen = Vec::new();
        let mut query = EventQuery::new(tenant.clone(), EventOrder::OldestFirst, 7);
        loop {
            let done = writing.load(Ordering::SeqCst) == 0;
            let page = F::block_on(fixture.store().events(&query)).unwrap();
            match page.last() {
                Some(last) => query = query.after(last.position),
                None if done => break seen,
                None => thread::yield_now(),
            }
            seen.extend(page);
        }
    });
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].position < pair[1].position)
    );
    let mut chains = BTreeMap::<DocumentKey, u64>::new();
    for event in seen {
        let last = chains.entry(event.key).or_default();
        assert_eq!(event.event.sequence, *last + 1);
        *last += 1;
    }
    assert_eq!(chains.len(), WRITERS);
    assert!(chains.values().all(|last| *last == 2 * COMMITS));
}

/// Pages that follow each other have every document once that was there all the time, whatever is committed meanwhile.
pub fn scans_are_complete_while_others_write<F: Fixture>(fixture: F) {
    const THERE: usize = 40;
    let store = fixture.store();
    let tenant = tenant();
    let there: Vec<_> = (0..THERE)
        .map(|place| account(&tenant, format!("{place:02} there")))
        .collect();
    F::block_on(async {
        for key in &there {
            assert!(increment(store, key).await);
        }
    });
    race::<F, _>(async |thread| {
        if thread % 8 == 0 {
            for limit in [7, 25] {
                let query = ScanQuery::new(tenant.clone(), DocumentKind::Account, limit);
                let rows = scan_all(store, &query).await;
                let mut ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
                let all = ids.len();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), all);
                ids.retain(|id| id.ends_with(b"there"));
                assert_eq!(ids.len(), THERE);
            }
        } else {
            for turn in 0..4 {
                // One that was there, before, between or behind the pages, and a new one; a conflict is as good.
                increment(store, &there[(thread * 7 + turn * 11) % THERE]).await;
                increment(store, &account(&tenant, format!("{thread:02} {turn}"))).await;
            }
        }
    });
}

/// Reads the number in the document and commits the next one; false on a conflict.
async fn increment(store: &dyn Store, key: &DocumentKey) -> bool {
    let loaded = store.load(from_ref(key)).await.unwrap();
    let (expected, number) = loaded
        .into_iter()
        .flatten()
        .next()
        .map_or((0, 0), |document| {
            let number = u64::from_be_bytes(document.body.try_into().unwrap());
            (document.revision.number(), number)
        });
    let write = write(key, expected, &(number + 1).to_be_bytes(), &[]);
    store.commit(&commit([write])).await == Ok(CommitOutcome::Committed)
}

/// Runs `task` on 64 threads that start together; gives what each returned, in their order.
fn race<F: Fixture, T: Send>(task: impl AsyncFn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let (start, task) = (&start, &task);
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    start.wait();
                    F::block_on(task(thread))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Counts a thread out when it ends, also when it fails, so that those who follow it end too.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
