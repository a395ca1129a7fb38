//! Edges of the life cycle: clocks that jump, backups put back, two sessions, two administrators, odd rows.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/world.rs"]
mod world;

use alloc::{collections::BTreeSet, sync::Arc};

use mfakit::{
    AccountId, AccountName, AuditFault, AuditQuery, Charged, ClockRepair, Confirmation, Confirmed,
    Decision, Error, EventKind, FirstFactor, Gate, Issuer, Label, LockEnd, MemoryStore, Misuse,
    Policy, PolicyChange, Presented, Profile, Requirement, Setting, SetupStart, SignIn, Standing,
    TenantId, Unavailable, UnixTime, Verification, Void,
};
use mfakit_core::{
    Commit, CommitId, DocumentKey, DocumentKind, IndexValues, KeyId, Keyring, Revision, Secret,
    Totp, TotpParameters, Write,
};
use mfakit_store::{
    Store,
    testkit::{Fault, FaultyStore, Plan},
};

use world::{START, World, admin};

const DAY: i64 = 86_400;

/// Confirms a setup, and does not acknowledge the backup codes.
fn confirm(world: &World) -> (Totp, Confirmed) {
    let Decision::Setup(setup) = world.sign_in() else {
        panic!("no setup")
    };
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let app = world.scan(ticket);
    match world
        .tenant
        .confirm_setup(ticket, &world.code(&app))
        .unwrap()
    {
        Confirmation::Confirmed(confirmed) => (app, confirmed),
        other => panic!("{other:?}"),
    }
}

fn set_policy(world: &World, requirement: Requirement) {
    let policy = world.tenant.policy().unwrap().with_requirement(requirement);
    assert_eq!(
        world.tenant.set_policy(policy, &admin("a test")).unwrap(),
        PolicyChange::Changed
    );
}

#[test]
fn a_session_acknowledges_only_the_backup_codes_it_was_shown() {
    let world = World::new();
    let (app, laptop) = confirm(&world);
    world.clock.advance(30);
    // The phone signs in before the laptop's page is done: the laptop's codes are void, the phone has new ones.
    let Verification::Verified(phone) = world.verify(&world.challenge(), &world.code(&app)) else {
        panic!()
    };
    let acknowledged = |assertion: &mfakit::Assertion| {
        let session = Presented::new(assertion).bound_to(b"session");
        let standing = world.tenant.acknowledge_backup_codes(session).unwrap();
        let Standing::Current(current) = standing else {
            panic!("{standing:?}")
        };
        let status = world
            .tenant
            .status(core::slice::from_ref(&world.account))
            .unwrap();
        assert_eq!(
            status[0].backup_codes_acknowledged,
            !current.backup_codes_to_acknowledge
        );
        status[0].backup_codes_acknowledged
    };
    assert!(!acknowledged(&laptop.assertion));
    assert!(acknowledged(&phone.assertion));
}

#[test]
fn a_session_without_a_factor_acknowledges_nothing() {
    let world = World::new();
    let _ = confirm(&world);
    set_policy(&world, Requirement::Off);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let _ = world.tenant.acknowledge_backup_codes(session).unwrap();
    let status = world
        .tenant
        .status(core::slice::from_ref(&world.account))
        .unwrap();
    assert!(!status[0].backup_codes_acknowledged);
}

