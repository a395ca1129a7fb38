//! The suite finds stores that break the contract.
//!
//! Each test runs one case against a store with one defect, and the case must fail.
#![expect(
    clippy::unwrap_used,
    reason = "the store of these tests is made to fail"
)]

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::RwLock;

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, KeyId, Revision, StoreError, StoredDocument, StoredEvent,
    TenantId,
};
use mfakit_store::{
    EventQuery, MemoryStore, ScanQuery, ScanRow, Store, StoreFuture,
    testkit::{self, bounds, commits, documents, events, lasting, pruning, races, scans},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Defect {
    /// Compares revisions, then stores, with time for others in between.
    ReadsThenWrites,
    /// Stores a commit of several documents one by one.
    StoresOneByOne,
    /// Takes ids for texts that end at NUL.
    CutsIdsAtNul,
    /// Does not tell upper from lower case in tenants.
    FoldsTenants,
    /// Answers a load without the keys that have no document.
    LoadsOnlyWhatIs,
    /// Answers a load from what it loaded first.
    Caches,
    /// Takes any revision for the expected one.
    IgnoresRevisions,
    /// Takes a body of any length.
    TakesAnything,
    /// Forgets the events of a commit with several documents.
    ForgetsEvents,
    /// Never changes index values.
    KeepsOldIndex,
    /// Starts a page with the last row of the page before.
    RepeatsRows,
    /// Orders a scan by what was written last.
    OrdersByRevision,
    /// Counts from the cursor on.
    CountsBehindCursor,
    /// Starts its work when the future is made.
    StartsEarly,
    /// Removes one event too many.
    PrunesOneMore,
    /// Removes events of another document too.
    PrunesNeighbours,
}

#[derive(Debug)]
struct Broken {
    defect: Defect,
    inner: MemoryStore,
    first: RwLock<Vec<(DocumentKey, StoredDocument)>>,
    busy: AtomicBool,
}

impl Broken {
    fn new(defect: Defect) -> Self {
        Self {
            defect,
            inner: MemoryStore::new(),
            first: RwLock::default(),
            busy: AtomicBool::new(false),
        }
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn key(&self, key: &DocumentKey) -> DocumentKey {
        let mut key = key.clone();
        if self.is(Defect::CutsIdsAtNul) {
            key.id = key.id.split(|byte| *byte == 0).next().unwrap().into();
        }
        if self.is(Defect::FoldsTenants) {
            key.tenant = TenantId::new(&key.tenant.as_str().to_lowercase()).unwrap();
        }
        key
    }

    async fn revision(&self, key: &DocumentKey) -> Revision {
        let loaded = self.inner.load(core::slice::from_ref(key)).await.unwrap();
        let document = loaded.into_iter().next().flatten();
        document.map_or(Revision::ABSENT, |document| document.revision)
    }

    async fn store(&self, mut commit: Commit) -> Result<CommitOutcome, StoreError> {
        for write in &mut commit.writes {
            write.key = self.key(&write.key);
            if self.is(Defect::TakesAnything) {
                write.body.truncate(100);
            }
            if self.is(Defect::KeepsOldIndex) {
                write.index.key_id = KeyId::new(1);
            }
        }
        if self.is(Defect::ForgetsEvents) && commit.writes.len() > 1 {
            for write in &mut commit.writes {
                write.events.clear();
            }
        }
        if self.is(Defect::ReadsThenWrites) {
            for write in &commit.writes {
                if self.revision(&write.key).await != write.expected {
                    return Ok(CommitOutcome::Conflict);
                }
            }
            std::thread::sleep(core::time::Duration::from_millis(1));
        }
        if self.is(Defect::IgnoresRevisions) || self.is(Defect::ReadsThenWrites) {
            while self.busy.swap(true, Ordering::SeqCst) {
                std::thread::yield_now();
            }
            for write in &mut commit.writes {
                write.expected = self.revision(&write.key).await;
                write.revision = write.expected.next().unwrap();
            }
            let outcome = self.inner.commit(&commit).await;
            self.busy.store(false, Ordering::SeqCst);
            return outcome;
        }
        if self.is(Defect::StoresOneByOne) {
            for write in commit.writes {
                let one = Commit::new(commit.id, vec![write]);
                if self.inner.commit(&one).await? == CommitOutcome::Conflict {
                    return Ok(CommitOutcome::Conflict);
                }
                std::thread::yield_now();
            }
            return Ok(CommitOutcome::Committed);
        }
        self.inner.commit(&commit).await
    }
}

impl Store for Broken {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            let folded: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
            let mut loaded = self.inner.load(&folded).await?;
            if self.is(Defect::LoadsOnlyWhatIs) {
                loaded.retain(Option::is_some);
            }
            if self.is(Defect::Caches) {
                let mut first = self.first.write().unwrap();
                for (key, document) in keys.iter().zip(&mut loaded) {
                    match first.iter().find(|(cached, _)| cached == key) {
                        Some((_, cached)) => *document = Some(cached.clone()),
                        None => first.extend(document.clone().map(|new| (key.clone(), new))),
                    }
                }
            }
            Ok(loaded)
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        if self.is(Defect::StartsEarly) {
            let done = pollster::block_on(self.store(commit.clone()));
            return Box::pin(async move { done });
        }
        Box::pin(self.store(commit.clone()))
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            let mut query = query.clone();
            if self.is(Defect::OrdersByRevision) {
                let (after, limit) = (query.after.take(), query.limit);
                query.limit = u32::MAX;
                let mut rows = self.inner.scan(&query).await?;
                rows.sort_by_key(|row| (row.document.revision, row.id.clone()));
                let last = after.and_then(|id| rows.iter().position(|row| row.id == id));
                let start = last.map_or(0, |place| place + 1);
                let page = rows.into_iter().skip(start);
                return Ok(page.take(limit.try_into().unwrap()).collect());
            }
            if self.is(Defect::RepeatsRows)
                && query.limit > 1
                && let Some(after) = &mut query.after
            {
                after.pop();
            }
            self.inner.scan(&query).await
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            if self.is(Defect::CountsBehindCursor) {
                let mut all = query.clone();
                all.limit = u32::MAX;
                return Ok(self.inner.scan(&all).await?.len().try_into().unwrap());
            }
            self.inner.count(query).await
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        self.inner.events(query)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        let after = after.filter(|_| !self.is(Defect::RepeatsRows));
        self.inner.tenants(after, limit)
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let before = before.saturating_add(self.is(Defect::PrunesOneMore).into());
            let mut removed = self.inner.prune_events(key, before).await?;
            if self.is(Defect::PrunesNeighbours) {
                let mut neighbour = key.clone();
                neighbour.id = b"b".into();
                removed += self.inner.prune_events(&neighbour, before).await?;
            }
            Ok(removed)
        })
    }
}

