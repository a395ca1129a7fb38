//! What callers are told when the database fails.

use alloc::sync::Arc;
use core::{
    task::{Context, Waker},
    time::Duration,
};
use std::sync::Mutex;

use mfakit_core::{Commit, CommitId, CommitOutcome, DocumentKind, StoreError};
use mfakit_postgres::{PostgresOptions, PostgresStore, SchemaName};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store as _};
use pollster::block_on;

use crate::{
    samples::{commit, events, put, revision, tenant, write},
    server::shared_postgres,
    support::{fresh, pool, run, session},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

/// A second store in the schema, with `connections` and a word to change the options.
fn another(
    schema: &str,
    connections: usize,
    change: impl FnOnce(PostgresOptions) -> PostgresOptions,
) -> PostgresStore {
    let options = PostgresOptions::new().schema(SchemaName::new(schema).unwrap());
    run(change(options).open(pool(&shared_postgres(), connections))).unwrap()
}

/// Holds the row of the account `a` until it is dropped.
fn hold(schema: &str) -> tokio_postgres::Client {
    let holder = session(&shared_postgres());
    let lock = format!("BEGIN; SELECT 1 FROM {schema}.documents WHERE id = 'a' FOR UPDATE");
    run(holder.batch_execute(&lock)).unwrap();
    holder
}

/// Ends every session that waits for a lock in a call of this schema's function.
fn end_waiting_sessions(schema: &str) {
    let watcher = session(&shared_postgres());
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND query LIKE '%{schema}%' AND pid <> pg_backend_pid()"
    );
    while run(watcher.query_one(&end, &[])).unwrap().get::<_, i64>(0) == 0 {}
}

#[test]
fn a_held_row_makes_commits_unavailable_and_stores_nothing() {
    let (store, schema) = fresh("failures_held");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let store = another(&schema, 2, |options| {
        options.on_error(move |error| telling.lock().unwrap().push(error.to_string()))
    });
    let holder = hold(&schema);
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    // Reading and other accounts go on meanwhile.
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(put(&store, "b", 0), COMMITTED);
    let told = told.lock().unwrap().join("; ");
    assert!(told.contains("lock timeout"), "{told}");

    run(holder.batch_execute("ROLLBACK")).unwrap();
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(events(&store).len(), 3);
}

#[test]
fn a_session_that_ends_half_way_is_unclear() {
    let (store, schema) = fresh("failures_ended");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let holder = hold(&schema);
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| put(&store, "a", 1));
        end_waiting_sessions(&schema);
        waiting.join().unwrap()
    });
    assert_eq!(answer, Err(StoreError::Unclear));
    run(holder.batch_execute("ROLLBACK")).unwrap();
    // One reload settles it, and the pool has dropped the session.
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(put(&store, "a", 1), COMMITTED);
}

#[test]
fn an_answer_that_does_not_come_in_time_is_unclear() {
    let (store, schema) = fresh("failures_patience");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let impatient = another(&schema, 1, |options| {
        options.patience(Duration::from_millis(300))
    });
    let holder = hold(&schema);
    assert_eq!(put(&impatient, "a", 1), Err(StoreError::Unclear));
    // The connection that still waits is not given to the next call.
    assert_eq!(revision(&impatient, "a"), Ok(1));
    run(holder.batch_execute("ROLLBACK")).unwrap();
    // The commit that waited was stored by now, or this one comes first and it is a conflict.
    let expected = revision(&store, "a").unwrap();
    assert!(put(&store, "a", expected).is_ok());
    assert!(revision(&store, "a").unwrap() >= 2);
}

#[test]
fn a_pool_without_a_free_connection_is_unavailable() {
    let (_, schema) = fresh("failures_pool");
    let pool = pool(&shared_postgres(), 1);
    let options = PostgresOptions::new()
        .schema(SchemaName::new(&schema).unwrap())
        .patience(Duration::from_millis(200));
    let store = run(options.open(pool.clone())).unwrap();
    let taken = run(pool.get()).unwrap();
    assert_eq!(put(&store, "a", 0), Err(StoreError::Unavailable));
    assert_eq!(revision(&store, "a"), Err(StoreError::Unavailable));
    drop(taken);
    assert_eq!(put(&store, "a", 0), COMMITTED);
}

