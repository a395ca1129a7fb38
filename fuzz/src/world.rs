//! Two tenants on a store in a map, which fails when it is told to.

use alloc::{collections::BTreeMap, sync::Arc};

use mfakit_core::{
    AccountId, AccountStatus, Administrator, AuditStep, AuditSubject, AuditVerdict, AuditWalk,
    Commit, CommitOutcome, Decision, DocumentKey, DocumentKind, Error, FirstFactor, Flow, Input,
    Issuer, Keyring, Policy, Requirement, Setting, SignIn, Step, StoreError, StoredDocument,
    StoredEvent, TenantId, UnixTime,
};

use crate::{Ask, Course, Dice, Forger};

/// What becomes of one call to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
pub enum Failure {
    /// The flow says so.
    Error(Error),
    /// The process has ended.
    Crash,
}

/// How a rule is broken: to see that the tests notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Defect {
    /// None is.
    #[default]
    None,
    /// The store stores whatever the revision is.
    IgnoresRevisions,
    /// The store says that a commit is stored, and forgets it.
    Forgets,
    /// Documents of this kind keep what they had at this path: a decision that forgets to change it.
    Keeps(DocumentKind, &'static [u64]),
}

/// The part of a policy in which the ones that the tests use differ; the rest is the default.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the policy")]
pub struct Rules {
    pub requirement: Requirement,
    pub authenticators: u32,
    pub remember_days: u32,
    pub devices: u32,
    pub deadline_days: u32,
    pub skips: u32,
    pub exemption_days: u32,
    pub open_end: u32,
    pub look_ahead: u32,
    pub resync: u32,
    pub year_budget: u32,
}

/// The policies between which administrators change.
pub const RULES: [Rules; 6] = {
    let rules = Rules {
        requirement: Requirement::Required,
        authenticators: 3,
        remember_days: 7,
        devices: 2,
        deadline_days: 3,
        skips: 2,
        exemption_days: 0,
        open_end: 1,
        look_ahead: 10,
        resync: 120,
        year_budget: 300,
    };
    [
        rules,
        Rules {
            remember_days: 0,
            skips: 0,
            exemption_days: 5,
            resync: 0,
            ..rules
        },
        Rules {
            requirement: Requirement::Optional,
            devices: 1,
            authenticators: 2,
            open_end: 0,
            resync: 30,
            ..rules
        },
        Rules {
            remember_days: 1,
            deadline_days: 0,
            year_budget: 50,
            ..rules
        },
        // What an account has under the others is more than this one allows.
        Rules {
            authenticators: 1,
            look_ahead: 49,
            ..rules
        },
        Rules {
            requirement: Requirement::Off,
            ..rules
        },
    ]
};

/// A tenant with the first of the policies, another beside it, and everything a flow asks for.
#[derive(Debug, Clone)]
pub struct World {
    /// The keys everything is sealed with.
    pub keyring: Arc<Keyring>,
    /// The tenant.
    pub tenant: TenantId,
    /// The time.
    pub now: UnixTime,
    /// What is wrong.
    pub defect: Defect,
    /// How many commits were stored.
    pub commits: u64,
    /// Every event, where they are kept.
    pub events: Option<Vec<StoredEvent>>,
    documents: BTreeMap<DocumentKey, StoredDocument>,
    sequences: BTreeMap<DocumentKey, u64>,
    dice: Dice,
}

