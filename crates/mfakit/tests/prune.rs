//! Old events go, the rest of the audit trail stays whole, and whoever removes anything else is noticed.

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

use alloc::sync::Arc;

use mfakit::{
    AuditEntry, AuditFault, AuditQuery, AuditSubject, AuditVerdict, Clock as _, Error, EventKind,
    Gate, MemoryStore, Misuse, PruneReport, Pruning, Store, UnixTime,
};
use mfakit_core::{DocumentKey, DocumentKind, TenantId};
use mfakit_store::testkit::{Fault, FaultyStore, Plan};

use stores::{Watched, on_both, scrawl};
use world::{START, World, admin};

const DAY: u32 = 86_400;

/// Charges this many password attempts: as many events of the gate, each at its own second.
fn attempts(world: &World, count: u64) {
    let mut charged = 0;
    while charged < count {
        match world.tenant.begin_password(&world.account).unwrap() {
            Gate::Proceed(_) => {
                charged += 1;
                world.clock.advance(1);
            }
            Gate::Refused(refusal) => world.clock.set(refusal.until),
        }
    }
}

fn passwords(world: &World) -> AuditSubject {
    AuditSubject::Passwords(world.account.clone())
}

fn gate_key(world: &World) -> DocumentKey {
    let tenant = TenantId::new("acme").unwrap();
    DocumentKey::new(tenant, DocumentKind::Gate, world.account.as_bytes())
}

fn verdict(world: &World) -> AuditVerdict {
    world.tenant.verify_audit(passwords(world)).unwrap()
}

fn month_ago(world: &World) -> UnixTime {
    world.clock.now().saturating_sub(31 * DAY)
}

/// Runs to the end, and says what was done.
fn prune(world: &World, mut run: Pruning) -> PruneReport {
    while !run.is_done() {
        world
            .tenant
            .prune_events(&mut run, &admin("the year is over"))
            .unwrap();
    }
    *run.report()
}

/// The events that are there, oldest first.
fn feed(world: &World) -> Vec<AuditEntry> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = world.tenant.events(AuditQuery::feed(cursor, 100)).unwrap();
        if page.entries.is_empty() {
            return all;
        }
        all.extend(page.entries);
        cursor = page.cursor;
    }
}

fn pruned_events(world: &World) -> Vec<AuditEntry> {
    let mut all = feed(world);
    all.retain(|entry| {
        let kind = entry.event.as_ref().map(|event| &event.kind);
        matches!(kind, Some(EventKind::EventsPruned { .. }))
    });
    all
}

/// 30 attempts, 100 days, three more.
fn history(world: &World) {
    attempts(world, 30);
    world.clock.advance(100 * DAY);
    attempts(world, 3);
}

#[test]
fn c50_old_events_go_and_the_rest_is_whole() {
    on_both(|store| {
        let world = World::on(Arc::clone(&store));
        world.set_up();
        history(&world);
        let before = feed(&world);
        let report = prune(&world, Pruning::before(month_ago(&world)));
        // The policy, the account and the gate; the ten newest of the gate stay, and the others have no more.
        assert_eq!((report.documents, report.events), (3, 23));
        assert_eq!((report.broken, report.unavailable), (0, 0));
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
        let account = AuditSubject::Account(world.account.clone());
        let account = world.tenant.verify_audit(account).unwrap();
        assert!(matches!(account, AuditVerdict::Whole { .. }));

        let after = feed(&world);
        assert_eq!(after.len(), before.len() - 23 + 1);
        for entry in &after[..after.len() - 1] {
            assert!(before.contains(entry), "{entry:?}");
        }
        let told = after.last().unwrap().event.as_ref().unwrap();
        assert_eq!(told.kind, EventKind::EventsPruned { through: 23 });
        assert_eq!(told.kind.name(), "events_pruned");
        assert_eq!(told.actor.as_ref().unwrap().as_str(), "root");
        assert_eq!(told.reason.as_ref().unwrap().as_str(), "the year is over");

        // Once more does nothing, and says nothing; nor does it as time goes by and nothing happens.
        world.clock.advance(400 * DAY);
        let again = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((again.documents, again.events), (3, 0));
        assert_eq!(feed(&world), after);
        // What happens later is chained on, and goes in its time.
        attempts(&world, 20);
        world.clock.advance(400 * DAY);
        let later = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!(later.events, 21);
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
    });
}

