//! Who gets in without a code, and for how long: exemptions, the roll-out, remembered devices.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use mfakit::{
    AccountStatus, AuditQuery, Basis, Clock as _, Decision, EventKind, ExemptionChange,
    ExemptionEnd, FirstFactor, Issuer, Policy, PolicyChange, Presented, Profile, Requirement,
    Setting, SignIn, Standing, UnixTime, Void,
};

use world::{START, World, admin};

const DAY: u32 = 86_400;

/// Changes the policy of the world.
fn change(world: &World, change: impl FnOnce(Policy) -> Policy) {
    let policy = change(world.tenant.policy().unwrap());
    let changed = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(changed, PolicyChange::Changed);
}

fn set(world: &World, settings: &[(Setting, u32)]) {
    change(world, |policy| {
        settings.iter().fold(policy, |policy, (setting, value)| {
            policy.with(*setting, *value).unwrap()
        })
    });
}

fn require(world: &World, requirement: Requirement) {
    change(world, |policy| policy.with_requirement(requirement));
}

fn status(world: &World) -> AccountStatus {
    let account = core::slice::from_ref(&world.account);
    world.tenant.status(account).unwrap().remove(0)
}

fn events(world: &World) -> Vec<EventKind> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let kinds = page.entries.into_iter().rev();
    kinds.map(|entry| entry.event.unwrap().kind).collect()
}

/// Signs in and is let in at once.
#[track_caller]
fn allowed(world: &World, basis: Basis) -> String {
    match world.sign_in() {
        Decision::Allow(allowed) => {
            assert_eq!(allowed.basis, basis);
            allowed.assertion.as_str().into()
        }
        other => panic!("{other:?}"),
    }
}

fn standing(world: &World, assertion: &str) -> Standing {
    let session = Presented::new(assertion).bound_to(b"session");
    world.tenant.check_assertion(session).unwrap()
}

