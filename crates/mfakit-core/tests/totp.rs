//! What TOTP promises for every secret, time, window and history.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    Algorithm, Code, Digits, Period, Secret, TimeStep, Totp, TotpParameters, UnixTime, VerifyError,
    Window,
};
use proptest::prelude::*;

/// Eight digits, so that two steps of one test hardly ever share a code.
fn totp(key: &[u8], period: Period) -> Totp {
    Totp::new(
        Secret::import(key).unwrap(),
        Algorithm::Sha1,
        Digits::EIGHT,
        period,
    )
}

fn fixed() -> Totp {
    totp(b"12345678901234567890", Period::THIRTY)
}

fn code_of(totp: &Totp, step: TimeStep) -> Code {
    let at = step.start(totp.parameters().period);
    assert_eq!(totp.time_step(at), Some(step));
    totp.generate(at).unwrap()
}

fn start(step: u64) -> UnixTime {
    TimeStep::new(step).start(Period::THIRTY)
}

prop_compose! {
    fn windows()(past in 0..=Window::MAX, future in 0..=Window::MAX) -> Window {
        Window::new(past, future).unwrap()
    }
}

prop_compose! {
    fn periods()(seconds in Period::MIN_SECONDS..=Period::MAX_SECONDS) -> Period {
        Period::new(seconds).unwrap()
    }
}

proptest! {
    #[test]
    fn accepts_exactly_the_steps_of_the_window(
        key in prop::collection::vec(any::<u8>(), 10..=128),
        period in periods(),
        window in windows(),
        seconds in 0..=253_402_300_799_i64,
        delta in -12..=12_i64,
    ) {
        let totp = totp(&key, period);
        let at = UnixTime::from_seconds(seconds);
        let now = totp.time_step(at).unwrap();
        let Some(step) = now.number().checked_add_signed(delta).map(TimeStep::new) else {
            return Ok(());
        };
        let inside = (-i64::from(window.past())..=i64::from(window.future())).contains(&delta);
        match totp.verify(&code_of(&totp, step), at, window, None) {
            Ok(accepted) => {
                prop_assert!(inside);
                prop_assert_eq!(i64::from(accepted.delta()), delta);
                prop_assert_eq!(accepted.into_step(), step);
            }
            Err(error) => {
                prop_assert!(!inside);
                prop_assert_eq!(error, VerifyError::Mismatch);
            }
        }
    }

    #[test]
    fn one_shot_and_prepared_agree(
        key in prop::collection::vec(any::<u8>(), 10..=128),
        algorithm in prop::sample::select(&Algorithm::ALL[..]),
        digits in (6..=8_u8).prop_map(|digits| Digits::new(digits).unwrap()),
        window in windows(),
        seconds in any::<i64>(),
        last in prop::option::of(any::<u64>().prop_map(TimeStep::new)),
        typed in "[0-9]{8}",
    ) {
        let parameters = TotpParameters { algorithm, digits, period: Period::THIRTY };
        let secret = Secret::import(&key).unwrap();
        let prepared = Totp::with_parameters(secret.duplicate(), parameters);
        let at = UnixTime::from_seconds(seconds);
        let guess = Code::parse(&typed[..digits.get().into()], digits).unwrap();
        for code in prepared.generate(at).into_iter().chain([guess]) {
            let once = Totp::verify_once(&secret, parameters, &code, at, window, last);
            let kept = prepared.verify(&code, at, window, last);
            prop_assert_eq!(
                once.map(|accepted| (accepted.step(), accepted.delta())),
                kept.map(|accepted| (accepted.step(), accepted.delta()))
            );
        }
    }

    #[test]
    fn a1_each_step_is_accepted_at_most_once(
        window in windows(),
        // A clock that wanders, and codes from around it.
        moves in prop::collection::vec((-90..=90_i64, -3..=3_i64), 1..60),
    ) {
        let totp = fixed();
        let mut seconds = 1_000_000_000_i64;
        let mut last = None;
        let mut accepted_steps = Vec::new();
        for (elapsed, delta) in moves {
            seconds += elapsed;
            let at = UnixTime::from_seconds(seconds);
            let now = totp.time_step(at).unwrap().number();
            let code = code_of(&totp, TimeStep::new(now.checked_add_signed(delta).unwrap()));
            if let Ok(accepted) = totp.verify(&code, at, window, last) {
                let step = accepted.into_step();
                prop_assert!(last < Some(step), "the last accepted step never falls");
                prop_assert!(!accepted_steps.contains(&step));
                accepted_steps.push(step);
                last = Some(step);
            }
        }
    }

    #[test]
    fn no_time_history_or_code_panics(
        seconds in any::<i64>(),
        last in prop::option::of(any::<u64>().prop_map(TimeStep::new)),
        window in windows(),
        period in periods(),
        typed in "[0-9]{8}",
    ) {
        let totp = totp(&[7; 20], period);
        let at = UnixTime::from_seconds(seconds);
        let code = Code::parse(&typed, Digits::EIGHT).unwrap();
        let _ = totp.verify(&code, at, window, last).map(|accepted| accepted.into_step());
        prop_assert_eq!(totp.generate(at).is_some(), seconds >= 0);
        prop_assert!((1..=period.seconds()).contains(&totp.remaining_seconds(at)));
        let _ = (totp.next_step(at), totp.seconds_until_fresh(at, last));
    }

    #[test]
    fn a3_decorated_forms_of_a_used_code_are_replays(
        gaps in prop::collection::vec("[ -]{0,5}", 9),
    ) {
        let totp = fixed();
        let at = start(1_000_000);
        let digits = code_of(&totp, TimeStep::new(1_000_000)).expose();
        let mut typed = gaps[0].clone();
        for (digit, gap) in digits.chars().zip(&gaps[1..]) {
            typed.push(digit);
            typed.push_str(gap);
        }
        let code = Code::parse(&typed, Digits::EIGHT).unwrap();
        let used = Some(TimeStep::new(1_000_000));
        prop_assert!(totp.verify(&code, at, Window::DEFAULT, None).is_ok());
        prop_assert_eq!(
            totp.verify(&code, at, Window::DEFAULT, used).unwrap_err(),
            VerifyError::Replayed
        );
    }
}

