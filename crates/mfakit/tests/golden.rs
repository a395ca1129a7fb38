//! What version 1 has written is read, and goes on, in every later version: a keyring, a database and what was
//! handed out with it, all kept in `vectors/stored-v1`.
//!
//! A file of a version that was released is never written again. To keep those of a new version, in a new folder:
//! `cargo test -p mfakit --test golden -- --ignored`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/folder.rs"]
mod folder;
#[path = "support/world.rs"]
mod world;

use alloc::collections::BTreeMap;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

use mfakit::{
    AccountId, AccountName, AccountStatus, ActivationHandle, ActivationLifetime, Actor, AuditQuery,
    AuditSubject, AuditVerdict, AuthenticatorKind, Basis, Clock as _, Confirmation, Counter,
    Decision, Deferment, Digits, ExemptionChange, ExemptionEnd, FirstFactor, Gate, Label, LockEnd,
    Period, Presented, Pruning, Redemption, ReplayedCode, Requirement, RotationQuery, Secret,
    Setting, SetupStart, SignIn, Standing, TokenBinding, TokenKind, TotpParameters, UnixTime,
    Verification, Verified, keyring_file,
};
use mfakit_core::{Algorithm, Hotp, Totp};
use mfakit_sqlite::SqliteStore;

use folder::Folder;
use world::{START, World, admin, wrong_codes};

/// Where the files of version 1 are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/stored-v1");

/// When the story has been told, in seconds after its start.
const LATER: u32 = 40 * 86_400;

/// What was handed out while the files were written, by name.
type HandedOut = BTreeMap<String, String>;

const DEVICE: &str = "Laptop";

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn session(token: &str) -> Presented<'_> {
    Presented::new(token).bound_to(b"session")
}

fn open(folder: &Path, seconds: i64) -> World {
    let keyring = keyring_file::open(folder.join("keyring")).unwrap();
    let store = SqliteStore::open(folder.join("mfa.db")).unwrap();
    World::at(seconds, store, keyring)
}

