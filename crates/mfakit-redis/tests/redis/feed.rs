//! The feed over many buckets, whatever clocks do.

use core::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mfakit_core::{CommitOutcome, StoredEvent};
use mfakit_store::{EventOrder, EventQuery, Store};
use pollster::block_on;

use crate::{
    samples::{events, put, revision, tenant},
    server::shared_redis,
    support::{ask, fresh},
};

fn page(store: &dyn Store, after: Option<u64>, limit: u32) -> Vec<StoredEvent> {
    let mut query = EventQuery::new(tenant(), EventOrder::OldestFirst, limit);
    query.after = after;
    block_on(store.events(&query)).unwrap()
}

fn ids(events: &[StoredEvent]) -> Vec<&[u8]> {
    events.iter().map(|event| event.key.id.as_slice()).collect()
}

/// The clock of a bucket lies far ahead of the others, as that of a node whose time was wrong. Once its event was seen,
/// events of all other buckets come behind it, those of buckets that did not exist too.
#[test]
fn nothing_appears_before_what_was_seen() {
    let (store, prefix) = fresh("feed-ahead");
    put(&store, "a", 0).unwrap();
    put(&store, "b", 0).unwrap();
    let clock = format!("{prefix}:{{{}:4:acme}}:clock", 0x7c87 % 1024);
    // A century from now.
    ask::<String>(
        &shared_redis(),
        &[b"SET", clock.as_bytes(), b"5000000000000000"],
    );
    put(&store, "a", 1).unwrap();
    let seen = events(&store);
    assert_eq!(ids(&seen), [b"a", b"b", b"a"]);
    let cursor = seen.last().unwrap().position;
    assert_eq!(page(&store, Some(cursor), 9), []);

    put(&store, "b", 1).unwrap();
    put(&store, "new", 0).unwrap();
    put(&store, "a", 2).unwrap();
    let later = page(&store, Some(cursor), 9);
    assert_eq!(later.len(), 3);
    assert!(later.iter().all(|event| event.position > cursor));
    assert_eq!(events(&store).len(), 6);
}

/// Without a reader nothing is raised: then an event may be placed before one of a bucket that is ahead.
#[test]
fn what_nobody_saw_may_be_overtaken() {
    let (store, prefix) = fresh("feed-unseen");
    put(&store, "a", 0).unwrap();
    let clock = format!("{prefix}:{{{}:4:acme}}:clock", 0x7c87 % 1024);
    ask::<String>(
        &shared_redis(),
        &[b"SET", clock.as_bytes(), b"5000000000000000"],
    );
    put(&store, "a", 1).unwrap();
    put(&store, "b", 0).unwrap();
    assert_eq!(ids(&events(&store)), [b"a", b"b", b"a"]);
}

/// Accounts come into being under a reader, each in a bucket of its own, while others are written.
#[test]
fn buckets_that_come_into_being_are_not_missed() {
    const WRITERS: usize = 8;
    const EACH: usize = 60;
    let (store, _) = fresh("feed-new");
    let writing = AtomicBool::new(true);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen: Vec<StoredEvent> = Vec::new();
            loop {
                let done = !writing.load(Ordering::SeqCst);
                let after = seen.last().map(|event| event.position);
                let page = page(&store, after, 17);
                if page.is_empty() && done {
                    return seen;
                }
                seen.extend(page);
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = &store;
                scope.spawn(move || {
                    for account in 0..EACH {
                        let id = format!("{writer} {account}");
                        for expected in 0..2 {
                            let outcome = put(store, &id, expected);
                            assert_eq!(outcome, Ok(CommitOutcome::Committed));
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert_eq!(seen.len(), WRITERS * EACH * 2);
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].position < pair[1].position)
    );
    assert_eq!(seen, events(&store));
}

/// All events in one bucket, among many that are nearly empty, in pages that are shorter than what it holds.
#[test]
fn uneven_buckets_give_whole_pages() {
    let (store, _) = fresh("feed-uneven");
    for expected in 0..300 {
        put(&store, "busy", expected).unwrap();
    }
    for quiet in 0..200 {
        put(&store, &format!("quiet {quiet}"), 0).unwrap();
    }
    let all = events(&store);
    assert_eq!(all.len(), 500);
    for limit in [1, 10, 64, 299, 300, 301, 499, 500, 501] {
        let wanted = usize::try_from(limit).unwrap().min(500);
        assert_eq!(page(&store, None, limit), all[..wanted]);
        let newest = EventQuery::new(tenant(), EventOrder::NewestFirst, limit);
        let mut newest = block_on(store.events(&newest)).unwrap();
        newest.reverse();
        assert_eq!(newest, all[500 - wanted..]);
    }
    assert_eq!(revision(&store, "busy"), Ok(300));
}
