//! Each profile walked through a whole story, so that every number it sets shows in what happens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/world.rs"]
mod world;

use mfakit::{
    Basis, Clock as _, Decision, Declined, ExemptionChange, ExemptionEnd, Gate, IdentityVerified,
    Issuer, Label, LockEnd, Policy, PolicyChange, PolicyError, Presented, Profile, Setting,
    Standing, UnixTime, Unlocking, Verification, Void,
};
use mfakit_core::Totp;

use world::{World, admin, wrong_codes};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// What is to be seen of a profile: the table of the requirements, column by column.
struct Column {
    profile: Profile,
    /// Whether a code of the step before, or after, is good.
    neighbours: bool,
    /// The locks after 5, 6, 7, 8, and 9 wrong codes and more.
    locks: [u32; 5],
    hard_lock_after: usize,
    /// How long the password gate locks, and over what time it counts.
    password: u32,
    assertion: u32,
    /// How many days an exemption lasts at most, where there is a limit; then it needs an end.
    exemption_days: Option<u32>,
    may_remember: bool,
}

const DEFAULT: Column = Column {
    profile: Profile::Default,
    neighbours: true,
    locks: [30, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR],
    hard_lock_after: 20,
    password: 15 * MINUTE,
    assertion: 30 * DAY,
    exemption_days: None,
    may_remember: true,
};

const NIST_AAL2: Column = Column {
    profile: Profile::NistAal2,
    assertion: DAY,
    exemption_days: Some(90),
    may_remember: false,
    ..DEFAULT
};

const ASVS_STRICT: Column = Column {
    profile: Profile::AsvsStrict,
    neighbours: false,
    ..NIST_AAL2
};

const PCI: Column = Column {
    profile: Profile::Pci,
    locks: [30 * MINUTE; 5],
    hard_lock_after: 10,
    password: 30 * MINUTE,
    exemption_days: Some(30),
    ..NIST_AAL2
};

/// The settings that the stories show; a profile that sets another one needs another story.
const SHOWN: [Setting; 14] = [
    Setting::WindowPast,
    Setting::WindowFuture,
    Setting::LockFirst,
    Setting::LockSecond,
    Setting::LockThird,
    Setting::LockFourth,
    Setting::LockLater,
    Setting::HardLockAfter,
    Setting::PasswordLock,
    Setting::PasswordWindow,
    Setting::AssertionLifetime,
    Setting::ExemptionDays,
    Setting::ExemptionOpenEnd,
    Setting::ResyncWindow,
];

#[test]
fn the_profile_default_does_what_it_says() {
    story(&DEFAULT);
}

#[test]
fn the_profile_nist_aal2_does_what_it_says() {
    story(&NIST_AAL2);
}

#[test]
fn the_profile_asvs_strict_does_what_it_says() {
    story(&ASVS_STRICT);
}

#[test]
fn the_profile_pci_does_what_it_says() {
    story(&PCI);
}

#[test]
fn every_number_that_a_profile_sets_is_in_its_story() {
    let issuer = || Issuer::new("Acme").unwrap();
    let usual = Policy::new(issuer());
    for profile in [Profile::NistAal2, Profile::AsvsStrict, Profile::Pci] {
        let policy = Policy::profile(profile, issuer());
        for setting in Setting::ALL {
            let differs = policy.get(*setting) != usual.get(*setting);
            assert!(
                !differs || SHOWN.contains(setting),
                "{profile:?}: {setting:?}"
            );
            let fixed = profile.fixes(*setting).is_some();
            assert!(!fixed || *setting == Setting::RememberDays);
        }
    }
}

fn story(column: &Column) {
    let mut world = World::new();
    let by = admin("the profile");
    let policy = Policy::profile(column.profile, Issuer::new("Seaside Library").unwrap());
    let changed = world.tenant.set_policy(policy, &by).unwrap();
    assert_eq!(changed, PolicyChange::Changed);
    // No profile grants time for the setup.
    let Decision::Setup(setup) = world.sign_in() else {
        panic!()
    };
    assert!(setup.may_defer.is_none());
    let (app, codes) = world.set_up();
    signs_in_with_a_code(column, &world, &app);
    signs_in_with_a_backup_code(&world, &app, &codes);
    a_clock_that_is_off_is_found_or_not(column, &world, &app);
    a_session_ends(column, &world, &app);
    a_device_is_remembered_or_not(column, &world, &app);
    wrong_codes_lock(column, &world, &app);
    world.be("8");
    wrong_passwords_lock(column, &mut world);
    world.be("9");
    an_exemption_ends(column, &world);
    time_is_granted_where_it_is_set(&mut world);
}

/// Moves on, so that no step is used twice, and signs in with what the app shows so many seconds from now.
fn try_code(world: &World, app: &Totp, seconds: i64) -> Verification {
    world.clock.advance(5 * MINUTE);
    let at = UnixTime::from_seconds(world.clock.now().seconds() + seconds);
    let code = app.generate(at).unwrap().expose();
    world.verify(&world.challenge(), &code)
}

