//! What the tests of guessing share.

use mfakit::{
    AccountStatus, AuditQuery, Challenge, Clock as _, Decision, Issuer, Label, LockEnd, Policy,
    PolicyChange, Presented, Profile, Secret, Setting, TokenBinding, TokenKind, TotpParameters,
    Verification,
};
use mfakit_core::Totp;

use crate::world::{World, admin};

pub(crate) fn set_policy(world: &World, change: impl FnOnce(Policy) -> Policy) {
    let policy = change(world.tenant.policy().unwrap());
    let changed = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(changed, PolicyChange::Changed);
}

pub(crate) fn set(world: &World, settings: &[(Setting, u32)]) {
    set_policy(world, |policy| {
        settings.iter().fold(policy, |policy, (setting, value)| {
            policy.with(*setting, *value).unwrap()
        })
    });
}

/// A world under the policy of `profile`.
pub(crate) fn under(profile: Profile) -> World {
    let world = World::new();
    let issuer = Issuer::new("Seaside Library").unwrap();
    set_policy(&world, |_| Policy::profile(profile, issuer));
    world
}

pub(crate) fn status(world: &World) -> AccountStatus {
    let account = core::slice::from_ref(&world.account);
    world.tenant.status(account).unwrap().remove(0)
}

pub(crate) fn challenge(world: &World) -> Challenge {
    match world.sign_in() {
        Decision::Challenge(challenge) => challenge,
        other => panic!("no challenge: {other:?}"),
    }
}

pub(crate) fn two_codes(world: &World, ticket: &str, first: &str, second: &str) -> Verification {
    let presented = Presented::new(ticket).bound_to(b"session");
    world
        .tenant
        .resynchronize(presented, first, second)
        .unwrap()
}

/// Two codes that the app shows one after the other, typed as soon as the second is there.
pub(crate) fn next_two_codes(world: &World, app: &Totp) -> (String, String) {
    world.clock.advance(30);
    let first = world.code(app);
    world.clock.advance(30);
    (first, world.code(app))
}

/// The names of the newest events, newest first.
pub(crate) fn newest(world: &World, count: u32) -> Vec<&'static str> {
    let page = world.tenant.events(AuditQuery::newest(count)).unwrap();
    let name = |entry: mfakit::AuditEntry| entry.event.unwrap().kind.name();
    page.entries.into_iter().map(name).collect()
}

/// Goes on to the end of the lock in force, if there is one that ends by itself.
pub(crate) fn wait(world: &World) {
    if let Some(lock) = status(world).lock
        && let LockEnd::At(until) = lock.end
        && until > world.clock.now()
    {
        world.clock.set(until);
    }
}

/// Binds an authenticator that goes by time, with the secret that `seed` stands for.
pub(crate) fn bind(world: &World, kind: TokenKind, seed: u8) -> TokenBinding {
    let secret = Secret::import(&[seed; 20]).unwrap();
    let label = Label::new(&format!("Token {seed}")).unwrap();
    let by = admin("handed out");
    world
        .tenant
        .bind_token(&world.account, secret, kind, &label, &by)
        .unwrap()
}

/// An authenticator that goes by time, as most apps and tokens do.
pub(crate) fn timed() -> TokenKind {
    TokenKind::Totp(TotpParameters::default())
}
