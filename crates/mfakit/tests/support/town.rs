//! An organization with many people, each with a token and an open gate, and with activation codes.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::thread;

use mfakit::{
    AccountId, ActivationLifetime, Administrator, Clock as _, Decision, FirstFactor, Gate,
    IssuedActivation, Issuer, KeyId, Keyring, KeyringReplacement, Label, ManualClock, Policy,
    Presented, RotationPage, RotationQuery, Setting, SignIn, Store, TenantId, TokenBinding,
    TokenKind, UnixTime, Verification,
    blocking::{Engine, Tenant},
};
use mfakit_core::{Secret, Totp, TotpParameters};

pub(crate) const START: i64 = 1_800_000_000;

pub(crate) struct Town {
    pub(crate) engine: Engine,
    pub(crate) tenant: Tenant,
    pub(crate) clock: ManualClock,
    pub(crate) people: Vec<Person>,
    pub(crate) activations: Vec<IssuedActivation>,
    /// What the keyring of today says, whole; a test changes a copy.
    pub(crate) keyring: String,
}

pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) app: Totp,
}

impl Town {
    /// A town with so many people and activation codes, and one policy: two documents for each person, one for the rest.
    pub(crate) fn new(store: impl Store + 'static, people: usize, activations: usize) -> Self {
        let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
        let text = keyring.danger_export().to_string();
        let clock = ManualClock::starting_at(UnixTime::from_seconds(START));
        let engine = mfakit::Engine::builder(store, keyring)
            .clock(clock.clone())
            .build();
        let engine = Engine::from(engine);
        let policy = Policy::new(Issuer::new("Seaside Library").unwrap());
        let policy = policy.with(Setting::RememberDays, 30).unwrap();
        let id = TenantId::new("acme").unwrap();
        engine.create_tenant(&id, policy, &admin()).unwrap();
        let tenant = engine.tenant("acme").unwrap();
        let issue = |_| {
            let (purpose, lifetime) = (purpose(), ActivationLifetime::POLICY);
            tenant
                .issue_activation(&purpose, lifetime, &admin())
                .unwrap()
        };
        let activations = (0..activations).map(issue).collect();
        let numbers: Vec<usize> = (0..people).collect();
        // Together, so that a store that groups commits has some to group.
        let people = thread::scope(|scope| {
            let settle = |numbers: &[usize]| {
                let (tenant, numbers) = (&tenant, numbers.to_vec());
                scope.spawn(move || -> Vec<Person> {
                    let settle = |number| Person::settle(tenant, number);
                    numbers.into_iter().map(settle).collect()
                })
            };
            let tasks: Vec<_> = numbers.chunks(people.div_ceil(16)).map(settle).collect();
            tasks
                .into_iter()
                .flat_map(|task| task.join().unwrap())
                .collect()
        });
        Self {
            engine,
            tenant,
            clock,
            people,
            activations,
            keyring: text,
        }
    }

    pub(crate) fn documents(&self) -> u64 {
        u64::try_from(2 * self.people.len() + self.activations.len() + 1).unwrap()
    }

    pub(crate) fn active(&self) -> KeyId {
        self.ring().active()
    }

    pub(crate) fn tenant_id(&self) -> TenantId {
        TenantId::new("acme").unwrap()
    }

    /// A copy of the keyring of today.
    pub(crate) fn ring(&self) -> Keyring {
        Keyring::parse(&self.keyring).unwrap()
    }

    /// Puts a changed keyring in force.
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Keyring) -> T) -> T {
        let mut ring = self.ring();
        let told = change(&mut ring);
        self.keyring = ring.danger_export().to_string();
        let replaced = self.engine.replace_keyring(ring).unwrap();
        assert_eq!(replaced, KeyringReplacement::Replaced);
        told
    }

    /// Adds a key and makes it the one that seals.
    pub(crate) fn new_key(&mut self) -> KeyId {
        let key = self.change(|ring| ring.add_key(&mut getrandom::SysRng).unwrap());
        self.change(|ring| ring.activate(key).unwrap());
        key
    }

    pub(crate) fn rotate(&self, query: RotationQuery) -> RotationPage {
        self.tenant.rotate_keys(query, &admin()).unwrap()
    }

    /// Rotates from the beginning to the end, and says how many documents were sealed anew.
    pub(crate) fn rotate_all(&self, limit: u32) -> u32 {
        let mut resealed = 0;
        let mut query = RotationQuery::first(limit);
        loop {
            let page = self.rotate(query);
            assert!(page.failed.is_empty(), "{:?}", page.failed);
            resealed += page.resealed;
            let Some(next) = page.next else {
                assert_eq!(page.left, 0);
                return resealed;
            };
            query = RotationQuery::first(limit).after(next);
        }
    }

    pub(crate) fn challenge(&self, person: &Person) -> String {
        let first = FirstFactor::external(person.account.clone());
        match self.tenant.sign_in(first, SignIn::new()).unwrap() {
            Decision::Challenge(challenge) => challenge.ticket.as_str().into(),
            other => panic!("no challenge: {other:?}"),
        }
    }

    pub(crate) fn code(&self, person: &Person) -> String {
        let code = person.app.generate(self.clock.now()).unwrap();
        code.expose().as_str().into()
    }

    pub(crate) fn verify(&self, ticket: &str, typed: &str) -> Verification {
        self.tenant.verify(Presented::new(ticket), typed).unwrap()
    }

    /// The person signs in with the code of now, once and not twice.
    pub(crate) fn live_a_day(&self, person: &Person) {
        let (ticket, other) = (self.challenge(person), self.challenge(person));
        let code = self.code(person);
        let outcome = self.verify(&ticket, &code);
        assert!(matches!(outcome, Verification::Verified(_)), "{outcome:?}");
        let again = self.verify(&other, &code);
        assert!(matches!(again, Verification::Replayed(_)), "{again:?}");
    }
}

impl Person {
    fn settle(tenant: &Tenant, number: usize) -> Self {
        let account = AccountId::new(format!("person {number}")).unwrap();
        let mut key = [0; 20];
        getrandom::fill(&mut key).unwrap();
        let (kind, label) = (
            TokenKind::Totp(TotpParameters::default()),
            Label::new("Token").unwrap(),
        );
        let secret = Secret::import(&key).unwrap();
        let binding = tenant.bind_token(&account, secret, kind, &label, &admin());
        assert!(matches!(binding, Ok(TokenBinding::Bound(_))), "{binding:?}");
        let gate = tenant.begin_password(&account).unwrap();
        assert!(matches!(gate, Gate::Proceed(_)), "{gate:?}");
        let app = Totp::with_parameters(Secret::import(&key).unwrap(), TotpParameters::default());
        Self { account, app }
    }
}

pub(crate) fn admin() -> Administrator {
    Administrator::new("root", "a new key").unwrap()
}

pub(crate) fn purpose() -> Label {
    Label::new("backup service").unwrap()
}
