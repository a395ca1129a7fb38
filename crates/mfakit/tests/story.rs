//! The life of one second factor, from the first sign-in to a reset, through the public interface.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/world.rs"]
mod world;

use mfakit::{
    AccountId, AccountName, AuditQuery, AuditSubject, AuditVerdict, Basis, Charged, Confirmation,
    Decision, FirstFactor, Gate, Label, LockEnd, PolicyChange, Presented, ReplayedCode,
    Requirement, SetupStart, SignIn, Standing, UnixTime, Verification, Void,
};

use world::{START, World, admin, wrong_codes};

#[test]
fn u2_u6_a24_the_first_sign_in_leads_to_setup_and_nowhere_else() {
    let world = World::new();
    let Decision::Setup(setup) = world.sign_in() else {
        panic!("not led to setup")
    };
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let first = world.scan(ticket);
    let again = world.scan(ticket);
    assert_eq!(
        world.code(&first),
        world.code(&again),
        "a reload shows the same secret"
    );
    // A ticket to set up verifies nothing.
    let verified = world.tenant.verify(ticket, &world.code(&first)).unwrap();
    assert!(matches!(verified, Verification::Void(Void::WrongPurpose)));
    // Nor does a pending setup count.
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
}

#[test]
fn u1_a1_a_code_is_good_once_and_the_setup_spends_its_own() {
    let world = World::new();
    let (app, _) = world.set_up();
    let ticket = world.challenge();
    let replayed = world.verify(&ticket, &world.code(&app));
    let Verification::Replayed(replayed) = replayed else {
        panic!("{replayed:?}")
    };
    assert_eq!(replayed.what, ReplayedCode::Otp);
    assert!((1..=30).contains(&replayed.wait_seconds));
    world.clock.advance(30);
    let code = world.code(&app);
    let Verification::Verified(verified) = world.verify(&ticket, &code) else {
        panic!()
    };
    assert_eq!(verified.basis, Basis::Otp);
    // The ticket is spent, and the code too.
    assert!(matches!(
        world.verify(&ticket, &code),
        Verification::Void(Void::Spent)
    ));
    let second = world.challenge();
    assert!(matches!(
        world.verify(&second, &code),
        Verification::Replayed(_)
    ));
}

#[test]
fn a2_the_neighbour_of_an_accepted_step_is_refused_too() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(300);
    let (before, now) = (world.code(&app), world.code_in(&app, 30));
    assert!(matches!(
        world.verify(&world.challenge(), &now),
        Verification::Verified(_)
    ));
    assert!(matches!(
        world.verify(&world.challenge(), &before),
        Verification::Replayed(_)
    ));
    world.clock.advance(30);
    assert!(matches!(
        world.verify(&world.challenge(), &before),
        Verification::Replayed(_)
    ));
}

#[test]
fn a3_a_used_code_in_another_dress_is_the_same_code() {
    let world = World::new();
    let (app, _) = world.set_up();
    let code = world.code(&app);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert!(matches!(
        world.verify(&world.challenge(), &spaced),
        Verification::Replayed(_)
    ));
    for dress in [
        format!("+{code}"),
        format!("{code}\0"),
        format!("0{code}"),
        String::new(),
    ] {
        let outcome = world.verify(&world.challenge(), &dress);
        let Verification::Mismatch(mismatch) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(mismatch.charged, Charged::NotACode);
        assert_eq!(mismatch.attempts_left, 5);
    }
}

#[test]
fn u4_a_backup_code_works_once() {
    let world = World::new();
    let (_, codes) = world.set_up();
    assert_eq!(codes.len(), 10);
    let typed = codes[4].to_lowercase().replace('-', " ");
    let Verification::Verified(verified) = world.verify(&world.challenge(), &typed) else {
        panic!()
    };
    assert_eq!(
        (verified.basis, verified.backup_codes_left),
        (Basis::BackupCode, 9)
    );
    assert!(verified.new_backup_codes.is_none());
    let again = world.verify(&world.challenge(), &codes[4]);
    let Verification::Replayed(replayed) = again else {
        panic!("{again:?}")
    };
    assert_eq!(replayed.what, ReplayedCode::BackupCode);
    for (left, code) in codes.iter().enumerate().filter(|(place, _)| *place != 4) {
        let outcome = world.verify(&world.challenge(), code);
        assert!(
            matches!(outcome, Verification::Verified(_)),
            "{left}: {outcome:?}"
        );
    }
}

#[test]
fn backup_codes_that_were_never_acknowledged_are_made_anew() {
    let world = World::new();
    let Decision::Setup(setup) = world.sign_in() else {
        panic!()
    };
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let app = world.scan(ticket);
    let Confirmation::Confirmed(confirmed) = world
        .tenant
        .confirm_setup(ticket, &world.code(&app))
        .unwrap()
    else {
        panic!()
    };
    let old: Vec<String> = confirmed
        .backup_codes
        .unwrap()
        .iter()
        .map(String::from)
        .collect();
    world.clock.advance(30);
    let Verification::Verified(verified) = world.verify(&world.challenge(), &world.code(&app))
    else {
        panic!()
    };
    let new: Vec<String> = verified
        .new_backup_codes
        .unwrap()
        .iter()
        .map(String::from)
        .collect();
    assert!(matches!(
        world.verify(&world.challenge(), &old[0]),
        Verification::Mismatch(_)
    ));
    assert!(matches!(
        world.verify(&world.challenge(), &new[0]),
        Verification::Verified(_)
    ));
}

