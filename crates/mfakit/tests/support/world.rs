//! One tenant, one person, and an authenticator app that keeps what it is shown.

#![allow(dead_code, reason = "each test uses a part of it")]

use mfakit::{
    AccountId, AccountName, Administrator, Basis, Confirmation, Decision, FirstFactor, Issuer,
    Label, ManualClock, MemoryStore, Policy, Presented, SetupStart, SignIn, Standing, Store,
    TenantId, UnixTime, Verification,
    blocking::{Engine, Tenant},
};
use mfakit_core::{Keyring, Secret, Totp, TotpParameters};

pub(crate) const START: i64 = 1_800_000_000;

/// One tenant on a store in memory, one person, and an authenticator app that keeps what it is shown.
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) tenant: Tenant,
    pub(crate) clock: ManualClock,
    pub(crate) account: AccountId,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(MemoryStore::new())
    }

    pub(crate) fn on(store: impl Store + 'static) -> Self {
        let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
        Self::with(store, keyring)
    }

    /// A world that may exist already in `store`.
    pub(crate) fn with(store: impl Store + 'static, keyring: Keyring) -> Self {
        Self::begin(START, store, keyring, "acme")
    }

    /// The same, at a time.
    pub(crate) fn at(seconds: i64, store: impl Store + 'static, keyring: Keyring) -> Self {
        Self::begin(seconds, store, keyring, "acme")
    }

    /// The same, in the tenant of this name.
    pub(crate) fn in_tenant(store: impl Store + 'static, keyring: Keyring, name: &str) -> Self {
        Self::begin(START, store, keyring, name)
    }

    fn begin(seconds: i64, store: impl Store + 'static, keyring: Keyring, name: &str) -> Self {
        let clock = ManualClock::starting_at(UnixTime::from_seconds(seconds));
        let engine = mfakit::Engine::builder(store, keyring)
            .clock(clock.clone())
            .build();
        let engine = Engine::from(engine);
        let policy = Policy::new(Issuer::new("Seaside Library").unwrap());
        let id = TenantId::new(name).unwrap();
        engine
            .create_tenant(&id, policy, &admin("first start"))
            .unwrap();
        let tenant = engine.tenant(name).unwrap();
        Self {
            name: name.to_owned(),
            tenant,
            clock,
            account: AccountId::new("7").unwrap(),
        }
    }

    /// Goes on as another person.
    pub(crate) fn be(&mut self, person: &str) {
        self.account = AccountId::new(person).unwrap();
    }

    pub(crate) fn sign_in(&self) -> Decision {
        let first = FirstFactor::external(self.account.clone());
        self.tenant
            .sign_in(first, SignIn::new().binding(b"session"))
            .unwrap()
    }

    pub(crate) fn challenge(&self) -> String {
        match self.sign_in() {
            Decision::Challenge(challenge) => challenge.ticket.as_str().into(),
            other => panic!("no challenge: {other:?}"),
        }
    }

    pub(crate) fn verify(&self, ticket: &str, typed: &str) -> Verification {
        self.tenant
            .verify(Presented::new(ticket).bound_to(b"session"), typed)
            .unwrap()
    }

    /// Sets up, acknowledges, and returns the app and the backup codes.
    pub(crate) fn set_up(&self) -> (Totp, Vec<String>) {
        let Decision::Setup(setup) = self.sign_in() else {
            panic!("no setup")
        };
        let ticket = Presented::new(&setup.ticket).bound_to(b"session");
        let app = self.scan(ticket);
        let confirmed = match self.tenant.confirm_setup(ticket, &self.code(&app)).unwrap() {
            Confirmation::Confirmed(confirmed) => confirmed,
            other => panic!("not confirmed: {other:?}"),
        };
        let codes = confirmed
            .backup_codes
            .unwrap()
            .iter()
            .map(String::from)
            .collect();
        let session = Presented::new(&confirmed.assertion).bound_to(b"session");
        let Standing::Current(before) = self.tenant.check_assertion(session).unwrap() else {
            panic!()
        };
        assert!(before.backup_codes_to_acknowledge);
        let Standing::Current(after) = self.tenant.acknowledge_backup_codes(session).unwrap()
        else {
            panic!()
        };
        assert!(!after.backup_codes_to_acknowledge);
        assert_eq!(after.basis, Basis::Otp);
        (app, codes)
    }

    /// What an app keeps of the QR code, here taken from the key for typing.
    pub(crate) fn scan(&self, ticket: Presented<'_>) -> Totp {
        let (name, label) = (
            AccountName::new("anna").unwrap(),
            Label::new("Phone").unwrap(),
        );
        let pending = match self.tenant.begin_setup(ticket, &name, &label).unwrap() {
            SetupStart::Pending(pending) => pending,
            other => panic!("no pending setup: {other:?}"),
        };
        let uri = pending.uri.to_uri();
        assert!(
            uri.starts_with("otpauth://totp/Seaside%20Library:anna?secret="),
            "unexpected URI"
        );
        assert!(pending.qr().unwrap().svg().starts_with("<svg"));
        Totp::with_parameters(
            Secret::from_base32(&pending.key()).unwrap(),
            TotpParameters::default(),
        )
    }

    pub(crate) fn code(&self, app: &Totp) -> String {
        self.code_in(app, 0)
    }

    pub(crate) fn code_in(&self, app: &Totp, seconds: u32) -> String {
        use mfakit::Clock as _;
        app.generate(self.clock.now().saturating_add(seconds))
            .unwrap()
            .expose()
            .as_str()
            .into()
    }
}

pub(crate) fn admin(reason: &str) -> Administrator {
    Administrator::new("root", reason).unwrap()
}

/// Codes that the app does not show around now.
pub(crate) fn wrong_codes<'a>(
    world: &'a World,
    app: &'a Totp,
) -> impl Iterator<Item = String> + 'a {
    use mfakit::Clock as _;
    let now = world.clock.now();
    let live = move |code: &String| {
        (0..20).any(|step| {
            let at = now.saturating_sub(300).saturating_add(step * 30);
            app.generate(at).unwrap().expose().as_str() == code
        })
    };
    (0..1_000_000)
        .map(|n| format!("{n:06}"))
        .filter(move |code| !live(code))
}
