//! TLS is the pool's: a server that takes nothing else, and a certificate that is checked.

use deadpool_postgres::{Manager, Pool};
use mfakit_core::CommitOutcome;
use mfakit_postgres::{OpenError, PostgresOptions};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    samples::{events, put, revision},
    server::Server,
    support::run,
};

fn config(server: &Server) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config
        .host("localhost")
        .hostaddr([127, 0, 0, 1].into())
        .port(server.said("port").parse().unwrap())
        .user("postgres")
        .dbname("postgres")
        .ssl_mode(SslMode::Require);
    config
}

fn pool(server: &Server, roots: RootCertStore) -> Pool {
    let tls = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let manager = Manager::new(config(server), MakeRustlsConnect::new(tls));
    Pool::builder(manager).max_size(4).build().unwrap()
}

#[test]
fn a_pool_with_tls_works_and_checks_the_certificate() {
    let server = Server::postgres(&["--tls"]);
    let certificate = CertificateDer::from_pem_file(server.folder().join("server.crt")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let pool = pool(&server, roots);
    run(PostgresOptions::new().migrate(&pool)).unwrap();
    let store = run(PostgresOptions::new().open(pool.clone())).unwrap();
    assert_eq!(put(&store, "a", 0), Ok(CommitOutcome::Committed));
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(events(&store).len(), 1);
    let encrypted = run(async {
        let connection = pool.get().await.unwrap();
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        connection.query_one(sql, &[]).await.unwrap()
    });
    assert!(encrypted.get::<_, bool>(0));

    // Nobody vouches for the server.
    let nobody = self::pool(&server, RootCertStore::empty());
    let refused = run(PostgresOptions::new().open(nobody)).unwrap_err();
    assert!(matches!(refused, OpenError::Connect { .. }));
    // The server takes no plain connection over the network.
    let plain = format!(
        "host=127.0.0.1 port={} user=postgres sslmode=disable",
        server.said("port")
    );
    let refused = run(PostgresOptions::new().connect(&plain)).unwrap_err();
    assert!(matches!(refused, OpenError::Connect { .. }));
}
