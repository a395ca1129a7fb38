//! Three nodes: the contract, slots that move, and what a commit must not join.

use alloc::sync::Arc;
use std::sync::Mutex;

use mfakit_core::{Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, StoreError};
use mfakit_redis::{CallError, KeyPrefix, RedisOptions, RedisStore};
use mfakit_store::{Store as _, testkit};
use pollster::block_on;

use crate::{
    conformance::OnServer,
    deaths,
    deaths::Backend,
    samples::{events, key, put, revision, write},
    server::{Server, shared_cluster},
    support::{RIGHTS, ask, client, open, run, user},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

// Everything, where each tenant is in one bucket.
mfakit_store::conformance!(whole_tenants, async {
    let prefix = KeyPrefix::new("whole").unwrap();
    let options = RedisOptions::new().prefix(prefix).whole_tenants();
    OnServer::open(shared_cluster(), options).await
});

/// Where tenants are spread, everything but what takes documents with different ids in one commit.
mod spread {
    use super::{OnServer, RedisOptions, shared_cluster, testkit};

    macro_rules! cases {
        ($check:ident: $($group:ident :: $case:ident)*) => { $(
            #[test]
            fn $case() {
                let open = async { OnServer::open(shared_cluster(), RedisOptions::new()).await };
                testkit::$check(open, testkit::$group::$case);
            }
        )* };
    }

    cases! { check:
        bounds::refuses_commits_outside_the_bounds
        bounds::refuses_queries_outside_the_bounds
        bounds::stores_what_just_fits
        commits::conflicts_write_nothing
        commits::revisions_grow_by_one_and_never_repeat
        commits::documents_without_events_keep_their_chain
        commits::index_values_are_replaced
        documents::load_answers_in_the_order_of_the_keys
        documents::a5_ids_are_opaque_bytes
        documents::kinds_do_not_see_each_other
        documents::tenants_do_not_see_each_other
        documents::bodies_come_back_bit_for_bit
        lasting::commits_never_polled_do_nothing
        pruning::the_last_event_stays_and_the_chain_goes_on
        scans::pages_have_every_document_once
        scans::within_selects_by_index_value
        scans::count_looks_at_no_page
        scans::tenants_have_a_policy
    }
    cases! { check_fixture:
        lasting::everything_is_there_after_reopening
        races::one_of_64_commits_of_a_revision_is_stored
        races::different_documents_do_not_disturb_each_other
        races::increments_are_never_lost
        races::load_is_never_older_than_an_answer
        races::feed_is_complete_behind_its_cursor
    }
}

struct Cluster;

impl Backend for Cluster {
    type Store = RedisStore;

    fn serve() -> Server {
        Server::redis(&["--cluster"])
    }

    fn open(url: &str) -> RedisStore {
        open(url)
    }
}

#[test]
fn a_killed_cluster_leaves_every_answered_commit_and_nothing_refused() {
    deaths::a_killed_server_leaves_every_answered_commit_and_nothing_refused::<Cluster>();
}

/// Documents with one id are together; others are refused whole, and the reason is told.
#[test]
fn a_commit_joins_documents_of_one_id() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let prefix = KeyPrefix::new("joined").unwrap();
    let options = RedisOptions::new().prefix(prefix).on_error(move |error| {
        assert!(matches!(error, CallError::Apart));
        telling.lock().unwrap().push(error.to_string());
    });
    let store = run(options.open(client(&shared_cluster()))).unwrap();
    let joined = |writes| block_on(store.commit(&Commit::new(CommitId::new([0; 16]), writes)));

    let apart = vec![write("a", 0, b"body"), write("b", 0, b"body")];
    assert_eq!(joined(apart), Err(StoreError::Refused));
    let why = "the commit joins documents of different ids, which a cluster spreads unless `whole_tenants` is said";
    assert_eq!(told.lock().unwrap().as_slice(), [why]);
    assert_eq!(revision(&store, "a"), Ok(0));
    assert_eq!(revision(&store, "b"), Ok(0));
    assert_eq!(events(&store), []);

    let mut gate = write("a", 0, b"body");
    gate.key = DocumentKey::new(gate.key.tenant, DocumentKind::Gate, *b"a");
    assert_eq!(joined(vec![write("a", 0, b"body"), gate]), COMMITTED);
    assert_eq!(events(&store).len(), 2);
}

