//! The roll-out, and a factor required of single users.

use mfakit::{
    Basis, Confirmation, Decision, Deferment, Deferral, ExemptionEnd, Presented, Requirement,
    RequirementChange, Setting, Standing, UnixTime, Void,
};

use crate::world::{World, admin};

use crate::support::*;

/// Signs in and is led to setup: the ticket, and whether that may be put off.
#[track_caller]
fn setup(world: &World) -> (String, Option<Deferral>) {
    match world.sign_in() {
        Decision::Setup(setup) => (setup.ticket.as_str().into(), setup.may_defer),
        other => panic!("{other:?}"),
    }
}

fn defer(world: &World, ticket: &str) -> Deferment {
    let ticket = Presented::new(ticket).bound_to(b"session");
    world.tenant.defer(ticket).unwrap()
}

#[track_caller]
fn deferred(world: &World, ticket: &str) -> String {
    match defer(world, ticket) {
        Deferment::Allow(allowed) => {
            assert_eq!((allowed.basis, allowed.may_set_up), (Basis::Deferred, true));
            allowed.assertion.as_str().into()
        }
        other => panic!("{other:?}"),
    }
}

/// A world whose policy grants these days and skips.
fn granting(days: u32, skips: u32) -> World {
    let world = World::new();
    let settings = [(Setting::SetupDeadline, days), (Setting::SetupSkips, skips)];
    set(&world, &settings);
    world
}

#[test]
fn u6_a_setup_is_put_off_until_the_deadline_of_the_first_sign_in() {
    let world = granting(14, 4);
    assert_eq!(status(&world).setup_due_at, None);
    let until = in_seconds(&world, 14 * DAY);
    let (ticket, may_defer) = setup(&world);
    let may_defer = may_defer.unwrap();
    assert_eq!((may_defer.until, may_defer.skips_left), (until, 4));
    assert_eq!(status(&world).setup_due_at, Some(until));
    let first = deferred(&world, &ticket);
    is_current(&world, &first, Basis::Deferred);
    // Later sign-ins find the same deadline, and one skip less.
    world.clock.advance(5 * DAY);
    let (ticket, may_defer) = setup(&world);
    let may_defer = may_defer.unwrap();
    assert_eq!((may_defer.until, may_defer.skips_left), (until, 3));
    let _ = deferred(&world, &ticket);
    world.clock.set(UnixTime::from_seconds(until.seconds() - 1));
    let (in_time, late) = (setup(&world).0, setup(&world).0);
    let last = deferred(&world, &in_time);
    is_current(&world, &first, Basis::Deferred);
    is_current(&world, &last, Basis::Deferred);
    // From the deadline on there is no way past the setup, with tickets and sessions from before neither.
    world.clock.advance(1);
    assert!(matches!(defer(&world, &late), Deferment::Refused));
    is_insufficient(&world, &first);
    is_insufficient(&world, &last);
    assert_eq!(setup(&world).1, None);
    assert_eq!(count(&world, "rollout_begun"), 1);
    assert_eq!(count(&world, "setup_deferred"), 3);
    let _ = world.set_up();
    assert!(matches!(world.sign_in(), Decision::Challenge(_)));
}

#[test]
fn a24_skips_run_out_before_the_deadline() {
    let world = granting(14, 2);
    for left in [2, 1] {
        let (ticket, may_defer) = setup(&world);
        assert_eq!(may_defer.unwrap().skips_left, left);
        let _ = deferred(&world, &ticket);
        // A spent ticket puts nothing off, and sets nothing up.
        assert!(matches!(
            defer(&world, &ticket),
            Deferment::Void(Void::Spent)
        ));
    }
    let (ticket, may_defer) = setup(&world);
    assert_eq!(may_defer, None);
    assert!(matches!(defer(&world, &ticket), Deferment::Refused));
    // The refused ticket is still good for what it is for.
    let _ = world.scan(Presented::new(&ticket).bound_to(b"session"));
}

#[test]
fn a24_days_without_skips_and_skips_without_days_grant_nothing() {
    for (days, skips) in [(14, 0), (0, 3), (0, 0)] {
        let world = granting(days, skips);
        let (ticket, may_defer) = setup(&world);
        assert_eq!(may_defer, None);
        assert!(matches!(defer(&world, &ticket), Deferment::Refused));
        // Nothing was begun, and nothing written.
        assert_eq!(count(&world, "rollout_begun"), 0);
    }
}

