//! `otpauth` URIs: whatever is read is written as a URI that is read as the same, without a note on its writing.
#![no_main]
#![expect(clippy::expect_used, reason = "a finding is a panic")]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{MovingFactor, OtpAuthNote, OtpAuthUri};

fuzz_target!(|text: &str| {
    let Ok(uri) = OtpAuthUri::parse(text) else {
        return;
    };
    let written = uri.to_uri();
    if written.len() > 4096 {
        return; // What was raw is longer encoded, and may be too long then.
    }
    let again = OtpAuthUri::parse(&written).expect("what is written is read");
    assert_eq!(again.issuer(), uri.issuer());
    assert_eq!(again.account(), uri.account());
    assert_eq!(again.expose_secret(), uri.expose_secret());
    assert_eq!(again.algorithm(), uri.algorithm());
    assert_eq!(again.digits(), uri.digits());
    assert_eq!(again.moving_factor(), uri.moving_factor());
    assert!(again.kept_aside().eq(uri.kept_aside()));
    assert_eq!(*again.to_uri(), *written);
    assert!(!again.notes().iter().any(|note| matches!(
        note,
        OtpAuthNote::RawCharacter
            | OtpAuthNote::PlusAsSpace
            | OtpAuthNote::IssuerMismatch
            | OtpAuthNote::AlgorithmSpelling
            | OtpAuthNote::RepeatedParameter
            | OtpAuthNote::Secret(_)
    )));
    let is_time = matches!(uri.moving_factor(), MovingFactor::Time { .. });
    assert!(is_time || uri.to_totp().is_err());
    assert!(!is_time || uri.to_hotp().is_err());
});
