//! What a person changes about the own factors, and what it takes: a fresh assertion that rests on a second factor.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;
use std::{sync::Barrier, thread};

use mfakit::{
    AccountName, AccountStatus, Assertion, AuditQuery, AuthenticatorId, BackupCodesRenewal, Basis,
    Confirmation, Decision, Demand, FactorChange, Label, MemoryStore, PolicyChange, Presented,
    Renaming, Requirement, SetupStart, Standing, StepUp, Verification, Void,
};
use mfakit_core::Totp;
use mfakit_store::testkit::{Fault, FaultyStore, Plan};

use world::{World, admin, wrong_codes};

/// An assertion as the person's session presents it.
fn session(assertion: &Assertion) -> Presented<'_> {
    Presented::new(assertion).bound_to(b"session")
}

fn status(world: &World) -> AccountStatus {
    let mut all = world
        .tenant
        .status(core::slice::from_ref(&world.account))
        .unwrap();
    all.remove(0)
}

fn ids(world: &World) -> Vec<AuthenticatorId> {
    let list = status(world).authenticators;
    list.iter().map(|it| it.id).collect()
}

fn require(world: &World, requirement: Requirement) {
    let policy = world.tenant.policy().unwrap().with_requirement(requirement);
    let change = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
}

/// The assertion of a sign-in by the app's next code.
fn verified(world: &World, app: &Totp) -> Assertion {
    world.clock.advance(30);
    match world.verify(&world.challenge(), &world.code(app)) {
        Verification::Verified(verified) => verified.assertion,
        other => panic!("not verified: {other:?}"),
    }
}

/// Adds an authenticator in a session, and answers with it and the session's next assertion.
fn add(world: &World, assertion: &Assertion, label: &str) -> (Totp, Assertion) {
    let app = world.scan(session(assertion));
    let confirmed = world
        .tenant
        .confirm_setup(session(assertion), &world.code(&app));
    let Confirmation::Confirmed(confirmed) = confirmed.unwrap() else {
        panic!("{label} was not added")
    };
    (app, confirmed.assertion)
}

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

/// Makes a call with an assertion, and says why it was void, if it was.
type Mutator<'a> = Box<dyn Fn(Presented<'_>) -> Option<Void> + 'a>;

/// Every call that changes the own factors, by name.
fn mutators(world: &World) -> Vec<(&'static str, Mutator<'_>)> {
    let (tenant, id) = (&world.tenant, ids(world).first().copied());
    let id = id.unwrap_or(AuthenticatorId::from_bytes([0; 8]));
    let void_change = |change: FactorChange| match change {
        FactorChange::Void(void) => Some(void),
        _ => None,
    };
    vec![
        (
            "regenerate_backup_codes",
            Box::new(|by| match tenant.regenerate_backup_codes(by).unwrap() {
                BackupCodesRenewal::Void(void) => Some(void),
                _ => None,
            }),
        ),
        (
            "rename_authenticator",
            Box::new(move |by| {
                match tenant.rename_authenticator(by, id, &label("Mine")).unwrap() {
                    Renaming::Void(void) => Some(void),
                    _ => None,
                }
            }),
        ),
        (
            "remove_authenticator",
            Box::new(move |by| void_change(tenant.remove_authenticator(by, id).unwrap())),
        ),
        (
            "disable",
            Box::new(move |by| void_change(tenant.disable(by).unwrap())),
        ),
        (
            "begin_setup",
            Box::new(|by| {
                let name = AccountName::new("anna").unwrap();
                match tenant.begin_setup(by, &name, &label("Other")).unwrap() {
                    SetupStart::Void(void) => Some(void),
                    _ => None,
                }
            }),
        ),
    ]
}

/// The factors as they stand, and how many events the account has.
fn state(world: &World) -> (AccountStatus, u64) {
    let verdict = world
        .tenant
        .verify_audit(mfakit::AuditSubject::Account(world.account.clone()));
    let mfakit::AuditVerdict::Whole { events } = verdict.unwrap() else {
        panic!("the audit trail is not whole")
    };
    (status(world), events)
}

