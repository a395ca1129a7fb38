//! Activation codes raced for and guessed at, and on a store that fails.

use alloc::sync::Arc;

use mfakit::{
    ActivationLifetime, ActivationQuery, ActivationState, AuditSubject, AuditVerdict, Error,
    Reissue, Revocation,
};
use mfakit_store::testkit::Plan;

use crate::{
    Ground,
    activation::{
        TASKS, backup_service, is_redeemed, issue, redeem, reissue, revoke, state, story, text,
        try_redeem, wrong_codes,
    },
    at_once,
    faults::{faulty, plans},
    world::admin,
    world_on,
};

/// One code, many who install: one does.
pub fn a32_of_64_tasks_with_one_code_one_installs(ground: &impl Ground) {
    let world = world_on(ground.store());
    for round in 0..20 {
        let issued = issue(&world);
        let outcomes = at_once(|_| is_redeemed(&redeem(&world, &text(&issued))));
        let redeemed = outcomes.iter().filter(|it| **it).count();
        assert_eq!(redeemed, 1, "round {round}");
        let names: Vec<_> = story(&world, issued.handle);
        let redeemed = names.iter().filter(|it| it.0 == "activation_redeemed");
        assert_eq!(redeemed.count(), 1, "round {round}");
    }
}

/// A code is redeemed while it is replaced: it was redeemed before, or is void.
pub fn a32_of_a_redemption_and_a_reissue_at_once_one_gets_the_open_code(ground: &impl Ground) {
    let world = world_on(ground.store());
    for round in 0..20 {
        let issued = issue(&world);
        // One reissues, some redeem, the others look on.
        let outcomes = at_once(|place| match (place + round) % 16 {
            0 if place < 16 => Err(reissue(&world, issued.handle)),
            1 => Ok(is_redeemed(&redeem(&world, &text(&issued)))),
            _ => {
                let _ = state(&world, issued.handle);
                Ok(false)
            }
        });
        let redeemed = outcomes.iter().filter(|it| matches!(it, Ok(true))).count();
        let mut replaced = outcomes.iter().filter_map(|it| it.as_ref().err());
        let (replaced, none) = (replaced.next().unwrap(), replaced.next());
        assert!(none.is_none());
        let replaced_open = usize::from(replaced.old == ActivationState::Open);
        assert_eq!(redeemed + replaced_open, 1, "round {round}");
        // Whoever was first: the old code is void now, and the new one good, once.
        assert!(!is_redeemed(&redeem(&world, &text(&issued))));
        assert!(is_redeemed(&redeem(&world, &text(&replaced.issued))));
        assert!(!is_redeemed(&redeem(&world, &text(&replaced.issued))));
    }
}

/// A code is redeemed while it is revoked: one of both happens.
pub fn a32_of_a_redemption_and_a_revocation_at_once_one_wins(ground: &impl Ground) {
    let world = world_on(ground.store());
    for round in 0..20 {
        let issued = issue(&world);
        let outcomes = at_once(|place| {
            if place % 2 == round % 2 {
                is_redeemed(&redeem(&world, &text(&issued)))
            } else {
                revoke(&world, issued.handle) == Revocation::Revoked
            }
        });
        let won = outcomes.iter().filter(|it| **it).count();
        assert_eq!(won, 1, "round {round}");
    }
}

/// Wrong codes for one installation: as many are looked at as there are tries.
pub fn a10_of_64_parallel_wrong_activation_codes_none_is_answered_for_free(ground: &impl Ground) {
    let world = world_on(ground.store());
    let issued = issue(&world);
    let wrong = wrong_codes(&text(&issued));
    assert_eq!(wrong.len(), TASKS);
    let outcomes = at_once(|place| is_redeemed(&redeem(&world, &wrong[place])));
    assert!(outcomes.iter().all(|redeemed| !redeemed));
    assert_eq!(
        state(&world, issued.handle),
        (ActivationState::Exhausted, 0)
    );
    let story = story(&world, issued.handle);
    let refused = story.iter().filter(|it| it.0 == "activation_refused");
    assert_eq!(refused.count(), 10);
    assert_eq!(story.last().unwrap().0, "activation_exhausted");
}

