//! Machines whose clocks differ by less than a decision minds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/world.rs"]
mod world;

use mfakit::{Clock as _, ClockRepair, Verification};

use world::{World, admin};

#[test]
fn a30_a_machine_a_little_behind_repairs_nothing_and_brings_no_used_code_back() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(300);
    let right = world.clock.now();
    let code = world.code(&app);
    let verified = world.verify(&world.challenge(), &code);
    assert!(matches!(verified, Verification::Verified(_)));

    let by = admin("a clock that was ahead");
    let repair = || {
        world
            .tenant
            .repair_clock(Some(&world.account), &by)
            .unwrap()
    };
    for behind in [1, 30, 60, 120] {
        world.clock.set(right.saturating_sub(behind));
        assert_eq!(repair(), ClockRepair::NothingAhead, "{behind}");
        world.clock.set(right);
        let again = world.verify(&world.challenge(), &code);
        assert!(matches!(
            again,
            Verification::Replayed(_) | Verification::Mismatch(_)
        ));
    }
    world.clock.set(right.saturating_sub(121));
    assert_eq!(repair(), ClockRepair::Repaired);
}