#[test]
fn a23_no_factor_is_changed_without_a_good_assertion() {
    let world = World::new();
    let (app, _) = world.set_up();
    require(&world, Requirement::Optional);
    let superseded = verified(&world, &app);
    let (_, assertion) = add(&world, &superseded, "a second app");
    let before = state(&world);
    let check = |what: &str, by: Presented<'_>, expected: Void| {
        for (name, mutator) in mutators(&world) {
            assert_eq!(mutator(by), Some(expected), "{name} with {what}");
        }
        assert_eq!(state(&world), before, "with {what}");
    };
    check("nothing", Presented::new(""), Void::Unknown);
    check("any text", Presented::new("abcdef"), Void::Unknown);
    check(
        "a superseded assertion",
        session(&superseded),
        Void::Superseded,
    );
    check(
        "an assertion of another session",
        Presented::new(&assertion).bound_to(b"other"),
        Void::WrongBinding,
    );
    check(
        "an assertion outside its session",
        Presented::new(&assertion),
        Void::WrongBinding,
    );
    let ticket = world.challenge();
    let ticket = Presented::new(&ticket).bound_to(b"session");
    check("a ticket", ticket, Void::WrongPurpose);
    world.clock.advance(301);
    check("a stale assertion", session(&assertion), Void::Stale);
    world.clock.advance(31 * 86_400);
    check("an expired assertion", session(&assertion), Void::Expired);
}

#[test]
fn a23_another_persons_assertion_names_no_factor_of_mine() {
    let mut world = World::new();
    let (app, _) = world.set_up();
    let theirs = verified(&world, &app);
    world.be("8");
    let _ = world.set_up();
    require(&world, Requirement::Optional);
    let before = state(&world);
    let (tenant, id) = (&world.tenant, ids(&world)[0]);
    assert_eq!(
        tenant
            .rename_authenticator(session(&theirs), id, &label("Mine"))
            .unwrap(),
        Renaming::NoSuchAuthenticator
    );
    assert!(matches!(
        tenant.remove_authenticator(session(&theirs), id).unwrap(),
        FactorChange::NoSuchAuthenticator
    ));
    // What names no authenticator changes the account of the assertion.
    assert!(matches!(
        tenant.regenerate_backup_codes(session(&theirs)).unwrap(),
        BackupCodesRenewal::Renewed(_)
    ));
    assert!(matches!(
        tenant.disable(session(&theirs)).unwrap(),
        FactorChange::Changed(_)
    ));
    assert_eq!(state(&world), before);
    world.be("7");
    assert!(ids(&world).is_empty());
}

#[test]
fn a23_another_tenants_assertion_changes_nothing() {
    let (here, there) = (World::new(), World::new());
    let (app, _) = there.set_up();
    let foreign = verified(&there, &app);
    let _ = here.set_up();
    let before = state(&here);
    for (name, mutator) in mutators(&here) {
        assert_eq!(mutator(session(&foreign)), Some(Void::Unknown), "{name}");
    }
    assert_eq!(state(&here), before);
}

#[test]
fn a23_a_session_without_a_second_factor_changes_nothing() {
    let world = World::new();
    let (app, _) = world.set_up();
    require(&world, Requirement::Off);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let before = state(&world);
    for (name, mutator) in mutators(&world) {
        let by = session(&allowed.assertion);
        assert_eq!(mutator(by), Some(Void::Insufficient), "{name}");
    }
    // The policy asks for more again: the session can't be stepped up either.
    require(&world, Requirement::Required);
    for (name, mutator) in mutators(&world) {
        let by = session(&allowed.assertion);
        assert_eq!(mutator(by), Some(Void::Insufficient), "{name}");
    }
    assert!(matches!(
        world.tenant.step_up(session(&allowed.assertion)).unwrap(),
        StepUp::Void(Void::Insufficient)
    ));
    assert_eq!(state(&world), before);
    let _ = verified(&world, &app);
}

#[test]
fn a23_a_locked_account_is_not_changed() {
    let world = World::new();
    let (app, _) = world.set_up();
    let assertion = verified(&world, &app);
    let ticket = world.challenge();
    for wrong in wrong_codes(&world, &app).take(5) {
        let _ = world.verify(&ticket, &wrong);
    }
    let before = state(&world);
    let by = || session(&assertion);
    let tenant = &world.tenant;
    let id = ids(&world)[0];
    assert!(matches!(
        tenant.regenerate_backup_codes(by()).unwrap(),
        BackupCodesRenewal::Locked(_)
    ));
    assert!(matches!(
        tenant.rename_authenticator(by(), id, &label("x")).unwrap(),
        Renaming::Locked(_)
    ));
    assert!(matches!(
        tenant.remove_authenticator(by(), id).unwrap(),
        FactorChange::Locked(_)
    ));
    assert!(matches!(
        tenant.disable(by()).unwrap(),
        FactorChange::Locked(_)
    ));
    assert!(matches!(tenant.step_up(by()).unwrap(), StepUp::Locked(_)));
    assert_eq!(state(&world), before);
}

