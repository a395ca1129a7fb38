//! People who sign in through the engine.

use alloc::sync::Arc;
use std::{collections::HashMap, path::Path, time::Instant};

use mfakit::{
    AccountId, AccountName, Administrator, Clock as _, Confirmation, Decision, Engine, FirstFactor,
    Issuer, Keyring, Label, ManualClock, MemoryStore, Policy, SetupStart, SignIn, Store, Tenant,
    TenantId, TokenBinding, TokenKind, UnixTime, Verification, keyring_file,
};
use mfakit_core::{DocumentKind, Secret, Totp, TotpParameters};
use mfakit_store::{EventOrder, EventQuery, ScanQuery};

use crate::{
    rate,
    rows::{Row, filler_id},
};

/// A tenant with people, on a store.
pub(crate) struct People {
    clock: ManualClock,
    tenant: Tenant,
    people: Vec<(AccountId, Totp)>,
}

/// How so many callers call at once.
#[derive(Clone, Copy)]
pub(crate) enum Callers {
    /// As tasks of the runtime.
    Tasks(usize),
    /// Each as a thread of its own, without a runtime.
    Threads(usize),
}

impl Callers {
    const fn count(self) -> usize {
        match self {
            Self::Tasks(count) | Self::Threads(count) => count,
        }
    }

    /// Runs what each caller does, all at once.
    async fn run<T: Send + 'static>(
        self,
        calls: Vec<impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let mut done = Vec::new();
        match self {
            Self::Tasks(_) => {
                let tasks: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
                for task in tasks {
                    done.push(task.await.unwrap());
                }
            }
            Self::Threads(_) => {
                let start = |call| std::thread::spawn(|| pollster::block_on(call));
                let threads: Vec<_> = calls.into_iter().map(start).collect();
                for thread in threads {
                    done.push(thread.join().unwrap());
                }
            }
        }
        done
    }
}

impl People {
    /// So many people who have set up an authenticator and backup codes.
    pub(crate) async fn set_up(store: impl Store + 'static, keyring: &Path, people: usize) -> Self {
        let keyring = keyring_file::open_or_create(keyring).unwrap();
        let mut this = Self::none(store, keyring).await;
        for person in 0..people {
            let account = AccountId::new(format!("person {person}")).unwrap();
            let app = set_up(&this.tenant, &this.clock, &account).await;
            this.people.push((account, app));
        }
        this
    }

    /// So many people with hardware tokens, whose accounts are as long as those of [`set_up`](Self::set_up), and what
    /// is stored of them and their tenant. No backup code is hashed, so they are made a hundred times as fast.
    pub(crate) async fn bound(keyring: &Path, people: usize) -> (Self, Vec<Row>) {
        let store = Arc::new(MemoryStore::new());
        let mut this = Self::none(
            Arc::clone(&store),
            keyring_file::open_or_create(keyring).unwrap(),
        )
        .await;
        for person in 0..people {
            let account =
                AccountId::new(filler_id(u64::MAX - u64::try_from(person).unwrap())).unwrap();
            let mut app = None;
            // As many labels as make up for the backup codes.
            for token in 0..TOKENS {
                let mut bytes = [0; 20];
                getrandom::fill(&mut bytes).unwrap();
                let secret = || Secret::import(&bytes).unwrap();
                let kind = TokenKind::Totp(TotpParameters::default());
                let label = format!("{token} hardware token of the security department");
                let label = Label::new(&label).unwrap();
                let bound = this
                    .tenant
                    .bind_token(&account, secret(), kind, &label, &root())
                    .await;
                assert!(matches!(bound, Ok(TokenBinding::Bound(_))));
                app.get_or_insert_with(|| {
                    Totp::with_parameters(secret(), TotpParameters::default())
                });
            }
            this.people.push((account, app.unwrap()));
        }
        let rows = stored(&store, 1 + people).await;
        (this, rows)
    }

    /// The same people, on another store, or another way to it, that holds what is stored of them.
    pub(crate) async fn moved(self, keyring: &Path, store: impl Store + 'static) -> Self {
        let mut there = Self::none(store, keyring_file::open_or_create(keyring).unwrap()).await;
        there.clock.set(self.clock.now());
        there.people = self.people;
        there
    }