#[track_caller]
fn is_current(world: &World, assertion: &str, basis: Basis) {
    match standing(world, assertion) {
        Standing::Current(current) => assert_eq!(current.basis, basis),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_insufficient(world: &World, assertion: &str) {
    assert_eq!(
        standing(world, assertion),
        Standing::SignInAgain(Void::Insufficient)
    );
}

fn demanding(world: &World) -> Decision {
    let first = FirstFactor::external(world.account.clone());
    let request = SignIn::new().binding(b"session").demand_factor();
    world.tenant.sign_in(first, request).unwrap()
}

fn exempt(world: &World, end: ExemptionEnd) -> ExemptionChange {
    let by = admin("no phone");
    world.tenant.exempt(&world.account, end, &by).unwrap()
}

fn in_seconds(world: &World, seconds: u32) -> UnixTime {
    world.clock.now().saturating_add(seconds)
}

#[test]
fn u7_an_exempt_person_is_let_in_until_the_exemption_ends() {
    let world = World::new();
    let end = in_seconds(&world, 10 * DAY);
    assert_eq!(
        exempt(&world, ExemptionEnd::At(end)),
        ExemptionChange::Changed
    );
    let shown = status(&world).exemption.unwrap();
    assert_eq!(shown.granted_at, UnixTime::from_seconds(START));
    assert_eq!(shown.end, ExemptionEnd::At(end));
    assert_eq!(shown.by, admin("no phone"));
    let session = allowed(&world, Basis::Exempt);
    world.clock.advance(10 * DAY - 1);
    is_current(&world, &session, Basis::Exempt);
    let last = allowed(&world, Basis::Exempt);
    world.clock.advance(1);
    // It lapses by itself, for open sessions too.
    is_insufficient(&world, &session);
    is_insufficient(&world, &last);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert_eq!(status(&world).exemption, None);
}

#[test]
fn u7_an_exemption_counts_for_who_has_a_factor_and_not_against_a_lock() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    assert_eq!(exempt(&world, ExemptionEnd::Open), ExemptionChange::Changed);
    let session = allowed(&world, Basis::Exempt);
    // It rests on no factor, so it changes none.
    let (name, label) = (
        mfakit::AccountName::new("anna").unwrap(),
        mfakit::Label::new("Mine").unwrap(),
    );
    let presented = Presented::new(&session).bound_to(b"session");
    let begun = world.tenant.begin_setup(presented, &name, &label).unwrap();
    assert!(matches!(
        begun,
        mfakit::SetupStart::Void(Void::Insufficient)
    ));
    for code in world::wrong_codes(&world, &app).take(5) {
        let _ = world.verify(&ticket, &code);
    }
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
}

#[test]
fn u7_a_host_that_demands_a_factor_gets_one_from_the_exempt_too() {
    let mut world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    assert!(matches!(demanding(&world), Decision::Setup(_)));
    world.be("8");
    let _ = world.set_up();
    let _ = exempt(&world, ExemptionEnd::Open);
    assert!(matches!(demanding(&world), Decision::Challenge(_)));
    allowed(&world, Basis::Exempt);
}

#[test]
fn u7_ending_an_exemption_ends_its_sessions() {
    let world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    let session = allowed(&world, Basis::Exempt);
    let end = || {
        let by = admin("has a phone");
        world.tenant.end_exemption(&world.account, &by).unwrap()
    };
    assert_eq!(end(), ExemptionChange::Changed);
    assert_eq!(end(), ExemptionChange::NotExempt);
    is_insufficient(&world, &session);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    // Under an optional policy a session that rested on it is no better than before.
    require(&world, Requirement::Optional);
    is_insufficient(&world, &session);
    require(&world, Requirement::Off);
    is_current(&world, &session, Basis::Exempt);
    let ended = EventKind::ExemptionEnded;
    assert!(events(&world).contains(&ended));
    assert!(events(&world).contains(&EventKind::Exempted {
        end: ExemptionEnd::Open
    }));
}

#[test]
fn c54_the_bounds_of_exemptions_are_the_policy_s() {
    let mut world = World::new();
    let until = |seconds| ExemptionEnd::At(UnixTime::from_seconds(START + seconds));
    let day = i64::from(DAY);
    assert_eq!(exempt(&world, until(0)), ExemptionChange::EndsInThePast);
    assert_eq!(
        exempt(&world, until(i64::MAX - START)),
        ExemptionChange::Changed
    );
    world.be("8");
    set(&world, &[(Setting::ExemptionOpenEnd, 0)]);
    assert_eq!(
        exempt(&world, ExemptionEnd::Open),
        ExemptionChange::EndNeeded { latest: None }
    );
    let pci = Policy::profile(Profile::Pci, Issuer::new("Seaside Library").unwrap());
    change(&world, |_| pci);
    assert!(events(&world).contains(&EventKind::ProfileChosen {
        profile: Profile::Pci
    }));
    let latest = UnixTime::from_seconds(START + 30 * day);
    assert_eq!(
        exempt(&world, ExemptionEnd::Open),
        ExemptionChange::EndNeeded {
            latest: Some(latest)
        }
    );
    assert_eq!(
        exempt(&world, until(30 * day + 1)),
        ExemptionChange::TooLong { latest }
    );
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert_eq!(exempt(&world, until(30 * day)), ExemptionChange::Changed);
    allowed(&world, Basis::Exempt);
    // The one granted under a laxer policy ends with the limit of today's.
    world.be("7");
    let session = allowed(&world, Basis::Exempt);
    assert_eq!(
        status(&world).exemption.unwrap().end,
        ExemptionEnd::At(latest)
    );
    set(&world, &[(Setting::AssertionLifetime, 31 * DAY)]);
    world
        .clock
        .set(UnixTime::from_seconds(latest.seconds() - 1));
    is_current(&world, &session, Basis::Exempt);
    world.clock.advance(1);
    is_insufficient(&world, &session);
}

#[test]
fn u7_a_reset_leaves_the_exemption() {
    let world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    let session = allowed(&world, Basis::Exempt);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    assert_eq!(
        standing(&world, &session),
        Standing::SignInAgain(Void::Superseded)
    );
    allowed(&world, Basis::Exempt);
}
