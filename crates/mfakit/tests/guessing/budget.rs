//! The budget of a year: what it closes, what it leaves open, and what gives it back.

use mfakit::{Declined, IdentityVerified, Setting, Unlocking, Verification};

use crate::{
    support::{bind, challenge, newest, next_two_codes, set, status, timed, two_codes, wait},
    world::{World, admin, wrong_codes},
};

const DAY: u32 = 86_400;

/// A world with the smallest budget of a year, spent, and the person's app and backup codes.
fn spent() -> (World, mfakit_core::Totp, Vec<String>) {
    let world = World::new();
    set(&world, &[(Setting::YearBudget, 50)]);
    let (app, codes) = world.set_up();
    for failure in 1..=50 {
        wait(&world);
        let wrong = wrong_codes(&world, &app).next().unwrap();
        let outcome = world.verify(challenge(&world).ticket.as_str(), &wrong);
        let is_wrong = matches!(outcome, Verification::Mismatch(_) | Verification::Locked(_));
        assert!(is_wrong, "{failure}: {outcome:?}");
        assert_eq!(status(&world).year_budget_spent, failure == 50);
        // The owner signs in now and then, which clears the failures in a row, and not those of the year.
        if failure % 10 == 0 && failure < 50 {
            wait(&world);
            world.clock.advance(60);
            let ticket = challenge(&world).ticket;
            match world.verify(ticket.as_str(), &world.code(&app)) {
                Verification::Verified(verified) => assert!(!verified.year_budget_spent),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(
        newest(&world, 3)[1..],
        ["year_budget_spent", "code_mismatch"]
    );
    wait(&world);
    world.clock.advance(60);
    (world, app, codes)
}

#[test]
fn a14_beyond_the_budget_of_a_year_one_code_is_not_looked_at() {
    let (world, app, codes) = spent();
    let challenge = challenge(&world);
    let (ticket, before) = (challenge.ticket.as_str(), newest(&world, 100).len());
    assert!(!challenge.takes_one_code);
    let wrong = wrong_codes(&world, &app).next().unwrap();
    // Right or wrong, it is answered alike, and nothing is written.
    for typed in [world.code(&app), wrong] {
        let declined = world.verify(ticket, &typed);
        assert!(matches!(
            declined,
            Verification::Declined(Declined::OneCode)
        ));
    }
    assert_eq!(newest(&world, 100).len(), before);
    // The owner is in by a backup code,
    let Verification::Verified(verified) = world.verify(ticket, &codes[0]) else {
        panic!()
    };
    assert!(verified.year_budget_spent);
    // or by two codes, each of them unused,
    let other = crate::support::challenge(&world).ticket;
    let (first, second) = next_two_codes(&world, &app);
    let verification = two_codes(&world, other.as_str(), &first, &second);
    assert!(matches!(verification, Verification::Verified(_)));
    let again = crate::support::challenge(&world).ticket;
    let verification = two_codes(&world, again.as_str(), &first, &second);
    assert!(matches!(verification, Verification::Replayed(_)));
    // and stepping up is no way around it.
    let session = mfakit::Presented::new(&verified.assertion).bound_to(b"session");
    let mfakit::StepUp::Challenge(challenge) = world.tenant.step_up(session).unwrap() else {
        panic!()
    };
    assert!(!challenge.takes_one_code);
    world.clock.advance(30);
    assert!(matches!(
        world.verify(challenge.ticket.as_str(), &world.code(&app)),
        Verification::Declined(Declined::OneCode)
    ));
}

#[test]
fn a14_no_unlock_gives_the_budget_of_a_year_back_but_time_and_a_reset_do() {
    for identity in [IdentityVerified::Yes, IdentityVerified::No] {
        let (world, app, _) = spent();
        let wrong = wrong_codes(&world, &app).next().unwrap();
        // Two wrong codes are charged like one, up to the hard lock.
        let unlock = || {
            let by = admin("she called");
            world.tenant.unlock(&world.account, &by, identity).unwrap()
        };
        let mut answers = vec![];
        for _ in 0..20 {
            wait(&world);
            let mfakit::Decision::Challenge(challenge) = world.sign_in() else {
                break;
            };
            let _ = two_codes(&world, challenge.ticket.as_str(), &wrong, &wrong);
            answers.push(unlock());
        }
        if identity == IdentityVerified::Yes {
            assert!(answers.contains(&Unlocking::FailuresCleared));
        } else {
            assert_eq!(answers.last(), Some(&Unlocking::FactorsRemoved));
            let _ = world.set_up();
        }
        assert!(status(&world).year_budget_spent);
        wait(&world);
        assert!(!challenge(&world).takes_one_code);
        if identity == IdentityVerified::Yes {
            world.clock.advance(440 * DAY);
            let _ = unlock();
            assert!(challenge(&world).takes_one_code);
        } else {
            let by = admin("new password, new factor");
            world.tenant.reset(&world.account, &by).unwrap();
            let _ = world.set_up();
            assert!(challenge(&world).takes_one_code);
        }
    }
}

/// How many wrong codes lock the account for good.
fn hard_lock_of(world: &World) -> u32 {
    for failures in 1.. {
        wait(world);
        let ticket = challenge(world).ticket;
        let _ = world.verify(ticket.as_str(), "000000");
        let lock = status(world).lock;
        if lock.is_some_and(|lock| lock.end == mfakit::LockEnd::Hard) {
            return failures;
        }
    }
    0
}

#[test]
fn a14_an_account_with_more_authenticators_than_the_policy_allows_now_locks_earlier() {
    // A policy of one authenticator and a wide window, for one with ten from before.
    let wide = [
        (Setting::WindowPast, 10),
        (Setting::WindowFuture, 10),
        (Setting::HotpLookAhead, 10),
    ];
    let locks = [1, 10].map(|bound: u8| {
        let world = World::new();
        set(&world, &[(Setting::Authenticators, 10)]);
        for seed in 1..=bound {
            let binding = bind(&world, timed(), seed);
            assert!(matches!(binding, mfakit::TokenBinding::Bound(_)));
        }
        set(&world, &[(Setting::Authenticators, 1)]);
        set(&world, &wide);
        // The chance that one of the guesses is right: 21 codes of each are live.
        let failures = hard_lock_of(&world);
        assert!(failures * 21 * u32::from(bound) * 1_000 <= 1_000_000);
        failures
    });
    // The policy says 20, and that holds where it may.
    assert_eq!(locks, [20, 4]);
}

#[test]
fn c50_what_is_not_looked_at_is_answered_and_not_written() {
    let (world, app, codes) = spent();
    let ticket = challenge(&world).ticket;
    // The next wrong pair locks.
    let _ = two_codes(&world, ticket.as_str(), "000000", "000000");
    let before = newest(&world, 100);
    assert_eq!(before[0], "locked");
    let ticket = ticket.as_str();
    // No ticket, no shape, under a lock: also the right code.
    let answers = [
        world.verify("", &codes[0]),
        world.verify(ticket, "what code?"),
        world.verify(ticket, &world.code(&app)),
        world.verify(ticket, &codes[0]),
    ];
    for answer in &answers {
        assert!(!matches!(answer, Verification::Verified(_)), "{answer:?}");
    }
    assert_eq!(newest(&world, 100), before);
    // The right code is still good afterwards.
    wait(&world);
    let ticket = challenge(&world).ticket;
    let verified = world.verify(ticket.as_str(), &codes[0]);
    assert!(matches!(verified, Verification::Verified(_)));
}
