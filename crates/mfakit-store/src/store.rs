//! The one trait a database implements for mfakit.

use alloc::{boxed::Box, vec::Vec};
use core::{future::Future, pin::Pin};

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, DocumentKind, IndexField, IndexValues, StoreError,
    StoredDocument, StoredEvent, TenantId,
};

/// What every call of a store returns: a future that any executor can run and any thread can carry.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store of versioned opaque documents with their events.
///
/// Every rule of mfakit lives in the core; a store compares revisions and keeps bytes. What it must keep:
///
/// - **Atomic.** [`commit`](Self::commit) stores all its documents, index values and events, or none of them.
/// - **Conditional.** It stores them only if each document's stored revision is the expected one at that moment,
///   with no other commit in between: of any number of commits that expect the same revision, one is stored.
/// - **Durable.** `Committed` is answered only when the commit survives a crash of process and machine.
/// - **Fresh.** [`load`](Self::load) returns, for each key, a state no older than the last commit answered before
///   the call began, whoever made it. It never reads a replica or a cache. The documents of one `load` need not
///   be of one instant: the core commits against the revisions it was given.
/// - **Checked.** A request outside the bounds is [`StoreError::Refused`] and changes nothing; the functions
///   [`check_commit`](crate::check_commit) and [`check_keys`](crate::check_keys) and the `check` of the queries say which.
/// - **In order.** An event is stored only behind all stored events of its document. A commit whose revisions fit but
///   whose events would not is [`StoreError::Corrupt`], and nothing of it is stored.
/// - **Opaque.** Keys, bodies and events are bytes. `1`, `01` and `1\0` are three ids; an empty id is an id.
/// - **Lasting.** Nothing expires, and nothing is deleted but events that [`prune_events`](Self::prune_events) names, so
///   revisions of a key never repeat, nor do positions of events.
/// - **Honest.** No call retries by itself. A commit whose answer got lost is [`StoreError::Unclear`]; one that is
///   known not to be stored, and never will be, is [`StoreError::Unavailable`].
/// - **Cancellable.** A future dropped half-way leaves a commit stored whole or not at all, and the store usable;
///   a commit that was under way may still be stored after the drop. A future never polled does nothing.
/// - **Shared.** A store behind an `Arc` serves any number of threads; `Store` is usable as `dyn Store`.
///
/// `mfakit_store::testkit` (feature `testkit`) checks all of it.
///
/// The trait is version 1: until another major version, no method comes or goes and none changes its meaning.
pub trait Store: Send + Sync {
    /// Reads several documents in one round trip; the answer has one entry per key, in the order of the keys.
    /// Keys may repeat and may be of several tenants.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`] or [`StoreError::Refused`]; never a part of the answer.
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>>;

    /// Stores a commit if every expected revision is the stored one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if nothing is stored and nothing will be; [`StoreError::Unclear`] if that is not known;
    /// [`StoreError::Refused`] outside the bounds; [`StoreError::Corrupt`] if the revisions fit and the events do not.
    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome>;

    /// Reads documents of one tenant and kind, a page at a time.
    ///
    /// Their order is the store's own, and it is the same in every scan: it follows from the ids alone. So pages
    /// that follow each other have every document once that was there all the time, whatever is committed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`] or [`StoreError::Refused`].
    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>>;

    /// Counts what [`scan`](Self::scan) would return over all pages; `after` and `limit` of the query are not looked at.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`] or [`StoreError::Refused`].
    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64>;

    /// Reads events of one tenant, a page at a time.
    ///
    /// Read from the oldest, the feed is complete behind its cursor: once an event at position `p` was returned,
    /// no event appears later at a position below `p`. Events of one document keep the order of their sequence.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`] or [`StoreError::Refused`].
    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>>;

    /// Reads the tenants that have a document of the kind [`Policy`](DocumentKind::Policy), in an order of the store's
    /// own that follows from their names alone: at most `limit` of them that come behind `after`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`], or [`StoreError::Refused`] if `limit` is 0.
    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>>;

    /// Removes events of `key` whose sequence is below `before`, but never the last one, and says how many it removed.
    ///
    /// It removes the oldest first, and may stop before the last that it may remove; 0 says that there is no more
    /// to remove. What stays keeps its position and its sequence, and what is committed later comes behind it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Unclear`], after which some may be removed, and the call may be
    /// repeated; [`StoreError::Corrupt`] or [`StoreError::Refused`].
    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64>;
}

/// Which documents to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanQuery {
    /// The organization.
    pub tenant: TenantId,
    /// The kind of document.
    pub kind: DocumentKind,
    /// Only documents whose index value lies in this inclusive range.
    pub within: Option<(IndexField, i64, i64)>,
    /// Only ids behind this one, in the order of the store: the id of the last row of the page before.
    pub after: Option<Vec<u8>>,
    /// The longest page; at least 1.
    pub limit: u32,
}

impl ScanQuery {
    /// The first page of all documents of `kind`, at most `limit` of them.
    #[must_use]
    pub const fn new(tenant: TenantId, kind: DocumentKind, limit: u32) -> Self {
        Self {
            tenant,
            kind,
            within: None,
            after: None,
            limit,
        }
    }

    /// Only documents whose `field` lies between `low` and `high`, both included.
    #[must_use]
    pub const fn within(mut self, field: IndexField, low: i64, high: i64) -> Self {
        self.within = Some((field, low, high));
        self
    }

    /// The page that follows the row with this id.
    #[must_use]
    pub fn after(mut self, id: impl Into<Vec<u8>>) -> Self {
        self.after = Some(id.into());
        self
    }
}

/// A document found by a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanRow {
    /// The id within tenant and kind.
    pub id: Vec<u8>,
    /// The document.
    pub document: StoredDocument,
    /// Its index values.
    pub index: IndexValues,
}

impl ScanRow {
    /// The row of the document with this id.
    #[must_use]
    pub const fn new(id: Vec<u8>, document: StoredDocument, index: IndexValues) -> Self {
        Self {
            id,
            document,
            index,
        }
    }
}

/// From which end events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a feed has two ends")]
pub enum EventOrder {
    /// By growing position: the feed.
    OldestFirst,
    /// By falling position: what a person looks at.
    NewestFirst,
}

/// Which events to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventQuery {
    /// The organization.
    pub tenant: TenantId,
    /// Only events of this document; it is one of `tenant`.
    pub document: Option<DocumentKey>,
    /// From which end.
    pub order: EventOrder,
    /// Only positions beyond this one in the chosen order: the position of the last event of the page before.
    pub after: Option<u64>,
    /// The longest page; at least 1.
    pub limit: u32,
}

impl EventQuery {
    /// The first page of the tenant's events in this order, at most `limit` of them.
    #[must_use]
    pub const fn new(tenant: TenantId, order: EventOrder, limit: u32) -> Self {
        Self {
            tenant,
            document: None,
            order,
            after: None,
            limit,
        }
    }

    /// Only events of this document.
    #[must_use]
    pub fn document(mut self, key: DocumentKey) -> Self {
        self.document = Some(key);
        self
    }

    /// The page that follows this position.
    #[must_use]
    pub const fn after(mut self, position: u64) -> Self {
        self.after = Some(position);
        self
    }
}
