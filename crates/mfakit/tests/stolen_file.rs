//! What a thief has of a database file without the keyring, and what a vandal can do to it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/folder.rs"]
mod folder;
#[path = "support/world.rs"]
mod world;

use std::{fs, path::PathBuf};

use mfakit::{
    AuditSubject, AuditVerdict, Clock as _, Decision, Error, FirstFactor, Gate, Mark, Presented,
    SignIn, Standing, Unavailable, Verification, keyring_file,
};
use mfakit_core::{Keyring, Totp};
use mfakit_sqlite::SqliteStore;
use rusqlite::{Connection, params};

use folder::Folder;
use world::{World, admin};

/// A world on a file that the test can open behind its back, while nobody else has it open.
struct Scene {
    folder: Folder,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: Folder::new(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("mfa.db")
    }

    /// Runs `story` in the world, then closes the file.
    fn live<T>(&self, story: impl FnOnce(&mut World) -> T) -> T {
        let keyring = keyring_file::open_or_create(self.folder.path().join("keyring")).unwrap();
        let mut world = World::with(SqliteStore::open(self.file()).unwrap(), keyring);
        story(&mut world)
    }

    /// The account's row of `person`.
    fn row(&self, person: &str) -> (i64, Vec<u8>) {
        let sql = "SELECT revision, body FROM documents WHERE kind = 1 AND id = ?";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.connection()
            .query_row(sql, [person.as_bytes()], row)
            .unwrap()
    }

    fn put(&self, person: &str, revision: i64, body: &[u8]) {
        let sql = "UPDATE documents SET revision = ?, body = ? WHERE kind = 1 AND id = ?";
        let changed = self
            .connection()
            .execute(sql, params![revision, body, person.as_bytes()]);
        assert_eq!(changed.unwrap(), 1);
    }

    fn connection(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }
}

