//! Exemptions.

use mfakit::{
    AccountName, Basis, Decision, EventKind, ExemptionChange, ExemptionEnd, Issuer, Label, Policy,
    Presented, Profile, Requirement, Setting, SetupStart, Standing, UnixTime, Void,
};

use crate::world::{START, World, admin};

use crate::support::*;

#[test]
fn u7_an_exempt_person_is_let_in_until_the_exemption_ends() {
    let world = World::new();
    let end = in_seconds(&world, 10 * DAY);
    assert_eq!(
        exempt(&world, ExemptionEnd::At(end)),
        ExemptionChange::Changed
    );
    let shown = status(&world).exemption.unwrap();
    assert_eq!(shown.granted_at, UnixTime::from_seconds(START));
    assert_eq!(shown.end, ExemptionEnd::At(end));
    assert_eq!(shown.by, admin("no phone"));
    let session = allowed(&world, Basis::Exempt);
    world.clock.advance(10 * DAY - 1);
    is_current(&world, &session, Basis::Exempt);
    let last = allowed(&world, Basis::Exempt);
    world.clock.advance(1);
    // It lapses by itself, for open sessions too.
    is_insufficient(&world, &session);
    is_insufficient(&world, &last);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert_eq!(status(&world).exemption, None);
}

#[test]
fn u7_an_exemption_counts_for_who_has_a_factor_and_not_against_a_lock() {
    let world = World::new();
    let (app, _) = world.set_up();
    world.clock.advance(30);
    let ticket = world.challenge();
    assert_eq!(exempt(&world, ExemptionEnd::Open), ExemptionChange::Changed);
    let session = allowed(&world, Basis::Exempt);
    // It rests on no factor, so it changes none.
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Mine").unwrap(),
    );
    let presented = Presented::new(&session).bound_to(b"session");
    let begun = world.tenant.begin_setup(presented, &name, &label).unwrap();
    assert!(matches!(begun, SetupStart::Void(Void::Insufficient)));
    for code in crate::world::wrong_codes(&world, &app).take(5) {
        let _ = world.verify(&ticket, &code);
    }
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
}

#[test]
fn u7_a_host_that_demands_a_factor_gets_one_from_the_exempt_too() {
    let mut world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    assert!(matches!(demanding(&world), Decision::Setup(_)));
    world.be("8");
    let _ = world.set_up();
    let _ = exempt(&world, ExemptionEnd::Open);
    assert!(matches!(demanding(&world), Decision::Challenge(_)));
    allowed(&world, Basis::Exempt);
}

#[test]
fn u7_ending_an_exemption_ends_its_sessions() {
    let world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    let session = allowed(&world, Basis::Exempt);
    let end = || {
        let by = admin("has a phone");
        world.tenant.end_exemption(&world.account, &by).unwrap()
    };
    assert_eq!(end(), ExemptionChange::Changed);
    assert_eq!(end(), ExemptionChange::NotExempt);
    is_insufficient(&world, &session);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    // Under an optional policy a session that rested on it is no better than before.
    require(&world, Requirement::Optional);
    is_insufficient(&world, &session);
    require(&world, Requirement::Off);
    is_current(&world, &session, Basis::Exempt);
    let ended = EventKind::ExemptionEnded;
    assert!(events(&world).contains(&ended));
    assert!(events(&world).contains(&EventKind::Exempted {
        end: ExemptionEnd::Open
    }));
}

#[test]
fn c54_the_bounds_of_exemptions_are_the_policy_s() {
    let mut world = World::new();
    let until = |seconds| ExemptionEnd::At(UnixTime::from_seconds(START + seconds));
    let day = i64::from(DAY);
    assert_eq!(exempt(&world, until(0)), ExemptionChange::EndsInThePast);
    assert_eq!(
        exempt(&world, until(i64::MAX - START)),
        ExemptionChange::Changed
    );
    world.be("8");
    set(&world, &[(Setting::ExemptionOpenEnd, 0)]);
    assert_eq!(
        exempt(&world, ExemptionEnd::Open),
        ExemptionChange::EndNeeded {
            latest: UnixTime::from_seconds(START + 3_650 * day)
        }
    );
    let pci = Policy::profile(Profile::Pci, Issuer::new("Seaside Library").unwrap());
    change(&world, |_| pci);
    assert!(events(&world).contains(&EventKind::ProfileChosen {
        profile: Profile::Pci
    }));
    let latest = UnixTime::from_seconds(START + 30 * day);
    assert_eq!(
        exempt(&world, ExemptionEnd::Open),
        ExemptionChange::EndNeeded { latest }
    );
    assert_eq!(
        exempt(&world, until(30 * day + 1)),
        ExemptionChange::TooLong { latest }
    );
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert_eq!(exempt(&world, until(30 * day)), ExemptionChange::Changed);
    allowed(&world, Basis::Exempt);
    // The one granted under a laxer policy ends with the limit of today's.
    world.be("7");
    let session = allowed(&world, Basis::Exempt);
    assert_eq!(
        status(&world).exemption.unwrap().end,
        ExemptionEnd::At(latest)
    );
    set(&world, &[(Setting::AssertionLifetime, 31 * DAY)]);
    world
        .clock
        .set(UnixTime::from_seconds(latest.seconds() - 1));
    is_current(&world, &session, Basis::Exempt);
    world.clock.advance(1);
    is_insufficient(&world, &session);
}

#[test]
fn u7_a_reset_leaves_the_exemption() {
    let world = World::new();
    let _ = exempt(&world, ExemptionEnd::Open);
    let session = allowed(&world, Basis::Exempt);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    assert_eq!(
        standing(&world, &session),
        Standing::SignInAgain(Void::Superseded)
    );
    allowed(&world, Basis::Exempt);
}

#[test]
fn c54_an_end_at_the_last_instants_is_no_way_around_an_end() {
    let world = World::new();
    let last = |seconds| ExemptionEnd::At(UnixTime::from_seconds(i64::MAX - seconds));
    // Where no end is needed, one that never comes does no harm.
    assert_eq!(exempt(&world, last(0)), ExemptionChange::Changed);
    let session = allowed(&world, Basis::Exempt);
    set(&world, &[(Setting::ExemptionOpenEnd, 0)]);
    let latest = in_seconds(&world, 3_650 * DAY);
    for end in [last(0), last(1), last(86_400)] {
        assert_eq!(exempt(&world, end), ExemptionChange::TooLong { latest });
    }
    assert_eq!(
        exempt(&world, ExemptionEnd::Open),
        ExemptionChange::EndNeeded { latest }
    );
    assert_eq!(
        exempt(&world, ExemptionEnd::At(latest)),
        ExemptionChange::Changed
    );
    // One that was granted before ends by the policy of the day.
    world.clock.advance(3_650 * DAY - 1);
    allowed(&world, Basis::Exempt);
    world.clock.advance(1);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    assert!(!matches!(standing(&world, &session), Standing::Current(_)));
}