#[test]
fn a24_a_reset_renews_neither_deadline_nor_skips() {
    let world = granting(14, 2);
    let (ticket, may_defer) = setup(&world);
    let until = may_defer.unwrap().until;
    let session = deferred(&world, &ticket);
    let before = setup(&world).0;
    world.clock.advance(3 * DAY);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    assert!(matches!(
        defer(&world, &before),
        Deferment::Void(Void::Superseded)
    ));
    assert_eq!(
        standing(&world, &session),
        Standing::SignInAgain(Void::Superseded)
    );
    let may_defer = setup(&world).1.unwrap();
    assert_eq!((may_defer.until, may_defer.skips_left), (until, 1));
    world.clock.set(until);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    assert_eq!(setup(&world).1, None);
}

#[test]
fn a24_who_had_a_factor_and_lost_it_is_granted_no_time() {
    let world = World::new();
    let _ = world.set_up();
    world.clock.advance(60 * DAY);
    let settings = [(Setting::SetupDeadline, 14), (Setting::SetupSkips, 5)];
    set(&world, &settings);
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    let (ticket, may_defer) = setup(&world);
    assert_eq!(may_defer, None);
    assert!(matches!(defer(&world, &ticket), Deferment::Refused));
}

#[test]
fn a24_a_factor_that_the_host_demands_is_not_put_off() {
    let world = granting(14, 5);
    let Decision::Setup(demanded) = demanding(&world) else {
        panic!()
    };
    assert_eq!(demanded.may_defer, None);
    assert!(matches!(
        defer(&world, demanded.ticket.as_str()),
        Deferment::Refused
    ));
    // Not even once another sign-in was granted time.
    assert!(setup(&world).1.is_some());
    assert!(matches!(
        defer(&world, demanded.ticket.as_str()),
        Deferment::Refused
    ));
}

#[test]
fn a24_what_is_put_off_is_not_under_way() {
    let world = granting(14, 5);
    let ticket = setup(&world).0;
    let presented = Presented::new(&ticket).bound_to(b"session");
    let app = world.scan(presented);
    let _ = deferred(&world, &ticket);
    let code = world.code(&app);
    let confirmed = world.tenant.confirm_setup(presented, &code).unwrap();
    assert!(matches!(confirmed, Confirmation::Void(Void::Spent)));
    assert!(!status(&world).setup_pending);
}

#[test]
fn a24_only_the_ticket_of_this_setup_and_session_puts_it_off() {
    let mut world = granting(14, 5);
    let ticket = setup(&world).0;
    let void = |presented: Presented<'_>| match world.tenant.defer(presented).unwrap() {
        Deferment::Void(void) => void,
        other => panic!("{other:?}"),
    };
    assert_eq!(void(Presented::new(&ticket)), Void::WrongBinding);
    let other = Presented::new(&ticket).bound_to(b"another");
    assert_eq!(void(other), Void::WrongBinding);
    assert_eq!(void(Presented::new("")), Void::Unknown);
    let session = deferred(&world, &ticket);
    let session = Presented::new(&session).bound_to(b"session");
    assert_eq!(void(session), Void::WrongPurpose);
    let late = setup(&world).0;
    world.clock.advance(300);
    let late = Presented::new(&late).bound_to(b"session");
    assert_eq!(void(late), Void::Expired);
    // A ticket from before the factor existed, and one to verify.
    world.be("8");
    let early = setup(&world).0;
    let _ = world.set_up();
    assert!(matches!(
        defer(&world, &early),
        Deferment::Void(Void::Superseded)
    ));
    let challenge = world.challenge();
    assert!(matches!(
        defer(&world, &challenge),
        Deferment::Void(Void::WrongPurpose)
    ));
}

