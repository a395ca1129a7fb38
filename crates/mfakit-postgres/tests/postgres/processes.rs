//! Several processes on one database, and processes and servers that die.
//!
//! A test that needs other processes starts this very binary again, with only itself to run and a word in the
//! environment that makes it play the other part.

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
use mfakit_postgres::PostgresStore;
use mfakit_store::Store as _;
use pollster::block_on;

use crate::{
    server::Server,
    support::{commit, events, key, open, put, revision},
};

const URL: &str = "MFAKIT_TEST_PART";

/// The server to work on, if this is the other process.
fn other_part() -> Option<String> {
    env::var(URL).ok()
}

/// This binary again, to run the test called `test` in its other part.
fn other_process(test: &str, url: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            &format!("processes::{test}"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(URL, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// How often a process or a server is killed: 3 times, or as often as `scripts/soak kills` says.
fn rounds() -> u64 {
    env::var("MFAKIT_TEST_KILLS").map_or(3, |rounds| rounds.parse().unwrap())
}

#[test]
fn increments_of_two_processes_are_never_lost() {
    const THREADS: u64 = 32;
    const EACH: u64 = 10;
    if let Some(url) = other_part() {
        let store = open(&url);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..EACH).for_each(|_| increment(&store)));
            }
        });
        return;
    }

    let server = Server::start(&[]);
    let test = "increments_of_two_processes_are_never_lost";
    let children = [0, 1].map(|_| other_process(test, server.url()).spawn().unwrap());
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let store = open(server.url());
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

#[test]
fn a_killed_process_leaves_every_answered_commit() {
    if let Some(url) = other_part() {
        let store = open(&url);
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

    let server = Server::start(&[]);
    let store = open(server.url());
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
#[test]
fn a_killed_server_leaves_every_answered_commit_and_nothing_refused() {
    let mut server = Server::start(&[]);
    let store = open(server.url());
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
fn until_failure(
    store: &PostgresStore,
    id: &str,
    enough: &mpsc::Sender<()>,
) -> (String, u64, bool) {
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
fn increment(store: &PostgresStore) {
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
fn check_after_death(store: &PostgresStore, answered: &BTreeMap<String, u64>) {
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
fn settle(store: &PostgresStore, id: &str) -> u64 {
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
fn tell(line: &str) {
    println!("{MARK}{line}");
}

/// The lines the other process tells, until it ends.
fn lines(child: &mut Child) -> mpsc::Receiver<String> {
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

fn note(answered: &mut BTreeMap<String, u64>, line: &str) {
    let (id, revision) = line.split_once(' ').unwrap();
    answered.insert(id.into(), revision.parse().unwrap());
}

const MARK: &str = "told: ";
const PATIENCE: Duration = Duration::from_secs(60);
