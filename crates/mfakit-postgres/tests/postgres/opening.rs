//! Opening databases: migrated, older, newer, lossy, read-only, and migrating them.

use std::fs::File;

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_postgres::{
    CallError, OpenError, PostgresOptions, PostgresStore, SchemaName, migrations,
};

use crate::{
    samples::{put, revision},
    server::{Server, shared_postgres},
    support::{fresh, open, pool, run, session},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

fn named(name: &str) -> PostgresOptions {
    PostgresOptions::new().schema(SchemaName::new(name).unwrap())
}

#[test]
fn opening_migrates_nothing() {
    let options = named("opening_nothing");
    let refused = run(options.open(pool(&shared_postgres(), 1))).unwrap_err();
    assert!(matches!(refused, OpenError::NotMigrated { found: 0, .. }));
    assert_eq!(
        refused.to_string(),
        "the schema has version 0, this version needs 2: apply the migrations"
    );
    let schemas = "SELECT 1 FROM pg_namespace WHERE nspname = 'opening_nothing'";
    assert!(
        run(session(&shared_postgres()).query(schemas, &[]))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_newer_schema_is_refused() {
    let (_, schema) = fresh("opening_newer");
    let insert = format!("INSERT INTO {schema}.migrations VALUES (1000)");
    run(session(&shared_postgres()).batch_execute(&insert)).unwrap();
    let pool = pool(&shared_postgres(), 1);
    let options = named(&schema);
    for refused in [
        run(options.migrate(&pool)).unwrap_err(),
        run(options.clone().open(pool.clone())).unwrap_err(),
    ] {
        assert_eq!(
            refused.to_string(),
            "the schema has version 1000, this version knows 2"
        );
    }
}

#[test]
fn many_migrate_at_once() {
    let name = format!("opening_many_{}", std::process::id());
    let options = named(&name);
    run(async {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (options, pool) = (options.clone(), pool(&shared_postgres(), 1));
                tokio::spawn(async move { options.migrate(&pool).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    let store = run(options.open(pool(&shared_postgres(), 1))).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
}

#[test]
fn names_that_are_words_of_the_language_are_names() {
    for name in ["Select", "table", "_", &"x".repeat(63)] {
        let pool = pool(&shared_postgres(), 1);
        let drop = format!("DROP SCHEMA IF EXISTS \"{name}\" CASCADE");
        run(session(&shared_postgres()).batch_execute(&drop)).unwrap();
        run(named(name).migrate(&pool)).unwrap();
        let store = run(named(name).open(pool)).unwrap();
        assert_eq!(put(&store, "a", 0), COMMITTED);
        assert_eq!(crate::samples::events(&store).len(), 1);
    }
}

/// Whoever applies migrations with other tools gets the same schema.
#[test]
fn printed_migrations_make_the_schema() {
    let name = format!("opening_printed_{}", std::process::id());
    let client = session(&shared_postgres());
    run(client.batch_execute(&format!("CREATE SCHEMA {name}"))).unwrap();
    for migration in migrations(&SchemaName::new(&name).unwrap()) {
        run(client.batch_execute(&format!("BEGIN; {} COMMIT", migration.sql))).unwrap();
    }
    let store = run(named(&name).open(pool(&shared_postgres(), 1))).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
}

/// What an older version has stored is there after the migrations that it did not know.
#[test]
fn an_older_schema_is_brought_up_to_date_with_all_it_holds() {
    let name = format!("opening_older_{}", std::process::id());
    let client = session(&shared_postgres());
    let first = &migrations(&SchemaName::new(&name).unwrap())[0].sql;
    let commits = (0..5).map(|expected| {
        format!(
            "SELECT {name}.commit('acme', '{{1}}', ARRAY['a'::bytea], '{{{expected}}}', '{{1}}', ARRAY['body'::bytea],
                '{{{0}}}', '{{{0}}}', '{{1}}', '{{{0}}}', ARRAY['event'::bytea]);",
            expected + 1
        )
    });
    let commits: String = commits.collect();
    let older = format!("CREATE SCHEMA {name}; {first} {commits}");
    run(client.batch_execute(&older)).unwrap();

    let pool = pool(&shared_postgres(), 1);
    let refused = run(named(&name).open(pool.clone())).unwrap_err();
    assert!(matches!(
        refused,
        OpenError::NotMigrated { found: 1, known: 2 }
    ));
    run(named(&name).migrate(&pool)).unwrap();
    let store = run(named(&name).open(pool)).unwrap();
    assert_eq!(revision(&store, "a"), Ok(5));
    assert_eq!(crate::samples::events(&store).len(), 5);
    assert_eq!(put(&store, "a", 5), COMMITTED);
    let key = crate::samples::key("a");
    let pruned = pollster::block_on(mfakit_store::Store::prune_events(&store, &key, 4));
    assert_eq!(pruned, Ok(3));
}

/// The columns that an administrator may ask for in SQL, as the guide says.
#[test]
fn an_administrator_counts_accounts_and_keys_in_sql() {
    let (store, schema) = fresh("opening_columns");
    for id in ["a", "b"] {
        assert_eq!(put(&store, id, 0), COMMITTED);
    }
    let client = session(&shared_postgres());
    let count = |sql: &str| -> Vec<(String, i64)> {
        let sql = sql.replace("mfakit.", &format!("{schema}."));
        let rows = run(client.query(&sql, &[])).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let accounts = "SELECT tenant, count(*) FROM mfakit.documents WHERE kind = 1 GROUP BY tenant";
    assert_eq!(count(accounts), [("acme".to_owned(), 2)]);
    let keys = "SELECT key_id::text, count(*) FROM mfakit.documents GROUP BY key_id";
    assert_eq!(count(keys), [("1".to_owned(), 2)]);
}

/// The store does with rights that make and drop nothing.
#[test]
fn a_role_that_only_works_on_the_tables_is_enough() {
    let (_, schema) = fresh("opening_rights");
    let role = format!("app_{schema}");
    let client = session(&shared_postgres());
    let grant = format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};
         GRANT INSERT, UPDATE ON {schema}.documents TO {role};
         GRANT INSERT, DELETE ON {schema}.events TO {role};
         GRANT SELECT, USAGE ON SEQUENCE {schema}.positions TO {role}"
    );
    run(client.batch_execute(&grant)).unwrap();
    let mut config: tokio_postgres::Config = shared_postgres().parse().unwrap();
    config.options(format!("-c role={role}"));
    let manager = deadpool_postgres::Manager::new(config, tokio_postgres::NoTls);
    let pool = deadpool_postgres::Pool::builder(manager)
        .max_size(1)
        .build()
        .unwrap();
    run(named(&schema).migrate(&pool)).unwrap();
    let store = run(named(&schema).open(pool)).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(crate::samples::events(&store).len(), 2);
    let key = crate::samples::key("a");
    let pruned = pollster::block_on(mfakit_store::Store::prune_events(&store, &key, 9));
    assert_eq!(pruned, Ok(1));
    drop(store);
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    run(client.batch_execute(&drop)).unwrap();
}

#[test]
fn lossy_servers_are_refused_unless_accepted() {
    for (setting, option) in [
        ("fsync", "fsync=off"),
        ("full_page_writes", "full_page_writes=off"),
    ] {
        let server = Server::postgres(&["-c", option]);
        let pool = pool(server.url(), 2);
        run(PostgresOptions::new().migrate(&pool)).unwrap();
        let refused = run(PostgresStore::open(pool.clone())).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("commits would not be durable: `{setting}` is `off`")
        );
        let store = run(PostgresOptions::new().danger_accept_lossy().open(pool)).unwrap();
        assert_eq!(put(&store, "a", 0), COMMITTED);
    }
}

#[test]
fn unlogged_tables_are_refused() {
    let (_, schema) = fresh("opening_unlogged");
    let alter = format!("ALTER TABLE {schema}.events SET UNLOGGED");
    run(session(&shared_postgres()).batch_execute(&alter)).unwrap();
    let refused = run(named(&schema).open(pool(&shared_postgres(), 1))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "commits would not be durable: `relpersistence` is `events`"
    );
}

/// Whatever the session says, a commit waits for the disk: the function turns the setting on in its transaction.
#[test]
fn sessions_that_do_not_wait_for_the_disk_are_made_to() {
    let (_, schema) = fresh("opening_synchronous");
    let client = session(&shared_postgres());
    for (lax, made) in [
        ("off", "on"),
        ("local", "on"),
        ("on", "on"),
        ("remote_apply", "remote_apply"),
    ] {
        let commit = format!(
            "SET synchronous_commit = {lax}; BEGIN;
             SELECT {schema}.commit('acme', '{{1}}', ARRAY['{lax}'::bytea], '{{0}}', '{{1}}', ARRAY[''::bytea],
                '{{0}}', '{{0}}', '{{}}', '{{}}', '{{}}')"
        );
        run(client.batch_execute(&commit)).unwrap();
        let row = run(client.query_one("SHOW synchronous_commit", &[])).unwrap();
        assert_eq!(row.get::<_, &str>(0), made);
        run(client.batch_execute("COMMIT")).unwrap();
        let row = run(client.query_one("SHOW synchronous_commit", &[])).unwrap();
        assert_eq!(row.get::<_, &str>(0), lax);
    }
}

#[test]
fn a_standby_is_refused_and_never_read() {
    let mut server = Server::postgres(&[]);
    let store = open(server.url());
    assert_eq!(put(&store, "a", 0), COMMITTED);
    server.tell("stop");
    File::create(server.folder().join("data/standby.signal")).unwrap();
    server.tell("start");

    let refused = run(PostgresStore::open(pool(server.url(), 1))).unwrap_err();
    assert!(matches!(refused, OpenError::ReadOnly));
    // The store that was open finds its connections gone, and those it makes anew lead to a standby.
    for _ in 0..20 {
        assert_eq!(revision(&store, "a"), Err(StoreError::Unavailable));
    }
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    let feed = mfakit_store::EventQuery::new(
        crate::samples::tenant(),
        mfakit_store::EventOrder::OldestFirst,
        1,
    );
    let feed = pollster::block_on(mfakit_store::Store::events(&store, &feed));
    assert_eq!(feed, Err(StoreError::Unavailable));

    server.tell("stop");
    std::fs::remove_file(server.folder().join("data/standby.signal")).unwrap();
    server.tell("start");
    let store = open(server.url());
    assert_eq!(revision(&store, "a"), Ok(1));
}

#[test]
fn plain_text_over_a_network_has_to_be_said() {
    for address in [
        "host=db.example",
        "postgres://db.example/mfa",
        "host=localhost sslmode=require",
    ] {
        let refused = run(PostgresStore::connect(address)).unwrap_err();
        assert!(matches!(refused, OpenError::PlainText), "{address}");
    }
    let refused = run(PostgresStore::connect("nonsense")).unwrap_err();
    assert!(matches!(refused, OpenError::Address { .. }));
    let nobody = "host=127.0.0.1 port=1 user=x sslmode=disable";
    let refused = run(PostgresStore::connect(nobody)).unwrap_err();
    assert!(matches!(refused, OpenError::Connect { .. }));

    let server = Server::postgres(&[]);
    let store = run(PostgresStore::connect(server.url())).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
}

#[test]
fn opening_needs_a_runtime() {
    let opening = PostgresStore::open(pool(&shared_postgres(), 1));
    assert!(matches!(
        pollster::block_on(opening),
        Err(OpenError::NoRuntime)
    ));
}

#[test]
fn the_store_is_send_and_sync() {
    fn assert<T: Send + Sync>() {}
    assert::<PostgresStore>();
    assert::<PostgresOptions>();
    assert::<OpenError>();
    assert::<CallError>();
}
