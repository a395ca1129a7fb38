//! The attacks on the SQLite store, and the races of two processes on one file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "../../crates/mfakit/tests/support/activation.rs"]
mod activation;
#[path = "../../crates/mfakit/tests/support/folder.rs"]
mod folder;
#[path = "../../crates/mfakit/tests/support/world.rs"]
mod world;

use alloc::sync::Arc;
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::Barrier,
    thread,
};

use mfakit::{Clock as _, UnixTime, Verification, keyring_file};
use mfakit_attacks::Ground;
use mfakit_sqlite::SqliteStore;
use mfakit_store::Store;

use activation::{TASKS, is_redeemed, issue, redeem, text};
use folder::Folder;
use world::World;

mfakit_attacks::attacks!(sqlite, OnFile::new());

/// A store on a file in a folder of its own. Fields drop in their order: the store before its folder.
struct OnFile {
    store: Arc<SqliteStore>,
    _folder: Folder,
}

impl OnFile {
    fn new() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.path().join("mfa.db")).unwrap();
        Self {
            store: Arc::new(store),
            _folder: folder,
        }
    }
}

impl Ground for OnFile {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<SqliteStore>::clone(&self.store)
    }
}

#[test]
fn a6_of_64_tasks_in_each_of_two_processes_one_is_let_in() {
    race(
        "a6_of_64_tasks_in_each_of_two_processes_one_is_let_in",
        |world| {
            let (app, _) = world.set_up();
            world.clock.advance(30);
            world.code(&app)
        },
        verify,
    );
}

#[test]
fn a7_of_64_tasks_with_one_backup_code_in_each_of_two_processes_one_is_let_in() {
    race(
        "a7_of_64_tasks_with_one_backup_code_in_each_of_two_processes_one_is_let_in",
        |world| world.set_up().1.swap_remove(4),
        verify,
    );
}

#[test]
fn a32_of_64_tasks_with_one_code_in_each_of_two_processes_one_installs() {
    race(
        "a32_of_64_tasks_with_one_code_in_each_of_two_processes_one_installs",
        |world| text(&issue(world)),
        |world, typed| {
            let installs = || is_redeemed(&redeem(world, typed));
            (0..TASKS).map(|_| Box::new(installs) as Task<'_>).collect()
        },
    );
}

/// What one task does at the word; whether it was let in.
type Task<'a> = Box<dyn FnOnce() -> bool + Send + 'a>;

/// Tasks that verify the code, each with a ticket that it has before the word.
fn verify<'a>(world: &'a World, typed: &'a str) -> Vec<Task<'a>> {
    let task = |ticket: String| {
        Box::new(move || match world.verify(&ticket, typed) {
            Verification::Verified(_) => true,
            Verification::Replayed(_) | Verification::Locked(_) => false,
            other => panic!("an outcome that no race should have: {other:?}"),
        }) as Task<'a>
    };
    (0..TASKS).map(|_| task(world.challenge())).collect()
}

/// Does what the tasks do at one moment; how many were let in.
fn at_once(tasks: Vec<Task<'_>>) -> usize {
    let barrier = Barrier::new(tasks.len());
    thread::scope(|scope| {
        let (barrier, mut running) = (&barrier, vec![]);
        for task in tasks {
            running.push(scope.spawn(move || {
                barrier.wait();
                task()
            }));
        }
        let done = running.into_iter().map(|task| task.join().unwrap());
        done.filter(|let_in| *let_in).count()
    })
}

/// The folder of the race, if this is the other process.
const FOLDER: &str = "MFAKIT_TEST_FOLDER";
/// How many rounds a race has, if not these.
const ROUNDS: (&str, u32) = ("MFAKIT_TEST_ROUNDS", 20);

/// Rounds in which the tasks of two processes bring one code at one moment: one of all is let in.
fn race(
    test: &str,
    code: impl Fn(&World) -> String,
    tasks: impl for<'a> Fn(&'a World, &'a str) -> Vec<Task<'a>>,
) {
    if let Some(folder) = env::var_os(FOLDER) {
        return race_along(&Folder::at(folder.into()), tasks);
    }
    let rounds = env::var(ROUNDS.0).map_or(ROUNDS.1, |rounds| rounds.parse().unwrap());
    let folder = Folder::new();
    let mut world = open(&folder);
    let mut other = Other::start(&folder, test);
    for round in 0..rounds {
        let person = format!("person-{round}");
        world.be(&person);
        let typed = code(&world);
        let tasks = tasks(&world, &typed);
        other.tell(&format!("{person} {} {typed}", world.clock.now().seconds()));
        assert_eq!(other.hear(), "ready");
        other.tell("go");
        let here = at_once(tasks);
        let there: usize = other.hear().parse().unwrap();
        assert_eq!(here + there, 1, "round {round}: {here} here, {there} there");
    }
    other.end();
}

/// The part of the other process: one line names person, time and code, the next gives the word.
fn race_along(folder: &Folder, tasks: impl for<'a> Fn(&'a World, &'a str) -> Vec<Task<'a>>) {
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
        let tasks = tasks(&world, &typed);
        answer("ready");
        assert_eq!(lines.next().unwrap().unwrap(), "go");
        answer(&at_once(tasks).to_string());
    }
}

/// The world in a folder, as any process of the organization opens it.
fn open(folder: &Folder) -> World {
    let keyring = keyring_file::open_or_create(folder.path().join("keyring")).unwrap();
    let store = SqliteStore::open(folder.path().join("mfa.db")).unwrap();
    World::with(store, keyring)
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
