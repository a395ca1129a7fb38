//! Opening servers: lossy ones, replicas, old keys, and what an address says.

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_redis::{CallError, KeyPrefix, OpenError, RedisOptions, RedisStore};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store as _};
use pollster::block_on;

use crate::{
    samples::{events, key, put, revision, tenant},
    server::{Server, shared_redis},
    support::{RIGHTS, ask, client, fresh, open, run, user},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

fn refused(url: &str) -> OpenError {
    run(RedisStore::open(client(url))).unwrap_err()
}

#[test]
fn lossy_servers_are_refused_unless_accepted() {
    let server = Server::redis(&[]);
    let set = |setting: &str, value: &str| {
        let words: [&[u8]; 4] = [b"CONFIG", b"SET", setting.as_bytes(), value.as_bytes()];
        ask::<String>(server.url(), &words)
    };
    for (setting, lossy, durable) in [
        ("appendfsync", "everysec", "always"),
        ("appendfsync", "no", "always"),
        ("no-appendfsync-on-rewrite", "yes", "no"),
        ("maxmemory-policy", "allkeys-lru", "noeviction"),
        ("maxmemory-policy", "allkeys-random", "noeviction"),
        ("appendonly", "no", "yes"),
    ] {
        set(setting, lossy);
        assert_eq!(
            refused(server.url()).to_string(),
            format!(
                "commits would not be durable: `{setting}` is `{lossy}` and has to be `{durable}`"
            )
        );
        let lossy = RedisOptions::new().danger_accept_lossy();
        let store = run(lossy.open(client(server.url()))).unwrap();
        assert_eq!(revision(&store, "a"), Ok(0));
        set(setting, durable);
    }
    // What evicts keys with a time to live has none of ours to evict.
    set("maxmemory-policy", "volatile-lru");
    assert_eq!(put(&open(server.url()), "a", 0), COMMITTED);
    set("replica-read-only", "no");
    assert_eq!(
        refused(server.url()).to_string(),
        "`replica-read-only` is `no` and has to be `yes`"
    );
}

/// Those who run servers for others forbid `CONFIG`: then it takes a word to say that one knows.
#[test]
fn a_server_that_does_not_tell_is_refused_unless_accepted() {
    let server = Server::redis(&[]);
    let url = user(server.url(), "+@all -config");
    assert_eq!(
        refused(&url).to_string(),
        "the server does not tell whether `appendfsync` is `always`, as durable commits need; allow `CONFIG GET` or \
         say `danger_accept_lossy`"
    );
    let options = RedisOptions::new().danger_accept_lossy();
    let store = run(options.open(client(&url))).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
}

/// A primary that becomes a replica in the middle answers nothing any more, old or new.
#[test]
fn a_replica_is_refused_and_never_read() {
    let server = Server::redis(&[]);
    let store = open(server.url());
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let become_replica_of = |host: &[u8], port: &[u8]| {
        ask::<String>(server.url(), &[b"REPLICAOF", host, port]);
    };
    become_replica_of(b"127.0.0.1", b"1");

    assert!(matches!(refused(server.url()), OpenError::Replica));
    let unavailable = StoreError::Unavailable;
    assert_eq!(revision(&store, "a"), Err(unavailable));
    assert_eq!(put(&store, "a", 1), Err(unavailable));
    for order in [EventOrder::OldestFirst, EventOrder::NewestFirst] {
        let feed = EventQuery::new(tenant(), order, 1);
        assert_eq!(block_on(store.events(&feed)), Err(unavailable));
        let chain = feed.document(key("a"));
        assert_eq!(block_on(store.events(&chain)), Err(unavailable));
    }
    let scan = ScanQuery::new(tenant(), mfakit_core::DocumentKind::Account, 1);
    assert_eq!(block_on(store.scan(&scan)), Err(unavailable));
    assert_eq!(block_on(store.count(&scan)), Err(unavailable));
    assert_eq!(block_on(store.tenants(None, 1)), Err(unavailable));
    assert_eq!(block_on(store.prune_events(&key("a"), 9)), Err(unavailable));

    become_replica_of(b"NO", b"ONE");
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(put(&store, "a", 1), COMMITTED);
}

#[test]
fn keys_of_another_version_or_spread_are_refused() {
    let (_, name) = fresh("opening-version");
    let options = || RedisOptions::new().prefix(KeyPrefix::new(&name).unwrap());
    let open = |options: RedisOptions| run(options.open(client(&shared_redis())));
    assert_eq!(
        open(options().whole_tenants()).unwrap_err().to_string(),
        "the keys are of version `1/1024` and have to be of `1/1`"
    );
    let version = format!("{name}:version");
    ask::<String>(&shared_redis(), &[b"SET", version.as_bytes(), b"2/1024"]);
    assert_eq!(
        open(options()).unwrap_err().to_string(),
        "the keys are of version `2/1024` and have to be of `1/1024`"
    );
    ask::<u32>(&shared_redis(), &[b"DEL", version.as_bytes()]);
    assert!(open(options()).is_ok());
}

#[test]
fn stores_with_different_prefixes_do_not_see_each_other() {
    let (one, _) = fresh("opening-one");
    let (two, _) = fresh("opening-two");
    assert_eq!(put(&one, "a", 0), COMMITTED);
    assert_eq!(revision(&two, "a"), Ok(0));
    assert_eq!(events(&two), []);
    assert_eq!(put(&two, "a", 0), COMMITTED);
    assert_eq!(events(&one).len(), 1);
}

#[test]
fn plain_text_over_a_network_is_refused() {
    for address in ["redis://db.example", "redis://10.0.0.1:6379/3"] {
        let refused = run(RedisStore::connect(address)).unwrap_err();
        assert!(matches!(refused, OpenError::PlainText), "{address}");
    }
    let refused = run(RedisStore::connect("nonsense")).unwrap_err();
    assert!(matches!(refused, OpenError::Address { .. }));
    for nobody in [
        "redis://127.0.0.1:1",
        "redis://localhost:1",
        "redis://[::1]:1",
    ] {
        let refused = run(RedisStore::connect(nobody)).unwrap_err();
        assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
    }
    let store = run(RedisStore::connect(&shared_redis())).unwrap();
    assert!(block_on(store.tenants(None, 1)).is_ok());
}

#[test]
fn opening_needs_a_runtime() {
    let opening = RedisStore::open(client(&shared_redis()));
    assert!(matches!(block_on(opening), Err(OpenError::NoRuntime)));
}

/// The user needs these commands, on these keys, and no others.
#[test]
fn a_user_with_few_rights_is_enough() {
    let server = Server::redis(&[]);
    let url = user(server.url(), RIGHTS);
    let store = open(&url);
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(events(&store).len(), 2);
    assert_eq!(block_on(store.prune_events(&key("a"), 9)), Ok(1));
    assert_eq!(block_on(store.tenants(None, 1)), Ok(Vec::new()));

    // One right too few, and a commit does nothing, not half of it.
    for right in ["-zadd", "-hset", "-zrem", "-set"] {
        ask::<String>(
            server.url(),
            &[b"ACL", b"SETUSER", b"app", right.as_bytes()],
        );
        assert_eq!(put(&store, "a", 2), Err(StoreError::Unavailable), "{right}");
        assert_eq!(put(&store, "b", 0), Err(StoreError::Unavailable), "{right}");
        let restored = right.replace('-', "+");
        ask::<String>(
            server.url(),
            &[b"ACL", b"SETUSER", b"app", restored.as_bytes()],
        );
        assert_eq!(revision(&store, "a"), Ok(2));
        assert_eq!(revision(&store, "b"), Ok(0));
        assert_eq!(events(&store).len(), 1);
    }
    assert_eq!(put(&store, "a", 2), COMMITTED);
}

#[test]
fn the_store_is_send_and_sync() {
    fn assert<T: Send + Sync>() {}
    assert::<RedisStore>();
    assert::<RedisOptions>();
    assert::<OpenError>();
    assert::<CallError>();
}
