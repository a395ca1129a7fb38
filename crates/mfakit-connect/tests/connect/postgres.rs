//! `postgres:` on a server.

use alloc::sync::Arc;
use core::num::NonZeroU16;
use std::sync::Mutex;

use mfakit_connect::{ConnectError, ConnectOptions, check, migrate, open};
use mfakit_core::{CommitOutcome, StoreError};
use mfakit_postgres::OpenError;
use tokio_postgres::NoTls;

use crate::{
    server::{Server, shared_postgres},
    support::{parse, put, revision, run, told},
};

/// The URL of the shared server's schema of this name, which is new.
fn fresh(name: &str) -> String {
    let schema = format!("{name}_{}", std::process::id());
    sql(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
    format!("{}schema={schema}", url(&shared_postgres()))
}

/// A connection string as a URL that parameters can follow.
fn url(connection: &str) -> String {
    let parameters: Vec<&str> = connection.split(' ').collect();
    format!("postgres:///?{}&", parameters.join("&"))
}

fn sql(sql: &str) {
    run(async {
        let (client, connection) = tokio_postgres::connect(&shared_postgres(), NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    });
}

#[test]
fn a_schema_is_made_by_migrating_alone() {
    let url = fresh("connect_made");
    let missing = run(check(&url)).unwrap_err();
    assert!(matches!(
        missing,
        ConnectError::Postgres(OpenError::NotMigrated { found: 0, .. })
    ));
    run(migrate(&url)).unwrap();
    run(migrate(&url)).unwrap();
    run(check(&url)).unwrap();
    let store = run(open(&url)).unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    let same = run(ConnectOptions::new().migrating().open(&parse(&url))).unwrap();
    assert_eq!(revision(&same), 1);
}

#[test]
fn the_pool_has_as_many_connections_as_are_asked_for() {
    let url = fresh("connect_pool");
    run(migrate(&url)).unwrap();
    let options = || ConnectOptions::new().pool_size(NonZeroU16::new(3).unwrap());
    for (parameters, most) in [("", 3), ("&pool_size=2", 2)] {
        let name = format!("pool of {most}");
        let url = format!("{url}{parameters}&application_name={name}");
        let store = run(options().open(&parse(&url))).unwrap();
        // Thirty calls at once open as many connections as they may.
        std::thread::scope(|scope| {
            for _ in 0..30 {
                scope.spawn(|| revision(&store));
            }
        });
        let counted: i64 = run(async {
            let (client, connection) = tokio_postgres::connect(&shared_postgres(), NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
            client.query_one(count, &[&name]).await.unwrap().get(0)
        });
        assert!((1..=most).contains(&counted), "{counted}");
    }
}

#[test]
fn a_store_behind_pgbouncer_works_with_unnamed_statements() {
    let server = Server::postgres(&["--pgbouncer"]);
    let url = format!(
        "{}unnamed_statements=true&pool_size=8",
        url(server.said("bouncer"))
    );
    run(migrate(&url)).unwrap();
    let stores: Vec<_> = (0..3).map(|_| run(open(&url)).unwrap()).collect();
    for (revision, store) in (0..).zip(stores.iter().cycle().take(30)) {
        assert_eq!(put(store, revision), Ok(CommitOutcome::Committed));
    }
}

#[test]
fn failed_calls_are_told_and_no_password_with_them() {
    let mut server = Server::postgres(&[]);
    let url = format!("{}password=hunter2", url(server.url()));
    let told = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&told);
    let store = run(ConnectOptions::new()
        .migrating()
        .on_error(move |error| keep.lock().unwrap().push_str(&format!("{error} {error:?}")))
        .open(&parse(&url)))
    .unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    server.tell("stop");
    // The first call may meet the session that has ended, the second meets no server.
    let _ = put(&store, 1);
    assert_eq!(put(&store, 1), Err(StoreError::Unavailable));
    let told = told.lock().unwrap();
    assert!(!told.is_empty() && !told.contains("hunter2"), "{told}");

    let gone = run(check(&url)).unwrap_err();
    assert!(matches!(
        gone,
        ConnectError::Postgres(OpenError::Connect { .. })
    ));
    let text = format!("{} {gone:?}", self::told(&gone));
    assert!(
        text.starts_with("the database can't be reached: "),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn without_a_runtime_it_is_an_error() {
    // The pool asks for the runtime when it connects, which the store does at once.
    let outside = std::panic::catch_unwind(|| pollster::block_on(check(&fresh("connect_outside"))));
    assert!(matches!(
        outside,
        Ok(Err(ConnectError::Postgres(OpenError::NoRuntime)))
    ));
}
