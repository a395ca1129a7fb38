//! The one loop: load, decide, commit, answer, as a state machine without IO.
//!
//! A driver asks [`Flow::next`] what to do, does it on its store, and passes on what came of it. The async
//! engine, the blocking one and the tests drive the same code. **No answer leaves before its commit.** A
//! conflict loads and decides again, a bounded number of times, then [`Error::Busy`]. A commit whose
//! outcome is unclear is settled by loading: the document names the commit that wrote it.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, mem};

use rand_core::TryCryptoRng;

use crate::{
    AccountId, ActivationHandle, Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, Error,
    Keyring, Misuse, Operation, Revision, StoreError, StoredDocument, TenantId, UnixTime,
    desk::{Clock, Desk, Unreadable},
    random::{Random, RandomnessError},
    storage::Write,
};

/// One operation on its way to its answer `A`.
///
/// # Examples
/// A driver for a store without waiting:
///
/// ```
/// use mfakit_core::{Commit, CommitOutcome, DocumentKey, Error, Flow, Input, Step, StoreError, StoredDocument, UnixTime};
/// # use rand_core::TryCryptoRng;
///
/// trait PlainStore {
///     fn load(&self, keys: &[DocumentKey]) -> Result<Vec<Option<StoredDocument>>, StoreError>;
///     fn commit(&self, commit: &Commit) -> Result<CommitOutcome, StoreError>;
/// }
///
/// fn drive<A>(store: &impl PlainStore, mut flow: Flow<A>, now: UnixTime, rng: &mut impl TryCryptoRng) -> Result<A, Error> {
///     let mut input = Input::Start;
///     loop {
///         input = match flow.next(input, now, rng) {
///             Step::Load(keys) => store.load(&keys).map_or_else(Input::Failed, Input::Loaded),
///             Step::Commit(commit) => store.commit(&commit).map_or_else(Input::Failed, Input::Committed),
///             Step::Done(answer) => return answer,
///         };
///     }
/// }
/// ```
pub struct Flow<A> {
    name: Operation,
    tenant: TenantId,
    keyring: Arc<Keyring>,
    operation: Box<dyn Decide<A>>,
    state: State<A>,
    /// Commits of this flow that may be stored, with the answer each would give.
    unclear: Vec<Candidate<A>>,
    rounds: u8,
}

/// What the driver tells the flow.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the protocol of drivers")]
pub enum Input {
    /// Begin.
    Start,
    /// The documents of [`Step::Load`], in the order of its keys.
    Loaded(Vec<Option<StoredDocument>>),
    /// The outcome of [`Step::Commit`].
    Committed(CommitOutcome),
    /// The store failed at either.
    Failed(StoreError),
}

/// What the flow tells the driver.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the protocol of drivers")]
pub enum Step<A> {
    /// Load these documents.
    Load(Vec<DocumentKey>),
    /// Commit this.
    Commit(Commit),
    /// The operation has ended.
    Done(Result<A, Error>),
}

/// A decision: a function of documents, time and randomness.
pub(crate) trait Decide<A>: Send {
    /// Which documents the decision needs, or the answer where it needs none.
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, A>;

    /// Decides, and changes the documents on the desk; may be called again after a conflict.
    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<A, Error>;

    /// Whether the decision may change anything.
    fn may_write(&self) -> bool {
        true
    }

    /// Whether deciding takes a millisecond or more.
    fn is_heavy(&self) -> bool {
        false
    }
}

/// The documents a decision needs, beside the tenant's policy.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) gates: Vec<AccountId>,
    pub(crate) clock: Clock,
    pub(crate) unreadable: Unreadable,
    pub(crate) activations: Vec<ActivationHandle>,
}

impl Needs {
    /// The policy and one account.
    pub(crate) fn account(account: AccountId) -> Self {
        Self {
            accounts: alloc::vec![account],
            ..Self::default()
        }
    }

    /// The policy and one activation code.
    pub(crate) fn activation(handle: ActivationHandle) -> Self {
        Self {
            activations: alloc::vec![handle],
            ..Self::default()
        }
    }
}

enum State<A> {
    Begin,
    Loading {
        needs: Needs,
        keys: Vec<DocumentKey>,
    },
    Committing {
        needs: Needs,
        keys: Vec<DocumentKey>,
        candidate: Candidate<A>,
    },
    Ended,
}

/// A commit with the answer that it stands for.
struct Candidate<A> {
    commit: CommitId,
    key: DocumentKey,
    expected: Revision,
    answer: A,
}

impl<A> Flow<A> {
    pub(crate) fn new(
        name: Operation,
        tenant: TenantId,
        keyring: Arc<Keyring>,
        operation: impl Decide<A> + 'static,
    ) -> Self {
        Self {
            name,
            tenant,
            keyring,
            operation: Box::new(operation),
            state: State::Begin,
            unclear: Vec::new(),
            rounds: 0,
        }
    }