#[test]
fn a_pending_setup_lives_as_long_as_it_says() {
    for late in [1, 0] {
        let world = World::new();
        let Decision::Setup(setup) = world.sign_in() else {
            panic!()
        };
        let ticket = Presented::new(&setup.ticket).bound_to(b"session");
        let (name, label) = (
            AccountName::new("anna").unwrap(),
            Label::new("Phone").unwrap(),
        );
        let SetupStart::Pending(pending) = world.tenant.begin_setup(ticket, &name, &label).unwrap()
        else {
            panic!()
        };
        let secret = Secret::from_base32(&pending.key()).unwrap();
        let app = Totp::with_parameters(secret, TotpParameters::default());
        world
            .clock
            .set(UnixTime::from_seconds(pending.expires.seconds() - late));
        match world
            .tenant
            .confirm_setup(ticket, &world.code(&app))
            .unwrap()
        {
            Confirmation::Confirmed(_) => assert_eq!(late, 1),
            Confirmation::Void(Void::Expired) => assert_eq!(late, 0),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a30_a_clock_that_was_ahead_is_refused_until_it_is_repaired() {
    let mut world = World::new();
    let (app, _) = world.set_up();
    // A year ahead: everybody signs in, and the policy is changed.
    world.clock.set(UnixTime::from_seconds(START + 365 * DAY));
    assert!(matches!(
        world.verify(&world.challenge(), &world.code(&app)),
        Verification::Verified(_)
    ));
    assert!(matches!(
        world.tenant.begin_password(&world.account).unwrap(),
        Gate::Proceed(_)
    ));
    set_policy(&world, Requirement::Required);
    world.clock.set(UnixTime::from_seconds(START + 600));
    let behind = Error::Unavailable(Unavailable::ClockBehind);
    assert_eq!(
        world.tenant.begin_password(&world.account).unwrap_err(),
        behind
    );
    let sign_in = |world: &World| {
        world
            .tenant
            .sign_in(FirstFactor::external(world.account.clone()), SignIn::new())
    };
    assert_eq!(sign_in(&world).unwrap_err(), behind);
    let repair = |world: &World, account| {
        world
            .tenant
            .repair_clock(account, &admin("time server"))
            .unwrap()
    };
    assert_eq!(repair(&world, None), ClockRepair::Repaired);
    assert_eq!(repair(&world, None), ClockRepair::NothingAhead);
    assert_eq!(sign_in(&world).unwrap_err(), behind);
    let account = world.account.clone();
    assert_eq!(repair(&world, Some(&account)), ClockRepair::Repaired);
    assert_eq!(repair(&world, Some(&account)), ClockRepair::NothingAhead);
    assert!(matches!(
        world.tenant.begin_password(&world.account).unwrap(),
        Gate::Proceed(_)
    ));
    // The step of now is used up, the next one works.
    let ticket = world.challenge();
    assert!(matches!(
        world.verify(&ticket, &world.code(&app)),
        Verification::Replayed(_)
    ));
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&ticket, &world.code(&app)),
        Verification::Verified(_)
    ));
    // Somebody else was never touched.
    world.be("8");
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
}

#[test]
fn a30_a_token_from_a_time_to_come_is_refused() {
    let world = World::new();
    set_policy(&world, Requirement::Optional);
    world.clock.set(UnixTime::from_seconds(START + 365 * DAY));
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    world.clock.set(UnixTime::from_seconds(START + 200 * DAY));
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let behind = Error::Unavailable(Unavailable::ClockBehind);
    assert_eq!(world.tenant.check_assertion(session).unwrap_err(), behind);
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Phone").unwrap(),
    );
    assert_eq!(
        world
            .tenant
            .begin_setup(session, &name, &label)
            .unwrap_err(),
        behind
    );
}

#[test]
fn a30_codes_go_by_the_clock_and_not_by_a_machine_that_was_ahead() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(1_110);
    set_policy(&world, Requirement::Required);
    world.clock.set(UnixTime::from_seconds(START + 1_000));
    let outcome = world.verify(&world.challenge(), &world.code(&app));
    assert!(matches!(outcome, Verification::Verified(_)), "{outcome:?}");
}

