//! A new key, and every document sealed with it: in pages, stopped, resumed, and while people sign in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/folder.rs"]
mod folder;
#[path = "support/slow.rs"]
mod slow;
#[path = "support/town.rs"]
mod town;

use alloc::sync::Arc;
use core::{
    future::Future as _,
    pin::pin,
    task::{Context, Waker},
};
use std::{sync::Barrier, thread};

use mfakit::{
    Actor, AuditQuery, AuditSubject, AuditVerdict, DocumentKey, DocumentKind, Error, EventKind,
    FirstFactor, KeyId, Keyring, KeyringReplacement, MemoryStore, Misuse, PolicyChange, Presented,
    Redemption, RotationQuery, SignIn, Store, TenantId, Unavailable, UnixTime, Verification,
    blocking::Engine,
};
use mfakit_core::{Flow, Input, Resealing, Step};
use mfakit_sqlite::SqliteStore;
use mfakit_store::{
    ScanQuery,
    testkit::{Fault, FaultyStore, Plan},
};

use folder::Folder;
use slow::SlowStore;
use town::{START, Town, admin, purpose};

const PAGE: u32 = 64;

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

/// The numbers of the keys that have sealed the stored documents, read from the sealed bytes themselves.
fn sealed_with(store: &dyn Store) -> Vec<(DocumentKey, KeyId)> {
    let mut found = Vec::new();
    for kind in DocumentKind::ALL {
        let tenant = TenantId::new("acme").unwrap();
        let scan = ScanQuery::new(tenant.clone(), kind, 10_000);
        for row in pollster::block_on(store.scan(&scan)).unwrap() {
            let number = row.document.body[1..5].try_into().unwrap();
            let key = KeyId::new(u32::from_be_bytes(number));
            assert_eq!(row.index.key_id, key);
            found.push((DocumentKey::new(tenant.clone(), kind, row.id), key));
        }
    }
    found
}

/// What a program with this keyring says of a person.
fn sign_in_with(store: impl Store + 'static, ring: Keyring, town: &Town) -> Result<(), Error> {
    let engine = mfakit::Engine::builder(store, ring)
        .clock(town.clock.clone())
        .build();
    let tenant = Engine::from(engine).tenant("acme").unwrap();
    let first = FirstFactor::external(town.people[0].account.clone());
    tenant.sign_in(first, SignIn::new()).map(|_| ())
}

