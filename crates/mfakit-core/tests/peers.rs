//! Defects that other libraries had or have, each as a test that fails where the defect is.
//!
//! The table in `docs/conformance.md` says whose they are, and which other tests show the rest of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    AccountName, Algorithm, BackupCode, Base32Error, Base32Note, Code, CodeShapeError, Counter,
    Digits, Hotp, Issuer, LookAhead, OtpAuthNote, OtpAuthUri, ParseUriError, Period, Secret,
    SecretError, Strength, TimeStep, Totp, TotpParameters, UnixTime, UnsupportedUriError,
    VerifyError, Window,
};

const KEY: &[u8] = b"12345678901234567890";

fn totp() -> Totp {
    Totp::with_parameters(Secret::import(KEY).unwrap(), TotpParameters::default())
}

fn hotp(digits: Digits) -> Hotp {
    Hotp::new(Secret::import(KEY).unwrap(), Algorithm::Sha1, digits)
}

fn seconds(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

fn uri(label: &str, parameters: &str) -> Result<OtpAuthUri, ParseUriError> {
    OtpAuthUri::parse(&format!(
        "otpauth://totp/{label}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ{parameters}"
    ))
}

/// A time whose code begins with 0.
fn with_leading_zero() -> (UnixTime, String) {
    (0..)
        .map(|step| seconds(30 * step))
        .find_map(|at| {
            let code = totp().generate(at).unwrap().expose();
            code.starts_with('0')
                .then(|| (at, code.as_str().to_owned()))
        })
        .unwrap()
}

// What is typed.

#[test]
fn a_code_has_one_spelling_in_digits() {
    let (at, code) = with_leading_zero();
    let rest = &code[1..];
    let full_width: String = code
        .chars()
        .map(|c| char::from_u32(c.to_digit(10).unwrap() + 0xff10).unwrap())
        .collect();
    let superscript: String = "²".repeat(6);
    for typed in [
        rest.to_owned(),
        format!("{rest}x"),
        format!("+{rest}"),
        format!("+{code}"),
        format!("00{code}"),
        format!("{}_{}", &code[..3], &code[3..]),
        format!("{code}\n"),
        format!("{code}.0"),
        format!("{code}e0"),
        format!("0x{code}"),
        full_width,
        superscript,
    ] {
        assert!(Code::parse(&typed, Digits::SIX).is_err(), "{typed:?}");
    }
    let typed = Code::parse(&code, Digits::SIX).unwrap();
    assert!(totp().verify(&typed, at, Window::NONE, None).is_ok());
}

#[test]
fn text_of_any_script_is_answered_and_never_thrown() {
    for typed in [
        "日本語日本語",
        "ééé",
        "１２３４５６",
        "🔒🔒🔒🔒🔒🔒",
        "\0\0\0\0\0\0",
        "",
    ] {
        assert!(Code::parse(typed, Digits::SIX).is_err(), "{typed:?}");
        assert!(BackupCode::parse(typed).is_none(), "{typed:?}");
        assert!(Secret::from_base32(typed).is_err(), "{typed:?}");
        assert!(OtpAuthUri::parse(typed).is_err(), "{typed:?}");
    }
    // Sixteen bytes of characters that take three: nothing is cut in the middle of one.
    assert!(BackupCode::parse("ああああああああああああああああ").is_none());
}

#[test]
fn a_code_with_a_hyphen_or_spaces_is_a_code_and_no_backup_code() {
    for typed in ["123-456", "123 456", " 123456 "] {
        assert_eq!(
            &*Code::parse(typed, Digits::SIX).unwrap().expose(),
            "123456"
        );
        assert!(BackupCode::parse(typed).is_none());
    }
}

#[test]
fn look_alikes_in_a_backup_code_are_read() {
    let typed = BackupCode::parse("0-0123-4567-89AB-1OIL").map(|code| code.slot());
    let plain = BackupCode::parse("0-0123-4567-89AB-1011").map(|code| code.slot());
    assert!(plain.is_some());
    assert_eq!(typed, plain);
}

// Codes.

#[test]
fn codes_of_every_length_keep_their_leading_zeros() {
    for digits in [Digits::SIX, Digits::SEVEN, Digits::EIGHT] {
        let hotp = hotp(digits);
        let mut leading_zeros = 0;
        for counter in (0..2000).map(Counter::new) {
            let code = hotp.generate(counter).expose();
            assert_eq!(code.len(), usize::from(digits.get()));
            leading_zeros += usize::from(code.starts_with('0'));
            let typed = Code::parse(&code, digits).unwrap();
            assert!(hotp.verify(&typed, counter, LookAhead::NONE).is_ok());
        }
        assert!(leading_zeros > 100);
    }
}

#[test]
fn eight_digits_are_not_six_with_zeros_before_them() {
    let code = hotp(Digits::EIGHT).generate(Counter::ZERO).expose();
    assert_eq!(&*code, "84755224");
}

#[test]
fn the_default_is_what_every_app_computes() {
    let parameters = TotpParameters::default();
    assert_eq!(parameters.algorithm, Algorithm::Sha1);
    assert_eq!(
        (parameters.digits, parameters.period),
        (Digits::SIX, Period::THIRTY)
    );
}

#[test]
fn counter_zero_verifies_and_nothing_underflows_before_it() {
    let hotp = hotp(Digits::SIX);
    let zero = hotp.generate(Counter::ZERO);
    let accepted = hotp
        .verify(&zero, Counter::ZERO, LookAhead::DEFAULT)
        .unwrap();
    assert_eq!(accepted.counter(), Counter::ZERO);
    let totp = totp();
    let first = totp.generate(seconds(0)).unwrap();
    let wide = Window::new(10, 10).unwrap();
    assert_eq!(
        totp.verify(&first, seconds(0), wide, None).unwrap().delta(),
        0
    );
    // Time 0 is a time like any other, not now.
    assert_eq!(&*first.expose(), "755224");
}

#[test]
fn counters_beyond_32_bits_have_codes_of_their_own() {
    let hotp = hotp(Digits::EIGHT);
    for counter in [1_u64 << 31, 1 << 32, 1 << 53, 1 << 63] {
        let code = hotp.generate(Counter::new(counter));
        assert!(
            hotp.verify(&code, Counter::new(counter), LookAhead::NONE)
                .is_ok()
        );
        for wrapped in [0, counter & 0x7fff_ffff, counter & 0xffff_ffff] {
            let at = Counter::new(wrapped);
            if wrapped != counter {
                assert!(
                    hotp.verify(&code, at, LookAhead::NONE).is_err(),
                    "{counter}"
                );
            }
        }
    }
}

#[test]
fn short_keys_are_filled_with_zeros_and_not_repeated() {
    // HMAC fills a key with zeros (RFC 2104 §2): ten bytes, and the same ten with a zero behind them, are one key.
    let code = |key: &[u8]| {
        let secret = Secret::import(key).unwrap();
        let hotp = Hotp::new(secret, Algorithm::Sha1, Digits::EIGHT);
        hotp.generate(Counter::new(1)).expose().as_str().to_owned()
    };
    assert_eq!(code(b"1234567890"), code(b"1234567890\0"));
    assert_ne!(code(b"1234567890"), code(KEY));
}

// Windows and replay.

#[test]
fn no_window_is_the_current_step_alone_and_wide_ones_are_refused() {
    let totp = totp();
    let at = seconds(1_800_000_000);
    for (delta, right) in [(-30, false), (0, true), (30, false)] {
        let code = totp.generate(seconds(at.seconds() + delta)).unwrap();
        assert_eq!(totp.verify(&code, at, Window::NONE, None).is_ok(), right);
    }
    let default = (Window::DEFAULT.past(), Window::DEFAULT.future());
    assert_eq!(default, (1, 1));
    for wide in [11, 50, 255] {
        assert!(Window::new(wide, 0).is_err());
        assert!(Window::new(0, wide).is_err());
        assert!(LookAhead::new(wide.max(51)).is_err());
    }
}

#[test]
fn the_step_before_is_accepted_and_the_step_that_matched_is_told() {
    let totp = totp();
    let at = seconds(1_800_000_000);
    for (delta, told) in [(-30, -1), (0, 0), (30, 1)] {
        let code = totp.generate(seconds(at.seconds() + delta)).unwrap();
        let accepted = totp.verify(&code, at, Window::DEFAULT, None).unwrap();
        assert_eq!(accepted.delta(), told);
    }
    for (delta, told) in [(-300, -10), (-210, -7), (300, 10)] {
        let code = totp.generate(seconds(at.seconds() + delta)).unwrap();
        let wide = Window::new(10, 10).unwrap();
        assert_eq!(totp.verify(&code, at, wide, None).unwrap().delta(), told);
    }
}

#[test]
fn a_code_is_not_good_again_in_the_next_period_of_a_window() {
    let totp = totp();
    let at = seconds(1_800_000_000);
    let code = totp.generate(at).unwrap();
    let used = totp
        .verify(&code, at, Window::DEFAULT, None)
        .unwrap()
        .into_step();
    for later in [0, 29, 30, 59] {
        let again = totp.verify(
            &code,
            seconds(at.seconds() + later),
            Window::DEFAULT,
            Some(used),
        );
        assert_eq!(again.unwrap_err(), VerifyError::Replayed);
    }
}

#[test]
fn an_accepted_step_beyond_the_window_is_an_answer_and_no_error() {
    let totp = totp();
    let at = seconds(1_800_000_000);
    let code = totp.generate(at).unwrap();
    let ahead = totp.next_step(at).unwrap();
    let past_only = Window::new(1, 0).unwrap();
    for last in [ahead, TimeStep::new(u64::MAX)] {
        let answer = totp.verify(&code, at, past_only, Some(last));
        assert_eq!(answer.unwrap_err(), VerifyError::Replayed);
    }
}

#[test]
fn the_ends_of_time_and_of_counters_are_answered() {
    let totp = totp();
    let wide = Window::new(10, 10).unwrap();
    for at in [i64::MIN, -31, -1, 0, 1, i64::MAX - 1, i64::MAX].map(seconds) {
        assert_eq!(totp.generate(at).is_some(), at.seconds() >= 0);
        assert_eq!(totp.next_step(at).is_some(), at.seconds() >= 0);
        let zero = totp.generate(seconds(0)).unwrap();
        for last in [None, Some(TimeStep::new(0)), Some(TimeStep::new(u64::MAX))] {
            let _ = totp
                .verify(&zero, at, wide, last)
                .map(|accepted| accepted.into_step());
        }
    }
    let hotp = hotp(Digits::SIX);
    let last = Counter::new(u64::MAX);
    let all = LookAhead::new(LookAhead::MAX).unwrap();
    let accepted = hotp.verify(&hotp.generate(last), last, all).unwrap();
    assert_eq!(accepted.into_next_counter(), None);
}

// Secrets.

#[test]
fn an_old_secret_of_80_bits_still_verifies_and_is_marked() {
    let secret = Secret::from_base32("GEZDGNBVGY3TQOJQ").unwrap();
    assert_eq!(secret.strength(), Strength::Weak);
    let totp = Totp::with_parameters(secret, TotpParameters::default());
    let at = seconds(59);
    let code = totp.generate(at).unwrap();
    assert!(totp.verify(&code, at, Window::DEFAULT, None).is_ok());
}

#[test]
fn an_empty_secret_is_none() {
    assert_eq!(Secret::import(&[]).unwrap_err(), SecretError::TooShort);
    assert_eq!(Secret::from_base32("").unwrap_err(), SecretError::TooShort);
    let empty = OtpAuthUri::parse("otpauth://totp/A:b?secret=");
    assert_eq!(empty.unwrap_err(), ParseUriError::MissingSecret);
}

#[test]
fn a_secret_in_any_dress_is_the_same_secret() {
    for text in [
        "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
        "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======",
    ] {
        assert_eq!(Secret::from_base32(text).unwrap().expose_secret(), KEY);
    }
}

#[test]
fn letters_of_other_alphabets_are_no_base32() {
    // Each has a low byte that is the letter A.
    for letter in ['\u{141}', '\u{3041}', '\u{ff41}'] {
        let text = format!("{letter}{}", "A".repeat(15));
        let refused = Secret::from_base32(&text).unwrap_err();
        let at_fault = Base32Error::WrongCharacter { position: 1 };
        assert_eq!(refused, SecretError::Base32(at_fault));
    }
}

#[test]
fn what_is_shown_of_a_new_secret_is_read_back() {
    let secret = Secret::import(&[0xff; 20]).unwrap();
    let (again, notes) = Secret::from_base32_noting(&secret.to_base32()).unwrap();
    assert_eq!(again.expose_secret(), secret.expose_secret());
    assert!(notes.is_empty() && !notes.contains(Base32Note::Padding));
}

// URIs.

#[test]
fn a_uri_with_period_zero_or_ten_digits_breaks_nothing() {
    assert_eq!(uri("A:b", "&period=0").unwrap_err(), ParseUriError::Period);
    assert_eq!(uri("A:b", "&digits=0").unwrap_err(), ParseUriError::Digits);
    assert_eq!(uri("A:b", "&digits=20").unwrap_err(), ParseUriError::Digits);
    assert_eq!(
        uri("A:b", "&digits=NaN").unwrap_err(),
        ParseUriError::Digits
    );
    let ten = uri("A:b", "&digits=10").unwrap().to_totp();
    assert_eq!(ten.unwrap_err(), UnsupportedUriError::Digits { digits: 10 });
    for digits in [0, 1, 4, 5, 9, 10, 20] {
        assert!(Digits::new(digits).is_err());
    }
    assert!(Period::new(0).is_err());
}

#[test]
fn names_with_signs_are_escaped_and_a_colon_is_refused() {
    for name in ["Acme & Co", "A/B", "A?b=c", "50 %", "A#B", "A+B", "Ä"] {
        let (issuer, account) = (Issuer::new(name).unwrap(), AccountName::new(name).unwrap());
        let text = OtpAuthUri::totp(&issuer, &account, &totp()).to_uri();
        let (_, label) = text.split_once("otpauth://totp/").unwrap();
        let (label, parameters) = label.split_once('?').unwrap();
        assert!(!label.contains(['/', '&', '#', '+', ' ']), "{name}");
        assert_eq!(parameters.matches('&').count(), 1, "{name}");
        let read = OtpAuthUri::parse(&text).unwrap();
        assert_eq!((read.issuer(), read.account()), (Some(name), name));
    }
    assert!(Issuer::new("A:B").is_err());
    assert!(AccountName::new("a:b").is_err());
}

#[test]
fn a_second_secret_in_a_uri_is_refused() {
    let second = uri("A:b", "&secret=MFRGGZDFMZTWQ2LK");
    assert_eq!(second.unwrap_err(), ParseUriError::RepeatedParameter);
    let upper = uri("A:b", "&SECRET=MFRGGZDFMZTWQ2LK");
    assert_eq!(upper.unwrap_err(), ParseUriError::RepeatedParameter);
}

#[test]
fn an_unknown_or_respelled_algorithm_is_never_sha_1_by_chance() {
    for unknown in ["SHA3-256", "SHA512/256", "whirlpool", ""] {
        let refused = uri("A:b", &format!("&algorithm={unknown}"));
        assert_eq!(refused.unwrap_err(), ParseUriError::Algorithm, "{unknown}");
    }
    let spelled = uri("A:b", "&algorithm=SHA-1").unwrap();
    assert_eq!(spelled.algorithm().verifiable(), Some(Algorithm::Sha1));
    assert_eq!(spelled.notes(), [OtpAuthNote::AlgorithmSpelling]);
}

#[test]
fn a_uri_as_sites_write_it_is_read() {
    for (text, issuer) in [
        (
            "otpauth://TOTP/Acme:anna?secret=gezdgnbvgy3tqojq&issuer=Acme",
            "Acme",
        ),
        (
            "otpauth://totp/Acme:anna?secret=GEZDGNBVGY3TQOJQ&issuer=ACME",
            "ACME",
        ),
        (
            "otpauth://totp/Acme:%20anna?secret=GEZDGNBVGY3TQOJQ",
            "Acme",
        ),
        (
            "otpauth://totp/Acme%3Aanna?secret=GEZD%20GNBV%20GY3T%20QOJQ",
            "Acme",
        ),
        (
            "otpauth://totp/Acme:anna?secret=GEZDGNBVGY3TQOJQ&flag&image=x",
            "Acme",
        ),
    ] {
        let read = OtpAuthUri::parse(text).unwrap();
        assert_eq!(
            (read.issuer(), read.account()),
            (Some(issuer), "anna"),
            "{text}"
        );
        assert_eq!(read.expose_secret(), b"1234567890", "{text}");
    }
}

#[test]
fn a_code_of_the_wrong_length_says_so_and_nothing_else() {
    let refused = Code::parse("12345678", Digits::SIX).unwrap_err();
    let digits = Digits::SIX;
    assert_eq!(refused, CodeShapeError::WrongLength { digits });
    assert!(!refused.to_string().contains("1234"));
}
