//! What HOTP promises for every secret and counter.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    AcceptedCounter, Algorithm, Code, Counter, Digits, Hotp, LookAhead, Secret, VerifyError,
};
use proptest::prelude::*;

/// Eight digits, so that two counters of one test hardly ever share a code.
fn hotp() -> Hotp {
    let secret = Secret::import(b"12345678901234567890").unwrap();
    Hotp::new(secret, Algorithm::Sha1, Digits::EIGHT)
}

fn look_ahead(counters: u8) -> LookAhead {
    LookAhead::new(counters).unwrap()
}

proptest! {
    #[test]
    fn accepts_exactly_the_counters_ahead(
        next in any::<u64>(),
        delta in -3..=60_i64,
        ahead in 0..=LookAhead::MAX,
    ) {
        let hotp = hotp();
        let Some(counter) = next.checked_add_signed(delta).map(Counter::new) else {
            return Ok(());
        };
        let answer = hotp.verify(&hotp.generate(counter), Counter::new(next), look_ahead(ahead));
        match answer {
            Ok(accepted) => {
                prop_assert!((0..=i64::from(ahead)).contains(&delta));
                prop_assert_eq!(accepted.counter(), counter);
                prop_assert_eq!(accepted.into_next_counter(), counter.next());
            }
            Err(VerifyError::Replayed) => prop_assert_eq!(delta, -1),
            Err(VerifyError::Mismatch) => {
                prop_assert!(delta < -1 || delta > i64::from(ahead));
            }
        }
    }

    #[test]
    fn a1_each_counter_is_accepted_at_most_once(
        presses in prop::collection::vec(-3..=8_i64, 1..60),
    ) {
        let hotp = hotp();
        let mut next = Counter::ZERO;
        let mut accepted_counters = Vec::new();
        for delta in presses {
            let Some(counter) = next.number().checked_add_signed(delta).map(Counter::new) else {
                continue;
            };
            if let Ok(accepted) = hotp.verify(&hotp.generate(counter), next, look_ahead(5)) {
                prop_assert!(!accepted_counters.contains(&accepted.counter()));
                accepted_counters.push(accepted.counter());
                let stored = accepted.into_next_counter().unwrap();
                prop_assert!(stored > next);
                next = stored;
            }
        }
    }

    #[test]
    fn no_counter_or_code_panics(next in any::<u64>(), typed in "[0-9]{8}", ahead in 0..=50_u8) {
        let code = Code::parse(&typed, Digits::EIGHT).unwrap();
        let _ = hotp()
            .verify(&code, Counter::new(next), look_ahead(ahead))
            .map(AcceptedCounter::into_next_counter);
    }
}

#[test]
fn a1_the_code_just_used_is_a_replay_and_older_ones_mismatch() {
    let hotp = hotp();
    let next = Counter::new(10);
    let answer = |counter| {
        hotp.verify(&hotp.generate(Counter::new(counter)), next, LookAhead::NONE)
            .map(AcceptedCounter::into_next_counter)
    };
    assert_eq!(answer(8), Err(VerifyError::Mismatch));
    assert_eq!(answer(9), Err(VerifyError::Replayed));
    assert_eq!(answer(10), Ok(Some(Counter::new(11))));
    assert_eq!(answer(11), Err(VerifyError::Mismatch));
}

#[test]
fn the_look_ahead_never_wraps() {
    let hotp = hotp();
    let last = Counter::new(u64::MAX);
    let answer = |counter, next| {
        hotp.verify(&hotp.generate(counter), next, look_ahead(50))
            .map(AcceptedCounter::into_next_counter)
    };
    // The last counter has a code, and none comes after it.
    assert_eq!(answer(last, last), Ok(None));
    for wrapped in [0, 1, 49] {
        assert_eq!(
            answer(Counter::new(wrapped), last),
            Err(VerifyError::Mismatch)
        );
    }
    assert_eq!(answer(last, Counter::ZERO), Err(VerifyError::Mismatch));
}

#[test]
fn every_algorithm_and_length_makes_its_own_code() {
    let mut codes = Vec::new();
    for algorithm in Algorithm::ALL {
        for digits in [Digits::SIX, Digits::SEVEN, Digits::EIGHT] {
            let secret = Secret::import(&[3; 20]).unwrap();
            let hotp = Hotp::new(secret, algorithm, digits);
            assert_eq!((hotp.algorithm(), hotp.digits()), (algorithm, digits));
            let code = hotp.generate(Counter::new(5)).expose().as_str().to_owned();
            assert_eq!(code.len(), usize::from(digits.get()));
            codes.push(code);
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 9);
}

#[test]
fn a28_debug_shows_parameters_only() {
    assert_eq!(
        format!("{:?}", hotp()),
        "Hotp { algorithm: Sha1, digits: Digits(8), .. }"
    );
}
