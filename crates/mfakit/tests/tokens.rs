//! Hardware tokens: bound from a known secret, by time or by counter, and brought back by two codes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "tokens/help_desk.rs"]
mod help_desk;
#[path = "support/world.rs"]
mod world;

use std::{sync::Barrier, thread};

use mfakit::{
    Algorithm, AuditQuery, AuthenticatorKind, AuthenticatorStatus, BoundToken, Charged, Clock as _,
    Counter, Decision, Digits, Label, PolicyChange, Presented, Secret, Setting, Standing, Strength,
    TokenBinding, TokenKind, TotpParameters, Verification, Void,
};
use mfakit_core::{Hotp, Totp};

use world::{World, admin};

const SECRET: [u8; 20] = *b"12345678901234567890";

fn secret() -> Secret {
    Secret::import(&SECRET).unwrap()
}

fn bind(world: &World, secret: Secret, kind: TokenKind, label: &str) -> TokenBinding {
    let label = Label::new(label).unwrap();
    let by = admin("handed out");
    world
        .tenant
        .bind_token(&world.account, secret, kind, &label, &by)
        .unwrap()
}

fn bound(binding: TokenBinding) -> BoundToken {
    match binding {
        TokenBinding::Bound(bound) => bound,
        other => panic!("not bound: {other:?}"),
    }
}

fn counting(next_counter: u64) -> TokenKind {
    TokenKind::Hotp {
        algorithm: Algorithm::Sha1,
        digits: Digits::SIX,
        next_counter: Counter::new(next_counter),
    }
}

/// The code that a token which counts shows.
fn shown(counter: u64) -> String {
    let token = Hotp::new(secret(), Algorithm::Sha1, Digits::SIX);
    let code = token.generate(Counter::new(counter));
    code.expose().as_str().into()
}

/// The code that a token which goes by time shows, being so many steps ahead.
fn shown_ahead(world: &World, steps: i32) -> String {
    let token = Totp::with_parameters(secret(), TotpParameters::default());
    let now = world.clock.now();
    let shift = steps.unsigned_abs() * 30;
    let at = if steps < 0 {
        now.saturating_sub(shift)
    } else {
        now.saturating_add(shift)
    };
    token.generate(at).unwrap().expose().as_str().into()
}

fn verify(world: &World, typed: &str) -> Verification {
    world.verify(&world.challenge(), typed)
}

fn resynchronize(world: &World, first: &str, second: &str) -> Verification {
    let ticket = world.challenge();
    let ticket = Presented::new(&ticket).bound_to(b"session");
    world.tenant.resynchronize(ticket, first, second).unwrap()
}

fn authenticators(world: &World) -> Vec<AuthenticatorStatus> {
    let mut all = world
        .tenant
        .status(core::slice::from_ref(&world.account))
        .unwrap();
    all.remove(0).authenticators
}

fn is_verified(verification: &Verification) -> bool {
    matches!(verification, Verification::Verified(_))
}

fn is_charged(verification: &Verification) -> bool {
    matches!(verification, Verification::Mismatch(it) if it.charged == Charged::Yes)
}

#[test]
fn c3_the_counter_moves_only_on_success() {
    let world = World::new();
    bound(bind(&world, secret(), counting(5), "Key fob"));
    // Codes from before the binding, and wrong ones, leave it where it is.
    for wrong in [shown(3), shown(16), shown(1_000)] {
        assert!(is_charged(&verify(&world, &wrong)));
    }
    assert!(is_verified(&verify(&world, &shown(5))));
    let Verification::Replayed(replayed) = verify(&world, &shown(5)) else {
        panic!()
    };
    assert_eq!(replayed.wait_seconds, 0);
    assert!(is_verified(&verify(&world, &shown(6))));
    assert!(is_charged(&verify(&world, &shown(5))));
}

