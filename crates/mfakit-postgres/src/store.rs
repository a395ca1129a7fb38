//! The store: each call of the trait is one statement.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, slice::from_ref};

use deadpool_postgres::Pool;
use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, IndexField, Revision, StoreError, StoredDocument,
    StoredEvent, TenantId, Write,
};
use mfakit_store::{
    EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys,
    check_limit,
};
use tokio_postgres::Row;

use crate::{
    OpenError, PostgresOptions, SchemaName,
    client::{Client, Failure, Parameter},
    error::{CallError, Meaning},
    options::OnError,
    rows,
    statements::{Statement, Statements},
};

/// A store in a PostgreSQL database.
///
/// It keeps the whole contract of [`Store`], for any number of threads, processes and machines. Any executor polls its
/// futures; the Tokio runtime it was opened in, with its IO and time drivers, has to run meanwhile on a thread of its own or
/// be the executor itself. In particular:
///
/// - A commit is carried out by the server once its statement was sent, also if the future is dropped then.
/// - A call waits for a connection and its answer as long as the [patience](PostgresOptions::patience) says.
/// - Reads are as fresh as the contract asks: a load that a standby answers is
///   [`StoreError::Unavailable`], not old.
pub struct PostgresStore {
    client: Client,
    statements: Statements,
    on_error: OnError,
}

