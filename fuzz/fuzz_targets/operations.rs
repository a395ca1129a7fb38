//! A list of operations on two accounts, each answer compared with a small model of the rules.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfakit_fuzz::History;

fuzz_target!(|data: &[u8]| {
    let mut history = History::new(1);
    let (deeds, _) = data.as_chunks();
    for deed in deeds.iter().take(200) {
        history.act(*deed);
    }
});
