//! A store that fails, loses answers and conflicts: a failure is never a permission, and nothing is accepted twice.

use alloc::{sync::Arc, vec};
use core::num::NonZeroU32;
use std::collections::HashMap;

use mfakit::{
    AuditSubject, AuditVerdict, Confirmation, Decision, Error, FirstFactor, Gate, Presented,
    SignIn, Standing, TenantId, Verification,
};
use mfakit_store::{
    EventOrder, EventQuery, Store,
    testkit::{Fault, FaultyStore, Plan},
};

use crate::{
    Ground,
    operations::OPERATIONS,
    world::{World, admin, wrong_codes},
    world_on,
};

/// A store that the test keeps a hand on.
pub(crate) fn faulty(ground: &impl Ground) -> Arc<FaultyStore<Arc<dyn Store>>> {
    Arc::new(FaultyStore::new(ground.store(), Plan::none()))
}

/// Every way in which one or two calls of one operation can fail.
pub(crate) fn plans() -> impl Iterator<Item = Plan> {
    let single = (0..4).flat_map(|call| Fault::ALL.map(|fault| vec![(call, fault)]));
    let double = (0..3).flat_map(|call| {
        Fault::ALL.into_iter().flat_map(move |first| {
            Fault::ALL.map(move |second| vec![(call, first), (call + 2, second)])
        })
    });
    single.chain(double).map(Plan::script)
}

fn is_failure(error: &Error) -> bool {
    matches!(error, Error::Busy | Error::Unavailable(_))
}

/// A right code, and any one or two calls that fail.
pub fn a33_a_code_is_accepted_at_most_once_whichever_call_fails(ground: &impl Ground) {
    let (mut accepted, mut failed) = (0, 0);
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let (app, codes) = world.set_up();
        world.clock.advance(30);
        for typed in [world.code(&app), codes[3].clone()] {
            let ticket = world.challenge();
            store.set_plan(plan.clone());
            let first = world
                .tenant
                .verify(Presented::new(&ticket).bound_to(b"session"), &typed);
            store.set_plan(Plan::none());
            let retried = world.verify(&ticket, &typed);
            let again = world.verify(&world.challenge(), &typed);
            let mut successes = 0;
            match &first {
                Ok(Verification::Verified(_)) => successes += 1,
                Ok(other) => panic!("a right code was answered {other:?} under {plan:?}"),
                Err(error) => assert!(is_failure(error), "{error:?}"),
            }
            for outcome in [&retried, &again] {
                match outcome {
                    Verification::Verified(_) => successes += 1,
                    Verification::Replayed(_) | Verification::Void(_) => {}
                    other => panic!("{other:?} under {plan:?}"),
                }
            }
            assert!(successes <= 1, "{successes} successes under {plan:?}");
            if first.is_ok() {
                accepted += 1
            } else {
                failed += 1
            }
        }
    }
    assert!(
        accepted > 20 && failed > 20,
        "{accepted} accepted, {failed} failed"
    );
}

/// A setup, and any one or two calls that fail.
pub fn a33_a_setup_binds_at_most_one_factor_whichever_call_fails(ground: &impl Ground) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let Decision::Setup(setup) = world.sign_in() else {
            panic!()
        };
        let ticket = Presented::new(&setup.ticket).bound_to(b"session");
        let app = world.scan(ticket);
        store.set_plan(plan.clone());
        let confirmed = world.tenant.confirm_setup(ticket, &world.code(&app));
        store.set_plan(Plan::none());
        let status = world
            .tenant
            .status(core::slice::from_ref(&world.account))
            .unwrap();
        match confirmed {
            Ok(Confirmation::Confirmed(confirmed)) => {
                assert_eq!(status[0].authenticators.len(), 1, "under {plan:?}");
                let session = Presented::new(&confirmed.assertion).bound_to(b"session");
                let standing = world.tenant.check_assertion(session).unwrap();
                assert!(matches!(standing, Standing::Current(_)), "under {plan:?}");
                // The codes that were shown are those that count.
                let code = confirmed
                    .backup_codes
                    .unwrap()
                    .iter()
                    .next()
                    .map(String::from)
                    .unwrap();
                let outcome = world.verify(&world.challenge(), &code);
                assert!(
                    matches!(outcome, Verification::Verified(_)),
                    "{outcome:?} under {plan:?}"
                );
            }
            Ok(other) => panic!("{other:?} under {plan:?}"),
            Err(error) => {
                assert!(is_failure(&error));
                assert!(status[0].authenticators.len() <= 1);
            }
        }
    }
}

