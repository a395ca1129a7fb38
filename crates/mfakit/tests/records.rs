//! What the trail keeps of authenticators, backup codes and policies over their whole life.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use mfakit::{
    AuditQuery, AuditSubject, AuditVerdict, BackupCodesRenewal, Basis, Decision, Event, EventKind,
    FactorChange, IdentityVerified, Issuer, Label, PolicyChange, Presented, Requirement, Secret,
    Standing, TokenBinding, TokenKind, TotpParameters, Unlocking, Verification, Verified, Void,
};
use mfakit_core::Totp;

use world::{World, admin, wrong_codes};

fn verified(world: &World, typed: &str) -> Verified {
    match world.verify(&world.challenge(), typed) {
        Verification::Verified(verified) => verified,
        other => panic!("{other:?}"),
    }
}

fn is_good(world: &World, typed: &str) -> bool {
    let Decision::Challenge(challenge) = world.sign_in() else {
        return false;
    };
    let verification = world.verify(challenge.ticket.as_str(), typed);
    matches!(verification, Verification::Verified(_))
}

/// Every event, oldest first.
fn events(world: &World) -> Vec<Event> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let mut events: Vec<_> = page
        .entries
        .into_iter()
        .map(|it| it.event.unwrap())
        .collect();
    events.reverse();
    events
}

/// Hands out a token that goes by time, by the secret that `seed` stands for.
fn hand_out(world: &World, seed: u8) -> Totp {
    let secret = || Secret::import(&[seed; 20]).unwrap();
    let label = Label::new(&format!("Token {seed}")).unwrap();
    let kind = TokenKind::Totp(TotpParameters::default());
    let by = admin("handed out");
    let binding = world
        .tenant
        .bind_token(&world.account, secret(), kind, &label, &by);
    assert!(matches!(binding.unwrap(), TokenBinding::Bound(_)));
    Totp::with_parameters(secret(), TotpParameters::default())
}

/// Brings a hard lock about, and has it lifted for somebody whose identity nobody has verified.
fn lose_to_a_guesser(world: &World, app: &Totp) {
    for _ in 0..20 {
        let ticket = world.challenge();
        let wrong = wrong_codes(world, app).next().unwrap();
        let _ = world.verify(&ticket, &wrong);
        world.clock.advance(3_600);
    }
    let by = admin("he called");
    let identity = IdentityVerified::No;
    let unlocking = world.tenant.unlock(&world.account, &by, identity).unwrap();
    assert_eq!(unlocking, Unlocking::FactorsRemoved);
}