#[test]
fn the_second_of_two_unclear_commits_is_found() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
    let world = World::on(Arc::clone(&store));
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    // Load, commit, load, commit, load.
    let faults = [(1, Fault::UnclearNotStored), (3, Fault::UnclearStored)];
    store.set_plan(Plan::script(faults));
    let outcome = world.tenant.verify(
        Presented::new(&ticket).bound_to(b"session"),
        &world.code(&app),
    );
    assert!(
        matches!(outcome, Ok(Verification::Verified(_))),
        "{outcome:?}"
    );
    // A store that keeps losing answers is not asked for long.
    store.set_plan(Plan::script(
        (0..32).map(|call| (call * 2 + 1, Fault::UnclearNotStored)),
    ));
    let outcome = world.tenant.reset(&world.account, &admin("a test"));
    let unclear = mfakit_core::StoreError::Unclear;
    assert_eq!(
        outcome.unwrap_err(),
        Error::Unavailable(Unavailable::Store(unclear))
    );
    assert_eq!(store.calls(), 5);
}

#[test]
fn a14_more_digits_for_new_authenticators_widen_nothing_for_old_ones() {
    let world = World::new();
    let policy = world
        .tenant
        .policy()
        .unwrap()
        .with(Setting::Digits, 8)
        .unwrap();
    assert!(policy.with(Setting::HardLockAfter, 100).is_err());
}

#[test]
fn c18_the_trail_tells_used_codes_from_wrong_ones() {
    let world = World::new();
    let (_, codes) = world.set_up();
    assert!(matches!(
        world.verify(&world.challenge(), &codes[0]),
        Verification::Verified(_)
    ));
    assert!(matches!(
        world.verify(&world.challenge(), &codes[0]),
        Verification::Replayed(_)
    ));
    let page = world.tenant.events(AuditQuery::newest(1)).unwrap();
    let event = page.entries[0].event.as_ref().unwrap();
    assert_eq!(event.kind.name(), "backup_code_replayed");
}

#[test]
fn two_administrators_do_not_undo_each_others_policy() {
    let world = World::new();
    let stale = world.tenant.policy().unwrap();
    set_policy(&world, Requirement::Optional);
    let renamed = stale.with_issuer(Issuer::new("New name").unwrap());
    let change = world.tenant.set_policy(renamed, &admin("rename")).unwrap();
    assert_eq!(change, PolicyChange::Stale);
    let policy = world.tenant.policy().unwrap();
    assert_eq!(policy.requirement(), Requirement::Optional);
    let policy = policy.with(Setting::LockAfter, 3).unwrap();
    assert_eq!(
        world.tenant.set_policy(policy, &admin("stricter")).unwrap(),
        PolicyChange::Changed
    );
    let page = world.tenant.events(AuditQuery::newest(1)).unwrap();
    let event = page.entries[0].event.as_ref().unwrap();
    assert_eq!(
        event.kind.to_string(),
        "The policy was changed; MFA is optional, lock_after_failures 5 to 3."
    );
}

#[test]
fn a_form_with_the_version_it_showed_replaces_that_version_alone() {
    let world = World::new();
    assert_eq!(Policy::new(Issuer::new("Acme").unwrap()).version(), 0);
    let shown = world.tenant.policy().unwrap().version();
    assert_ne!(shown, 0);
    set_policy(&world, Requirement::Optional);
    let now = world.tenant.policy().unwrap();
    let current = now.version();
    for version in [0, shown, current + 1, u64::MAX] {
        let form = now.clone().with_requirement(Requirement::Required);
        let change = world
            .tenant
            .set_policy(form.replacing(version), &admin("late"));
        assert_eq!(change.unwrap(), PolicyChange::Stale, "{version}");
    }
    // Also where the form starts from a profile, and so from nothing that was read.
    let profile = Policy::profile(Profile::Pci, now.issuer().clone());
    let change = |version| {
        let policy = profile.clone().replacing(version);
        world.tenant.set_policy(policy, &admin("pci")).unwrap()
    };
    assert_eq!(change(shown), PolicyChange::Stale);
    assert_eq!(change(current), PolicyChange::Changed);
    let stored = world.tenant.policy().unwrap();
    assert_eq!(stored.based_on(), Profile::Pci);
    assert!(stored.version() > current);
}

