//! A pointer to a store is a store.

use alloc::{sync::Arc, vec::Vec};

use mfakit_core::{Commit, CommitOutcome, DocumentKey, StoredDocument, StoredEvent, TenantId};

use crate::{EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

/// All clones are the one store inside.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        (**self).load(keys)
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        (**self).commit(commit)
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        (**self).scan(query)
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        (**self).count(query)
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        (**self).events(query)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        (**self).tenants(after, limit)
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        (**self).prune_events(key, before)
    }
}