#[test]
fn a8_a9_guesses_are_counted_on_the_account_whatever_the_ticket() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let right = world.code(&app);
    let wrong: Vec<String> = wrong_codes(&world, &app).take(5).collect();
    for (place, code) in wrong[..4].iter().enumerate() {
        let outcome = world.verify(&world.challenge(), code);
        let Verification::Mismatch(mismatch) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(mismatch.attempts_left, 4 - u32::try_from(place).unwrap());
    }
    let ticket = world.challenge();
    let Verification::Locked(lock) = world.verify(&ticket, &wrong[4]) else {
        panic!()
    };
    let until = UnixTime::from_seconds(START + 30 + 30);
    assert_eq!(lock.end, LockEnd::At(until));
    // Locked out everywhere, also with the right code.
    assert!(matches!(
        world.verify(&ticket, &right),
        Verification::Locked(_)
    ));
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
    world.clock.set(until);
    assert!(matches!(
        world.verify(&ticket, &world.code(&app)),
        Verification::Verified(_)
    ));
}

#[test]
fn a22_a_ticket_from_the_password_never_touches_an_account_that_has_a_factor() {
    let world = World::new();
    let Decision::Setup(rival) = world.sign_in() else {
        panic!()
    };
    world.set_up();
    let ticket = Presented::new(&rival.ticket).bound_to(b"session");
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Thief").unwrap(),
    );
    let outcome = world.tenant.begin_setup(ticket, &name, &label).unwrap();
    assert!(
        matches!(outcome, SetupStart::Void(Void::Superseded)),
        "{outcome:?}"
    );
    // Nor does a ticket to verify set anything up.
    let challenge = world.challenge();
    let outcome = world.tenant.begin_setup(
        Presented::new(&challenge).bound_to(b"session"),
        &name,
        &label,
    );
    assert!(matches!(
        outcome.unwrap(),
        SetupStart::Void(Void::WrongPurpose)
    ));
}

#[test]
fn u5_a27_a_reset_voids_everything_and_leads_to_setup() {
    let world = World::new();
    let (app, codes) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    let other = world.challenge();
    let Verification::Verified(verified) = world.verify(&other, &world.code(&app)) else {
        panic!()
    };
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    assert!(matches!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::Current(_)
    ));
    world
        .tenant
        .reset(&world.account, &admin("lost the phone"))
        .unwrap();
    assert_eq!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::SignInAgain(Void::Superseded)
    );
    world.clock.advance(30);
    for typed in [&world.code(&app), &codes[0]] {
        assert!(matches!(
            world.verify(&ticket, typed),
            Verification::Void(Void::Superseded)
        ));
    }
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    let status = world
        .tenant
        .status(core::slice::from_ref(&world.account))
        .unwrap();
    assert!(status[0].authenticators.is_empty());
    assert_eq!(status[0].backup_codes_left, 0);
    // A reset of an account without a document voids its open sign-ins too.
    let stranger = AccountId::new("8").unwrap();
    let first = FirstFactor::external(stranger.clone());
    let Decision::Setup(setup) = world.tenant.sign_in(first, SignIn::new()).unwrap() else {
        panic!()
    };
    world.tenant.reset(&stranger, &admin("precaution")).unwrap();
    let (name, label) = (
        AccountName::new("bo").unwrap(),
        Label::new("Phone").unwrap(),
    );
    let outcome = world
        .tenant
        .begin_setup(&setup.ticket, &name, &label)
        .unwrap();
    assert!(matches!(outcome, SetupStart::Void(Void::Superseded)));
}

