//! A token brought back by an administrator, and policies that bring none back.

use mfakit::{
    AuditQuery, Charged, Declined, IdentityVerified, Issuer, LockEnd, Mismatch, Policy,
    PolicyChange, Profile, Resynchronization, Setting, TokenKind, TotpParameters, Verification,
};

use crate::{
    bind, bound, counting, is_charged, is_verified, resynchronize, secret, shown, shown_ahead,
    verify,
    world::{World, admin},
};

fn read_out(world: &World, first: &str, second: &str) -> Resynchronization {
    let by = admin("she read two codes out");
    let tenant = &world.tenant;
    tenant
        .resynchronize_of(&world.account, first, second, &by)
        .unwrap()
}

fn set(world: &World, policy: Policy) {
    let change = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
}

fn event_names(world: &World) -> Vec<&'static str> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let name = |entry: &mfakit::AuditEntry| entry.event.as_ref().unwrap().kind.name();
    page.entries.iter().map(name).collect()
}

#[test]
fn c5_c9_a35_an_administrator_brings_a_token_back_and_is_named() {
    let world = World::new();
    let nothing = read_out(&world, &shown(1), &shown(2));
    assert_eq!(nothing, Resynchronization::NoFactor);
    let token = bound(bind(&world, secret(), counting(0), "Key fob"));
    let _ = verify(&world, &shown(60));
    let back = read_out(&world, &shown(61), &shown(62));
    assert_eq!(back, Resynchronization::Resynchronized(token.id));
    let entry = world.tenant.events(AuditQuery::newest(1)).unwrap();
    let event = entry.entries.into_iter().next().unwrap().event.unwrap();
    assert_eq!(event.kind.name(), "resynchronized");
    assert_eq!(event.actor.unwrap().as_str(), "root");
    assert_eq!(event.reason.unwrap().as_str(), "she read two codes out");
    // Both codes are used up, for the administrator and for the person; the next one is good.
    assert_eq!(
        read_out(&world, &shown(61), &shown(62)),
        Resynchronization::Replayed
    );
    assert!(!is_verified(&verify(&world, &shown(62))));
    assert!(is_verified(&verify(&world, &shown(63))));
}

#[test]
fn a4_a11_reading_out_is_no_free_way_to_guess_and_clears_nothing() {
    let world = World::new();
    let kind = TokenKind::Totp(TotpParameters::default());
    bound(bind(&world, secret(), kind, "Key fob"));
    let before = event_names(&world);
    let Resynchronization::Mismatch(mismatch) = read_out(&world, "one", "two") else {
        panic!()
    };
    assert_eq!(mismatch.charged, Charged::NotACode);
    assert_eq!(event_names(&world), before);
    // Wrong pairs here and wrong codes there count together, and what is right clears none of them.
    for left in [4, 3] {
        assert_eq!(
            read_out(&world, &shown(1), &shown(1)),
            Resynchronization::Mismatch(mismatch_of(left, mismatch))
        );
    }
    let pair = [40, 41].map(|steps| shown_ahead(&world, steps));
    assert!(matches!(
        read_out(&world, &pair[0], &pair[1]),
        Resynchronization::Resynchronized(_)
    ));
    assert!(is_charged(&verify(&world, &shown(1))));
    assert!(is_charged(&verify(&world, &shown(1))));
    let Resynchronization::Locked(lock) = read_out(&world, &shown(1), &shown(1)) else {
        panic!()
    };
    assert!(matches!(lock.end, LockEnd::At(_)));
    // Under a lock nothing is looked at; unlock first.
    let before = event_names(&world);
    let pair = [50, 51].map(|steps| shown_ahead(&world, steps));
    assert!(matches!(
        read_out(&world, &pair[0], &pair[1]),
        Resynchronization::Locked(_)
    ));
    assert_eq!(event_names(&world), before);
    let by = admin("she came by");
    let identity = IdentityVerified::Yes;
    let _ = world.tenant.unlock(&world.account, &by, identity).unwrap();
    assert!(matches!(
        read_out(&world, &pair[0], &pair[1]),
        Resynchronization::Resynchronized(_)
    ));
}

fn mismatch_of(attempts_left: u32, mut like: Mismatch) -> Mismatch {
    like.attempts_left = attempts_left;
    like.charged = Charged::Yes;
    like
}

#[test]
fn c9_c37_the_policy_says_how_far_two_codes_are_looked_for() {
    let world = World::new();
    let kind = TokenKind::Totp(TotpParameters::default());
    bound(bind(&world, secret(), kind, "Key fob"));
    let policy = world.tenant.policy().unwrap();
    set(&world, policy.with(Setting::ResyncWindow, 10).unwrap());
    let far = [11, 12].map(|steps| shown_ahead(&world, steps));
    assert!(is_charged(&resynchronize(&world, &far[0], &far[1])));
    let near = [9, 10].map(|steps| shown_ahead(&world, steps));
    assert!(is_verified(&resynchronize(&world, &near[0], &near[1])));
    // Read strictly, ASVS 6.5.5 leaves a code no time but its own.
    let issuer = Issuer::new("Seaside Library").unwrap();
    set(&world, Policy::profile(Profile::AsvsStrict, issuer));
    let before = event_names(&world);
    let next = [11, 12].map(|steps| shown_ahead(&world, steps));
    assert!(matches!(
        resynchronize(&world, &next[0], &next[1]),
        Verification::Declined(Declined::TwoCodes)
    ));
    assert_eq!(
        read_out(&world, &next[0], &next[1]),
        Resynchronization::Declined
    );
    assert_eq!(event_names(&world), before);
}
