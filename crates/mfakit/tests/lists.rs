//! The accounts of a tenant by their state: listed in pages, and counted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/folder.rs"]
mod folder;
#[path = "support/stores.rs"]
mod stores;
#[path = "support/world.rs"]
mod world;

use alloc::{collections::BTreeSet, sync::Arc};

use mfakit::{
    AccountCount, AccountId, AccountQuery, AccountState, AccountSummary, ActivationLifetime,
    ActivationQuery, Decision, Error, ExemptionChange, ExemptionEnd, FirstFactor, Gate, Label,
    LockEnd, MemoryStore, Misuse, PasswordLockQuery, Presented, Requirement, Setting, SignIn,
    Unavailable, Verification, blocking::Tenant,
};
use mfakit_core::DocumentKind;
use mfakit_store::testkit::{Fault, FaultyStore, Plan};

use stores::{Watched, on_both, scrawl};
use world::{World, admin, wrong_codes};

/// The ids in a list, which names nobody twice.
fn listed(tenant: &Tenant, first: &AccountQuery) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut query = first.clone();
    loop {
        let page = tenant.accounts(query).unwrap();
        for entry in page.entries {
            let id = String::from_utf8(entry.account.as_bytes().to_vec()).unwrap();
            assert!(found.insert(id), "{:?} is there twice", entry.account);
        }
        let Some(next) = page.next else { return found };
        query = first.clone().after(next);
    }
}

