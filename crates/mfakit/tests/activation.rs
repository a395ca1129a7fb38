//! Activation codes: issued, redeemed once, issued anew, revoked, expired, and listed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/activation.rs"]
mod activation;
#[path = "support/world.rs"]
mod world;

use alloc::collections::BTreeSet;

use mfakit::{
    ActivationCode, ActivationCodeError, ActivationHandle, ActivationLifetime, ActivationQuery,
    ActivationRefusal, ActivationState, AuditQuery, AuditSubject, AuditVerdict, ClockRepair, Error,
    IssuedActivation, Issuer, Label, MemoryStore, Misuse, Policy, Redemption, Reissue, Revocation,
    Setting, TenantId, Unavailable, UnixTime,
};

use activation::{
    backup_service, is_redeemed, issue, redeem, reissue, revoke, server, set, state, story, text,
    try_redeem, wrong_codes,
};
use world::{START, World, admin};

/// What happens to a code, and what is typed then.
type Fate<'a> = &'a dyn Fn(&IssuedActivation) -> String;

#[test]
fn u10_a_code_installs_once_and_a_reinstall_needs_a_new_one() {
    let world = World::new();
    let issued = issue(&world);
    assert_eq!(issued.expires, UnixTime::from_seconds(START + 86_400));
    world.clock.advance(60);
    let typed = text(&issued).to_lowercase().replace('-', " ");
    let Redemption::Redeemed(redeemed) = redeem(&world, &typed) else {
        panic!("a good code was refused")
    };
    assert_eq!(redeemed.handle, issued.handle);
    assert_eq!(redeemed.purpose, backup_service());
    assert_eq!(redeemed.issued.by.as_str(), "root");
    assert_eq!(redeemed.issued.at, UnixTime::from_seconds(START));
    // Single use: the same code installs nothing more.
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
    // A reinstall has a new code for the same installation.
    let replaced = reissue(&world, issued.handle);
    assert_eq!(replaced.issued.handle, issued.handle);
    let ActivationState::Redeemed(act) = &replaced.old else {
        panic!("{:?}", replaced.old)
    };
    assert_eq!(act.by, server());
    assert_eq!(act.at, UnixTime::from_seconds(START + 60));
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
    assert!(is_redeemed(&redeem(&world, &text(&replaced.issued))));
}

