//! Parameters are written and read by serde, checked; nothing secret is.
#![cfg(feature = "serde")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mfakit_core::{
    Algorithm, Counter, Digits, LookAhead, Period, ResyncWindow, TimeStep, TotpParameters,
    UnixTime, Window,
};
use serde::{Serialize, de::DeserializeOwned};

fn assert_written<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(
    value: T,
    text: &str,
) {
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
    assert_eq!(serde_json::from_str::<T>(text).unwrap(), value);
}

fn refused<T: DeserializeOwned + core::fmt::Debug>(text: &str) -> String {
    let error = serde_json::from_str::<T>(text).unwrap_err().to_string();
    error.split(" at line").next().unwrap().to_owned()
}

#[test]
fn parameters_are_written_plainly_and_read_back() {
    assert_written(Digits::EIGHT, "8");
    assert_written(Period::THIRTY, "30");
    assert_written(LookAhead::DEFAULT, "10");
    assert_written(ResyncWindow::DEFAULT, "120");
    assert_written(TimeStep::new(u64::MAX), "18446744073709551615");
    assert_written(Counter::ZERO, "0");
    assert_written(UnixTime::from_seconds(-1), "-1");
    assert_written(Algorithm::Sha256, "\"SHA256\"");
    assert_written(Window::DEFAULT, r#"{"past":1,"future":1}"#);
    assert_written(
        TotpParameters::default(),
        r#"{"algorithm":"SHA1","digits":6,"period":30}"#,
    );
}

#[test]
fn what_no_constructor_takes_is_not_read() {
    assert_eq!(refused::<Digits>("5"), "a code takes 6, 7 or 8 digits");
    assert_eq!(refused::<Period>("0"), "a period takes 15 to 120 seconds");
    assert_eq!(
        refused::<LookAhead>("51"),
        "a look-ahead takes 0 to 50 counters"
    );
    assert_eq!(
        refused::<ResyncWindow>("0"),
        "a resynchronization looks 1 to 500 moving factors away"
    );
    assert_eq!(
        refused::<Window>(r#"{"past":11,"future":0}"#),
        "a window takes 0 to 10 steps on either side"
    );
    for unknown in ["\"sha1\"", "\"MD5\"", "\"\""] {
        assert_eq!(
            refused::<Algorithm>(unknown),
            "an algorithm is `SHA1`, `SHA256` or `SHA512`"
        );
    }
    refused::<Counter>("-1");
    refused::<TotpParameters>(r#"{"algorithm":"SHA1","digits":6,"period":30,"t0":1}"#);
}
