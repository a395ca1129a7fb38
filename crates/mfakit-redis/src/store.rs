//! The store: a commit is one script, a load one for each slot it asks.

use core::{fmt, slice::from_ref};

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, DocumentKind, IndexField, Revision, StoreError,
    StoredDocument, StoredEvent, TenantId,
};
use mfakit_store::{
    EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys, check_limit,
};
use redis::{Client, Value};

use crate::{
    CallError, OpenError, RedisOptions,
    commit::{Batch, Places},
    error::{Failure, Trouble},
    feed::Feed,
    keys::{Layout, Part, field},
    options::OnError,
    records,
    script::{self, Call},
    servers::Servers,
};

/// A store in a Redis server or a Redis Cluster.
///
/// It keeps the whole contract of [`Store`], for any number of threads, processes and machines. Any executor polls its
/// futures; the Tokio runtime it was opened in, with its IO and time drivers, has to run meanwhile on a thread of its own or
/// be the executor itself. In particular:
///
/// - A commit is carried out by the server once its script was sent, also if the future is dropped then.
/// - A call waits for a connection and its answer as long as the [patience](RedisOptions::patience) says.
/// - Scans are in the order of buckets, and of ids within them.
pub struct RedisStore {
    servers: Servers,
    layout: Layout,
    on_error: OnError,
}

