//! A store of one's own, whole: on SQLite, over one connection. The book explains it, `tests/own_store.rs` proves it.
//!
//! For an application take `mfakit-sqlite`, which reads while it writes, writes many commits at once, and checks the
//! file that it opens.
#![allow(
    dead_code,
    clippy::as_conversions,
    clippy::std_instead_of_core,
    reason = "an example is short, and its test does not call `main`"
)]

// ANCHOR: store
use std::{
    path::Path,
    slice::from_ref,
    sync::{Mutex, PoisonError},
};

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision, SealedEvent,
    StoreError, StoredDocument, StoredEvent, TenantId,
};
use mfakit_store::{
    EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys,
    check_limit,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, TransactionBehavior, params};

#[derive(Debug)]
pub(crate) struct OwnStore(Mutex<Connection>);

impl OwnStore {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Mutex::new(connection)))
    }

    // Every call is a transaction of its own, begun when its future is polled and not before.
    fn call<'a, T>(
        &'a self,
        allowed: std::result::Result<(), StoreError>,
        call: impl FnOnce(&Connection) -> Result<T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            allowed?;
            let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = begun.map_err(|_| StoreError::Unavailable)?;
            let answer = call(&transaction).map_err(|_| StoreError::Unavailable)?;
            transaction.commit().map_err(|_| StoreError::Unclear)?;
            Ok(answer)
        })
    }
}

