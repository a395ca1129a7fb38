//! What the tests of access share.

use mfakit::{
    AccountStatus, AuditQuery, Basis, Clock as _, Decision, EventKind, ExemptionChange,
    ExemptionEnd, FirstFactor, Label, Policy, PolicyChange, Presented, Requirement, Setting,
    SignIn, Standing, UnixTime, Verification, Void,
};

use mfakit_core::Totp;

use crate::world::{World, admin};

pub(crate) const DAY: u32 = 86_400;

/// Changes the policy of the world.
pub(crate) fn change(world: &World, change: impl FnOnce(Policy) -> Policy) {
    let policy = change(world.tenant.policy().unwrap());
    let changed = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(changed, PolicyChange::Changed);
}

pub(crate) fn set(world: &World, settings: &[(Setting, u32)]) {
    change(world, |policy| {
        settings.iter().fold(policy, |policy, (setting, value)| {
            policy.with(*setting, *value).unwrap()
        })
    });
}

pub(crate) fn require(world: &World, requirement: Requirement) {
    change(world, |policy| policy.with_requirement(requirement));
}

pub(crate) fn status(world: &World) -> AccountStatus {
    let account = core::slice::from_ref(&world.account);
    world.tenant.status(account).unwrap().remove(0)
}

pub(crate) fn events(world: &World) -> Vec<EventKind> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let kinds = page.entries.into_iter().rev();
    kinds.map(|entry| entry.event.unwrap().kind).collect()
}

/// How many events have this name.
pub(crate) fn count(world: &World, name: &str) -> usize {
    let events = events(world);
    events.iter().filter(|kind| kind.name() == name).count()
}

/// Signs in and is let in at once.
#[track_caller]
pub(crate) fn allowed(world: &World, basis: Basis) -> String {
    match world.sign_in() {
        Decision::Allow(allowed) => {
            assert_eq!(allowed.basis, basis);
            allowed.assertion.as_str().into()
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn standing(world: &World, assertion: &str) -> Standing {
    let session = Presented::new(assertion).bound_to(b"session");
    world.tenant.check_assertion(session).unwrap()
}

#[track_caller]
pub(crate) fn is_current(world: &World, assertion: &str, basis: Basis) {
    match standing(world, assertion) {
        Standing::Current(current) => assert_eq!(current.basis, basis),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn is_insufficient(world: &World, assertion: &str) {
    assert_eq!(
        standing(world, assertion),
        Standing::SignInAgain(Void::Insufficient)
    );
}

pub(crate) fn demanding(world: &World) -> Decision {
    let first = FirstFactor::external(world.account.clone());
    let request = SignIn::new().binding(b"session").demand_factor();
    world.tenant.sign_in(first, request).unwrap()
}

pub(crate) fn exempt(world: &World, end: ExemptionEnd) -> ExemptionChange {
    let by = admin("no phone");
    world.tenant.exempt(&world.account, end, &by).unwrap()
}

pub(crate) fn in_seconds(world: &World, seconds: u32) -> UnixTime {
    world.clock.now().saturating_add(seconds)
}

/// A world whose policy remembers devices for so many days, with a person who has set up.
pub(crate) fn remembering(days: u32) -> (World, Totp) {
    let world = World::new();
    set(&world, &[(Setting::RememberDays, days)]);
    let (app, _) = world.set_up();
    (world, app)
}

/// Signs in with the next code, and asks to be remembered: the session and the device token.
#[track_caller]
pub(crate) fn remember(world: &World, app: &Totp, label: &str) -> (String, Option<String>) {
    world.clock.advance(30);
    let (challenge, code) = (world.challenge(), world.code(app));
    let ticket = Presented::new(&challenge).bound_to(b"session");
    let label = Label::new(label).unwrap();
    let verification = world.tenant.verify_and_remember(ticket, &code, &label);
    match verification.unwrap() {
        Verification::Verified(verified) => (
            verified.assertion.as_str().into(),
            verified.device.map(|device| device.as_str().into()),
        ),
        other => panic!("{other:?}"),
    }
}
