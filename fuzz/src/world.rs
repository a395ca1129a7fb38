//! A tenant on a store in a map, which fails when it is told to.

use alloc::{collections::BTreeMap, sync::Arc};

use mfakit_core::{
    Administrator, Commit, CommitOutcome, DocumentKey, Error, Flow, Input, Issuer, Keyring, Policy,
    Step, StoreError, StoredDocument, TenantId, UnixTime,
};

use crate::Dice;

/// What becomes of one call to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "for the tests of this package alone"
)]
pub enum Fate {
    /// It is carried out.
    Fine,
    /// A commit is answered as a conflict and not stored; a load fails.
    Conflict,
    /// A commit is stored and its answer lost; a load fails.
    AnswerLost,
    /// A commit is lost, as its answer is; a load fails.
    RequestLost,
    /// The process ends before the call.
    CrashBefore,
    /// The process ends after the call, before the answer leaves.
    CrashAfter,
}

/// Why an operation has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "for the tests of this package alone"
)]
pub enum Failure {
    /// The flow says so.
    Error(Error),
    /// The process has ended.
    Crash,
}

/// How a store breaks its contract: to see that the tests notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "for the tests of this package alone"
)]
pub enum Defect {
    /// It keeps its contract.
    #[default]
    None,
    /// It stores whatever the revision is.
    IgnoresRevisions,
    /// It says that a commit is stored, and forgets it: the last accepted step, for one.
    Forgets,
}

/// A tenant with the default policy, and everything a flow asks for.
#[derive(Debug, Clone)]
pub struct World {
    /// The keys everything is sealed with.
    pub keyring: Arc<Keyring>,
    /// The tenant.
    pub tenant: TenantId,
    /// The time.
    pub now: UnixTime,
    /// What is wrong with the store.
    pub defect: Defect,
    documents: BTreeMap<DocumentKey, StoredDocument>,
    dice: Dice,
}

impl World {
    /// A tenant that was just created.
    ///
    /// # Panics
    /// If the core refuses what it must accept.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test panics to fail")]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let Ok(keyring) = Keyring::generate(&mut dice);
        let mut world = Self {
            keyring: Arc::new(keyring),
            tenant: TenantId::new("acme").expect("a tenant id"),
            now: UnixTime::from_seconds(1_800_000_000),
            defect: Defect::None,
            documents: BTreeMap::new(),
            dice,
        };
        let by = Administrator::new("root", "first start").expect("an administrator");
        let policy = Policy::new(Issuer::new("Acme").expect("an issuer"));
        let (keyring, tenant) = world.names();
        world
            .run(Flow::create_tenant(keyring, tenant, policy, by))
            .expect("a tenant");
        world
    }

    /// What every flow begins with.
    #[must_use]
    pub fn names(&self) -> (Arc<Keyring>, TenantId) {
        (Arc::clone(&self.keyring), self.tenant.clone())
    }

    /// Drives a flow to its answer on a store that is well.
    ///
    /// # Errors
    /// The error of the flow.
    pub fn run<A>(&mut self, mut flow: Flow<A>) -> Result<A, Error> {
        let mut input = Input::Start;
        loop {
            input = match self.step(&mut flow, input) {
                Step::Load(keys) => Input::Loaded(self.load(&keys)),
                Step::Commit(commit) => Input::Committed(self.commit(commit)),
                Step::Done(answer) => return answer,
            };
        }
    }

    /// Drives a flow on a store of which each call meets its fate.
    ///
    /// # Errors
    /// The error of the flow, or that the process has ended.
    pub fn run_with<A>(
        &mut self,
        mut flow: Flow<A>,
        mut fate: impl FnMut() -> Fate,
    ) -> Result<A, Failure> {
        let mut input = Input::Start;
        loop {
            input = match self.step(&mut flow, input) {
                Step::Load(keys) => match fate() {
                    Fate::Fine => Input::Loaded(self.load(&keys)),
                    Fate::CrashBefore | Fate::CrashAfter => return Err(Failure::Crash),
                    _ => Input::Failed(StoreError::Unavailable),
                },
                Step::Commit(commit) => match fate() {
                    Fate::Fine => Input::Committed(self.commit(commit)),
                    Fate::Conflict => Input::Committed(CommitOutcome::Conflict),
                    Fate::AnswerLost => {
                        self.commit(commit);
                        Input::Failed(StoreError::Unclear)
                    }
                    Fate::RequestLost => Input::Failed(StoreError::Unclear),
                    Fate::CrashBefore => return Err(Failure::Crash),
                    Fate::CrashAfter => {
                        self.commit(commit);
                        return Err(Failure::Crash);
                    }
                },
                Step::Done(answer) => return answer.map_err(Failure::Error),
            };
        }
    }

    /// One step of a flow, at the time of now.
    pub fn step<A>(&mut self, flow: &mut Flow<A>, input: Input) -> Step<A> {
        flow.next(input, self.now, &mut self.dice)
    }

    /// What the store holds.
    #[must_use]
    pub fn load(&self, keys: &[DocumentKey]) -> Vec<Option<StoredDocument>> {
        keys.iter()
            .map(|key| self.documents.get(key).cloned())
            .collect()
    }

    /// Stores a commit if every revision is the expected one.
    pub fn commit(&mut self, commit: Commit) -> CommitOutcome {
        let fits = |key: &DocumentKey, expected: u64| {
            let stored = self.documents.get(key).map_or(0, |it| it.revision.number());
            stored == expected || self.defect == Defect::IgnoresRevisions
        };
        if !commit
            .writes
            .iter()
            .all(|write| fits(&write.key, write.expected.number()))
        {
            return CommitOutcome::Conflict;
        }
        if self.defect != Defect::Forgets {
            for write in commit.writes {
                let document = StoredDocument::new(write.revision, write.body);
                self.documents.insert(write.key, document);
            }
        }
        CommitOutcome::Committed
    }

    /// Changes a document's sealed bytes, as somebody could who holds the database.
    pub fn tamper(&mut self, key: &DocumentKey, change: impl FnOnce(&mut StoredDocument)) {
        if let Some(document) = self.documents.get_mut(key) {
            change(document);
        }
    }
}
