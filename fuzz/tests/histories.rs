//! Random histories of one account, with a store that fails, processes that end and time that passes: every
//! answer is one that the rules allow.

use mfakit_fuzz::{Dice, History};
use rand_core::TryRng as _;

const OPERATIONS: u64 = 1_000_000;
const LENGTH: u64 = 2_000;

#[test]
fn i2_i3_a_million_operations_keep_the_rules() {
    let mut dice = Dice::new(20_261_121);
    let mut operations = 0;
    for seed in 0.. {
        // Every second history is on a store that is well; the others fail more and more often.
        let history = History::new(seed);
        let mut history = if seed % 2 == 0 {
            history
        } else {
            history.with_faults(seed, 3 + seed % 40)
        };
        while history.operations() < LENGTH {
            let (what, how) = draw(&mut dice);
            history.act(what, how);
        }
        operations += history.operations();
        if operations >= OPERATIONS {
            break;
        }
    }
}

/// Two bytes that stand for an operation: mostly short waits, sign-ins and codes, now and then a reset.
fn draw(dice: &mut Dice) -> (u8, u8) {
    let Ok(drawn) = dice.try_next_u64();
    let [kind, how, wait, ..] = drawn.to_le_bytes();
    match kind {
        0..60 => (0, [1, 29, 30, 31, 60, 255][usize::from(wait) % 6]),
        60..64 => (1, wait % 72),
        64..120 => (2, how),
        120..190 => (3, how),
        // A backup code costs a thousand times what the others do.
        190..194 => (5, how),
        194..215 => (6, how),
        215 => (7, how % 16),
        _ => (7, how.max(16)),
    }
}