#[test]
fn c38_a_person_removes_an_authenticator_and_the_other_works_on() {
    let world = World::new();
    let (first, _) = world.set_up();
    let here = verified(&world, &first);
    let (second, here) = add(&world, &here, "a second app");
    let ticket = world.challenge();
    let id = ids(&world)[0];
    let FactorChange::Changed(changed) = world
        .tenant
        .remove_authenticator(session(&here), id)
        .unwrap()
    else {
        panic!()
    };
    // The removed one is a wrong code now, and everything from before is void.
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&ticket, &world.code(&second)),
        Verification::Void(Void::Superseded)
    ));
    assert!(matches!(
        world.verify(&world.challenge(), &world.code(&first)),
        Verification::Mismatch(_)
    ));
    let standing = world.tenant.check_assertion(session(&here)).unwrap();
    assert_eq!(standing, Standing::SignInAgain(Void::Superseded));
    let standing = world
        .tenant
        .check_assertion(session(&changed.assertion))
        .unwrap();
    assert!(matches!(standing, Standing::Current(_)), "{standing:?}");
    // It is gone for good: its id names nothing.
    assert!(matches!(
        world
            .tenant
            .remove_authenticator(session(&changed.assertion), id)
            .unwrap(),
        FactorChange::NoSuchAuthenticator
    ));
    let _ = verified(&world, &second);
}

#[test]
fn c38_the_last_authenticator_stays_while_one_is_required() {
    let world = World::new();
    let (app, _) = world.set_up();
    let assertion = verified(&world, &app);
    let id = ids(&world)[0];
    let before = state(&world);
    let remove = || world.tenant.remove_authenticator(session(&assertion), id);
    let disable = || world.tenant.disable(session(&assertion));
    assert!(matches!(remove().unwrap(), FactorChange::Required));
    assert!(matches!(disable().unwrap(), FactorChange::Required));
    assert_eq!(state(&world), before);
    require(&world, Requirement::Optional);
    assert!(matches!(remove().unwrap(), FactorChange::Changed(_)));
    let after = status(&world);
    assert!(after.authenticators.is_empty());
    assert_eq!(after.backup_codes_left, 0);
    assert!(matches!(world.sign_in(), Decision::Allow(_)));
}

#[test]
fn a27_each_change_of_factors_makes_everything_older_void() {
    type Change = fn(&World, &Assertion) -> Assertion;
    let changes: [Change; 3] = [
        |world, by| {
            let id = ids(world)[0];
            match world.tenant.remove_authenticator(session(by), id).unwrap() {
                FactorChange::Changed(changed) => changed.assertion,
                other => panic!("{other:?}"),
            }
        },
        |world, by| match world.tenant.disable(session(by)).unwrap() {
            FactorChange::Changed(changed) => changed.assertion,
            other => panic!("{other:?}"),
        },
        |world, by| add(world, by, "one more app").1,
    ];
    for change in changes {
        let world = World::new();
        let (app, _) = world.set_up();
        require(&world, Requirement::Optional);
        let elsewhere = verified(&world, &app);
        let here = verified(&world, &app);
        let ticket = world.challenge();
        let successor = change(&world, &here);
        let standing = |of: &Assertion| world.tenant.check_assertion(session(of)).unwrap();
        for old in [&elsewhere, &here] {
            assert_eq!(standing(old), Standing::SignInAgain(Void::Superseded));
        }
        world.clock.advance(30);
        assert!(matches!(
            world.verify(&ticket, &world.code(&app)),
            Verification::Void(Void::Superseded)
        ));
        assert!(matches!(standing(&successor), Standing::Current(_)));
        let unbound = world.tenant.check_assertion(&successor).unwrap();
        assert_eq!(unbound, Standing::SignInAgain(Void::WrongBinding));
    }
}

