//! What is read from an `otpauth` URI, and that reading and writing agree.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    AccountName, Algorithm, Counter, Digits, Hotp, Issuer, KeyUriAlgorithm, MovingFactor,
    OtpAuthNote, OtpAuthUri, ParseUriError, Period, Secret, Totp, UnsupportedUriError,
};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a_table_of_uris_is_read_as_it_says() {
    let file: Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/otpauth-uris.json"
    )))
    .unwrap();
    let rows = file["vectors"].as_array().unwrap();
    assert!(rows.len() > 100);
    for row in rows {
        let given = row["uri"].as_str().unwrap();
        match OtpAuthUri::parse(given) {
            Ok(uri) => {
                assert_row(&file, row, &uri);
                assert_fixed_point(&uri);
            }
            Err(error) => assert_eq!(row["refused"], error_name(error), "{given:?}"),
        }
    }
}

fn assert_row(file: &Value, row: &Value, uri: &OtpAuthUri) {
    let or = |name: &str, default: Value| row.get(name).cloned().unwrap_or(default);
    assert_eq!(json!(uri.issuer()), row["issuer"], "{row}");
    assert_eq!(uri.account(), row["account"], "{row}");
    let hex: String = uri
        .expose_secret()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        json!(hex),
        or("secret_hex", file["secret_hex"].clone()),
        "{row}"
    );
    assert_eq!(
        json!(uri.algorithm().name()),
        or("algorithm", json!("SHA1")),
        "{row}"
    );
    assert_eq!(json!(uri.digits()), or("digits", json!(6)), "{row}");
    match uri.moving_factor() {
        MovingFactor::Time { period } => {
            assert_eq!(json!(period), or("period", json!(30)), "{row}");
            assert_eq!(row.get("counter"), None, "{row}");
        }
        MovingFactor::Counter { counter } => {
            assert_eq!(counter.to_string(), row["counter"], "{row}");
        }
    }
    let kept_aside: Vec<_> = uri.kept_aside().collect();
    assert_eq!(json!(kept_aside), or("kept_aside", json!([])), "{row}");

    let mut notes: Vec<&str> = uri.notes().iter().copied().map(OtpAuthNote::name).collect();
    let mut expected: Vec<&str> = row["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note.as_str().unwrap())
        .collect();
    notes.sort_unstable();
    expected.sort_unstable();
    assert_eq!(notes, expected, "{row}");

    let verifiable = match uri.moving_factor() {
        MovingFactor::Time { .. } => uri.to_totp().map(drop),
        MovingFactor::Counter { .. } => uri.to_hotp().map(drop),
    };
    let unsupported = verifiable.err().map(|error| match error {
        UnsupportedUriError::MovingFactor => "moving_factor",
        UnsupportedUriError::Secret(_) => "secret",
        UnsupportedUriError::Algorithm { .. } => "algorithm",
        UnsupportedUriError::Digits { .. } => "digits",
        UnsupportedUriError::Period { .. } => "period",
        _ => "unknown",
    });
    assert_eq!(json!(unsupported), row["unsupported"], "{row}");
}

/// What is written is read as the same, without a note on how it is written, and written the same again.
fn assert_fixed_point(uri: &OtpAuthUri) {
    let text = uri.to_uri();
    let again = OtpAuthUri::parse(&text).unwrap();
    assert_same(&again, uri);
    assert_eq!(again.to_uri().as_str(), text.as_str());
    for note in again.notes() {
        // What was kept aside is kept; a missing name stays missing.
        assert!(
            matches!(
                note,
                OtpAuthNote::UnknownParameter
                    | OtpAuthNote::UnusedParameter
                    | OtpAuthNote::MissingLabel
                    | OtpAuthNote::LetterCase
            ),
            "{note:?}"
        );
    }
}

fn assert_same(a: &OtpAuthUri, b: &OtpAuthUri) {
    assert_eq!(a.issuer(), b.issuer());
    assert_eq!(a.account(), b.account());
    assert_eq!(a.expose_secret(), b.expose_secret());
    assert_eq!(a.algorithm(), b.algorithm());
    assert_eq!(a.digits(), b.digits());
    assert_eq!(a.moving_factor(), b.moving_factor());
    assert!(a.kept_aside().eq(b.kept_aside()));
}

fn error_name(error: ParseUriError) -> &'static str {
    match error {
        ParseUriError::TooLong => "too_long",
        ParseUriError::Scheme => "scheme",
        ParseUriError::Type => "type",
        ParseUriError::PercentEncoding => "percent_encoding",
        ParseUriError::Nul => "nul",
        ParseUriError::RepeatedParameter => "repeated_parameter",
        ParseUriError::MissingSecret => "missing_secret",
        ParseUriError::Secret(_) => "secret",
        ParseUriError::Algorithm => "algorithm",
        ParseUriError::Digits => "digits",
        ParseUriError::Period => "period",
        ParseUriError::Counter => "counter",
        _ => "unknown",
    }
}

