//! A store in memory.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::{ops::Bound, slice::from_ref};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, DocumentKind, IndexValues, Revision, StoreError,
    StoredDocument, StoredEvent, TenantId,
};

use crate::{
    EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys,
    check_limit,
};

/// A store that lives as long as the value: for tests, and for programs that may forget.
///
/// It keeps the whole contract but one line: what is committed survives no crash of the process.
/// Every call is done when it is first polled, so any executor serves, and none is needed.
///
/// # Security
/// An application that keeps second factors here loses them, and with them every used code and every
/// lock, when it restarts.
///
/// # Examples
/// ```
/// use mfakit_core::{DocumentKey, DocumentKind, TenantId};
/// use mfakit_store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// let key = DocumentKey::new(TenantId::new("acme")?, DocumentKind::Policy, []);
/// let loaded = pollster::block_on(store.load(&[key]))?;
/// assert_eq!(loaded, [None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order of tenant, kind and id, which is the order of scans.
    documents: BTreeMap<DocumentKey, Entry>,
    /// In the order of their positions.
    events: Vec<StoredEvent>,
}

#[derive(Debug)]
struct Entry {
    document: StoredDocument,
    index: IndexValues,
    /// The sequence of the last event; 0 if there is none.
    last_sequence: u64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic under the lock can't leave half a commit: `State::commit` changes nothing before all
    // checks passed, and only moves values after. So a poisoned lock still guards whole commits.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            check_keys(keys)?;
            Ok(self.read().load(keys))
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(async move {
            check_commit(commit)?;
            // Copied before the lock is taken, so that nothing allocates bodies under it.
            let commit = commit.clone();
            self.write().commit(commit)
        })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            query.check()?;
            Ok(self.read().scan(query))
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            query.check()?;
            Ok(self.read().count(query))
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            query.check()?;
            Ok(self.read().events(query))
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(async move {
            check_limit(limit)?;
            Ok(self.read().tenants(after, limit))
        })
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            check_keys(from_ref(key))?;
            Ok(self.write().prune_events(key, before))
        })
    }
}

impl State {
    fn load(&self, keys: &[DocumentKey]) -> Vec<Option<StoredDocument>> {
        keys.iter()
            .map(|key| self.documents.get(key).map(|entry| entry.document.clone()))
            .collect()
    }

    fn commit(&mut self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        if commit
            .writes
            .iter()
            .any(|write| self.revision(&write.key) != write.expected)
        {
            return Ok(CommitOutcome::Conflict);
        }
        if commit.writes.iter().any(|write| {
            let last = self.last_sequence(&write.key);
            matches!(write.events.first(), Some(event) if event.sequence <= last)
        }) {
            return Err(StoreError::Corrupt);
        }
        let mut position = self.events.last().map_or(0, |event| event.position);
        for write in commit.writes {
            let last_sequence = match write.events.last() {
                Some(event) => event.sequence,
                None => self.last_sequence(&write.key),
            };
            for event in write.events {
                position += 1;
                self.events
                    .push(StoredEvent::new(position, write.key.clone(), event));
            }
            let entry = Entry {
                document: StoredDocument::new(write.revision, write.body),
                index: write.index,
                last_sequence,
            };
            self.documents.insert(write.key, entry);
        }
        Ok(CommitOutcome::Committed)
    }

    fn tenants(&self, after: Option<&TenantId>, limit: u32) -> Vec<TenantId> {
        self.documents
            .keys()
            .filter(|key| key.kind == DocumentKind::Policy && key.id.is_empty())
            .map(|key| &key.tenant)
            .filter(|tenant| after.is_none_or(|after| *tenant > after))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }

    fn prune_events(&mut self, key: &DocumentKey, before: u64) -> u64 {
        let before = before.min(self.last_sequence(key));
        let mut removed = 0;
        self.events.retain(|stored| {
            let goes = stored.key == *key && stored.event.sequence < before;
            removed += u64::from(goes);
            !goes
        });
        removed
    }

    fn revision(&self, key: &DocumentKey) -> Revision {
        self.documents
            .get(key)
            .map_or(Revision::ABSENT, |entry| entry.document.revision)
    }

    fn last_sequence(&self, key: &DocumentKey) -> u64 {
        self.documents
            .get(key)
            .map_or(0, |entry| entry.last_sequence)
    }

    fn scan(&self, query: &ScanQuery) -> Vec<ScanRow> {
        self.matching(query, query.after.as_deref())
            .take(usize::try_from(query.limit).unwrap_or(usize::MAX))
            .map(|(key, entry)| {
                ScanRow::new(key.id.clone(), entry.document.clone(), entry.index.clone())
            })
            .collect()
    }

    fn count(&self, query: &ScanQuery) -> u64 {
        self.matching(query, None).fold(0, |count, _| count + 1)
    }

    fn matching<'a>(
        &'a self,
        query: &'a ScanQuery,
        after: Option<&[u8]>,
    ) -> impl Iterator<Item = (&'a DocumentKey, &'a Entry)> {
        let key = |id: &[u8]| DocumentKey::new(query.tenant.clone(), query.kind, id);
        let start = after.map_or_else(|| Bound::Included(key(&[])), |id| Bound::Excluded(key(id)));
        self.documents
            .range((start, Bound::Unbounded))
            .take_while(|(key, _)| key.tenant == query.tenant && key.kind == query.kind)
            .filter(|(_, entry)| {
                query.within.is_none_or(|(field, low, high)| {
                    entry
                        .index
                        .get(field)
                        .is_some_and(|value| low <= value && value <= high)
                })
            })
    }

    fn events(&self, query: &EventQuery) -> Vec<StoredEvent> {
        let wanted = |event: &&StoredEvent| {
            event.key.tenant == query.tenant
                && query.document.as_ref().is_none_or(|key| event.key == *key)
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        match query.order {
            EventOrder::OldestFirst => {
                let start = query.after.map_or(0, |after| {
                    self.events.partition_point(|event| event.position <= after)
                });
                let events = self.events.iter().skip(start);
                events.filter(wanted).take(limit).cloned().collect()
            }
            EventOrder::NewestFirst => {
                let end = query.after.map_or(self.events.len(), |after| {
                    self.events.partition_point(|event| event.position < after)
                });
                let events = self.events.iter().take(end).rev();
                events.filter(wanted).take(limit).cloned().collect()
            }
        }
    }
}