#[test]
fn a27_a_successor_is_as_old_as_the_sign_in() {
    let world = World::new();
    let (app, _) = world.set_up();
    let mut assertion = verified(&world, &app);
    let Standing::Current(first) = world.tenant.check_assertion(session(&assertion)).unwrap()
    else {
        panic!()
    };
    world.clock.advance(200);
    assertion = match world
        .tenant
        .regenerate_backup_codes(session(&assertion))
        .unwrap()
    {
        BackupCodesRenewal::Renewed(renewed) => renewed.assertion,
        other => panic!("{other:?}"),
    };
    let Standing::Current(then) = world.tenant.check_assertion(session(&assertion)).unwrap() else {
        panic!()
    };
    assert_eq!(
        (first.signed_in_at, first.fresh_until, first.expires),
        (then.signed_in_at, then.fresh_until, then.expires)
    );
    world.clock.advance(100);
    assert!(matches!(
        world
            .tenant
            .regenerate_backup_codes(session(&assertion))
            .unwrap(),
        BackupCodesRenewal::Void(Void::Stale)
    ));
}

#[test]
fn c38_new_backup_codes_replace_the_old_ones() {
    let world = World::new();
    let (app, old) = world.set_up();
    let assertion = verified(&world, &app);
    let renewed = match world
        .tenant
        .regenerate_backup_codes(session(&assertion))
        .unwrap()
    {
        BackupCodesRenewal::Renewed(renewed) => renewed,
        other => panic!("{other:?}"),
    };
    // Only the assertion that came with them acknowledges them.
    for (by, acknowledged) in [(&assertion, false), (&renewed.assertion, true)] {
        let standing = world.tenant.acknowledge_backup_codes(session(by)).unwrap();
        assert!(matches!(standing, Standing::Current(_)), "{standing:?}");
        assert_eq!(status(&world).backup_codes_acknowledged, acknowledged);
    }
    assert!(matches!(
        world.verify(&world.challenge(), &old[0]),
        Verification::Mismatch(_)
    ));
    let new = renewed.backup_codes.iter().next().unwrap().to_owned();
    let Verification::Verified(verified) = world.verify(&world.challenge(), &new) else {
        panic!()
    };
    assert_eq!(verified.basis, Basis::BackupCode);
    assert_eq!(verified.backup_codes_left, 9);
    assert!(verified.new_backup_codes.is_none());
}

#[test]
fn a_name_is_changed_and_nothing_else() {
    let world = World::new();
    let (app, _) = world.set_up();
    let assertion = verified(&world, &app);
    let id = ids(&world)[0];
    let rename = |id| {
        let by = session(&assertion);
        let named = label("Anna's phone");
        world.tenant.rename_authenticator(by, id, &named).unwrap()
    };
    assert_eq!(
        rename(AuthenticatorId::from_bytes([7; 8])),
        Renaming::NoSuchAuthenticator
    );
    let text = id.to_string();
    assert_eq!(rename(text.parse().unwrap()), Renaming::Renamed);
    let authenticator = status(&world).authenticators.remove(0);
    assert_eq!(authenticator.label, label("Anna's phone"));
    assert_eq!(authenticator.id, id);
    let standing = world.tenant.check_assertion(session(&assertion)).unwrap();
    assert!(matches!(standing, Standing::Current(_)), "{standing:?}");
    let newest = world.tenant.events(AuditQuery::newest(1)).unwrap();
    let event = newest.entries[0].event.as_ref().unwrap();
    assert_eq!(event.kind.name(), "authenticator_renamed");
    assert_eq!(
        event.kind.to_string(),
        "An authenticator is called `Anna's phone` now."
    );
}