/// A reset, and any one or two calls that fail.
pub fn a33_a_reset_is_whole_or_not_at_all_whichever_call_fails(ground: &impl Ground) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        world.set_up();
        store.set_plan(plan.clone());
        let reset = world.tenant.reset(&world.account, &admin("lost the phone"));
        store.set_plan(Plan::none());
        let status = world
            .tenant
            .status(core::slice::from_ref(&world.account))
            .unwrap();
        let (factors, codes) = (status[0].authenticators.len(), status[0].backup_codes_left);
        assert!(
            matches!((factors, codes), (0, 0) | (1, 10)),
            "under {plan:?}"
        );
        if reset.is_ok() {
            assert_eq!(factors, 0, "under {plan:?}");
        }
    }
}

/// A password and a sign-in, and any one or two calls that fail.
pub fn a33_no_first_step_is_free_or_open_whichever_call_fails(ground: &impl Ground) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        world.set_up();
        store.set_plan(plan.clone());
        let gate = world.tenant.begin_password(&world.account);
        store.set_plan(plan.clone());
        let first = match gate {
            Ok(Gate::Proceed(attempt)) => FirstFactor::from(attempt),
            Ok(other) => panic!("{other:?} under {plan:?}"),
            Err(error) => {
                assert!(is_failure(&error));
                FirstFactor::external(world.account.clone())
            }
        };
        match world.tenant.sign_in(first, SignIn::new()) {
            Ok(Decision::Challenge(_)) => {}
            Ok(other) => panic!("{other:?} under {plan:?}"),
            Err(error) => assert!(is_failure(&error)),
        }
    }
}

/// Every operation that writes, and any call that fails: it is done whole or not at all, once, and whoever is told that
/// it is done finds it done.
pub fn a33_every_operation_is_whole_or_not_at_all_whichever_call_fails(ground: &impl Ground) {
    for (name, ready) in OPERATIONS {
        let changes = |plan: Plan| {
            let store = faulty(ground);
            let world = world_on(Arc::clone(&store));
            let act = ready(&world);
            let before = stored_events(&**store.inner(), &world);
            store.set_plan(plan);
            let done = act(&world);
            store.set_plan(Plan::none());
            // What was on its way has arrived.
            pollster::block_on(store.arrive()).unwrap();
            let added = stored_events(&**store.inner(), &world) - before;
            for subject in [
                AuditSubject::Account(world.account.clone()),
                AuditSubject::Passwords(world.account.clone()),
                AuditSubject::Policy,
            ] {
                let verdict = world.tenant.verify_audit(subject).unwrap();
                assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{name}");
            }
            (done, added)
        };
        let (done, whole) = changes(Plan::none());
        done.unwrap();
        assert!(whole > 0, "{name}");
        // The load and the commit: there is no other call, unless one of these fails.
        for call in 0..2 {
            for fault in Fault::ALL {
                let (done, added) = changes(Plan::script([(call, fault)]));
                let what = format!("{name} with {fault:?} at {call}: {done:?}, {added} of {whole}");
                match done {
                    Ok(()) => assert_eq!(added, whole, "{what}"),
                    Err(error) => {
                        assert!(is_failure(&error), "{what}");
                        assert!(added == 0 || added == whole, "{what}");
                    }
                }
            }
        }
    }
}

/// How many events of the world's tenant are stored.
fn stored_events(store: &dyn Store, world: &World) -> usize {
    let tenant = TenantId::new(&world.name).unwrap();
    let query = EventQuery::new(tenant, EventOrder::NewestFirst, u32::MAX);
    pollster::block_on(store.events(&query)).unwrap().len()
}

/// Wrong codes on a store of which every second call fails in any way.
pub fn a10_every_wrong_code_that_is_answered_is_charged_under_random_faults(ground: &impl Ground) {
    let store = faulty(ground);
    let world = world_on(Arc::clone(&store));
    let (app, _) = world.set_up();
    let mut answered: HashMap<&str, u32> = HashMap::new();
    let mut wrong = wrong_codes(&world, &app);
    for seed in 0..300 {
        store.set_plan(Plan::none());
        let Decision::Challenge(challenge) = world.sign_in() else {
            break;
        };
        let ticket = challenge.ticket;
        store.set_plan(Plan::seeded(seed, NonZeroU32::new(2).unwrap()));
        let presented = Presented::new(&ticket).bound_to(b"session");
        let outcome = world.tenant.verify(presented, &wrong.next().unwrap());
        let name = match outcome {
            Ok(Verification::Mismatch(_)) => "mismatch",
            Ok(Verification::Locked(_)) => "locked",
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert!(is_failure(&error));
                "failed"
            }
        };
        *answered.entry(name).or_default() += 1;
    }
    // The fifth charged failure locks: no more than four were answered as mere mismatches.
    assert!(answered["mismatch"] <= 4, "{answered:?}");
    assert!(answered.values().sum::<u32>() >= 5, "{answered:?}");
    store.set_plan(Plan::none());
    assert!(matches!(world.sign_in(), Decision::Deny(_)));
}