/// A node as the others name it, and how to reach it.
struct Node {
    url: String,
    id: String,
}

fn nodes(server: &Server) -> Vec<Node> {
    let first: u16 = server.url().rsplit_once(':').unwrap().1.parse().unwrap();
    (first..first + 3)
        .map(|port| {
            let url = format!("redis://127.0.0.1:{port}");
            let id = ask(&url, &[b"CLUSTER", b"MYID"]);
            Node { url, id }
        })
        .collect()
}

/// A slot moves to another node: half-way, and then for good. The store follows, and does nothing twice.
#[test]
fn slots_that_move_are_followed() {
    let server = Server::redis(&["--cluster"]);
    let nodes = nodes(&server);
    // As the user of the guide.
    let rights = format!("{RIGHTS} +cluster|slots +asking");
    let urls: Vec<_> = nodes.iter().map(|node| user(&node.url, &rights)).collect();
    let store = open(&urls[0]);
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(put(&store, "a", 1), COMMITTED);
    let name = |part: &str| format!("mfakit:{{{}:4:acme}}:{part}", 0x7c87 % 1024);
    let parts = ["documents", "index", "events", "chains", "clock"].map(name);
    let slot: u16 = ask(server.url(), &[b"CLUSTER", b"KEYSLOT", parts[0].as_bytes()]);
    let slot = slot.to_string();
    let owns = |node: &&Node| {
        let count = ask::<u32>(
            &node.url,
            &[b"CLUSTER", b"COUNTKEYSINSLOT", slot.as_bytes()],
        );
        count > 0
    };
    let from = nodes.iter().find(owns).unwrap();
    let to = nodes.iter().find(|node| node.id != from.id).unwrap();
    let set_slot = |at: &Node, state: &str, other: &Node| {
        let words = ["CLUSTER", "SETSLOT", &slot, state, &other.id];
        ask::<String>(&at.url, &words.map(str::as_bytes));
    };
    set_slot(to, "IMPORTING", from);
    set_slot(from, "MIGRATING", to);
    assert_eq!(revision(&store, "a"), Ok(2));

    // Some of the keys are there already: nobody can run the script, and nothing is done.
    let (host, port) = to
        .url
        .strip_prefix("redis://")
        .unwrap()
        .rsplit_once(':')
        .unwrap();
    let migrate = |part: &String| {
        let words = ["MIGRATE", host, port, part, "0", "5000"];
        ask::<String>(&from.url, &words.map(str::as_bytes));
    };
    parts[..2].iter().for_each(migrate);
    assert_eq!(put(&store, "a", 2), Err(StoreError::Unavailable));
    parts[2..].iter().for_each(migrate);
    // All are there: who had the slot says whom to ask.
    assert_eq!(revision(&store, "a"), Ok(2));
    assert_eq!(put(&store, "a", 2), COMMITTED);
    assert_eq!(put(&store, "a", 2), Ok(CommitOutcome::Conflict));

    for node in [to, from] {
        set_slot(node, "NODE", to);
    }
    assert_eq!(put(&store, "a", 3), COMMITTED);
    assert_eq!(revision(&store, "a"), Ok(4));
    assert_eq!(events(&store).len(), 4);
    // A store that is opened now, at whichever node, sees the same.
    for url in &urls {
        assert_eq!(revision(&open(url), "a"), Ok(4));
    }
    assert_eq!(block_on(store.prune_events(&key("a"), 9)), Ok(3));
}

/// One node is gone: its slots are unavailable, and the others go on while the cluster lets them.
#[test]
fn a_cluster_that_is_down_is_unavailable_until_it_is_back() {
    let mut server = Server::redis(&["--cluster"]);
    let store = open(server.url());
    assert_eq!(put(&store, "a", 0), COMMITTED);
    server.tell("stop");
    let _ = revision(&store, "a");
    assert_eq!(revision(&store, "a"), Err(StoreError::Unavailable));
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    server.tell("start");
    let back = (0..100).any(|_| revision(&store, "a") == Ok(1));
    assert!(back);
    assert_eq!(put(&store, "a", 1), COMMITTED);
}
