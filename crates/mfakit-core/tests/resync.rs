//! Resynchronization by two consecutive codes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    AcceptedCounter, Algorithm, Code, Counter, Digits, Hotp, Period, ResyncWindow, Resynchronized,
    Secret, TimeStep, Totp, UnixTime, VerifyError, Window,
};
use proptest::prelude::*;

const NOW: u64 = 60_000_000;

fn secret() -> Secret {
    Secret::import(b"12345678901234567890").unwrap()
}

fn totp() -> Totp {
    Totp::new(secret(), Algorithm::Sha1, Digits::EIGHT, Period::THIRTY)
}

fn start(step: u64) -> UnixTime {
    TimeStep::new(step).start(Period::THIRTY)
}

fn code(step: u64) -> Code {
    totp().generate(start(step)).unwrap()
}

fn window(steps: u16) -> ResyncWindow {
    ResyncWindow::new(steps).unwrap()
}

/// Presents the codes of two steps at step `NOW`.
fn resync(first: u64, second: u64, steps: u16, last: Option<u64>) -> Result<u64, VerifyError> {
    totp()
        .resynchronize(
            &code(first),
            &code(second),
            start(NOW),
            window(steps),
            last.map(TimeStep::new),
        )
        .map(|found| found.into_step().number())
}

proptest! {
    #[test]
    fn finds_exactly_the_pairs_of_the_window(
        first in NOW - 30..NOW + 30,
        gap in 0..3_u64,
        steps in 1..25_u16,
        last in prop::option::of(NOW - 30..NOW + 30),
    ) {
        let second = first + gap;
        let inside = first >= NOW - u64::from(steps) && second <= NOW + u64::from(steps);
        let expected = if gap != 1 || !inside {
            Err(VerifyError::Mismatch)
        } else if last.is_some_and(|last| first <= last) {
            Err(VerifyError::Replayed)
        } else {
            Ok(second)
        };
        prop_assert_eq!(resync(first, second, steps, last), expected);
    }

    #[test]
    fn no_time_or_counter_panics(
        seconds in any::<i64>(),
        next in any::<u64>(),
        last in prop::option::of(any::<u64>().prop_map(TimeStep::new)),
        steps in 1..=500_u16,
    ) {
        let _ = totp()
            .resynchronize(&code(1), &code(2), UnixTime::from_seconds(seconds), window(steps), last)
            .map(Resynchronized::into_step);
        let _ = Hotp::new(secret(), Algorithm::Sha1, Digits::EIGHT)
            .resynchronize(&code(1), &code(2), Counter::new(next), window(steps))
            .map(AcceptedCounter::into_next_counter);
    }
}

#[test]
fn a4_used_codes_do_not_resynchronize() {
    // Steps NOW and NOW + 1 were accepted one after the other.
    assert_eq!(
        resync(NOW, NOW + 1, 120, Some(NOW + 1)),
        Err(VerifyError::Replayed)
    );
    // Nor does a pair whose first code was.
    assert_eq!(
        resync(NOW, NOW + 1, 120, Some(NOW)),
        Err(VerifyError::Replayed)
    );
    assert_eq!(resync(NOW + 1, NOW + 2, 120, Some(NOW)), Ok(NOW + 2));
}

#[test]
fn a4_both_codes_are_used_up() {
    let stored = resync(NOW + 50, NOW + 51, 120, None).unwrap();
    for used in [NOW + 50, NOW + 51] {
        let again = totp().verify(
            &code(used),
            start(NOW + 50),
            Window::DEFAULT,
            Some(TimeStep::new(stored)),
        );
        assert_eq!(again.unwrap_err(), VerifyError::Replayed);
    }
    assert_eq!(
        resync(NOW + 50, NOW + 51, 120, Some(stored)),
        Err(VerifyError::Replayed)
    );
}

#[test]
fn order_counts() {
    assert_eq!(resync(NOW + 1, NOW, 120, None), Err(VerifyError::Mismatch));
}

#[test]
fn tells_how_far_the_clock_is_off() {
    let delta = |first: u64| {
        totp()
            .resynchronize(
                &code(first),
                &code(first + 1),
                start(NOW),
                window(500),
                None,
            )
            .map(|found| (found.step().number(), found.delta()))
    };
    assert_eq!(delta(NOW - 500), Ok((NOW - 499, -499)));
    assert_eq!(delta(NOW + 499), Ok((NOW + 500, 500)));
}

#[test]
fn a_counter_moves_past_both_codes() {
    let hotp = Hotp::new(secret(), Algorithm::Sha1, Digits::EIGHT);
    let resync = |first: u64, second: u64, next: u64| {
        hotp.resynchronize(
            &hotp.generate(Counter::new(first)),
            &hotp.generate(Counter::new(second)),
            Counter::new(next),
            window(100),
        )
        .map(|accepted| accepted.into_next_counter().map(Counter::number))
    };
    assert_eq!(resync(70, 71, 7), Ok(Some(72)));
    assert_eq!(resync(7, 8, 7), Ok(Some(9)));
    assert_eq!(resync(106, 107, 7), Ok(Some(108)));
    assert_eq!(resync(107, 108, 7), Err(VerifyError::Mismatch));
    assert_eq!(resync(70, 72, 7), Err(VerifyError::Mismatch));
    // The first code, or both, were used before.
    assert_eq!(resync(6, 7, 7), Err(VerifyError::Replayed));
    assert_eq!(resync(5, 6, 7), Err(VerifyError::Replayed));
    assert_eq!(resync(4, 5, 7), Err(VerifyError::Mismatch));
    // Nothing wraps at the end.
    assert_eq!(resync(u64::MAX - 1, u64::MAX, u64::MAX - 1), Ok(None));
    assert_eq!(resync(u64::MAX, 0, u64::MAX), Err(VerifyError::Mismatch));
}
