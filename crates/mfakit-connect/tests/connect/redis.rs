//! `redis:`, `rediss:` and `redis+unix:` on servers.

use alloc::sync::Arc;
use std::{process::Command, sync::Mutex};

use mfakit_connect::{ConnectError, ConnectOptions, check, migrate, migrations, open};
use mfakit_core::{CommitOutcome, StoreError};
use mfakit_redis::OpenError;

use crate::{
    server::{Server, shared_redis},
    support::{parse, put, revision, run, told},
};

/// Keys of their own on the shared server.
fn fresh(name: &str) -> String {
    format!("{}?prefix={name}-{}", shared_redis(), std::process::id())
}

#[test]
fn a_store_opens_over_a_socket_and_prefixes_are_apart() {
    let url = fresh("connect");
    run(migrate(&url)).unwrap();
    run(check(&url)).unwrap();
    let store = run(open(&url)).unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    assert_eq!(revision(&run(open(&url)).unwrap()), 1);
    assert_eq!(revision(&run(open(&fresh("other"))).unwrap()), 0);
    assert_eq!(migrations(&parse(&url)), []);
    // Keys remember how tenants are kept.
    let refused = run(check(&format!("{url}&whole_tenants=true"))).unwrap_err();
    assert!(matches!(
        refused,
        ConnectError::Redis(OpenError::Version { .. })
    ));
}

#[test]
fn a_server_of_redis_is_verified_by_its_certificate() {
    let server = Server::redis(&["--tls"]);
    let port = server.said("port");
    let roots = server.folder().join("server.crt");
    let roots = format!("sslrootcert={}", roots.display());
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("rediss://{host}:{port}?{roots}");
        run(check(&url)).unwrap();
    }
    let store = run(open(&format!("rediss://localhost:{port}?{roots}"))).unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));

    let refused = |url: &str, why: &str| {
        let refused = run(check(url)).unwrap_err();
        assert!(
            matches!(refused, ConnectError::Redis(OpenError::Connect { .. })),
            "{refused:?}"
        );
        let told = told(&refused);
        assert!(told.contains(why), "{told}");
    };
    // The system knows nobody who vouches for it.
    refused(&format!("rediss://localhost:{port}"), "certificate");
    let missing = format!("rediss://localhost:{port}?sslrootcert=/does/not/exist");
    let missing = run(check(&missing)).unwrap_err();
    assert!(matches!(missing, ConnectError::Roots { .. }));
}

#[test]
fn a_server_of_redis_that_loses_commits_is_refused() {
    let server = Server::redis(&["-c", "appendfsync=everysec"]);
    let refused = run(check(server.url())).unwrap_err();
    assert!(matches!(
        refused,
        ConnectError::Redis(OpenError::NotDurable {
            setting: "appendfsync",
            ..
        })
    ));
}

#[test]
fn failed_calls_of_redis_are_told_and_no_password_with_them() {
    let mut server = Server::redis(&[]);
    let user = ["portal", "on", ">hunter2", "~*", "+@all"];
    let made = Command::new("redis-cli")
        .args(["-s", server.url().trim_start_matches("redis+unix://")])
        .args(["acl", "setuser"])
        .args(user)
        .output()
        .unwrap();
    assert_eq!(made.stdout, b"OK\n");
    let url = format!("{}?user=portal&pass=hunter2", server.url());
    let told = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&told);
    let store = run(ConnectOptions::new()
        .on_error(move |error| keep.lock().unwrap().push_str(&format!("{error} {error:?}")))
        .open(&parse(&url)))
    .unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    let wrong = run(check(&format!("{url}x"))).unwrap_err();
    assert!(matches!(
        wrong,
        ConnectError::Redis(OpenError::Connect { .. })
    ));
    assert!(!format!("{} {wrong:?}", self::told(&wrong)).contains("hunter2"));
    server.tell("stop");
    let _ = put(&store, 1);
    assert_eq!(put(&store, 1), Err(StoreError::Unavailable));
    let told = told.lock().unwrap();
    assert!(!told.is_empty() && !told.contains("hunter2"), "{told}");
}
