//! Runs one check of a code after the other, for callgrind to count the instructions of each.
//!
//!     instructions
//!
//! `scripts/check instructions` runs it, tells callgrind to count inside of the four functions that call the public
//! checks and to write down a sum after each [`one_case`], and compares: whichever step matches, if any, the sum has to
//! be the same, the making of the answer included.
//! Prints what each sum is of, in order.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a program that says what it ran, and stops at an answer that is not the one it counts"
)]

use core::hint::black_box;
use std::process::ExitCode;

use mfakit_core::{
    AcceptedCounter, Algorithm, Code, Counter, Digits, Hotp, LookAhead, ResyncWindow,
    Resynchronized, Secret, TimeStep, Totp, VerifyError,
};
use mfakit_measure::{CASES, NOW, STEP, authenticator, from_secret, prepared};

fn main() -> ExitCode {
    for algorithm in Algorithm::ALL {
        time_based(algorithm);
    }
    counter_based();
    resynchronization();
    ExitCode::SUCCESS
}

fn time_based(algorithm: Algorithm) {
    for seed in 1..=3 {
        let totp = authenticator(algorithm, seed).expect("20 bytes are a secret");
        for case in CASES {
            let code = case.code(&totp, 1).expect("after 1970");
            let last = case.last_accepted();
            let name = format!("{algorithm:?}-prepared / secret {seed}, {}", case.name);
            let answer = one_case(&name, || prepared(black_box(&totp), &code, last));
            assert!(case.expects(answer), "{name}");
            let name = format!("{algorithm:?}-from-secret / secret {seed}, {}", case.name);
            let answer = one_case(&name, || from_secret(black_box(&totp), &code, last));
            assert!(case.expects(answer), "{name}");
        }
    }
}

/// A code of each counter from before the next one to behind the look-ahead.
fn counter_based() {
    let secret = Secret::import(&[7; 20]).expect("20 bytes are a secret");
    let hotp = Hotp::new(secret, Algorithm::Sha1, Digits::SIX);
    for counter in 98..=111 {
        let code = hotp.generate(Counter::new(counter));
        let name = format!("hotp / counter {counter} where 100 is next");
        let answer = one_case(&name, || look_ahead(black_box(&hotp), &code));
        let answer = answer.map(|accepted| accepted.counter().number());
        let expected = match counter {
            100..=110 => Ok(counter),
            99 => Err(VerifyError::Replayed),
            _ => Err(VerifyError::Mismatch),
        };
        assert_eq!(answer, expected, "{name}");
    }
}

/// Two codes from each step of a window, of which the first three steps are used up.
fn resynchronization() {
    let totp = authenticator(Algorithm::Sha1, 1).expect("20 bytes are a secret");
    let code = |step: u64| generate(&totp, step);
    for step in STEP - 7..=STEP + 6 {
        let (first, second) = (code(step), code(step + 1));
        let name = format!("resynchronization / first step {}", step.abs_diff(STEP - 7));
        let answer = one_case(&name, || resynchronize(black_box(&totp), &first, &second));
        let answer = answer.map(|found| found.into_step().number());
        let expected = match step.abs_diff(STEP - 7) {
            2..=4 => Err(VerifyError::Replayed),
            5..=11 => Ok(step + 1),
            _ => Err(VerifyError::Mismatch),
        };
        assert_eq!(answer, expected, "{name}");
    }
}

#[inline(never)]
fn look_ahead(hotp: &Hotp, code: &Code) -> Result<AcceptedCounter, VerifyError> {
    hotp.verify(code, Counter::new(100), LookAhead::DEFAULT)
}

#[inline(never)]
fn resynchronize(totp: &Totp, first: &Code, second: &Code) -> Result<Resynchronized, VerifyError> {
    let window = ResyncWindow::new(5).expect("5 is in its range");
    let last = Some(TimeStep::new(STEP - 3));
    totp.resynchronize(first, second, NOW, window, last)
}

fn generate(totp: &Totp, step: u64) -> Code {
    let start = TimeStep::new(step).start(totp.parameters().period);
    totp.generate(start).unwrap_or_else(|| panic!("after 1970"))
}

/// Callgrind writes a sum after each call of this.
#[inline(never)]
fn one_case<T>(name: &str, check: impl Fn() -> T) -> T {
    println!("{name}");
    black_box(check())
}
