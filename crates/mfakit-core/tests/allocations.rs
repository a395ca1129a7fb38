//! Verifying allocates nothing, whatever the answer: neither time nor memory depends on it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::hint::black_box;

use allocation_counter::measure;
use mfakit_core::{
    Algorithm, Code, Counter, Digits, Hotp, LookAhead, Period, Secret, Totp, TotpParameters,
    UnixTime, Window,
};

const AT: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// The codes of the step before, the step at, and the step after a time, and one of no step.
fn typed(totp: &Totp) -> Vec<String> {
    let mut typed: Vec<String> = [-30, 0, 30]
        .map(|seconds| UnixTime::from_seconds(AT.seconds() + seconds))
        .map(|at| totp.generate(at).unwrap().expose().as_str().to_owned())
        .into();
    typed.push("12345678".to_owned());
    typed
}

#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(black_box(vec![0_u8; 100])));
    assert_eq!((counted.count_total, counted.bytes_total), (1, 100));
}

#[test]
fn verifying_a_time_based_code_allocates_nothing() {
    for algorithm in Algorithm::ALL {
        let parameters = TotpParameters {
            algorithm,
            digits: Digits::EIGHT,
            period: Period::THIRTY,
        };
        // 128 bytes are longer than a block of SHA-1 and SHA-256, and so take the longest way.
        let secret = Secret::import(&[9; 128]).unwrap();
        let totp = Totp::with_parameters(secret.duplicate(), parameters);
        for typed in typed(&totp) {
            for last in [None, totp.time_step(AT)] {
                let counted = measure(|| {
                    let code = Code::parse(&typed, Digits::EIGHT).unwrap();
                    let prepared = totp.verify(&code, AT, Window::DEFAULT, last);
                    let once =
                        Totp::verify_once(&secret, parameters, &code, AT, Window::DEFAULT, last);
                    assert_eq!(prepared.is_ok(), once.is_ok());
                });
                assert_eq!(counted.count_total, 0);
            }
        }
    }
}

#[test]
fn verifying_a_counter_based_code_allocates_nothing() {
    let hotp = Hotp::new(
        Secret::import(&[9; 20]).unwrap(),
        Algorithm::Sha1,
        Digits::EIGHT,
    );
    for counter in [0, 4, 5, 15, 99] {
        let code = hotp.generate(Counter::new(counter));
        let counted = measure(|| {
            let _ = hotp
                .verify(&code, Counter::new(5), LookAhead::DEFAULT)
                .map(|accepted| accepted.counter());
        });
        assert_eq!(counted.count_total, 0);
    }
}
