//! The engine on the store in memory: a sign-in and its verification, and one attempt with a backup code.
//!
//! The account has two authenticators, ten backup codes and five remembered devices. `sign_in_and_verify` is a load
//! that decides on a challenge, then a load and a commit that accept a code. `part/*` are calls that do a part of
//! that, so that a run shows where the time goes:
//!
//! - `policy`: load and open a policy; `status`: an account too; `check_assertion`: a token too.
//! - `sign_in`: as `status`, and seal a ticket.
//! - `totp`: one code against two authenticators, keyed anew, as `verify` does.
//! - What remains of `sign_in_and_verify` is sealing the account, its event and the assertion, and the commit.
//!
//! `backup_code/*` is one attempt with a code that is right, was used, is wrong or names no slot: each costs one
//! PBKDF2 hash. Results are asserted in every iteration. How often a pair allocates is held by a test
//! (`crates/mfakit/tests/costs.rs`), as is the size of the stored account.
//!
//! Not measured: a store that writes to a disk, other machines, parallel requests.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that can't start must not look like one that ran"
)]
#![allow(
    missing_docs,
    reason = "the macros of criterion write public functions"
)]

use core::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use mfakit::{
    AccountId, AccountName, ActivationLifetime, Actor, Administrator, Clock as _, Confirmation,
    Confirmed, Decision, FirstFactor, Issuer, Keyring, Label, ManualClock, MemoryStore, Policy,
    Presented, Redemption, Setting, SetupStart, SignIn, TenantId, UnixTime, Verification,
    blocking::{Engine, Tenant},
};
use mfakit_core::{Code, Digits, Secret, Totp, TotpParameters, VerifyError, Window};

struct Scene {
    tenant: Tenant,
    clock: ManualClock,
    account: AccountId,
    app: Totp,
    backup: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
        let keyring = Keyring::generate(&mut getrandom::SysRng).expect("randomness");
        let engine = mfakit::Engine::builder(MemoryStore::new(), keyring).clock(clock.clone());
        let engine = Engine::from(engine.build());
        let policy = Policy::new(Issuer::new("Acme").expect("an issuer"));
        let policy = policy.with(Setting::RememberDays, 180).expect("a policy");
        let by = Administrator::new("root", "a benchmark").expect("an administrator");
        let id = TenantId::new("acme").expect("a tenant");
        engine.create_tenant(&id, policy, &by).expect("a tenant");
        let tenant = engine.tenant("acme").expect("a tenant");
        let account = AccountId::new("7").expect("an account");
        let first = FirstFactor::external(account.clone());
        let Ok(Decision::Setup(setup)) = tenant.sign_in(first, SignIn::new()) else {
            panic!("no setup");
        };
        let ticket = Presented::new(&setup.ticket);
        let (_, confirmed) = set_up(&tenant, &clock, ticket, "Phone");
        tenant
            .acknowledge_backup_codes(&confirmed.assertion)
            .expect("acknowledged");
        let session = Presented::new(&confirmed.assertion);
        let (app, _) = set_up(&tenant, &clock, session, "Tablet");
        let codes = confirmed.backup_codes.expect("backup codes");
        let backup = codes.iter().map(String::from).collect();
        let scene = Self {
            tenant,
            clock,
            account,
            app,
            backup,
        };
        for number in 1..=5 {
            scene.remember(&format!("Firefox on Linux {number}"));
        }
        scene
    }

    fn remember(&self, name: &str) {
        let (ticket, code) = (self.ticket(), self.next_code());
        let label = Label::new(name).expect("a label");
        let verified = self.tenant.verify_and_remember(&ticket, &code, &label);
        match verified {
            Ok(Verification::Verified(verified)) => assert!(verified.device.is_some()),
            other => panic!("{other:?}"),
        }
    }

    fn ticket(&self) -> mfakit::Ticket {
        let first = FirstFactor::external(self.account.clone());
        match self.tenant.sign_in(first, SignIn::new()) {
            Ok(Decision::Challenge(challenge)) => challenge.ticket,
            other => panic!("{other:?}"),
        }
    }

    fn verify(&self, ticket: &mfakit::Ticket, typed: &str) -> Verification {
        self.tenant.verify(ticket, typed).expect("an answer")
    }

    /// The code of the next time step that the step after it does not share: once in a million times two
    /// neighbours have one code, which is then used up for both.
    fn next_code(&self) -> zeroize::Zeroizing<String> {
        loop {
            self.clock.advance(30);
            let now = self.clock.now();
            let code = |at| self.app.generate(at).expect("a code").expose();
            if *code(now) != *code(now.saturating_add(30)) {
                return code(now);
            }
            self.clock.advance(30);
        }
    }

    /// Clears the failures, so that no lock gets in the way.
    fn succeed(&self) {
        // Locks grow with every failure; two days later none is left, and a year of such days has not spent its budget.
        self.clock.advance(2 * 86_400);
        let verified = self.verify(&self.ticket(), &self.next_code());
        assert!(
            matches!(verified, Verification::Verified(_)),
            "{verified:?}"
        );
    }
}

/// Binds an authenticator, and keeps what the app is shown.
fn set_up(
    tenant: &Tenant,
    clock: &ManualClock,
    presented: Presented<'_>,
    label: &str,
) -> (Totp, Confirmed) {
    let (name, label) = (AccountName::new("anna"), Label::new(label));
    let (name, label) = (name.expect("a name"), label.expect("a label"));
    let Ok(SetupStart::Pending(pending)) = tenant.begin_setup(presented, &name, &label) else {
        panic!("no pending setup");
    };
    let secret = Secret::from_base32(&pending.key()).expect("a secret");
    let app = Totp::with_parameters(secret, TotpParameters::default());
    let code = app.generate(clock.now()).expect("a code").expose();
    match tenant.confirm_setup(presented, &code) {
        Ok(Confirmation::Confirmed(confirmed)) => (app, confirmed),
        other => panic!("{other:?}"),
    }
}