prop_compose! {
    /// A URI of the strict builder, with what it was built from.
    fn strict()(
        issuer in "\\PC{1,20}".prop_filter_map("a colon", |text| Issuer::new(&text).ok()),
        account in "\\PC{1,60}".prop_filter_map("a colon", |text| AccountName::new(&text).ok()),
        key in prop::collection::vec(any::<u8>(), 10..=128),
        algorithm in prop::sample::select(&Algorithm::ALL[..]),
        digits in (6..=8_u8).prop_map(|digits| Digits::new(digits).unwrap()),
        period in (15..=120_u16).prop_map(|period| Period::new(period).unwrap()),
        counter in prop::option::of(any::<u64>()),
        defaults in any::<bool>(),
    ) -> OtpAuthUri {
        let secret = Secret::import(&key).unwrap();
        let uri = match counter {
            None => OtpAuthUri::totp(&issuer, &account, &Totp::new(secret, algorithm, digits, period)),
            Some(counter) => {
                let hotp = Hotp::new(secret, algorithm, digits);
                OtpAuthUri::hotp(&issuer, &account, &hotp, Counter::new(counter))
            }
        };
        if defaults { uri.with_defaults_written() } else { uri }
    }
}

proptest! {
    #[test]
    fn what_is_built_is_read_back_without_a_note(uri in strict()) {
        let read = OtpAuthUri::parse(&uri.to_uri()).unwrap();
        prop_assert_eq!(read.notes(), []);
        assert_same(&read, &uri);
        match read.moving_factor() {
            MovingFactor::Time { .. } => {
                prop_assert!(read.to_hotp().is_err());
                read.to_totp().unwrap();
            }
            MovingFactor::Counter { counter } => {
                prop_assert!(read.to_totp().is_err());
                prop_assert_eq!(read.to_hotp().unwrap().1, Counter::new(counter));
            }
        }
    }

    #[test]
    fn whatever_is_read_is_a_fixed_point(
        kind in "(?i)(totp|hotp)",
        label in "[ -%'->@-~é:#+]{0,20}|(%3A|%20|:|a|%2525){0,6}",
        parameters in prop::collection::vec(
            "(issuer|ISSUER)=[a-c: +%]{0,4}|(issuer)=(%3A|a|:){0,3}|digits=[0-9]{1,2}|period=[0-9]{1,3}\
             |counter=[0-9]{1,20}|algorithm=[A-Z0-9-]{3,8}|[a-z=%+]{0,5}|[ -~]{0,6}",
            0..5,
        ),
    ) {
        let mut text = format!("otpauth://{kind}/{label}?secret=MZXW6YTB");
        for parameter in parameters {
            text.push('&');
            text.push_str(&parameter);
        }
        if let Ok(uri) = OtpAuthUri::parse(&text) {
            assert_fixed_point(&uri);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}", tail in "(otpauth://totp/)?.{0,80}") {
        let _ = OtpAuthUri::parse(&text);
        let _ = OtpAuthUri::parse(&tail);
    }
}

#[test]
fn a_uri_is_read_up_to_the_longest_text() {
    let parse = |len| {
        let text = format!("{:b<len$}", "otpauth://totp/?secret=MZXW6YTB&issuer=");
        OtpAuthUri::parse(&text).map(|uri| uri.issuer().map(str::len))
    };
    assert_eq!(parse(4096), Ok(Some(4057)));
    assert_eq!(parse(4097), Err(ParseUriError::TooLong));
}

#[test]
fn an_unknown_algorithm_is_never_taken_for_sha_1() {
    let parse = |name: &str| {
        let text = format!("otpauth://totp/A:b?secret=MZXW6YTB&algorithm={name}");
        OtpAuthUri::parse(&text).map(|uri| uri.algorithm())
    };
    assert_eq!(parse("SHA1"), Ok(KeyUriAlgorithm::Sha1));
    for unknown in ["SHA3", "SHA11", "1", "HMAC", "none", "SHA-512/256"] {
        assert_eq!(parse(unknown), Err(ParseUriError::Algorithm));
    }
}

#[test]
fn a28_debug_and_errors_show_no_secret() {
    let uri = OtpAuthUri::parse("otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQ&x=y").unwrap();
    let shown = format!("{uri:?}");
    assert!(shown.contains("issuer: Some(\"A\")"));
    assert!(
        !shown.contains("GEZD") && !shown.contains("49, 50"),
        "{shown}"
    );
    let refused = OtpAuthUri::parse("otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJ0").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the secret of the uri must be valid base32"
    );
}

#[test]
fn the_book_has_the_grammars_of_the_modules() {
    let book = include_str!("../../../docs/key-uris.md");
    let modules = [
        include_str!("../src/otpauth.rs"),
        include_str!("../src/otpauth/parse.rs"),
        include_str!("../src/base32.rs"),
        include_str!("../src/migration.rs"),
        include_str!("../src/code.rs"),
    ];
    for module in modules {
        let lines = module.lines().map_while(|line| line.strip_prefix("//!"));
        let header: String = lines
            .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
            .collect();
        let (_, grammar) = header.split_once("```abnf\n").unwrap();
        let (grammar, _) = grammar.split_once("```").unwrap();
        assert!(
            grammar.contains(" = ") && book.contains(grammar),
            "{grammar}"
        );
    }
}
