//! A changed password, an erased person, and locks that an administrator lifts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;

use mfakit::{
    AccountStatus, Assertion, AuditEntry, AuditFault, AuditQuery, AuditSubject, AuditVerdict,
    Decision, FirstFactor, Gate, IdentityVerified, LockEnd, MemoryStore, PolicyChange, Presented,
    Requirement, Setting, SignIn, Standing, Unlocking, Verification, Void,
};
use mfakit_core::Totp;
use mfakit_store::testkit::{Fault, FaultyStore, Plan};

use world::{World, admin, wrong_codes};

fn session(assertion: &Assertion) -> Presented<'_> {
    Presented::new(assertion).bound_to(b"session")
}

fn standing(world: &World, assertion: &Assertion) -> Standing {
    world.tenant.check_assertion(session(assertion)).unwrap()
}

fn status(world: &World) -> AccountStatus {
    let mut all = world
        .tenant
        .status(core::slice::from_ref(&world.account))
        .unwrap();
    all.remove(0)
}

fn verified(world: &World, app: &Totp) -> mfakit::Verified {
    world.clock.advance(30);
    match world.verify(&world.challenge(), &world.code(app)) {
        Verification::Verified(verified) => verified,
        other => panic!("not verified: {other:?}"),
    }
}

/// Types `count` wrong codes, each after the lock before it; the last answer.
fn fail(world: &World, app: &Totp, count: usize) -> Verification {
    let mut last = None;
    for _ in 0..count {
        if let Some(Verification::Locked(lock)) = last
            && let LockEnd::At(until) = lock.end
        {
            world.clock.set(until);
        }
        let ticket = world.challenge();
        let wrong = wrong_codes(world, app).next().unwrap();
        last = Some(world.verify(&ticket, &wrong));
    }
    last.unwrap()
}

/// The newest entries of the audit trail, newest first.
fn newest(world: &World, count: u32) -> Vec<AuditEntry> {
    let page = world.tenant.events(AuditQuery::newest(count)).unwrap();
    page.entries
}

fn name(entry: &AuditEntry) -> &'static str {
    entry.event.as_ref().map_or("none", |it| it.kind.name())
}

/// That the newest event is of this name, by this administrator, for this reason.
fn assert_audited(world: &World, expected: &str, reason: &str) {
    let entry = newest(world, 1).remove(0);
    assert_eq!(name(&entry), expected);
    let event = entry.event.unwrap();
    assert_eq!(event.actor.unwrap().as_str(), "root");
    assert_eq!(event.reason.unwrap().as_str(), reason);
}

#[test]
fn a27_a_changed_password_makes_everything_older_void() {
    let world = World::new();
    let (app, codes) = world.set_up();
    let elsewhere = verified(&world, &app).assertion;
    let here = verified(&world, &app).assertion;
    let ticket = world.challenge();
    let change = |by| world.tenant.password_changed(&world.account, by).unwrap();
    let successor = change(Some(session(&here))).unwrap();
    for old in [&elsewhere, &here] {
        assert_eq!(
            standing(&world, old),
            Standing::SignInAgain(Void::Superseded)
        );
    }
    assert!(matches!(
        world.verify(&ticket, &codes[0]),
        Verification::Void(Void::Superseded)
    ));
    assert!(matches!(standing(&world, &successor), Standing::Current(_)));
    // A session that is not good, or not the person's own, has no successor; the change is made all the same.
    let bad = [
        None,
        Some(Presented::new("")),
        Some(Presented::new(&successor)),
        Some(session(&here)),
    ];
    for by in bad {
        let session_before = verified(&world, &app).assertion;
        assert!(change(by).is_none());
        assert_eq!(
            standing(&world, &session_before),
            Standing::SignInAgain(Void::Superseded)
        );
    }
}

#[test]
fn a27_anothers_session_has_no_successor_in_my_account() {
    let mut world = World::new();
    let (app, _) = world.set_up();
    let theirs = verified(&world, &app).assertion;
    world.be("8");
    let _ = world.set_up();
    let changed = world
        .tenant
        .password_changed(&world.account, Some(session(&theirs)));
    assert!(changed.unwrap().is_none());
    assert!(matches!(standing(&world, &theirs), Standing::Current(_)));
}

