//! A first factor that is no password: the host says which, and the session says so as long as it lasts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/world.rs"]
mod world;

use mfakit::{
    Decision, ExternalMeans, FirstFactor, Gate, Presented, SignIn, Standing, StepUp, Verification,
};
use mfakit_core::Totp;

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