    /// A tenant without people; it may exist.
    async fn none(store: impl Store + 'static, keyring: Keyring) -> Self {
        let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
        let engine = Engine::builder(store, keyring).clock(clock.clone()).build();
        let policy = Policy::new(Issuer::new("Acme").unwrap());
        engine.create_tenant(&id(), policy, &root()).await.unwrap();
        Self {
            clock,
            tenant: engine.tenant(TENANT).unwrap(),
            people: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }

    /// As many people sign in as are asked for, spread over all; then each verifies a code. Gives sign-ins and
    /// verifications a second.
    pub(crate) async fn sign_in_and_verify(&self, count: usize, callers: Callers) -> (f64, f64) {
        self.clock.advance(30);
        let step = (self.people.len() / count).max(1);
        let chosen: Vec<_> = self.people.iter().step_by(step).take(count).collect();
        let (count, now) = (chosen.len(), self.clock.now());
        let with_code = |(account, app): &(AccountId, Totp)| {
            let code = app.generate(now).unwrap().expose();
            (account.clone(), code.as_str().to_owned())
        };
        let work: Vec<_> = chosen.into_iter().map(with_code).collect();
        let calls = shares(work, callers.count()).into_iter().map(|share| {
            let tenant = self.tenant.clone();
            async move {
                let mut ready = Vec::new();
                for (account, code) in share {
                    ready.push((challenge(&tenant, account).await, code));
                }
                ready
            }
        });
        let (calls, start) = (calls.collect(), Instant::now());
        let work = callers.run(calls).await;
        let signed_in = rate(count, start.elapsed());

        let calls = work.into_iter().map(|share| {
            let tenant = self.tenant.clone();
            async move {
                for (ticket, code) in share {
                    let answer = tenant.verify(&ticket, &code).await.unwrap();
                    // Once in a million times two neighbouring steps have one code.
                    assert!(matches!(
                        answer,
                        Verification::Verified(_) | Verification::Replayed(_)
                    ));
                }
            }
        });
        let (calls, start) = (calls.collect(), Instant::now());
        callers.run(calls).await;
        (signed_in, rate(count, start.elapsed()))
    }
}

/// Everything stored: so many documents.
async fn stored(store: &MemoryStore, documents: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in [DocumentKind::Policy, DocumentKind::Account] {
        let query = ScanQuery::new(id(), kind, u32::MAX);
        for found in store.scan(&query).await.unwrap() {
            rows.push(Row {
                kind: kind.number(),
                id: found.id,
                revision: found.document.revision.number(),
                key_id: found.index.key_id.number(),
                body: found.document.body,
                events: Vec::new(),
            });
        }
    }
    assert_eq!(rows.len(), documents);
    let places: HashMap<(u8, Vec<u8>), usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| ((row.kind, row.id.clone()), place))
        .collect();
    let query = EventQuery::new(id(), EventOrder::OldestFirst, u32::MAX);
    for event in store.events(&query).await.unwrap() {
        let place = places[&(event.key.kind.number(), event.key.id)];
        rows[place]
            .events
            .push((event.event.sequence, event.event.body));
    }
    rows
}

async fn challenge(tenant: &Tenant, account: AccountId) -> mfakit::Ticket {
    let first = FirstFactor::external(account);
    match tenant.sign_in(first, SignIn::new()).await.unwrap() {
        Decision::Challenge(challenge) => challenge.ticket,
        other => panic!("{other:?}"),
    }
}

async fn set_up(tenant: &Tenant, clock: &ManualClock, account: &AccountId) -> Totp {
    let first = FirstFactor::external(account.clone());
    let ticket = match tenant.sign_in(first, SignIn::new()).await.unwrap() {
        Decision::Setup(setup) => setup.ticket,
        other => panic!("{other:?}"),
    };
    let name = AccountName::new("anna").unwrap();
    let label = Label::new("Phone").unwrap();
    let key = match tenant.begin_setup(&ticket, &name, &label).await.unwrap() {
        SetupStart::Pending(pending) => pending.key(),
        other => panic!("{other:?}"),
    };
    let app = Totp::with_parameters(
        Secret::from_base32(&key).unwrap(),
        TotpParameters::default(),
    );
    let code = app.generate(clock.now()).unwrap().expose();
    match tenant.confirm_setup(&ticket, &code).await.unwrap() {
        Confirmation::Confirmed(confirmed) => {
            let standing = tenant.acknowledge_backup_codes(&confirmed.assertion).await;
            standing.unwrap();
        }
        other => panic!("{other:?}"),
    }
    app
}

/// Deals the work out.
fn shares<T>(work: Vec<T>, callers: usize) -> Vec<Vec<T>> {
    let mut shares: Vec<Vec<T>> = (0..callers).map(|_| Vec::new()).collect();
    for (place, one) in work.into_iter().enumerate() {
        shares[place % callers].push(one);
    }
    shares
}

fn id() -> TenantId {
    TenantId::new(TENANT).unwrap()
}

fn root() -> Administrator {
    Administrator::new("root", "a benchmark").unwrap()
}

/// The tenant of all accounts.
pub(crate) const TENANT: &str = "acme";
/// Tokens of an account without backup codes.
const TOKENS: usize = 5;
