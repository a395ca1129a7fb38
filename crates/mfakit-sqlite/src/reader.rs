//! The threads that read, those that read for themselves, and the queries.

use alloc::{boxed::Box, vec::Vec};
use core::{
    mem::{forget, take},
    num::NonZeroUsize,
    time::Duration,
};
use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crossbeam_channel::Receiver;
use mfakit_core::{
    DocumentKey, DocumentKind, IndexField, IndexValues, KeyId, Revision, SealedEvent,
    StoredDocument, StoredEvent, TenantId,
};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, ScanRow};
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::Type};

use crate::{OpenError, error::is_busy};

/// A query to run; it sends its own answer.
pub(crate) type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Serves a queue shared with other readers until nobody can add to it and it is empty.
pub(crate) fn run(connection: &Connection, queue: &Receiver<Job>) {
    for job in queue {
        job(connection);
    }
}

/// Connections for threads that read for themselves.
pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    /// The process that opened them; one that was forked off it must not touch them.
    process: u32,
}

impl Drop for Readers {
    fn drop(&mut self) {
        if self.process != process::id() {
            let free = self.free.get_mut();
            forget(take(free.unwrap_or_else(PoisonError::into_inner)));
        }
    }
}

impl Readers {
    /// So many connections.
    pub(crate) fn open(
        count: NonZeroUsize,
        open: impl Fn() -> Result<Connection, OpenError>,
    ) -> Result<Self, OpenError> {
        let free = (0..count.get()).map(|_| {
            let connection = open()?;
            // The thread of a caller waits for nobody.
            connection.busy_timeout(Duration::ZERO)?;
            Ok(connection)
        });
        let free: Result<_, OpenError> = free.collect();
        Ok(Self {
            free: Mutex::new(free?),
            process: process::id(),
        })
    }

    /// Runs the query on this thread, or nothing if all connections are taken or another process is in the way.
    pub(crate) fn try_read<T>(
        &self,
        query: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Option<rusqlite::Result<T>> {
        let connection = self.free().pop()?;
        // A query that panicked would leave one connection less, and at last the threads of the store.
        let result = query(&connection);
        self.free().push(connection);
        (!result.as_ref().is_err_and(is_busy)).then_some(result)
    }

    fn free(&self) -> MutexGuard<'_, Vec<Connection>> {
        // It is held for one push or pop.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One entry per key, all from one snapshot.
pub(crate) fn load(
    connection: &Connection,
    keys: &[DocumentKey],
) -> rusqlite::Result<Vec<Option<StoredDocument>>> {
    let transaction = match keys {
        [] | [_] => None,
        _ => Some(connection.unchecked_transaction()?),
    };
    let mut statement = connection.prepare_cached(LOAD)?;
    let mut load_one = |key: &DocumentKey| {
        statement
            .query_row(
                params![key.tenant.as_str(), key.kind.number(), key.id],
                |row| document(row, 0),
            )
            .optional()
    };
    let loaded = keys.iter().map(&mut load_one).collect();
    drop(statement);
    drop(transaction);
    loaded
}

pub(crate) fn scan(connection: &Connection, query: &ScanQuery) -> rusqlite::Result<Vec<ScanRow>> {
    let (low, high) = key_ids(query);
    let (tenant, kind) = (query.tenant.as_str(), query.kind.number());
    match &query.after {
        None => connection
            .prepare_cached(SCAN)?
            .query_map(params![tenant, kind, low, high, query.limit], scan_row)?
            .collect(),
        Some(id) => connection
            .prepare_cached(SCAN_AFTER)?
            .query_map(params![tenant, kind, low, high, query.limit, id], scan_row)?
            .collect(),
    }
}

pub(crate) fn count(connection: &Connection, query: &ScanQuery) -> rusqlite::Result<u64> {
    let (low, high) = key_ids(query);
    let key = params![query.tenant.as_str(), query.kind.number(), low, high];
    connection
        .prepare_cached(COUNT)?
        .query_row(key, |row| unsigned(row, 0))
}

pub(crate) fn events(
    connection: &Connection,
    query: &EventQuery,
) -> rusqlite::Result<Vec<StoredEvent>> {
    // Positions are positive and fit a signed column, so these lie before the first and behind the last.
    let start = match query.order {
        EventOrder::OldestFirst => 0,
        EventOrder::NewestFirst => u64::MAX,
    };
    let after = i64::try_from(query.after.unwrap_or(start)).unwrap_or(i64::MAX);
    let event = |row: &Row<'_>| event(row, &query.tenant);
    let tenant = query.tenant.as_str();
    match &query.document {
        None => {
            let sql = match query.order {
                EventOrder::OldestFirst => FEED,
                EventOrder::NewestFirst => FEED_REVERSED,
            };
            connection
                .prepare_cached(sql)?
                .query_map(params![tenant, after, query.limit], event)?
                .collect()
        }
        Some(key) => {
            let sql = match query.order {
                EventOrder::OldestFirst => CHAIN,
                EventOrder::NewestFirst => CHAIN_REVERSED,
            };
            let key = params![tenant, after, query.limit, key.kind.number(), key.id];
            connection
                .prepare_cached(sql)?
                .query_map(key, event)?
                .collect()
        }
    }
}

pub(crate) fn tenants(
    connection: &Connection,
    after: Option<&TenantId>,
    limit: u32,
) -> rusqlite::Result<Vec<TenantId>> {
    // No tenant has an empty name.
    let after = after.map_or("", TenantId::as_str);
    connection
        .prepare_cached(TENANTS)?
        .query_map(params![after, limit], |row| {
            let name: String = row.get(0)?;
            TenantId::new(&name).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
            })
        })?
        .collect()
}

