//! The engine on PostgreSQL, beside `pgbench` with the same statements on the same server.
//!
//! A verification is one load of two documents, a policy and an account, and one commit of the account with its event.
//! `pgbench -M prepared` sends the same two statements over as many connections, with a body and an event of the same
//! length, and asks for the expected revision inside of the commit, which costs it an index lookup. Both have as many
//! threads: one for one client, otherwise two. The two take turns on a throw-away server with fsync on; what is printed
//! are medians.
//!
//! Not measured: a network between application and server, TLS.

use std::{env, fs, pin::pin, process::Command};

use deadpool_postgres::{Manager, Pool, Runtime};
use mfakit_postgres::{PostgresOptions, PostgresStore};
use tokio_postgres::{
    Client, NoTls,
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

use crate::{
    Size,
    people::{Callers, People, TENANT},
    rows::{Noise, Row, filler_id},
    server::Server,
    sqlite::Folder,
    tell,
};

pub(crate) fn compare(size: Size) {
    let server = Server::postgres(&[]);
    let folder = Folder::new();
    let keyring = folder.0.join("keyring");
    let (mut people, lengths) = runtime(2).block_on(async {
        let plain = session(server.url()).await;
        let store = fresh(&plain, server.url(), 2).await;
        let people = People::set_up(store, &keyring, size.people).await;
        let lengths = lengths(&plain).await;
        fill(&plain, size.rows, lengths.0, lengths.1).await;
        let settle = "ANALYZE mfakit.documents; ANALYZE mfakit.events; CHECKPOINT";
        for statement in settle.split(';') {
            plain.batch_execute(statement).await.unwrap();
        }
        (people, lengths)
    });
    let among = people.len().min(usize::try_from(size.rows).unwrap());
    for clients in size.callers(&[1, 8, 32]) {
        people = runtime(clients.min(2)).block_on(async {
            let store = PostgresStore::open(pool(server.url(), clients)).await;
            let people = people.moved(&keyring, store.unwrap()).await;
            let (mut engine, mut raw) = (Vec::new(), Vec::new());
            for round in 0..=size.rounds {
                let verifying = people.sign_in_and_verify(people.len(), Callers::Tasks(clients));
                let (_, verified) = verifying.await;
                let each = people.len() / clients;
                let other = pgbench(server.url(), clients, each, among, lengths);
                // The first of each warms up.
                if round > 0 || size.test {
                    engine.push(verified);
                    raw.push(other);
                }
            }
            tell("stores/postgres", clients, &engine, &raw, "pgbench");
            people
        });
    }
}

/// As many threads as `pgbench` has.
pub(crate) fn runtime(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .unwrap()
}

pub(crate) async fn session(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// An empty store with so many connections, in place of what there was.
pub(crate) async fn fresh(plain: &Client, url: &str, connections: usize) -> PostgresStore {
    let drop = "DROP SCHEMA IF EXISTS mfakit CASCADE";
    plain.batch_execute(drop).await.unwrap();
    let pool = pool(url, connections);
    PostgresOptions::new().migrate(&pool).await.unwrap();
    PostgresStore::open(pool).await.unwrap()
}

fn pool(url: &str, connections: usize) -> Pool {
    let manager = Manager::new(url.parse().unwrap(), NoTls);
    Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap()
}

/// The lengths of a document of a person and of its last event.
async fn lengths(plain: &Client) -> (usize, usize) {
    let lengths = "SELECT max(octet_length(d.body)), max(octet_length(e.body))
        FROM mfakit.documents AS d JOIN mfakit.events AS e ON e.document = d.number
        WHERE d.kind = 1 AND e.sequence = d.last_sequence";
    let row = plain.query_one(lengths, &[]).await.unwrap();
    let length = |place| usize::try_from(row.get::<_, i32>(place)).unwrap();
    (length(0), length(1))
}

/// Adds accounts that nobody opens, each with an event: `pgbench` works on them.
pub(crate) async fn fill(plain: &Client, rows: u64, body: usize, event: usize) {
    let mut noise = Noise(7);
    let rows = (1..=rows).map(|number| Row {
        kind: 1,
        id: filler_id(number),
        revision: 1,
        key_id: 1,
        body: noise.bytes(body),
        events: vec![(1, noise.bytes(event))],
    });
    copy(plain, rows).await;
}

/// Copies rows in, behind what is there.
pub(crate) async fn copy(plain: &Client, rows: impl Iterator<Item = Row>) {
    let first = "SELECT coalesce((SELECT max(number) FROM mfakit.documents), 0),
        coalesce((SELECT max(position) FROM mfakit.events), 0)";
    let first = plain.query_one(first, &[]).await.unwrap();
    let (mut number, mut position): (i64, i64) = (first.get(0), first.get(1));
    let signed = |number: u64| i64::try_from(number).unwrap();
    // A connection copies into one table at a time, so events wait in memory for the end of a batch.
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut events = Vec::new();
        let sink = plain.copy_in(COPY_DOCUMENTS).await.unwrap();
        let mut documents = pin!(BinaryCopyInWriter::new(sink, &DOCUMENT));
        for row in rows.by_ref().take(BATCH) {
            number += 1;
            let last = row.events.last().map_or(0, |event| signed(event.0));
            let (revision, key_id) = (signed(row.revision), i64::from(row.key_id));
            let kind = i16::from(row.kind);
            let columns: [&(dyn ToSql + Sync); 8] = [
                &number, &revision, &last, &key_id, &kind, &TENANT, &row.id, &row.body,
            ];
            documents.as_mut().write(&columns).await.unwrap();
            events.extend(row.events.into_iter().map(|event| (number, event)));
        }
        documents.finish().await.unwrap();
        let sink = plain.copy_in(COPY_EVENTS).await.unwrap();
        let mut copied = pin!(BinaryCopyInWriter::new(sink, &EVENT));
        for (document, (sequence, body)) in events {
            position += 1;
            let sequence = signed(sequence);
            let columns: [&(dyn ToSql + Sync); 5] =
                [&position, &document, &sequence, &TENANT, &body];
            copied.as_mut().write(&columns).await.unwrap();
        }
        copied.finish().await.unwrap();
    }
    let go_on = format!(
        "SELECT setval('mfakit.positions', {}), setval(pg_get_serial_sequence('mfakit.documents', 'number'), {})",
        position.max(1),
        number.max(1)
    );
    plain.batch_execute(&go_on).await.unwrap();
}

/// The same load and the same commit by `pgbench`, `each` times by each client, on the first accounts that lie around;
/// gives transactions a second.
pub(crate) fn pgbench(
    url: &str,
    clients: usize,
    each: usize,
    among: usize,
    lengths: (usize, usize),
) -> f64 {
    let path = env::temp_dir().join(format!("mfakit-pgbench-{}.sql", std::process::id()));
    fs::write(&path, SCRIPT).unwrap();
    let hex = |length: usize| format!("\\x{}", "a7".repeat(length));
    let output = Command::new(pgbench_path())
        .args(["-n", "-M", "prepared"])
        .args([
            "-c",
            &clients.to_string(),
            "-j",
            &clients.min(2).to_string(),
        ])
        .args(["-t", &each.max(1).to_string()])
        .args(["-D", &format!("people={}", among.max(1))])
        .args(["-D", &format!("body={}", hex(lengths.0))])
        .args(["-D", &format!("event={}", hex(lengths.1))])
        .arg("-f")
        .arg(&path)
        .arg(url)
        .output()
        .unwrap();
    fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.and_then(|rest| rest.split(' ').next()).unwrap();
    tps.parse().unwrap()
}

/// Where Debian keeps it, or the one in `PATH`.
fn pgbench_path() -> std::path::PathBuf {
    let newest = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
        .filter(|path| path.exists())
        .max();
    newest.unwrap_or_else(|| "pgbench".into())
}

/// Rows in a copy.
const BATCH: usize = 100_000;
const COPY_DOCUMENTS: &str = "COPY mfakit.documents (number, revision, last_sequence, key_id, kind, tenant, id, body) \
    FROM STDIN BINARY";
const DOCUMENT: [Type; 8] = [
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT2,
    Type::TEXT,
    Type::BYTEA,
    Type::BYTEA,
];
const COPY_EVENTS: &str =
    "COPY mfakit.events (position, document, sequence, tenant, body) FROM STDIN BINARY";
const EVENT: [Type; 5] = [Type::INT8, Type::INT8, Type::INT8, Type::TEXT, Type::BYTEA];

// One account at a time, chosen at random among as many as people verify; two clients that meet at one of them cost
// each other a conflict.
const SCRIPT: &str = "\
\\set person random(1, :people)
SELECT pg_catalog.pg_is_in_recovery(), d.revision, d.body \
FROM ROWS FROM (unnest(ARRAY['acme', 'acme']::text[]), unnest(ARRAY[3, 1]::smallint[]), \
unnest(ARRAY['', substring(sha256(int8send(:person)) for 16)]::bytea[])) WITH ORDINALITY AS k (tenant, kind, id, place) \
LEFT JOIN LATERAL (SELECT revision, body FROM mfakit.documents \
WHERE tenant = k.tenant COLLATE \"C\" AND kind = k.kind AND id = k.id LIMIT 1) AS d ON true ORDER BY k.place;
SELECT mfakit.commit('acme', ARRAY[1]::smallint[], ARRAY[d.id], ARRAY[d.revision], ARRAY[d.key_id], \
ARRAY[:body::bytea], ARRAY[d.last_sequence + 1], ARRAY[d.last_sequence + 1], ARRAY[1], \
ARRAY[d.last_sequence + 1], ARRAY[:event::bytea]) \
FROM mfakit.documents AS d WHERE d.tenant = 'acme' AND d.kind = 1 AND d.id = substring(sha256(int8send(:person)) for 16);
";
