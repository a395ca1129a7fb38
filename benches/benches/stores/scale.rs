//! Stores that grow: bytes for each account, and verifications a second among few accounts and among many.
//!
//! `MFAKIT_BENCH_SIZES` are the numbers of accounts (`10000,1000000`; PostgreSQL takes 10 million in some minutes and
//! 25 GB), `MFAKIT_BENCH_ACTIVE` how many of them sign in (100,000, or half of them if there are fewer), `MFAKIT_BENCH_COUNT` how
//! many of these sign in in each of three turns (20,000), spread over all. The accounts that sign in are sealed, each with
//! its own key; the others are as long and hold noise. Each of these has one event, the sealed ones five.

#[path = "scale_redis.rs"]
mod redis_growth;

use std::{env, path::Path};

use mfakit_sqlite::SqliteStore;
use tokio_postgres::Client;

use crate::{
    hold, median, number,
    people::{Callers, People},
    postgres::{copy, fresh, pgbench, runtime, session},
    rows::{Noise, Row, filler_id},
    server::Server,
    sqlite::{Folder, bare, insert, lengths as length_of_each, open},
};

pub(crate) use redis_growth::redis;

struct Sizes {
    accounts: Vec<u64>,
    active: u64,
    count: usize,
    updated: u64,
}

impl Sizes {
    fn new(test: bool) -> Self {
        if test {
            return Self {
                accounts: vec![100],
                active: 10,
                count: 5,
                updated: 10,
            };
        }
        let sizes = env::var("MFAKIT_BENCH_SIZES").unwrap_or_else(|_| "10000,1000000".into());
        Self {
            accounts: sizes.split(',').map(|size| size.parse().unwrap()).collect(),
            active: number("MFAKIT_BENCH_ACTIVE", 100_000),
            count: usize::try_from(number("MFAKIT_BENCH_COUNT", 20_000)).unwrap(),
            updated: 10_000,
        }
    }
}

/// All rows of a tenant with so many accounts, the sealed ones at equal distances.
fn rows(sealed: Vec<Row>, accounts: u64) -> impl Iterator<Item = Row> {
    let account = sealed.iter().find(|row| row.kind == 1).unwrap();
    let (body, event) = (account.body.len(), account.events[0].1.len());
    let active = u64::try_from(sealed.len()).unwrap() - 1;
    let every = accounts / active;
    let (mut noise, mut filler) = (Noise(7), 0);
    let mut sealed = sealed.into_iter();
    let policy = sealed.next();
    let others = (0..accounts).map(move |number| {
        let here = number % every == 0 && number / every < active;
        let sealed = if here { sealed.next() } else { None };
        sealed.unwrap_or_else(|| {
            filler += 1;
            Row {
                kind: 1,
                id: filler_id(filler),
                revision: 1,
                key_id: 1,
                body: noise.bytes(body),
                events: vec![(1, noise.bytes(event))],
            }
        })
    });
    policy.into_iter().chain(others)
}

pub(crate) fn postgres(test: bool) {
    let sizes = Sizes::new(test);
    // What was just copied needs no log, so that filling takes minutes and not an hour.
    let server = Server::postgres(&["-c", "wal_level=minimal", "-c", "max_wal_senders=0"]);
    let runtime = runtime(2);
    let mut rates = Vec::new();
    for accounts in sizes.accounts {
        rates.push(runtime.block_on(async {
            let plain = session(server.url()).await;
            let store = fresh(&plain, server.url(), CALLERS).await;
            let folder = Folder::new();
            let keyring = folder.0.join("keyring");
            let active = usize::try_from(sizes.active.min(accounts / 2)).unwrap();
            let (people, sealed) = People::bound(&keyring, active).await;
            println!("scale/postgres/{accounts}: {}", lengths(&sealed));
            let started = std::time::Instant::now();
            fill_without_log(&plain, rows(sealed, accounts)).await;
            println!(
                "scale/postgres/{accounts}: filled in {:.0?}",
                started.elapsed()
            );
            tell_sizes(&plain, accounts).await;
            let people = people.moved(&keyring, store).await;
            hold();
            let figures = turns(&people, sizes.count, &format!("scale/postgres/{accounts}")).await;
            if accounts <= 1_000_000 {
                let among = sizes.updated.min(accounts / 2);
                update_ten_times(&plain, server.url(), usize::try_from(among).unwrap()).await;
            }
            figures
        }));
    }
    tell_ratio("scale/postgres", &rates);
}

pub(crate) fn sqlite(test: bool) {
    let sizes = Sizes::new(test);
    let runtime = runtime(2);
    let mut rates = Vec::new();
    for accounts in sizes.accounts.into_iter().filter(|size| *size <= 1_000_000) {
        let folder = Folder::new();
        let (file, keyring) = (folder.0.join("mfa.db"), folder.0.join("keyring"));
        let active = usize::try_from(sizes.active.min(accounts / 2)).unwrap();
        let (people, sealed) = runtime.block_on(People::bound(&keyring, active));
        println!("scale/sqlite/{accounts}: {}", lengths(&sealed));
        SqliteStore::open(&file).unwrap().close();
        let connection = open(&file);
        connection
            .pragma_update(None, "synchronous", "off")
            .unwrap();
        insert(&connection, rows(sealed, accounts));
        let bytes = |file: &Path| {
            connection
                .pragma(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()))
                .unwrap();
            file.metadata().unwrap().len()
        };
        let before = bytes(&file);
        println!(
            "scale/sqlite/{accounts}: {} bytes for each account in all",
            before / accounts
        );
        rates.push(runtime.block_on(async {
            let people = people
                .moved(&keyring, SqliteStore::open(&file).unwrap())
                .await;
            turns(&people, sizes.count, &format!("scale/sqlite/{accounts}")).await
        }));
        let before = bytes(&file);
        let updated = usize::try_from(sizes.updated.min(accounts / 2)).unwrap();
        let (body, event) = length_of_each(&connection);
        for _ in 0..10 {
            bare(&connection, updated, body, event);
        }
        let more = bytes(&file) - before;
        println!(
            "scale/sqlite/{accounts}: ten updates of {updated} accounts add {} bytes for each event",
            more / (10 * u64::try_from(updated).unwrap())
        );
    }
    tell_ratio("scale/sqlite", &rates);
}