/// Whether this crate keeps the index values the query looks at.
pub(crate) const fn knows_index(query: &ScanQuery) -> bool {
    matches!(query.within, None | Some((IndexField::KeyId, ..)))
}

/// The range of key ids to look for.
fn key_ids(query: &ScanQuery) -> (i64, i64) {
    query
        .within
        .map_or((i64::MIN, i64::MAX), |(_, low, high)| (low, high))
}

/// A row from the columns `revision`, `body`, `id`, `key_id`.
fn scan_row(row: &Row<'_>) -> rusqlite::Result<ScanRow> {
    let key_id = u32::try_from(unsigned(row, 3)?).map_err(|_| out_of_range(row, 3))?;
    let index = IndexValues::new(KeyId::new(key_id));
    Ok(ScanRow::new(row.get(2)?, document(row, 0)?, index))
}

/// A document from the columns `revision` and `body`, the first of them at `column`.
fn document(row: &Row<'_>, column: usize) -> rusqlite::Result<StoredDocument> {
    let revision = unsigned(row, column)?;
    if revision == 0 {
        return Err(out_of_range(row, column));
    }
    let body = row.get(column + 1)?;
    Ok(StoredDocument::new(Revision::new(revision), body))
}

/// An event of `tenant` from the columns `position`, `kind`, `id`, `sequence`, `body`.
fn event(row: &Row<'_>, tenant: &TenantId) -> rusqlite::Result<StoredEvent> {
    let kind = u8::try_from(unsigned(row, 1)?)
        .ok()
        .and_then(DocumentKind::from_number)
        .ok_or_else(|| out_of_range(row, 1))?;
    let id: Vec<u8> = row.get(2)?;
    Ok(StoredEvent::new(
        unsigned(row, 0)?,
        DocumentKey::new(tenant.clone(), kind, id),
        SealedEvent::new(unsigned(row, 3)?, row.get(4)?),
    ))
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| out_of_range(row, column))
}

/// The number in this column is none that is ever stored there.
fn out_of_range(row: &Row<'_>, column: usize) -> rusqlite::Error {
    match row.get(column) {
        Ok(number) => rusqlite::Error::IntegralValueOutOfRange(column, number),
        Err(error) => error,
    }
}