#[test]
fn an_altered_row_hides_nobody_else() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(Arc::clone(&store));
    world.set_up();
    let key = DocumentKey::new(
        TenantId::new("acme").unwrap(),
        DocumentKind::Account,
        b"7".as_slice(),
    );
    let loaded = pollster::block_on(store.load(core::slice::from_ref(&key))).unwrap();
    let stored = loaded[0].clone().unwrap();
    let next = Revision::new(stored.revision.number() + 1);
    let index = IndexValues::new(KeyId::new(1));
    let write = Write::new(key, stored.revision, next, stored.body, index, vec![]);
    let commit = Commit::new(CommitId::new([9; 16]), vec![write]);
    pollster::block_on(store.commit(&commit)).unwrap();
    let other = AccountId::new("8").unwrap();
    let status = world
        .tenant
        .status(&[other, world.account.clone()])
        .unwrap();
    assert_eq!(
        (status[0].fault, status[1].fault),
        (None, Some(Unavailable::Damaged))
    );
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    for entry in page.entries {
        let mine = entry.account.is_some();
        assert_eq!(entry.fault, mine.then_some(AuditFault::NoDocument));
        assert_eq!(entry.event.is_none(), mine);
    }
    let first = FirstFactor::external(world.account.clone());
    let decision = world.tenant.sign_in(first, SignIn::new());
    assert_eq!(
        decision.unwrap_err(),
        Error::Unavailable(Unavailable::Damaged)
    );
}

#[test]
fn the_epoch_does_not_repeat_after_a_backup_was_put_back() {
    let ring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let copy = Keyring::parse(&ring.danger_export()).unwrap();
    let store = Arc::new(MemoryStore::new());
    let world = World::with(Arc::clone(&store), ring);
    world.set_up();
    let restored = Arc::new(backup(&store));
    // After the backup a thief sets up, with epoch 3.
    world
        .tenant
        .reset(&world.account, &admin("talked into it"))
        .unwrap();
    let (_, thief) = confirm(&world);
    // The backup is put back, the account reset, and the owner sets up: epoch 3 again, by number.
    let world = World::with(restored, copy);
    world
        .tenant
        .reset(&world.account, &admin("throw the thief out"))
        .unwrap();
    let _ = confirm(&world);
    let session = Presented::new(&thief.assertion).bound_to(b"session");
    let standing = world.tenant.check_assertion(session);
    assert!(
        !matches!(standing, Ok(Standing::Current(_))),
        "{standing:?}"
    );
}

/// A copy of what the store holds of the account and the policy, without the events.
fn backup(store: &MemoryStore) -> MemoryStore {
    let tenant = TenantId::new("acme").unwrap();
    let copy = MemoryStore::new();
    let places = [
        (DocumentKind::Policy, &b""[..]),
        (DocumentKind::Account, &b"7"[..]),
    ];
    for (kind, id) in places {
        let key = DocumentKey::new(tenant.clone(), kind, id);
        let loaded = pollster::block_on(store.load(core::slice::from_ref(&key))).unwrap();
        let stored = loaded[0].clone().unwrap();
        let mut expected = Revision::ABSENT;
        while expected < stored.revision {
            let next = expected.next().unwrap();
            let index = IndexValues::new(KeyId::new(1));
            let write = Write::new(
                key.clone(),
                expected,
                next,
                stored.body.clone(),
                index,
                vec![],
            );
            pollster::block_on(copy.commit(&Commit::new(CommitId::new([1; 16]), vec![write])))
                .unwrap();
            expected = next;
        }
    }
    copy
}