#[test]
fn a27_a_changed_password_voids_the_open_sign_in_of_an_account_without_anything() {
    let world = World::new();
    let Decision::Setup(setup) = world.sign_in() else {
        panic!()
    };
    let none = world.tenant.password_changed(&world.account, None).unwrap();
    assert!(none.is_none());
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    assert!(matches!(
        world.tenant.confirm_setup(ticket, "123456").unwrap(),
        mfakit::Confirmation::Void(Void::Superseded)
    ));
}

#[test]
fn c42_a_new_password_is_no_way_around_the_second_factor() {
    let world = World::new();
    let (app, codes) = world.set_up();
    let _ = fail(&world, &app, 5);
    let locked = status(&world).lock;
    assert!(locked.is_some());
    assert!(
        world
            .tenant
            .password_changed(&world.account, None)
            .unwrap()
            .is_none()
    );
    // Neither the lock nor a factor is gone.
    assert_eq!(status(&world).lock, locked);
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&world.challenge(), &codes[0]),
        Verification::Verified(_)
    ));
    let _ = verified(&world, &app);
}

/// Signs in by a password, which is wrong.
fn try_password(world: &World) -> Gate {
    world.tenant.begin_password(&world.account).unwrap()
}

#[test]
fn an_erased_person_leaves_nothing_personal() {
    let world = World::new();
    let (app, codes) = world.set_up();
    let Gate::Proceed(_) = try_password(&world) else {
        panic!()
    };
    let assertion = verified(&world, &app).assertion;
    let ticket = world.challenge();
    let _ = fail(&world, &app, 3);
    let before = newest(&world, 100).len();
    world
        .tenant
        .erase(&world.account, &admin("she has left"))
        .unwrap();
    assert_audited(&world, "erased", "she has left");

    let left = status(&world);
    assert!(left.authenticators.is_empty() && !left.setup_pending);
    assert_eq!((left.backup_codes_left, left.lock), (0, None));
    // Sessions, tickets and codes are good for nothing.
    assert_eq!(
        standing(&world, &assertion),
        Standing::SignInAgain(Void::Superseded)
    );
    for typed in [world.code_in(&app, 30), codes[0].clone()] {
        assert!(matches!(
            world.verify(&ticket, &typed),
            Verification::Void(Void::Superseded)
        ));
    }
    assert!(matches!(world.sign_in(), Decision::Setup(_)));

    // The history is there, and nobody can read it; what comes after it is whole.
    let entries = newest(&world, 100);
    assert_eq!(
        entries.len(),
        before + 2,
        "one of the account, one of the gate"
    );
    let mine = entries
        .iter()
        .filter(|entry| entry.account.as_ref() == Some(&world.account));
    let (erased, rest): (Vec<_>, Vec<_>) = mine.partition(|entry| name(entry) == "erased");
    assert_eq!(erased.len(), 2);
    assert!(rest.len() > 8);
    for entry in rest {
        assert_eq!(entry.fault, Some(AuditFault::Erased));
        assert_eq!(entry.event, None);
    }
    for subject in [
        AuditSubject::Account(world.account.clone()),
        AuditSubject::Passwords(world.account.clone()),
    ] {
        let verdict = world.tenant.verify_audit(subject).unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    }
}

#[test]
fn a27_no_epoch_of_an_erased_person_comes_again() {
    let world = World::new();
    let (app, _) = world.set_up();
    let old = verified(&world, &app).assertion;
    for _ in 0..3 {
        world
            .tenant
            .erase(&world.account, &admin("she has left"))
            .unwrap();
        world.clock.advance(30);
        // The same id, a new person.
        let (app, _) = world.set_up();
        assert_eq!(
            standing(&world, &old),
            Standing::SignInAgain(Void::Superseded)
        );
        let _ = verified(&world, &app);
        let subject = AuditSubject::Account(world.account.clone());
        let verdict = world.tenant.verify_audit(subject).unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    }
}