const LOAD: &str = "\
    SELECT revision, body FROM documents WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
// The sign keeps SQLite from the index by key id, which would make it sort.
const SCAN: &str = "\
    SELECT revision, body, id, key_id FROM documents
    WHERE tenant = ?1 AND kind = ?2 AND +key_id BETWEEN ?3 AND ?4
    ORDER BY id LIMIT ?5";
const SCAN_AFTER: &str = "\
    SELECT revision, body, id, key_id FROM documents
    WHERE tenant = ?1 AND kind = ?2 AND +key_id BETWEEN ?3 AND ?4 AND id > ?6
    ORDER BY id LIMIT ?5";
const COUNT: &str = "\
    SELECT count(*) FROM documents WHERE tenant = ?1 AND kind = ?2 AND key_id BETWEEN ?3 AND ?4";
const FEED: &str = "\
    SELECT position, kind, id, sequence, events.body
    FROM events JOIN documents ON number = document
    WHERE events.tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
const FEED_REVERSED: &str = "\
    SELECT position, kind, id, sequence, events.body
    FROM events JOIN documents ON number = document
    WHERE events.tenant = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3";
// Within a document, sequence and position grow together, and sequence is what the index has. So a page begins at the
// sequence of the event before it, or each would go through all pages before; if that event is gone, it does.
const CHAIN: &str = "\
    SELECT position, kind, id, sequence, events.body
    FROM documents JOIN events ON document = number
    WHERE documents.tenant = ?1 AND kind = ?4 AND id = ?5 AND position > ?2
    AND sequence > coalesce(
        (SELECT sequence FROM events AS seen WHERE position = ?2 AND seen.document = number), 0)
    ORDER BY sequence LIMIT ?3";
const CHAIN_REVERSED: &str = "\
    SELECT position, kind, id, sequence, events.body
    FROM documents JOIN events ON document = number
    WHERE documents.tenant = ?1 AND kind = ?4 AND id = ?5 AND position < ?2
    AND sequence < coalesce(
        (SELECT sequence FROM events AS seen WHERE position = ?2 AND seen.document = number),
        9223372036854775808)
    ORDER BY sequence DESC LIMIT ?3";
// The kind is written out, so that SQLite knows the index of policies to fit.
const TENANTS: &str = "\
    SELECT tenant FROM documents
    WHERE kind = 3 AND id = x'' AND tenant > ?1 ORDER BY tenant LIMIT ?2";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{
        CHAIN, CHAIN_REVERSED, COUNT, FEED, FEED_REVERSED, LOAD, SCAN, SCAN_AFTER, TENANTS,
    };
    use crate::schema;

    #[test]
    fn a_page_of_a_chain_does_not_go_through_the_pages_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for (sql, bound) in [(CHAIN, "sequence>?"), (CHAIN_REVERSED, "sequence<?")] {
            let steps = plan(&connection, sql);
            assert!(steps.iter().any(|it| it.contains(bound)), "{steps:?}");
        }
    }

    fn plan(connection: &Connection, sql: &str) -> Vec<String> {
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        plan.raw_query()
            .mapped(|row| row.get("detail"))
            .map(Result::unwrap)
            .collect()
    }

    /// A query that goes through a whole table, or sorts, is one that a large store makes slow.
    #[test]
    fn every_query_follows_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for sql in [
            LOAD,
            SCAN,
            SCAN_AFTER,
            COUNT,
            FEED,
            FEED_REVERSED,
            CHAIN,
            CHAIN_REVERSED,
            TENANTS,
        ] {
            let steps = plan(&connection, sql);
            assert!(!steps.is_empty());
            for step in &steps {
                let searches = step.starts_with("SEARCH") || step.contains("SCALAR SUBQUERY");
                assert!(searches, "{sql}: {steps:?}");
            }
        }
    }
}
