//! What an account costs: how large it is stored, and how often a sign-in allocates.
//!
//! Both are the same on every machine; times are for `scripts/bench`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;

use mfakit::{Label, MemoryStore, PolicyChange, Presented, Setting, Store as _, Verification};
use mfakit_core::{DocumentKey, DocumentKind, TenantId, Totp};

use world::{World, admin};

/// Two authenticators, ten backup codes, five remembered devices.
fn typical(store: Arc<MemoryStore>) -> (World, Totp) {
    let mut world = World::on(store);
    world.be("2f4e1c7a-93d5-4b0e-8a66-5f0d2c1b7e90");
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::RememberDays, 30).unwrap();
    let changed = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    assert_eq!(changed, PolicyChange::Changed);
    let (app, _) = world.set_up();
    let (session, _) = remember(&world, &app, "Firefox on Linux");
    let session = Presented::new(&session).bound_to(b"session");
    let tablet = world.scan(session);
    let confirmed = world.tenant.confirm_setup(session, &world.code(&tablet));
    confirmed.unwrap();
    // A new authenticator voids the devices from before.
    for device in 1..=5 {
        let (_, token) = remember(&world, &app, &format!("Firefox on Linux {device}"));
        token.unwrap();
    }
    let account = core::slice::from_ref(&world.account);
    let status = world.tenant.status(account).unwrap().remove(0);
    assert_eq!(status.authenticators.len(), 2);
    assert_eq!(status.backup_codes_left, 10);
    assert_eq!(status.devices.len(), 5);
    (world, app)
}

/// Signs in with the next code, and asks to be remembered.
fn remember(world: &World, app: &Totp, label: &str) -> (String, Option<String>) {
    world.clock.advance(30);
    let (challenge, code) = (world.challenge(), world.code(app));
    let ticket = Presented::new(&challenge).bound_to(b"session");
    let label = Label::new(label).unwrap();
    let verified = world.tenant.verify_and_remember(ticket, &code, &label);
    match verified.unwrap() {
        Verification::Verified(verified) => (
            verified.assertion.as_str().into(),
            verified.device.map(|device| device.as_str().into()),
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_typical_account_is_stored_in_less_than_1_2_kib() {
    let store = Arc::new(MemoryStore::new());
    let (world, app) = typical(Arc::clone(&store));
    let size = || {
        let tenant = TenantId::new("acme").unwrap();
        let key = DocumentKey::new(tenant, DocumentKind::Account, world.account.as_bytes());
        let loaded = pollster::block_on(store.load(&[key])).unwrap().remove(0);
        loaded.unwrap().body.len()
    };
    // Tickets that were spent a short while ago are kept until they have expired.
    let busy = size();
    world.clock.advance(3_600);
    remember(&world, &app, "Firefox on Linux 6");
    let account = core::slice::from_ref(&world.account);
    let devices = world.tenant.status(account).unwrap().remove(0).devices;
    let oldest = mfakit::WhichDevices::One(devices[0].id);
    let by = admin("a test");
    let revoked = world.tenant.revoke_devices_of(&world.account, oldest, &by);
    let _ = revoked.unwrap();
    let quiet = size();
    assert!(quiet <= 1_228, "{quiet}");
    assert!(busy <= 1_536, "{busy}");
}

#[test]
fn a_sign_in_with_a_code_allocates_a_bounded_number_of_times() {
    let (world, app) = typical(Arc::new(MemoryStore::new()));
    let mut most = 0;
    for _ in 0..10 {
        world.clock.advance(30);
        let code = world.code(&app);
        let counted = allocation_counter::measure(|| {
            let ticket = world.challenge();
            let verified = world.verify(&ticket, &code);
            assert!(matches!(verified, Verification::Verified(_)));
        });
        most = most.max(counted.count_total);
    }
    assert!(most <= MOST_ALLOCATIONS, "{most}");
}

/// As many as were counted when this was written, and a tenth more.
const MOST_ALLOCATIONS: u64 = 196;