fn rotates_whole<S: Store + 'static>(store: Arc<S>) {
    let mut town = Town::new(Arc::clone(&store), 500, 20);
    let (old, old_ring) = (town.active(), town.keyring.clone());
    let all = town.documents();
    let new = town.new_key();
    let usage = town.engine.key_usage().unwrap();
    let counts = |usage: &mfakit::KeyUsage| -> Vec<_> {
        let keys = usage.keys.iter();
        keys.map(|it| (it.key, it.active, it.documents)).collect()
    };
    assert_eq!(counts(&usage), [(old, false, all), (new, true, 0)]);
    assert_eq!((usage.unknown, usage.token_lifetime), (0, 2_592_000));
    let now = UnixTime::from_seconds(START);
    assert_eq!(usage.unused_from(old, now), None);
    // The old key can't go while documents need it.
    let mut hasty = town.ring();
    hasty.retire(old).unwrap();
    let refused = KeyringReplacement::KeyInUse {
        key: old,
        documents: all,
    };
    assert_eq!(town.engine.replace_keyring(hasty).unwrap(), refused);

    // Three pages, a stop, two pages from the beginning, and the rest from where those ended.
    let (mut done, mut left) = (0, all);
    let mut page = |query| {
        let page = town.rotate(query);
        assert!(page.failed.is_empty(), "{:?}", page.failed);
        assert!(page.resealed <= PAGE);
        assert_eq!(page.left, left - u64::from(page.resealed));
        (done, left) = (done + u64::from(page.resealed), page.left);
        page.next
    };
    let mut next = page(RotationQuery::first(PAGE));
    for _ in 0..2 {
        next = page(RotationQuery::first(PAGE).after(next.unwrap()));
    }
    assert!(next.is_some());
    next = page(RotationQuery::first(PAGE));
    let mut pages = 4;
    while let Some(place) = next {
        next = page(RotationQuery::first(PAGE).after(place));
        pages += 1;
    }
    assert_eq!((done, left), (all, 0));
    assert_eq!(pages, all.div_ceil(u64::from(PAGE)));
    // Nothing is done twice.
    assert_eq!(town.rotate_all(PAGE), 0);

    let usage = town.tenant.key_usage().unwrap();
    assert_eq!(counts(&usage), [(old, false, 0), (new, true, all)]);
    let unused = usage.unused_from(old, now);
    assert_eq!(unused, Some(now.saturating_add(2_592_000)));
    assert_eq!(usage.unused_from(new, now), None);
    town.change(|ring| ring.retire(old).unwrap());

    // A stolen old key opens nothing, under its number or under that of the new one.
    let documents = sealed_with(&*store);
    assert_eq!(u64::try_from(documents.len()).unwrap(), all);
    assert!(documents.iter().all(|(_, key)| *key == new));
    let thief = |ring: &str| Keyring::parse(ring).unwrap();
    let unknown = sign_in_with(Arc::clone(&store), thief(&old_ring), &town);
    let missing = Error::Unavailable(Unavailable::UnknownKey(new));
    assert_eq!(unknown.unwrap_err(), missing);
    let renamed = old_ring.replace(&old.to_string(), &new.to_string());
    let forged = sign_in_with(Arc::clone(&store), thief(&renamed), &town);
    let damaged = Error::Unavailable(Unavailable::Damaged);
    assert_eq!(forged.unwrap_err(), damaged);

    // Everything opens with the new one alone, and works as before.
    town.clock.advance(30);
    for person in &town.people {
        town.live_a_day(person);
    }
    for issued in &town.activations {
        let server = Actor::new("server 12").unwrap();
        let typed = issued.code.expose();
        let redemption = town.tenant.redeem_activation(&typed, &purpose(), &server);
        assert!(matches!(redemption, Ok(Redemption::Redeemed(_))));
    }
    let subjects = [
        AuditSubject::Policy,
        AuditSubject::Account(town.people[7].account.clone()),
        AuditSubject::Passwords(town.people[7].account.clone()),
        AuditSubject::Activation(town.activations[3].handle),
    ];
    for subject in subjects {
        let verdict = town.tenant.verify_audit(subject).unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    }
}

#[test]
fn c48_a_tenant_is_sealed_anew_in_pages_and_the_old_key_retired_in_memory() {
    rotates_whole(memory());
}

#[test]
fn c48_a_tenant_is_sealed_anew_in_pages_and_the_old_key_retired_on_sqlite() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.path().join("mfa.db")).unwrap();
    rotates_whole(Arc::new(store));
}

#[test]
fn every_document_says_by_whom_it_was_sealed_anew() {
    let mut town = Town::new(memory(), 2, 1);
    let (old, new) = (town.active(), town.new_key());
    assert_eq!(town.rotate_all(PAGE), 6);
    let page = town.tenant.events(AuditQuery::newest(6)).unwrap();
    for entry in page.entries {
        let event = entry.event.unwrap();
        assert_eq!(
            event.kind,
            EventKind::Resealed { from: old, to: new },
            "{event:?}"
        );
        assert_eq!(event.kind.name(), "resealed");
        assert!(!event.kind.must_be_told());
        assert_eq!(event.actor.unwrap().as_str(), "root");
        assert_eq!(event.reason.unwrap().as_str(), "a new key");
    }
    // One event for each document, whatever happened before.
    let page = town.tenant.events(AuditQuery::newest(100)).unwrap();
    let resealed = |entry: &&mfakit::AuditEntry| {
        let kind = entry.event.as_ref().map(|event| event.kind.name());
        kind == Some("resealed")
    };
    assert_eq!(page.entries.iter().filter(resealed).count(), 6);
}

