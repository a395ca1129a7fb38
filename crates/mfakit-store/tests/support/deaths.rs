//! Several processes on one store, and processes and servers that die: cases for any store.
//!
//! A case that needs other processes starts its test's very binary again, with only that test to run and a word in the
//! environment that makes it play the other part. To add a store, implement [`Backend`] and write a test for each
//! case, in a module called `processes`; to add a case, write it here and a test in each of these modules.

#![allow(dead_code, reason = "each test uses a part of it")]

use alloc::collections::BTreeMap;
use core::time::Duration;
use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Mutex, mpsc},
    thread,
};

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_store::Store;
use pollster::block_on;

use crate::{
    samples::{commit, events, key, put, revision},
    server::Server,
};

/// A store in a server of its own.
pub(crate) trait Backend {
    type Store: Store;

    /// Starts a throw-away server.
    fn serve() -> Server;

    /// Opens the store on it.
    fn open(url: &str) -> Self::Store;
}

const PART: &str = "MFAKIT_TEST_PART";

/// Where to work, if this is the other process.
pub(crate) fn other_part() -> Option<String> {
    env::var(PART).ok()
}

/// This binary again, to run the test called `test` in its other part.
pub(crate) fn other_process(test: &str, part: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            &format!("processes::{test}"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PART, part)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// How often a process or a server is killed: 3 times, or as often as `scripts/soak kills` says.
pub(crate) fn rounds() -> u64 {
    env::var("MFAKIT_TEST_KILLS").map_or(3, |rounds| rounds.parse().unwrap())
}

pub(crate) fn increments_of_two_processes_are_never_lost<B: Backend>() {
    const THREADS: u64 = 32;
    const EACH: u64 = 10;
    if let Some(url) = other_part() {
        let store = B::open(&url);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..EACH).for_each(|_| increment(&store)));
            }
        });
        return;
    }

    let server = B::serve();
    let test = "increments_of_two_processes_are_never_lost";
    let children = [0, 1].map(|_| other_process(test, server.url()).spawn().unwrap());
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let store = B::open(server.url());
    let total = 2 * THREADS * EACH;
    assert_eq!(revision(&store, "counter"), Ok(total));
    let loaded = block_on(store.load(&[key("counter")])).unwrap();
    assert!(matches!(loaded.as_slice(), [Some(document)] if document.body == total.to_be_bytes()));
    let sequences: Vec<_> = events(&store)
        .iter()
        .map(|event| event.event.sequence)
        .collect();
    assert_eq!(sequences, (1..=total).collect::<Vec<_>>());
}

pub(crate) fn a_killed_process_leaves_every_answered_commit<B: Backend>() {
    if let Some(url) = other_part() {
        let store = B::open(&url);
        let output = Mutex::new(());
        thread::scope(|scope| {
            for thread in 0..8 {
                let (store, output) = (&store, &output);
                scope.spawn(move || {
                    let id = thread.to_string();
                    let first = revision(store, &id).unwrap();
                    for expected in first.. {
                        assert_eq!(put(store, &id, expected), Ok(CommitOutcome::Committed));
                        let _line = output.lock().unwrap();
                        tell(&format!("{id} {}", expected + 1));
                    }
                });
            }
        });
        return;
    }

    let server = B::serve();
    let store = B::open(server.url());
    for round in 0..rounds() {
        let test = "a_killed_process_leaves_every_answered_commit";
        let mut child = other_process(test, server.url()).spawn().unwrap();
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
        check_after_death(&store, &answered);
    }
}

