//! `sslmode`: what is verified, and that nothing less is to be had.

use std::fs;

use mfakit_connect::{ConnectError, check, migrate, open};
use mfakit_core::CommitOutcome;
use mfakit_postgres::OpenError;

use crate::{
    server::Server,
    support::{Folder, put, revision, run, told},
};

/// The server over the network, by one of the two names that its certificate has, or another.
fn url(server: &Server, host: &str, parameters: &str) -> String {
    format!(
        "postgres://postgres@{host}:{}/postgres?{parameters}",
        server.said("port")
    )
}

#[test]
fn a_server_is_verified_by_certificate_and_name() {
    let server = Server::postgres(&["--tls"]);
    let roots = server.folder().join("server.crt");
    let roots = format!("sslrootcert={}", roots.display());

    for mode in ["", "sslmode=verify-full&", "sslmode=require&"] {
        for host in ["localhost", "127.0.0.1"] {
            let url = url(&server, host, &format!("{mode}{roots}"));
            run(migrate(&url)).unwrap();
            run(check(&url)).unwrap();
        }
    }
    let store = run(open(&url(&server, "localhost", &roots))).unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    assert_eq!(revision(&store), 1);

    let refused = |url: &str, why: &str| {
        let refused = run(check(url)).unwrap_err();
        assert!(
            matches!(refused, ConnectError::Postgres(OpenError::Connect { .. })),
            "{refused:?}"
        );
        let told = told(&refused);
        assert!(told.contains(why), "{told}");
    };
    // The system knows nobody who vouches for it, and `require` asks too.
    for mode in [
        "",
        "sslmode=verify-full",
        "sslmode=require",
        "sslrootcert=system",
    ] {
        refused(&url(&server, "localhost", mode), "certificate");
    }
    // Another name of the same machine: who has the certificate of one server is not every server.
    let other = format!("{roots}&hostaddr=127.0.0.1");
    refused(
        &url(&server, "db.example.org", &other),
        "not valid for name",
    );
    // The server takes no plain connection.
    refused(&url(&server, "localhost", "sslmode=disable"), "pg_hba.conf");
}

#[test]
fn a_server_without_tls_is_refused() {
    let port = (20000..40000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap();
    let server = Server::postgres(&[
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        &format!("port={port}"),
    ]);
    let plain = |mode: &str| format!("postgres://postgres@127.0.0.1:{port}/postgres?{mode}");
    for mode in ["", "sslmode=require"] {
        let refused = run(check(&plain(mode))).unwrap_err();
        let told = told(&refused);
        assert!(told.contains("server does not support TLS"), "{told}");
    }
    // Only who says so goes without.
    run(migrate(&plain("sslmode=disable"))).unwrap();
    drop(server);
}

#[test]
fn a_file_without_certificates_is_an_error() {
    let folder = Folder::new("roots");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let broken = folder.path().join("broken.pem");
    fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    for path in [empty, broken, folder.path().join("missing.pem")] {
        let url = format!(
            "postgres://db.example.org/portal?sslrootcert={}",
            path.display()
        );
        let refused = run(check(&url)).unwrap_err();
        assert!(matches!(refused, ConnectError::Roots { .. }), "{refused:?}");
        assert!(told(&refused).starts_with(
            "no certificate is there to verify the server by; `sslrootcert` names a file with one: "
        ));
    }
}