#[track_caller]
fn verified(verification: Verification, basis: Basis) -> String {
    match verification {
        Verification::Verified(verified) => {
            assert_eq!(verified.basis, basis);
            verified.assertion.as_str().into()
        }
        other => panic!("{other:?}"),
    }
}

fn signs_in_with_a_code(column: &Column, world: &World, app: &Totp) {
    verified(try_code(world, app, 0), Basis::Otp);
    for neighbour in [-30, 30] {
        let tried = try_code(world, app, neighbour);
        if column.neighbours {
            verified(tried, Basis::Otp);
        } else {
            assert!(matches!(tried, Verification::Mismatch(_)), "{tried:?}");
        }
    }
    for too_far in [-60, 60] {
        let tried = try_code(world, app, too_far);
        assert!(matches!(tried, Verification::Mismatch(_)), "{tried:?}");
    }
    verified(try_code(world, app, 0), Basis::Otp);
}

fn signs_in_with_a_backup_code(world: &World, app: &Totp, codes: &[String]) {
    let with = |code: &str| world.verify(&world.challenge(), code);
    verified(with(&codes[0]), Basis::BackupCode);
    assert!(matches!(with(&codes[0]), Verification::Replayed(_)));
    verified(with(&codes[1]), Basis::BackupCode);
    verified(try_code(world, app, 0), Basis::Otp);
}

/// An app whose clock is up to an hour ahead is brought back by two codes, or the policy looks for none.
fn a_clock_that_is_off_is_found_or_not(column: &Column, world: &World, app: &Totp) {
    for (ahead, within) in [(120 * 30, true), (122 * 30, false)] {
        world.clock.advance(DAY);
        let [first, second] = [ahead - 30, ahead].map(|seconds| world.code_in(app, seconds));
        let ticket = world.challenge();
        let session = Presented::new(&ticket).bound_to(b"session");
        let found = world.tenant.resynchronize(session, &first, &second);
        match found.unwrap() {
            Verification::Verified(_) => assert!(column.neighbours && within),
            Verification::Mismatch(_) => assert!(column.neighbours && !within),
            Verification::Declined(Declined::TwoCodes) => assert!(!column.neighbours),
            other => panic!("{other:?}"),
        }
    }
    // The clock is set right again, which two codes tell as well.
    if column.neighbours {
        world.clock.advance(DAY);
        let [first, second] = [0, 30].map(|seconds| world.code_in(app, seconds));
        let ticket = world.challenge();
        let session = Presented::new(&ticket).bound_to(b"session");
        let found = world.tenant.resynchronize(session, &first, &second);
        verified(found.unwrap(), Basis::Otp);
        world.clock.advance(DAY);
    }
}

fn a_session_ends(column: &Column, world: &World, app: &Totp) {
    let session = verified(try_code(world, app, 0), Basis::Otp);
    let standing = || {
        let session = Presented::new(&session).bound_to(b"session");
        world.tenant.check_assertion(session).unwrap()
    };
    world.clock.advance(column.assertion - 1);
    assert!(matches!(standing(), Standing::Current(_)));
    world.clock.advance(1);
    assert_eq!(standing(), Standing::SignInAgain(Void::Expired));
}

fn a_device_is_remembered_or_not(column: &Column, world: &World, app: &Totp) {
    let remember = || {
        world.clock.advance(5 * MINUTE);
        let (challenge, code) = (world.challenge(), world.code(app));
        let ticket = Presented::new(&challenge).bound_to(b"session");
        let label = Label::new("Laptop").unwrap();
        match world.tenant.verify_and_remember(ticket, &code, &label) {
            Ok(Verification::Verified(verified)) => verified.device,
            other => panic!("{other:?}"),
        }
    };
    assert!(remember().is_none());
    let policy = world.tenant.policy().unwrap();
    match policy.clone().with(Setting::RememberDays, 30) {
        Ok(remembering) => {
            assert!(column.may_remember);
            let by = admin("a month");
            let changed = world.tenant.set_policy(remembering, &by).unwrap();
            assert_eq!(changed, PolicyChange::Changed);
            let device = remember().unwrap();
            let first = mfakit::FirstFactor::external(world.account.clone());
            let request = mfakit::SignIn::new().device(device);
            let Decision::Allow(allowed) = world.tenant.sign_in(first, request).unwrap() else {
                panic!()
            };
            assert_eq!(allowed.basis, Basis::Remembered);
        }
        Err(refused) => {
            assert!(!column.may_remember);
            let setting = Setting::RememberDays;
            let profile = column.profile;
            assert_eq!(refused, PolicyError::Fixed { setting, profile });
        }
    }
}

