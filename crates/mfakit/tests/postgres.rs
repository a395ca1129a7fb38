//! The engine on PostgreSQL: how often it asks, two processes with one code, and servers that die.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "support/folder.rs"]
mod folder;
#[path = "../../mfakit-postgres/tests/postgres/server.rs"]
mod server;
#[path = "support/world.rs"]
mod world;

use alloc::sync::Arc;
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::{Barrier, LazyLock},
    thread,
};

use mfakit::{
    AuditSubject, AuditVerdict, Clock as _, Decision, FirstFactor, Gate, Presented, SignIn, Store,
    UnixTime, Verification, keyring_file,
};
use mfakit_core::Totp;
use mfakit_postgres::PostgresStore;
use tokio::runtime::Runtime;

use folder::Folder;
use server::Server;
use world::{World, admin, wrong_codes};

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn connect(url: &str) -> Arc<PostgresStore> {
    Arc::new(RUNTIME.block_on(PostgresStore::connect(url)).unwrap())
}

/// The world on a server, with the keyring in a folder, as any process of the organization opens it.
fn open(store: &Arc<PostgresStore>, folder: &Folder) -> World {
    let keyring = keyring_file::open_or_create(folder.path().join("keyring")).unwrap();
    World::with(Arc::clone(store), keyring)
}

/// Statements that reached the server since the last call, by what they do.
struct Wire(tokio_postgres::Client);

impl Wire {
    fn watch(url: &str) -> Self {
        let client = RUNTIME.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            let create = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements";
            client.batch_execute(create).await.unwrap();
            client
        });
        let wire = Self(client);
        wire.counted();
        wire
    }

    /// How many loads and commits there were, and how many other statements of any kind.
    fn counted(&self) -> (u64, u64, u64) {
        let rows = RUNTIME.block_on(async {
            let sql = "SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";
            let rows = self.0.query(sql, &[]).await.unwrap();
            let reset = "SELECT pg_stat_statements_reset()";
            self.0.batch_execute(reset).await.unwrap();
            rows
        });
        let (mut loads, mut commits, mut others) = (0, 0, 0);
        for row in rows {
            let (query, calls): (&str, i64) = (row.get(0), row.get(1));
            let calls = u64::try_from(calls).unwrap();
            if query.starts_with("SELECT \"mfakit\".commit(") {
                commits += calls;
            } else if query.contains("pg_is_in_recovery(), d.revision, d.body") {
                loads += calls;
            } else {
                others += calls;
            }
        }
        (loads, commits, others)
    }
}

#[test]
fn every_writing_operation_is_one_load_and_one_commit() {
    const READS: (u64, u64, u64) = (1, 0, 0);
    const WRITES: (u64, u64, u64) = (1, 1, 0);
    let server = Server::start(&[]);
    let store = connect(server.url());
    let folder = Folder::new();
    let world = open(&store, &folder);
    let wire = Wire::watch(server.url());

    let Gate::Proceed(attempt) = world.tenant.begin_password(&world.account).unwrap() else {
        panic!("the gate is locked");
    };
    assert_eq!(wire.counted(), WRITES, "begin_password");
    let decision = world.tenant.sign_in(attempt, SignIn::new()).unwrap();
    assert!(matches!(decision, Decision::Setup(_)));
    assert_eq!(wire.counted(), WRITES, "sign_in that gives an attempt back");

    let Decision::Setup(setup) = world.sign_in() else {
        panic!("no setup");
    };
    assert_eq!(wire.counted(), READS, "sign_in that writes nothing");
    let ticket = Presented::new(&setup.ticket).bound_to(b"session");
    let app = world.scan(ticket);
    assert_eq!(wire.counted(), WRITES, "begin_setup");
    let code = world.code(&app);
    world.tenant.confirm_setup(ticket, &code).unwrap();
    assert_eq!(wire.counted(), WRITES, "confirm_setup");

    world.clock.advance(30);
    let ticket = world.challenge();
    wire.counted();
    let wrong = wrong_codes(&world, &app).next().unwrap();
    assert!(matches!(
        world.verify(&ticket, &wrong),
        Verification::Mismatch(_)
    ));
    assert_eq!(wire.counted(), WRITES, "verify of a wrong code");
    let right = world.verify(&ticket, &world.code(&app));
    let Verification::Verified(verified) = right else {
        panic!("{right:?}");
    };
    assert_eq!(wire.counted(), WRITES, "verify of a right code");
    let session = Presented::new(&verified.assertion).bound_to(b"session");
    world.tenant.check_assertion(session).unwrap();
    assert_eq!(wire.counted(), READS, "check_assertion");
    world.tenant.acknowledge_backup_codes(session).unwrap();
    assert_eq!(wire.counted(), WRITES, "acknowledge_backup_codes");
    world
        .tenant
        .reset(&world.account, &admin("a lost phone"))
        .unwrap();
    assert_eq!(wire.counted(), WRITES, "reset");
}

const TASKS: usize = 64;

/// The server and the folder, if this is the other process.
const PART: &str = "MFAKIT_TEST_PART";

