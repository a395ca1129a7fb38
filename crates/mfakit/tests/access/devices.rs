//! Remembered devices.

use mfakit::{
    AccountId, AccountName, AuditQuery, AuditSubject, AuditVerdict, Basis, Clock as _, ClockRepair,
    Confirmation, Decision, DeviceId, DeviceRevocation, Error, EventKind, ExemptionChange,
    ExemptionEnd, FirstFactor, Issuer, Label, ManualClock, MemoryStore, Policy, Presented, Setting,
    SetupStart, SignIn, Standing, TenantCreation, TenantId, Unavailable, UnixTime, Verification,
    Void, WhichDevices, blocking::Engine,
};

use mfakit_core::Keyring;

use crate::world::{START, World, admin};

use crate::support::*;

/// Two tenants of one engine.
fn two_tenants() -> [World; 2] {
    let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let clock = ManualClock::starting_at(UnixTime::from_seconds(START));
    let engine = mfakit::Engine::builder(MemoryStore::new(), keyring);
    let engine = Engine::from(engine.clock(clock.clone()).build());
    ["acme", "zeta"].map(|name| {
        let policy = Policy::new(Issuer::new("Seaside Library").unwrap());
        let id = TenantId::new(name).unwrap();
        let created = engine.create_tenant(&id, policy, &admin("first start"));
        assert_eq!(created.unwrap(), TenantCreation::Created);
        World {
            name: name.to_owned(),
            tenant: engine.tenant(name).unwrap(),
            clock: clock.clone(),
            account: AccountId::new("7").unwrap(),
        }
    })
}

fn with_device(world: &World, device: &str) -> Decision {
    let first = FirstFactor::external(world.account.clone());
    let request = SignIn::new().binding(b"session").device(device);
    world.tenant.sign_in(first, request).unwrap()
}

/// Signs in by a remembered device.
#[track_caller]
fn remembered(world: &World, device: &str) -> String {
    match with_device(world, device) {
        Decision::Allow(allowed) => {
            assert_eq!(
                (allowed.basis, allowed.may_set_up),
                (Basis::Remembered, false)
            );
            assert!(!allowed.basis.is_two_factor());
            allowed.assertion.as_str().into()
        }
        other => panic!("{other:?}"),
    }
}

/// Signs in with a device that is none, and is asked for a code; whether an event tells.
#[track_caller]
fn challenged(world: &World, device: &str) -> bool {
    let before = count(world, "device_refused");
    let decision = with_device(world, device);
    assert!(matches!(decision, Decision::Challenge(_)), "{decision:?}");
    count(world, "device_refused") > before
}

fn labels(world: &World) -> Vec<String> {
    let devices = status(world).devices.into_iter();
    devices.map(|device| device.label.as_str().into()).collect()
}

#[test]
fn u8_a_remembered_device_is_not_asked_for_a_code_until_it_expires() {
    let (world, app) = remembering(30);
    let (_, device) = remember(&world, &app, "Firefox on Linux");
    let device = device.unwrap();
    let created = world.clock.now();
    let session = remembered(&world, &device);
    is_current(&world, &session, Basis::Remembered);
    let shown = status(&world).devices.remove(0);
    assert_eq!(shown.label.as_str(), "Firefox on Linux");
    assert_eq!((shown.created_at, shown.used_at), (created, created));
    let end = created.saturating_add(30 * DAY);
    assert_eq!(shown.expires, end);
    // Use does not extend it.
    world.clock.advance(20 * DAY);
    let _ = remembered(&world, &device);
    let shown = status(&world).devices.remove(0);
    assert_eq!((shown.used_at, shown.expires), (world.clock.now(), end));
    world.clock.set(UnixTime::from_seconds(end.seconds() - 1));
    let last = remembered(&world, &device);
    is_current(&world, &last, Basis::Remembered);
    world.clock.advance(1);
    is_insufficient(&world, &last);
    assert!(challenged(&world, &device));
    assert!(status(&world).devices.is_empty());
    // Without the token a code is asked for, in time too.
    let (_, device) = remember(&world, &app, "Phone");
    assert!(device.is_some());
    assert!(matches!(world.sign_in(), Decision::Challenge(_)));
}

