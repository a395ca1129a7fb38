//! `store` and `tenant`, on each kind of store.

use serde_json::json;

use crate::{
    server::Server,
    shop::{Shop, command, fed, mfakit},
};

#[test]
fn a_store_is_made_and_checked_and_says_where_it_is() {
    for (shop, backend) in [(Shop::sqlite(), "sqlite"), (Shop::postgres(), "postgres")] {
        for (command, outcome) in [("migrate", "migrated"), ("check", "checked")] {
            let value = shop.run(&["store", command, "--json"]).json();
            assert_eq!(value["outcome"], json!(outcome));
            assert_eq!(value["backend"], json!(backend));
        }
        let again = ["tenant", "create", "acme", "--issuer", "x", "--reason", "x"];
        let out = shop.run(&again).no();
        assert_eq!(out, "acme is there already, and was left as it is.\n");
        let other = [
            "tenant",
            "create",
            "other",
            "--issuer",
            "x",
            "--reason",
            "x",
            "--profile",
            "pci",
            "--requirement",
            "optional",
        ];
        assert_eq!(shop.run(&other).done(), "other is created.\n");
        assert_eq!(shop.run(&["tenant", "list"]).done(), "acme\nother\n");
        let policy = shop
            .run(&["policy", "show", "--tenant", "other", "--json"])
            .json();
        assert_eq!(policy["profile"], json!("pci"));
        assert_eq!(policy["requirement"], json!("optional"));
        for bad in [
            ["--issuer", ""],
            ["--profile", "none"],
            ["--requirement", "x"],
        ] {
            let args = [
                "tenant", "create", "third", "--issuer", "x", "--reason", "x",
            ];
            assert_eq!(shop.run(&[&args[..], &bad].concat()).code, 2);
        }
    }
}

#[test]
fn what_is_not_there_is_not_made_by_looking() {
    let missing = mfakit(&["store", "check", "--store", "/does/not/exist/mfa.db"]).fails(4);
    assert!(
        missing.starts_with("mfakit: the path of the database can't be followed"),
        "{missing}"
    );
    let folder = crate::shop::Folder::new();
    let path = folder.path().join("mfa.db");
    let url = format!("sqlite:{}", path.display());
    let missing = mfakit(&["store", "check", "--store", &url]).fails(4);
    assert_eq!(missing, "mfakit: there is no database at this path\n");
    assert!(!path.exists());
    let no_url = mfakit(&["store", "check"]).fails(2);
    assert!(no_url.contains("where is the store?"), "{no_url}");
}

#[test]
fn migrations_are_printed_for_other_tools() {
    let sql = [
        "store",
        "sql",
        "--store",
        "postgres://db/portal?schema=second_factors",
    ];
    let out = mfakit(&sql).done();
    assert!(out.starts_with("BEGIN;\n") && out.ends_with("COMMIT;\n"));
    assert!(out.contains("\"second_factors\".documents"));
    let steps = mfakit(&[&sql[..], &["--json"]].concat()).lines();
    assert_eq!(steps[0]["number"], json!(1));
    let none = mfakit(&["store", "sql", "--store", "sqlite:x"]).fails(1);
    assert!(none.contains("has no SQL to apply"), "{none}");
}

#[test]
fn a_server_over_the_network_is_verified_by_the_roots_of_the_system() {
    let server = Server::postgres(&["--tls"]);
    let port = server.said("port");
    let url = format!("postgres://postgres@localhost:{port}/postgres");
    let refused = mfakit(&["store", "migrate", "--store", &url]).fails(4);
    assert!(refused.contains("certificate"), "{refused}");
    // What the system trusts is said to it, and not to us.
    let mut trusting = command(&["store", "migrate", "--store", &url]);
    trusting.env("SSL_CERT_FILE", server.folder().join("server.crt"));
    let out = fed(&mut trusting, "").done();
    assert_eq!(out, format!("{url} is up to date.\n"));
}

#[test]
fn why_a_store_failed_is_said_beside_the_error() {
    let shop = Shop::sqlite();
    let database = rusqlite::Connection::open(shop.folder.path().join("mfa.db")).unwrap();
    database
        .execute_batch("ALTER TABLE documents RENAME TO gone")
        .unwrap();
    let ran = shop.run(&["list"]);
    assert_eq!((ran.code, &*ran.out), (5, ""));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(lines[0].contains("documents"), "{lines:?}");
    assert!(
        lines[1].starts_with("mfakit: the second factor is unavailable: the store failed"),
        "{lines:?}"
    );
}