impl RedisStore {
    /// Opens the store with the application's own client; see [`RedisOptions`] for other wishes.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(client: Client) -> Result<Self, OpenError> {
        RedisOptions::new().open(client).await
    }

    /// Makes a client for an address and opens the store with it: see [`RedisOptions::connect`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn connect(address: &str) -> Result<Self, OpenError> {
        RedisOptions::new().connect(address).await
    }

    pub(crate) const fn new(servers: Servers, layout: Layout, on_error: OnError) -> Self {
        Self {
            servers,
            layout,
            on_error,
        }
    }

    async fn read(&self, keys: &[DocumentKey]) -> Result<Vec<Option<StoredDocument>>, Trouble> {
        let key = |key: &DocumentKey| {
            self.layout
                .of_bucket(&key.tenant, self.layout.bucket(&key.id), Part::Documents)
        };
        // One call on one server; on a cluster one for each bucket, to all nodes at once.
        let mut groups: Vec<Group> = Vec::new();
        for (place, document) in keys.iter().enumerate() {
            let (key, field) = (key(document), field(document));
            let fits = |group: &Group| self.servers.is_one() || group.keys.first() == Some(&key);
            let known = groups.iter().position(fits).unwrap_or(groups.len());
            if known == groups.len() {
                groups.push(Group::default());
            }
            if let Some(group) = groups.get_mut(known) {
                group.places.push(place);
                group.keys.push(key);
                group.fields.push(field);
            }
        }
        let mut places = Vec::with_capacity(groups.len());
        let mut calls = Vec::with_capacity(groups.len());
        for group in groups {
            places.push(group.places);
            calls.push(script::LOAD.call(group.keys, group.fields));
        }
        let mut loaded = vec![None; keys.len()];
        let end = self.servers.end();
        let answers = match calls.pop() {
            Some(only) if calls.is_empty() => vec![self.servers.call(only, end).await?],
            last => {
                calls.extend(last);
                self.servers.calls(&calls, end).await?
            }
        };
        for (places, answer) in places.into_iter().zip(answers) {
            let Value::Array(records) = answer else {
                return Err(CallError::Value { part: "documents" }.into());
            };
            if records.len() != places.len() {
                return Err(CallError::Value { part: "documents" }.into());
            }
            for (place, record) in places.into_iter().zip(records) {
                if let Some(entry) = loaded.get_mut(place) {
                    *entry = records::document(record)?;
                }
            }
        }
        Ok(loaded)
    }

    async fn store(&self, commit: &Commit) -> Result<CommitOutcome, StoreError> {
        let batch = Batch::new(&self.layout, commit);
        let end = self.servers.end();
        let call = if self.servers.is_one() {
            batch.call(Places::Inside)
        } else if batch.is_apart() {
            return Err(self.told(Failure::Unsent(CallError::Apart), |_| StoreError::Refused));
        } else {
            // What has to be there before, which nobody misses if the commit does not come.
            let mut floor = 0;
            for call in batch.notes() {
                let note = self.servers.call(call, end).await;
                let note =
                    note.map_err(|failure| self.told(failure, |_| StoreError::Unavailable))?;
                let said = records::clock(note).map_err(|error| self.unfit(&error))?;
                floor = said.max(floor);
            }
            batch.call(Places::Before { floor })
        };
        match self.servers.call(call, end).await {
            Ok(Value::Int(1)) => Ok(CommitOutcome::Committed),
            Ok(Value::Int(0)) => Ok(CommitOutcome::Conflict),
            Ok(Value::Int(2)) => Err(StoreError::Corrupt),
            Ok(Value::Int(3)) => Err(self.unfit(&CallError::Value { part: "bucket" })),
            // An answer, but not one of ours.
            Ok(_) => Err(StoreError::Unclear),
            Err(failure) => Err(self.told(failure, Failure::of_write)),
        }
    }

    async fn rows(&self, query: &ScanQuery) -> Result<Vec<ScanRow>, Trouble> {
        let end = self.servers.end();
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let Some((from, to)) = index_range(query) else {
            return Ok(Vec::new());
        };
        let first = query
            .after
            .as_deref()
            .map_or(0, |id| self.layout.bucket(id));
        let buckets = self.layout.buckets();
        let mut rows = Vec::new();
        let (mut next, mut together) = (first, 1);
        while next < buckets && rows.len() < limit {
            let last = next.saturating_add(together).min(buckets);
            let left = limit - rows.len();
            let calls: Vec<_> = (next..last)
                .map(|bucket| {
                    let after = query.after.as_ref().filter(|_| bucket == first);
                    let mut arguments = vec![
                        vec![query.kind.number()],
                        from.clone(),
                        to.clone(),
                        left.min(MOST).to_string().into_bytes(),
                    ];
                    arguments.extend(after.cloned());
                    self.of_bucket(&query.tenant, bucket, &script::SCAN, &SCANNED, arguments)
                })
                .collect();
            for answer in self.servers.calls(&calls, end).await? {
                let mut of_bucket = records::rows(answer)?;
                of_bucket.sort_unstable_by(|a, b| a.id.cmp(&b.id));
                rows.extend(of_bucket);
            }
            // Small tenants have few documents in each bucket, so more buckets are asked at once.
            (next, together) = (last, together.saturating_mul(2));
        }
        rows.truncate(limit);
        Ok(rows)
    }

    async fn number(&self, query: &ScanQuery) -> Result<u64, Trouble> {
        let Some((from, to)) = index_range(query) else {
            return Ok(0);
        };
        let calls: Vec<_> = (0..self.layout.buckets())
            .map(|bucket| {
                let arguments = vec![from.clone(), to.clone()];
                self.of_bucket(
                    &query.tenant,
                    bucket,
                    &script::COUNT,
                    &[Part::Index],
                    arguments,
                )
            })
            .collect();
        let mut count: u64 = 0;
        for answer in self.servers.calls(&calls, self.servers.end()).await? {
            let Value::Int(of_bucket) = answer else {
                return Err(CallError::Value { part: "index" }.into());
            };
            count = count.saturating_add(u64::try_from(of_bucket).unwrap_or(0));
        }
        Ok(count)
    }

    async fn listed(&self, after: Option<&TenantId>, limit: u32) -> Result<Vec<TenantId>, Trouble> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tenants: Vec<TenantId> = Vec::new();
        let mut after = after.cloned();
        while tenants.len() < limit {
            let from = after
                .as_ref()
                .map_or_else(|| "-".to_owned(), |after| format!("({}", after.as_str()));
            let wanted = (limit - tenants.len()).min(MOST);
            let arguments = vec![from.into_bytes(), wanted.to_string().into_bytes()];
            let call = script::TENANTS.call(vec![self.layout.tenants()], arguments);
            let names = records::tenants(self.servers.call(call, self.servers.end()).await?)?;
            let Some(last) = names.last() else {
                break;
            };
            after = Some(last.clone());
            // On a cluster a name is noted before the policy is stored, which then may not have been.
            let policies: Vec<_> = names
                .iter()
                .map(|name| DocumentKey::new(name.clone(), DocumentKind::Policy, []))
                .collect();
            let policies = self.read(&policies).await?;
            let there = names.into_iter().zip(policies);
            tenants.extend(there.filter_map(|(name, policy)| policy.map(|_| name)));
        }
        Ok(tenants)
    }

    async fn prune(&self, key: &DocumentKey, before: u64) -> Result<u64, StoreError> {
        // Sequences fit a signed number, so this is above the last.
        let before = before.min(1 << 63).to_be_bytes().to_vec();
        let arguments = vec![field(key), before, PRUNED.to_string().into_bytes()];
        let parts = [Part::Documents, Part::Events, Part::Chains];
        let call = self.of_bucket(
            &key.tenant,
            self.layout.bucket(&key.id),
            &script::PRUNE,
            &parts,
            arguments,
        );
        match self.servers.call(call, self.servers.end()).await {
            Ok(Value::Int(removed)) => u64::try_from(removed).map_err(|_| StoreError::Unclear),
            Ok(_) => Err(StoreError::Unclear),
            Err(failure) => Err(self.told(failure, Failure::of_write)),
        }
    }

    fn of_bucket(
        &self,
        tenant: &TenantId,
        bucket: u16,
        script: &'static script::Script,
        parts: &[Part],
        arguments: Vec<Vec<u8>>,
    ) -> Call {
        let key = |part: &Part| self.layout.of_bucket(tenant, bucket, *part);
        script.call(parts.iter().map(key).collect(), arguments)
    }

    /// Tells of a failure; gives what it means.
    fn told(&self, failure: Failure, meaning: impl FnOnce(&Failure) -> StoreError) -> StoreError {
        let error = meaning(&failure);
        (self.on_error)(&failure.into_error());
        error
    }

    /// Tells of what should not be stored; gives what it means.
    fn unfit(&self, error: &CallError) -> StoreError {
        (self.on_error)(error);
        StoreError::Corrupt
    }

    /// What trouble means for an operation that only reads, or writes nothing that anybody was promised.
    fn read_in_vain(&self, trouble: Trouble) -> StoreError {
        match trouble {
            Trouble::Failure(failure) => self.told(failure, Failure::of_read),
            Trouble::Value(error) => self.unfit(&error),
        }
    }
}