macro_rules! found {
    ($($test:ident: $defect:ident by $check:ident($group:ident::$case:ident);)*) => { $(
        #[test]
        #[should_panic]
        fn $test() {
            testkit::$check(async { Broken::new(Defect::$defect) }, $group::$case);
        }
    )* };
}

found! {
    finds_a_read_before_the_write: ReadsThenWrites by check_fixture(races::one_of_64_commits_of_a_revision_is_stored);
    finds_lost_increments: ReadsThenWrites by check_fixture(races::increments_are_never_lost);
    finds_half_commits: StoresOneByOne by check(commits::commits_are_whole_or_nothing);
    finds_ids_cut_at_nul: CutsIdsAtNul by check(documents::a5_ids_are_opaque_bytes);
    finds_folded_tenants: FoldsTenants by check(documents::tenants_do_not_see_each_other);
    finds_missing_entries: LoadsOnlyWhatIs by check(documents::load_answers_in_the_order_of_the_keys);
    finds_a_cache: Caches by check(commits::revisions_grow_by_one_and_never_repeat);
    finds_a_cache_between_threads: Caches by check_fixture(races::load_is_never_older_than_an_answer);
    finds_unconditional_commits: IgnoresRevisions by check(commits::conflicts_write_nothing);
    finds_repeated_revisions: IgnoresRevisions by check(commits::revisions_grow_by_one_and_never_repeat);
    finds_bounds_not_kept: TakesAnything by check(bounds::refuses_commits_outside_the_bounds);
    finds_cut_bodies: TakesAnything by check(documents::bodies_come_back_bit_for_bit);
    finds_forgotten_events: ForgetsEvents by check(events::feed_has_every_event_once_in_order);
    finds_old_index_values: KeepsOldIndex by check(commits::index_values_are_replaced);
    finds_repeated_rows: RepeatsRows by check(scans::pages_have_every_document_once);
    finds_an_order_that_commits_change: OrdersByRevision by check_fixture(races::scans_are_complete_while_others_write);
    finds_counts_of_a_page: CountsBehindCursor by check(scans::count_looks_at_no_page);
    finds_repeated_tenants: RepeatsRows by check(scans::tenants_have_a_policy);
    finds_pruning_of_one_more: PrunesOneMore by check(pruning::removes_the_oldest_and_nothing_else);
    finds_pruning_of_neighbours: PrunesNeighbours by check(pruning::removes_the_oldest_and_nothing_else);
    finds_work_before_the_first_poll: StartsEarly by check(lasting::commits_never_polled_do_nothing);
}