#[test]
fn c5_the_look_ahead_is_bounded() {
    let world = World::new();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    assert!(is_charged(&verify(&world, &shown(11))));
    assert!(is_verified(&verify(&world, &shown(10))));
    // Those that were passed over are used up.
    for skipped in [0, 5, 9] {
        assert!(is_charged(&verify(&world, &shown(skipped))));
    }
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::HotpLookAhead, 1).unwrap();
    let change = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    assert!(is_charged(&verify(&world, &shown(13))));
    world.clock.advance(30);
    assert!(is_verified(&verify(&world, &shown(12))));
}

#[test]
fn c5_two_codes_bring_a_token_back_that_counts() {
    let world = World::new();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    assert!(is_charged(&verify(&world, &shown(60))));
    assert!(is_verified(&resynchronize(&world, &shown(61), &shown(62))));
    for used in [shown(61), shown(60)] {
        assert!(is_charged(&verify(&world, &used)));
    }
    assert!(matches!(
        verify(&world, &shown(62)),
        Verification::Replayed(_)
    ));
    assert!(is_verified(&verify(&world, &shown(63))));
    // Not without bound, not backwards, not two that do not follow each other.
    for (first, second) in [(400, 401), (70, 72), (71, 70)] {
        assert!(is_charged(&resynchronize(
            &world,
            &shown(first),
            &shown(second)
        )));
    }
}

#[test]
fn a4_used_codes_bring_no_token_back() {
    let world = World::new();
    bound(bind(
        &world,
        secret(),
        TokenKind::Totp(TotpParameters::default()),
        "Key fob",
    ));
    let mut used = Vec::new();
    for _ in 0..2 {
        world.clock.advance(30);
        used.push(shown_ahead(&world, 0));
        assert!(is_verified(&verify(&world, &used[used.len() - 1])));
    }
    let next = shown_ahead(&world, 1);
    for (first, second) in [(&used[0], &used[1]), (&used[1], &next)] {
        assert!(matches!(
            resynchronize(&world, first, second),
            Verification::Replayed(_)
        ));
    }
    // Both were charged: two more, and the third locks.
    for left in [2, 1] {
        let Verification::Mismatch(mismatch) = resynchronize(&world, &next, &used[0]) else {
            panic!()
        };
        assert_eq!(mismatch.attempts_left, left);
    }
    assert!(matches!(
        resynchronize(&world, &next, &used[0]),
        Verification::Locked(_)
    ));
}

#[test]
fn a4_both_codes_of_a_token_are_used_up() {
    let world = World::new();
    bound(bind(
        &world,
        secret(),
        TokenKind::Totp(TotpParameters::default()),
        "Key fob",
    ));
    let pair = [shown_ahead(&world, 0), shown_ahead(&world, 1)];
    assert!(is_verified(&resynchronize(&world, &pair[0], &pair[1])));
    assert!(matches!(
        resynchronize(&world, &pair[0], &pair[1]),
        Verification::Replayed(_)
    ));
    for used in &pair {
        assert!(matches!(verify(&world, used), Verification::Replayed(_)));
    }
    world.clock.advance(30);
    assert!(is_verified(&verify(&world, &shown_ahead(&world, 1))));
}

/// Two codes are also asked for where one is not looked at, of a token that is right; they are typed when they were
/// read, which is later than they were shown.
#[test]
fn two_codes_that_the_window_takes_move_no_token() {
    for (typed_late, shift) in [(0, 1), (1, 1), (0, -1)] {
        let world = World::new();
        let kind = TokenKind::Totp(TotpParameters::default());
        bound(bind(&world, secret(), kind, "Key fob"));
        world.clock.advance(300);
        let pair = [-1, 0].map(|step| shown_ahead(&world, step - typed_late));
        assert!(is_verified(&resynchronize(&world, &pair[0], &pair[1])));
        // It is taken on either side of the clock, as before.
        world.clock.advance(300);
        assert!(is_verified(&verify(&world, &shown_ahead(&world, shift))));
    }
}