impl Store for RedisStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(self.servers.enter(async move {
            check_keys(keys)?;
            let loaded = self.read(keys).await;
            loaded.map_err(|trouble| self.read_in_vain(trouble))
        }))
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(self.servers.enter(async move {
            check_commit(commit)?;
            self.store(commit).await
        }))
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(self.servers.enter(async move {
            check_query(query)?;
            let rows = self.rows(query).await;
            rows.map_err(|trouble| self.read_in_vain(trouble))
        }))
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(self.servers.enter(async move {
            check_query(query)?;
            let count = self.number(query).await;
            count.map_err(|trouble| self.read_in_vain(trouble))
        }))
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(self.servers.enter(async move {
            query.check()?;
            let feed = Feed {
                servers: &self.servers,
                layout: &self.layout,
                tenant: &query.tenant,
                end: self.servers.end(),
            };
            let page = feed.page(query).await;
            page.map_err(|trouble| self.read_in_vain(trouble))
        }))
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(self.servers.enter(async move {
            check_limit(limit)?;
            let tenants = self.listed(after, limit).await;
            tenants.map_err(|trouble| self.read_in_vain(trouble))
        }))
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(self.servers.enter(async move {
            check_keys(from_ref(key))?;
            self.prune(key, before).await
        }))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("layout", &self.layout)
            .field("cluster", &!self.servers.is_one())
            .finish_non_exhaustive()
    }
}

/// Documents that one call reads: their places in what was asked for, their keys and fields.
#[derive(Default)]
struct Group {
    places: Vec<usize>,
    keys: Vec<Vec<u8>>,
    fields: Vec<Vec<u8>>,
}

/// Refuses a query that this crate does not answer.
fn check_query(query: &ScanQuery) -> Result<(), StoreError> {
    query.check()?;
    match query.within {
        None | Some((IndexField::KeyId, _, _)) => Ok(()),
        Some(_) => Err(StoreError::Refused),
    }
}

/// The range of the index that holds what the query asks for, as ZRANGE takes it; `None` if nothing can be.
fn index_range(query: &ScanQuery) -> Option<(Vec<u8>, Vec<u8>)> {
    let (low, high) = query
        .within
        .map_or((i64::MIN, i64::MAX), |(_, low, high)| (low, high));
    let low = u32::try_from(low.max(0)).ok()?;
    let high = u32::try_from(high.min(i64::from(u32::MAX))).ok()?;
    if low > high {
        return None;
    }
    let bound = |sign: u8, kind: u8, key_id: &[u8]| [&[sign, kind], key_id].concat();
    let kind = query.kind.number();
    let to = match high.checked_add(1) {
        Some(above) => bound(b'(', kind, &above.to_be_bytes()),
        None => bound(b'(', kind.saturating_add(1), &[]),
    };
    Some((bound(b'[', kind, &low.to_be_bytes()), to))
}

/// The revision as stored.
pub(crate) const fn revision(revision: Revision) -> [u8; 8] {
    revision.number().to_be_bytes()
}

const SCANNED: [Part; 2] = [Part::Index, Part::Documents];
/// The longest page that one call is asked for.
const MOST: usize = 1_000_000;
/// How many events one call removes at most: others wait while a script runs.
const PRUNED: u32 = 1000;