fn names(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn count(tenant: &Tenant) -> AccountSummary {
    let mut count = AccountCount::new();
    while !count.is_done() {
        tenant.count_accounts(&mut count).unwrap();
    }
    *count.summary()
}

/// Sets up and types `wrong` wrong codes, each after the lock before it.
fn set_up_and_fail(world: &World, wrong: usize) {
    let (app, _) = world.set_up();
    let mut lock = None;
    for _ in 0..wrong {
        if let Some(LockEnd::At(until)) = lock {
            world.clock.set(until);
        }
        let ticket = world.challenge();
        let code = wrong_codes(world, &app).next().unwrap();
        if let Verification::Locked(locked) = world.verify(&ticket, &code) {
            lock = Some(locked.end);
        }
    }
}

/// One person, or more, in each state; the last are locked for a time.
fn a_person_in_each_state(world: &mut World, store: &dyn mfakit::Store) {
    world.be("set up");
    world.set_up();
    world.be("hard locked");
    set_up_and_fail(world, 20);
    world.be("few codes");
    let (_, codes) = world.set_up();
    for code in &codes[..7] {
        let verified = world.verify(&world.challenge(), code);
        assert!(matches!(verified, Verification::Verified(_)));
    }
    world.be("reset");
    world.set_up();
    world.tenant.reset(&world.account, &admin("lost")).unwrap();
    world.be("erased");
    world.set_up();
    world.tenant.erase(&world.account, &admin("left")).unwrap();
    world.be("erased before anything");
    world.tenant.erase(&world.account, &admin("left")).unwrap();
    world.be("erased and back");
    world.set_up();
    world.tenant.erase(&world.account, &admin("left")).unwrap();
    world.set_up();
    world.be("exempt");
    let exempt = world
        .tenant
        .exempt(&world.account, ExemptionEnd::Open, &admin("pilot"));
    assert_eq!(exempt, Ok(ExemptionChange::Changed));
    scrawl(store, DocumentKind::Account, "scrawled");
    scrawl(store, DocumentKind::Gate, "scrawled gate");
    // No account has an empty id.
    scrawl(store, DocumentKind::Account, "");
    scrawl(store, DocumentKind::Gate, "");
    // Who has only tried passwords has no account.
    world.be("guessed at");
    for _ in 0..10 {
        let attempt = world.tenant.begin_password(&world.account).unwrap();
        assert!(matches!(attempt, Gate::Proceed(_)));
    }
    world.be("one attempt");
    let _ = world.tenant.begin_password(&world.account).unwrap();
    world.be("locked");
    set_up_and_fail(world, 5);
    world.be("setting up");
    let Decision::Setup(setup) = world.sign_in() else {
        panic!()
    };
    world.scan(Presented::new(&setup.ticket).bound_to(b"session"));
}

#[test]
fn accounts_are_listed_and_counted_in_every_state() {
    on_both(|store| {
        let mut world = World::on(Arc::clone(&store));
        a_person_in_each_state(&mut world, &*store);
        let all = [
            "erased and back",
            "exempt",
            "few codes",
            "hard locked",
            "locked",
            "reset",
            "scrawled",
            "set up",
            "setting up",
        ];
        let set_up = [
            "erased and back",
            "few codes",
            "hard locked",
            "locked",
            "set up",
        ];
        let expected: [(AccountState, &[&str]); 10] = [
            (AccountState::NotSetUp, &["exempt", "reset", "setting up"]),
            (AccountState::SetUp, &set_up),
            (AccountState::SetupPending, &["setting up"]),
            (AccountState::Overdue, &["reset", "setting up"]),
            (AccountState::Locked, &["locked"]),
            (AccountState::HardLocked, &["hard locked"]),
            (AccountState::Exempt, &["exempt"]),
            (AccountState::FewBackupCodes, &["few codes"]),
            (AccountState::Unreadable, &["scrawled"]),
            (AccountState::Erased, &["erased", "erased before anything"]),
        ];
        for limit in [1, 2, 100] {
            let first = AccountQuery::first(limit);
            assert_eq!(
                listed(&world.tenant, &first),
                names(&all),
                "pages of {limit}"
            );
            for (state, ids) in expected {
                let query = first.clone().only(state);
                assert_eq!(listed(&world.tenant, &query), names(ids), "{state:?}");
            }
        }
        let summary = count(&world.tenant);
        let counted = [
            summary.not_set_up,
            summary.set_up,
            summary.setup_pending,
            summary.overdue,
            summary.locked,
            summary.hard_locked,
            summary.exempt,
            summary.few_backup_codes,
            summary.unreadable,
            summary.erased,
        ];
        let lengths = expected.map(|(_, ids)| u64::try_from(ids.len()).unwrap());
        assert_eq!(counted, lengths);
        assert_eq!(summary.accounts, 9);
        assert_eq!(
            (summary.passwords_locked, summary.passwords_unreadable),
            (1, 1)
        );
    });
}

#[test]
fn locked_passwords_are_listed_apart_from_accounts() {
    on_both(|store| {
        let mut world = World::on(Arc::clone(&store));
        a_person_in_each_state(&mut world, &*store);
        let page = world
            .tenant
            .password_locks(PasswordLockQuery::first(100))
            .unwrap();
        assert_eq!(page.next, None);
        let [locked, scrawled] = &page.entries[..] else {
            panic!("{page:?}")
        };
        let (locked, scrawled) = if locked.fault.is_some() {
            (scrawled, locked)
        } else {
            (locked, scrawled)
        };
        assert_eq!(locked.account, AccountId::new("guessed at").unwrap());
        assert_eq!(scrawled.account, AccountId::new("scrawled gate").unwrap());
        assert_eq!(scrawled.fault, Some(Unavailable::NewerFormat));
        let first = world
            .tenant
            .password_locks(PasswordLockQuery::first(1))
            .unwrap();
        let rest = PasswordLockQuery::first(100).after(first.next.unwrap());
        let rest = world.tenant.password_locks(rest).unwrap();
        assert_eq!([first.entries, rest.entries].concat(), page.entries);
        // It opens by itself.
        world.clock.set(locked.until.unwrap());
        let page = world
            .tenant
            .password_locks(PasswordLockQuery::first(100))
            .unwrap();
        assert_eq!(page.entries, core::slice::from_ref(scrawled));
    });
}

#[test]
fn a_list_by_state_goes_by_the_clock_and_the_policy_of_the_day() {
    let mut world = World::new();
    world.be("locked");
    set_up_and_fail(&world, 5);
    let locked = AccountQuery::first(100).only(AccountState::Locked);
    assert_eq!(listed(&world.tenant, &locked), names(&["locked"]));
    world.clock.advance(30);
    assert_eq!(listed(&world.tenant, &locked), names(&[]));
    let grace = world.tenant.policy().unwrap();
    let grace = grace
        .with(Setting::SetupDeadline, 2)
        .and_then(|policy| policy.with(Setting::SetupSkips, 3))
        .unwrap();
    let _ = world.tenant.set_policy(grace, &admin("roll-out")).unwrap();
    world.be("in time");
    assert!(matches!(world.sign_in(), Decision::Setup(_)));
    let overdue = AccountQuery::first(100).only(AccountState::Overdue);
    assert_eq!(listed(&world.tenant, &overdue), names(&[]));
    world.clock.advance(2 * 86_400);
    assert_eq!(listed(&world.tenant, &overdue), names(&["in time"]));
    let optional = world.tenant.policy().unwrap();
    let optional = optional.with_requirement(Requirement::Optional);
    let _ = world.tenant.set_policy(optional, &admin("pause")).unwrap();
    assert_eq!(listed(&world.tenant, &overdue), names(&[]));
    world.tenant.require(&world.account, &admin("her")).unwrap();
    assert_eq!(listed(&world.tenant, &overdue), names(&["in time"]));
}

#[test]
fn a_call_looks_at_a_bounded_number_of_accounts() {
    let store = Arc::new(Watched::default());
    let mut world = World::on(Arc::clone(&store));
    let mut all = BTreeSet::new();
    for person in 0..1_201 {
        let name = format!("person {person:04}");
        world.be(&name);
        world.tenant.require(&world.account, &admin("all")).unwrap();
        all.insert(name);
    }
    for person in ["person 0003", "person 1100"] {
        world.be(person);
        let end = ExemptionEnd::Open;
        let exempt = world.tenant.exempt(&world.account, end, &admin("pilot"));
        assert_eq!(exempt, Ok(ExemptionChange::Changed));
    }
    let exempt = AccountQuery::first(100).only(AccountState::Exempt);
    let first = world.tenant.accounts(exempt.clone()).unwrap();
    assert_eq!(first.entries.len(), 1);
    let second = world
        .tenant
        .accounts(exempt.clone().after(first.next.unwrap()));
    let second = second.unwrap();
    assert_eq!(
        second.entries,
        [],
        "nobody among these, and the list goes on"
    );
    assert!(second.next.is_some());
    assert_eq!(
        listed(&world.tenant, &exempt),
        names(&["person 0003", "person 1100"])
    );
    assert_eq!(listed(&world.tenant, &AccountQuery::first(7)), all);
    let mut counted = AccountCount::new();
    world.tenant.count_accounts(&mut counted).unwrap();
    assert!(!counted.is_done());
    assert_eq!(counted.summary().accounts, 500);
    assert_eq!(count(&world.tenant).accounts, 1_201);
    assert_eq!(store.longest(), 500);
}

#[test]
fn a33_a_count_goes_on_where_the_store_failed() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
    let mut world = World::on(Arc::clone(&store));
    for person in 0..600 {
        world.be(&format!("person {person}"));
        world.tenant.require(&world.account, &admin("all")).unwrap();
    }
    for call in 0..6 {
        store.set_plan(Plan::script([(call, Fault::Unavailable)]));
        let mut counted = AccountCount::new();
        let mut failures = 0;
        while !counted.is_done() {
            match world.tenant.count_accounts(&mut counted) {
                Ok(()) => {}
                Err(Error::Unavailable(_)) => failures += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!((failures, counted.summary().accounts), (1, 600));
    }
}

#[test]
fn pages_hold_1_to_100_accounts() {
    let world = World::new();
    for limit in [0, 101, u32::MAX] {
        let refused = Some(Error::Misuse(Misuse::PageSize));
        let accounts = world.tenant.accounts(AccountQuery::first(limit));
        assert_eq!(accounts.err(), refused);
        let locks = world.tenant.password_locks(PasswordLockQuery::first(limit));
        assert_eq!(locks.err(), refused);
    }
    assert_eq!(count(&world.tenant), AccountSummary::default());
}

#[test]
fn who_has_never_done_anything_is_in_no_list() {
    let world = World::new();
    // Nothing is written for a sign-in that leads to a setup at once.
    let first = FirstFactor::external(world.account.clone());
    let decision = world.tenant.sign_in(first, SignIn::new()).unwrap();
    assert!(matches!(decision, Decision::Setup(_)));
    assert_eq!(listed(&world.tenant, &AccountQuery::first(100)), names(&[]));
}

#[test]
fn rows_that_nobody_issued_hide_no_activation_code() {
    on_both(|store| {
        let world = World::on(Arc::clone(&store));
        for number in 0..30_u8 {
            let id = char::from(number).to_string();
            scrawl(&*store, DocumentKind::Activation, &id);
        }
        let (purpose, by) = (Label::new("backup").unwrap(), admin("a new server"));
        let lifetime = ActivationLifetime::POLICY;
        let issued = world.tenant.issue_activation(&purpose, lifetime, &by);
        for limit in [1, 10, 30, 100] {
            let first = ActivationQuery::first(limit);
            let page = world.tenant.activations(first).unwrap();
            let handles: Vec<_> = page.entries.iter().map(|it| it.handle).collect();
            assert_eq!(handles, [issued.as_ref().unwrap().handle], "{limit}");
        }
    });
}
