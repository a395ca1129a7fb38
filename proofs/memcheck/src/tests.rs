//! What is not constant in time, so that the check is seen to fail: each test here has to be reported.

use core::{hint::black_box, mem::ManuallyDrop};

use super::{hide, is_under_valgrind, left_behind};

const SECRET: [u8; 16] = *b"a hidden compare";

#[test]
fn leaks_by_an_early_exit() {
    let secret = black_box(SECRET);
    hide(&secret);
    assert!(early_exit_compare(&secret, &black_box(SECRET)));
}

#[test]
fn leaks_by_an_index() {
    let secret = black_box(SECRET);
    hide(&secret);
    let table = black_box([7_u8; 256]);
    assert_eq!(read_at(&table, secret[3]), 7);
}

/// The control: hidden and compared as a whole, it is reported at the one line that says so.
#[test]
fn constant_time_compare_reveals_its_answer_alone() {
    let secret = black_box(SECRET);
    hide(&secret);
    let difference = secret
        .iter()
        .zip(&black_box(SECRET))
        .fold(0, |difference, (one, other)| difference | (one ^ other));
    // REVEALED: the answer, by the test.
    assert_eq!(difference, 0);
}

#[test]
fn hiding_changes_nothing() {
    let secret = SECRET.to_vec();
    hide(&secret);
    hide(&[]);
    assert!(is_under_valgrind() || secret == SECRET);
}

/// Two numbers, of which the second is wiped.
struct HalfWiped {
    kept: u64,
    wiped: u64,
}

impl Drop for HalfWiped {
    fn drop(&mut self) {
        self.wiped = 0;
        black_box(self);
    }
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter knows no assembly")]
fn what_is_left_behind_is_seen() {
    let value = || HalfWiped { kept: 7, wiped: 9 };
    let bytes = |numbers: [u64; 2]| numbers.map(u64::to_ne_bytes).concat();
    let undropped = value();
    assert_eq!((undropped.kept, undropped.wiped), (7, 9));
    assert_eq!(left_behind(ManuallyDrop::new(undropped)), bytes([7, 9]));
    assert_eq!(left_behind(value()), bytes([7, 0]));
    assert_eq!(left_behind(()), []);
}

#[inline(never)]
fn early_exit_compare(one: &[u8], other: &[u8]) -> bool {
    for (one, other) in one.iter().zip(other) {
        if one != other {
            return false;
        }
    }
    true
}

#[inline(never)]
fn read_at(table: &[u8; 256], index: u8) -> u8 {
    table[usize::from(index)]
}
