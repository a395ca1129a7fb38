//! Any text as an activation code: what is read of it is what a second reading of the same rules gives.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{ActivationCode, ActivationCodeError, ActivationHandle};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let symbols: String = text
        .chars()
        .filter(|c| *c != ' ' && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let parsed = ActivationCode::parse(text);
    let shaped = text.len() <= 64
        && symbols.chars().count() == 25
        && symbols.chars().all(|c| ALPHABET.contains(c));
    if !shaped {
        assert!(matches!(
            parsed,
            Err(ActivationCodeError::Length | ActivationCodeError::Symbol)
        ));
        return;
    }
    match parsed {
        Ok(code) => {
            assert_eq!(sum(&symbols), 0, "{text:?}");
            assert_eq!(code.expose().replace('-', ""), symbols);
            let handle = code.handle().to_string();
            assert_eq!(Some(handle.as_str()), symbols.get(..8));
            assert_eq!(ActivationHandle::parse(&handle), Ok(code.handle()));
        }
        Err(error) => {
            assert_eq!(error, ActivationCodeError::Check);
            assert_ne!(sum(&symbols), 0, "{text:?}");
            // Of all texts with these first 24 symbols, one is right.
            let (kept, _) = symbols.split_at(24);
            let right = |c: &char| ActivationCode::parse(&format!("{kept}{c}")).is_ok();
            assert_eq!(ALPHABET.chars().filter(right).count(), 1, "{text:?}");
        }
    }
});

/// The weighted sum, place by place: each value times its own power of x, as polynomials over GF(2).
fn sum(symbols: &str) -> u64 {
    let mut sum = 0_u64;
    for (place, symbol) in symbols.chars().rev().enumerate() {
        let value = ALPHABET.find(symbol).unwrap();
        sum ^= u64::try_from(value).unwrap() << place;
    }
    // The remainder of the division by x^5 + x^2 + 1.
    for degree in (5..64).rev() {
        if sum >> degree & 1 == 1 {
            sum ^= 0b10_0101 << (degree - 5);
        }
    }
    sum
}
