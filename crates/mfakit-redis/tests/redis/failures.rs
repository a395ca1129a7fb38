//! What callers are told when the server fails.

use alloc::sync::Arc;
use core::{
    task::{Context, Waker},
    time::Duration,
};
use std::sync::Mutex;

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexField, StoreError,
};
use mfakit_redis::{KeyPrefix, RedisOptions, RedisStore};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store as _};
use pollster::block_on;

use crate::{
    samples::{commit, events, key, put, revision, tenant, write},
    server::{Server, shared_redis},
    support::{ask, client, fresh, open, run},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

/// The names of the keys of the bucket of the account `a`.
fn key_of_a(prefix: &str, part: &str) -> Vec<u8> {
    // CRC-16/XMODEM of `a` is 0x7c87.
    format!("{prefix}:{{{}:4:acme}}:{part}", 0x7c87 % 1024).into_bytes()
}

fn options(prefix: &str) -> RedisOptions {
    RedisOptions::new().prefix(KeyPrefix::new(prefix).unwrap())
}

/// Memory is full: nothing is stored, what is there can be read, and pruning helps.
#[test]
fn a_server_without_memory_stores_all_or_nothing() {
    let server = Server::redis(&[]);
    let store = open(server.url());
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(put(&store, "a", 1), COMMITTED);
    let limit = |bytes: &[u8]| {
        ask::<String>(server.url(), &[b"CONFIG", b"SET", b"maxmemory", bytes]);
    };
    // Room for some commits more, and then for none.
    let used = ask::<String>(server.url(), &[b"INFO", b"memory"]);
    let used = used
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    let used: u64 = used.unwrap().trim().parse().unwrap();
    limit((used + 1_000_000).to_string().as_bytes());
    let body = vec![7; 16_000];
    let mut stored = 0;
    let refused = loop {
        let two = [format!("{stored} one"), format!("{stored} two")];
        let writes = two.iter().map(|id| write(id, 0, &body)).collect();
        match block_on(store.commit(&Commit::new(CommitId::new([1; 16]), writes))) {
            Ok(CommitOutcome::Committed) => stored += 1,
            other => break other,
        }
        assert!(stored < 1000);
    };
    assert_eq!(refused, Err(StoreError::Unavailable));
    for id in ["one", "two"] {
        assert_eq!(revision(&store, &format!("{stored} {id}")), Ok(0));
        assert_eq!(revision(&store, &format!("{} {id}", stored - 1)), Ok(1));
    }
    assert_eq!(events(&store).len(), 2 + 2 * stored);
    let scan = ScanQuery::new(tenant(), DocumentKind::Account, 1);
    let documents = u64::try_from(1 + 2 * stored).unwrap();
    assert_eq!(block_on(store.count(&scan)), Ok(documents));
    assert_eq!(block_on(store.prune_events(&key("a"), 9)), Ok(1));
    limit(b"0");
    assert_eq!(put(&store, "a", 2), COMMITTED);
}

/// The script is gone, as after a restart or a failover: it is sent again, and nothing is done twice.
#[test]
fn forgotten_scripts_are_sent_again() {
    let server = Server::redis(&[]);
    let store = open(server.url());
    for expected in 0..5 {
        ask::<String>(server.url(), &[b"SCRIPT", b"FLUSH"]);
        assert_eq!(put(&store, "a", expected), COMMITTED);
        ask::<String>(server.url(), &[b"SCRIPT", b"FLUSH"]);
        assert_eq!(revision(&store, "a"), Ok(expected + 1));
        ask::<String>(server.url(), &[b"SCRIPT", b"FLUSH"]);
        assert_eq!(events(&store).len(), usize::try_from(expected + 1).unwrap());
    }
}

/// The server stands still: a read is unavailable, a commit unclear, and both are over in time.
#[test]
fn an_answer_that_does_not_come_in_time_is_unclear() {
    let server = Server::redis(&[]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let options = RedisOptions::new()
        .patience(Duration::from_millis(400))
        .on_error(move |error| telling.lock().unwrap().push(error.to_string()));
    let store = run(options.open(client(server.url()))).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);

    ask::<String>(server.url(), &[b"CLIENT", b"PAUSE", b"3000", b"ALL"]);
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unclear));
    assert_eq!(revision(&store, "a"), Err(StoreError::Unavailable));
    let told = told.lock().unwrap().join("; ");
    assert!(told.contains("did not answer in time"), "{told}");
    // One reload settles it, over a new connection.
    let expected = (0..100).find_map(|_| revision(&store, "a").ok()).unwrap();
    assert!(expected == 1 || expected == 2);
    // The commit that waited was stored by now, or this one comes first and it is a conflict.
    assert!(put(&store, "a", expected).is_ok());
}

