//! What is read from Google Authenticator's export.
#![cfg(feature = "migration")]

use mfakit_core::{MigrationExport, MigrationFault, MovingFactor, OtpAuthUri, ParseMigrationError};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a_table_of_exports_is_read_as_it_says() {
    let file: Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/otpauth-migration-uris.json"
    )))
    .unwrap();
    for row in file["vectors"].as_array().unwrap() {
        match MigrationExport::parse(row["uri"].as_str().unwrap()) {
            Ok(export) => {
                let batch = export.batch();
                assert_eq!(
                    json!({ "size": batch.size, "index": batch.index, "id": batch.id }),
                    row["batch"],
                    "{row}"
                );
                let entries: Vec<Value> = export
                    .entries()
                    .iter()
                    .map(|entry| match entry {
                        Ok(uri) => as_json(uri),
                        Err(error) => json!({
                            "issuer": error.issuer,
                            "account": error.account,
                            "fault": fault_name(error.fault),
                        }),
                    })
                    .collect();
                assert_eq!(Value::from(entries), row["entries"], "{row}");
                // Each is an account like any other.
                for uri in export.into_entries().into_iter().flatten() {
                    let again = OtpAuthUri::parse(&uri.to_uri()).unwrap();
                    assert_eq!(as_json(&again), as_json(&uri));
                }
            }
            Err(error) => assert_eq!(row["refused"], error_name(error), "{row}"),
        }
    }
}

fn as_json(uri: &OtpAuthUri) -> Value {
    let hex: String = uri
        .expose_secret()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut entry = json!({
        "issuer": uri.issuer(),
        "account": uri.account(),
        "secret_hex": hex,
        "algorithm": uri.algorithm().name(),
        "digits": uri.digits(),
    });
    match uri.moving_factor() {
        MovingFactor::Time { period } => assert_eq!(period, 30),
        MovingFactor::Counter { counter } => entry["counter"] = json!(counter.to_string()),
    }
    entry
}

fn fault_name(fault: MigrationFault) -> &'static str {
    match fault {
        MigrationFault::MissingSecret => "missing_secret",
        MigrationFault::Algorithm => "algorithm",
        MigrationFault::Digits => "digits",
        MigrationFault::Type => "type",
        MigrationFault::Counter => "counter",
        MigrationFault::Nul => "nul",
        _ => "unknown",
    }
}

fn error_name(error: ParseMigrationError) -> &'static str {
    match error {
        ParseMigrationError::TooLong => "too_long",
        ParseMigrationError::Scheme => "scheme",
        ParseMigrationError::Data => "data",
        ParseMigrationError::Base64 => "base64",
        ParseMigrationError::Payload => "payload",
        ParseMigrationError::Version => "version",
        _ => "unknown",
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,60}", data in "[A-Za-z0-9+/=_%-]{0,200}") {
        let _ = MigrationExport::parse(&text);
        let _ = MigrationExport::parse(&format!("otpauth-migration://offline?data={data}"));
    }
}

#[test]
fn a28_debug_shows_no_secret() {
    // One account with the secret `12345678901234567890`.
    let export = MigrationExport::parse(
        "otpauth-migration://offline?data=CiIKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgFhGgFBIAEoATAC",
    )
    .unwrap();
    assert_eq!(export.entries().len(), 1);
    let shown = format!("{export:?}");
    assert!(shown.contains("issuer: Some(\"A\")"), "{shown}");
    assert!(
        !shown.contains("49, 50") && !shown.contains("1234"),
        "{shown}"
    );
}
