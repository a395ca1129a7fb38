//! Runs one check of a code after the other, for callgrind to count the instructions of each.
//!
//!     instructions
//!
//! `scripts/check instructions` runs it, tells callgrind to count inside of the functions that scan a window and to
//! write down a sum after each [`one_case`], and compares: whichever step matches, if any, the sum has to be the same.
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
    Algorithm, Code, Counter, Digits, Hotp, LookAhead, ResyncWindow, Secret, TimeStep, Totp,
    VerifyError,
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
            let name = format!("{algorithm:?} / secret {seed}, {}", case.name);
            let answer = one_case(&name, || prepared(black_box(&totp), &code, last));
            assert!(case.expects(answer), "{name}");
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
        let answer = one_case(&name, || {
            let (next, look_ahead) = (Counter::new(100), LookAhead::DEFAULT);
            let accepted = black_box(&hotp).verify(&code, next, look_ahead)?;
            Ok(accepted.counter().number())
        });
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
    let window = ResyncWindow::new(5).expect("5 is in its range");
    let last = Some(TimeStep::new(STEP - 3));
    let code = |step: u64| generate(&totp, step);
    for step in STEP - 7..=STEP + 6 {
        let (first, second) = (code(step), code(step + 1));
        let name = format!("resynchronization / first step {}", step.abs_diff(STEP - 7));
        let answer = one_case(&name, || {
            let found = black_box(&totp).resynchronize(&first, &second, NOW, window, last)?;
            Ok(found.into_step().number())
        });
        let expected = match step.abs_diff(STEP - 7) {
            2..=4 => Err(VerifyError::Replayed),
            5..=11 => Ok(step + 1),
            _ => Err(VerifyError::Mismatch),
        };
        assert_eq!(answer, expected, "{name}");
    }
}

fn generate(totp: &Totp, step: u64) -> Code {
    let start = TimeStep::new(step).start(totp.parameters().period);
    totp.generate(start).unwrap_or_else(|| panic!("after 1970"))
}

/// Callgrind writes a sum after each call of this.
#[inline(never)]
fn one_case(name: &str, check: impl Fn() -> Result<u64, VerifyError>) -> Result<u64, VerifyError> {
    println!("{name}");
    black_box(check())
}