#[test]
fn a24_two_defers_at_the_same_moment_spend_one_skip_each() {
    let race = |world: &World, tickets: [&str; 2]| {
        std::thread::scope(|scope| {
            let threads = tickets.map(|ticket| scope.spawn(move || defer(world, ticket)));
            threads.map(|thread| thread.join().unwrap())
        })
    };
    for _ in 0..50 {
        let world = granting(14, 3);
        let (one, two) = (setup(&world).0, setup(&world).0);
        for outcome in race(&world, [&one, &two]) {
            assert!(matches!(outcome, Deferment::Allow(_)), "{outcome:?}");
        }
        // One skip is left for two tickets.
        let (one, two) = (setup(&world).0, setup(&world).0);
        let outcomes = race(&world, [&one, &two]);
        let allowed = |outcome: &&Deferment| matches!(outcome, Deferment::Allow(_));
        assert_eq!(outcomes.iter().filter(allowed).count(), 1, "{outcomes:?}");
        let refused = |outcome: &Deferment| matches!(outcome, Deferment::Refused);
        assert!(outcomes.iter().any(refused));
        assert_eq!(setup(&world).1, None);
        // One ticket sent twice spends one skip.
        set(&world, &[(Setting::SetupSkips, 5)]);
        let ticket = setup(&world).0;
        let outcomes = race(&world, [&ticket, &ticket]);
        assert_eq!(outcomes.iter().filter(allowed).count(), 1, "{outcomes:?}");
        assert_eq!(setup(&world).1.unwrap().skips_left, 1);
    }
}

#[test]
fn a24_a_policy_that_grants_less_time_ends_deferred_sessions() {
    let world = granting(14, 5);
    let session = deferred(&world, &setup(&world).0);
    world.clock.advance(3 * DAY);
    let ticket = setup(&world).0;
    set(&world, &[(Setting::SetupDeadline, 4)]);
    is_current(&world, &session, Basis::Deferred);
    set(&world, &[(Setting::SetupDeadline, 3)]);
    is_insufficient(&world, &session);
    assert!(matches!(defer(&world, &ticket), Deferment::Refused));
    // Where nothing is required any more, the session is good, and nothing is left to put off.
    require(&world, Requirement::Optional);
    is_current(&world, &session, Basis::Deferred);
    assert!(matches!(defer(&world, &ticket), Deferment::Refused));
}

#[test]
fn u6_a_factor_is_required_of_a_single_user() {
    let mut world = World::new();
    require(&world, Requirement::Optional);
    let session = allowed(&world, Basis::NotSetUp);
    let account = world.account.clone();
    let by = admin("handles money");
    let changed = world.tenant.require(&account, &by).unwrap();
    assert_eq!(changed, RequirementChange::Changed);
    let changed = world.tenant.require(&account, &by).unwrap();
    assert_eq!(changed, RequirementChange::Unchanged);
    assert!(status(&world).required);
    is_insufficient(&world, &session);
    assert_eq!(setup(&world).1, None);
    // A reset leaves it; the others are still free; the roll-out grants time here too.
    world.tenant.reset(&account, &admin("precaution")).unwrap();
    let _ = setup(&world);
    world.be("8");
    allowed(&world, Basis::NotSetUp);
    world.be("7");
    let settings = [(Setting::SetupDeadline, 1), (Setting::SetupSkips, 1)];
    set(&world, &settings);
    let deferred = deferred(&world, &setup(&world).0);
    is_current(&world, &deferred, Basis::Deferred);
    world.clock.advance(DAY);
    is_insufficient(&world, &deferred);
    // An exemption goes before it, and so does a policy that asks nobody.
    let _ = exempt(&world, ExemptionEnd::At(in_seconds(&world, DAY)));
    allowed(&world, Basis::Exempt);
    require(&world, Requirement::Off);
    allowed(&world, Basis::NotRequired);
    require(&world, Requirement::Optional);
    let _ = world.tenant.end_exemption(&account, &by).unwrap();
    let _ = setup(&world);
    let changed = world.tenant.end_requirement(&account, &by).unwrap();
    assert_eq!(changed, RequirementChange::Changed);
    let changed = world.tenant.end_requirement(&account, &by).unwrap();
    assert_eq!(changed, RequirementChange::Unchanged);
    allowed(&world, Basis::NotSetUp);
    assert_eq!(count(&world, "requirement_set"), 1);
    assert_eq!(count(&world, "requirement_ended"), 1);
    // Nobody is required who is not there.
    world.be("9");
    let changed = world.tenant.end_requirement(&world.account, &by).unwrap();
    assert_eq!(changed, RequirementChange::Unchanged);
}
