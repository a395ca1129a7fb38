//! The keyring is replaced while the program runs, on one machine and on several, and in its file.

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
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Waker},
};
use std::{fs, io, path::PathBuf, thread};

use mfakit::{
    DocumentKind, Error, FirstFactor, KeyId, Keyring, KeyringChangeError, KeyringReplacement,
    MemoryStore, RotationQuery, SignIn, TenantId, Unavailable,
    blocking::{Engine, Tenant},
    keyring_file::{self, KeyringFileError},
};
use mfakit_sqlite::SqliteStore;
use mfakit_store::Store;
use rusqlite::{Connection, params};

use folder::Folder;
use slow::SlowStore;
use town::{Town, admin};

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

/// Another machine of the organization, with a keyring of its own.
fn machine(store: impl Store + 'static, ring: Keyring, town: &Town) -> Tenant {
    let engine = mfakit::Engine::builder(store, ring)
        .clock(town.clock.clone())
        .build();
    Engine::from(engine).tenant("acme").unwrap()
}

fn sign_in(tenant: &Tenant, person: &town::Person) -> Result<(), Error> {
    let first = FirstFactor::external(person.account.clone());
    tenant.sign_in(first, SignIn::new()).map(|_| ())
}

fn changed(town: &Town, change: impl FnOnce(&mut Keyring)) -> Keyring {
    let mut ring = town.ring();
    change(&mut ring);
    ring
}

#[test]
fn a_machine_that_lacks_the_new_key_is_refused_and_one_that_knows_it_goes_on() {
    let store = memory();
    let mut town = Town::new(Arc::clone(&store), 3, 0);
    let (old, late) = (
        town.active(),
        machine(Arc::clone(&store), town.ring(), &town),
    );
    let new = town.change(|ring| ring.add_key(&mut getrandom::SysRng).unwrap());
    let ready = machine(Arc::clone(&store), town.ring(), &town);
    // Known everywhere, active nowhere: nothing has changed for anybody.
    assert_eq!(town.rotate_all(100), 0);
    assert_eq!(sign_in(&late, &town.people[0]), Ok(()));
    town.change(|ring| ring.activate(new).unwrap());
    assert_eq!(town.rotate_all(100), 7);
    let missing = Error::Unavailable(Unavailable::UnknownKey(new));
    assert_eq!(sign_in(&late, &town.people[0]), Err(missing));
    assert_eq!(sign_in(&ready, &town.people[0]), Ok(()));
    // The machine that still seals with the old key brings it back; the rotation says so, and finds it.
    let gate = ready.begin_password(&town.people[1].account);
    assert!(matches!(gate, Ok(mfakit::Gate::Proceed(_))), "{gate:?}");
    let usage = town.engine.key_usage().unwrap();
    assert_eq!(usage.keys[0].key, old);
    assert_eq!(usage.keys[0].documents, 1);
    assert_eq!(town.rotate_all(100), 1);
    assert_eq!(town.engine.key_usage().unwrap().keys[0].documents, 0);
}

#[test]
fn a_key_that_seals_and_a_key_of_others_are_refused() {
    let mut town = Town::new(memory(), 1, 0);
    let old = town.active();
    let new = town.change(|ring| ring.add_key(&mut getrandom::SysRng).unwrap());
    // In one step the old key would go while calls may still seal with it.
    let hasty = changed(&town, |ring| {
        ring.activate(new).unwrap();
        ring.retire(old).unwrap();
    });
    let refused = town.engine.replace_keyring(hasty).unwrap();
    assert_eq!(refused, KeyringReplacement::KeySeals { key: old });
    let stranger = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let claimed = stranger
        .danger_export()
        .replace(&stranger.active().to_string(), &old.to_string());
    let refused = town
        .engine
        .replace_keyring(Keyring::parse(&claimed).unwrap())
        .unwrap();
    assert_eq!(refused, KeyringReplacement::OtherKey { key: old });
    let refused = town.engine.replace_keyring(stranger).unwrap();
    assert_eq!(refused, KeyringReplacement::KeySeals { key: old });
    // Nothing was replaced.
    assert_eq!(sign_in(&town.tenant, &town.people[0]), Ok(()));
    assert_eq!(town.engine.key_usage().unwrap().keys.len(), 2);
}