/// Removes all factors in the own session.
fn disable(world: &World, app: &Totp) {
    let policy = world.tenant.policy().unwrap();
    let optional = policy.with_requirement(Requirement::Optional);
    let change = world.tenant.set_policy(optional, &admin("pilot")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    world.clock.advance(30);
    let verified = verified(world, &world.code(app));
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    let change = world.tenant.disable(session).unwrap();
    assert!(matches!(change, FactorChange::Changed(_)));
}

/// A way to lose every authenticator.
type Loss = fn(&World, &Totp);

#[test]
fn c23_the_trail_lists_every_authenticator_with_its_times_and_where_it_came_from() {
    let ways: [(&str, Loss); 3] = [
        ("reset", |world, _| {
            let by = admin("lost it");
            world.tenant.reset(&world.account, &by).unwrap();
        }),
        ("factors_removed", lose_to_a_guesser),
        ("disabled", disable),
    ];
    for (way, lose) in ways {
        let world = World::new();
        let (app, _) = world.set_up();
        for seed in [1, 2] {
            world.clock.advance(60);
            let _ = hand_out(&world, seed);
        }
        world.clock.advance(60);
        lose(&world, &app);
        let (mut bound, mut removed, mut last) = (vec![], vec![], "");
        for event in events(&world) {
            match &event.kind {
                // Made here and shown to the person, or brought along by an administrator.
                EventKind::AuthenticatorBound { label } => {
                    assert_eq!(event.actor, None);
                    bound.push(label.as_str().to_owned());
                }
                EventKind::TokenBound { label } => {
                    assert_eq!(event.actor.as_ref().unwrap().as_str(), "root");
                    bound.push(label.as_str().to_owned());
                }
                EventKind::AuthenticatorRemoved { label } => {
                    assert_eq!(event.actor.is_some(), way != "disabled");
                    removed.push(label.as_str().to_owned());
                }
                _ => {}
            }
            last = event.kind.name();
        }
        assert_eq!(bound, ["Phone", "Token 1", "Token 2"], "{way}");
        assert_eq!(removed, bound, "{way}");
        // What removed them comes after them, in the same commit.
        assert_eq!(last, way);
        let subject = AuditSubject::Account(world.account.clone());
        let verdict = world.tenant.verify_audit(subject).unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    }
}

#[test]
fn c26_a_used_backup_code_is_void_and_the_session_it_opens_replaces_the_set() {
    let world = World::new();
    let (_, codes) = world.set_up();
    let by_code = verified(&world, &codes[0]);
    assert_eq!(
        (by_code.basis, by_code.backup_codes_left),
        (Basis::BackupCode, 9)
    );
    let replay = world.verify(&world.challenge(), &codes[0]);
    assert!(matches!(replay, Verification::Replayed(_)));
    // No other proof is needed: the code was one, a short while ago.
    let session = Presented::new(&by_code.assertion).bound_to(b"session");
    let renewal = world.tenant.regenerate_backup_codes(session).unwrap();
    let BackupCodesRenewal::Renewed(renewed) = renewal else {
        panic!("{renewal:?}")
    };
    let shown = Presented::new(&renewed.assertion).bound_to(b"session");
    let acknowledged = world.tenant.acknowledge_backup_codes(shown).unwrap();
    assert!(matches!(acknowledged, Standing::Current(_)));
    let new: Vec<String> = renewed.backup_codes.iter().map(String::from).collect();
    assert_eq!(new.len(), 10);
    assert!(!is_good(&world, &codes[1]));
    assert!(is_good(&world, &new[0]));
    // The person is told of both.
    let told: Vec<_> = events(&world)
        .into_iter()
        .filter(|event| event.kind.must_be_told())
        .map(|event| event.kind.name())
        .collect();
    assert!(told.contains(&"backup_code_accepted") && told.contains(&"backup_codes_issued"));
}

#[test]
fn c30_an_authenticator_that_was_lost_or_whose_person_has_left_is_good_for_nothing() {
    let ends: [fn(&World); 2] = [
        |world| {
            let by = admin("lost it");
            world.tenant.reset(&world.account, &by).unwrap();
        },
        |world| {
            let by = admin("she has left");
            world.tenant.erase(&world.account, &by).unwrap();
        },
    ];
    for end in ends {
        let world = World::new();
        let (app, codes) = world.set_up();
        world.clock.advance(30);
        let session = verified(&world, &world.code(&app)).assertion;
        let ticket = world.challenge();
        end(&world);
        // At once, and also where a sign-in was open: there is no time in which it is only suspended.
        for typed in [world.code_in(&app, 30), codes[0].clone()] {
            assert!(matches!(
                world.verify(&ticket, &typed),
                Verification::Void(Void::Superseded)
            ));
        }
        let session = Presented::new(&session).bound_to(b"session");
        assert_eq!(
            world.tenant.check_assertion(session).unwrap(),
            Standing::SignInAgain(Void::Superseded)
        );
        // Nor after the person has set up anew.
        let (new, _) = world.set_up();
        world.clock.advance(60);
        assert!(!is_good(&world, &world.code(&app)) && !is_good(&world, &codes[0]));
        assert!(is_good(&world, &world.code(&new)));
    }
}

#[test]
fn u11_every_change_of_the_policy_is_audited_the_name_of_the_site_too() {
    let world = World::new();
    let change = |issuer: &str| {
        let policy = world.tenant.policy().unwrap();
        let policy = policy.with_issuer(Issuer::new(issuer).unwrap());
        let change = world.tenant.set_policy(policy, &admin("new name")).unwrap();
        assert_eq!(change, PolicyChange::Changed);
    };
    let longest = "x".repeat(64);
    for issuer in ["Harbour Library", &longest] {
        change(issuer);
        let event = events(&world).pop().unwrap();
        let name = Issuer::new(issuer).unwrap();
        assert_eq!(event.kind, EventKind::IssuerChanged { issuer: name });
        assert_eq!(event.kind.name(), "issuer_changed");
        assert_eq!(event.actor.unwrap().as_str(), "root");
        assert_eq!(event.reason.unwrap().as_str(), "new name");
    }
    // The same name again is no change of it.
    let before = events(&world).len();
    change(&longest);
    assert_eq!(events(&world).len(), before + 1);
    assert_eq!(events(&world).pop().unwrap().kind.name(), "policy_changed");
    let verdict = world.tenant.verify_audit(AuditSubject::Policy).unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
}
