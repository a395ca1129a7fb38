//! A first factor that is no password: the host says which, and the session says so as long as it lasts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/folder.rs"]
mod folder;
#[path = "support/stores.rs"]
mod stores;
#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;

use mfakit::{
    Basis, Decision, ExternalMeans, FirstFactor, Gate, Presented, SignIn, Standing, StepUp,
    Verification,
};
use mfakit_core::{DocumentKind, Totp};

use stores::{Asked, Watched};
use world::World;

fn verified(world: &World, app: &Totp, ticket: &str) -> String {
    world.clock.advance(30);
    match world.verify(ticket, &world.code(app)) {
        Verification::Verified(verified) => verified.assertion.as_str().into(),
        other => panic!("{other:?}"),
    }
}

fn signed_in(world: &World, app: &Totp, first: FirstFactor) -> String {
    let request = SignIn::new().binding(b"session");
    match world.tenant.sign_in(first, request).unwrap() {
        Decision::Challenge(challenge) => verified(world, app, challenge.ticket.as_str()),
        other => panic!("{other:?}"),
    }
}

fn external(world: &World, session: &str) -> Option<ExternalMeans> {
    let session = Presented::new(session).bound_to(b"session");
    match world.tenant.check_assertion(session).unwrap() {
        Standing::Current(current) => current.external,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_says_by_which_means_the_person_came() {
    let world = World::new();
    let (app, _) = world.set_up();
    for (means, name) in [
        (ExternalMeans::SingleSignOn, "single_sign_on"),
        (ExternalMeans::MailedLink, "mailed_link"),
        (ExternalMeans::ClientCertificate, "client_certificate"),
        (ExternalMeans::Other, "other"),
    ] {
        let first = FirstFactor::external_by(means, world.account.clone());
        let session = signed_in(&world, &app, first);
        assert_eq!(external(&world, &session), Some(means));
        assert_eq!(means.name(), name);
        // A code in between changes nothing about how the person came.
        let presented = Presented::new(&session).bound_to(b"session");
        let StepUp::Challenge(challenge) = world.tenant.step_up(presented).unwrap() else {
            panic!()
        };
        let fresher = verified(&world, &app, challenge.ticket.as_str());
        assert_eq!(external(&world, &fresher), Some(means));
    }
}

#[test]
fn a_session_says_nothing_of_means_after_a_password_or_where_the_host_does_not() {
    let world = World::new();
    let (app, _) = world.set_up();
    let Gate::Proceed(attempt) = world.tenant.begin_password(&world.account).unwrap() else {
        panic!()
    };
    let session = signed_in(&world, &app, attempt.into());
    assert_eq!(external(&world, &session), None);
    let session = signed_in(&world, &app, FirstFactor::external(world.account.clone()));
    assert_eq!(external(&world, &session), None);
}

#[test]
fn the_means_are_kept_from_the_first_setup_on() {
    let world = World::new();
    let first = FirstFactor::external_by(ExternalMeans::MailedLink, world.account.clone());
    let request = SignIn::new().binding(b"session");
    let Decision::Setup(setup) = world.tenant.sign_in(first, request).unwrap() else {
        panic!()
    };
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let app = world.scan(ticket);
    let confirmed = world.tenant.confirm_setup(ticket, &world.code(&app));
    let mfakit::Confirmation::Confirmed(confirmed) = confirmed.unwrap() else {
        panic!()
    };
    let session = confirmed.assertion.as_str();
    assert_eq!(external(&world, session), Some(ExternalMeans::MailedLink));
}

#[test]
fn c28_a_backup_code_recovers_beside_the_first_factor_alone_and_the_answer_says_by_what() {
    let mut world = World::new();
    let (app, codes) = world.set_up();
    let owner = world.account.clone();
    let left = |world: &World| {
        let status = world.tenant.status(core::slice::from_ref(&owner)).unwrap();
        status[0].backup_codes_left
    };

    // Without the first factor of this person and this session, the code is not looked at, and stays good.
    let ticket = world.challenge();
    let elsewhere = Presented::new(&ticket).bound_to(b"another session");
    assert!(matches!(
        world.tenant.verify(elsewhere, &codes[0]).unwrap(),
        Verification::Void(_)
    ));
    for nothing in ["", "nonsense"] {
        assert!(matches!(
            world.verify(nothing, &codes[0]),
            Verification::Void(_)
        ));
    }
    // The ticket of somebody else is good for the codes of somebody else.
    world.be("8");
    let (_, _) = world.set_up();
    let others = world.challenge();
    assert!(matches!(
        world.verify(&others, &codes[0]),
        Verification::Mismatch(_)
    ));
    world.be("7");
    assert_eq!(left(&world), 10);

    // Beside the password it recovers, and the session says by what.
    let Gate::Proceed(attempt) = world.tenant.begin_password(&world.account).unwrap() else {
        panic!()
    };
    let request = SignIn::new().binding(b"session");
    let Decision::Challenge(challenge) = world.tenant.sign_in(attempt, request).unwrap() else {
        panic!()
    };
    let Verification::Verified(recovered) = world.verify(challenge.ticket.as_str(), &codes[0])
    else {
        panic!()
    };
    assert_eq!(recovered.basis, Basis::BackupCode);
    assert_eq!(left(&world), 9);
    let session = Presented::new(&recovered.assertion).bound_to(b"session");
    assert_eq!(basis(&world, session), Basis::BackupCode);
    // A host that wants two proofs by different methods asks for the second before it lets in.
    let StepUp::Challenge(second) = world.tenant.step_up(session).unwrap() else {
        panic!()
    };
    assert!(matches!(
        world.verify(second.ticket.as_str(), &codes[0]),
        Verification::Replayed(_)
    ));
    let both = verified(&world, &app, second.ticket.as_str());
    let session = Presented::new(&both).bound_to(b"session");
    assert_eq!(basis(&world, session), Basis::Otp);
}

fn basis(world: &World, session: Presented<'_>) -> Basis {
    match world.tenant.check_assertion(session).unwrap() {
        Standing::Current(current) => current.basis,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a18_a_name_that_nobody_has_costs_what_a_paused_one_does_and_leaves_nothing() {
    let store = Arc::new(Watched::default());
    let world = World::on(Arc::clone(&store));
    world.set_up();
    let loaded = || {
        vec![vec![
            DocumentKind::Policy,
            DocumentKind::Account,
            DocumentKind::Gate,
        ]]
    };
    let read = || Asked {
        loads: loaded(),
        commits: Vec::new(),
    };
    let charged = || Asked {
        loads: loaded(),
        commits: vec![1],
    };
    let _ = store.asked();
    // A known name has two costs of its own: a try that is charged, and one in a pause, in which nothing is written so
    // that guessing does not renew it. No cost of an unknown name is both of them.
    for _ in 0..10 {
        let tried = world.tenant.begin_password(&world.account).unwrap();
        assert!(matches!(tried, Gate::Proceed(_)));
        assert_eq!(store.asked(), charged());
    }
    for _ in 0..100 {
        let tried = world.tenant.begin_password(&world.account).unwrap();
        assert!(matches!(tried, Gate::Refused(_)));
        assert_eq!(store.asked(), read());
        // However many names a stranger makes up, the store grows by none.
        world.tenant.begin_decoy().unwrap();
        assert_eq!(store.asked(), read());
    }
}
