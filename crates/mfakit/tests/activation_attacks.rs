//! Activation codes raced for, guessed at, moved about and stolen, on stores that fail.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/activation.rs"]
mod activation;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;
use std::{fs, sync::Barrier, thread};

use mfakit::{
    ActivationLifetime, ActivationQuery, ActivationState, AuditSubject, AuditVerdict, Error,
    MemoryStore, Reissue, Revocation, Unavailable,
};
use mfakit_store::testkit::{Fault, FaultyStore, Plan};
use rusqlite::{Connection, params};

use activation::{
    TASKS, backup_service, is_redeemed, issue, on_file, redeem, reissue, revoke, state, story,
    text, try_redeem, wrong_codes,
};
use folder::Folder;
use world::{World, admin};

#[test]
fn a32_of_64_tasks_with_one_code_one_installs() {
    let folder = Folder::new();
    for world in worlds(&folder) {
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
}

#[test]
fn a32_of_a_redemption_and_a_reissue_at_once_one_gets_the_open_code() {
    let folder = Folder::new();
    for world in worlds(&folder) {
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
}

#[test]
fn a32_of_a_redemption_and_a_revocation_at_once_one_wins() {
    let folder = Folder::new();
    for world in worlds(&folder) {
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
}

#[test]
fn a10_of_64_parallel_wrong_codes_none_is_answered_for_free() {
    let folder = Folder::new();
    for world in worlds(&folder) {
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
}

#[test]
fn a33_a_code_installs_at_most_once_whichever_call_fails() {
    let (mut redeemed, mut failed) = (0, 0);
    for plan in plans() {
        let store = faulty();
        let world = World::on(Arc::clone(&store));
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

#[test]
fn a33_a_failure_is_charged_or_not_answered_whichever_call_fails() {
    for plan in plans() {
        let store = faulty();
        let world = World::on(Arc::clone(&store));
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

#[test]
fn a33_a_reissue_voids_the_old_code_or_changes_nothing_whichever_call_fails() {
    for plan in plans() {
        let store = faulty();
        let world = World::on(Arc::clone(&store));
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

#[test]
fn a33_what_was_issued_can_be_redeemed_whichever_call_fails() {
    for plan in plans() {
        let store = faulty();
        let world = World::on(Arc::clone(&store));
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

#[test]
fn a19_a_stolen_file_yields_no_activation_code() {
    let folder = Folder::new();
    let world = on_file(&folder);
    let codes = [issue(&world), issue(&world)].map(|issued| (issued.handle, text(&issued)));
    assert!(is_redeemed(&redeem(&world, &codes[0].1)));
    let wal = fs::read(folder.path().join("mfa.db-wal")).unwrap();
    drop(world);
    let file = fs::read(folder.path().join("mfa.db")).unwrap();
    let contains = |needle: &[u8]| {
        let found = |place: &[u8]| place.windows(needle.len()).any(|window| window == needle);
        found(&file) || found(&wal)
    };
    // The search finds what is there: handles are in the clear, as ids are.
    assert!(contains(codes[0].0.as_bytes()));
    for (_, code) in &codes {
        let plain = code.replace('-', "");
        let secret = plain.split_at(8).1.split_at(16).0;
        let needles = [code, &plain, secret].map(str::to_owned);
        for needle in needles {
            assert!(!contains(needle.as_bytes()));
            assert!(!contains(needle.to_lowercase().as_bytes()));
        }
    }
    for text in ["backup service", "server 12", "root", "a new server"] {
        assert!(!contains(text.as_bytes()), "{text}");
    }
}

#[test]
fn a29_a_code_moved_to_another_installation_does_not_open() {
    let folder = Folder::new();
    let (mine, others) = {
        let world = on_file(&folder);
        (issue(&world), issue(&world))
    };
    let file = Connection::open(folder.path().join("mfa.db")).unwrap();
    let sql = "UPDATE documents SET body = (SELECT body FROM documents WHERE kind = 4 AND id = ?)
               WHERE kind = 4 AND id = ?";
    let moved = file.execute(
        sql,
        params![mine.handle.as_bytes(), others.handle.as_bytes()],
    );
    assert_eq!(moved.unwrap(), 1);
    drop(file);
    let world = on_file(&folder);
    let damaged = Unavailable::Damaged;
    assert_eq!(
        try_redeem(&world, &text(&others)).unwrap_err(),
        Error::Unavailable(damaged)
    );
    // The list shows it, and the other one beside it.
    let page = world
        .tenant
        .activations(ActivationQuery::first(10))
        .unwrap();
    assert_eq!(page.entries.len(), 2);
    for status in page.entries {
        let is_moved = status.handle == others.handle;
        assert_eq!(status.fault, is_moved.then_some(damaged));
        assert_eq!(status.record.is_none(), is_moved);
    }
    assert!(is_redeemed(&redeem(&world, &text(&mine))));
}

/// A world in memory, and one on a file.
fn worlds(folder: &Folder) -> [World; 2] {
    [World::new(), on_file(folder)]
}

/// What `TASKS` tasks are answered that do `act` at the same moment.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(TASKS);
    thread::scope(|scope| {
        let start = |place| {
            let (barrier, act) = (&barrier, &act);
            scope.spawn(move || {
                barrier.wait();
                act(place)
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(start).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    })
}

/// A store that the test keeps a hand on.
fn faulty() -> Arc<FaultyStore<MemoryStore>> {
    Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()))
}

/// Every way in which one or two calls of one operation can fail.
fn plans() -> impl Iterator<Item = Plan> {
    let single = (0..4).flat_map(|call| Fault::ALL.map(|fault| vec![(call, fault)]));
    let double = (0..3).flat_map(|call| {
        Fault::ALL.into_iter().flat_map(move |first| {
            Fault::ALL.map(move |second| vec![(call, first), (call + 2, second)])
        })
    });
    single.chain(double).map(Plan::script)
}