#[test]
fn u6_a24_the_policy_of_the_day_decides_also_for_open_sessions() {
    let world = World::new();
    let policy = world.tenant.policy().unwrap();
    let optional = policy.with_requirement(Requirement::Optional);
    let change = world.tenant.set_policy(optional, &admin("pilot")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    assert_eq!(allowed.basis, Basis::NotSetUp);
    assert!(allowed.may_set_up);
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    assert!(matches!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::Current(_)
    ));
    let required = world
        .tenant
        .policy()
        .unwrap()
        .with_requirement(Requirement::Required);
    let change = world
        .tenant
        .set_policy(required, &admin("roll-out"))
        .unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let standing = world.tenant.check_assertion(session).unwrap();
    assert_eq!(standing, Standing::SignInAgain(Void::Insufficient));
    // A host may demand more than the policy does.
    let off = world
        .tenant
        .policy()
        .unwrap()
        .with_requirement(Requirement::Off);
    let change = world.tenant.set_policy(off, &admin("maintenance")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let first = || FirstFactor::external(world.account.clone());
    assert!(matches!(
        world.tenant.sign_in(first(), SignIn::new()).unwrap(),
        Decision::Allow(_)
    ));
    let demanded = world
        .tenant
        .sign_in(first(), SignIn::new().demand_factor())
        .unwrap();
    assert!(matches!(demanded, Decision::Setup(_)));
}

#[test]
fn a23_an_optional_factor_is_set_up_from_a_fresh_session_only() {
    let world = World::new();
    let optional = world
        .tenant
        .policy()
        .unwrap()
        .with_requirement(Requirement::Optional);
    let change = world.tenant.set_policy(optional, &admin("pilot")).unwrap();
    assert_eq!(change, PolicyChange::Changed);
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let app = world.scan(session);
    world.clock.advance(601);
    let outcome = world
        .tenant
        .confirm_setup(session, &world.code(&app))
        .unwrap();
    assert!(
        matches!(outcome, Confirmation::Void(Void::Stale)),
        "{outcome:?}"
    );
    let Decision::Allow(allowed) = world.sign_in() else {
        panic!()
    };
    let session = Presented::new(&allowed.assertion).bound_to(b"session");
    let app = world.scan(session);
    let Confirmation::Confirmed(_) = world
        .tenant
        .confirm_setup(session, &world.code(&app))
        .unwrap()
    else {
        panic!()
    };
    // The assertion from before the factor is void.
    assert_eq!(
        world.tenant.check_assertion(session).unwrap(),
        Standing::SignInAgain(Void::Superseded)
    );
}

#[test]
fn u9_the_gate_pauses_passwords_and_a_right_one_clears_it() {
    let world = World::new();
    let begin = || world.tenant.begin_password(&world.account).unwrap();
    for _ in 0..9 {
        assert!(matches!(begin(), Gate::Proceed(_)));
    }
    let Gate::Proceed(tenth) = begin() else {
        panic!()
    };
    let Gate::Refused(refusal) = begin() else {
        panic!("the eleventh is refused")
    };
    assert_eq!(refusal.until, UnixTime::from_seconds(START + 900));
    // The tenth was right: everything is clear again.
    assert!(matches!(
        world.tenant.sign_in(tenth, SignIn::new()).unwrap(),
        Decision::Setup(_)
    ));
    assert!(matches!(begin(), Gate::Proceed(_)));
    for _ in 0..9 {
        let _ = begin();
    }
    // Refused attempts do not renew the lock.
    world.clock.advance(899);
    assert!(matches!(begin(), Gate::Refused(_)));
    world.clock.advance(1);
    assert!(matches!(begin(), Gate::Proceed(_)));
}

#[test]
fn c40_bound_tickets_are_good_in_their_session_only() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    let code = world.code(&app);
    for presented in [
        Presented::new(&ticket),
        Presented::new(&ticket).bound_to(b"other"),
    ] {
        let outcome = world.tenant.verify(presented, &code).unwrap();
        assert!(matches!(outcome, Verification::Void(Void::WrongBinding)));
    }
    world.clock.advance(300);
    assert!(matches!(
        world.verify(&ticket, &code),
        Verification::Void(Void::Expired)
    ));
    assert!(matches!(
        world.verify("nonsense", &code),
        Verification::Void(Void::Unknown)
    ));
}

#[test]
fn u11_the_audit_trail_says_who_did_what_when_and_why() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let _ = world.verify(&world.challenge(), &world.code(&app));
    world
        .tenant
        .reset(&world.account, &admin("lost the phone"))
        .unwrap();
    let page = world.tenant.events(AuditQuery::newest(3)).unwrap();
    let newest = page.entries[0].event.as_ref().unwrap();
    assert_eq!(newest.kind.name(), "reset");
    assert_eq!(newest.actor.as_ref().unwrap().as_str(), "root");
    assert_eq!(newest.reason.as_ref().unwrap().as_str(), "lost the phone");
    assert_eq!(newest.at, UnixTime::from_seconds(START + 30));
    assert_eq!(page.entries[0].account.as_ref(), Some(&world.account));
    let mut names = Vec::new();
    let mut query = AuditQuery::oldest(2);
    loop {
        let page = world.tenant.events(query).unwrap();
        names.extend(
            page.entries
                .iter()
                .map(|it| it.event.as_ref().unwrap().kind.name()),
        );
        let Some(next) = page.next else { break };
        query = query.after(next);
    }
    let expected = [
        "tenant_created",
        "setup_started",
        "authenticator_bound",
        "backup_codes_issued",
        "backup_codes_acknowledged",
        "code_accepted",
        "authenticator_removed",
        "reset",
    ];
    assert_eq!(names, expected);
    let verdict = world
        .tenant
        .verify_audit(AuditSubject::Account(world.account.clone()))
        .unwrap();
    assert_eq!(verdict, AuditVerdict::Whole { events: 7 });
    assert_eq!(
        world.tenant.verify_audit(AuditSubject::Policy).unwrap(),
        AuditVerdict::Whole { events: 1 }
    );
}