/// Takes one step of a flow, and does on the store what it asks for; `None` once it has ended.
fn step(
    flow: &mut Flow<Resealing>,
    input: Input,
    store: &MemoryStore,
    commits: &mut u32,
) -> Result<Input, Resealing> {
    let now = UnixTime::from_seconds(START);
    Ok(match flow.next(input, now, &mut getrandom::SysRng) {
        Step::Load(keys) => Input::Loaded(pollster::block_on(store.load(&keys)).unwrap()),
        Step::Commit(commit) => {
            *commits += 1;
            Input::Committed(pollster::block_on(store.commit(&commit)).unwrap())
        }
        Step::Done(answer) => return Err(answer.unwrap()),
    })
}

fn run(
    flow: &mut Flow<Resealing>,
    mut input: Input,
    store: &MemoryStore,
    commits: &mut u32,
) -> Resealing {
    loop {
        input = match step(flow, input, store, commits) {
            Ok(input) => input,
            Err(answer) => return answer,
        };
    }
}

#[test]
fn a_document_that_somebody_else_seals_anew_at_the_same_time_is_left_alone() {
    let store = memory();
    let mut town = Town::new(Arc::clone(&store), 2, 1);
    let old = town.active();
    town.new_key();
    let ring = Arc::new(town.ring());
    let tenant = town.tenant_id();
    let handle = town.activations[0].handle;
    let places = [
        (DocumentKind::Account, town.people[0].account.as_bytes()),
        (DocumentKind::Gate, town.people[0].account.as_bytes()),
        (DocumentKind::Policy, &[][..]),
        (DocumentKind::Activation, &handle.as_bytes()[..]),
    ];
    for (kind, id) in places {
        let document = DocumentKey::new(tenant.clone(), kind, id);
        let flow = || Flow::reseal(Arc::clone(&ring), document.clone(), admin());
        let (mut slow, mut fast) = (flow(), flow());
        let mut commits = 0;
        // One has read the document when the other seals it.
        let loaded = step(&mut slow, Input::Start, &store, &mut commits).unwrap();
        let done = run(&mut fast, Input::Start, &store, &mut commits);
        assert_eq!((done, commits), (Resealing::Resealed { from: old }, 1));
        let late = run(&mut slow, loaded, &store, &mut commits);
        assert_eq!((late, commits), (Resealing::NothingToDo, 2), "{kind:?}");
        // Who comes after both does not even commit.
        let after = run(&mut flow(), Input::Start, &store, &mut commits);
        assert_eq!((after, commits), (Resealing::NothingToDo, 2), "{kind:?}");
    }
    // Nor is a document made where there is none.
    let nobody = DocumentKey::new(tenant, DocumentKind::Account, *b"nobody");
    let mut flow = Flow::reseal(ring, nobody, admin());
    let mut commits = 0;
    let done = run(&mut flow, Input::Start, &store, &mut commits);
    assert_eq!((done, commits), (Resealing::NothingToDo, 0));
}

#[test]
fn a6_codes_count_once_while_two_rotations_run() {
    const ROUNDS: usize = 8;
    let mut town = Town::new(memory(), 24, 4);
    for round in 0..ROUNDS {
        let old = town.active();
        town.new_key();
        town.clock.advance(30);
        let start = Barrier::new(2 + 8);
        let town_now = &town;
        let start = &start;
        thread::scope(|scope| {
            for limit in [1, 3] {
                scope.spawn(move || {
                    start.wait();
                    town_now.rotate_all(limit);
                });
            }
            let people = town_now.people.chunks(town_now.people.len() / 4);
            let guests: Vec<_> = people
                .flat_map(|people| [people, people])
                .map(|people| {
                    scope.spawn(move || {
                        start.wait();
                        let mut verified = Vec::new();
                        for person in people {
                            let ticket = town_now.challenge(person);
                            let outcome = town_now.verify(&ticket, &town_now.code(person));
                            verified.push(match outcome {
                                Verification::Verified(_) => 1_u32,
                                Verification::Replayed(_) => 0,
                                other => panic!("{other:?} in round {round}"),
                            });
                        }
                        verified
                    })
                })
                .collect();
            let outcomes: Vec<_> = guests.into_iter().map(|it| it.join().unwrap()).collect();
            for pair in outcomes.chunks(2) {
                let both = pair[0].iter().zip(&pair[1]).map(|(a, b)| a + b);
                assert!(both.into_iter().all(|successes| successes == 1));
            }
        });
        town.change(|ring| ring.retire(old).unwrap());
    }
}