#[test]
fn u10_every_refusal_looks_the_same_outside_and_its_reason_is_in_the_audit_trail() {
    let world = World::new();
    let cases: [(Fate<'_>, _); 5] = [
        (
            &|it| wrong_codes(&text(it))[0].clone(),
            ActivationRefusal::Mismatch,
        ),
        (
            &|it| {
                assert!(is_redeemed(&redeem(&world, &text(it))));
                text(it)
            },
            ActivationRefusal::Redeemed,
        ),
        (
            &|it| {
                assert_eq!(revoke(&world, it.handle), Revocation::Revoked);
                text(it)
            },
            ActivationRefusal::Revoked,
        ),
        (
            &|it| {
                world.clock.advance(86_400);
                text(it)
            },
            ActivationRefusal::Expired,
        ),
        (
            &|it| {
                let _ = reissue(&world, it.handle);
                text(it)
            },
            ActivationRefusal::Mismatch,
        ),
    ];
    for (typed, expected) in cases {
        let issued = issue(&world);
        let typed = typed(&issued);
        assert!(!is_redeemed(&redeem(&world, &typed)), "{expected:?}");
        let last = story(&world, issued.handle).pop().unwrap();
        let name = "activation_refused".to_owned();
        assert_eq!(last, (name, Some(expected), "server 12".to_owned()));
        let (_, left) = state(&world, issued.handle);
        assert_eq!(left, 9, "{expected:?}");
    }
}

#[test]
fn u10_nothing_is_written_for_a_text_or_a_handle_that_nobody_issued() {
    let world = World::new();
    let issued = issue(&world);
    let right = text(&issued);
    let before = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let mistyped = right.replace('-', "").chars().rev().collect::<String>();
    let nobody = "00000-00000-00000-00000-00000";
    assert!(ActivationCode::parse(nobody).is_ok());
    for typed in ["", "123456", &mistyped, &format!("{right}0"), nobody, "🦀"] {
        assert!(!is_redeemed(&redeem(&world, typed)), "{typed:?}");
    }
    let after = world.tenant.events(AuditQuery::newest(100)).unwrap();
    assert_eq!(before.entries, after.entries);
    // What is mistyped can be said before anything is sent.
    let swapped = wrong_codes(&right)[0].replace('-', "");
    let (head, tail) = swapped.split_at(24);
    let last = if tail == "0" { "1" } else { "0" };
    let mistyped = ActivationCode::parse(&format!("{head}{last}"));
    assert_eq!(mistyped.unwrap_err(), ActivationCodeError::Check);
}

#[test]
fn a32_a_code_is_good_for_its_purpose_only_and_a_wrong_one_is_charged() {
    let world = World::new();
    let issued = issue(&world);
    let typed = text(&issued);
    let other = Label::new("print service").unwrap();
    let outcome = world.tenant.redeem_activation(&typed, &other, &server());
    assert!(!is_redeemed(&outcome.unwrap()));
    assert_eq!(state(&world, issued.handle), (ActivationState::Open, 9));
    let refusal = story(&world, issued.handle).pop().unwrap().1;
    assert_eq!(refusal, Some(ActivationRefusal::WrongPurpose));
    assert!(is_redeemed(&redeem(&world, &typed)));
}

#[test]
fn a32_a_code_is_good_in_its_tenant_only() {
    let keyring = mfakit::Keyring::generate(&mut getrandom::SysRng).unwrap();
    let clock = mfakit::ManualClock::starting_at(UnixTime::from_seconds(START));
    let engine = mfakit::Engine::builder(MemoryStore::new(), keyring).clock(clock);
    let engine = mfakit::blocking::Engine::from(engine.build());
    let tenants = ["acme", "globex"].map(|name| {
        let policy = Policy::new(Issuer::new(name).unwrap());
        let id = TenantId::new(name).unwrap();
        engine.create_tenant(&id, policy, &admin("a test")).unwrap();
        engine.tenant(name).unwrap()
    });
    let (purpose, by) = (backup_service(), admin("a new server"));
    let lifetime = ActivationLifetime::POLICY;
    let issued = tenants[0]
        .issue_activation(&purpose, lifetime, &by)
        .unwrap();
    let redeem = |tenant: &mfakit::blocking::Tenant| {
        let outcome = tenant.redeem_activation(&text(&issued), &purpose, &server());
        is_redeemed(&outcome.unwrap())
    };
    assert!(!redeem(&tenants[1]));
    let unknown = tenants[1].reissue_activation(issued.handle, lifetime, &by);
    assert!(matches!(unknown.unwrap(), Reissue::Unknown));
    let unknown = tenants[1].revoke_activation(issued.handle, &by).unwrap();
    assert_eq!(unknown, Revocation::Unknown);
    let status = tenants[1].activation_status(&[issued.handle]).unwrap();
    assert_eq!((&status[0].record, status[0].fault), (&None, None));
    assert!(redeem(&tenants[0]));
}

#[test]
fn c25_after_ten_failures_the_right_code_is_void_and_nothing_more_is_written() {
    let world = World::new();
    let issued = issue(&world);
    let right = text(&issued);
    for wrong in wrong_codes(&right).iter().take(10) {
        assert!(!is_redeemed(&redeem(&world, wrong)));
    }
    let before = story(&world, issued.handle).len();
    assert!(!is_redeemed(&redeem(&world, &right)));
    assert_eq!(story(&world, issued.handle).len(), before);
    // A reissue gives new tries and a new code; the old one stays void.
    let replaced = reissue(&world, issued.handle);
    assert_eq!(replaced.old, ActivationState::Exhausted);
    assert!(!is_redeemed(&redeem(&world, &right)));
    assert_eq!(state(&world, issued.handle), (ActivationState::Open, 9));
    assert!(is_redeemed(&redeem(&world, &text(&replaced.issued))));
}

#[test]
fn c25_n19_a_policy_sets_how_many_failures_a_code_survives() {
    let world = World::new();
    for tries in [3, 20] {
        set(&world, Setting::ActivationTries, tries);
        let issued = issue(&world);
        assert_eq!(state(&world, issued.handle).1, tries);
        let wrong = wrong_codes(&text(&issued));
        for code in wrong.iter().take(usize::try_from(tries).unwrap() - 1) {
            assert!(!is_redeemed(&redeem(&world, code)));
        }
        assert_eq!(state(&world, issued.handle), (ActivationState::Open, 1));
        assert!(is_redeemed(&redeem(&world, &text(&issued))));
    }
    let policy = world.tenant.policy().unwrap();
    for tries in [2, 21] {
        assert!(
            policy
                .clone()
                .with(Setting::ActivationTries, tries)
                .is_err()
        );
    }
    for seconds in [599, 2_592_001] {
        let refused = policy.clone().with(Setting::ActivationLifetime, seconds);
        assert!(refused.is_err());
    }
}

#[test]
fn c41_a_code_ends_with_its_lifetime() {
    for (lifetime, seconds) in [
        (ActivationLifetime::POLICY, 86_400),
        (ActivationLifetime::BINDING, 600),
        (ActivationLifetime::at_most(3_600).unwrap(), 3_600),
        (ActivationLifetime::POST, 86_400),
    ] {
        for late in [0, 1] {
            let world = World::new();
            let (purpose, by) = (backup_service(), admin("a new server"));
            let issued = world.tenant.issue_activation(&purpose, lifetime, &by);
            let issued = issued.unwrap();
            let ends = UnixTime::from_seconds(START + i64::from(seconds));
            assert_eq!(issued.expires, ends);
            world.clock.advance(seconds - 1 + late);
            assert_eq!(is_redeemed(&redeem(&world, &text(&issued))), late == 0);
            let (state, _) = state(&world, issued.handle);
            assert_eq!(state.name(), if late == 0 { "redeemed" } else { "expired" });
        }
    }
}

#[test]
fn c27_a_lifetime_that_the_policy_shortens_holds_for_codes_that_are_out() {
    let world = World::new();
    let issued = issue(&world);
    set(&world, Setting::ActivationLifetime, 3_600);
    world.clock.advance(3_600);
    let status = world.tenant.activation_status(&[issued.handle]).unwrap();
    let record = status[0].record.as_ref().unwrap();
    assert_eq!(record.expires, UnixTime::from_seconds(START + 3_600));
    assert_eq!(record.state, ActivationState::Expired);
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
    // A longer one makes none of them last longer than was said.
    set(&world, Setting::ActivationLifetime, 2_592_000);
    world.clock.advance(86_400 - 3_600);
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
}

#[test]
fn c41_a_redeemed_code_is_not_revoked_and_a_revoked_one_not_redeemed() {
    let world = World::new();
    let issued = issue(&world);
    assert!(is_redeemed(&redeem(&world, &text(&issued))));
    let Revocation::AlreadyRedeemed(act) = revoke(&world, issued.handle) else {
        panic!("a redeemed code was revoked")
    };
    assert_eq!(act.by, server());
    let issued = issue(&world);
    assert_eq!(revoke(&world, issued.handle), Revocation::Revoked);
    assert_eq!(revoke(&world, issued.handle), Revocation::AlreadyRevoked);
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
    let (state, _) = state(&world, issued.handle);
    let ActivationState::Revoked(act) = state else {
        panic!("{state:?}")
    };
    assert_eq!(act.by.as_str(), "root");
}

#[test]
fn u10_the_list_tells_when_for_what_and_by_whom_in_pages() {
    let world = World::new();
    let mut issued = BTreeSet::new();
    for place in 0..7 {
        world.clock.advance(1);
        let one = issue(&world);
        if place == 3 {
            assert!(is_redeemed(&redeem(&world, &text(&one))));
        }
        issued.insert(one.handle);
    }
    let mut listed = Vec::new();
    let mut query = ActivationQuery::first(2);
    loop {
        let page = world.tenant.activations(query).unwrap();
        listed.extend(page.entries);
        let Some(next) = page.next else { break };
        query = query.after(next);
    }
    let handles: BTreeSet<_> = listed.iter().map(|it| it.handle).collect();
    assert_eq!((listed.len(), handles), (7, issued));
    for status in &listed {
        let record = status.record.as_ref().unwrap();
        assert_eq!(record.purpose, backup_service());
        assert_eq!(record.issued.by.as_str(), "root");
        assert!(record.issued.at > UnixTime::from_seconds(START));
        let parsed = ActivationHandle::parse(&status.handle.to_string());
        assert_eq!(parsed, Ok(status.handle));
    }
    let states = listed.iter().map(|it| &it.record.as_ref().unwrap().state);
    let redeemed = states.filter(|it| matches!(it, ActivationState::Redeemed(_)));
    assert_eq!(redeemed.count(), 1);
    for limit in [0, 101] {
        let refused = world.tenant.activations(ActivationQuery::first(limit));
        assert_eq!(refused.unwrap_err(), Error::Misuse(Misuse::PageSize));
    }
    let many = vec![listed[0].handle; 101];
    let refused = world.tenant.activation_status(&many).unwrap_err();
    assert_eq!(refused, Error::Misuse(Misuse::TooMany));
}

#[test]
fn u11_the_audit_trail_of_an_installation_is_whole() {
    let world = World::new();
    let issued = issue(&world);
    assert!(is_redeemed(&redeem(&world, &text(&issued))));
    assert!(!is_redeemed(&redeem(&world, &text(&issued))));
    let replaced = reissue(&world, issued.handle);
    assert_eq!(revoke(&world, issued.handle), Revocation::Revoked);
    let told = story(&world, issued.handle);
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.0.as_str(), it.2.as_str()))
        .collect();
    let expected = [
        ("activation_issued", "root"),
        ("activation_redeemed", "server 12"),
        ("activation_refused", "server 12"),
        ("activation_reissued", "root"),
        ("activation_revoked", "root"),
    ];
    assert_eq!(told, expected);
    let subject = AuditSubject::Activation(issued.handle);
    let verdict = world.tenant.verify_audit(subject).unwrap();
    assert_eq!(verdict, AuditVerdict::Whole { events: 5 });
    // No code stands in it, nor anywhere else that can be printed.
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let status = world
        .tenant
        .activations(ActivationQuery::first(10))
        .unwrap();
    let printed = format!("{page:?} {status:?} {issued:?} {replaced:?}");
    assert!(printed.contains(&issued.handle.to_string()));
    for code in [text(&issued), text(&replaced.issued)] {
        let secret = code.replace('-', "").split_at(8).1.to_owned();
        assert!(!printed.contains(&code) && !printed.contains(&secret));
    }
}