fn decision(world: &World) -> Result<Decision, Error> {
    world
        .tenant
        .sign_in(FirstFactor::external(world.account.clone()), SignIn::new())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn a19_a_file_without_the_keyring_yields_no_secret_no_code_and_no_state() {
    let scene = Scene::new();
    let (app, codes, wal): (Totp, Vec<String>, Vec<u8>) = scene.live(|world| {
        let (app, codes) = world.set_up();
        let _ = world.verify(&world.challenge(), &codes[0]);
        let other = world.challenge();
        for code in world::wrong_codes(world, &app).take(5) {
            let _ = world.verify(&other, &code);
        }
        world.be("8");
        world.set_up();
        world
            .tenant
            .reset(&world.account, &admin("lost in the sea"))
            .unwrap();
        // What a thief of a running machine finds beside the file.
        let mut wal = scene.file().into_os_string();
        wal.push("-wal");
        (app, codes, fs::read(wal).unwrap())
    });
    let file = fs::read(scene.file()).unwrap();
    let secret = app.secret();
    let base32 = secret.to_base32().to_string();
    let mut needles: Vec<Vec<u8>> = vec![
        secret.expose_secret().to_vec(),
        base32.clone().into_bytes(),
        base32.to_lowercase().into_bytes(),
        secret
            .expose_secret()
            .iter()
            .flat_map(|it| format!("{it:02x}").into_bytes())
            .collect(),
    ];
    for code in &codes {
        needles.push(code.clone().into_bytes());
        needles.push(code.replace('-', "").into_bytes());
        needles.push(code.replace('-', "").to_lowercase().into_bytes());
    }
    for text in [
        "Phone",
        "Seaside",
        "root",
        "lost in the sea",
        "locked",
        "required",
        "otpauth",
        "totp",
    ] {
        needles.push(text.as_bytes().to_vec());
    }
    for needle in needles {
        for place in [&file, &wal] {
            assert!(
                !contains(place, &needle),
                "{} bytes of plain text",
                needle.len()
            );
        }
    }
    // The search finds what is there: tenant and account ids are in the clear.
    assert!(contains(&file, b"acme"));
}

#[test]
fn a19_another_keyring_opens_nothing() {
    let scene = Scene::new();
    scene.live(|world| world.set_up());
    let open = |keyring: Keyring| {
        let store = SqliteStore::open(scene.file()).unwrap();
        let engine = mfakit::Engine::builder(store, keyring).build();
        let tenant = mfakit::blocking::Engine::from(engine)
            .tenant("acme")
            .unwrap();
        tenant.policy().unwrap_err()
    };
    let stranger = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let mine = keyring_file::open(scene.folder.path().join("keyring"))
        .unwrap()
        .active();
    assert_eq!(
        open(Keyring::parse(&stranger.danger_export()).unwrap()),
        Error::Unavailable(Unavailable::UnknownKey(mine))
    );
    // One that claims to be the right one, by number.
    let (id, claimed) = (stranger.active().to_string(), mine.to_string());
    let forged = stranger.danger_export().replace(&id, &claimed);
    assert_eq!(
        open(Keyring::parse(&forged).unwrap()),
        Error::Unavailable(Unavailable::Damaged)
    );
}

#[test]
fn a29_a_document_moved_to_another_row_does_not_open() {
    let scene = Scene::new();
    scene.live(|world| {
        world.be("1");
        world.set_up();
        world.be("01");
        world.set_up();
    });
    let ((revision, mine), (same, others)) = (scene.row("1"), scene.row("01"));
    assert_eq!(revision, same, "only the row differs");
    assert_ne!(mine, others);
    scene.put("1", revision, &others);
    scene.live(|world| {
        world.be("1");
        assert_eq!(
            decision(world).unwrap_err(),
            Error::Unavailable(Unavailable::Damaged)
        );
        // The other account is as it was.
        world.be("01");
        assert!(matches!(decision(world), Ok(Decision::Challenge(_))));
    });
}

#[test]
fn a29_an_older_revision_put_back_does_not_open() {
    let scene = Scene::new();
    let (_, codes) = scene.live(|world| world.set_up());
    let (old_revision, old) = scene.row("7");
    scene.live(|world| {
        let outcome = world.verify(&world.challenge(), &codes[0]);
        assert!(matches!(outcome, Verification::Verified(_)));
    });
    let (revision, _) = scene.row("7");
    assert!(revision > old_revision);
    scene.put("7", revision, &old);
    scene.live(|world| {
        assert_eq!(
            decision(world).unwrap_err(),
            Error::Unavailable(Unavailable::Damaged)
        );
    });
}

#[test]
fn a29_a_whole_row_put_back_is_noticed_by_every_token_the_mark_and_the_audit() {
    let scene = Scene::new();
    let (app, codes) = scene.live(|world| world.set_up());
    let (old_revision, old) = scene.row("7");
    let (ticket, assertion, mark) = scene.live(|world| {
        world.clock.advance(30);
        let Verification::Verified(verified) = world.verify(&world.challenge(), &codes[0]) else {
            panic!()
        };
        let assertion = verified.assertion.as_str().to_owned();
        let session = Presented::new(&assertion).bound_to(b"session");
        let Standing::Current(current) = world.tenant.check_assertion(session).unwrap() else {
            panic!()
        };
        (world.challenge(), assertion, current.mark)
    });
    scene.put("7", old_revision, &old);
    scene.live(|world| {
        world.clock.advance(30);
        let rolled_back = Error::Unavailable(Unavailable::RolledBack);
        let presented = Presented::new(&ticket).bound_to(b"session");
        let verified = world.tenant.verify(presented, &world.code(&app));
        assert_eq!(verified.unwrap_err(), rolled_back);
        let session = Presented::new(&assertion).bound_to(b"session");
        assert_eq!(
            world.tenant.check_assertion(session).unwrap_err(),
            rolled_back
        );
        let first = FirstFactor::external(world.account.clone());
        let request = SignIn::new().not_older_than(Mark::new(mark.number()));
        assert_eq!(
            world.tenant.sign_in(first, request).unwrap_err(),
            rolled_back
        );
        let subject = AuditSubject::Account(world.account.clone());
        let verdict = world.tenant.verify_audit(subject).unwrap();
        assert!(
            matches!(verdict, AuditVerdict::Broken { .. }),
            "{verdict:?}"
        );
    });
}

#[test]
fn c50_an_event_removed_changed_or_swapped_is_noticed() {
    let changes = [
        "DELETE FROM events WHERE position = (SELECT max(position) - 1 FROM events)",
        "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
        "UPDATE events SET body = zeroblob(length(body)) WHERE position = (SELECT max(position) FROM events)",
        "UPDATE events SET body = (SELECT body FROM events ORDER BY position LIMIT 1 OFFSET 1)
         WHERE position = (SELECT max(position) FROM events)",
    ];
    for change in changes {
        let scene = Scene::new();
        scene.live(|world| world.set_up());
        assert_eq!(scene.connection().execute(change, []).unwrap(), 1);
        scene.live(|world| {
            let subject = AuditSubject::Account(world.account.clone());
            let verdict = world.tenant.verify_audit(subject).unwrap();
            assert!(
                !matches!(verdict, AuditVerdict::Whole { .. }),
                "{change}: {verdict:?}"
            );
        });
    }
}

#[test]
fn c45_a_gate_that_was_removed_hides_no_later_half_sign_in() {
    let scene = Scene::new();
    let password = |world: &World| {
        let Gate::Proceed(attempt) = world.tenant.begin_password(&world.account).unwrap() else {
            panic!("the gate is locked")
        };
        let request = SignIn::new().binding(b"session");
        match world.tenant.sign_in(attempt, request).unwrap() {
            Decision::Challenge(challenge) => challenge.ticket,
            other => panic!("no challenge: {other:?}"),
        }
    };
    let later = scene.live(|world| {
        let (app, _) = world.set_up();
        for _ in 0..9 {
            world.clock.advance(30);
            let ticket = password(world);
            let verified = world.verify(ticket.as_str(), &world.code(&app));
            assert!(matches!(verified, Verification::Verified(_)));
        }
        world.clock.now()
    });
    let removal =
        "DELETE FROM events WHERE document IN (SELECT number FROM documents WHERE kind = 2);
        DELETE FROM documents WHERE kind = 2";
    scene.connection().execute_batch(removal).unwrap();
    scene.live(|world| {
        world.clock.set(later);
        let _ = password(world);
        world.clock.advance(300 + 120);
        let settlement = world.tenant.settle_sign_ins(&world.account).unwrap();
        assert_eq!(settlement.half_sign_ins, 1);
    });
}
