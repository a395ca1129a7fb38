//! The feed, while commits are on their way.

use mfakit_core::{DocumentKind, StoreError};
use mfakit_postgres::{PostgresOptions, SchemaName};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store as _};
use pollster::block_on;
use tokio_postgres::Client;

use crate::{
    samples::{events, put, tenant},
    server::shared_postgres,
    support::{fresh, pool, run, session},
};

/// A commit of one event by a plain connection, in whatever transaction it has open.
fn commit_by_hand(client: &Client, schema: &str, tenant: &str, id: &str) {
    let sql = format!(
        "SELECT {schema}.commit('{tenant}', '{{1}}', ARRAY['{id}'::bytea], '{{0}}', '{{1}}', ARRAY[''::bytea],
            '{{1}}', '{{1}}', '{{1}}', '{{1}}', ARRAY[''::bytea])"
    );
    run(client.batch_execute(&sql)).unwrap();
}

fn ids(events: &[mfakit_core::StoredEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| String::from_utf8(event.key.id.clone()).unwrap())
        .collect()
}

#[test]
fn events_behind_an_unfinished_commit_wait_for_it() {
    let (store, schema) = fresh("feed_waits");
    let (first, second, third) = (
        session(&shared_postgres()),
        session(&shared_postgres()),
        session(&shared_postgres()),
    );
    put(&store, "before", 0).unwrap();
    run(first.batch_execute("BEGIN")).unwrap();
    commit_by_hand(&first, &schema, "acme", "first");
    put(&store, "between", 0).unwrap();
    run(second.batch_execute("BEGIN")).unwrap();
    commit_by_hand(&second, &schema, "acme", "second");
    put(&store, "after", 0).unwrap();
    // One of another tenant holds up nobody here.
    run(third.batch_execute("BEGIN")).unwrap();
    commit_by_hand(&third, &schema, "other", "elsewhere");

    assert_eq!(ids(&events(&store)), ["before"]);
    // What a person looks at does not wait.
    let newest = EventQuery::new(tenant(), EventOrder::NewestFirst, 10);
    let newest = block_on(store.events(&newest)).unwrap();
    assert_eq!(ids(&newest), ["after", "between", "before"]);

    run(first.batch_execute("COMMIT")).unwrap();
    assert_eq!(ids(&events(&store)), ["before", "first", "between"]);
    // One that comes to nothing leaves a gap.
    run(second.batch_execute("ROLLBACK")).unwrap();
    assert_eq!(
        ids(&events(&store)),
        ["before", "first", "between", "after"]
    );
}

#[test]
fn the_transactions_of_others_do_not_hold_up_the_feed() {
    let (store, schema) = fresh("feed_others");
    let other = session(&shared_postgres());
    let table = format!(
        "BEGIN; CREATE TABLE {schema}.other (a int); INSERT INTO {schema}.other VALUES (1)"
    );
    run(other.batch_execute(&table)).unwrap();
    let reader = session(&shared_postgres());
    run(reader
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class"))
    .unwrap();
    put(&store, "a", 0).unwrap();
    assert_eq!(ids(&events(&store)), ["a"]);
}

/// A lock names its number by 32 bits; the feed tells numbers before and behind apart wherever those bits turn over.
#[test]
fn positions_beyond_32_bits_keep_the_order() {
    let (store, schema) = fresh("feed_wraps");
    let (plain, holding) = (session(&shared_postgres()), session(&shared_postgres()));
    let mut seen = 0;
    for (round, turn) in [1_u64 << 31, 1 << 32, 3 << 31, 1 << 33, 1 << 61]
        .into_iter()
        .enumerate()
    {
        for before in 0..6 {
            let start = format!("SELECT setval('{schema}.positions', {})", turn - 3 + before);
            run(plain.batch_execute(&start)).unwrap();
            run(holding.batch_execute("BEGIN")).unwrap();
            commit_by_hand(&holding, &schema, "acme", &format!("held {round} {before}"));
            put(&store, &format!("put {round} {before}"), 0).unwrap();
            assert_eq!(events(&store).len(), seen, "{turn} {before}");
            run(holding.batch_execute("COMMIT")).unwrap();
            seen += 2;
            assert_eq!(events(&store).len(), seen, "{turn} {before}");
            // The next start lies before the positions just given to this tenant: they go.
            let clear = format!("DELETE FROM {schema}.events");
            run(plain.batch_execute(&clear)).unwrap();
            seen = 0;
        }
    }
}

#[test]
fn other_isolation_levels_are_refused() {
    let (store, schema) = fresh("feed_isolation");
    put(&store, "a", 0).unwrap();
    let role = "SELECT set_config('default_transaction_isolation', 'repeatable read', false)";
    let pool = run(async {
        let pool = pool(&shared_postgres(), 1);
        pool.get().await.unwrap().batch_execute(role).await.unwrap();
        pool
    });
    let options = PostgresOptions::new().schema(SchemaName::new(&schema).unwrap());
    let refused = run(options.clone().open(pool.clone())).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`default_transaction_isolation` is `repeatable read` and has to be `read committed`"
    );
    // A session that changes its mind later is refused by the server.
    let later = run(async {
        let set = "SET default_transaction_isolation = 'read committed'";
        pool.get().await.unwrap().batch_execute(set).await.unwrap();
        let later = options.open(pool.clone()).await.unwrap();
        pool.get().await.unwrap().batch_execute(role).await.unwrap();
        later
    });
    assert_eq!(put(&later, "a", 1), Err(StoreError::Unavailable));
    let feed = EventQuery::new(tenant(), EventOrder::OldestFirst, 1);
    assert_eq!(block_on(later.events(&feed)), Err(StoreError::Unavailable));
    let count = ScanQuery::new(tenant(), DocumentKind::Account, 1);
    assert_eq!(block_on(store.count(&count)), Ok(1));
}