/// A server that is gone stores nothing; one that comes back is found without being opened again.
#[test]
fn a_server_that_is_gone_is_unavailable_until_it_is_back() {
    let mut server = Server::redis(&[]);
    let store = open(server.url());
    assert_eq!(put(&store, "a", 0), COMMITTED);
    server.tell("stop");
    // The connection of before fails once.
    let _ = revision(&store, "a");
    assert_eq!(revision(&store, "a"), Err(StoreError::Unavailable));
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    server.tell("start");
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(revision(&store, "a"), Ok(2));
}

#[test]
fn a_dropped_commit_leaves_the_connection_usable() {
    let (store, _) = fresh("failures-dropped");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    for round in 1..50 {
        let expected = revision(&store, "a").unwrap();
        let dropped = commit("a", expected, b"dropped");
        {
            let mut future = store.commit(&dropped);
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..(1 + round % 3) {
                if future.as_mut().poll(&mut context).is_ready() {
                    break;
                }
            }
        }
        // The next call gets its own answer.
        let after = revision(&store, "a").unwrap();
        assert!(after == expected || after == expected + 1);
        while put(&store, "a", revision(&store, "a").unwrap()) != COMMITTED {}
        let stored = usize::try_from(revision(&store, "a").unwrap()).unwrap();
        assert_eq!(events(&store).len(), stored);
    }
}

/// A key of the wrong type, whichever it is, is found before anything is written.
#[test]
fn keys_of_another_type_are_corrupt_and_nothing_is_written() {
    let parts = ["documents", "index", "events", "chains"];
    for part in parts {
        let (store, prefix) = fresh(&format!("failures-type-{part}"));
        assert_eq!(put(&store, "a", 0), COMMITTED);
        let named = key_of_a(&prefix, part);
        let kept = key_of_a(&prefix, "kept");
        let url = shared_redis();
        ask::<String>(&url, &[b"RENAME", &named, &kept]);
        ask::<String>(&url, &[b"SET", &named, b"scrawl"]);
        assert_eq!(put(&store, "a", 1), Err(StoreError::Corrupt), "{part}");
        let prune = block_on(store.prune_events(&key("a"), 2));
        if part != "index" {
            assert_eq!(prune, Err(StoreError::Corrupt), "{part}");
        }
        ask::<String>(&url, &[b"RENAME", &kept, &named]);
        assert_eq!(revision(&store, "a"), Ok(1));
        assert_eq!(events(&store).len(), 1);
        let scan = ScanQuery::new(tenant(), DocumentKind::Account, 9);
        assert_eq!(block_on(store.scan(&scan)).unwrap().len(), 1);
        assert_eq!(put(&store, "a", 1), COMMITTED);
    }
}

