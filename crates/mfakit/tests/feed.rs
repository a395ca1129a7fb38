//! The feed of events, as a host follows it: at least once, in order, with ids that never change.

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

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mfakit::{AuditEntry, AuditFault, AuditPage, AuditQuery, Gate, Verification};
use mfakit_core::DocumentKind;

use stores::{on_both, scrawl};
use world::{World, admin};

fn feed(world: &World, cursor: Option<u64>, limit: u32) -> AuditPage {
    world
        .tenant
        .events(AuditQuery::feed(cursor, limit))
        .unwrap()
}

/// Everything after `cursor`, and where it ended.
fn rest(world: &World, mut cursor: Option<u64>, limit: u32) -> (Vec<AuditEntry>, Option<u64>) {
    let mut all = Vec::new();
    loop {
        let page = feed(world, cursor, limit);
        cursor = page.cursor;
        if page.entries.is_empty() {
            return (all, cursor);
        }
        all.extend(page.entries);
    }
}

#[test]
fn a_follower_goes_on_at_the_end_of_the_feed() {
    on_both(|store| {
        let world = World::on(store);
        world.set_up();
        let (first, cursor) = rest(&world, None, 2);
        assert!(first.len() > 4);
        // At the end there is no next page, and the cursor stays.
        let end = feed(&world, cursor, 100);
        assert_eq!((end.entries.len(), end.next, end.cursor), (0, None, cursor));
        world.tenant.reset(&world.account, &admin("lost")).unwrap();
        let page = feed(&world, cursor, 100);
        assert_eq!((page.entries.len(), page.next), (2, None));
        assert!(page.cursor > cursor);
        let names = page.entries.iter().map(|it| it.event.as_ref().unwrap());
        let names: Vec<_> = names.map(|event| event.kind.name()).collect();
        assert!(names.contains(&"reset"), "{names:?}");
        // Whoever reads it all again reads the same, by the same names.
        let (again, _) = rest(&world, None, 100);
        assert_eq!(again, [first, page.entries].concat());
    });
}

#[test]
fn every_event_has_an_id_of_its_own_that_counts_within_its_document() {
    on_both(|store| {
        let mut world = World::on(store);
        for person in ["1", "11", "1-1"] {
            world.be(person);
            world.set_up();
            let gate = world.tenant.begin_password(&world.account).unwrap();
            assert!(matches!(gate, Gate::Proceed(_)));
            world.tenant.erase(&world.account, &admin("left")).unwrap();
            world.set_up();
        }
        let (all, _) = rest(&world, None, 100);
        let texts: BTreeSet<String> = all.iter().map(|it| it.id.to_string()).collect();
        assert_eq!(texts.len(), all.len());
        assert!(texts.contains("policy--1"));
        assert!(texts.contains("account-3131-1"));
        assert!(texts.contains("passwords-312d31-2"));
        let mut last = BTreeMap::new();
        for entry in &all {
            let text = entry.id.to_string();
            let (document, sequence) = text.rsplit_once('-').unwrap();
            let before = last.insert(document.to_owned(), entry.id.sequence());
            assert_eq!(sequence, entry.id.sequence().to_string());
            assert_eq!(entry.id.sequence(), before.unwrap_or(0) + 1, "{text}");
        }
    });
}

#[test]
fn what_can_t_be_read_does_not_stop_the_feed() {
    on_both(|store| {
        let world = World::on(Arc::clone(&store));
        world.set_up();
        for kind in DocumentKind::ALL {
            if kind != DocumentKind::Policy {
                scrawl(&*store, kind, "x");
            }
        }
        world.tenant.erase(&world.account, &admin("left")).unwrap();
        let (all, _) = rest(&world, None, 1);
        let faults: Vec<_> = all.iter().filter_map(|entry| entry.fault).collect();
        let unreadable = |fault: &&AuditFault| **fault == AuditFault::NoDocument;
        assert_eq!(faults.iter().filter(unreadable).count(), 3);
        let erased = |fault: &&AuditFault| **fault == AuditFault::Erased;
        assert!(faults.iter().filter(erased).count() > 3);
        let last = all.last().unwrap().event.as_ref().unwrap();
        assert_eq!(last.kind.name(), "erased");
        for entry in &all {
            assert_eq!(entry.event.is_none(), entry.fault.is_some());
        }
    });
}

/// A host that sends mails, and keeps what it has sent by the id of the event.
#[derive(Default)]
struct Host {
    cursor: Option<u64>,
    sent: BTreeSet<String>,
    /// Mails that left, by the id of their event.
    mails: BTreeMap<String, u32>,
}

/// Before what the host's process ends: sending the mail, noting it as sent, storing the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    Sending,
    Noting,
    Storing,
}

impl Host {
    /// Reads one page; answers whether it was killed, which happens at the event named `victim`.
    fn follow(&mut self, world: &World, crash: Crash, victim: Option<&str>) -> bool {
        let page = feed(world, self.cursor, 3);
        for entry in &page.entries {
            let told = entry.event.as_ref();
            let id = entry.id.to_string();
            if told.is_none_or(|event| !event.kind.must_be_told()) || self.sent.contains(&id) {
                continue;
            }
            let dies = victim == Some(&id);
            if dies && crash == Crash::Sending {
                return true;
            }
            *self.mails.entry(id.clone()).or_default() += 1;
            if dies && crash == Crash::Noting {
                return true;
            }
            self.sent.insert(id);
            if dies && crash == Crash::Storing {
                return true;
            }
        }
        self.cursor = page.cursor;
        false
    }
}

#[test]
fn c29_c45_a_host_that_is_killed_anywhere_tells_everything() {
    on_both(|store| {
        let world = World::on(store);
        let (_, codes) = world.set_up();
        let verified = world.verify(&world.challenge(), &codes[0]);
        assert!(matches!(verified, Verification::Verified(_)));
        world.tenant.reset(&world.account, &admin("lost")).unwrap();
        let (all, _) = rest(&world, None, 100);
        let to_tell: BTreeSet<String> = all
            .iter()
            .filter(|entry| entry.event.as_ref().unwrap().kind.must_be_told())
            .map(|entry| entry.id.to_string())
            .collect();
        assert!(to_tell.len() >= 4);
        let crashes = [Crash::Sending, Crash::Noting, Crash::Storing];
        for (crash, victim) in crashes
            .iter()
            .flat_map(|crash| to_tell.iter().map(|victim| (*crash, victim.as_str())))
        {
            let mut host = Host::default();
            let pages = 0..all.len();
            let killed = pages
                .clone()
                .any(|_| host.follow(&world, crash, Some(victim)));
            assert!(killed, "{victim} was never reached");
            // Another process, with what the one before had stored.
            for _ in pages {
                assert!(!host.follow(&world, crash, None));
            }
            let told: BTreeSet<String> = host.mails.keys().cloned().collect();
            assert_eq!(told, to_tell);
            // Only a crash between sending and noting, which no host can rule out, sends one twice.
            let twice = host.mails.iter().filter(|(_, mails)| **mails > 1);
            let twice: Vec<&str> = twice.map(|(id, _)| id.as_str()).collect();
            let noted = crash != Crash::Noting;
            assert_eq!(twice, if noted { vec![] } else { vec![victim] });
        }
    });
}
