//! The engine on SQLite, beside the bare library with one transaction for each verification.
//!
//! A verification is one load of two documents and one commit of one with its event. The bare library does the same in
//! one thread over one connection with the same durability, statements and lengths: a transaction that reads the two,
//! and one that writes. Each caller of the engine is a thread, first on the threads of the store, then by the handle for
//! callers that may block. Both take turns on one file.

use core::time::Duration;
use std::{path::Path, time::Instant};

use mfakit_sqlite::SqliteStore;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::{
    Size, median,
    people::{Callers, People, TENANT},
    postgres::runtime,
    rate,
    rows::{Noise, Row, filler_id},
    tell,
};

pub(crate) fn compare(size: Size) {
    let folder = Folder::new();
    let (file, keyring) = (folder.0.join("mfa.db"), folder.0.join("keyring"));
    let runtime = runtime(2);
    let store = SqliteStore::open(&file).unwrap();
    let blocking = store.blocking().unwrap();
    let people = runtime.block_on(People::set_up(store, &keyring, size.people));
    let connection = open(&file);
    let (body, event) = lengths(&connection);
    fill(&connection, size.rows, body, event);
    let among = people.len().min(usize::try_from(size.rows).unwrap());
    let measure = |people: &People, name: &str| {
        let mut one = Vec::new();
        for callers in size.callers(&[1, 8, 64]) {
            let (mut engine, mut raw) = (Vec::new(), Vec::new());
            for round in 0..=size.rounds {
                let verifying = people.sign_in_and_verify(people.len(), Callers::Threads(callers));
                let (_, verified) = runtime.block_on(verifying);
                let other = bare(&connection, among, body, event);
                if round > 0 || size.test {
                    engine.push(verified);
                    raw.push(other);
                }
            }
            tell(name, callers, &engine, &raw, "rusqlite alone");
            one.push(median(&engine));
        }
        if let [alone, .., many] = one[..] {
            println!("{name}/64 callers to 1: {:.1}", many / alone);
        }
    };
    measure(&people, "stores/sqlite");
    let people = runtime.block_on(people.moved(&keyring, blocking));
    measure(&people, "stores/sqlite/blocking");
}

/// A folder for a file, removed at the end.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("mfakit-bench-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The lengths of the longest account and its longest event.
pub(crate) fn lengths(connection: &Connection) -> (usize, usize) {
    let lengths = "SELECT max(length(d.body)), max(length(e.body))
        FROM documents AS d JOIN events AS e ON e.document = d.number WHERE d.kind = 1";
    let length = |row: &rusqlite::Row<'_>, place| -> rusqlite::Result<usize> {
        let length: u32 = row.get(place)?;
        Ok(usize::try_from(length).unwrap())
    };
    connection
        .query_row(lengths, [], |row| Ok((length(row, 0)?, length(row, 1)?)))
        .unwrap()
}

/// A connection as the store's own, to a file that the store has made.
pub(crate) fn open(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection
        .pragma_update(None, "synchronous", "full")
        .unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection
}

/// Adds accounts that nobody opens, each with an event.
pub(crate) fn fill(connection: &Connection, rows: u64, body: usize, event: usize) {
    let mut noise = Noise(7);
    let rows = (1..=rows).map(|number| Row {
        kind: 1,
        id: filler_id(number),
        revision: 1,
        key_id: 1,
        body: noise.bytes(body),
        events: vec![(1, noise.bytes(event))],
    });
    insert(connection, rows);
}

/// Inserts rows, in transactions of many.
pub(crate) fn insert(connection: &Connection, rows: impl Iterator<Item = Row>) {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let transaction = connection.unchecked_transaction().unwrap();
        for row in rows.by_ref().take(50_000) {
            transaction
                .prepare_cached(
                    "INSERT INTO documents (tenant, kind, id, revision, key_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .unwrap()
                .execute(params![TENANT, row.kind, row.id, i64::try_from(row.revision).unwrap(), row.key_id, row.body])
                .unwrap();
            let number = transaction.last_insert_rowid();
            for (sequence, body) in row.events {
                transaction
                    .prepare_cached(
                        "INSERT INTO events (document, tenant, sequence, body) VALUES (?1, ?2, ?3, ?4)",
                    )
                    .unwrap()
                    .execute(params![number, TENANT, i64::try_from(sequence).unwrap(), body])
                    .unwrap();
            }
        }
        transaction.commit().unwrap();
    }
}

/// So many verifications without a verifier, on fillers; gives how many a second.
pub(crate) fn bare(connection: &Connection, count: usize, body: usize, event: usize) -> f64 {
    let mut noise = Noise(11);
    let (body, event) = (noise.bytes(body), noise.bytes(event));
    let start = Instant::now();
    for number in 1..=count {
        let id = filler_id(u64::try_from(number).unwrap());
        let reading = connection.unchecked_transaction().unwrap();
        let mut load = reading.prepare_cached(LOAD).unwrap();
        let policy = load.query_row(params![TENANT, 3, b""], revision).unwrap();
        let expected = load.query_row(params![TENANT, 1, id], revision).unwrap();
        assert!(policy.0 > 0 && !expected.1.is_empty());
        drop(load);
        reading.commit().unwrap();
        let writing =
            rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
        let writing = writing.unwrap();
        let changed = writing
            .prepare_cached(UPDATE)
            .unwrap()
            .execute(params![TENANT, 1, id, expected.0, expected.0 + 1, 1, body])
            .unwrap();
        let appended = writing
            .prepare_cached(APPEND)
            .unwrap()
            .execute(params![TENANT, 1, id, expected.0 + 1, event])
            .unwrap();
        assert_eq!((changed, appended), (1, 1));
        writing.commit().unwrap();
    }
    rate(count, start.elapsed())
}

fn revision(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

// The statements of the store.
const LOAD: &str =
    "SELECT revision, body FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
const UPDATE: &str = "\
    UPDATE documents SET revision = ?5, key_id = ?6, body = ?7
    WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND revision = ?4";
const APPEND: &str = "\
    INSERT INTO events (document, tenant, sequence, body)
    SELECT number, tenant, ?4, ?5 FROM documents
    WHERE tenant = ?1 AND kind = ?2 AND id = ?3
    AND NOT EXISTS (SELECT 1 FROM events WHERE document = number AND sequence >= ?4)";