#[test]
fn a_rotation_that_is_dropped_anywhere_goes_on_where_it_was() {
    let store = memory();
    let mut town = Town::new(SlowStore(Arc::clone(&store)), 3, 1);
    let engine = |town: &Town| {
        let store = SlowStore(Arc::clone(&store));
        mfakit::Engine::builder(store, town.ring())
            .clock(town.clock.clone())
            .build()
            .tenant("acme")
            .unwrap()
    };
    for patience in 0.. {
        let old = town.active();
        let new = town.new_key();
        let tenant = engine(&town);
        let finished = {
            let by = admin();
            let mut page = pin!(tenant.rotate_keys(RotationQuery::first(100), &by));
            let mut context = Context::from_waker(Waker::noop());
            (0..patience).any(|_| page.as_mut().poll(&mut context).is_ready())
        };
        // What was done is done, whole documents at a time, and each opens.
        let documents = sealed_with(&*store);
        let done = documents.iter().filter(|(_, key)| *key == new).count();
        let rest = town.rotate_all(100);
        assert_eq!(done + usize::try_from(rest).unwrap(), documents.len());
        assert!(!finished || rest == 0);
        town.clock.advance(30);
        for person in &town.people {
            town.live_a_day(person);
        }
        town.change(|ring| ring.retire(old).unwrap());
        if finished {
            assert!(patience > 30, "the page never waited");
            return;
        }
    }
}

#[test]
fn a33_a_rotation_loses_nothing_and_lets_nobody_in_whichever_call_fails() {
    let mut outcomes = [0, 0];
    let single = (0..24).flat_map(|call| Fault::ALL.map(|fault| vec![(call, fault)]));
    let double = (2..12).flat_map(|call| {
        Fault::ALL.into_iter().flat_map(move |first| {
            Fault::ALL.map(move |second| vec![(call, first), (call + 2, second)])
        })
    });
    let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
    let mut town = Town::new(Arc::clone(&store), 2, 1);
    let mut old = town.active();
    for plan in single.chain(double).map(Plan::script) {
        let new = town.new_key();
        store.set_plan(plan.clone());
        let page = town.tenant.rotate_keys(RotationQuery::first(100), &admin());
        store.set_plan(Plan::none());
        pollster::block_on(store.arrive()).unwrap();
        match page {
            Ok(page) => {
                assert!(page.failed.is_empty(), "{page:?} under {plan:?}");
                assert_eq!((page.left, page.next), (0, None), "under {plan:?}");
                outcomes[0] += 1;
            }
            Err(error) => {
                assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
                outcomes[1] += 1;
            }
        }
        // What failed is repeated; every document is there and opens with the new key alone.
        town.rotate_all(100);
        let documents = sealed_with(store.inner());
        assert_eq!(u64::try_from(documents.len()).unwrap(), town.documents());
        assert!(documents.iter().all(|(_, key)| *key == new));
        town.change(|ring| ring.retire(old).unwrap());
        old = new;
        town.clock.advance(30);
        for person in &town.people {
            town.live_a_day(person);
        }
    }
    assert!(outcomes[0] > 50 && outcomes[1] > 50, "{outcomes:?}");
}