#[test]
fn nothing_of_the_last_31_days_goes() {
    on_both(|store| {
        let world = World::on(store);
        history(&world);
        attempts(&world, 40);
        for too_recent in [
            month_ago(&world).saturating_add(1),
            world.clock.now(),
            UnixTime::from_seconds(i64::MAX),
        ] {
            let mut run = Pruning::before(too_recent);
            let refused = world.tenant.prune_events(&mut run, &admin("all of it"));
            assert_eq!(refused, Err(Error::Misuse(Misuse::TooRecent)));
            assert!(!run.is_done());
        }
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 73 });
        let run = Pruning::before(month_ago(&world)).only(passwords(&world));
        let report = prune(&world, run);
        assert_eq!((report.documents, report.events), (1, 30));
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 44 });
        // The time is that of the event, not of the call.
        let early = UnixTime::from_seconds(START);
        assert_eq!(prune(&world, Pruning::before(early)).events, 0);
    });
}

#[test]
fn c50_a_removal_without_an_anchor_is_noticed_and_never_pruned_over() {
    on_both(|store| {
        let world = World::on(Arc::clone(&store));
        attempts(&world, 30);
        world.clock.advance(100 * DAY);
        attempts(&world, 15);
        // A vandal who has the database removes what comes first, before anything was pruned.
        let removed = pollster::block_on(store.prune_events(&gate_key(&world), 3));
        assert_eq!(removed, Ok(2));
        assert_eq!(verdict(&world), AuditVerdict::Broken { sequence: 1 });
        let report = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((report.events, report.broken), (0, 1));
        assert_eq!(verdict(&world), AuditVerdict::Broken { sequence: 1 });
        assert_eq!(pruned_events(&world), []);
    });
    on_both(|store| {
        let world = World::on(Arc::clone(&store));
        attempts(&world, 30);
        world.clock.advance(100 * DAY);
        attempts(&world, 15);
        assert_eq!(prune(&world, Pruning::before(month_ago(&world))).events, 30);
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 16 });
        // And after it, one more than the anchor allows.
        let removed = pollster::block_on(store.prune_events(&gate_key(&world), 32));
        assert_eq!(removed, Ok(1));
        assert_eq!(verdict(&world), AuditVerdict::Broken { sequence: 31 });
        world.clock.advance(100 * DAY);
        let report = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((report.events, report.broken), (0, 1));
        assert_eq!(verdict(&world), AuditVerdict::Broken { sequence: 31 });
    });
}

#[test]
fn a33_a_crash_between_any_two_steps_of_pruning_loses_and_hides_nothing() {
    let calls = {
        let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
        let world = World::on(Arc::clone(&store));
        history(&world);
        store.set_plan(Plan::none());
        prune(&world, Pruning::before(month_ago(&world)));
        store.calls()
    };
    assert!(calls > 8, "{calls} calls");
    let (mut failed, mut half_way) = (0, 0);
    for (call, fault) in (0..calls).flat_map(|call| Fault::ALL.map(|fault| (call, fault))) {
        // Either the process goes on with the run it has, or it is another one that begins anew.
        for same_process in [true, false] {
            let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
            let world = World::on(Arc::clone(&store));
            history(&world);
            let before = Pruning::before(month_ago(&world));
            store.set_plan(Plan::script([(call, fault)]));
            let mut run = before.clone();
            let first = world.tenant.prune_events(&mut run, &admin("half a run"));
            store.set_plan(Plan::none());
            failed += u32::from(first.is_err());
            let stopped = verdict(&world);
            assert!(
                matches!(
                    stopped,
                    AuditVerdict::Whole {
                        events: 11 | 33 | 34
                    }
                ),
                "{stopped:?} after {fault:?} at {call}"
            );
            half_way += u32::from(stopped == AuditVerdict::Whole { events: 34 });
            prune(&world, if same_process { run } else { before });
            assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
            let told = pruned_events(&world);
            assert_eq!(told.len(), 1, "after {fault:?} at {call}");
        }
    }
    assert!(
        failed > 20 && half_way > 4,
        "{failed} failed, {half_way} half-way"
    );
}