#[test]
fn a2_after_a_step_is_used_its_neighbours_before_it_are_too() {
    let totp = fixed();
    let step = 50_000_000;
    let used = Some(TimeStep::new(step));
    for now in [step - 1, step, step + 1] {
        for replayed in [step - 1, step] {
            let code = code_of(&totp, TimeStep::new(replayed));
            let answer = totp.verify(&code, start(now), Window::DEFAULT, used);
            let expected = if replayed + 1 < now {
                VerifyError::Mismatch // Out of the window.
            } else {
                VerifyError::Replayed
            };
            assert_eq!(answer.unwrap_err(), expected);
        }
    }
    let code = code_of(&totp, TimeStep::new(step + 1));
    assert!(
        totp.verify(&code, start(step), Window::DEFAULT, used)
            .is_ok()
    );
}

#[test]
fn a1_a_clock_set_back_opens_no_used_step() {
    let totp = fixed();
    let used = Some(TimeStep::new(1000));
    for step in 990..=1000 {
        let code = code_of(&totp, TimeStep::new(step));
        assert_eq!(
            totp.verify(&code, start(step), Window::DEFAULT, used)
                .unwrap_err(),
            VerifyError::Replayed
        );
    }
}

/// Two steps within one window whose six digits are the same, found by search.
fn colliding_steps(totp: &Totp) -> (TimeStep, TimeStep) {
    let mut seen: Vec<String> = Vec::new();
    loop {
        let step = u64::try_from(seen.len()).unwrap();
        let code = totp.generate(start(step)).unwrap().expose();
        let near = seen.iter().rev().take(20);
        if let Some(back) = near.zip(1..).find(|(old, _)| **old == *code) {
            return (TimeStep::new(step - back.1), TimeStep::new(step));
        }
        seen.push(code.as_str().to_owned());
    }
}

#[test]
fn a_code_of_two_steps_is_used_up_for_both() {
    let totp = Totp::with_parameters(
        Secret::import(b"12345678901234567890").unwrap(),
        TotpParameters::default(),
    );
    let (earlier, later) = colliding_steps(&totp);
    let code = totp.generate(start(later.number())).unwrap();
    let middle = start(earlier.number().midpoint(later.number()));
    let wide = Window::new(10, 10).unwrap();
    let verify = |last| {
        totp.verify(&code, middle, wide, last)
            .map(|accepted| accepted.into_step())
    };

    // Fresh for both: the later one counts, and then neither is left.
    assert_eq!(verify(None), Ok(later));
    assert_eq!(verify(Some(later)), Err(VerifyError::Replayed));
    // Used for the earlier one: the fresh one wins.
    assert_eq!(verify(Some(earlier)), Ok(later));
}

#[test]
fn windows_end_where_time_does() {
    let totp = fixed();
    let wide = Window::new(10, 10).unwrap();
    for at in [0, 29, 30, i64::MAX] {
        let at = UnixTime::from_seconds(at);
        let code = totp.generate(at).unwrap();
        assert_eq!(
            totp.verify(&code, at, wide, None).unwrap().step(),
            totp.time_step(at).unwrap()
        );
    }
    // Before 1970 there is no step, so nothing matches: not even the code of step 0.
    let zero = code_of(&totp, TimeStep::new(0));
    for at in [-1, -30, i64::MIN] {
        let at = UnixTime::from_seconds(at);
        assert_eq!(
            totp.verify(&zero, at, wide, None).unwrap_err(),
            VerifyError::Mismatch
        );
        assert!(totp.generate(at).is_none());
    }
}

#[test]
fn a_code_of_other_digits_is_a_mismatch() {
    let totp = fixed();
    let at = start(77);
    let eight = totp.generate(at).unwrap().expose();
    let six = Code::parse(&eight[2..], Digits::SIX).unwrap();
    assert_eq!(
        totp.verify(&six, at, Window::DEFAULT, None).unwrap_err(),
        VerifyError::Mismatch
    );
}

#[test]
fn tells_how_long_a_code_stays_and_when_a_fresh_one_comes() {
    let totp = fixed();
    let remaining = |at| totp.remaining_seconds(UnixTime::from_seconds(at));
    assert_eq!([0, 1, 29, 30, -1].map(remaining), [30, 29, 1, 30, 1]);
    assert_eq!(totp.next_step(start(7)), Some(TimeStep::new(8)));

    let fresh = |last| totp.seconds_until_fresh(UnixTime::from_seconds(310), last);
    assert_eq!(fresh(None), 0);
    assert_eq!(fresh(Some(TimeStep::new(9))), 0);
    assert_eq!(fresh(Some(TimeStep::new(10))), 20);
    assert_eq!(fresh(Some(TimeStep::new(11))), 50);
    assert_eq!(fresh(Some(TimeStep::new(u64::MAX))), u64::MAX);
}

#[test]
fn a28_debug_shows_parameters_only() {
    assert_eq!(
        format!("{:?}", fixed()),
        "Totp { parameters: TotpParameters { algorithm: Sha1, digits: Digits(8), \
         period: Period(30) }, .. }"
    );
}
