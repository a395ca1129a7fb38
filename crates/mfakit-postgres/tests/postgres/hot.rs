//! Updates stay on their page, and no index of the documents grows with them.

use core::time::Duration;

use mfakit_core::{CommitOutcome, DocumentKind};
use mfakit_postgres::{PostgresOptions, SchemaName};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store};
use pollster::block_on;

use crate::{
    samples::{commit, key, tenant},
    server::{Server, shared_postgres},
    support::{fresh, open, pool, run, session},
};

/// A document of the typical length: 1.2 KiB of bytes that do not compress, as sealed ones are.
fn body(revision: u64) -> Vec<u8> {
    let mut state = revision.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes = core::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    bytes.take(1229).collect()
}

#[test]
fn updates_are_heap_only_and_inline() {
    const ACCOUNTS: u64 = 200;
    const UPDATES: u64 = 10;
    // A server of its own: a transaction of another test would keep dead versions alive, and pages full.
    let server = Server::postgres(&[]);
    let (store, schema) = (open(server.url()), "mfakit");
    let client = session(server.url());
    let number = |sql: &str| -> i64 { run(client.query_one(sql, &[])).unwrap().get(0) };
    let put_all = |revision: u64| {
        for account in 0..ACCOUNTS {
            let commit = commit(&account.to_string(), revision, &body(revision));
            assert_eq!(
                block_on(store.commit(&commit)),
                Ok(CommitOutcome::Committed)
            );
        }
    };
    let indexes = format!("SELECT pg_indexes_size('{schema}.documents')");
    put_all(0);
    let before = number(&indexes);
    (1..=UPDATES).for_each(put_all);
    assert_eq!(number(&indexes), before);

    // The numbers arrive when the sessions have told them, at the latest when they end.
    drop(store);
    let updates = i64::try_from(ACCOUNTS * UPDATES).unwrap();
    let statistics = format!(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
         WHERE schemaname = '{schema}' AND relname = 'documents'"
    );
    let mut told = (0, 0);
    for _ in 0..600 {
        let row = run(client.query_one(&statistics, &[])).unwrap();
        told = (row.get::<_, i64>(0), row.get::<_, i64>(1));
        if told.0 == updates {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(told, (updates, updates));

    let toasted = format!(
        "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = '{schema}.documents'::regclass"
    );
    assert_eq!(number(&toasted), 0);
}

/// An index on what every commit changes would end all of this.
#[test]
fn no_index_holds_what_a_commit_changes() {
    let (_, schema) = fresh("hot_indexes");
    let columns = format!(
        "SELECT DISTINCT a.attname::text FROM pg_index AS i
         JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = '{schema}.documents'::regclass ORDER BY 1"
    );
    let columns: Vec<String> = run(session(&shared_postgres()).query(&columns, &[]))
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(columns, ["id", "key_id", "kind", "number", "tenant"]);
}

/// A query that goes through a whole table, or sorts one, is one that a large store makes slow; so does one that goes
/// through the pages before its own. These are the statements as the store has prepared them.
#[test]
fn queries_follow_an_index() {
    let (_, schema) = fresh("hot_plans");
    let client = session(&shared_postgres());
    let fill = format!(
        "INSERT INTO {schema}.documents (revision, last_sequence, key_id, kind, tenant, id, body)
         SELECT 1, 1, 7, 1 + n % 3, 'tenant ' || n % 50, int4send(n), int4send(n) FROM generate_series(1, 20000) AS n;
         INSERT INTO {schema}.events (position, document, sequence, tenant, body)
         SELECT nextval('{schema}.positions'), number, sequence, tenant, body
         FROM {schema}.documents, generate_series(1, 20) AS sequence WHERE number <= 2000;
         ANALYZE {schema}.documents; ANALYZE {schema}.events"
    );
    run(client.batch_execute(&fill)).unwrap();
    let pool = pool(&shared_postgres(), 1);
    let options = PostgresOptions::new().schema(SchemaName::new(&schema).unwrap());
    let store = run(options.open(pool.clone())).unwrap();
    ask_everything(&store);

    let prepared = run(async {
        let session = pool.get().await.unwrap();
        let generic = "SET plan_cache_mode = force_generic_plan";
        session.batch_execute(generic).await.unwrap();
        let sql = "SELECT name, statement FROM pg_prepared_statements WHERE statement LIKE $1";
        let of_schema = format!("%\"{schema}\".%");
        let prepared = session.query(sql, &[&of_schema]).await.unwrap();
        let prepared = prepared.iter().map(|row| (row.get(0), row.get(1)));
        prepared.collect::<Vec<(String, String)>>()
    });
    let cases = [
        ("ORDER BY k.place", "'{acme}', '{1}', '{a}'", "(id = k.id)"),
        (
            "key_id - 0 <= $4 ORDER BY id LIMIT $5",
            "'acme', 1, 0, 9, 10",
            "(tenant = $1)",
        ),
        (
            "AND id > $6 ORDER BY id LIMIT $5",
            "'acme', 1, 0, 9, 10, 'a'",
            "(id > $6)",
        ),
        (
            "AND key_id BETWEEN $3 AND $4",
            "'acme', 1, 0, 9",
            "(key_id >= $3)",
        ),
        (
            "e.tenant = $1 AND e.position < $2 ORDER BY e.position DESC LIMIT $3",
            "'acme', 9, 10",
            "(\"position\" < $2)",
        ),
        (
            "id = $5) AND e.position > $2 ORDER BY e.position LIMIT $3",
            "'acme', 9, 10, 1, 'a'",
            "(\"position\" > $2)",
        ),
        (
            "id = $5) AND e.position < $2 ORDER BY e.position DESC LIMIT $3",
            "'acme', 9, 10, 1, 'a'",
            "(\"position\" < $2)",
        ),
        ("ORDER BY tenant LIMIT $2", "'acme', 10", "(tenant > $1)"),
    ];
    for (end, arguments, condition) in cases {
        let words = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = |it: &&(String, String)| words(&it.1).ends_with(end);
        let fitting: Vec<_> = prepared.iter().filter(fits).collect();
        let [(name, sql)] = fitting[..] else {
            panic!("{end}: {fitting:?}")
        };
        let explain = format!("EXPLAIN EXECUTE \"{name}\" ({arguments})");
        let plan = run(async {
            let rows = pool
                .get()
                .await
                .unwrap()
                .simple_query(&explain)
                .await
                .unwrap();
            let lines = rows.iter().filter_map(|it| match it {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            lines.collect::<Vec<_>>().join("\n")
        });
        let conditions = plan.lines().filter(|line| line.contains("Index Cond"));
        assert!(
            conditions.clone().any(|it| it.contains(condition)),
            "{sql}\n{plan}"
        );
        assert!(
            !plan.contains("Seq Scan") && !plan.contains("Sort"),
            "{sql}\n{plan}"
        );
    }
    // Beside these: `feed`, whose query is in its function, `commit` and `prune`.
    assert_eq!(prepared.len(), cases.len() + 3, "{prepared:?}");

    // The query inside of `feed`.
    let feed = format!(
        "SET plan_cache_mode = force_generic_plan;
         PREPARE feed (text, bigint, bigint, bigint) AS
         SELECT e.body, d.id FROM {schema}.events AS e JOIN {schema}.documents AS d ON d.number = e.document
         WHERE e.tenant = $1 AND e.position > $2 AND e.position <= $3 ORDER BY e.position LIMIT $4"
    );
    run(client.batch_execute(&feed)).unwrap();
    let explain = "EXPLAIN EXECUTE feed ('tenant 7', 900, 100000, 10)";
    let plan = run(client.query(explain, &[])).unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(
        !plan.contains("Seq Scan") && !plan.contains("Sort"),
        "{plan}"
    );
}

/// Makes every call of a store, so that each statement is prepared.
fn ask_everything(store: &dyn Store) {
    let account = key("a");
    block_on(store.load(core::slice::from_ref(&account))).unwrap();
    block_on(store.commit(&commit("a", 0, b"body"))).unwrap();
    let scan = ScanQuery::new(tenant(), DocumentKind::Account, 10);
    block_on(store.count(&scan)).unwrap();
    block_on(store.scan(&scan.clone().after(b"a"))).unwrap();
    block_on(store.scan(&scan)).unwrap();
    for order in [EventOrder::OldestFirst, EventOrder::NewestFirst] {
        let events = EventQuery::new(tenant(), order, 10);
        block_on(store.events(&events)).unwrap();
        block_on(store.events(&events.document(account.clone()))).unwrap();
    }
    block_on(store.tenants(None, 10)).unwrap();
    block_on(store.prune_events(&account, 0)).unwrap();
}

/// A page of one document's events touches the page's events and none before it, and so does pruning.
#[test]
fn pages_of_one_document_cost_the_same_everywhere() {
    const EVENTS: u64 = 50_000;
    let (store, schema) = fresh("hot_pages");
    let client = session(&shared_postgres());
    block_on(store.commit(&commit("a", 0, b"body"))).unwrap();
    let fill = format!(
        "INSERT INTO {schema}.events (position, document, sequence, tenant, body)
         SELECT nextval('{schema}.positions'), number, sequence, tenant, int4send(sequence)
         FROM {schema}.documents, generate_series(2, {EVENTS}) AS sequence;
         UPDATE {schema}.documents SET last_sequence = {EVENTS}; VACUUM ANALYZE {schema}.events"
    );
    for statement in fill.split(';') {
        run(client.batch_execute(statement)).unwrap();
    }
    let touched = |act: &str| -> i64 {
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {act}");
        let row = run(client.simple_query(&explain)).unwrap();
        let text = match &row[..] {
            [
                tokio_postgres::SimpleQueryMessage::RowDescription(_),
                tokio_postgres::SimpleQueryMessage::Row(row),
                ..,
            ] => row.get(0).unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        // The first of each is that of the whole plan.
        let number = |name: &str| -> i64 {
            let (_, rest) = text.split_once(&format!("\"{name}\": ")).unwrap();
            rest.split([',', '\n']).next().unwrap().parse().unwrap()
        };
        number("Shared Hit Blocks") + number("Shared Read Blocks")
    };
    let page = |after: u64| {
        touched(&format!(
            "SELECT position, sequence, body FROM {schema}.events AS e
             WHERE e.document = (SELECT number FROM {schema}.documents WHERE tenant = 'acme' AND kind = 1 AND id = 'a')
                 AND e.position > {after} ORDER BY e.position LIMIT 100"
        ))
    };
    let (first, last) = (page(0), page(EVENTS - 200));
    assert!(
        last <= first + 5 && first < 60,
        "{first}, then {last} blocks"
    );
    // Nothing to prune: 1,000 events are looked at.
    let prune = touched(&format!(
        "SELECT {schema}.prune('acme', 1::smallint, 'a', 1)"
    ));
    assert!(prune < 200, "{prune} blocks");
}