#[test]
fn a_call_ends_with_the_keyring_it_began_with_and_its_key_stays_as_long() {
    let store = memory();
    let mut town = Town::new(SlowStore(Arc::clone(&store)), 1, 0);
    let old = town.active();
    let new = town.change(|ring| ring.add_key(&mut getrandom::SysRng).unwrap());
    let engine = mfakit::Engine::builder(SlowStore(store), town.ring())
        .clock(town.clock.clone())
        .build();
    let blocking = Engine::from(engine.clone());
    let tenant = engine.tenant("acme").unwrap();
    let account = town.people[0].account.clone();
    let by = admin();
    let mut call = pin!(tenant.erase(&account, &by));
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut context).is_pending());
    // Meanwhile another key takes over, everything is sealed with it, and the old one is to go.
    town.change(|ring| ring.activate(new).unwrap());
    assert_eq!(
        blocking.replace_keyring(town.ring()).unwrap(),
        KeyringReplacement::Replaced
    );
    town.rotate_all(100);
    let without = changed(&town, |ring| ring.retire(old).unwrap());
    let refused = blocking.replace_keyring(without).unwrap();
    assert_eq!(refused, KeyringReplacement::KeySeals { key: old });
    assert_eq!(pollster::block_on(call.as_mut()), Ok(()));
    // The call has sealed two documents with the old key.
    let without = changed(&town, |ring| ring.retire(old).unwrap());
    let refused = blocking.replace_keyring(without).unwrap();
    assert_eq!(
        refused,
        KeyringReplacement::KeyInUse {
            key: old,
            documents: 2
        }
    );
    assert_eq!(town.rotate_all(100), 2);
    let without = changed(&town, |ring| ring.retire(old).unwrap());
    assert_eq!(
        blocking.replace_keyring(without).unwrap(),
        KeyringReplacement::Replaced
    );
    assert_eq!(
        pollster::block_on(tenant.status(core::slice::from_ref(&account))).unwrap()[0].fault,
        None
    );
}

#[test]
fn every_tenant_counts() {
    let mut town = Town::new(memory(), 1, 0);
    let policy = town.tenant.policy().unwrap();
    for number in 0..205 {
        let id = TenantId::new(&format!("branch-{number}")).unwrap();
        town.engine
            .create_tenant(&id, policy.clone(), &admin())
            .unwrap();
    }
    let old = town.active();
    town.new_key();
    town.rotate_all(100);
    assert_eq!(town.engine.key_usage().unwrap().keys[0].documents, 205);
    assert_eq!(town.tenant.key_usage().unwrap().keys[0].documents, 0);
    let without = changed(&town, |ring| ring.retire(old).unwrap());
    assert_eq!(
        town.engine.replace_keyring(without).unwrap(),
        KeyringReplacement::KeyInUse {
            key: old,
            documents: 205
        }
    );
    let (mut after, mut resealed) = (None, 0);
    loop {
        let tenants = town.engine.tenants(after.as_ref(), 100).unwrap();
        let Some(last) = tenants.last() else { break };
        after = Some(last.clone());
        for id in &tenants {
            let tenant = town.engine.tenant(id.as_str()).unwrap();
            let page = tenant.rotate_keys(RotationQuery::first(100), &admin());
            resealed += page.unwrap().resealed;
        }
    }
    assert_eq!(resealed, 205);
    town.change(|ring| ring.retire(old).unwrap());
}

/// A town on a file, with one row that somebody has spoilt.
fn spoilt(sql: &str) -> (Folder, Town) {
    let folder = Folder::new();
    let file = folder.path().join("mfa.db");
    let store = SqliteStore::open(&file).unwrap();
    let town = Town::new(store, 4, 2);
    let changed = Connection::open(&file).unwrap().execute(sql, params![]);
    assert_eq!(changed.unwrap(), 1);
    (folder, town)
}