fn wrong_codes_lock(column: &Column, world: &World, app: &Totp) {
    hard_lock(column, world, app);
    let unlock = |identity| {
        let by = admin("called");
        world.tenant.unlock(&world.account, &by, identity).unwrap()
    };
    // Whose identity was verified keeps the factors.
    assert_eq!(unlock(IdentityVerified::Yes), Unlocking::FailuresCleared);
    verified(try_code(world, app, 0), Basis::Otp);
    world.clock.advance(31 * DAY);
    hard_lock(column, world, app);
    assert_eq!(unlock(IdentityVerified::No), Unlocking::FactorsRemoved);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
}

/// Types wrong codes until nothing but an administrator helps.
fn hard_lock(column: &Column, world: &World, app: &Totp) {
    for failure in 1..column.hard_lock_after {
        let tried = wrong_code(world, app);
        let Some(rung) = failure.checked_sub(5) else {
            assert!(matches!(tried, Verification::Mismatch(_)), "{tried:?}");
            continue;
        };
        let length = column.locks[rung.min(4)];
        let end = LockEnd::At(world.clock.now().saturating_add(length));
        assert!(
            matches!(&tried, Verification::Locked(lock) if lock.end == end),
            "{failure}: {tried:?}"
        );
        world.clock.advance(length - 1);
        let denied = world.sign_in();
        assert!(matches!(&denied, Decision::Deny(lock) if lock.end == end));
        world.clock.advance(1);
        assert!(matches!(world.sign_in(), Decision::Challenge(_)));
    }
    let tried = wrong_code(world, app);
    assert!(
        matches!(&tried, Verification::Locked(lock) if lock.end == LockEnd::Hard),
        "{tried:?}"
    );
    world.clock.advance(31 * DAY);
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
}

fn wrong_code(world: &World, app: &Totp) -> Verification {
    let wrong = wrong_codes(world, app).next().unwrap();
    world.verify(&world.challenge(), &wrong)
}

fn wrong_passwords_lock(column: &Column, world: &mut World) {
    let refusal = |world: &World| match world.tenant.begin_password(&world.account).unwrap() {
        Gate::Proceed(_) => None,
        Gate::Refused(refusal) => Some(refusal.until),
    };
    let proceeds = |world: &World, times: usize| {
        for _ in 0..times {
            assert_eq!(refusal(world), None);
        }
    };
    proceeds(world, 10);
    let until = world.clock.now().saturating_add(column.password);
    assert_eq!(refusal(world), Some(until));
    world.clock.advance(column.password - 1);
    assert_eq!(refusal(world), Some(until));
    world.clock.advance(1);
    proceeds(world, 1);
    // One less than leads to a lock, and as long as it is counted for.
    world.be("10");
    proceeds(world, 9);
    world.clock.advance(column.password - 1);
    proceeds(world, 1);
    assert!(refusal(world).is_some());
    world.be("11");
    proceeds(world, 9);
    world.clock.advance(column.password);
    proceeds(world, 10);
}

fn an_exemption_ends(column: &Column, world: &World) {
    let by = admin("no phone");
    let exempt = |end| world.tenant.exempt(&world.account, end, &by).unwrap();
    let latest = |days: u32| world.clock.now().saturating_add(days * DAY);
    let Some(days) = column.exemption_days else {
        assert_eq!(exempt(ExemptionEnd::Open), ExemptionChange::Changed);
        let Decision::Allow(allowed) = world.sign_in() else {
            panic!()
        };
        assert_eq!(allowed.basis, Basis::Exempt);
        let far = ExemptionEnd::At(latest(3_650));
        assert_eq!(exempt(far), ExemptionChange::Changed);
        let ended = world.tenant.end_exemption(&world.account, &by).unwrap();
        assert_eq!(ended, ExemptionChange::Changed);
        assert!(matches!(world.sign_in(), Decision::Setup(_)));
        return;
    };
    let latest = latest(days);
    let needed = ExemptionChange::EndNeeded { latest };
    assert_eq!(exempt(ExemptionEnd::Open), needed);
    let longer = ExemptionEnd::At(latest.saturating_add(1));
    assert_eq!(exempt(longer), ExemptionChange::TooLong { latest });
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert_eq!(exempt(ExemptionEnd::At(latest)), ExemptionChange::Changed);
    world.clock.advance(days * DAY - 1);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    assert_eq!(allowed.basis, Basis::Exempt);
    world.clock.advance(1);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
}

/// A profile grants none; an administrator may, under each of them.
fn time_is_granted_where_it_is_set(world: &mut World) {
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::SetupDeadline, 14).unwrap();
    let policy = policy.with(Setting::SetupSkips, 5).unwrap();
    let changed = world.tenant.set_policy(policy, &admin("the roll-out"));
    assert_eq!(changed.unwrap(), PolicyChange::Changed);
    world.be("12");
    let deferral = |world: &World| match world.sign_in() {
        Decision::Setup(setup) => setup.may_defer,
        other => panic!("{other:?}"),
    };
    let until = world.clock.now().saturating_add(14 * DAY);
    assert_eq!(deferral(world).unwrap().until, until);
    world.clock.advance(14 * DAY);
    assert!(deferral(world).is_none());
}
