//! One code, many tasks, two processes: one is let in. Many wrong codes at once: each is charged or refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/folder.rs"]
mod folder;
#[path = "support/world.rs"]
mod world;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::Barrier,
    thread,
};

use mfakit::{AuditQuery, Clock as _, MemoryStore, UnixTime, Verification, keyring_file};
use mfakit_sqlite::SqliteStore;

use folder::Folder;
use world::{World, wrong_codes};

const TASKS: usize = 64;
const ROUNDS: usize = 100;

/// The world in a folder, as any process of the organization opens it.
fn open(folder: &Folder) -> World {
    let keyring = keyring_file::open_or_create(folder.path().join("keyring")).unwrap();
    World::with(
        SqliteStore::open(folder.path().join("mfa.db")).unwrap(),
        keyring,
    )
}

/// A ticket for each task.
fn tickets(world: &World) -> Vec<String> {
    (0..TASKS).map(|_| world.challenge()).collect()
}

/// What `TASKS` tasks are answered that present `typed` at the same moment.
fn present_at_once(world: &World, typed: &[String]) -> Vec<Verification> {
    present(world, &tickets(world), typed)
}

fn present(world: &World, tickets: &[String], typed: &[String]) -> Vec<Verification> {
    let barrier = Barrier::new(TASKS);
    thread::scope(|scope| {
        let present = |(place, ticket): (usize, &String)| {
            let (barrier, ticket) = (&barrier, ticket.clone());
            let typed = typed[place % typed.len()].clone();
            scope.spawn(move || {
                barrier.wait();
                world.verify(&ticket, &typed)
            })
        };
        let tasks: Vec<_> = tickets.iter().enumerate().map(present).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    })
}

fn let_in(outcomes: &[Verification]) -> usize {
    let verified = |it: &&Verification| matches!(it, Verification::Verified(_));
    let others =
        |it: &&Verification| matches!(it, Verification::Replayed(_) | Verification::Locked(_));
    let (yes, no) = (
        outcomes.iter().filter(verified).count(),
        outcomes.iter().filter(others).count(),
    );
    assert_eq!(
        yes + no,
        outcomes.len(),
        "an outcome that no race should have: {outcomes:?}"
    );
    yes
}

#[test]
fn a6_of_64_tasks_with_one_code_one_is_let_in() {
    let folder = Folder::new();
    let mut world = open(&folder);
    for round in 0..ROUNDS {
        world.be(&format!("person {round}"));
        let (app, _) = world.set_up();
        world.clock.advance(30);
        let typed = [world.code(&app)];
        assert_eq!(let_in(&present_at_once(&world, &typed)), 1, "round {round}");
    }
}

#[test]
fn a7_of_64_tasks_with_one_backup_code_one_is_let_in() {
    let folder = Folder::new();
    let mut world = open(&folder);
    for round in 0..10 {
        world.be(&format!("person {round}"));
        let (_, codes) = world.set_up();
        assert_eq!(
            let_in(&present_at_once(&world, &codes[2..3])),
            1,
            "round {round}"
        );
    }
}

#[test]
fn a10_of_64_parallel_wrong_codes_none_is_answered_for_free() {
    let folder = Folder::new();
    for mut world in [open(&folder), World::on(MemoryStore::new())] {
        for round in 0..10 {
            world.be(&format!("person {round}"));
            let (app, _) = world.set_up();
            world.clock.advance(30);
            let wrong: Vec<String> = wrong_codes(&world, &app).take(TASKS).collect();
            let outcomes = present_at_once(&world, &wrong);
            let mismatches = outcomes
                .iter()
                .filter(|it| matches!(it, Verification::Mismatch(_)));
            let locked = outcomes
                .iter()
                .filter(|it| matches!(it, Verification::Locked(_)));
            // Four are told they are wrong, the fifth locks, and no other is looked at.
            assert_eq!(
                (mismatches.count(), locked.count()),
                (4, TASKS - 4),
                "{outcomes:?}"
            );
            assert_eq!(charged(&world), 5);
        }
    }
}

/// Wrong codes of the person that the audit trail knows.
fn charged(world: &World) -> usize {
    let page = world.tenant.events(AuditQuery::newest(10)).unwrap();
    let charge = |entry: &&mfakit::AuditEntry| {
        entry.account.as_ref() == Some(&world.account)
            && entry
                .event
                .as_ref()
                .is_some_and(|event| event.kind.name() == "code_mismatch")
    };
    page.entries.iter().filter(charge).count()
}

/// The folder of the race, if this is the other process.
const FOLDER: &str = "MFAKIT_TEST_FOLDER";

#[test]
fn a6_of_64_tasks_in_each_of_two_processes_one_is_let_in() {
    if let Some(folder) = env::var_os(FOLDER) {
        return race_along(&Folder::at(folder.into()));
    }
    let folder = Folder::new();
    let mut world = open(&folder);
    let mut other = Other::start(
        &folder,
        "a6_of_64_tasks_in_each_of_two_processes_one_is_let_in",
    );
    for round in 0..ROUNDS {
        let person = format!("person-{round}");
        world.be(&person);
        let (app, _) = world.set_up();
        world.clock.advance(30);
        let typed = [world.code(&app)];
        let now = world.clock.now().seconds();
        let tickets = tickets(&world);
        other.tell(&format!("{person} {now} {}", typed[0]));
        assert_eq!(other.hear(), "ready");
        other.tell("go");
        let here = let_in(&present(&world, &tickets, &typed));
        let there: usize = other.hear().parse().unwrap();
        assert_eq!(here + there, 1, "round {round}: {here} here, {there} there");
    }
    other.end();
}

/// The part of the other process: one line names person, time and code, the next gives the word.
fn race_along(folder: &Folder) {
    let mut world = open(folder);
    let mut lines = std::io::stdin().lines();
    while let Some(line) = lines.next() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap().to_owned();
        let (person, now, typed) = (word(), word(), word());
        world.be(&person);
        world
            .clock
            .set(UnixTime::from_seconds(now.parse().unwrap()));
        let tickets = tickets(&world);
        answer("ready");
        assert_eq!(lines.next().unwrap().unwrap(), "go");
        let count = let_in(&present(&world, &tickets, &[typed]));
        answer(&count.to_string());
    }
}

/// The test harness writes lines of its own; those of the race begin with a mark.
const MARK: &str = "race: ";

#[expect(
    clippy::print_stdout,
    reason = "standard output is the line to the first process"
)]
fn answer(text: &str) {
    println!("\n{MARK}{text}");
    std::io::stdout().flush().unwrap();
}

/// The other process, running the same test of the same program.
struct Other {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(folder: &Folder, test: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn tell(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "the other process has ended"
            );
            if let Some(text) = line.trim_end().strip_prefix(MARK) {
                return text.to_owned();
            }
        }
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        // What it still writes is read, so that it can end.
        let mut rest = String::new();
        while self.lines.read_line(&mut rest).unwrap() > 0 {}
        assert!(self.child.wait().unwrap().success());
    }
}