#[test]
fn a_document_that_does_not_open_is_told_of_and_stops_no_other() {
    let spoil =
        "UPDATE documents SET body = CAST(substr(body, 1, 5) || zeroblob(length(body) - 5) AS BLOB)
        WHERE kind = 1 AND id = CAST('person 1' AS BLOB)";
    let (_folder, mut town) = spoilt(spoil);
    let old = town.active();
    town.new_key();
    for expected in [10, 0] {
        let page = town.rotate(RotationQuery::first(100));
        assert_eq!((page.resealed, page.left), (expected, 1));
        assert_eq!(page.next, None);
        let [failure] = page.failed.as_slice() else {
            panic!("{page:?}")
        };
        assert_eq!(failure.document.kind, DocumentKind::Account);
        assert_eq!(failure.document.id, b"person 1");
        assert_eq!(failure.error, Error::Unavailable(Unavailable::Damaged));
    }
    let usage = town.tenant.key_usage().unwrap();
    assert_eq!(
        usage.unused_from(old, mfakit::UnixTime::from_seconds(0)),
        None
    );
    let without = || changed(&town, |ring| ring.retire(old).unwrap());
    assert_eq!(
        town.engine.replace_keyring(without()).unwrap(),
        KeyringReplacement::KeyInUse {
            key: old,
            documents: 1
        }
    );
    // Who can't wait for the row to be mended has a door of its own.
    town.engine.danger_replace_keyring(without());
    let lost = Error::Unavailable(Unavailable::UnknownKey(old));
    assert_eq!(sign_in(&town.tenant, &town.people[1]), Err(lost));
    assert_eq!(sign_in(&town.tenant, &town.people[0]), Ok(()));
    let usage = town.engine.key_usage().unwrap();
    assert_eq!((usage.unknown, usage.keys.len()), (1, 1));
}

#[test]
fn a_policy_that_does_not_open_is_told_of_and_stops_no_other() {
    let spoil = "UPDATE documents SET body = zeroblob(length(body)) WHERE kind = 3";
    let (_folder, mut town) = spoilt(spoil);
    town.new_key();
    let page = town.rotate(RotationQuery::first(100));
    assert_eq!((page.resealed, page.left), (10, 1));
    assert_eq!(page.failed.len(), 1, "{page:?}");
    assert_eq!(page.failed[0].document.kind, DocumentKind::Policy);
    // Nobody knows what it says, so tokens may live as long as any policy lets them.
    let usage = town.tenant.key_usage().unwrap();
    assert_eq!(usage.token_lifetime, 34_560_000);
}

#[test]
fn a_document_of_a_key_that_is_gone_and_an_id_of_nobody_are_told_of() {
    let unknown = "UPDATE documents SET body = CAST(substr(body, 1, 1) || x'00000007' || substr(body, 6) AS BLOB), key_id = 7
        WHERE kind = 2 AND id = CAST('person 2' AS BLOB)";
    let (_folder, mut town) = spoilt(unknown);
    assert_eq!(town.engine.key_usage().unwrap().unknown, 1);
    town.new_key();
    let page = town.rotate(RotationQuery::first(100));
    let error = Error::Unavailable(Unavailable::UnknownKey(KeyId::new(7)));
    assert_eq!((page.failed.len(), page.failed[0].error), (1, error));
    assert_eq!((page.resealed, page.left), (10, 1));

    let strange = "UPDATE documents SET id = x'01' WHERE kind = 4 AND number =
        (SELECT min(number) FROM documents WHERE kind = 4)";
    let (_folder, mut town) = spoilt(strange);
    town.new_key();
    let page = town.rotate(RotationQuery::first(100));
    let error = Error::Unavailable(Unavailable::Damaged);
    assert_eq!((page.failed.len(), page.failed[0].error), (1, error));
    assert_eq!((page.resealed, page.left), (10, 1));
}

struct Ring {
    folder: Folder,
}