/// Three turns in which some sign in and verify; gives the median of verifications a second.
async fn turns(people: &People, count: usize, name: &str) -> f64 {
    let mut rates = Vec::new();
    for turn in 1..=3 {
        let (signed_in, verified) = people
            .sign_in_and_verify(count, Callers::Tasks(CALLERS))
            .await;
        println!("{name}: turn {turn}: {signed_in:.0} sign-ins/s, {verified:.0} verifications/s");
        rates.push(verified);
    }
    median(&rates)
}

fn tell_ratio(name: &str, rates: &[f64]) {
    if let [few, .., many] = rates {
        println!(
            "{name}: among the most {:.2} of the rate among the fewest",
            many / few
        );
    }
}

fn lengths(sealed: &[Row]) -> String {
    let account = sealed.iter().find(|row| row.kind == 1).unwrap();
    format!(
        "a document of {} bytes, an event of {}",
        account.body.len(),
        account.events[0].1.len()
    )
}

/// Fills empty tables in one transaction: it has made them, so nothing of them is logged, and builds the indexes after.
async fn fill_without_log(plain: &Client, rows: impl Iterator<Item = Row>) {
    let definitions = "
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'mfakit'::regnamespace AND contype IN ('p', 'u')
            AND conrelid <> 'mfakit.migrations'::regclass
        UNION ALL
        SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'mfakit'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_constraint AS n WHERE n.conindid = i.indexrelid)";
    let definitions = plain.query(definitions, &[]).await.unwrap();
    let begin =
        "SET maintenance_work_mem = '512MB'; BEGIN; TRUNCATE mfakit.documents, mfakit.events";
    plain.batch_execute(begin).await.unwrap();
    for definition in &definitions {
        plain.batch_execute(definition.get(0)).await.unwrap();
    }
    copy(plain, rows).await;
    for definition in &definitions {
        plain.batch_execute(definition.get(1)).await.unwrap();
    }
    for statement in ["COMMIT", "ANALYZE", "CHECKPOINT"] {
        plain.batch_execute(statement).await.unwrap();
    }
}

async fn tell_sizes(plain: &Client, accounts: u64) {
    let sizes = "
        SELECT c.relname::text, pg_relation_size(c.oid), greatest(t.reltuples, 1)::bigint
        FROM pg_class AS c
        LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
        JOIN pg_class AS t ON t.oid = coalesce(i.indrelid, c.oid)
        WHERE c.relnamespace = 'mfakit'::regnamespace AND c.relkind IN ('r', 'i') AND t.relname <> 'migrations'
        ORDER BY t.relname, c.relkind DESC, c.relname";
    for row in plain.query(sizes, &[]).await.unwrap() {
        let (name, bytes, rows): (&str, i64, i64) = (row.get(0), row.get(1), row.get(2));
        println!(
            "scale/postgres/{accounts}: {name}: {:.1} MB, {} bytes for each of {rows} rows",
            size(bytes) / 1e6,
            bytes / rows
        );
    }
}

/// Updates each of some accounts ten times on average, by eight clients at random, and tells what it leaves behind.
async fn update_ten_times(plain: &Client, url: &str, among: usize) {
    let sizes = "SELECT pg_relation_size('mfakit.documents'), pg_indexes_size('mfakit.documents')";
    let statistics = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
        WHERE schemaname = 'mfakit' AND relname = 'documents'";
    let lengths = "SELECT octet_length(d.body), octet_length(e.body) FROM mfakit.documents AS d
        JOIN mfakit.events AS e ON e.document = d.number WHERE d.kind = 1 LIMIT 1";
    let two = async |sql: &str| -> (i64, i64) {
        let row = plain.query_one(sql, &[]).await.unwrap();
        (row.get(0), row.get(1))
    };
    let lengths = plain.query_one(lengths, &[]).await.unwrap();
    let length = |place| usize::try_from(lengths.get::<_, i32>(place)).unwrap();
    let (before, updates) = (two(sizes).await, two(statistics).await);
    pgbench(url, 8, 10 * among / 8, among, (length(0), length(1)));
    // Sessions that have ended have told what they did; a moment later it is read.
    let mut after = two(statistics).await;
    for _ in 0..50 {
        if after.0 - updates.0 >= i64::try_from(10 * among / 8 * 8).unwrap() {
            break;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
        after = two(statistics).await;
    }
    let grown = two(sizes).await;
    println!(
        "scale/postgres: ten updates of each of {among} accounts, {:.2} % heap-only: table {:+.2} %, indexes {:+.2} %",
        100.0 * size(after.1 - updates.1) / size((after.0 - updates.0).max(1)),
        100.0 * size(grown.0 - before.0) / size(before.0),
        100.0 * size(grown.1 - before.1) / size(before.1.max(1)),
    );
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "for people"
)]
const fn size(bytes: i64) -> f64 {
    bytes as f64
}

/// At once, and connections.
const CALLERS: usize = 8;