#[test]
fn u8_a_sign_in_by_a_remembered_device_writes_once_a_day() {
    let (world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    for _ in 0..5 {
        let _ = remembered(&world, &device);
    }
    world.clock.advance(DAY - 1);
    let _ = remembered(&world, &device);
    assert_eq!(count(&world, "device_used"), 0);
    world.clock.advance(1);
    for _ in 0..5 {
        let _ = remembered(&world, &device);
    }
    assert_eq!(count(&world, "device_used"), 1);
}

#[test]
fn c31_no_device_is_remembered_unless_the_policy_says_so() {
    let world = World::new();
    let (app, _) = world.set_up();
    assert_eq!(remember(&world, &app, "Laptop").1, None);
    assert!(status(&world).devices.is_empty());
    // A token is not even looked at then.
    assert!(!challenged(&world, "nothing"));
    set(&world, &[(Setting::RememberDays, 1)]);
    assert!(challenged(&world, "nothing"));
    // Verifying alone remembers nothing, and a wrong code neither.
    world.clock.advance(30);
    let code = world.code(&app);
    let Verification::Verified(verified) = world.verify(&world.challenge(), &code) else {
        panic!()
    };
    assert!(verified.device.is_none());
    let challenge = world.challenge();
    let ticket = Presented::new(&challenge).bound_to(b"session");
    let label = Label::new("Laptop").unwrap();
    let replayed = world.tenant.verify_and_remember(ticket, &code, &label);
    assert!(matches!(replayed.unwrap(), Verification::Replayed(_)));
    assert!(status(&world).devices.is_empty());
}

#[test]
fn c31_a_remembered_device_changes_no_factor() {
    let (world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    let session = remembered(&world, &device);
    let presented = Presented::new(&session).bound_to(b"session");
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Mine").unwrap(),
    );
    assert!(matches!(
        world.tenant.begin_setup(presented, &name, &label).unwrap(),
        SetupStart::Void(Void::Insufficient)
    ));
    assert_eq!(
        world
            .tenant
            .revoke_devices(presented, WhichDevices::All)
            .unwrap(),
        DeviceRevocation::Void(Void::Insufficient)
    );
    // Nor does it stand for a factor that the host demands, or open a lock.
    let first = || FirstFactor::external(world.account.clone());
    let request = SignIn::new().device(&device).demand_factor();
    let decision = world.tenant.sign_in(first(), request).unwrap();
    assert!(matches!(decision, Decision::Challenge(_)));
    let ticket = world.challenge();
    for code in crate::world::wrong_codes(&world, &app).take(5) {
        let _ = world.verify(&ticket, &code);
    }
    assert!(matches!(with_device(&world, &device), Decision::Deny(_)));
}

#[test]
fn a26_a_device_of_another_account_or_tenant_is_none() {
    let [mut world, mut zeta] = two_tenants();
    set(&world, &[(Setting::RememberDays, 30)]);
    set(&zeta, &[(Setting::RememberDays, 30)]);
    let (app, _) = world.set_up();
    let device = remember(&world, &app, "Laptop").1.unwrap();
    world.be("8");
    let (other, _) = world.set_up();
    let theirs = remember(&world, &other, "Laptop").1.unwrap();
    assert!(challenged(&world, &device));
    let _ = remembered(&world, &theirs);
    // The same account id in another tenant, on the same store and keyring.
    zeta.be("8");
    let _ = zeta.set_up();
    assert!(challenged(&zeta, &theirs));
    // Who has no factor is led to setup whatever is sent.
    world.be("9");
    assert!(matches!(with_device(&world, &theirs), Decision::Setup(_)));
}

#[test]
fn a26_no_altered_or_invented_token_is_a_device() {
    let (world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    for at in 0..device.len() {
        let mut bytes = device.clone().into_bytes();
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        let altered = String::from_utf8(bytes).unwrap();
        let decision = with_device(&world, &altered);
        assert!(matches!(decision, Decision::Challenge(_)), "{at}");
    }
    let id = status(&world).devices[0].id.to_string();
    for invented in [
        "",
        "\0",
        &id,
        &device[1..],
        &device.to_uppercase(),
        &"a".repeat(64),
        &"x".repeat(1 << 20),
    ] {
        assert!(challenged(&world, invented));
    }
    let _ = remembered(&world, &device);
}

#[test]
fn a26_a_reset_and_a_new_setup_make_devices_void() {
    let (world, app) = remembering(30);
    let (_, device) = remember(&world, &app, "Laptop");
    let device = device.unwrap();
    let session = remembered(&world, &device);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    assert!(status(&world).devices.is_empty());
    assert_eq!(
        standing(&world, &session),
        Standing::SignInAgain(Void::Superseded)
    );
    assert!(matches!(with_device(&world, &device), Decision::Setup(_)));
    world.clock.advance(30);
    let (app, _) = world.set_up();
    assert!(challenged(&world, &device));
    // A second authenticator raises the epoch too.
    let (session, device) = remember(&world, &app, "Laptop");
    let device = device.unwrap();
    let _ = remembered(&world, &device);
    let presented = Presented::new(&session).bound_to(b"session");
    let second = world.scan(presented);
    let code = world.code(&second);
    let confirmed = world.tenant.confirm_setup(presented, &code).unwrap();
    assert!(matches!(confirmed, Confirmation::Confirmed(_)));
    assert!(challenged(&world, &device));
}

#[test]
fn a26_a_policy_that_remembers_for_less_holds_for_devices_that_exist() {
    let (world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    let session = remembered(&world, &device);
    world.clock.advance(10 * DAY);
    set(&world, &[(Setting::RememberDays, 11)]);
    let _ = remembered(&world, &device);
    is_current(&world, &session, Basis::Remembered);
    set(&world, &[(Setting::RememberDays, 10)]);
    is_insufficient(&world, &session);
    assert!(status(&world).devices.is_empty());
    assert!(challenged(&world, &device));
    // What made room is gone; a longer time brings nothing back, and extends nothing.
    set(&world, &[(Setting::RememberDays, 180)]);
    assert!(challenged(&world, &device));
    set(&world, &[(Setting::RememberDays, 10)]);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    let session = remembered(&world, &device);
    set(&world, &[(Setting::RememberDays, 180)]);
    world.clock.advance(10 * DAY - 1);
    let _ = remembered(&world, &device);
    world.clock.advance(1);
    is_insufficient(&world, &session);
    // None at all.
    let device = remember(&world, &app, "Laptop").1.unwrap();
    let session = remembered(&world, &device);
    set(&world, &[(Setting::RememberDays, 0)]);
    is_insufficient(&world, &session);
    assert!(!challenged(&world, &device));
}

#[test]
fn a26_more_days_bring_no_device_back_that_had_ended() {
    let (world, app) = remembering(30);
    let old = remember(&world, &app, "Old").1.unwrap();
    world.clock.advance(8 * DAY);
    let young = remember(&world, &app, "Young").1.unwrap();
    let session = remembered(&world, &old);
    world.clock.advance(2 * DAY);
    // Nobody looks at the old one while it counts for nothing, and nothing is written about it.
    set(&world, &[(Setting::RememberDays, 5)]);
    set(&world, &[(Setting::RememberDays, 30)]);
    assert_eq!(status(&world).devices.len(), 1);
    is_insufficient(&world, &session);
    assert!(challenged(&world, &old));
    let _ = remembered(&world, &young);
    // The other one ends when it was to end, and not five days after it was remembered.
    world.clock.advance(27 * DAY);
    let _ = remembered(&world, &young);
    // More days after more days change nothing, and a time without any ends all.
    set(&world, &[(Setting::RememberDays, 60)]);
    let _ = remembered(&world, &young);
    set(&world, &[(Setting::RememberDays, 0)]);
    set(&world, &[(Setting::RememberDays, 60)]);
    let new = remember(&world, &app, "New").1.unwrap();
    assert!(challenged(&world, &young));
    let _ = remembered(&world, &new);
}

#[test]
fn a26_more_days_in_the_second_in_which_a_device_ends_do_not_bring_it_back() {
    let (world, app) = remembering(30);
    let old = remember(&world, &app, "Old").1.unwrap();
    set(&world, &[(Setting::RememberDays, 5)]);
    world.clock.advance(5 * DAY);
    assert_eq!(status(&world).devices.len(), 0);
    set(&world, &[(Setting::RememberDays, 30)]);
    assert_eq!(status(&world).devices.len(), 0);
    assert!(challenged(&world, &old));
}

#[test]
fn a26_a_clock_that_falls_back_gives_a_device_no_time() {
    let (world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    world.clock.advance(30 * DAY);
    // The refusal is written, so that time does not go back behind it.
    assert!(challenged(&world, &device));
    world.clock.set(UnixTime::from_seconds(START + 600));
    let first = FirstFactor::external(world.account.clone());
    let request = SignIn::new().device(&device);
    assert_eq!(
        world.tenant.sign_in(first, request).unwrap_err(),
        Error::Unavailable(Unavailable::ClockBehind)
    );
    let repaired = world
        .tenant
        .repair_clock(Some(&world.account), &admin("time server"));
    assert_eq!(repaired.unwrap(), ClockRepair::Repaired);
    assert!(challenged(&world, &device));
    // A device from a time to come goes with the repair.
    world.clock.advance(365 * DAY);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    world.clock.set(UnixTime::from_seconds(START + 1_200));
    let repaired = world
        .tenant
        .repair_clock(Some(&world.account), &admin("time server"));
    assert_eq!(repaired.unwrap(), ClockRepair::Repaired);
    assert!(challenged(&world, &device));
}

#[test]
fn u8_the_oldest_device_makes_room() {
    let (world, app) = remembering(30);
    set(&world, &[(Setting::RememberedDevices, 3)]);
    let devices: Vec<String> = (0..4)
        .map(|n| remember(&world, &app, &format!("Device {n}")).1.unwrap())
        .collect();
    assert_eq!(labels(&world), ["Device 1", "Device 2", "Device 3"]);
    assert!(events(&world).contains(&EventKind::DeviceDropped {
        label: Label::new("Device 0").unwrap()
    }));
    assert!(challenged(&world, &devices[0]));
    let session = remembered(&world, &devices[1]);
    // A policy that allows fewer leaves the newest.
    set(&world, &[(Setting::RememberedDevices, 1)]);
    assert_eq!(labels(&world), ["Device 3"]);
    is_insufficient(&world, &session);
    assert!(challenged(&world, &devices[1]));
    let _ = remembered(&world, &devices[3]);
}

#[test]
fn u8_the_person_revokes_a_device_or_all_of_them() {
    let (world, app) = remembering(30);
    let laptop = remember(&world, &app, "Laptop").1.unwrap();
    let tablet = remember(&world, &app, "Tablet").1.unwrap();
    let (session, phone) = remember(&world, &app, "Phone");
    let phone = phone.unwrap();
    let by_laptop = remembered(&world, &laptop);
    let revoke = |which| {
        let session = Presented::new(&session).bound_to(b"session");
        world.tenant.revoke_devices(session, which).unwrap()
    };
    let id = status(&world).devices[0].id;
    assert_eq!(DeviceId::parse(&id.to_string()), Some(id));
    let one = WhichDevices::One(id);
    assert_eq!(revoke(one), DeviceRevocation::Revoked { count: 1 });
    assert_eq!(revoke(one), DeviceRevocation::NoSuchDevice);
    // Sessions that rest on it have ended; the others are as good as before.
    is_insufficient(&world, &by_laptop);
    assert!(challenged(&world, &laptop));
    let by_tablet = remembered(&world, &tablet);
    assert_eq!(labels(&world), ["Tablet", "Phone"]);
    // Other sessions are void, and an old one is stale.
    let foreign = world
        .tenant
        .revoke_devices(Presented::new(&session), WhichDevices::All);
    assert_eq!(foreign.unwrap(), DeviceRevocation::Void(Void::WrongBinding));
    let all = WhichDevices::All;
    world.clock.advance(299);
    assert_eq!(revoke(all), DeviceRevocation::Revoked { count: 2 });
    assert_eq!(revoke(all), DeviceRevocation::NoSuchDevice);
    world.clock.advance(1);
    assert_eq!(revoke(all), DeviceRevocation::Void(Void::Stale));
    is_insufficient(&world, &by_tablet);
    assert!(challenged(&world, &phone));
    assert_eq!(count(&world, "device_revoked"), 1);
    assert_eq!(count(&world, "devices_revoked"), 1);
    // The session that verified a code rests on no device.
    is_current(&world, &session, Basis::Otp);
}

#[test]
fn u8_an_administrator_revokes_devices() {
    let (mut world, app) = remembering(30);
    let laptop = remember(&world, &app, "Laptop").1.unwrap();
    let tablet = remember(&world, &app, "Tablet").1.unwrap();
    let revoke = |world: &World, which| {
        let by = admin("left on a train");
        let revoked = world.tenant.revoke_devices_of(&world.account, which, &by);
        revoked.unwrap()
    };
    let one = WhichDevices::One(status(&world).devices[0].id);
    assert_eq!(revoke(&world, one), DeviceRevocation::Revoked { count: 1 });
    assert!(challenged(&world, &laptop));
    let _ = remembered(&world, &tablet);
    let all = WhichDevices::All;
    assert_eq!(revoke(&world, all), DeviceRevocation::Revoked { count: 1 });
    assert!(challenged(&world, &tablet));
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let events = page.entries.into_iter().filter_map(|entry| entry.event);
    let told = |event: &mfakit::Event| {
        event.kind.name().ends_with("_revoked") && event.actor.is_some() && event.reason.is_some()
    };
    assert_eq!(events.filter(told).count(), 2);
    world.be("8");
    assert_eq!(revoke(&world, all), DeviceRevocation::NoSuchDevice);
    assert_eq!(revoke(&world, one), DeviceRevocation::NoSuchDevice);
}

#[test]
fn u8_a_full_account_still_fits_its_document() {
    let (world, app) = remembering(180);
    set(&world, &[(Setting::RememberedDevices, 20)]);
    for _ in 0..25 {
        let _ = remember(&world, &app, &"x".repeat(Label::MAX_LEN));
    }
    let by = mfakit::Administrator::new(&"a".repeat(128), &"r".repeat(500)).unwrap();
    let granted = world
        .tenant
        .exempt(&world.account, ExemptionEnd::Open, &by)
        .unwrap();
    assert_eq!(granted, ExemptionChange::Changed);
    assert_eq!(status(&world).devices.len(), 20);
    allowed(&world, Basis::Exempt);
}

#[test]
fn the_audit_trail_of_all_of_this_is_whole() {
    let (world, app) = remembering(30);
    set(&world, &[(Setting::RememberedDevices, 1)]);
    let device = remember(&world, &app, "One").1.unwrap();
    let _ = remember(&world, &app, "Two");
    assert!(challenged(&world, &device));
    let _ = exempt(&world, ExemptionEnd::Open);
    let by = admin("a test");
    let _ = world.tenant.end_exemption(&world.account, &by).unwrap();
    let _ = world.tenant.require(&world.account, &by).unwrap();
    let subject = AuditSubject::Account(world.account.clone());
    assert!(matches!(
        world.tenant.verify_audit(subject).unwrap(),
        AuditVerdict::Whole { events } if events > 10
    ));
    let kinds = events(&world);
    assert!(kinds.iter().all(|kind| !kind.to_string().is_empty()));
}
