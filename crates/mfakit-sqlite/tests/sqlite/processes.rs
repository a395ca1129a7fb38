//! Several processes on one file, and processes that die.
//!
//! A test that needs other processes starts this very binary again, with only itself to run and a word in the
//! environment that makes it play the other part.

use alloc::collections::BTreeMap;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_sqlite::SqliteStore;
use mfakit_store::Store as _;
use pollster::block_on;
use rusqlite::Connection;

use crate::{
    deaths,
    deaths::{PATIENCE, increment, lines, note, rounds, tell},
    samples::{commit, events, key, put, revision},
    support::Folder,
};

/// The file to work on, if this is the other process.
fn other_part() -> Option<PathBuf> {
    deaths::other_part().map(PathBuf::from)
}

/// This binary again, to run the test called `test` in its other part.
fn other_process(test: &str, file: &Path) -> Command {
    deaths::other_process(test, file.to_str().unwrap())
}

#[test]
fn increments_of_two_processes_are_never_lost() {
    const THREADS: usize = 32;
    const EACH: u64 = 10;
    if let Some(file) = other_part() {
        let store = SqliteStore::open(file).unwrap();
        let handles = [store.blocking().unwrap(), store];
        thread::scope(|scope| {
            for store in handles.iter().cycle().take(THREADS) {
                scope.spawn(|| (0..EACH).for_each(|_| increment(store)));
            }
        });
        return;
    }

    let folder = Folder::new();
    let test = "increments_of_two_processes_are_never_lost";
    let children = [0, 1].map(|_| other_process(test, &folder.file()).spawn().unwrap());
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let store = SqliteStore::open(folder.file()).unwrap();
    let total = 2 * u64::try_from(THREADS).unwrap() * EACH;
    assert_eq!(revision(&store, "counter"), Ok(total));
    let loaded = block_on(store.load(&[key("counter")])).unwrap();
    assert!(matches!(loaded.as_slice(), [Some(document)] if document.body == total.to_be_bytes()));
    let sequences: Vec<_> = events(&store)
        .iter()
        .map(|event| event.event.sequence)
        .collect();
    assert_eq!(sequences, (1..=total).collect::<Vec<_>>());
}

#[test]
fn a_killed_process_leaves_every_answered_commit() {
    if let Some(file) = other_part() {
        let store = SqliteStore::open(file).unwrap();
        let handles = [store.blocking().unwrap(), store];
        let output = Mutex::new(());
        thread::scope(|scope| {
            for (thread, store) in handles.iter().cycle().take(8).enumerate() {
                let output = &output;
                scope.spawn(move || {
                    for expected in 0.. {
                        assert_eq!(
                            put(store, &thread.to_string(), expected),
                            Ok(CommitOutcome::Committed)
                        );
                        let _line = output.lock().unwrap();
                        tell(&format!("{thread} {}", expected + 1));
                    }
                });
            }
        });
        return;
    }

    for round in 0..rounds() {
        let folder = Folder::new();
        let test = "a_killed_process_leaves_every_answered_commit";
        let mut child = other_process(test, &folder.file()).spawn().unwrap();
        let lines = lines(&mut child);
        let mut answered = BTreeMap::new();
        for _ in 0..(100 + 77 * (round % 4)) {
            note(&mut answered, &lines.recv_timeout(PATIENCE).unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            note(&mut answered, &line);
        }
        check_after_death(&folder, &answered);
    }
}

/// Writing to the log fails when it reaches the largest size a file may have: the nearest thing to a disk that
/// reports an error in the middle of a `COMMIT`.
#[cfg(target_os = "linux")]
#[test]
fn a_failing_log_leaves_every_answered_commit_and_nothing_refused() {
    if let Some(file) = other_part() {
        let store = SqliteStore::open(file).unwrap();
        let mut failed = 0;
        for id in 0.. {
            let answer = block_on(store.commit(&commit(&id.to_string(), 0, &[7; 12_000])));
            match answer {
                Ok(CommitOutcome::Committed) => tell(&format!("{id} 1")),
                Err(StoreError::Unavailable) => tell(&format!("{id} 0")),
                Err(StoreError::Unclear) => tell("unclear"),
                other => panic!("{other:?}"),
            }
            failed += u32::from(answer.is_err());
            if failed == 5 {
                return;
            }
        }
    }

    let folder = Folder::new();
    let test = "a_failing_log_leaves_every_answered_commit_and_nothing_refused";
    SqliteStore::open(folder.file()).unwrap().close();
    let limited = other_process(test, &folder.file());
    // Blocks of 512 bytes. Ignored, the signal becomes an error of the write.
    let script = "trap '' XFSZ; ulimit -f 1200; exec \"$0\" \"$@\"";
    let (name, value) = limited.get_envs().next().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", script])
        .arg(limited.get_program())
        .args(limited.get_args())
        .env(name, value.unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines: Vec<_> = lines(&mut child).iter().collect();
    assert!(child.wait().unwrap().success());
    let unclear = lines.iter().filter(|line| *line == "unclear").count();
    assert!(unclear > 0, "{lines:?}");
    let mut answered = BTreeMap::new();
    for line in lines.iter().filter(|line| *line != "unclear") {
        note(&mut answered, line);
    }
    assert!(answered.values().filter(|revision| **revision == 1).count() > 10);
    check_after_death(&folder, &answered);
}

/// Every document has the revision that was answered, or a later one that was not answered any more, with all events.
fn check_after_death(folder: &Folder, answered: &BTreeMap<String, u64>) {
    // The first to open the file after the death brings it in order.
    let store = SqliteStore::open(folder.file()).unwrap();
    let events = events(&store);
    for (id, answered) in answered {
        let stored = revision(&store, id).unwrap();
        assert!(stored == *answered || stored == *answered + 1, "{id}");
        let sequences: Vec<_> = events
            .iter()
            .filter(|event| event.key == key(id))
            .map(|event| event.event.sequence)
            .collect();
        assert_eq!(sequences, (1..=stored).collect::<Vec<_>>());
        assert_eq!(put(&store, id, stored), Ok(CommitOutcome::Committed));
    }
    store.close();
    let connection = Connection::open(folder.file()).unwrap();
    let integrity: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");
}
