//! `otpauth-migration` URIs: every account that is read is written as an `otpauth` URI that is read as the same.
#![no_main]
#![expect(clippy::expect_used, reason = "a finding is a panic")]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{MigrationExport, OtpAuthUri};

fuzz_target!(|text: &str| {
    let Ok(export) = MigrationExport::parse(text) else {
        return;
    };
    for uri in export.into_entries().into_iter().flatten() {
        let written = uri.to_uri();
        if written.len() > 4096 {
            continue; // A secret or a name longer than a URI holds.
        }
        let again = OtpAuthUri::parse(&written).expect("what is written is read");
        assert_eq!(again.issuer(), uri.issuer());
        assert_eq!(again.account(), uri.account());
        assert_eq!(again.expose_secret(), uri.expose_secret());
        assert_eq!(again.algorithm(), uri.algorithm());
        assert_eq!(again.digits(), uri.digits());
        assert_eq!(again.moving_factor(), uri.moving_factor());
        assert_eq!(*again.to_uri(), *written);
    }
});