fn sign_in_and_verify(c: &mut Criterion) {
    let scene = Scene::new();
    c.bench_function("engine/sign_in_and_verify", |b| {
        b.iter(|| {
            let ticket = scene.ticket();
            let verified = scene.verify(&ticket, &scene.next_code());
            assert!(
                matches!(verified, Verification::Verified(_)),
                "{verified:?}"
            );
        });
    });
    // The time that went by has ended devices.
    let scene = Scene::new();
    let mut group = c.benchmark_group("engine/part");
    group.bench_function("policy", |b| {
        b.iter(|| scene.tenant.policy().expect("a policy"));
    });
    group.bench_function("status", |b| {
        let account = core::slice::from_ref(&scene.account);
        b.iter(|| {
            let status = scene.tenant.status(account).expect("a status");
            assert_eq!(status[0].devices.len(), 5);
        });
    });
    group.bench_function("sign_in", |b| b.iter(|| scene.ticket()));
    group.bench_function("totp", |b| {
        let code = Code::parse("000000", Digits::SIX).expect("a code");
        let now = scene.clock.now();
        let secrets = [[7; 20], [8; 20]].map(|bytes| Secret::import(&bytes).expect("a secret"));
        b.iter(|| {
            for secret in &secrets {
                let parameters = TotpParameters::default();
                let found =
                    Totp::verify_once(secret, parameters, &code, now, Window::default(), None);
                assert_eq!(found.err(), Some(VerifyError::Mismatch));
            }
        });
    });
    group.bench_function("check_assertion", |b| {
        let verified = match scene.verify(&scene.ticket(), &scene.next_code()) {
            Verification::Verified(verified) => verified,
            other => panic!("{other:?}"),
        };
        b.iter(|| {
            let standing = scene.tenant.check_assertion(&verified.assertion);
            assert!(
                matches!(standing, Ok(mfakit::Standing::Current(_))),
                "{standing:?}"
            );
        });
    });
    group.finish();
}

fn backup_code(c: &mut Criterion) {
    let scene = Scene::new();
    let used = scene.backup[0].clone();
    assert!(matches!(
        scene.verify(&scene.ticket(), &used),
        Verification::Verified(_)
    ));
    let wrong = format!("1-{}", &scene.backup[2][2..]);
    let absent = format!("F-{}", &scene.backup[2][2..]);
    let mut group = c.benchmark_group("engine/backup_code");
    for (name, typed) in [("used", used), ("wrong", wrong), ("absent_slot", absent)] {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| {
                let mut taken = Duration::ZERO;
                for _ in 0..iterations {
                    scene.succeed();
                    let ticket = scene.ticket();
                    let start = std::time::Instant::now();
                    let outcome = scene.verify(&ticket, &typed);
                    taken += start.elapsed();
                    let refused = matches!(
                        outcome,
                        Verification::Replayed(_) | Verification::Mismatch(_)
                    );
                    assert!(refused, "{outcome:?}");
                }
                taken
            });
        });
    }
    group.bench_function("right", |b| {
        b.iter_custom(|iterations| {
            let mut taken = Duration::ZERO;
            let mut left = 0..0;
            let mut scene = Scene::new();
            for _ in 0..iterations {
                let slot = left.next().unwrap_or_else(|| {
                    scene = Scene::new();
                    left = 1..10;
                    0
                });
                let ticket = scene.ticket();
                let start = std::time::Instant::now();
                let outcome = scene.verify(&ticket, &scene.backup[slot]);
                taken += start.elapsed();
                assert!(matches!(outcome, Verification::Verified(_)), "{outcome:?}");
            }
            taken
        });
    });
    group.finish();
}

/// A wrong code at a known handle, and one at a handle that nobody has: a hash each, and a commit for the first.
fn activation_code(c: &mut Criterion) {
    let scene = Scene::new();
    let by = Administrator::new("root", "a benchmark").expect("an administrator");
    let (purpose, redeemer) = (Label::new("Backup"), Actor::new("host-7"));
    let (purpose, redeemer) = (purpose.expect("a purpose"), redeemer.expect("a redeemer"));
    let mut group = c.benchmark_group("engine/activation_code");
    group.bench_function("unknown_handle", |b| {
        b.iter(|| {
            let unknown = "00000-00000-00000-00000-00000";
            let redemption = scene.tenant.redeem_activation(unknown, &purpose, &redeemer);
            assert!(
                matches!(redemption, Ok(Redemption::ActivationFailed)),
                "{redemption:?}"
            );
        });
    });
    group.bench_function("right", |b| {
        b.iter_custom(|iterations| {
            let mut taken = Duration::ZERO;
            for _ in 0..iterations {
                let lifetime = ActivationLifetime::POLICY;
                let issued = scene
                    .tenant
                    .issue_activation(&purpose, lifetime, &by)
                    .expect("a code");
                let code = issued.code.expose();
                let start = std::time::Instant::now();
                let redemption = scene.tenant.redeem_activation(&code, &purpose, &redeemer);
                taken += start.elapsed();
                assert!(
                    matches!(redemption, Ok(Redemption::Redeemed(_))),
                    "{redemption:?}"
                );
            }
            taken
        });
    });
    group.finish();
}

criterion_group!(benches, sign_in_and_verify, backup_code, activation_code);
criterion_main!(benches);
