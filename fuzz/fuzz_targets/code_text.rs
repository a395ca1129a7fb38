//! Typed codes: what is read is what an independent reading of the same rules gives, for every number of digits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{Code, Digits};

fuzz_target!(|text: &str| {
    for digits in [Digits::SIX, Digits::SEVEN, Digits::EIGHT] {
        let read = Code::parse(text, digits).ok();
        let kept = text.replace([' ', '-'], "");
        let right = text.len() <= Code::MAX_TEXT_LEN
            && kept.len() == usize::from(digits.get())
            && kept.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(read.is_some(), right);
        if let Some(code) = read {
            assert_eq!(*code.expose(), kept);
        }
    }
});