/// The files of version 1, as a copy that the test may change; the clock stands where the story ended.
fn kept() -> (Folder, World, HandedOut) {
    let folder = Folder::new();
    for name in ["keyring", "mfa.db"] {
        fs::copy(Path::new(FOLDER).join(name), folder.path().join(name)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let secret = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.path().join("keyring"), secret).unwrap();
    }
    let text = fs::read_to_string(Path::new(FOLDER).join("handed-out.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let handed_out = lines
        .map(|line| {
            let (name, value) = line.split_once(' ').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    let world = open(folder.path(), START + i64::from(LATER));
    (folder, world, handed_out)
}

fn status(world: &mut World, person: &str) -> AccountStatus {
    world.be(person);
    let account = core::slice::from_ref(&world.account);
    world.tenant.status(account).unwrap().remove(0)
}

#[track_caller]
fn verified(verification: Verification) -> Verified {
    match verification {
        Verification::Verified(verified) => verified,
        other => panic!("{other:?}"),
    }
}

#[test]
fn policy_and_accounts_of_version_1_are_read() {
    let (_folder, mut world, _) = kept();
    let policy = world.tenant.policy().unwrap();
    assert_eq!(policy.requirement(), Requirement::Required);
    assert_eq!(policy.issuer().as_str(), "Seaside Library");
    assert_eq!(policy.get(Setting::RememberDays), 30);
    assert_eq!(policy.get(Setting::SetupDeadline), 14);
    assert_eq!(policy.get(Setting::BackupCodes), 8);

    let anna = status(&mut world, "anna");
    let authenticators = anna.authenticators.iter();
    let authenticators: Vec<_> = authenticators
        .map(|it| (it.label.as_str(), it.kind))
        .collect();
    let expected = [
        ("Phone", AuthenticatorKind::Totp),
        ("Token", AuthenticatorKind::Totp),
        ("Counter", AuthenticatorKind::Hotp),
    ];
    assert_eq!(authenticators, expected);
    assert_eq!((anna.backup_codes_left, anna.backup_codes_low), (7, false));
    assert!(anna.backup_codes_acknowledged);
    let devices: Vec<_> = anna.devices.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(devices, [DEVICE]);

    let ben = status(&mut world, "ben");
    let lock = ben.lock.unwrap();
    assert!(matches!(lock.end, LockEnd::At(until) if until > world.clock.now()));
    assert_eq!(status(&mut world, "bo").lock.unwrap().end, LockEnd::Hard);
    let carl = status(&mut world, "carl").exemption.unwrap();
    assert_eq!(carl.by.actor.as_str(), "root");
    assert_eq!(carl.by.reason.as_str(), "no phone");
    let until = UnixTime::from_seconds(START).saturating_add(90 * 86_400);
    assert_eq!(carl.end, ExemptionEnd::At(until));
    assert!(status(&mut world, "dora").setup_due_at.is_some());
    assert!(status(&mut world, "erik").authenticators.is_empty());
    assert!(status(&mut world, "fay").setup_pending);
    assert!(status(&mut world, "gina").required);
}

#[test]
fn what_version_1_handed_out_is_still_good() {
    let (_folder, mut world, handed_out) = kept();
    let told = |name: &str| handed_out[name].as_str();

    world.be("anna");
    let Standing::Current(current) = world
        .tenant
        .check_assertion(session(told("assertion")))
        .unwrap()
    else {
        panic!("the assertion is not current")
    };
    assert_eq!(current.basis, Basis::Otp);
    let first = FirstFactor::external(world.account.clone());
    let request = SignIn::new().device(told("device")).binding(b"session");
    let decision = world.tenant.sign_in(first, request).unwrap();
    assert!(matches!(decision, Decision::Allow(allowed) if allowed.basis == Basis::Remembered));

    let used = world.verify(told("ticket"), told("used-code"));
    assert!(matches!(used, Verification::Replayed(it) if it.what == ReplayedCode::Otp));
    let used = world.verify(told("ticket"), told("used-backup-code"));
    assert!(matches!(used, Verification::Replayed(it) if it.what == ReplayedCode::BackupCode));
    assert_eq!(
        verified(world.verify(told("ticket"), told("code"))).basis,
        Basis::Otp
    );
    assert!(matches!(
        world.verify(told("ticket"), told("code-of-the-token")),
        Verification::Void(_)
    ));
    for code in ["code-of-the-token", "code-of-the-counter"] {
        let _ = verified(world.verify(&world.challenge(), told(code)));
    }
    let spare = verified(world.verify(&world.challenge(), told("backup-code")));
    assert_eq!(
        (spare.basis, spare.backup_codes_left),
        (Basis::BackupCode, 6)
    );

    // The same ticket shows the same pending secret.
    world.be("fay");
    let (name, phone) = (AccountName::new("fay").unwrap(), label("Phone"));
    let pending = world
        .tenant
        .begin_setup(session(told("setup-ticket")), &name, &phone);
    let SetupStart::Pending(pending) = pending.unwrap() else {
        panic!("the setup is not pending")
    };
    assert_eq!(*pending.key(), told("setup-key"));
    let confirmed = world
        .tenant
        .confirm_setup(session(told("setup-ticket")), told("setup-code"));
    assert!(matches!(confirmed.unwrap(), Confirmation::Confirmed(_)));

    let redeem = |name: &str| {
        let server = Actor::new("server 12").unwrap();
        let backup = label("backup service");
        world
            .tenant
            .redeem_activation(told(name), &backup, &server)
            .unwrap()
    };
    for (code, good) in [
        ("activation-code", true),
        ("activation-code", false),
        ("redeemed-activation-code", false),
        ("revoked-activation-code", false),
    ] {
        let redeemed = redeem(code);
        assert_eq!(matches!(redeemed, Redemption::Redeemed(_)), good, "{code}");
    }
}

#[test]
fn decisions_follow_from_what_version_1_stored() {
    let (_folder, mut world, _) = kept();
    for person in ["ben", "bo"] {
        world.be(person);
        assert!(matches!(world.sign_in(), Decision::Deny(_)), "{person}");
    }
    world.be("carl");
    let decision = world.sign_in();
    assert!(matches!(decision, Decision::Allow(allowed) if allowed.basis == Basis::Exempt));
    world.be("dora");
    let Decision::Setup(setup) = world.sign_in() else {
        panic!("dora is not asked to set up")
    };
    assert_eq!(setup.may_defer.unwrap().skips_left, 2);
    world.be("erik");
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    // Of ten attempts three are charged.
    let gus = AccountId::new("gus").unwrap();
    for attempt in 4..=11 {
        let gate = world.tenant.begin_password(&gus).unwrap();
        assert_eq!(matches!(gate, Gate::Proceed(_)), attempt <= 10, "{attempt}");
    }
}

#[test]
fn both_keys_of_version_1_open_and_a_rotation_goes_on() {
    let (_folder, world, _) = kept();
    let usage = world.tenant.key_usage().unwrap();
    let counts: Vec<_> = usage
        .keys
        .iter()
        .map(|it| (it.active, it.documents))
        .collect();
    assert!(
        matches!(counts.as_slice(), [(false, 1..), (true, 5)]),
        "{counts:?}"
    );
    assert_eq!(usage.unknown, 0);
    let by = admin("every year");
    let page = world
        .tenant
        .rotate_keys(RotationQuery::first(100), &by)
        .unwrap();
    assert_eq!((page.left, page.failed), (0, vec![]));
}

#[test]
fn the_audit_trail_of_version_1_is_whole_and_goes_on() {
    let (_folder, mut world, handed_out) = kept();
    let account = |name: &str| AccountId::new(name).unwrap();
    let handle = handed_out["activation-handle"].split(',');
    let handle: Vec<u8> = handle.map(|byte| byte.parse().unwrap()).collect();
    let handle = ActivationHandle::new(handle.try_into().unwrap());
    let mut subjects = vec![
        AuditSubject::Policy,
        AuditSubject::Passwords(account("gus")),
        AuditSubject::Activation(handle),
    ];
    let people = [
        "anna", "ben", "bo", "carl", "dora", "erik", "fay", "gina", "hugo",
    ];
    subjects.extend(people.map(|name| AuditSubject::Account(account(name))));
    for subject in &subjects {
        let verdict = world.tenant.verify_audit(subject.clone()).unwrap();
        assert!(
            matches!(verdict, AuditVerdict::Whole { events: 1.. }),
            "{subject:?}: {verdict:?}"
        );
    }
    assert_eq!(
        trail(&world).join("\n"),
        handed_out["trail"].replace(' ', "\n")
    );
    world.be("anna");
    world
        .tenant
        .reset(&world.account, &admin("a lost phone"))
        .unwrap();
    let verdict = world.tenant.verify_audit(subjects[3].clone()).unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }));
}

/// The kinds of all events, oldest first; what can't be read by its fault.
fn trail(world: &World) -> Vec<String> {
    let mut names = Vec::new();
    let mut query = AuditQuery::oldest(100);
    loop {
        let page = world.tenant.events(query).unwrap();
        names.extend(page.entries.iter().map(|entry| match &entry.event {
            Some(event) => event.kind.name().to_owned(),
            None => format!("{:?}", entry.fault),
        }));
        match page.next {
            Some(next) if !page.entries.is_empty() => query = AuditQuery::oldest(100).after(next),
            _ => return names,
        }
    }
}

/// Tells the story that the files keep, and writes them.
#[test]
#[ignore = "writes the files of a new version"]
fn write_the_files_of_this_version() {
    let folder = PathBuf::from(env::var_os("MFAKIT_GOLDEN_FOLDER").unwrap());
    fs::create_dir(&folder).unwrap();
    drop(keyring_file::open_or_create(folder.join("keyring")).unwrap());
    let mut world = open(&folder, START);
    let mut handed_out = tell(&mut world);
    let now = world.clock.now().seconds();
    drop(world);
    // Some documents are sealed with a second key, and some are not.
    let (_, key) = keyring_file::add_key(folder.join("keyring")).unwrap();
    drop(keyring_file::activate_key(folder.join("keyring"), key).unwrap());
    let world = open(&folder, now);
    let some = RotationQuery::first(5);
    let page = world
        .tenant
        .rotate_keys(some, &admin("every year"))
        .unwrap();
    assert_eq!(page.resealed, 5);
    let _ = handed_out.insert("trail".into(), trail(&world).join(" "));
    drop(world);
    let mut text =
        String::from("# What was handed out while the files beside this one were written.\n");
    for (name, value) in handed_out {
        text.push_str(&format!("{name} {value}\n"));
    }
    fs::write(folder.join("handed-out.txt"), text).unwrap();
}

fn tell(world: &mut World) -> HandedOut {
    let mut told = HandedOut::new();
    let mut keep =
        |name: &str, value: &str| assert!(told.insert(name.into(), value.into()).is_none());
    let by = admin("a test");
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with_requirement(Requirement::Required);
    let policy = [
        (Setting::RememberDays, 30),
        (Setting::SetupDeadline, 14),
        (Setting::SetupSkips, 3),
        (Setting::BackupCodes, 8),
        (Setting::TicketLifetime, 1_800),
        (Setting::SetupLifetime, 3_600),
        (Setting::LockFirst, 86_400),
    ]
    .into_iter()
    .fold(policy, |policy, (setting, value)| {
        policy.with(setting, value).unwrap()
    });
    let _ = world.tenant.set_policy(policy, &by).unwrap();

    world.be("hugo");
    let (app, _) = world.set_up();
    for _ in 0..12 {
        world.clock.advance(30);
        let _ = verified(world.verify(&world.challenge(), &world.code(&app)));
    }
    world.clock.advance(LATER - 12 * 30 - 60);
    let hugo = AuditSubject::Account(world.account.clone());
    let first_week = UnixTime::from_seconds(START).saturating_add(7 * 86_400);
    let mut pruning = Pruning::before(first_week).only(hugo);
    while !pruning.is_done() {
        world.tenant.prune_events(&mut pruning, &by).unwrap();
    }
    assert!(pruning.report().events > 0);
    for (person, hard_lock_after) in [("bo", 5), ("ben", 20)] {
        let policy = world.tenant.policy().unwrap();
        let policy = policy.with(Setting::HardLockAfter, hard_lock_after);
        let _ = world.tenant.set_policy(policy.unwrap(), &by).unwrap();
        world.be(person);
        let (app, _) = world.set_up();
        let ticket = world.challenge();
        for code in wrong_codes(world, &app).take(5) {
            let _ = world.verify(&ticket, &code);
        }
    }
    world.be("carl");
    let end = UnixTime::from_seconds(START).saturating_add(90 * 86_400);
    let no_phone = admin("no phone");
    let exempted = world
        .tenant
        .exempt(&world.account, ExemptionEnd::At(end), &no_phone);
    assert_eq!(exempted.unwrap(), ExemptionChange::Changed);
    world.be("dora");
    let Decision::Setup(setup) = world.sign_in() else {
        panic!("dora is not asked to set up")
    };
    let deferred = world.tenant.defer(session(setup.ticket.as_str())).unwrap();
    assert!(matches!(deferred, Deferment::Allow(_)));
    world.be("erik");
    let _ = world.set_up();
    world.tenant.erase(&world.account, &by).unwrap();
    world.be("gina");
    let _ = world.tenant.require(&world.account, &by).unwrap();
    let gus = AccountId::new("gus").unwrap();
    for _ in 0..3 {
        let _ = world.tenant.begin_password(&gus).unwrap();
    }

    world.be("fay");
    let Decision::Setup(setup) = world.sign_in() else {
        panic!("fay is not asked to set up")
    };
    let (name, phone) = (AccountName::new("fay").unwrap(), label("Phone"));
    let ticket = session(setup.ticket.as_str());
    let SetupStart::Pending(pending) = world.tenant.begin_setup(ticket, &name, &phone).unwrap()
    else {
        panic!("the setup is not pending")
    };
    keep("setup-ticket", setup.ticket.as_str());
    keep("setup-key", &pending.key());
    let secret = Secret::from_base32(&pending.key()).unwrap();
    let app = Totp::with_parameters(secret, TotpParameters::default());
    keep("setup-code", &world.code_in(&app, 60));

    anna(world, &mut keep);

    let purpose = label("backup service");
    let issue = || {
        let issued = world
            .tenant
            .issue_activation(&purpose, ActivationLifetime::POLICY, &by);
        issued.unwrap()
    };
    let (open, redeemed, revoked) = (issue(), issue(), issue());
    let server = Actor::new("server 12").unwrap();
    let redemption = world
        .tenant
        .redeem_activation(&redeemed.code.expose(), &purpose, &server);
    assert!(matches!(redemption.unwrap(), Redemption::Redeemed(_)));
    let _ = world.tenant.revoke_activation(revoked.handle, &by).unwrap();
    keep("activation-code", &open.code.expose());
    keep("redeemed-activation-code", &redeemed.code.expose());
    keep("revoked-activation-code", &revoked.code.expose());
    let handle = open.handle.as_bytes().map(|byte| byte.to_string());
    keep("activation-handle", &handle.join(","));
    told
}

/// Someone with everything: three authenticators, backup codes of which one is used, a remembered device.
fn anna(world: &mut World, keep: &mut impl FnMut(&str, &str)) {
    world.be("anna");
    let by = admin("a new token");
    let (app, codes) = world.set_up();
    let secret = |byte: u8| Secret::import(&[byte; 32]).unwrap();
    let token = TotpParameters {
        algorithm: Algorithm::Sha256,
        digits: Digits::EIGHT,
        period: Period::new(60).unwrap(),
    };
    let bind = |byte, kind, text: &str| {
        let bound = world
            .tenant
            .bind_token(&world.account, secret(byte), kind, &label(text), &by);
        assert!(matches!(bound.unwrap(), TokenBinding::Bound(_)), "{text}");
    };
    bind(7, TokenKind::Totp(token), "Token");
    let counter = TokenKind::Hotp {
        algorithm: Algorithm::Sha1,
        digits: Digits::SIX,
        next_counter: Counter::new(41),
    };
    bind(8, counter, "Counter");
    let _ = verified(world.verify(&world.challenge(), &codes[0]));
    world.clock.advance(30);
    let used = world.code(&app);
    let ticket = world.challenge();
    let remembered = world
        .tenant
        .verify_and_remember(session(&ticket), &used, &label(DEVICE));
    let remembered = verified(remembered.unwrap());
    keep("assertion", remembered.assertion.as_str());
    keep("device", remembered.device.unwrap().as_str());
    keep("used-code", &used);
    keep("used-backup-code", &codes[0]);
    keep("backup-code", &codes[1]);
    keep("ticket", &world.challenge());

    let left = u32::try_from(START).unwrap() + LATER;
    let left = left - u32::try_from(world.clock.now().seconds()).unwrap();
    keep("code", &world.code_in(&app, left));
    let hardware = Totp::with_parameters(secret(7), token);
    keep("code-of-the-token", &world.code_in(&hardware, left));
    let counting = Hotp::new(secret(8), Algorithm::Sha1, Digits::SIX);
    let code = counting.generate(Counter::new(43));
    keep("code-of-the-counter", code.expose().as_str());
}