#[test]
fn c24_c29_c45_the_events_of_which_a_person_must_be_told_say_so() {
    let world = World::new();
    let (app, codes) = world.set_up();
    let told = |limit| -> Vec<&'static str> {
        let page = world.tenant.events(AuditQuery::newest(limit)).unwrap();
        let kinds = page
            .entries
            .into_iter()
            .filter_map(|entry| entry.event)
            .map(|event| event.kind);
        kinds
            .filter(EventKind::must_be_told)
            .map(|kind| kind.name())
            .collect()
    };
    assert_eq!(told(100), ["backup_codes_issued", "authenticator_bound"]);
    world.clock.advance(30);
    let verified = world.verify(&world.challenge(), &world.code(&app));
    assert!(matches!(verified, Verification::Verified(_)));
    assert_eq!(told(1), [""; 0], "an ordinary sign-in");
    let ticket = world.challenge();
    for code in world::wrong_codes(&world, &app).take(5) {
        let _ = world.verify(&ticket, &code);
    }
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&ticket, &world.code(&app)),
        Verification::Verified(_)
    ));
    assert_eq!(told(2), ["succeeded_after_failures"]);
    assert!(matches!(
        world.verify(&world.challenge(), &codes[0]),
        Verification::Verified(_)
    ));
    assert_eq!(told(1), ["backup_code_accepted"]);
    world
        .tenant
        .reset(&world.account, &admin("lost the phone"))
        .unwrap();
    assert_eq!(told(1), ["reset"]);
}

#[test]
fn a_page_holds_1_to_100_entries() {
    let world = World::new();
    for limit in [0, 101] {
        let error = world.tenant.events(AuditQuery::oldest(limit)).unwrap_err();
        assert_eq!(error, Error::Misuse(Misuse::PageSize));
    }
}

#[test]
fn a11_c16_every_way_to_try_a_code_is_charged() {
    let world = World::new();
    let (app, codes) = world.set_up();
    assert!(matches!(
        world.verify(&world.challenge(), &codes[0]),
        Verification::Verified(_)
    ));
    world.clock.advance(30);
    // A wrong code, a wrong backup code, one of a slot that does not exist, and a used one, all on one count.
    let wrong = world::wrong_codes(&world, &app).next().unwrap();
    let absent = format!("F{}", &codes[1][1..]);
    let swapped = format!("{}{}", &codes[1][..1], &codes[2][1..]);
    for (typed, left) in [(&wrong, 4), (&swapped, 3), (&absent, 2)] {
        let outcome = world.verify(&world.challenge(), typed);
        let Verification::Mismatch(mismatch) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (mismatch.charged, mismatch.attempts_left),
            (Charged::Yes, left)
        );
    }
    let ticket = world.challenge();
    assert!(matches!(
        world.verify(&ticket, &codes[0]),
        Verification::Replayed(_)
    ));
    assert!(matches!(
        world.verify(&ticket, &swapped),
        Verification::Locked(_)
    ));
    // Under the lock a right backup code is not looked at, and stays good.
    assert!(matches!(
        world.verify(&ticket, &codes[3]),
        Verification::Locked(_)
    ));
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&ticket, &codes[3]),
        Verification::Verified(_)
    ));
}

#[test]
fn c18_a_used_code_is_free_twice_and_then_charged() {
    let world = World::new();
    let (app, _) = world.set_up();
    let ticket = world.challenge();
    let used = world.code(&app);
    // Two are free, four are charged, and the fifth charge locks.
    for _ in 0..6 {
        assert!(matches!(
            world.verify(&ticket, &used),
            Verification::Replayed(_)
        ));
    }
    assert!(matches!(
        world.verify(&ticket, &used),
        Verification::Locked(_)
    ));
}

#[test]
fn a13_who_has_no_ticket_locks_nobody() {
    let world = World::new();
    let (app, codes) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    let wrong = world::wrong_codes(&world, &app).next().unwrap();
    for _ in 0..30 {
        assert!(matches!(
            world.verify("nonsense", &wrong),
            Verification::Void(_)
        ));
        let other = Presented::new(&ticket).bound_to(b"other");
        assert!(matches!(
            world.tenant.verify(other, &wrong).unwrap(),
            Verification::Void(_)
        ));
        let _ = world.tenant.begin_password(&world.account).unwrap();
    }
    // Passwords are paused for a while; the codes of who is past the password are not.
    assert!(matches!(
        world.tenant.begin_password(&world.account).unwrap(),
        Gate::Refused(_)
    ));
    assert!(matches!(
        world.verify(&ticket, &codes[0]),
        Verification::Verified(_)
    ));
}