#[test]
fn a_clock_that_is_ahead_rotates_without_locking_anybody_out() {
    let store = memory();
    let mut town = Town::new(Arc::clone(&store), 3, 1);
    town.new_key();
    let ahead = mfakit::ManualClock::starting_at(UnixTime::from_seconds(START + 86_400));
    let engine = mfakit::Engine::builder(store, town.ring())
        .clock(ahead)
        .build();
    let tenant = Engine::from(engine).tenant("acme").unwrap();
    let page = tenant
        .rotate_keys(RotationQuery::first(100), &admin())
        .unwrap();
    assert_eq!((page.resealed, page.left), (8, 0));
    town.clock.advance(30);
    for person in &town.people {
        town.live_a_day(person);
    }
}

#[test]
fn a_policy_that_is_sealed_anew_is_another_one_to_who_has_it_open() {
    let mut town = Town::new(memory(), 1, 0);
    let open = town.tenant.policy().unwrap();
    town.new_key();
    town.rotate_all(100);
    let change = town.tenant.set_policy(open.clone(), &admin()).unwrap();
    assert_eq!(change, PolicyChange::Stale);
    assert_eq!(town.tenant.policy().unwrap(), open);
}

#[test]
fn a_place_in_the_rotation_before_is_the_beginning_of_this_one() {
    let mut town = Town::new(memory(), 6, 0);
    town.new_key();
    let next = town.rotate(RotationQuery::first(10)).next.unwrap();
    town.new_key();
    let page = town.rotate(RotationQuery::first(100).after(next));
    assert_eq!((page.resealed, page.left), (13, 0));
}

#[test]
fn pages_have_a_size_and_tenants_exist() {
    let town = Town::new(memory(), 1, 0);
    for limit in [0, 101, u32::MAX] {
        let page = town
            .tenant
            .rotate_keys(RotationQuery::first(limit), &admin());
        assert_eq!(page.unwrap_err(), Error::Misuse(Misuse::PageSize));
        let tenants = town.engine.tenants(None, limit);
        assert_eq!(tenants.unwrap_err(), Error::Misuse(Misuse::PageSize));
    }
    let nobody = town.engine.tenant("nobody").unwrap();
    let unknown = Error::Misuse(Misuse::UnknownTenant);
    let page = nobody.rotate_keys(RotationQuery::first(1), &admin());
    assert_eq!(page.unwrap_err(), unknown);
    assert_eq!(nobody.key_usage().unwrap_err(), unknown);
    let acme = TenantId::new("acme").unwrap();
    assert_eq!(
        town.engine.tenants(None, 100).unwrap(),
        core::slice::from_ref(&acme)
    );
    assert_eq!(town.engine.tenants(Some(&acme), 100).unwrap(), []);
}

#[test]
fn sessions_and_open_sign_ins_outlive_a_new_key_and_end_with_the_old_one() {
    let mut town = Town::new(memory(), 2, 0);
    let old = town.active();
    let (ticket, late) = (
        town.challenge(&town.people[0]),
        town.challenge(&town.people[1]),
    );
    town.new_key();
    town.rotate_all(100);
    town.clock.advance(30);
    let label = mfakit::Label::new("Laptop").unwrap();
    let code = town.code(&town.people[0]);
    let outcome = town
        .tenant
        .verify_and_remember(Presented::new(&ticket), &code, &label);
    let Ok(Verification::Verified(verified)) = outcome else {
        panic!("{outcome:?}")
    };
    let device = verified.device.unwrap();
    town.change(|ring| ring.retire(old).unwrap());
    // The ticket of the old key is a text like any other; the assertion is of the new one, and the device of none.
    let outcome = town.verify(&late, &town.code(&town.people[1]));
    assert!(
        matches!(outcome, Verification::Void(mfakit::Void::Unknown)),
        "{outcome:?}"
    );
    let standing = town.tenant.check_assertion(&verified.assertion).unwrap();
    assert!(matches!(standing, mfakit::Standing::Current(_)));
    town.new_key();
    town.rotate_all(100);
    let first = FirstFactor::external(town.people[0].account.clone());
    let decision = town
        .tenant
        .sign_in(first, SignIn::new().device(device.as_str()))
        .unwrap();
    assert!(
        matches!(decision, mfakit::Decision::Allow(_)),
        "{decision:?}"
    );
}