#[test]
fn what_was_erased_goes_with_the_events_after_it() {
    on_both(|store| {
        let world = World::on(store);
        attempts(&world, 30);
        world.tenant.erase(&world.account, &admin("left")).unwrap();
        world.clock.advance(100 * DAY);
        // The events from before are older than the erasure, and the erasure is kept: they stay.
        let report = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((report.events, report.broken), (0, 0));
        attempts(&world, 15);
        world.clock.advance(100 * DAY);
        let report = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((report.events, report.broken), (36, 0));
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
        // Erased once more: nothing of the anchor is left to trip over.
        world.tenant.erase(&world.account, &admin("left")).unwrap();
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 12 });
        attempts(&world, 30);
        world.clock.advance(100 * DAY);
        assert!(prune(&world, Pruning::before(month_ago(&world))).events > 30);
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
        assert!(feed(&world).iter().all(|entry| {
            let is_gate = entry.id.to_string().starts_with("passwords-");
            !is_gate || entry.fault != Some(AuditFault::Altered)
        }));
    });
}

#[test]
fn a33_a_run_on_a_machine_whose_clock_is_ahead_locks_nobody_out() {
    on_both(|store| {
        let world = World::on(store);
        history(&world);
        let (now, before) = (world.clock.now(), month_ago(&world));
        world.clock.advance(365 * DAY);
        assert_eq!(prune(&world, Pruning::before(before)).events, 23);
        world.clock.set(now);
        attempts(&world, 1);
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 12 });
    });
}

#[test]
fn a_document_that_does_not_open_holds_up_no_other() {
    on_both(|store| {
        let mut world = World::on(Arc::clone(&store));
        scrawl(&*store, DocumentKind::Account, "1");
        scrawl(&*store, DocumentKind::Gate, "1");
        // Somebody whose machine was a year ahead.
        world.be("2");
        world.clock.advance(465 * DAY);
        attempts(&world, 20);
        world.clock.set(UnixTime::from_seconds(START));
        world.be("7");
        history(&world);
        let report = prune(&world, Pruning::before(month_ago(&world)));
        assert_eq!((report.unavailable, report.events), (3, 23));
        assert_eq!(verdict(&world), AuditVerdict::Whole { events: 11 });
    });
}

#[test]
fn c50_a_history_of_100_000_events_is_checked_and_pruned_page_by_page() {
    let store = Arc::new(Watched::default());
    let world = World::on(Arc::clone(&store));
    attempts(&world, 100_000);
    let before = store.pages();
    assert_eq!(verdict(&world), AuditVerdict::Whole { events: 100_000 });
    assert_eq!(store.pages() - before, 401);
    world.clock.advance(100 * DAY);
    attempts(&world, 300);
    let report = prune(&world, Pruning::before(month_ago(&world)));
    assert_eq!(report.events, 100_000);
    assert_eq!(verdict(&world), AuditVerdict::Whole { events: 301 });
    assert_eq!(store.longest(), 250, "more than a page was read at once");
}

#[test]
fn a_check_begins_anew_where_events_are_dropped_under_it() {
    type Act = fn(&World);
    let acts: [(Act, u64); 2] = [
        (
            |world| {
                prune(world, Pruning::before(month_ago(world)));
            },
            11,
        ),
        (
            |world| world.tenant.erase(&world.account, &admin("left")).unwrap(),
            1_001,
        ),
    ];
    for (act, events) in acts {
        let store = Arc::new(Watched::default());
        let world = Arc::new(World::on(Arc::clone(&store)));
        attempts(&world, 1_000);
        world.clock.advance(100 * DAY);
        let acting = Arc::clone(&world);
        let second = Arc::clone(&store);
        // After the second page was read: the walk has begun by then.
        store.after_next_page(move || second.after_next_page(move || act(&acting)));
        assert_eq!(verdict(&world), AuditVerdict::Whole { events });
    }
}

#[test]
fn a_check_is_not_led_astray_by_whoever_writes_meanwhile() {
    /// Lets an event be committed between every other page and the document.
    fn interfere(store: &Arc<Watched>, world: &Arc<World>, times: u64) {
        let (store, world) = (Arc::clone(store), Arc::clone(world));
        let second = Arc::clone(&store);
        store.after_next_page(move || {
            let third = Arc::clone(&second);
            second.after_next_page(move || {
                attempts(&world, 1);
                if times > 1 {
                    interfere(&third, &world, times - 1);
                }
            });
        });
    }

    let store = Arc::new(Watched::default());
    let world = Arc::new(World::on(Arc::clone(&store)));
    attempts(&world, 20);
    interfere(&store, &world, 5);
    assert_eq!(verdict(&world), AuditVerdict::Whole { events: 25 });
}
