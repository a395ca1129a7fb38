//! TLS is the client's: a server that takes nothing else, and a certificate that is checked.

use std::fs;

use mfakit_core::CommitOutcome;
use mfakit_redis::{OpenError, RedisOptions, RedisStore};
use redis::{Client, TlsCertificates};

use crate::{
    samples::{events, put, revision},
    server::Server,
    support::{client, run},
};

#[test]
fn a_client_with_tls_works_and_checks_the_certificate() {
    let server = Server::redis(&["--tls"]);
    assert!(server.url().starts_with("rediss://localhost:"));
    let certificate = fs::read(server.folder().join("server.crt")).unwrap();
    let trusting = TlsCertificates {
        client_tls: None,
        root_cert: Some(certificate),
    };
    let trusting = Client::build_with_tls(server.url(), trusting).unwrap();
    let store = run(RedisOptions::new().open(trusting)).unwrap();
    assert_eq!(put(&store, "a", 0), Ok(CommitOutcome::Committed));
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(events(&store).len(), 1);

    // Nobody whom the system trusts vouches for the server.
    let refused = run(RedisStore::connect(server.url())).unwrap_err();
    assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
    // The server takes no plain connection over the network.
    let plain = server.url().replace("rediss:", "redis:");
    let refused = run(RedisStore::open(client(&plain))).unwrap_err();
    assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
}

/// To the driver the fragment means a certificate of anybody.
#[test]
fn an_address_that_takes_any_certificate_is_refused() {
    let refused = run(RedisStore::connect("rediss://localhost:1/#insecure")).unwrap_err();
    assert!(matches!(refused, OpenError::PlainText), "{refused:?}");
}