#[test]
fn an_error_inside_the_statement_stores_nothing() {
    let (store, schema) = fresh("failures_inside");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let other = session(&shared_postgres());
    // The document is written before its event finds no table.
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {schema}.{from} RENAME TO {to}");
        run(other.batch_execute(&sql)).unwrap();
    };
    rename("events", "elsewhere");
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    assert_eq!(revision(&store, "a"), Ok(1));
    rename("elsewhere", "events");
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(events(&store).len(), 2);
}

#[test]
fn a_dropped_commit_leaves_the_connection_usable() {
    let (store, schema) = fresh("failures_dropped");
    let store = {
        drop(store);
        another(&schema, 1, |options| options)
    };
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let holder = hold(&schema);
    let dropped = commit("a", 1, b"dropped");
    {
        let mut future = store.commit(&dropped);
        let mut context = Context::from_waker(Waker::noop());
        // The one connection is idle and the statement prepared: two polls send it.
        for _ in 0..2 {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
    }
    run(holder.batch_execute("ROLLBACK")).unwrap();
    // The next call waits behind it, on the same connection, and gets its own answer.
    let after = revision(&store, "a").unwrap();
    assert!(after == 1 || after == 2);
    assert_eq!(put(&store, "a", after), COMMITTED);
    assert_eq!(revision(&store, "a"), Ok(after + 1));
    assert_eq!(events(&store).len(), usize::try_from(after + 1).unwrap());
}

/// Two documents, the second with a wrong revision: the first is written, then undone.
#[test]
fn a_wrong_revision_comes_before_events_out_of_order() {
    let (store, _) = fresh("failures_order");
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(put(&store, "b", 0), COMMITTED);
    let mut out_of_order = write("a", 1, b"two");
    out_of_order.events[0].sequence = 1;
    for (expected, answer) in [
        (0, Ok(CommitOutcome::Conflict)),
        (1, Err(StoreError::Corrupt)),
    ] {
        let writes = vec![out_of_order.clone(), write("b", expected, b"two")];
        let commit = Commit::new(CommitId::new([1; 16]), writes);
        assert_eq!(block_on(store.commit(&commit)), answer);
    }
    assert_eq!(events(&store).len(), 2);
    assert_eq!(revision(&store, "a"), Ok(1));
}

#[test]
fn values_no_version_stores_are_corrupt() {
    let alterations = [
        ("documents", "revision = -1"),
        ("documents", "revision = 0"),
        ("documents", "key_id = -1"),
        ("documents", "key_id = 4294967296"),
        ("documents", "kind = 77"),
        ("events", "sequence = -5"),
    ];
    let (_, schema) = fresh("failures_values");
    let other = session(&shared_postgres());
    let checks = format!(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
         FROM pg_constraint WHERE contype = 'c' AND connamespace = '{schema}'::regnamespace"
    );
    for row in run(other.query(&checks, &[])).unwrap() {
        run(other.batch_execute(row.get(0))).unwrap();
    }
    let store = another(&schema, 4, |options| options);
    for (table, alteration) in alterations {
        let clear = format!("DELETE FROM {schema}.events; DELETE FROM {schema}.documents");
        run(other.batch_execute(&clear)).unwrap();
        assert_eq!(put(&store, "a", 0), COMMITTED);
        let alter = format!("UPDATE {schema}.{table} SET {alteration}");
        run(other.batch_execute(&alter)).unwrap();

        let load = revision(&store, "a");
        let scan = ScanQuery::new(tenant(), DocumentKind::Account, 10);
        let scan = block_on(store.scan(&scan));
        let feed = EventQuery::new(tenant(), EventOrder::OldestFirst, 10);
        let feed = block_on(store.events(&feed));
        let corrupt = StoreError::Corrupt;
        if alteration.contains("revision") {
            assert_eq!((load, scan), (Err(corrupt), Err(corrupt)));
        } else if alteration.contains("key_id") {
            assert_eq!(scan, Err(corrupt));
        } else {
            assert_eq!(feed, Err(corrupt));
        }
    }
}