#[test]
fn a6_of_64_tasks_in_each_of_two_processes_one_is_let_in_on_postgres() {
    let name = "a6_of_64_tasks_in_each_of_two_processes_one_is_let_in_on_postgres";
    if let Ok(part) = env::var(PART) {
        let (folder, url) = part.split_once(' ').unwrap();
        let folder = Folder::at(folder.into());
        return race_along(open(&connect(url), &folder));
    }
    let server = Server::start(&[]);
    let store = connect(server.url());
    let folder = Folder::new();
    let mut world = open(&store, &folder);
    let part = format!("{} {}", folder.path().display(), server.url());
    let mut other = Other::start(name, &part);
    // Or as often as `scripts/soak races` says.
    let rounds = env::var("MFAKIT_TEST_RACES").map_or(20, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let person = format!("person-{round}");
        world.be(&person);
        let (app, backup) = world.set_up();
        world.clock.advance(30);
        // A code of the app, and in the other rounds a backup code.
        let typed = if round % 2 == 0 {
            world.code(&app)
        } else {
            backup[3].clone()
        };
        let now = world.clock.now().seconds();
        let tickets = tickets(&world);
        other.tell(&format!("{person} {now} {typed}"));
        assert_eq!(other.hear(), "ready");
        other.tell("go");
        let here = let_in(&world, &tickets, &typed);
        let there: usize = other.hear().parse().unwrap();
        assert_eq!(here + there, 1, "round {round}: {here} here, {there} there");
    }
    other.end();
}

/// The part of the other process: one line names person, time and code, the next gives the word.
fn race_along(mut world: World) {
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
        answer(&let_in(&world, &tickets, &typed).to_string());
    }
}

/// A ticket for each task.
fn tickets(world: &World) -> Vec<String> {
    (0..TASKS).map(|_| world.challenge()).collect()
}

/// How many of `TASKS` tasks are let in that present `typed` at the same moment.
fn let_in(world: &World, tickets: &[String], typed: &str) -> usize {
    let barrier = Barrier::new(TASKS);
    thread::scope(|scope| {
        let tasks: Vec<_> = tickets
            .iter()
            .map(|ticket| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    loop {
                        let presented = Presented::new(ticket).bound_to(b"session");
                        match world.tenant.verify(presented, typed) {
                            Ok(Verification::Verified(_)) => return 1,
                            Ok(Verification::Replayed(_) | Verification::Locked(_)) => return 0,
                            // The other process kept the account busy: asked again, as a person would.
                            Err(mfakit::Error::Busy) => {}
                            other => panic!("an outcome that no race should have: {other:?}"),
                        }
                    }
                })
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum()
    })
}

/// The server dies while eight persons sign in: no code is accepted twice, no accepted one is forgotten, and every
/// audit trail is whole.
#[test]
fn a33_a_killed_server_forgets_no_accepted_code() {
    let rounds = env::var("MFAKIT_TEST_KILLS").map_or(3, |rounds| rounds.parse().unwrap());
    let mut server = Server::start(&[]);
    let store = connect(server.url());
    let folder = Folder::new();
    let people: Vec<_> = (0..8)
        .map(|person| {
            let mut world = open(&store, &folder);
            world.be(&format!("person {person}"));
            let (app, _) = world.set_up();
            (world, app)
        })
        .collect();
    for _ in 0..rounds {
        let (told, telling) = std::sync::mpsc::channel();
        let last: Vec<LastCodes> = thread::scope(|scope| {
            let signing_in: Vec<_> = people
                .iter()
                .map(|(world, app)| {
                    let told = told.clone();
                    scope.spawn(move || sign_in_until_failure(world, app, &told))
                })
                .collect();
            for _ in 0..40 {
                telling.recv().unwrap();
            }
            server.tell("kill");
            signing_in
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        server.tell("start");
        // Every connection of before the death fails once.
        assert!((0..100).any(|_| RUNTIME.block_on(store.load(&[])).is_ok()));
        for ((world, app), last) in people.iter().zip(last) {
            check_after_death(world, app, &last);
        }
    }
}

/// The code that was accepted last, and the one whose answer was a failure.
struct LastCodes {
    accepted: Option<String>,
    failed: Option<String>,
}

fn sign_in_until_failure(
    world: &World,
    app: &Totp,
    told: &std::sync::mpsc::Sender<()>,
) -> LastCodes {
    let mut accepted = None;
    loop {
        world.clock.advance(30);
        let Some(ticket) = try_challenge(world) else {
            return LastCodes {
                accepted,
                failed: None,
            };
        };
        let code = world.code(app);
        match world
            .tenant
            .verify(Presented::new(&ticket).bound_to(b"session"), &code)
        {
            Ok(Verification::Verified(_)) => {
                accepted = Some(code);
                let _ = told.send(());
            }
            Ok(other) => panic!("a right code was answered {other:?}"),
            Err(_) => {
                return LastCodes {
                    accepted,
                    failed: Some(code),
                };
            }
        }
    }
}

fn try_challenge(world: &World) -> Option<String> {
    let first = FirstFactor::external(world.account.clone());
    match world
        .tenant
        .sign_in(first, SignIn::new().binding(b"session"))
    {
        Ok(Decision::Challenge(challenge)) => Some(challenge.ticket.as_str().into()),
        Ok(other) => panic!("no challenge: {other:?}"),
        Err(_) => None,
    }
}

fn check_after_death(world: &World, app: &Totp, last: &LastCodes) {
    let present = |code: &String| world.verify(&world.challenge(), code);
    if let Some(code) = &last.accepted {
        let again = present(code);
        assert!(
            matches!(again, Verification::Replayed(_)),
            "accepted, then {again:?}"
        );
    }
    if let Some(code) = &last.failed {
        // It may have been accepted by the commit whose answer was lost. It is accepted once at most.
        let first = present(code);
        let accepted = matches!(first, Verification::Verified(_));
        assert!(
            accepted || matches!(first, Verification::Replayed(_)),
            "{first:?}"
        );
        let second = present(code);
        assert!(matches!(second, Verification::Replayed(_)), "{second:?}");
    }
    world.clock.advance(60);
    let next = present(&world.code(app));
    assert!(matches!(next, Verification::Verified(_)), "{next:?}");
    let verdict = world
        .tenant
        .verify_audit(AuditSubject::Account(world.account.clone()))
        .unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
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
    fn start(test: &str, part: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(PART, part)
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