impl World {
    /// A tenant that was just created.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let Ok(keyring) = Keyring::generate(&mut dice);
        let mut world = Self {
            keyring: Arc::new(keyring),
            tenant: TenantId::new("acme").expect("a tenant id"),
            now: UnixTime::from_seconds(1_800_000_000),
            defect: Defect::None,
            commits: 0,
            events: Some(vec![]),
            documents: BTreeMap::new(),
            sequences: BTreeMap::new(),
            dice,
        };
        for tenant in [world.other_tenant(), world.tenant.clone()] {
            let by = Administrator::new("root", "first start").expect("an administrator");
            let policy = world.policy(0, None);
            let keyring = Arc::clone(&world.keyring);
            world
                .run(Flow::create_tenant(keyring, tenant, policy, by))
                .expect("a tenant");
        }
        world
    }

    /// What every flow begins with.
    #[must_use]
    pub fn names(&self) -> (Arc<Keyring>, TenantId) {
        (Arc::clone(&self.keyring), self.tenant.clone())
    }

    pub(crate) fn other_tenant(&self) -> TenantId {
        TenantId::new("initech").expect("a tenant id")
    }

    pub(crate) const fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// One of the policies, made anew or out of one that was read.
    pub(crate) fn policy(&self, rules: usize, read: Option<Policy>) -> Policy {
        let fresh = || Policy::new(Issuer::new("Acme").expect("an issuer"));
        let rules = RULES[rules];
        let policy = read.unwrap_or_else(fresh);
        [
            // Each step is checked by itself, and may leave no more codes live than the next.
            (Setting::HotpLookAhead, 1),
            (Setting::Authenticators, rules.authenticators),
            (Setting::RememberDays, rules.remember_days),
            (Setting::RememberedDevices, rules.devices),
            (Setting::SetupDeadline, rules.deadline_days),
            (Setting::SetupSkips, rules.skips),
            (Setting::ExemptionDays, rules.exemption_days),
            (Setting::ExemptionOpenEnd, rules.open_end),
            (Setting::HotpLookAhead, rules.look_ahead),
            (Setting::ResyncWindow, rules.resync),
            (Setting::YearBudget, rules.year_budget),
        ]
        .into_iter()
        .try_fold(
            policy.with_requirement(rules.requirement),
            |policy, (setting, value)| policy.with(setting, value),
        )
        .expect("a policy")
    }

    /// What follows a first factor that was shown elsewhere.
    ///
    /// # Errors
    /// The error of the flow.
    pub fn sign_in(&mut self, account: &AccountId) -> Result<Decision, Error> {
        let (keyring, tenant) = self.names();
        let first = FirstFactor::external(account.clone());
        self.run(Flow::sign_in(keyring, tenant, first, SignIn::new()))
    }

    /// An administrator's reset.
    ///
    /// # Errors
    /// The error of the flow.
    pub fn reset(&mut self, account: &AccountId) -> Result<(), Error> {
        let (keyring, tenant) = self.names();
        let by = Administrator::new("root", "a test").expect("an administrator");
        self.run(Flow::reset(keyring, tenant, account.clone(), by))
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

    /// Drives an operation to its end on a store of which each call meets its fate.
    ///
    /// # Errors
    /// The error of the flow, or that the process has ended.
    pub fn run_with(
        &mut self,
        course: &mut Course,
        mut fate: impl FnMut() -> Fate,
    ) -> Result<(), Failure> {
        let mut input = Input::Start;
        loop {
            input = match course.next(input, self) {
                Ask::Load(keys) => match fate() {
                    Fate::Fine => Input::Loaded(self.load(&keys)),
                    Fate::CrashBefore | Fate::CrashAfter => return Err(Failure::Crash),
                    _ => Input::Failed(StoreError::Unavailable),
                },
                Ask::Commit(commit) => match fate() {
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
                Ask::Done(done) => return done.map_err(Failure::Error),
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

    /// Stores a commit if every revision is the expected one; fails if it has a document without events, or
    /// one of another tenant.
    pub fn commit(&mut self, commit: Commit) -> CommitOutcome {
        let fits = |key: &DocumentKey, expected: u64| {
            let stored = self.documents.get(key).map_or(0, |it| it.revision.number());
            stored == expected || self.defect == Defect::IgnoresRevisions
        };
        let tenant = commit.writes.first().map(|write| write.key.tenant.clone());
        for write in &commit.writes {
            assert_eq!(Some(&write.key.tenant), tenant.as_ref());
            assert!(!write.events.is_empty(), "a change without an event");
        }
        if !commit
            .writes
            .iter()
            .all(|write| fits(&write.key, write.expected.number()))
        {
            return CommitOutcome::Conflict;
        }
        self.commits += 1;
        if self.defect == Defect::Forgets {
            return CommitOutcome::Committed;
        }
        for write in commit.writes {
            let last = self.sequences.entry(write.key.clone()).or_default();
            for event in write.events {
                let in_order = event.sequence == *last + 1;
                assert!(in_order || self.defect != Defect::None, "an event is lost");
                *last = event.sequence;
                if let Some(events) = &mut self.events {
                    let position = events.len() as u64 + 1;
                    events.push(StoredEvent::new(position, write.key.clone(), event));
                }
            }
            let mut document = StoredDocument::new(write.revision, write.body);
            if let (Defect::Keeps(kind, path), Some(before)) =
                (self.defect, self.documents.get(&write.key))
                && write.key.kind == kind
            {
                document = Forger::new(&self.keyring).keep(&write.key, before, &document, path);
            }
            self.documents.insert(write.key, document);
        }
        CommitOutcome::Committed
    }

    /// Changes a document's sealed bytes, as somebody could who holds the database.
    pub fn tamper(&mut self, key: &DocumentKey, change: impl FnOnce(&mut StoredDocument)) {
        if let Some(document) = self.documents.get_mut(key) {
            change(document);
        }
    }

    /// What the account has, whatever the clock says.
    ///
    /// # Errors
    /// The error of the flow.
    pub fn status(&mut self, account: &AccountId) -> Result<AccountStatus, Error> {
        let (keyring, tenant) = self.names();
        let flow = Flow::<Vec<AccountStatus>>::status(keyring, tenant, vec![account.clone()]);
        Ok(self.run(flow)?.remove(0))
    }

    /// Whether every event that was kept is there and fits its document: what a change without its event,
    /// or an event without its change, would break.
    pub fn audit(&mut self, subject: AuditSubject) -> AuditVerdict {
        let key = Flow::audit_key(&self.tenant, &subject);
        let mut walk = AuditWalk::new();
        loop {
            let position = walk.position().unwrap_or(0);
            let comes_next = |event: &&StoredEvent| event.key == key && event.position > position;
            let events = self.events.iter().flatten().filter(comes_next);
            let events = events.take(100).cloned().collect();
            let (keyring, tenant) = self.names();
            let flow = Flow::verify_audit(keyring, tenant, subject.clone(), walk, events);
            match self.run(flow).expect("a verdict, or a way to it") {
                AuditStep::Continue(further) => walk = further,
                AuditStep::Done(verdict) => return verdict,
            }
        }
    }
}