#[test]
fn c38_of_two_parallel_removals_of_the_last_two_one_is_done() {
    for _ in 0..20 {
        let world = World::new();
        let (app, _) = world.set_up();
        let assertion = verified(&world, &app);
        let (_, assertion) = add(&world, &assertion, "a second app");
        let (world, assertion, both) = (&world, &assertion, ids(&world));
        let barrier = &Barrier::new(2);
        let outcomes: Vec<FactorChange> = thread::scope(|scope| {
            let remove = |id: AuthenticatorId| {
                scope.spawn(move || {
                    barrier.wait();
                    let by = session(assertion);
                    world.tenant.remove_authenticator(by, id).unwrap()
                })
            };
            let tasks: Vec<_> = both.iter().copied().map(remove).collect();
            tasks.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let done = |it: &&FactorChange| matches!(it, FactorChange::Changed(_));
        assert_eq!(outcomes.iter().filter(done).count(), 1, "{outcomes:?}");
        let refused = |it: &&FactorChange| matches!(it, FactorChange::Void(Void::Superseded));
        assert_eq!(outcomes.iter().filter(refused).count(), 1, "{outcomes:?}");
        assert_eq!(ids(world).len(), 1);
    }
}

#[test]
fn c47_a_stale_session_steps_up_by_a_code() {
    let world = World::new();
    let (app, _) = world.set_up();
    let assertion = verified(&world, &app);
    let demand = |of: &Assertion, demand| {
        let by = session(of);
        world.tenant.check_assertion_for(by, demand).unwrap()
    };
    assert!(matches!(
        demand(&assertion, Demand::Fresh),
        Standing::Current(_)
    ));
    world.clock.advance(300);
    for good in [Demand::Session, Demand::TwoFactor] {
        assert!(matches!(demand(&assertion, good), Standing::Current(_)));
    }
    assert_eq!(
        demand(&assertion, Demand::Fresh),
        Standing::StepUp(Void::Stale)
    );
    let StepUp::Challenge(challenge) = world.tenant.step_up(session(&assertion)).unwrap() else {
        panic!()
    };
    let typed = world.code(&app);
    // The ticket is the session's own, and wrong codes are charged as anywhere.
    assert!(matches!(
        world.tenant.verify(&challenge.ticket, &typed).unwrap(),
        Verification::Void(Void::WrongBinding)
    ));
    let wrong = wrong_codes(&world, &app).next().unwrap();
    let ticket = challenge.ticket.as_str();
    let Verification::Mismatch(mismatch) = world.verify(ticket, &wrong) else {
        panic!()
    };
    assert_eq!(mismatch.attempts_left, 4);
    let Verification::Verified(fresh) = world.verify(ticket, &typed) else {
        panic!()
    };
    let Standing::Current(current) = demand(&fresh.assertion, Demand::Fresh) else {
        panic!()
    };
    assert_eq!(current.account, world.account);
    assert!(matches!(
        world.verify(ticket, &typed),
        Verification::Void(Void::Spent)
    ));
}

#[test]
fn c47_a_session_of_the_password_alone_steps_up_where_the_policy_lets_it_in() {
    let world = World::new();
    let (app, _) = world.set_up();
    require(&world, Requirement::Off);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    for asked in [Demand::TwoFactor, Demand::Fresh] {
        let by = session(&allowed.assertion);
        assert_eq!(
            world.tenant.check_assertion_for(by, asked).unwrap(),
            Standing::StepUp(Void::Insufficient)
        );
    }
    let StepUp::Challenge(challenge) = world.tenant.step_up(session(&allowed.assertion)).unwrap()
    else {
        panic!()
    };
    world.clock.advance(30);
    let Verification::Verified(verified) =
        world.verify(challenge.ticket.as_str(), &world.code(&app))
    else {
        panic!()
    };
    let by = session(&verified.assertion);
    assert!(matches!(
        world.tenant.check_assertion_for(by, Demand::Fresh).unwrap(),
        Standing::Current(_)
    ));
}

#[test]
fn a_session_without_a_factor_has_nothing_to_step_up_by() {
    let world = World::new();
    require(&world, Requirement::Optional);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    assert!(matches!(
        world.tenant.step_up(session(&allowed.assertion)).unwrap(),
        StepUp::NoFactor
    ));
}

#[test]
fn a33_a_removal_is_whole_or_not_at_all_whichever_call_fails() {
    let plans = (0..4).flat_map(|call| Fault::ALL.map(|fault| Plan::script([(call, fault)])));
    let (mut done, mut failed) = (0, 0);
    for plan in plans {
        let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
        let world = World::on(Arc::clone(&store));
        let (app, _) = world.set_up();
        let assertion = verified(&world, &app);
        let (_, assertion) = add(&world, &assertion, "a second app");
        let id = ids(&world)[0];
        store.set_plan(plan.clone());
        let removal = world.tenant.remove_authenticator(session(&assertion), id);
        store.set_plan(Plan::none());
        let left = ids(&world).len();
        let good = |of: &Assertion| {
            let standing = world.tenant.check_assertion(session(of)).unwrap();
            matches!(standing, Standing::Current(_))
        };
        // With the authenticator the old assertion is gone, and only then.
        assert_eq!(good(&assertion), left == 2, "under {plan:?}");
        match removal {
            Ok(FactorChange::Changed(changed)) => {
                assert_eq!(left, 1, "under {plan:?}");
                assert!(good(&changed.assertion), "under {plan:?}");
                done += 1;
            }
            Ok(other) => panic!("{other:?} under {plan:?}"),
            Err(_) => failed += 1,
        }
    }
    assert!(done > 2 && failed > 2, "{done} done, {failed} failed");
}