/// Eight threads commit; every process of the server is killed under them, and the server started again.
pub(crate) fn a_killed_server_leaves_every_answered_commit_and_nothing_refused<B: Backend>() {
    let mut server = B::serve();
    let store = B::open(server.url());
    let mut unanswered = 0;
    for round in 0..rounds() {
        let (enough, started) = mpsc::channel();
        let answered: BTreeMap<String, u64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let (store, enough) = (&store, enough.clone());
                    scope.spawn(move || until_failure(store, &thread.to_string(), &enough))
                })
                .collect();
            for _ in 0..(200 + 77 * (round % 4)) {
                started.recv_timeout(PATIENCE).unwrap();
            }
            server.tell("kill");
            threads
                .into_iter()
                .map(|thread| {
                    let (id, revision, unclear) = thread.join().unwrap();
                    unanswered += u64::from(unclear);
                    (id, revision)
                })
                .collect()
        });
        server.tell("start");
        check_after_death(&store, &answered);
    }
    assert!(
        unanswered > 0,
        "no commit was on its way when the server died"
    );
}

/// Commits to one document until that fails. Gives the last revision that was answered, and whether the failure
/// was an unclear one.
fn until_failure(store: &dyn Store, id: &str, enough: &mpsc::Sender<()>) -> (String, u64, bool) {
    let mut answered = revision(store, id).unwrap();
    loop {
        match put(store, id, answered) {
            Ok(CommitOutcome::Committed) => {
                answered += 1;
                let _ = enough.send(());
            }
            Err(StoreError::Unclear) => return (id.into(), answered, true),
            Err(StoreError::Unavailable) => return (id.into(), answered, false),
            other => panic!("{other:?}"),
        }
    }
}

/// Reads the number in the document and commits the next one, until that is stored.
pub(crate) fn increment(store: &dyn Store) {
    loop {
        let loaded = block_on(store.load(&[key("counter")])).unwrap();
        let (expected, number) = loaded
            .into_iter()
            .flatten()
            .next()
            .map_or((0, 0), |document| {
                let number = u64::from_be_bytes(document.body.try_into().unwrap());
                (document.revision.number(), number)
            });
        let next = commit("counter", expected, &(number + 1).to_be_bytes());
        if block_on(store.commit(&next)).unwrap() == CommitOutcome::Committed {
            return;
        }
    }
}

/// Every document has the revision that was answered, or the next one, which was not answered any more, with all events.
fn check_after_death(store: &dyn Store, answered: &BTreeMap<String, u64>) {
    // The connections of before the death fail once, each of them.
    let alive = (0..100).any(|_| revision(store, "0").is_ok());
    assert!(alive);
    let ids: Vec<_> = answered.keys().collect();
    let stored: Vec<u64> = ids.iter().map(|id| settle(store, id)).collect();
    let events = events(store);
    for (id, stored) in ids.into_iter().zip(stored) {
        let answered = answered[id];
        // The commit of `settle` is on top.
        assert!(
            stored == answered + 1 || stored == answered + 2,
            "{id}: {answered}, then {stored}"
        );
        let sequences: Vec<_> = events
            .iter()
            .filter(|event| event.key == key(id))
            .map(|event| event.event.sequence)
            .collect();
        assert_eq!(sequences, (1..=stored).collect::<Vec<_>>());
    }
}

/// Commits over whatever is still on its way, which settles it; gives the revision then stored.
fn settle(store: &dyn Store, id: &str) -> u64 {
    for _ in 0..1000 {
        if let Ok(expected) = revision(store, id)
            && put(store, id, expected) == Ok(CommitOutcome::Committed)
        {
            return expected + 1;
        }
    }
    panic!("{id} takes no commit");
}

/// Writes a line that is out before this returns.
#[expect(clippy::print_stdout, reason = "the other process listens")]
pub(crate) fn tell(line: &str) {
    println!("{MARK}{line}");
}

/// The lines the other process tells, until it ends.
pub(crate) fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // The test runner writes lines of its own, and may begin one before ours.
            if let Some((_, told)) = line.split_once(MARK)
                && sender.send(told.into()).is_err()
            {
                return;
            }
        }
    });
    receiver
}

pub(crate) fn note(answered: &mut BTreeMap<String, u64>, line: &str) {
    let (id, revision) = line.split_once(' ').unwrap();
    answered.insert(id.into(), revision.parse().unwrap());
}

const MARK: &str = "told: ";
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
