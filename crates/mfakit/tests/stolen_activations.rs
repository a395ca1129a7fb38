//! Activation codes in a file that is stolen, or changed behind the program's back. Races, guesses and stores that
//! fail are in `attacks`, for every store.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/activation.rs"]
mod activation;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/world.rs"]
mod world;

use std::fs;

use mfakit::{ActivationQuery, Error, Unavailable, keyring_file};
use mfakit_sqlite::SqliteStore;
use rusqlite::{Connection, params};

use activation::{is_redeemed, issue, redeem, text, try_redeem};
use folder::Folder;
use world::World;

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

fn on_file(folder: &Folder) -> World {
    let keyring = keyring_file::open_or_create(folder.path().join("keyring")).unwrap();
    let store = SqliteStore::open(folder.path().join("mfa.db")).unwrap();
    World::with(store, keyring)
}