impl PostgresStore {
    /// Opens the store over the application's own pool; see [`PostgresOptions`] for other wishes.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub async fn open(pool: Pool) -> Result<Self, OpenError> {
        PostgresOptions::new().open(pool).await
    }

    /// Makes a small pool, applies missing migrations and opens the store: see [`PostgresOptions::connect`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn connect(address: &str) -> Result<Self, OpenError> {
        PostgresOptions::new().connect(address).await
    }

    pub(crate) fn new(client: Client, schema: &SchemaName, on_error: OnError) -> Self {
        Self {
            client,
            statements: Statements::new(schema),
            on_error,
        }
    }

    async fn read<T>(
        &self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
        parse: impl Fn(&Row) -> Result<T, CallError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.client.rows(statement, parameters).await;
        let rows = rows.map_err(|failure| match self.told(&failure) {
            // Whatever became of a read, nothing is stored of it.
            Meaning::Error(StoreError::Corrupt) => StoreError::Corrupt,
            _ => StoreError::Unavailable,
        })?;
        rows.iter()
            .map(|row| parse(row).map_err(|error| self.unfit(&error)))
            .collect()
    }

    async fn store(&self, commit: &Commit) -> Result<CommitOutcome, StoreError> {
        let batch = Batch::new(commit);
        let answer = self
            .client
            .rows(&self.statements.commit, &batch.parameters())
            .await;
        match answer {
            Ok(rows) => match rows.first().map(|row| rows::value(row, 0, "commit")) {
                Some(Ok(true)) => Ok(CommitOutcome::Committed),
                Some(Ok(false)) => Ok(CommitOutcome::Conflict),
                // An answer, but not one of ours.
                Some(Err(_)) | None => Err(StoreError::Unclear),
            },
            Err(failure) => match self.told(&failure) {
                Meaning::Conflict => Ok(CommitOutcome::Conflict),
                Meaning::Error(error) => Err(error),
            },
        }
    }

    async fn prune(&self, key: &DocumentKey, before: u64) -> Result<u64, StoreError> {
        let (tenant, kind) = (key.tenant.as_str(), i16::from(key.kind.number()));
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let parameters: [Parameter<'_>; 4] = [&tenant, &kind, &key.id, &before];
        let answer = self.client.rows(&self.statements.prune, &parameters).await;
        match answer {
            Ok(rows) => rows
                .first()
                .and_then(|row| rows::unsigned(row, 0, "prune").ok())
                .ok_or(StoreError::Unclear),
            Err(failure) => match self.told(&failure) {
                Meaning::Conflict => Err(StoreError::Unavailable),
                Meaning::Error(error) => Err(error),
            },
        }
    }

    async fn page(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        // Positions are positive and fit a signed column, so these lie before the first and behind the last.
        let start = match query.order {
            EventOrder::OldestFirst => 0,
            EventOrder::NewestFirst => u64::MAX,
        };
        let after = i64::try_from(query.after.unwrap_or(start)).unwrap_or(i64::MAX);
        let (tenant, limit) = (query.tenant.as_str(), i64::from(query.limit));
        let parse = |row: &Row| rows::event(row, &query.tenant);
        match &query.document {
            None => {
                let statement = match query.order {
                    EventOrder::OldestFirst => &self.statements.feed,
                    EventOrder::NewestFirst => &self.statements.feed_reversed,
                };
                self.read(statement, &[&tenant, &after, &limit], parse)
                    .await
            }
            Some(key) => {
                let statement = match query.order {
                    EventOrder::OldestFirst => &self.statements.chain,
                    EventOrder::NewestFirst => &self.statements.chain_reversed,
                };
                let kind = i16::from(key.kind.number());
                let parameters: [Parameter<'_>; 5] = [&tenant, &after, &limit, &kind, &key.id];
                self.read(statement, &parameters, parse).await
            }
        }
    }

    /// Tells of a failure; gives what it means. A conflict is no failure.
    fn told(&self, failure: &Failure) -> Meaning {
        if failure.meaning != Meaning::Conflict {
            (self.on_error)(&failure.error);
        }
        failure.meaning
    }

    /// Tells of a row that should not be; gives what it means.
    fn unfit(&self, error: &CallError) -> StoreError {
        (self.on_error)(error);
        match error {
            CallError::Standby => StoreError::Unavailable,
            _ => StoreError::Corrupt,
        }
    }
}

impl Store for PostgresStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(self.client.enter(async move {
            check_keys(keys)?;
            let tenants: Vec<_> = keys.iter().map(|key| key.tenant.as_str()).collect();
            let kinds: Vec<_> = keys
                .iter()
                .map(|key| i16::from(key.kind.number()))
                .collect();
            let ids: Vec<_> = keys.iter().map(|key| key.id.as_slice()).collect();
            let parameters: [Parameter<'_>; 3] = [&tenants, &kinds, &ids];
            let loaded = self
                .read(&self.statements.load, &parameters, rows::loaded)
                .await?;
            if loaded.len() == keys.len() {
                Ok(loaded)
            } else {
                Err(StoreError::Corrupt)
            }
        }))
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(self.client.enter(async move {
            check_commit(commit)?;
            self.store(commit).await
        }))
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(self.client.enter(async move {
            let (low, high) = key_ids(query)?;
            let (tenant, kind) = (query.tenant.as_str(), i16::from(query.kind.number()));
            let limit = i64::from(query.limit);
            match &query.after {
                None => {
                    let parameters: [Parameter<'_>; 5] = [&tenant, &kind, &low, &high, &limit];
                    self.read(&self.statements.scan, &parameters, rows::scanned)
                        .await
                }
                Some(id) => {
                    let parameters: [Parameter<'_>; 6] = [&tenant, &kind, &low, &high, &limit, id];
                    self.read(&self.statements.scan_after, &parameters, rows::scanned)
                        .await
                }
            }
        }))
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(self.client.enter(async move {
            let (low, high) = key_ids(query)?;
            let (tenant, kind) = (query.tenant.as_str(), i16::from(query.kind.number()));
            let counted = self
                .read(
                    &self.statements.count,
                    &[&tenant, &kind, &low, &high],
                    |row| rows::unsigned(row, 0, "count"),
                )
                .await?;
            counted.first().copied().ok_or(StoreError::Unavailable)
        }))
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(self.client.enter(async move {
            query.check()?;
            self.page(query).await
        }))
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(self.client.enter(async move {
            check_limit(limit)?;
            // No tenant has an empty name.
            let after = after.map_or("", TenantId::as_str);
            let limit = i64::from(limit);
            self.read(&self.statements.tenants, &[&after, &limit], rows::tenant)
                .await
        }))
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(self.client.enter(async move {
            check_keys(from_ref(key))?;
            self.prune(key, before).await
        }))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

/// A commit as the arrays that the function takes, documents in the order in which all commits lock them.
struct Batch<'a> {
    tenant: &'a str,
    kinds: Vec<i16>,
    ids: Vec<&'a [u8]>,
    expecteds: Vec<i64>,
    key_ids: Vec<i64>,
    bodies: Vec<&'a [u8]>,
    firsts: Vec<i64>,
    lasts: Vec<i64>,
    event_documents: Vec<i32>,
    event_sequences: Vec<i64>,
    event_bodies: Vec<&'a [u8]>,
}

impl<'a> Batch<'a> {
    fn new(commit: &'a Commit) -> Self {
        let mut writes: Vec<&Write> = commit.writes.iter().collect();
        writes.sort_by(|a, b| {
            let place = |write: &'a Write| (write.key.kind.number(), write.key.id.as_slice());
            place(a).cmp(&place(b))
        });
        let sequence = |event: Option<&mfakit_core::SealedEvent>| {
            event.map_or(0, |event| number(event.sequence))
        };
        let events = (1..)
            .zip(&writes)
            .flat_map(|(place, write)| write.events.iter().map(move |event| (place, event)));
        let events: Vec<(i32, _)> = events.collect();
        Self {
            tenant: writes.first().map_or("", |write| write.key.tenant.as_str()),
            kinds: writes
                .iter()
                .map(|write| i16::from(write.key.kind.number()))
                .collect(),
            ids: writes.iter().map(|write| write.key.id.as_slice()).collect(),
            expecteds: writes
                .iter()
                .map(|write| revision(write.expected))
                .collect(),
            key_ids: writes
                .iter()
                .map(|write| i64::from(write.index.key_id.number()))
                .collect(),
            bodies: writes.iter().map(|write| write.body.as_slice()).collect(),
            firsts: writes
                .iter()
                .map(|write| sequence(write.events.first()))
                .collect(),
            lasts: writes
                .iter()
                .map(|write| sequence(write.events.last()))
                .collect(),
            event_documents: events.iter().map(|(place, _)| *place).collect(),
            event_sequences: events
                .iter()
                .map(|(_, event)| number(event.sequence))
                .collect(),
            event_bodies: events
                .iter()
                .map(|(_, event)| event.body.as_slice())
                .collect(),
        }
    }

    fn parameters(&self) -> [Parameter<'_>; 11] {
        [
            &self.tenant,
            &self.kinds,
            &self.ids,
            &self.expecteds,
            &self.key_ids,
            &self.bodies,
            &self.firsts,
            &self.lasts,
            &self.event_documents,
            &self.event_sequences,
            &self.event_bodies,
        ]
    }
}

fn revision(revision: Revision) -> i64 {
    number(revision.number())
}

/// Revisions and sequences were checked to fit; one that did not would match and store nothing.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// The range of key ids to look for, if the query is one that this crate answers.
fn key_ids(query: &ScanQuery) -> Result<(i64, i64), StoreError> {
    query.check()?;
    match query.within {
        None => Ok((i64::MIN, i64::MAX)),
        Some((IndexField::KeyId, low, high)) => Ok((low, high)),
        Some(_) => Err(StoreError::Refused),
    }
}
