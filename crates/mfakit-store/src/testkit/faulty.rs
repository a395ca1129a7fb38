//! A store that fails when it is told to.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, StoreError, StoredDocument, StoredEvent, TenantId,
};

use crate::{EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call does not reach the store: [`StoreError::Unavailable`].
    Unavailable,
    /// The commit is stored and its answer lost: [`StoreError::Unclear`].
    UnclearStored,
    /// The commit gets lost, as its answer does: [`StoreError::Unclear`].
    UnclearNotStored,
    /// The commit's answer is lost, and the commit is on its way: it reaches the store right after the next
    /// `load` was answered, or before the next commit, whichever is first. [`StoreError::Unclear`].
    UnclearStoredLater,
    /// The commit is answered [`CommitOutcome::Conflict`] without being looked at, as if another had been faster.
    Conflict,
    /// The answer is [`StoreError::Corrupt`], and nothing is stored.
    Corrupt,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 6] = [
        Self::Unavailable,
        Self::UnclearStored,
        Self::UnclearNotStored,
        Self::UnclearStoredLater,
        Self::Conflict,
        Self::Corrupt,
    ];
}

/// Which calls fail, and how; calls of all kinds are counted together, from 0.
///
/// A fault that only a commit can have makes any other call [`StoreError::Unavailable`].
#[derive(Debug, Clone, Default)]
pub struct Plan {
    script: BTreeMap<u64, Fault>,
    chance: Option<Chance>,
}

#[derive(Debug, Clone)]
struct Chance {
    state: u64,
    one_in: NonZeroU32,
}

impl Plan {
    /// Nothing fails.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Each call named fails as said; the others don't.
    #[must_use]
    pub fn script(faults: impl IntoIterator<Item = (u64, Fault)>) -> Self {
        Self {
            script: faults.into_iter().collect(),
            chance: None,
        }
    }

    /// About one call in `one_in` fails, in any of the ways; the same `seed` gives the same plan.
    #[must_use]
    pub const fn seeded(seed: u64, one_in: NonZeroU32) -> Self {
        Self {
            script: BTreeMap::new(),
            chance: Some(Chance {
                state: seed,
                one_in,
            }),
        }
    }

    fn next(&mut self, call: u64) -> Option<Fault> {
        self.script.remove(&call).or_else(|| {
            let chance = self.chance.as_mut()?;
            if chance.draw() % u64::from(chance.one_in.get()) != 0 {
                return None;
            }
            let count = u64::try_from(Fault::ALL.len()).unwrap_or(1);
            let pick = usize::try_from(chance.draw() % count).unwrap_or(0);
            Fault::ALL.get(pick).copied()
        })
    }
}

impl Chance {
    /// The next number of SplitMix64, which passes through every seed and needs no other state.
    const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A store around another that fails by a [`Plan`], for the tests of those who use a store.
///
/// It keeps the contract of [`Store`] whatever the plan says, since the contract lets a store fail: with
/// [`Plan::none`] it passes the conformance suite if the inner store does.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    calls: u64,
    faults: Vec<(u64, Fault)>,
    /// Commits on their way, answered `Unclear` already.
    late: Vec<Commit>,
}

impl<S> FaultyStore<S> {
    /// Lets calls through to `inner`, but for those that `plan` makes fail.
    pub const fn new(inner: S, plan: Plan) -> Self {
        Self {
            inner,
            state: Mutex::new(State {
                plan,
                calls: 0,
                faults: Vec::new(),
                late: Vec::new(),
            }),
        }
    }

    /// Starts another plan, whose call 0 is the next one. Commits on their way stay so.
    pub fn set_plan(&self, plan: Plan) {
        let mut state = self.state();
        state.plan = plan;
        state.calls = 0;
        state.faults.clear();
    }

    /// How many calls were made since the plan began.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// The calls that failed since the plan began, and how.
    pub fn faults(&self) -> Vec<(u64, Fault)> {
        self.state().faults.clone()
    }

    /// The store inside, which does not fail.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        let fault = state.plan.next(call)?;
        state.faults.push((call, fault));
        Some(fault)
    }

    /// A failed test may have poisoned the lock; the state is whole at every point where it could.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> FaultyStore<S> {
    /// Lets the commits that are on their way arrive.
    ///
    /// # Errors
    /// What the inner store answers; a conflict is none, it is what a late commit meets.
    pub async fn arrive(&self) -> Result<(), StoreError> {
        let late = core::mem::take(&mut self.state().late);
        for commit in late {
            self.inner.commit(&commit).await?;
        }
        Ok(())
    }

    /// Fails a call that stores nothing, if the plan says so.
    fn read(&self) -> Result<(), StoreError> {
        match self.next_fault() {
            None => Ok(()),
            Some(Fault::Corrupt) => Err(StoreError::Corrupt),
            Some(_) => Err(StoreError::Unavailable),
        }
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            self.read()?;
            let loaded = self.inner.load(keys).await;
            self.arrive().await?;
            loaded
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(async move {
            self.arrive().await?;
            match self.next_fault() {
                None => self.inner.commit(commit).await,
                Some(Fault::Unavailable) => Err(StoreError::Unavailable),
                Some(Fault::UnclearStored) => {
                    self.inner.commit(commit).await?;
                    Err(StoreError::Unclear)
                }
                Some(Fault::UnclearNotStored) => Err(StoreError::Unclear),
                Some(Fault::UnclearStoredLater) => {
                    self.state().late.push(commit.clone());
                    Err(StoreError::Unclear)
                }
                Some(Fault::Conflict) => Ok(CommitOutcome::Conflict),
                Some(Fault::Corrupt) => Err(StoreError::Corrupt),
            }
        })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            self.read()?;
            self.inner.scan(query).await
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            self.read()?;
            self.inner.count(query).await
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            self.read()?;
            self.inner.events(query).await
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(async move {
            self.read()?;
            self.inner.tenants(after, limit).await
        })
    }

    /// An answer that gets lost is lost after the events are gone.
    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            match self.next_fault() {
                None => self.inner.prune_events(key, before).await,
                Some(Fault::UnclearStored | Fault::UnclearStoredLater) => {
                    self.inner.prune_events(key, before).await?;
                    Err(StoreError::Unclear)
                }
                Some(Fault::UnclearNotStored) => Err(StoreError::Unclear),
                Some(Fault::Corrupt) => Err(StoreError::Corrupt),
                Some(Fault::Unavailable | Fault::Conflict) => Err(StoreError::Unavailable),
            }
        })
    }
}
