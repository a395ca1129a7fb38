//! How often an operation asks its store. `postgres.rs` counts the statements that reach a server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/activation.rs"]
mod activation;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/operations.rs"]
mod operations;
#[path = "support/stores.rs"]
mod stores;
#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;

use mfakit::Keyring;
use mfakit_store::testkit::{Fault, FaultyStore, Plan};

use operations::OPERATIONS;
use world::World;

#[test]
fn every_writing_operation_is_one_load_and_one_commit() {
    stores::on_both(|store| {
        let store = Arc::new(FaultyStore::new(store, Plan::none()));
        // The second call is the commit: only a commit can conflict, and what conflicts is loaded and committed anew.
        let conflict = || Plan::script([(1, Fault::Conflict)]);
        let once: [(&str, &dyn Fn() -> Plan, u64); 2] =
            [("acme", &Plan::none, 2), ("other", &conflict, 4)];
        for (tenant, plan, calls) in once {
            store.set_plan(Plan::none());
            let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
            let mut world = World::in_tenant(Arc::clone(&store), keyring, tenant);
            for (place, (name, ready)) in OPERATIONS.iter().enumerate() {
                world.be(&place.to_string());
                store.set_plan(Plan::none());
                let act = ready(&world);
                store.set_plan(plan());
                act(&world).unwrap();
                assert_eq!(store.calls(), calls, "{name}");
            }
            world.be("somebody else");
            store.set_plan(Plan::none());
            world.sign_in();
            assert_eq!(store.calls(), 1);
        }
    });
}
