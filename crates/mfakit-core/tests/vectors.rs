//! Known answers, read from `/vectors`; their origins are in `docs/test-vectors.md`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    Algorithm, Base32Decoded, Base32Error, Base32Note, Code, CodeShapeError, Counter, Digits, Hotp,
    LookAhead, Period, Secret, TimeStep, Totp, UnixTime, Window,
};
use serde_json::Value;

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../vectors/",
            $name,
            ".json"
        )))
        .unwrap()
    };
}

fn rows(file: &Value) -> &Vec<Value> {
    let rows = file["vectors"].as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn secret(value: &Value) -> Secret {
    Secret::import(text(value).as_bytes()).unwrap()
}

fn algorithm(value: &Value) -> Algorithm {
    Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.key_uri_name() == text(value))
        .unwrap()
}

fn digits(value: &Value) -> Digits {
    Digits::new(value.as_u64().unwrap().try_into().unwrap()).unwrap()
}

#[test]
fn rfc_4226_appendix_d() {
    let file = vectors!("rfc4226-appendix-d");
    let digits = digits(&file["digits"]);
    let hotp = Hotp::new(
        secret(&file["secret_ascii"]),
        algorithm(&file["algorithm"]),
        digits,
    );
    assert_eq!(rows(&file).len(), 10);
    for row in rows(&file) {
        let counter = Counter::new(row["counter"].as_u64().unwrap());
        let code = text(&row["code"]);
        assert_eq!(hotp.generate(counter).expose().as_str(), code);
        // The code is the end of the truncated number in decimal.
        assert!(
            row["truncated"]
                .as_u64()
                .unwrap()
                .to_string()
                .ends_with(code)
        );
        let typed = Code::parse(code, digits).unwrap();
        let accepted = hotp.verify(&typed, counter, LookAhead::NONE).unwrap();
        assert_eq!(accepted.counter(), counter);
    }
}

#[test]
fn rfc_6238_appendix_b() {
    let file = vectors!("rfc6238-appendix-b");
    let digits = digits(&file["digits"]);
    let period = Period::new(file["period"].as_u64().unwrap().try_into().unwrap()).unwrap();
    assert_eq!(rows(&file).len(), 18);
    for row in rows(&file) {
        let algorithm = algorithm(&row["algorithm"]);
        let secret = secret(&file["secrets_ascii"][algorithm.key_uri_name()]);
        assert_eq!(secret.expose_secret().len(), algorithm.output_len());
        let totp = Totp::new(secret, algorithm, digits, period);
        let at = UnixTime::from_seconds(row["time"].as_i64().unwrap());
        let step = TimeStep::new(u64::from_str_radix(text(&row["step_hex"]), 16).unwrap());
        assert_eq!(totp.time_step(at), Some(step));
        assert_eq!(
            totp.generate(at).unwrap().expose().as_str(),
            text(&row["code"])
        );
        let typed = Code::parse(text(&row["code"]), digits).unwrap();
        let accepted = totp.verify(&typed, at, Window::NONE, None).unwrap();
        assert_eq!(accepted.into_step(), step);
    }
}

#[test]
fn rfc_4648_section_10() {
    let file = vectors!("rfc4648-section-10");
    for row in rows(&file) {
        let (plain, base32) = (text(&row["text_ascii"]), text(&row["base32"]));
        for given in [base32, base32.trim_end_matches('=')] {
            let decoded = Base32Decoded::read(given).unwrap();
            assert_eq!(decoded.expose_secret(), plain.as_bytes());
            assert_eq!(
                decoded.notes().contains(Base32Note::Padding),
                given.contains('=')
            );
        }
    }
}

#[test]
fn a3_code_texts_have_one_reading() {
    let file = vectors!("code-texts");
    for row in rows(&file) {
        let given = text(&row["text"]);
        let digits = digits(&row["digits"]);
        match Code::parse(given, digits) {
            Ok(code) => assert_eq!(code.expose().as_str(), row["code"], "{given:?}"),
            Err(error) => {
                let refused = match error {
                    CodeShapeError::TooLong => "too_long",
                    CodeShapeError::WrongCharacter => "wrong_character",
                    CodeShapeError::WrongLength { .. } => "wrong_length",
                    _ => "unknown",
                };
                assert_eq!(row["refused"], refused, "{given:?}");
            }
        }
    }
}

#[test]
fn base32_texts_are_read_as_people_have_them() {
    let file = vectors!("base32-texts");
    for row in rows(&file) {
        let given = text(&row["text"]);
        match Base32Decoded::read(given) {
            Ok(decoded) => {
                let hex: String = decoded
                    .expose_secret()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                assert_eq!(row["bytes_hex"], hex, "{given:?}");
                let notes: Vec<&str> = decoded.notes().iter().map(note_name).collect();
                assert_eq!(row["notes"], Value::from(notes), "{given:?}");
            }
            Err(error) => {
                let (refused, position) = match error {
                    Base32Error::TooLong => ("too_long", None),
                    Base32Error::UnusedDigit { position } => ("unused_digit", Some(position)),
                    Base32Error::WrongCharacter { position } => ("wrong_character", Some(position)),
                    Base32Error::ImpossibleLength => ("impossible_length", None),
                    _ => ("unknown", None),
                };
                assert_eq!(row["refused"], refused, "{given:?}");
                assert_eq!(
                    row["position"].as_u64(),
                    position.map(|position| position.try_into().unwrap()),
                    "{given:?}"
                );
            }
        }
    }
}

fn note_name(note: Base32Note) -> &'static str {
    match note {
        Base32Note::LowerCase => "lower_case",
        Base32Note::Separators => "separators",
        Base32Note::Padding => "padding",
        Base32Note::LeftoverBits => "leftover_bits",
        _ => "unknown",
    }
}
