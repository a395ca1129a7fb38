//! One tenant and one account on a store in a map.

use alloc::{collections::BTreeMap, sync::Arc};

use mfakit_core::{
    AccountId, Administrator, Commit, CommitOutcome, DocumentKey, DocumentKind, Error, Flow, Input,
    Issuer, Keyring, Policy, Step, StoredDocument, TenantId, UnixTime,
};

use crate::Dice;

/// A tenant with the default policy, an account, and everything a flow asks for.
#[derive(Debug)]
pub struct World {
    /// The keys everything is sealed with.
    pub keyring: Arc<Keyring>,
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The time.
    pub now: UnixTime,
    documents: BTreeMap<DocumentKey, StoredDocument>,
    dice: Dice,
}

impl World {
    /// A tenant that was just created.
    ///
    /// # Panics
    /// If the core refuses what it must accept.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a fuzz target panics to fail")]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let Ok(keyring) = Keyring::generate(&mut dice);
        let tenant = TenantId::new("acme").expect("a tenant id");
        let mut world = Self {
            keyring: Arc::new(keyring),
            tenant,
            account: AccountId::new("7").expect("an account id"),
            now: UnixTime::from_seconds(1_800_000_000),
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

    /// Drives a flow to its answer.
    ///
    /// # Errors
    /// The error of the flow.
    pub fn run<A>(&mut self, mut flow: Flow<A>) -> Result<A, Error> {
        let mut input = Input::Start;
        loop {
            input = match flow.next(input, self.now, &mut self.dice) {
                Step::Load(keys) => Input::Loaded(
                    keys.iter()
                        .map(|key| self.documents.get(key).cloned())
                        .collect(),
                ),
                Step::Commit(commit) => Input::Committed(self.commit(commit)),
                Step::Done(answer) => return answer,
            };
        }
    }

    /// Replaces the sealed bytes of the account, as somebody could who holds the database.
    pub fn tamper(&mut self, change: impl FnOnce(&mut StoredDocument)) {
        let id = self.account.as_bytes();
        let key = DocumentKey::new(self.tenant.clone(), DocumentKind::Account, id);
        if let Some(document) = self.documents.get_mut(&key) {
            change(document);
        }
    }

    fn commit(&mut self, commit: Commit) -> CommitOutcome {
        for write in commit.writes {
            self.documents
                .insert(write.key, StoredDocument::new(write.revision, write.body));
        }
        CommitOutcome::Committed
    }
}
