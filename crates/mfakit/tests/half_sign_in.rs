//! Half sign-ins: the password was right, and no code followed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use mfakit::{
    AuditQuery, AuditSubject, AuditVerdict, Challenge, Clock as _, Decision, EventKind, Gate,
    Presented, SignIn, UnixTime, Verification,
};
use mfakit_core::Totp;

use world::{World, admin, wrong_codes};

/// The default lifetime of a ticket, and what clocks may differ by.
const ENDS: u32 = 300 + 120;

/// Signs in with the password, which is right, and is asked for a code.
fn password(world: &World) -> Challenge {
    let Gate::Proceed(attempt) = world.tenant.begin_password(&world.account).unwrap() else {
        panic!("the gate is locked")
    };
    let request = SignIn::new().binding(b"session");
    match world.tenant.sign_in(attempt, request).unwrap() {
        Decision::Challenge(challenge) => challenge,
        other => panic!("no challenge: {other:?}"),
    }
}

fn is_verified(world: &World, challenge: &Challenge, typed: &str) -> bool {
    let verification = world.verify(challenge.ticket.as_str(), typed);
    matches!(verification, Verification::Verified(_))
}

/// Every half sign-in that was recorded, as count and time of the last, oldest first.
fn recorded(world: &World) -> Vec<(u32, UnixTime)> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let half = |entry: mfakit::AuditEntry| match entry.event.unwrap().kind {
        EventKind::HalfSignIn { count, last } => Some((count, last)),
        _ => None,
    };
    let mut half: Vec<_> = page.entries.into_iter().filter_map(half).collect();
    half.reverse();
    half
}

fn settle(world: &World) -> (u32, Option<UnixTime>) {
    let settlement = world.tenant.settle_sign_ins(&world.account).unwrap();
    (settlement.half_sign_ins, settlement.open_until)
}

fn count_events(world: &World) -> usize {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    page.entries.len()
}

fn set_up() -> (World, Totp, Vec<String>) {
    let world = World::new();
    let (app, codes) = world.set_up();
    world.clock.advance(30);
    (world, app, codes)
}

#[test]
fn c45_c51_a_right_password_without_a_code_is_recorded_once() {
    let (world, app, codes) = set_up();
    assert_eq!(settle(&world), (0, None));
    let asked = world.clock.now();
    let challenge = password(&world);
    let ends = asked.saturating_add(ENDS);
    // Wrong codes answer nothing, and while a code may follow nothing is recorded.
    let wrong = wrong_codes(&world, &app).next().unwrap();
    assert!(!is_verified(&world, &challenge, &wrong));
    let before = count_events(&world);
    for seconds in [0, 300, 119] {
        world.clock.advance(seconds);
        assert_eq!(settle(&world), (0, Some(ends)));
    }
    assert_eq!(count_events(&world), before);
    world.clock.advance(1);
    assert_eq!(settle(&world), (1, None));
    assert_eq!(recorded(&world), [(1, asked)]);
    // Asking again records nothing again, and neither does the next password.
    assert_eq!(settle(&world), (0, None));
    let challenge = password(&world);
    assert!(is_verified(&world, &challenge, &codes[0]));
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (0, None));
    assert_eq!(recorded(&world), [(1, asked)]);
    let kind = EventKind::HalfSignIn {
        count: 1,
        last: asked,
    };
    assert!(kind.must_be_told());
    assert_eq!(
        kind.to_string(),
        "The password was right, and no code followed."
    );
    let subject = AuditSubject::Passwords(world.account.clone());
    let verdict = world.tenant.verify_audit(subject).unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
}

#[test]
fn c45_the_next_password_records_what_was_left_open() {
    let (world, app, _) = set_up();
    let first = world.clock.now();
    let _ = password(&world);
    let _ = password(&world);
    world.clock.advance(60);
    let last = world.clock.now();
    let _ = password(&world);
    world.clock.advance(86_400);
    // Whoever comes next, whether the password is right or not.
    let Gate::Proceed(_) = world.tenant.begin_password(&world.account).unwrap() else {
        panic!()
    };
    assert!(first < last);
    assert_eq!(recorded(&world), [(3, last)]);
    assert!(is_verified(&world, &password(&world), &world.code(&app)));
    world.clock.advance(86_400);
    assert_eq!(settle(&world), (0, None));
    assert_eq!(recorded(&world), [(3, last)]);
}

#[test]
fn c45_an_owner_who_signs_in_at_the_same_time_hides_no_half_sign_in() {
    let (world, app, _) = set_up();
    let attackers = password(&world);
    world.clock.advance(10);
    let owners = password(&world);
    assert!(is_verified(&world, &owners, &world.code(&app)));
    let later = world.clock.now();
    // A guesser who tries whenever the owner is in gains nothing by it.
    let again = password(&world);
    world.clock.advance(30);
    let second = password(&world);
    assert!(is_verified(&world, &second, &world.code(&app)));
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (2, None));
    assert_eq!(recorded(&world), [(2, later)]);
    for stale in [attackers, again] {
        assert!(!is_verified(&world, &stale, &world.code(&app)));
    }
}

#[test]
fn c45_two_codes_answer_too_and_a_step_up_answers_nothing() {
    let (world, app, _) = set_up();
    let challenge = password(&world);
    let first = world.code(&app);
    world.clock.advance(30);
    let ticket = Presented::new(&challenge.ticket).bound_to(b"session");
    let second = world.code(&app);
    let verification = world.tenant.resynchronize(ticket, &first, &second).unwrap();
    let Verification::Verified(verified) = verification else {
        panic!()
    };
    let left_open = world.clock.now();
    let _ = password(&world);
    // A code for something else in the same session is no answer to it.
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    let mfakit::StepUp::Challenge(step_up) = world.tenant.step_up(session).unwrap() else {
        panic!()
    };
    world.clock.advance(30);
    assert!(is_verified(&world, &step_up, &world.code(&app)));
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (1, None));
    assert_eq!(recorded(&world), [(1, left_open)]);
}

#[test]
fn c45_an_owner_who_signs_in_often_is_not_told_of_half_sign_ins() {
    let (world, app, _) = set_up();
    for _ in 0..40 {
        let challenge = password(&world);
        assert!(is_verified(&world, &challenge, &world.code(&app)));
        world.clock.advance(30);
        assert_eq!(settle(&world).0, 0);
    }
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (0, None));
    assert_eq!(recorded(&world), []);
}

#[test]
fn c45_many_half_sign_ins_are_counted_and_told_together() {
    let (world, _, _) = set_up();
    for _ in 0..100 {
        let _ = password(&world);
    }
    let last = world.clock.now();
    assert_eq!(recorded(&world), []);
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (100, None));
    assert_eq!(recorded(&world), [(100, last)]);
}

#[test]
fn c45_other_first_factors_write_nothing_and_an_erased_person_leaves_nothing() {
    let (world, _, _) = set_up();
    let before = count_events(&world);
    let _ = world.challenge();
    assert_eq!(count_events(&world), before);
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (0, None));
    let _ = password(&world);
    let by = admin("she has left");
    world.tenant.erase(&world.account, &by).unwrap();
    world.clock.advance(ENDS);
    assert_eq!(settle(&world), (0, None));
}
