//! What is under way when everything older becomes void, and what a person without a factor may leave behind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/world.rs"]
mod world;

use mfakit::{
    BackupCodesRenewal, Confirmation, Decision, Error, FactorChange, Gate, Label, PolicyChange,
    Presented, Requirement, Setting, SignIn, TokenBinding, TokenKind, Void,
};
use mfakit_core::{Secret, TotpParameters};

use world::{World, admin};

fn set_policy(world: &World, requirement: Requirement) {
    let policy = world.tenant.policy().unwrap().with_requirement(requirement);
    let change = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
}

#[test]
fn a27_an_attempt_that_was_hashed_while_everything_older_became_void_is_void_too() {
    let world = World::new();
    world.set_up();
    let begin = || match world.tenant.begin_password(&world.account).unwrap() {
        Gate::Proceed(attempt) => attempt,
        Gate::Refused(refusal) => panic!("{refusal:?}"),
    };
    let (old, older) = (begin(), begin());
    let _ = world.tenant.password_changed(&world.account, None).unwrap();
    assert_eq!(
        world.tenant.sign_in(old, SignIn::new()).unwrap_err(),
        Error::Busy
    );
    world
        .tenant
        .reset(&world.account, &admin("lost the phone"))
        .unwrap();
    assert_eq!(
        world.tenant.sign_in(older, SignIn::new()).unwrap_err(),
        Error::Busy
    );
    assert!(matches!(
        world.tenant.sign_in(begin(), SignIn::new()),
        Ok(Decision::Setup(_))
    ));
}

#[test]
fn a1_a_token_that_is_bound_is_not_bound_again() {
    let world = World::new();
    let (app, _) = world.set_up();
    let kind = TokenKind::Totp(TotpParameters::default());
    let again = Secret::import(app.secret().expose_secret()).unwrap();
    let label = Label::new("Copy").unwrap();
    let binding = world
        .tenant
        .bind_token(&world.account, again, kind, &label, &admin("twice"));
    assert_eq!(binding.unwrap(), TokenBinding::AlreadyBound);
}

#[test]
fn a23_a_session_that_the_policy_no_longer_lets_in_sets_nothing_up() {
    let world = World::new();
    set_policy(&world, Requirement::Optional);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let app = world.scan(session);
    set_policy(&world, Requirement::Required);
    let confirmation = world
        .tenant
        .confirm_setup(session, &world.code(&app))
        .unwrap();
    assert!(
        matches!(confirmation, Confirmation::Void(Void::Insufficient)),
        "{confirmation:?}"
    );
}

#[test]
fn a24_who_loses_a_factor_before_the_deadline_can_put_nothing_off() {
    let world = World::new();
    let policy = world
        .tenant
        .policy()
        .unwrap()
        .with(Setting::SetupDeadline, 90)
        .unwrap();
    let policy = policy.with(Setting::SetupSkips, 20).unwrap();
    let _ = world.tenant.set_policy(policy, &admin("roll-out")).unwrap();
    let may_defer = || match world.sign_in() {
        Decision::Setup(setup) => setup.may_defer.is_some(),
        other => panic!("{other:?}"),
    };
    assert!(may_defer());
    world.set_up();
    world
        .tenant
        .reset(&world.account, &admin("lost the phone"))
        .unwrap();
    assert!(!may_defer());
}

#[test]
fn c38_no_backup_codes_are_made_where_no_factor_is() {
    let world = World::new();
    set_policy(&world, Requirement::Optional);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let app = world.scan(session);
    let Ok(Confirmation::Confirmed(confirmed)) =
        world.tenant.confirm_setup(session, &world.code(&app))
    else {
        panic!("not confirmed")
    };
    let session = Presented::new(&confirmed.assertion).bound_to(b"session");
    let FactorChange::Changed(after) = world.tenant.disable(session).unwrap() else {
        panic!()
    };
    let session = Presented::new(&after.assertion).bound_to(b"session");
    let renewal = world.tenant.regenerate_backup_codes(session).unwrap();
    assert!(
        matches!(renewal, BackupCodesRenewal::Void(Void::Insufficient)),
        "{renewal:?}"
    );
}
