//! Updates stay on their page, and no index of the documents grows with them.

use core::time::Duration;

use mfakit_core::CommitOutcome;
use mfakit_store::Store as _;
use pollster::block_on;

use crate::{
    server::{Server, shared_url},
    support::{commit, fresh, open, run, session},
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
    let server = Server::start(&[]);
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
    let columns: Vec<String> = run(session(&shared_url()).query(&columns, &[]))
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(columns, ["id", "key_id", "kind", "number", "tenant"]);
}

/// A query that goes through a whole table, or sorts one, is one that a large store makes slow.
#[test]
fn queries_follow_an_index() {
    let (_, schema) = fresh("hot_plans");
    let client = session(&shared_url());
    let fill = format!(
        "INSERT INTO {schema}.documents (revision, last_sequence, key_id, kind, tenant, id, body)
         SELECT 1, 1, 7, 1 + n % 3, 'tenant ' || n % 50, int4send(n), int4send(n) FROM generate_series(1, 20000) AS n;
         INSERT INTO {schema}.events (position, document, sequence, tenant, body)
         SELECT nextval('{schema}.positions'), number, sequence, tenant, body
         FROM {schema}.documents, generate_series(1, 20) AS sequence WHERE number <= 2000;
         ANALYZE {schema}.documents; ANALYZE {schema}.events; SET plan_cache_mode = force_generic_plan"
    );
    run(client.batch_execute(&fill)).unwrap();
    for (name, query) in [
        ("load", "SELECT revision, body FROM S.documents WHERE tenant = 'tenant 7' AND kind = 1 AND id = '7'"),
        ("scan", "SELECT revision FROM S.documents WHERE tenant = 'tenant 7' AND kind = 1 AND key_id BETWEEN 0 AND 9
            AND id > '7' ORDER BY id LIMIT 10"),
        ("count", "SELECT count(*) FROM S.documents WHERE tenant = 'tenant 7' AND kind = 1 AND key_id BETWEEN 1 AND 2"),
        ("feed", "SELECT e.body, d.id FROM S.events AS e JOIN S.documents AS d ON d.number = e.document
            WHERE e.tenant = 'tenant 7' AND e.position > 900 AND e.position <= 100000 ORDER BY e.position LIMIT 10"),
        ("chain", "SELECT e.body FROM S.events AS e WHERE e.document = (SELECT number FROM S.documents
            WHERE tenant = 'tenant 7' AND kind = 1 AND id = '7') AND e.position > 2 ORDER BY e.sequence LIMIT 10"),
        ("tenants", "SELECT tenant FROM S.documents WHERE kind = 3 AND id = ''::bytea AND tenant > 'a'
            ORDER BY tenant LIMIT 10"),
    ] {
        let explain = format!("EXPLAIN {}", query.replace("S.", &format!("{schema}.")));
        let plan: Vec<String> = run(client.query(&explain, &[]))
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index"), "{name}: {plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort"), "{name}: {plan}");
    }
}