    /// What was asked.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.name
    }

    /// Whether a step may compute for a millisecond or more (backup codes and activation codes are hashed, hundreds of
    /// documents opened): an async driver moves it off its executor.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.operation.is_heavy()
    }

    /// In which line of a process this flow waits before it loads: that of the document it changes; none if it
    /// only reads. Standing in line saves conflicts, and is a matter of speed alone.
    #[must_use]
    pub fn line<'a>(&self, keys: &'a [DocumentKey]) -> Option<&'a DocumentKey> {
        // The policy comes first, then the account, then the gate or the activation: passwords never wait for codes.
        let key = keys.last();
        key.filter(|_| self.operation.may_write())
    }

    /// What to do next, after `input`, at `now`.
    ///
    /// `now` is read anew for each call; `rng` is only drawn from when something is decided.
    pub fn next<R: TryCryptoRng + ?Sized>(
        &mut self,
        input: Input,
        now: UnixTime,
        rng: &mut R,
    ) -> Step<A> {
        let mut fill = |dst: &mut [u8]| rng.try_fill_bytes(dst).map_err(|_| RandomnessError);
        let mut random = Random::new(&mut fill);
        match (mem::replace(&mut self.state, State::Ended), input) {
            (State::Begin, Input::Start) => match self.operation.needs(&self.keyring, &self.tenant)
            {
                Ok(needs) => {
                    let keys = self.keys(&needs);
                    self.load(needs, keys)
                }
                Err(answer) => Step::Done(Ok(answer)),
            },
            (State::Loading { needs, keys }, Input::Loaded(documents)) => {
                self.decide(needs, keys, documents, now, &mut random)
            }
            (State::Committing { candidate, .. }, Input::Committed(CommitOutcome::Committed)) => {
                Step::Done(Ok(candidate.answer))
            }
            (State::Committing { needs, keys, .. }, Input::Committed(CommitOutcome::Conflict)) => {
                self.load(needs, keys)
            }
            (
                State::Committing {
                    needs,
                    keys,
                    candidate,
                },
                Input::Failed(StoreError::Unclear),
            ) => {
                self.unclear.push(candidate);
                self.load(needs, keys)
            }
            (State::Loading { .. } | State::Committing { .. }, Input::Failed(error)) => {
                Step::Done(Err(error.into()))
            }
            _ => Step::Done(Err(Misuse::OutOfStep.into())),
        }
    }

    fn keys(&self, needs: &Needs) -> Vec<DocumentKey> {
        let key = |kind, id: &[u8]| DocumentKey::new(self.tenant.clone(), kind, id);
        let policy = key(DocumentKind::Policy, &[]);
        let accounts = needs
            .accounts
            .iter()
            .map(|id| key(DocumentKind::Account, id.as_bytes()));
        let gates = needs
            .gates
            .iter()
            .map(|id| key(DocumentKind::Gate, id.as_bytes()));
        let activations = needs
            .activations
            .iter()
            .map(|handle| key(DocumentKind::Activation, handle.as_bytes()));
        core::iter::once(policy)
            .chain(accounts)
            .chain(gates)
            .chain(activations)
            .collect()
    }

    fn load(&mut self, needs: Needs, keys: Vec<DocumentKey>) -> Step<A> {
        if self.rounds >= MAX_ROUNDS {
            let busy = self.unclear.is_empty();
            return Step::Done(Err(if busy {
                Error::Busy
            } else {
                StoreError::Unclear.into()
            }));
        }
        self.rounds = self.rounds.saturating_add(1);
        let step = Step::Load(keys.clone());
        self.state = State::Loading { needs, keys };
        step
    }

    fn decide(
        &mut self,
        needs: Needs,
        keys: Vec<DocumentKey>,
        documents: Vec<Option<StoredDocument>>,
        now: UnixTime,
        random: &mut Random<'_>,
    ) -> Step<A> {
        if documents.len() != keys.len() {
            return Step::Done(Err(StoreError::Corrupt.into()));
        }
        let keyring = Arc::clone(&self.keyring);
        let tenant = self.tenant.clone();
        let loaded = keys.iter().cloned().zip(documents);
        let mut desk = match Desk::open(&keyring, &tenant, &needs, loaded, now) {
            Ok(desk) => desk,
            Err(unavailable) => return Step::Done(Err(unavailable.into())),
        };
        if let Some(settled) = self.settle(&desk) {
            return Step::Done(settled);
        }
        let answer = match self.operation.decide(&mut desk, random) {
            Ok(answer) => answer,
            Err(error) => return Step::Done(Err(error)),
        };
        let (commit, writes) = match desk.writes(random) {
            Ok(written) => written,
            Err(unavailable) => return Step::Done(Err(unavailable.into())),
        };
        let Some(Write { key, expected, .. }) = writes.first() else {
            return Step::Done(Ok(answer));
        };
        let candidate = Candidate {
            commit,
            key: key.clone(),
            expected: *expected,
            answer,
        };
        self.state = State::Committing {
            needs,
            keys,
            candidate,
        };
        Step::Commit(Commit::new(commit, writes))
    }

    /// Settles commits whose outcome is unclear by what is stored now; `None` if the decision is open.
    ///
    /// If the document names one of them as its last commit, that one is stored and its answer stands. A document
    /// at the revision that a commit expected does not hold it, though it may still arrive; then the next commit
    /// of this flow expects the same revision, and only one of them can be stored. One revision on, another commit
    /// has taken its place for good. Further on nobody can tell: nothing is granted.
    fn settle(&mut self, desk: &Desk<'_>) -> Option<Result<A, Error>> {
        let mut open = Vec::new();
        let mut lost = false;
        for candidate in mem::take(&mut self.unclear) {
            let (revision, commit) = desk.last_commit(&candidate.key)?;
            if commit == Some(candidate.commit) {
                return Some(Ok(candidate.answer));
            }
            if revision == candidate.expected {
                open.push(candidate);
            } else if Some(revision) != candidate.expected.next() {
                lost = true;
            }
        }
        self.unclear = open;
        // Whoever tries for long holds up the others in line, and a store that loses answers is not well.
        (lost || self.unclear.len() >= MAX_UNCLEAR).then(|| Err(StoreError::Unclear.into()))
    }
}

impl<A> fmt::Debug for Flow<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow")
            .field("operation", &self.name)
            .field("rounds", &self.rounds)
            .finish_non_exhaustive()
    }
}

/// How often one flow loads before it answers `Busy`.
const MAX_ROUNDS: u8 = 16;
/// How many commits of one flow may be unclear at once.
const MAX_UNCLEAR: usize = 2;