#[test]
fn a31_drift_is_found_by_two_codes_and_not_walked() {
    for drift in [100, -100] {
        let world = World::new();
        let kind = TokenKind::Totp(TotpParameters::default());
        bound(bind(&world, secret(), kind, "Key fob"));
        assert!(is_charged(&verify(&world, &shown_ahead(&world, drift))));
        let pair = [shown_ahead(&world, drift), shown_ahead(&world, drift + 1)];
        assert!(is_verified(&resynchronize(&world, &pair[0], &pair[1])));
        // From now on it is looked for where it is; what it is told to wait for comes.
        let Verification::Replayed(replayed) = verify(&world, &pair[1]) else {
            panic!()
        };
        assert!((1..=60).contains(&replayed.wait_seconds), "{replayed:?}");
        world.clock.advance(30 + replayed.wait_seconds);
        let Verification::Verified(verified) = verify(&world, &shown_ahead(&world, drift + 1))
        else {
            panic!()
        };
        let session = Presented::new(&verified.assertion).bound_to(b"session");
        let standing = world.tenant.check_assertion(session).unwrap();
        assert!(matches!(standing, Standing::Current(_)));
        world.clock.advance(3_600);
        // One more window beyond the drift is out of reach, and so is the clock's own code.
        let far = if drift < 0 { drift - 30 } else { drift + 30 };
        let pair = [shown_ahead(&world, far), shown_ahead(&world, far + 1)];
        assert!(is_charged(&resynchronize(&world, &pair[0], &pair[1])));
        let own = verify(&world, &shown_ahead(&world, 0));
        assert!(!is_verified(&own), "{own:?}");
        assert!(is_verified(&verify(
            &world,
            &shown_ahead(&world, drift + 1)
        )));
    }
}

#[test]
fn a11_resynchronization_is_no_free_way_to_guess() {
    let world = World::new();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    // What has not the shape of two codes is not charged.
    for (first, second) in [("", ""), ("123456", ""), ("12345", "123456"), ("a", "b")] {
        let Verification::Mismatch(mismatch) = resynchronize(&world, first, second) else {
            panic!()
        };
        assert_eq!(
            (mismatch.charged, mismatch.attempts_left),
            (Charged::NotACode, 5)
        );
    }
    // Wrong codes here and there count together.
    for attempt in 0..4 {
        let outcome = if attempt % 2 == 0 {
            resynchronize(&world, &shown(500), &shown(501))
        } else {
            verify(&world, &shown(500))
        };
        assert!(is_charged(&outcome), "{outcome:?}");
    }
    let ticket = world.challenge();
    assert!(matches!(
        resynchronize(&world, &shown(500), &shown(501)),
        Verification::Locked(_)
    ));
    let presented = Presented::new(&ticket).bound_to(b"session");
    let right = |by| {
        let (first, second) = (shown(20), shown(21));
        world.tenant.resynchronize(by, &first, &second).unwrap()
    };
    assert!(matches!(right(presented), Verification::Locked(_)));
    world.clock.advance(30);
    // The ticket is bound, is spent by success, and is a ticket.
    assert!(matches!(
        right(Presented::new(&ticket)),
        Verification::Void(Void::WrongBinding)
    ));
    let Verification::Verified(verified) = right(presented) else {
        panic!()
    };
    assert!(matches!(right(presented), Verification::Void(Void::Spent)));
    let assertion = Presented::new(&verified.assertion).bound_to(b"session");
    assert!(matches!(
        right(assertion),
        Verification::Void(Void::WrongPurpose)
    ));
}

#[test]
fn a6_of_16_tasks_with_one_code_of_a_token_one_is_let_in() {
    let world = World::new();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    let tickets: Vec<String> = (0..16).map(|_| world.challenge()).collect();
    let (world, barrier, typed) = (&world, &Barrier::new(16), &shown(3));
    let let_in = thread::scope(|scope| {
        let mut tasks = Vec::new();
        for ticket in &tickets {
            tasks.push(scope.spawn(move || {
                barrier.wait();
                is_verified(&world.verify(ticket, typed))
            }));
        }
        let outcomes = tasks.into_iter().map(|it| it.join().unwrap());
        outcomes.filter(|it| *it).count()
    });
    assert_eq!(let_in, 1);
}

