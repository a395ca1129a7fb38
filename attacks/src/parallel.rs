//! Many requests at the same moment.

use mfakit::{
    AuditQuery, BackupCodesRenewal, Confirmation, Decision, Deferment, Presented, Setting,
    Standing, Verification, Void,
};

use crate::{
    Ground, TASKS, at_once,
    world::{World, admin, wrong_codes},
    world_on,
};

/// One code and a ticket for each task: one is let in.
pub fn a6_of_64_tasks_with_one_code_one_is_let_in(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..ROUNDS {
        world.be(&format!("person {round}"));
        let (app, _) = world.set_up();
        world.clock.advance(30);
        let typed = world.code(&app);
        assert_eq!(let_in(&present_at_once(&world, &[typed])), 1, "{round}");
    }
}

/// One ticket, and codes that are all right, some of them the same: one is let in, and spends the ticket.
pub fn a6_of_64_tasks_with_one_ticket_one_is_let_in(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..ROUNDS {
        world.be(&format!("person {round}"));
        let (app, _) = world.set_up();
        world.clock.advance(60);
        let right = [world.code(&app), world.code_in(&app, 30)];
        let ticket = world.challenge();
        let outcomes = at_once(|place| world.verify(&ticket, &right[place % 2]));
        let of = |it: &&Verification| matches!(it, Verification::Verified(_));
        assert_eq!(outcomes.iter().filter(of).count(), 1, "{round}");
        let spent = |it: &&Verification| matches!(it, Verification::Void(Void::Spent));
        assert_eq!(outcomes.iter().filter(spent).count(), TASKS - 1, "{round}");
    }
}

/// One backup code and a ticket for each task: one is let in.
pub fn a7_of_64_tasks_with_one_backup_code_one_is_let_in(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..5 {
        world.be(&format!("person {round}"));
        let (_, codes) = world.set_up();
        let outcomes = present_at_once(&world, &codes[2..3]);
        assert_eq!(let_in(&outcomes), 1, "{round}");
    }
}

/// A backup code is used while new ones are made: it is used before that, or is none.
pub fn a7_a_backup_code_and_new_ones_at_once_have_an_order(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..5 {
        world.be(&format!("person {round}"));
        let (app, codes) = world.set_up();
        world.clock.advance(30);
        let Verification::Verified(verified) = world.verify(&world.challenge(), &world.code(&app))
        else {
            panic!("not verified")
        };
        let session = Presented::new(&verified.assertion).bound_to(b"session");
        let tickets: Vec<_> = (0..4).map(|_| world.challenge()).collect();
        let outcomes = at_once(|place| match (place + round) % TASKS {
            0 => Err(world.tenant.regenerate_backup_codes(session).unwrap()),
            place => Ok(tickets.get(place).map(|it| world.verify(it, &codes[3]))),
        });
        let renewed = outcomes.iter().filter_map(|it| it.as_ref().err()).next();
        let Some(BackupCodesRenewal::Renewed(renewed)) = renewed else {
            panic!("{renewed:?}")
        };
        let used = outcomes
            .iter()
            .filter_map(|it| it.as_ref().ok())
            .flatten()
            .filter(|it| matches!(it, Verification::Verified(_)))
            .count();
        assert!(used <= 1, "{round}: {used}");
        // Whoever was first: the old code is void now, and a new one good, once.
        let new = renewed.backup_codes.iter().nth(3).unwrap();
        let is_good = |typed: &str| {
            matches!(
                world.verify(&world.challenge(), typed),
                Verification::Verified(_)
            )
        };
        assert!(!is_good(&codes[3]), "{round}");
        assert!(is_good(new) && !is_good(new), "{round}");
    }
}

/// Wrong codes, each with a ticket of its own: every one that is answered is charged.
pub fn a10_of_64_parallel_wrong_codes_none_is_answered_for_free(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..5 {
        world.be(&format!("person {round}"));
        let (app, _) = world.set_up();
        world.clock.advance(30);
        let wrong: Vec<String> = wrong_codes(&world, &app).take(TASKS).collect();
        let outcomes = present_at_once(&world, &wrong);
        let mismatch = |it: &&Verification| matches!(it, Verification::Mismatch(_));
        let locked = |it: &&Verification| matches!(it, Verification::Locked(_));
        // Four are told they are wrong, the fifth locks, and no other is looked at.
        let counts = (
            outcomes.iter().filter(mismatch).count(),
            outcomes.iter().filter(locked).count(),
        );
        assert_eq!(counts, (4, TASKS - 4), "{outcomes:?}");
        assert_eq!(charged(&world), 5);
    }
}