#[test]
fn a23_a_session_without_a_factor_adds_none_beside_one() {
    let world = World::new();
    world.set_up();
    set_policy(&world, Requirement::Off);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Thief").unwrap(),
    );
    let outcome = world.tenant.begin_setup(session, &name, &label).unwrap();
    assert!(
        matches!(outcome, SetupStart::Void(Void::Insufficient)),
        "{outcome:?}"
    );
}

#[test]
fn c32_a_session_ends_after_30_days() {
    let world = World::new();
    let (_, confirmed) = confirm(&world);
    let session = Presented::new(&confirmed.assertion).bound_to(b"session");
    world.clock.advance(2_592_000 - 1);
    assert!(matches!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::Current(_)
    ));
    world.clock.advance(1);
    assert_eq!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::SignInAgain(Void::Expired)
    );
}

#[test]
fn a16_c13_no_two_setups_share_a_secret_or_a_code() {
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let mut world = World::new();
        for person in ["1", "2", "3"] {
            world.be(person);
            let (app, codes) = world.set_up();
            assert!(seen.insert(app.secret().to_base32().to_string()));
            for code in codes {
                // Without the symbol of its slot: 80 random bits.
                assert!(seen.insert(code[1..].to_owned()));
            }
        }
    }
    assert_eq!(seen.len(), 2 * 3 * 11);
}

#[test]
fn c20_a_hard_lock_ends_with_a_reset_alone() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    for _ in 0..20 {
        let wrong = world::wrong_codes(&world, &app).next().unwrap();
        let _ = world.verify(&world.challenge(), &wrong);
        world.clock.advance(3_600);
    }
    world.clock.advance(400 * 86_400);
    let Decision::Deny(lock) = world.sign_in() else {
        panic!()
    };
    assert_eq!(lock.end, LockEnd::Hard);
    world
        .tenant
        .reset(&world.account, &admin("seen in person"))
        .unwrap();
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
}

#[test]
fn an_account_has_five_authenticators_at_most() {
    let world = World::new();
    let (_, confirmed) = confirm(&world);
    let mut assertion = confirmed.assertion;
    for bound in 1..=5 {
        let session = Presented::new(&assertion).bound_to(b"session");
        if bound == 5 {
            let (name, label) = (
                AccountName::new("anna").unwrap(),
                Label::new("Sixth").unwrap(),
            );
            let outcome = world.tenant.begin_setup(session, &name, &label).unwrap();
            assert!(matches!(outcome, SetupStart::TooManyAuthenticators));
            break;
        }
        let app = world.scan(session);
        let outcome = world.tenant.confirm_setup(session, &world.code(&app));
        let Confirmation::Confirmed(confirmed) = outcome.unwrap() else {
            panic!()
        };
        assertion = confirmed.assertion;
    }
}

#[test]
fn a20_a21_a_ticket_takes_the_codes_of_its_own_account_only() {
    let mut world = World::new();
    world.be("1");
    let (own_app, own_codes) = world.set_up();
    world.clock.advance(30);
    let own = world.challenge();
    world.be("01");
    let (other_app, other_codes) = world.set_up();
    world.clock.advance(30);
    let other = world.challenge();
    for (ticket, typed) in [
        (&own, world.code(&other_app)),
        (&own, other_codes[0].clone()),
        (&other, world.code(&own_app)),
        (&other, own_codes[0].clone()),
    ] {
        let outcome = world.verify(ticket, &typed);
        assert!(matches!(outcome, Verification::Mismatch(_)), "{outcome:?}");
    }
    for (ticket, typed) in [(&own, &own_codes[0]), (&other, &other_codes[0])] {
        let outcome = world.verify(ticket, typed);
        assert!(matches!(outcome, Verification::Verified(_)), "{outcome:?}");
    }
}
