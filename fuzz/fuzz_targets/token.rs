//! Any text as a ticket or an assertion: it is void, and costs no load unless it is one of ours.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mfakit_core::{
    AccountId, Decision, Flow, Input, Presented, Standing, Step, Verification, Void,
};
use mfakit_fuzz::{Dice, World};

/// A world and one of its tickets.
static WORLD: LazyLock<(World, String)> = LazyLock::new(|| {
    let mut world = World::new(1);
    match world.sign_in(&AccountId::new("7").unwrap()).unwrap() {
        Decision::Setup(setup) => (world, setup.ticket.as_str().to_owned()),
        other => panic!("{other:?}"),
    }
});

fuzz_target!(|data: &[u8]| {
    let (world, ticket) = &*WORLD;
    let text = String::from_utf8_lossy(data);
    refuse(world, &text);
    // The same input as a change to a ticket that is ours.
    if let [place, with, ..] = data {
        let mut bytes = ticket.clone().into_bytes();
        let place = usize::from(*place) % bytes.len();
        bytes[place] = *with;
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        if changed != *ticket {
            refuse(world, &changed);
        }
    }
});

fn refuse(world: &World, text: &str) {
    let (keyring, tenant) = world.names();
    let mut verify = Flow::verify(keyring, tenant, Presented::new(text), "123456");
    match verify.next(Input::Start, world.now, &mut Dice::new(2)) {
        Step::Done(Ok(Verification::Void(Void::Unknown))) => {}
        other => panic!("{other:?}"),
    }
    let (keyring, tenant) = world.names();
    let mut check = Flow::<Standing>::check_assertion(keyring, tenant, Presented::new(text));
    match check.next(Input::Start, world.now, &mut Dice::new(2)) {
        Step::Done(Ok(Standing::SignInAgain(Void::Unknown))) => {}
        other => panic!("{other:?}"),
    }
}