#[test]
fn values_no_version_stores_are_corrupt() {
    let url = shared_redis();
    let set_document = |prefix: &str, record: &[u8]| {
        let documents = key_of_a(prefix, "documents");
        ask::<u32>(&url, &[b"HSET", &documents, b"\x01a", record]);
    };
    let corrupt = StoreError::Corrupt;
    for (case, record) in [
        ("short", &b"short"[..]),
        ("zero", &[0; 24]),
        ("negative", &[0xff; 24]),
    ] {
        let (store, prefix) = fresh(&format!("failures-values-{case}"));
        assert_eq!(put(&store, "a", 0), COMMITTED);
        set_document(&prefix, record);
        let scan = ScanQuery::new(tenant(), DocumentKind::Account, 9);
        assert_eq!(revision(&store, "a"), Err(corrupt), "{case}");
        assert_eq!(block_on(store.scan(&scan)), Err(corrupt), "{case}");
        let commit = put(&store, "a", 1);
        assert!(commit == Err(corrupt) || commit == Ok(CommitOutcome::Conflict));
    }

    // An index that says another key id than the document.
    let (store, prefix) = fresh("failures-values-index");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let index = key_of_a(&prefix, "index");
    ask::<u32>(&url, &[b"DEL", &index]);
    ask::<u32>(&url, &[b"ZADD", &index, b"0", b"\x01\0\0\0\x07a"]);
    let scan = ScanQuery::new(tenant(), DocumentKind::Account, 9).within(IndexField::KeyId, 7, 7);
    assert_eq!(block_on(store.scan(&scan)), Err(corrupt));

    // Events that are none, and clocks that are no number, or none that a position has room for.
    let feed = EventQuery::new(tenant(), EventOrder::OldestFirst, 9);
    let (store, prefix) = fresh("failures-values-events");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let member = b"\x02\x4da\0\0\0\0\0\0\0\x02body";
    ask::<u32>(&url, &[b"ZADD", &key_of_a(&prefix, "events"), b"1", member]);
    assert_eq!(block_on(store.events(&feed)), Err(corrupt));
    for clock in [&b"scrawl"[..], b"9007199254740992", b"-5"] {
        let (store, prefix) = fresh("failures-values-clock");
        ask::<u32>(&url, &[b"DEL", &key_of_a(&prefix, "documents")]);
        ask::<u32>(&url, &[b"DEL", &key_of_a(&prefix, "events")]);
        ask::<u32>(&url, &[b"DEL", &key_of_a(&prefix, "chains")]);
        ask::<u32>(&url, &[b"DEL", &key_of_a(&prefix, "clock")]);
        assert_eq!(put(&store, "a", 0), COMMITTED);
        ask::<String>(&url, &[b"SET", &key_of_a(&prefix, "clock"), clock]);
        assert_eq!(block_on(store.events(&feed)), Err(corrupt));
        if clock != b"-5" {
            assert_eq!(put(&store, "a", 1), Err(corrupt));
            assert_eq!(revision(&store, "a"), Ok(1));
        }
    }
    // A clock that is gone, where documents are.
    let (store, prefix) = fresh("failures-values-gone");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    ask::<u32>(&url, &[b"DEL", &key_of_a(&prefix, "clock")]);
    assert_eq!(put(&store, "a", 1), Err(corrupt));
    assert_eq!(revision(&store, "a"), Ok(1));
}

/// A list of tenants that names one without a policy, as a cluster may have it.
#[test]
fn tenants_without_a_policy_are_passed_over() {
    let (store, prefix) = fresh("failures-tenants");
    let list = format!("{prefix}:tenants").into_bytes();
    for name in ["a", "b", "d", "e"] {
        ask::<u32>(&shared_redis(), &[b"ZADD", &list, b"0", name.as_bytes()]);
    }
    let mut policy = write("", 0, b"");
    policy.key = DocumentKey::new(
        mfakit_core::TenantId::new("c").unwrap(),
        DocumentKind::Policy,
        [],
    );
    let commit = Commit::new(CommitId::new([0; 16]), vec![policy]);
    assert_eq!(block_on(store.commit(&commit)), COMMITTED);
    for limit in [1, 2, 9] {
        let listed = block_on(store.tenants(None, limit)).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].as_str(), "c");
        assert_eq!(block_on(store.tenants(listed.last(), limit)), Ok(vec![]));
    }
}

/// The store says in words what happened, and nothing of what was stored.
#[test]
fn errors_are_told() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let (_, prefix) = fresh("failures-told");
    let options =
        options(&prefix).on_error(move |error| telling.lock().unwrap().push(error.to_string()));
    let store: RedisStore = run(options.open(client(&shared_redis()))).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    ask::<u32>(&shared_redis(), &[b"DEL", &key_of_a(&prefix, "clock")]);
    assert_eq!(put(&store, "a", 1), Err(StoreError::Corrupt));
    assert_eq!(
        told.lock().unwrap().as_slice(),
        ["`bucket` holds a value out of range"]
    );
}
