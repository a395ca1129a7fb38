//! Rows that somebody moves or puts back who holds the database.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec::Vec};
use std::sync::Mutex;

use mfakit::{
    AccountId, Decision, Error, FirstFactor, Mark, Presented, SignIn, Standing, Unavailable,
    Verification,
};
use mfakit_core::{
    Commit, CommitOutcome, DocumentKey, DocumentKind, StoredDocument, StoredEvent, TenantId,
};
use mfakit_store::{EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

use crate::{Ground, world::World, world_on};

/// The row of another account, body and revision: it does not open.
pub fn a29_a_row_moved_to_another_account_does_not_open(ground: &impl Ground) {
    let (store, mut world) = scene(ground);
    for person in ["1", "01"] {
        world.be(person);
        world.set_up();
    }
    store.put(key(&world, "1"), store.row(&key(&world, "01")));
    world.be("1");
    assert_eq!(decision(&world).unwrap_err(), DAMAGED);
    // The other account is as it was.
    world.be("01");
    assert!(matches!(decision(&world), Ok(Decision::Challenge(_))));
}

/// The row of the same account id in another tenant, under the same keyring: it does not open.
pub fn a29_a_row_moved_to_another_tenant_does_not_open(ground: &impl Ground) {
    let store = Arc::new(Vandal::new(ground.store()));
    let keyring = || {
        let text = "mfakit-keyring 1\nactive 1\nkey 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
            BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";
        mfakit_core::Keyring::parse(text).unwrap()
    };
    let tenants = ["mine", "other"].map(|name| {
        let mut suffix = [0; 8];
        getrandom::fill(&mut suffix).unwrap();
        format!("{name}-{:016x}", u64::from_be_bytes(suffix))
    });
    let [mine, other] = tenants.map(|name| {
        let world = World::in_tenant(Arc::clone(&store), keyring(), &name);
        world.set_up();
        world
    });
    store.put(key(&mine, "7"), store.row(&key(&other, "7")));
    assert_eq!(decision(&mine).unwrap_err(), DAMAGED);
    assert!(matches!(decision(&other), Ok(Decision::Challenge(_))));
}

/// The body of an older revision under the revision of today: it does not open, and no used code works again.
pub fn a29_an_older_body_under_todays_revision_does_not_open(ground: &impl Ground) {
    let (store, world) = scene(ground);
    let (_, codes) = world.set_up();
    let old = store.row(&key(&world, "7"));
    let verified = world.verify(&world.challenge(), &codes[0]);
    assert!(matches!(verified, Verification::Verified(_)));
    let today = store.row(&key(&world, "7"));
    assert!(today.revision > old.revision);
    store.put(
        key(&world, "7"),
        StoredDocument::new(today.revision, old.body),
    );
    assert_eq!(decision(&world).unwrap_err(), DAMAGED);
}

/// A whole row of before: it opens, and everything that was given out since says so.
pub fn a29_an_older_row_is_noticed_by_every_token_and_the_mark(ground: &impl Ground) {
    let (store, world) = scene(ground);
    let (app, codes) = world.set_up();
    let old = store.row(&key(&world, "7"));
    world.clock.advance(30);
    let Verification::Verified(verified) = world.verify(&world.challenge(), &codes[0]) else {
        panic!("not verified")
    };
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    let Standing::Current(current) = world.tenant.check_assertion(session).unwrap() else {
        panic!("not current")
    };
    let ticket = world.challenge();
    store.put(key(&world, "7"), old);
    world.clock.advance(30);
    let ticket = Presented::new(&ticket).bound_to(b"session");
    let verified = world.tenant.verify(ticket, &world.code(&app));
    assert_eq!(verified.unwrap_err(), ROLLED_BACK);
    let standing = world.tenant.check_assertion(session);
    assert_eq!(standing.unwrap_err(), ROLLED_BACK);
    let request = SignIn::new().not_older_than(Mark::new(current.mark.number()));
    let first = FirstFactor::external(world.account.clone());
    let decision = world.tenant.sign_in(first, request);
    assert_eq!(decision.unwrap_err(), ROLLED_BACK);
}

fn scene(ground: &impl Ground) -> (Arc<Vandal>, World) {
    let store = Arc::new(Vandal::new(ground.store()));
    let world = world_on(Arc::clone(&store));
    (store, world)
}

fn key(world: &World, person: &str) -> DocumentKey {
    let tenant = TenantId::new(&world.name).unwrap();
    let id = AccountId::new(person).unwrap();
    DocumentKey::new(tenant, DocumentKind::Account, id.as_bytes())
}

fn decision(world: &World) -> Result<Decision, Error> {
    let first = FirstFactor::external(world.account.clone());
    world.tenant.sign_in(first, SignIn::new())
}

const DAMAGED: Error = Error::Unavailable(Unavailable::Damaged);
const ROLLED_BACK: Error = Error::Unavailable(Unavailable::RolledBack);

/// A store with somebody behind it who changes what rows hold, whatever the store is.
struct Vandal {
    inner: Arc<dyn Store>,
    rows: Mutex<BTreeMap<DocumentKey, StoredDocument>>,
}

impl Vandal {
    fn new(inner: Arc<dyn Store>) -> Self {
        let rows = Mutex::default();
        Self { inner, rows }
    }

    /// What the row holds.
    fn row(&self, key: &DocumentKey) -> StoredDocument {
        let loaded = pollster::block_on(self.inner.load(core::slice::from_ref(key)));
        loaded.unwrap().remove(0).unwrap()
    }

    /// Makes the row hold this from now on.
    fn put(&self, key: DocumentKey, document: StoredDocument) {
        self.rows.lock().unwrap().insert(key, document);
    }
}

impl Store for Vandal {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            let mut loaded = self.inner.load(keys).await?;
            let rows = self.rows.lock().unwrap();
            for (key, document) in keys.iter().zip(&mut loaded) {
                if let Some(changed) = rows.get(key) {
                    *document = Some(changed.clone());
                }
            }
            Ok(loaded)
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        self.inner.commit(commit)
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        self.inner.scan(query)
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        self.inner.count(query)
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        self.inner.events(query)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        self.inner.tenants(after, limit)
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        self.inner.prune_events(key, before)
    }
}