impl Ring {
    fn new() -> Self {
        let ring = Self {
            folder: Folder::new(),
        };
        keyring_file::open_or_create(ring.path()).unwrap();
        ring
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    fn draft(&self) -> PathBuf {
        self.folder.path().join("keyring.next")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }
}

#[test]
fn a_keyring_file_goes_through_a_rotation() {
    let ring = Ring::new();
    let first = keyring_file::open(ring.path()).unwrap();
    let (with, new) = keyring_file::add_key(ring.path()).unwrap();
    assert_eq!(with.ids().collect::<Vec<_>>(), [first.active(), new]);
    assert_eq!(with.active(), first.active());
    assert_eq!(with.differs_in(&first), None);
    assert_eq!(*with.danger_export(), ring.text());
    let active = keyring_file::activate_key(ring.path(), new).unwrap();
    assert_eq!(active.active(), new);
    let without = keyring_file::retire_key(ring.path(), first.active()).unwrap();
    assert_eq!(without.ids().collect::<Vec<_>>(), [new]);
    let read = keyring_file::open(ring.path()).unwrap();
    assert_eq!(*read.danger_export(), *without.danger_export());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(ring.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(ring.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_change_that_is_refused_leaves_the_keyring_file_as_it_was() {
    let ring = Ring::new();
    let before = ring.text();
    let active = keyring_file::open(ring.path()).unwrap().active();
    let refused = keyring_file::retire_key(ring.path(), active).unwrap_err();
    assert!(
        matches!(
            refused,
            KeyringFileError::Change(KeyringChangeError::Active(key)) if key == active
        ),
        "{refused:?}"
    );
    let stranger = KeyId::new(active.number() ^ 1);
    let refused = keyring_file::activate_key(ring.path(), stranger).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the keyring can't be changed in this way"
    );
    assert!(!ring.draft().exists());
    // A machine that stopped in the middle, or somebody who is at it.
    fs::write(ring.draft(), "mfakit-keyring 1\n").unwrap();
    let refused = keyring_file::add_key(ring.path()).unwrap_err();
    assert!(matches!(refused, KeyringFileError::ChangeUnderWay));
    assert!(ring.draft().exists());
    fs::remove_file(ring.draft()).unwrap();
    assert_eq!(ring.text(), before);
    // A file that is none is not replaced by one.
    fs::write(ring.path(), "nothing").unwrap();
    let refused = keyring_file::add_key(ring.path()).unwrap_err();
    assert!(
        matches!(refused, KeyringFileError::Keyring(_)),
        "{refused:?}"
    );
    assert_eq!(ring.text(), "nothing");
    fs::remove_file(ring.path()).unwrap();
    let refused = keyring_file::add_key(ring.path()).unwrap_err();
    assert!(
        matches!(&refused, KeyringFileError::Io(error) if error.kind() == io::ErrorKind::NotFound),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(ring.folder.path()).unwrap().count(), 0);
}

#[test]
fn of_many_changes_at_once_none_undoes_another_and_nobody_reads_half_a_file() {
    let ring = Ring::new();
    let first = keyring_file::open(ring.path()).unwrap().active();
    let done = AtomicBool::new(false);
    let (path, done) = (&ring.path(), &done);
    let mut added = thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        assert_eq!(keyring_file::open(path).unwrap().active(), first);
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(move || {
                    let mut added = Vec::new();
                    while added.len() < 5 {
                        match keyring_file::add_key(path) {
                            Ok((_, key)) => added.push(key),
                            Err(KeyringFileError::ChangeUnderWay) => thread::yield_now(),
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                    added
                })
            })
            .collect();
        let added: Vec<_> = writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect();
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.join().unwrap();
        }
        added
    });
    added.push(first);
    added.sort_unstable();
    let mut kept: Vec<_> = keyring_file::open(path).unwrap().ids().collect();
    kept.sort_unstable();
    assert_eq!(kept, added);
    assert_eq!(kept.len(), 21);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_keyring_goes_on_pointing_at_it() {
    let ring = Ring::new();
    let link = ring.folder.path().join("link");
    std::os::unix::fs::symlink(ring.path(), &link).unwrap();
    let (_, key) = keyring_file::add_key(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(keyring_file::open(ring.path()).unwrap().holds(key));
}
