//! Any text as a backup code: what is read of it does not depend on its dress.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use libfuzzer_sys::fuzz_target;
use mfakit_core::BackupCode;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let parsed = BackupCode::parse(text);
    // The rule, written once more and differently: 17 symbols are left, and the first is a slot.
    let symbols: String = text
        .chars()
        .filter(|c| *c != ' ' && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = |c: char| c.is_ascii_digit() || (c.is_ascii_uppercase() && c != 'U');
    let shaped = text.len() <= 64
        && symbols.chars().count() == 17
        && symbols.chars().all(known)
        && symbols.starts_with(|c| "0123456789ABCDEF".contains(c));
    assert_eq!(parsed.is_some(), shaped, "{text:?}");
    if let Some(code) = parsed {
        let again = BackupCode::parse(&symbols.to_lowercase()).unwrap();
        assert_eq!(again.slot(), code.slot());
        assert_eq!(format!("{:X}", code.slot()), symbols[..1]);
    }
});