#[test]
fn a27_binding_a_token_makes_everything_older_void() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let Verification::Verified(verified) = verify(&world, &world.code(&app)) else {
        panic!()
    };
    let ticket = world.challenge();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    assert_eq!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::SignInAgain(Void::Superseded)
    );
    assert!(matches!(
        world.verify(&ticket, &shown(0)),
        Verification::Void(Void::Superseded)
    ));
    // Both work from now on.
    assert!(is_verified(&verify(&world, &shown(0))));
    world.clock.advance(30);
    assert!(is_verified(&verify(&world, &world.code(&app))));
}

#[test]
fn a35_a_token_is_bound_by_an_administrator_with_a_reason() {
    let world = World::new();
    let Decision::Setup(setup) = world.sign_in() else {
        panic!()
    };
    let before = bound(bind(&world, secret(), counting(0), "Key fob"));
    assert_eq!(before.strength, Strength::Strong);
    let entry = world
        .tenant
        .events(AuditQuery::newest(1))
        .unwrap()
        .entries
        .remove(0);
    let event = entry.event.unwrap();
    assert_eq!(event.kind.name(), "token_bound");
    assert_eq!(
        event.kind.to_string(),
        "The hardware token `Key fob` was bound."
    );
    assert_eq!(event.actor.unwrap().as_str(), "root");
    assert_eq!(event.reason.unwrap().as_str(), "handed out");
    // The open sign-in can't set up a factor of its own beside it.
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let confirmation = world.tenant.confirm_setup(ticket, "123456").unwrap();
    assert!(matches!(
        confirmation,
        mfakit::Confirmation::Void(Void::Superseded)
    ));
    let Decision::Challenge(challenge) = world.sign_in() else {
        panic!()
    };
    assert_eq!(challenge.backup_codes_left, 0);
}

#[test]
fn a15_a_short_secret_is_taken_and_marked() {
    let world = World::new();
    assert!(Secret::import(&[1; 9]).is_err());
    let kind = TokenKind::Totp(TotpParameters::default());
    let weak = Secret::import(&[1; 10]).unwrap();
    assert_eq!(
        bound(bind(&world, weak, kind, "Old")).strength,
        Strength::Weak
    );
    let strong = Secret::import(&[1; 128]).unwrap();
    let token = bound(bind(&world, strong, kind, "New"));
    let list = authenticators(&world);
    assert_eq!(list[0].strength, Strength::Weak);
    assert_eq!(list[1].strength, Strength::Strong);
    assert_eq!(list[1].id, token.id);
    assert_eq!(list[1].kind, AuthenticatorKind::Totp);
}

#[test]
fn an_account_has_a_bounded_number_of_tokens_and_one_that_counts() {
    let world = World::new();
    bound(bind(&world, secret(), counting(0), "Key fob"));
    assert_eq!(authenticators(&world)[0].kind, AuthenticatorKind::Hotp);
    let second = bind(&world, secret(), counting(0), "Another");
    assert_eq!(second, TokenBinding::SecondCounter);
    let kind = TokenKind::Totp(TotpParameters::default());
    for n in 1..5 {
        let secret = Secret::import(&[n; 20]).unwrap();
        bound(bind(&world, secret, kind, &n.to_string()));
    }
    let sixth = bind(&world, secret(), kind, "Sixth");
    assert_eq!(sixth, TokenBinding::TooManyAuthenticators);
    assert_eq!(authenticators(&world).len(), 5);
}

#[test]
fn the_last_counter_of_all_is_never_accepted() {
    let world = World::new();
    bound(bind(&world, secret(), counting(u64::MAX - 1), "Key fob"));
    assert!(is_verified(&verify(&world, &shown(u64::MAX - 1))));
    for _ in 0..2 {
        assert!(is_charged(&verify(&world, &shown(u64::MAX))));
    }
}