/// A right code, and any one or two calls that fail.
pub fn a33_a_code_installs_at_most_once_whichever_call_fails(ground: &impl Ground) {
    let (mut redeemed, mut failed) = (0, 0);
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let issued = issue(&world);
        store.set_plan(plan.clone());
        let first = try_redeem(&world, &text(&issued));
        store.set_plan(Plan::none());
        let second = is_redeemed(&redeem(&world, &text(&issued)));
        match first {
            Ok(first) => {
                assert!(
                    is_redeemed(&first),
                    "a good code was refused under {plan:?}"
                );
                assert!(!second, "redeemed twice under {plan:?}");
                redeemed += 1;
            }
            Err(error) => {
                assert!(matches!(error, Error::Busy | Error::Unavailable(_)));
                failed += 1;
            }
        }
        let (state, _) = state(&world, issued.handle);
        assert_eq!(state.name(), "redeemed", "under {plan:?}");
        let subject = AuditSubject::Activation(issued.handle);
        let verdict = world.tenant.verify_audit(subject).unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    }
    assert!(redeemed > 10 && failed > 10, "{redeemed} and {failed}");
}

/// A wrong code, and any one or two calls that fail.
pub fn a33_a_failure_is_charged_or_not_answered_whichever_call_fails(ground: &impl Ground) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let issued = issue(&world);
        let wrong = &wrong_codes(&text(&issued))[0];
        store.set_plan(plan.clone());
        let answer = try_redeem(&world, wrong);
        store.set_plan(Plan::none());
        let (_, left) = state(&world, issued.handle);
        match answer {
            Ok(answer) => {
                assert!(!is_redeemed(&answer));
                assert_eq!(left, 9, "under {plan:?}");
            }
            Err(_) => assert!((8..=10).contains(&left), "{left} under {plan:?}"),
        }
    }
}

/// A reissue, and any one or two calls that fail.
pub fn a33_a_reissue_voids_the_old_code_or_changes_nothing_whichever_call_fails(
    ground: &impl Ground,
) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let issued = issue(&world);
        let by = admin("installed again");
        store.set_plan(plan.clone());
        let lifetime = ActivationLifetime::POLICY;
        let answer = world
            .tenant
            .reissue_activation(issued.handle, lifetime, &by);
        store.set_plan(Plan::none());
        let old = is_redeemed(&redeem(&world, &text(&issued)));
        if let Ok(Reissue::Reissued(replaced)) = answer {
            assert!(!old, "the old code is good under {plan:?}");
            let new = redeem(&world, &text(&replaced.issued));
            assert!(is_redeemed(&new), "the new code is bad under {plan:?}");
        }
    }
}

/// A new code, and any one or two calls that fail.
pub fn a33_what_was_issued_can_be_redeemed_whichever_call_fails(ground: &impl Ground) {
    for plan in plans() {
        let store = faulty(ground);
        let world = world_on(Arc::clone(&store));
        let (purpose, by) = (backup_service(), admin("a new server"));
        store.set_plan(plan.clone());
        let lifetime = ActivationLifetime::POLICY;
        let issued = world.tenant.issue_activation(&purpose, lifetime, &by);
        store.set_plan(Plan::none());
        let listed = world
            .tenant
            .activations(ActivationQuery::first(10))
            .unwrap();
        if let Ok(issued) = issued {
            assert_eq!(listed.entries.len(), 1, "under {plan:?}");
            assert!(is_redeemed(&redeem(&world, &text(&issued))), "{plan:?}");
        } else {
            assert!(listed.entries.len() <= 1, "under {plan:?}");
        }
    }
}