/// A setup is put off by tickets of as many sign-ins as there are tasks: as often as the policy grants.
pub fn a24_of_64_deferments_at_once_as_many_succeed_as_skips_are_left(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::SetupDeadline, 3).unwrap();
    let policy = policy.with(Setting::SetupSkips, 3).unwrap();
    let _ = world.tenant.set_policy(policy, &admin("a test")).unwrap();
    for round in 0..5 {
        world.be(&format!("person {round}"));
        let tickets: Vec<String> = (0..TASKS)
            .map(|_| match world.sign_in() {
                Decision::Setup(setup) => setup.ticket.as_str().to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        let outcomes = at_once(|place| {
            let ticket = Presented::new(&tickets[place]).bound_to(b"session");
            world.tenant.defer(ticket).unwrap()
        });
        let allowed = |it: &&Deferment| matches!(it, Deferment::Allow(_));
        assert_eq!(outcomes.iter().filter(allowed).count(), 3, "{outcomes:?}");
        let refused = |it: &&Deferment| matches!(it, Deferment::Refused);
        assert_eq!(outcomes.iter().filter(refused).count(), TASKS - 3);
    }
}

/// A setup is confirmed while an administrator resets the account: no session is left whose factor is gone.
pub fn a27_a_confirmation_and_a_reset_at_once_leave_no_session_without_its_factor(
    ground: &impl Ground,
) {
    let mut world = world_on(ground.store());
    for round in 0..10 {
        world.be(&format!("person {round}"));
        let Decision::Setup(setup) = world.sign_in() else {
            panic!("no setup")
        };
        let ticket = Presented::new(&setup.ticket).bound_to(b"session");
        let app = world.scan(ticket);
        let typed = world.code(&app);
        let outcomes = at_once(|place| match (place + round) % 16 {
            0 if place < 16 => {
                let reset = world.tenant.reset(&world.account, &admin("a test"));
                reset.unwrap();
                None
            }
            1 => Some(world.tenant.confirm_setup(ticket, &typed).unwrap()),
            _ => None,
        });
        let confirmed: Vec<_> = outcomes
            .iter()
            .flatten()
            .filter_map(|it| match it {
                Confirmation::Confirmed(confirmed) => Some(confirmed),
                _ => None,
            })
            .collect();
        assert!(confirmed.len() <= 1, "{round}");
        // The reset was after the setup, or before it, and then the ticket was void.
        for confirmed in confirmed {
            let session = Presented::new(&confirmed.assertion).bound_to(b"session");
            assert_eq!(
                world.tenant.check_assertion(session).unwrap(),
                Standing::SignInAgain(Void::Superseded),
                "{round}"
            );
        }
        let status = world.tenant.status(core::slice::from_ref(&world.account));
        assert!(status.unwrap()[0].authenticators.is_empty(), "{round}");
        assert!(matches!(world.sign_in(), Decision::Setup(_)), "{round}");
    }
}

/// A code is verified while an administrator resets the account: every session from before is void.
pub fn a27_a_verification_and_a_reset_at_once_leave_nothing_of_before(ground: &impl Ground) {
    let mut world = world_on(ground.store());
    for round in 0..10 {
        world.be(&format!("person {round}"));
        let (app, _) = world.set_up();
        world.clock.advance(30);
        let (typed, ticket) = (world.code(&app), world.challenge());
        let outcomes = at_once(|place| match (place + round) % 16 {
            0 if place < 16 => {
                let reset = world.tenant.reset(&world.account, &admin("a test"));
                reset.unwrap();
                None
            }
            1 => Some(world.verify(&ticket, &typed)),
            _ => None,
        });
        let mut verified = 0;
        for outcome in outcomes.iter().flatten() {
            let Verification::Verified(it) = outcome else {
                assert!(matches!(outcome, Verification::Void(_)), "{outcome:?}");
                continue;
            };
            verified += 1;
            let session = Presented::new(&it.assertion).bound_to(b"session");
            let standing = world.tenant.check_assertion(session).unwrap();
            assert_eq!(standing, Standing::SignInAgain(Void::Superseded));
        }
        assert!(verified <= 1, "{round}");
        assert!(matches!(
            world.verify(&ticket, &typed),
            Verification::Void(Void::Superseded)
        ));
        assert!(matches!(world.sign_in(), Decision::Setup(_)), "{round}");
    }
}

/// What the tasks are answered that present one of the codes each at the same moment, with a ticket of their own.
fn present_at_once(world: &World, typed: &[String]) -> Vec<Verification> {
    let tickets: Vec<_> = (0..TASKS).map(|_| world.challenge()).collect();
    at_once(|place| world.verify(&tickets[place], &typed[place % typed.len()]))
}

/// How many were let in; the others were told that the code is used, or that the account is locked.
fn let_in(outcomes: &[Verification]) -> usize {
    let verified = |it: &&Verification| matches!(it, Verification::Verified(_));
    let refused =
        |it: &&Verification| matches!(it, Verification::Replayed(_) | Verification::Locked(_));
    let yes = outcomes.iter().filter(verified).count();
    let no = outcomes.iter().filter(refused).count();
    assert_eq!(yes + no, outcomes.len(), "{outcomes:?}");
    yes
}

/// Wrong codes of the person that the audit trail knows.
fn charged(world: &World) -> usize {
    let page = world.tenant.events(AuditQuery::newest(10)).unwrap();
    let charge = |entry: &&mfakit::AuditEntry| {
        entry.account.as_ref() == Some(&world.account)
            && entry
                .event
                .as_ref()
                .is_some_and(|event| event.kind.name() == "code_mismatch")
    };
    page.entries.iter().filter(charge).count()
}

/// A hundred on SQLite in two processes are in a test of its own.
const ROUNDS: usize = 20;
