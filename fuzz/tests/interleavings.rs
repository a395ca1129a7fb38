//! Every interleaving of two parallel requests of two people: what they are answered, and what is stored, is
//! what one order of the two would have led to.
//!
//! From the scene of `src/scene.rs`, every pair of the requests in its `menu` runs in every order of their loads and
//! commits, each beginning again after a conflict, with the clock stepping into the next time step at every point in
//! between; and from the next time step on. From every state that this leads to, every pair of the shorter
//! `core_menu` runs in every order: that is a depth of two pairs, of which none is left out but two sign-ins by one
//! password. The flows are those that the engine drives; only a hash of theirs has one round.

use std::collections::HashSet;

use mfakit_core::DocumentKind::{Account, Activation, Gate};
use mfakit_fuzz::{
    Clock, Defect, Explorer, State,
    scene::{begin, core_menu, menu},
};

#[test]
fn i1_i2_i9_two_parallel_requests_have_an_order() {
    let mut explorer = Explorer::default();
    let start = begin();
    let mut seen = HashSet::from([start.key()]);
    let mut states = vec![];
    let mut first = |it: State| {
        if seen.insert(it.key()) {
            it.check();
            states.push(it);
        }
    };
    explorer.explore(&start, &menu(&start), Clock::Steps, &mut first);
    let next = start.later(30);
    explorer.explore(&next, &menu(&next), Clock::Stands, &mut first);
    let first = states.len();
    for state in &states {
        let mut second = |it: State| {
            if seen.insert(it.key()) {
                it.check();
            }
        };
        explorer.explore(state, &core_menu(state), Clock::Stands, &mut second);
    }
    assert_eq!(explorer.broken, None);
    assert!(first > 1_000 && explorer.runs > 100_000, "{explorer:?}");
    say(&format!(
        "explored: {first} states after one pair, {} after two, {} pairs, {} runs",
        seen.len(),
        explorer.pairs,
        explorer.runs
    ));
}

#[test]
fn broken_rules_are_found_out() {
    for (what, defect) in BROKEN {
        let mut explorer = Explorer::default();
        let mut start = begin();
        start.world.defect = *defect;
        // One request after the other shows it as well, so that pairs of what is stored are enough.
        let (mut seen, mut states) = (HashSet::new(), vec![]);
        explorer.explore(&start, &menu(&start), Clock::Stands, &mut |it| {
            if seen.insert(it.key()) {
                states.push(it);
            }
        });
        for state in states {
            let menu = menu(&state);
            let clock = Clock::Stands;
            explorer.explore_with(&state, &menu[0], &menu, clock, &mut |_| {});
        }
        assert!(explorer.broken.is_some(), "{what}: not found");
        say(&format!("{what}: found after {} runs", explorer.runs));
    }
}

/// What a store or a decision may forget, by kind of document and field (`docs/stored-format.md`).
const BROKEN: &[(&str, Defect)] = &[
    ("revisions are not looked at", Defect::IgnoresRevisions),
    ("a commit is not stored", Defect::Forgets),
    (
        "the last accepted step is not stored",
        Defect::Keeps(Account, &[2, 3]),
    ),
    (
        "a removed authenticator is not",
        Defect::Keeps(Account, &[2]),
    ),
    ("a pending setup stays", Defect::Keeps(Account, &[3])),
    (
        "a used backup code is not marked",
        Defect::Keeps(Account, &[4]),
    ),
    ("a failure is not counted", Defect::Keeps(Account, &[5])),
    ("a spent ticket is not stored", Defect::Keeps(Account, &[6])),
    ("the epoch is not raised", Defect::Keeps(Account, &[1])),
    (
        "a revoked device is not voided",
        Defect::Keeps(Account, &[7]),
    ),
    (
        "a setup that is put off is not counted",
        Defect::Keeps(Account, &[9]),
    ),
    (
        "password attempts are not counted",
        Defect::Keeps(Gate, &[1]),
    ),
    ("the gate's lock is not stored", Defect::Keeps(Gate, &[3])),
    ("a half sign-in is not settled", Defect::Keeps(Gate, &[5])),
    (
        "a redeemed code is not marked",
        Defect::Keeps(Activation, &[2, 4]),
    ),
    (
        "a reissue keeps the hash",
        Defect::Keeps(Activation, &[2, 0]),
    ),
];

#[expect(
    clippy::print_stdout,
    reason = "what was explored belongs to the result"
)]
fn say(text: &str) {
    println!("{text}");
}