#[test]
fn a30_a_clock_that_falls_back_makes_no_code_live_longer() {
    let world = World::new();
    let issued = issue(&world);
    world.clock.advance(86_399);
    assert!(!is_redeemed(&redeem(
        &world,
        &wrong_codes(&text(&issued))[0]
    )));
    // The document remembers the time; a clock a little behind counts as that time, one far behind is refused.
    world.clock.set(UnixTime::from_seconds(START));
    let behind = try_redeem(&world, &text(&issued)).unwrap_err();
    assert_eq!(behind, Error::Unavailable(Unavailable::ClockBehind));
    world
        .clock
        .set(UnixTime::from_seconds(START + 86_399 - 100));
    assert!(is_redeemed(&redeem(&world, &text(&issued))));
}

#[test]
fn a30_after_a_clock_that_was_ahead_an_administrator_sets_the_times_right() {
    let world = World::new();
    let by = admin("the clock was a year ahead");
    let year = 365 * 86_400;
    world.clock.advance(year);
    let (open, used) = (issue(&world), issue(&world));
    assert!(is_redeemed(&redeem(&world, &text(&used))));
    world.clock.set(UnixTime::from_seconds(START));
    for issued in [&open, &used] {
        let behind = try_redeem(&world, &text(issued)).unwrap_err();
        assert_eq!(behind, Error::Unavailable(Unavailable::ClockBehind));
        let repair = || world.tenant.repair_activation_clock(issued.handle, &by);
        assert_eq!(repair().unwrap(), ClockRepair::Repaired);
        assert_eq!(repair().unwrap(), ClockRepair::NothingAhead);
    }
    // A used code stays used, and an open one has no year to live.
    assert!(!is_redeemed(&redeem(&world, &text(&used))));
    let status = world.tenant.activation_status(&[open.handle]).unwrap();
    let record = status[0].record.as_ref().unwrap();
    assert_eq!(record.issued.at, UnixTime::from_seconds(START));
    assert_eq!(record.expires, UnixTime::from_seconds(START + 86_400));
    assert!(is_redeemed(&redeem(&world, &text(&open))));
    let subject = AuditSubject::Activation(open.handle);
    let verdict = world.tenant.verify_audit(subject).unwrap();
    assert_eq!(verdict, AuditVerdict::Whole { events: 3 });
}