impl Store for OwnStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        let find = |db: &Connection, key: &DocumentKey| {
            let place = params![key.tenant.as_str(), key.kind.number(), key.id];
            db.query_row(LOAD, place, document).optional()
        };
        self.call(check_keys(keys), move |db| {
            keys.iter().map(|key| find(db, key)).collect()
        })
    }

    // Everything is compared before anything is written, under the lock that the transaction began with.
    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        let done = self.call(check_commit(commit), move |db| {
            let mut in_order = true;
            for write in &commit.writes {
                let place = params![
                    write.key.tenant.as_str(),
                    write.key.kind.number(),
                    write.key.id
                ];
                let stored =
                    db.query_row(STATE, place, |row| Ok((number(row, 0)?, number(row, 1)?)));
                let (revision, last) = stored?;
                if revision != write.expected.number() {
                    return Ok(Ok(CommitOutcome::Conflict));
                }
                in_order &= write
                    .events
                    .first()
                    .is_none_or(|event| event.sequence > last);
            }
            if !in_order {
                return Ok(Err(StoreError::Corrupt));
            }
            for write in &commit.writes {
                let (tenant, kind, id) = (
                    write.key.tenant.as_str(),
                    write.key.kind.number(),
                    &write.key.id,
                );
                let (revision, key_id) =
                    (signed(write.revision.number()), write.index.key_id.number());
                db.execute(
                    WRITE,
                    params![tenant, kind, id, revision, key_id, write.body],
                )?;
                for event in &write.events {
                    db.execute(
                        APPEND,
                        params![tenant, kind, id, signed(event.sequence), event.body],
                    )?;
                }
            }
            Ok(Ok(CommitOutcome::Committed))
        });
        Box::pin(async move { done.await? })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        self.call(query.check(), move |db| {
            let (tenant, kind) = (query.tenant.as_str(), query.kind.number());
            let (low, high) = query
                .within
                .map_or((i64::MIN, i64::MAX), |(_, low, high)| (low, high));
            let page = params![tenant, kind, low, high, query.after, query.limit];
            db.prepare_cached(SCAN)?.query_map(page, row)?.collect()
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        self.call(query.check(), move |db| {
            let (tenant, kind) = (query.tenant.as_str(), query.kind.number());
            let (low, high) = query
                .within
                .map_or((i64::MIN, i64::MAX), |(_, low, high)| (low, high));
            db.query_row(COUNT, params![tenant, kind, low, high], |row| {
                number(row, 0)
            })
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        self.call(query.check(), move |db| {
            let (sql, start) = match query.order {
                EventOrder::OldestFirst => (FEED, 0),
                EventOrder::NewestFirst => (FEED_REVERSED, u64::MAX),
            };
            let after = signed(query.after.unwrap_or(start));
            let (kind, id) = query
                .document
                .as_ref()
                .map(|key| (key.kind.number(), &key.id))
                .unzip();
            let page = params![query.tenant.as_str(), after, kind, id, query.limit];
            db.prepare_cached(sql)?
                .query_map(page, |row| event(row, &query.tenant))?
                .collect()
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        self.call(check_limit(limit), move |db| {
            let page = params![after.map_or("", TenantId::as_str), limit];
            let name = |row: &Row<'_>| TenantId::new(&row.get::<_, String>(0)?).map_err(foreign);
            db.prepare_cached(TENANTS)?.query_map(page, name)?.collect()
        })
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        self.call(check_keys(from_ref(key)), move |db| {
            let place = params![
                key.tenant.as_str(),
                key.kind.number(),
                key.id,
                signed(before)
            ];
            db.execute(PRUNE, place).map(|removed| removed as u64)
        })
    }
}

fn document(row: &Row<'_>) -> Result<StoredDocument> {
    Ok(StoredDocument::new(
        Revision::new(number(row, 0)?),
        row.get(1)?,
    ))
}

fn row(row: &Row<'_>) -> Result<ScanRow> {
    let index = IndexValues::new(KeyId::new(row.get(3)?));
    Ok(ScanRow::new(row.get(2)?, document(row)?, index))
}

fn event(row: &Row<'_>, tenant: &TenantId) -> Result<StoredEvent> {
    let kind = DocumentKind::from_number(row.get(1)?).ok_or_else(|| foreign("a kind"))?;
    let key = DocumentKey::new(tenant.clone(), kind, row.get::<_, Vec<u8>>(2)?);
    let event = SealedEvent::new(number(row, 3)?, row.get(4)?);
    Ok(StoredEvent::new(number(row, 0)?, key, event))
}

fn number(row: &Row<'_>, place: usize) -> Result<u64> {
    row.get::<_, i64>(place)
        .and_then(|number| u64::try_from(number).map_err(foreign))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn foreign(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(what.into())
}

const TABLES: &str = "
    PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA busy_timeout = 10000;
    CREATE TABLE IF NOT EXISTS documents (
        tenant TEXT, kind INTEGER, id BLOB, revision INTEGER, key_id INTEGER, body BLOB, PRIMARY KEY (tenant, kind, id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT, kind INTEGER, id BLOB, sequence INTEGER, body BLOB, UNIQUE (tenant, kind, id, sequence)
    ) STRICT;";
const LOAD: &str =
    "SELECT revision, body FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
const STATE: &str = "
    SELECT coalesce((SELECT revision FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3), 0),
        coalesce((SELECT max(sequence) FROM events WHERE tenant = ?1 AND kind = ?2 AND id = ?3), 0)";
const WRITE: &str = "INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const APPEND: &str = "INSERT INTO events VALUES (NULL, ?1, ?2, ?3, ?4, ?5)";
const SCAN: &str = "
    SELECT revision, body, id, key_id FROM documents
    WHERE tenant = ?1 AND kind = ?2 AND key_id BETWEEN ?3 AND ?4 AND (?5 IS NULL OR id > ?5) ORDER BY id LIMIT ?6";
const COUNT: &str =
    "SELECT count(*) FROM documents WHERE tenant = ?1 AND kind = ?2 AND key_id BETWEEN ?3 AND ?4";
const FEED: &str = "
    SELECT position, kind, id, sequence, body FROM events
    WHERE tenant = ?1 AND position > ?2 AND (?3 IS NULL OR kind = ?3 AND id = ?4) ORDER BY position LIMIT ?5";
const FEED_REVERSED: &str = "
    SELECT position, kind, id, sequence, body FROM events
    WHERE tenant = ?1 AND position < ?2 AND (?3 IS NULL OR kind = ?3 AND id = ?4) ORDER BY position DESC LIMIT ?5";
const TENANTS: &str = "SELECT tenant FROM documents WHERE kind = 3 AND id = x'' AND tenant > ?1 ORDER BY tenant LIMIT ?2";
const PRUNE: &str = "
    DELETE FROM events WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND sequence < min(?4, (
        SELECT max(sequence) FROM events WHERE tenant = ?1 AND kind = ?2 AND id = ?3))";
// ANCHOR_END: store

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("own-store-{}.db", std::process::id()));
    let store = OwnStore::open(&path)?;
    let key = DocumentKey::new(TenantId::new("acme")?, DocumentKind::Account, "anna");
    assert_eq!(pollster::block_on(store.load(&[key]))?, [None]);
    std::fs::remove_file(path)?;
    Ok(())
}