#[test]
fn a27_erasing_an_account_without_anything_voids_its_open_sign_in() {
    let world = World::new();
    let policy = world.tenant.policy().unwrap();
    let optional = policy.with_requirement(Requirement::Optional);
    let change = world.tenant.set_policy(optional, &admin("pilot")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    world
        .tenant
        .erase(&world.account, &admin("she has left"))
        .unwrap();
    assert_eq!(
        standing(&world, &allowed.assertion),
        Standing::SignInAgain(Void::Superseded)
    );
}

#[test]
fn c20_a_lock_for_a_time_is_lifted_and_its_failures_count() {
    let world = World::new();
    let (app, _) = world.set_up();
    let unlock = |identity| {
        let by = admin("she called");
        world.tenant.unlock(&world.account, &by, identity).unwrap()
    };
    assert_eq!(unlock(IdentityVerified::No), Unlocking::NotLocked);
    assert_eq!(unlock(IdentityVerified::Yes), Unlocking::NotLocked);
    assert!(matches!(fail(&world, &app, 5), Verification::Locked(_)));
    assert_eq!(unlock(IdentityVerified::No), Unlocking::Lifted);
    assert_audited(&world, "lock_lifted", "she called");
    assert_eq!(status(&world).lock, None);
    // The next one is the sixth failure: it locks at once.
    assert!(matches!(fail(&world, &app, 1), Verification::Locked(_)));
    assert_eq!(unlock(IdentityVerified::Yes), Unlocking::FailuresCleared);
    assert_audited(&world, "failures_cleared", "she called");
    let Verification::Mismatch(mismatch) = fail(&world, &app, 1) else {
        panic!()
    };
    assert_eq!(mismatch.attempts_left, 4);
    let _ = verified(&world, &app);
}

#[test]
fn c20_lifting_locks_without_identity_gives_no_guess_beyond_the_hard_lock() {
    let world = World::new();
    let (app, _) = world.set_up();
    let mut guesses = 0;
    loop {
        let outcome = fail(&world, &app, 1);
        guesses += 1;
        if status(&world)
            .lock
            .is_some_and(|it| it.end == LockEnd::Hard)
        {
            assert!(matches!(outcome, Verification::Locked(_)));
            break;
        }
        let by = admin("he called again");
        let _ = world
            .tenant
            .unlock(&world.account, &by, IdentityVerified::No)
            .unwrap();
    }
    assert_eq!(guesses, 20);
}

#[test]
fn c20_a_hard_lock_ends_with_new_factors_unless_identity_was_verified() {
    for identity in [IdentityVerified::No, IdentityVerified::Yes] {
        let world = World::new();
        let (app, codes) = world.set_up();
        let assertion = verified(&world, &app).assertion;
        let _ = fail(&world, &app, 20);
        world.clock.advance(86_400);
        let Decision::Deny(locked) = world.sign_in() else {
            panic!()
        };
        assert_eq!(locked.end, LockEnd::Hard);
        let unlocking = world
            .tenant
            .unlock(&world.account, &admin("she called"), identity)
            .unwrap();
        if identity == IdentityVerified::Yes {
            assert_eq!(unlocking, Unlocking::FailuresCleared);
            assert!(matches!(standing(&world, &assertion), Standing::Current(_)));
            let _ = verified(&world, &app);
            continue;
        }
        assert_eq!(unlocking, Unlocking::FactorsRemoved);
        assert_audited(&world, "factors_removed", "she called");
        assert_eq!(
            standing(&world, &assertion),
            Standing::SignInAgain(Void::Superseded)
        );
        let (new_app, _) = world.set_up();
        world.clock.advance(30);
        for old in [world.code(&app), codes[0].clone()] {
            assert!(matches!(
                world.verify(&world.challenge(), &old),
                Verification::Mismatch(_)
            ));
        }
        let _ = verified(&world, &new_app);
    }
}

#[test]
fn a14_the_person_is_told_of_a_spent_budget_and_no_unlock_gives_it_back() {
    let world = World::new();
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::FailureBudget, 20).unwrap();
    let change = world.tenant.set_policy(policy, &admin("small")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let (app, _) = world.set_up();
    for _ in 0..4 {
        let _ = fail(&world, &app, 4);
        assert!(!verified(&world, &app).failure_budget_spent);
    }
    assert!(!status(&world).failure_budget_spent);
    let Verification::Locked(_) = fail(&world, &app, 4) else {
        panic!()
    };
    let spent = |world: &World| {
        let entries = newest(world, 100);
        let spent = entries
            .iter()
            .filter(|entry| name(entry) == "failure_budget_spent");
        spent.count()
    };
    assert_eq!(spent(&world), 1);
    assert!(status(&world).failure_budget_spent);
    let by = admin("she called");
    let unlock = || {
        let identity = IdentityVerified::Yes;
        world.tenant.unlock(&world.account, &by, identity).unwrap()
    };
    assert_eq!(unlock(), Unlocking::FailuresCleared);
    assert!(status(&world).failure_budget_spent);
    // One more wrong code locks again, for an hour; the person is told once.
    let Verification::Locked(lock) = fail(&world, &app, 1) else {
        panic!()
    };
    let LockEnd::At(until) = lock.end else {
        panic!()
    };
    use mfakit::Clock as _;
    assert_eq!(world.clock.now().seconds_until(until), 3_600);
    assert_eq!(spent(&world), 1);
    assert_eq!(unlock(), Unlocking::FailuresCleared);
    assert!(verified(&world, &app).failure_budget_spent);
    world.clock.advance(32 * 86_400);
    assert!(!status(&world).failure_budget_spent);
    assert!(!verified(&world, &app).failure_budget_spent);
}

#[test]
fn a35_every_administrative_act_is_audited_with_actor_and_reason() {
    type Act = fn(&World);
    let acts: [(&str, Act); 5] = [
        ("reset", |world| {
            let by = admin("asked for");
            world.tenant.reset(&world.account, &by).unwrap();
        }),
        ("erased", |world| {
            let by = admin("asked for");
            world.tenant.erase(&world.account, &by).unwrap();
        }),
        ("failures_cleared", |world| {
            let (by, identity) = (admin("asked for"), IdentityVerified::Yes);
            let _ = world.tenant.unlock(&world.account, &by, identity).unwrap();
        }),
        ("lock_lifted", |world| {
            let (by, identity) = (admin("asked for"), IdentityVerified::No);
            let _ = world.tenant.unlock(&world.account, &by, identity).unwrap();
        }),
        ("password_unlocked", |world| {
            let by = admin("asked for");
            let _ = world.tenant.unlock_password(&world.account, &by).unwrap();
        }),
    ];
    for (event, act) in acts {
        let world = World::new();
        let (app, _) = world.set_up();
        for _ in 0..10 {
            let _ = try_password(&world);
        }
        let _ = fail(&world, &app, 5);
        act(&world);
        assert_audited(&world, event, "asked for");
        // What changes nothing leaves no trace that could be taken for an act.
        let count = newest(&world, 100).len();
        if event == "failures_cleared" || event == "lock_lifted" || event == "password_unlocked" {
            act(&world);
            assert_eq!(newest(&world, 100).len(), count, "{event}");
        }
    }
}

#[test]
fn a_locked_gate_is_opened_by_an_administrator() {
    let world = World::new();
    let by = admin("she called");
    let unlock = || world.tenant.unlock_password(&world.account, &by).unwrap();
    assert_eq!(unlock(), Unlocking::NotLocked);
    for _ in 0..10 {
        assert!(matches!(try_password(&world), Gate::Proceed(_)));
    }
    assert!(matches!(try_password(&world), Gate::Refused(_)));
    // Lifting the other lock does not open it.
    let other = world
        .tenant
        .unlock(&world.account, &by, IdentityVerified::Yes);
    assert_eq!(other.unwrap(), Unlocking::NotLocked);
    assert!(matches!(try_password(&world), Gate::Refused(_)));
    assert_eq!(unlock(), Unlocking::FailuresCleared);
    assert_audited(&world, "password_unlocked", "she called");
    let Gate::Proceed(attempt) = try_password(&world) else {
        panic!()
    };
    let first = FirstFactor::from(attempt);
    let decision = world.tenant.sign_in(first, SignIn::new()).unwrap();
    assert!(matches!(decision, Decision::Setup(_)), "{decision:?}");
}

#[test]
fn a33_an_erasure_is_whole_or_not_at_all_whichever_call_fails() {
    let plans = (0..4).flat_map(|call| Fault::ALL.map(|fault| Plan::script([(call, fault)])));
    let (mut done, mut failed) = (0, 0);
    for plan in plans {
        let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
        let world = World::on(Arc::clone(&store));
        let _ = world.set_up();
        for _ in 0..10 {
            let _ = try_password(&world);
        }
        store.set_plan(plan.clone());
        let erased = world.tenant.erase(&world.account, &admin("she has left"));
        store.set_plan(Plan::none());
        let gone = status(&world).authenticators.is_empty();
        // The gate was locked: it is open if and only if the account is erased.
        let open = matches!(try_password(&world), Gate::Proceed(_));
        assert_eq!(gone, open, "under {plan:?}");
        match erased {
            Ok(()) => {
                assert!(gone, "under {plan:?}");
                done += 1;
            }
            Err(_) => failed += 1,
        }
    }
    assert!(done > 2 && failed > 2, "{done} done, {failed} failed");
}
