//! A list of operations on one account, each answer compared with a small model of the rules.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfakit_fuzz::History;

fuzz_target!(|data: &[u8]| {
    let mut history = History::new(1);
    for pair in data.chunks_exact(2).take(200) {
        if let [what, how] = pair {
            history.act(*what, *how);
        }
    }
});
