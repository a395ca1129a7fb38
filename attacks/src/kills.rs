//! Processes that are killed while eight persons sign in, each by one call after the other.
//!
//! A call is acknowledged when its answer was written down outside of what is killed. Of each person the last call may
//! have no answer. After the death, everything acknowledged is there, what had no answer is there whole or not at all,
//! no code that was accepted is accepted again, and the audit trail of every person is whole and has one event for each
//! change.

use alloc::collections::BTreeMap;
use std::{
    sync::{Mutex, mpsc},
    thread,
};

use mfakit::{
    AuditSubject, AuditVerdict, Clock as _, Decision, Error, FirstFactor, Label, Presented,
    Renaming, SignIn, UnixTime, Verification,
};
use mfakit_core::Totp;

use crate::{
    processes::{Part, Served, Shared, Site, rounds, row, say},
    world::{World, wrong_codes},
};

/// The process that works is killed.
pub fn a33_a_killed_process_loses_nothing_acknowledged_and_no_code_counts_twice<S: Shared>(
    test: &str,
) {
    if let Some(part) = Part::of_other() {
        let store = part.store::<S>();
        let output = Mutex::new(());
        let tell = |line: String| {
            let _line = output.lock().unwrap();
            say(&line);
        };
        return work(|| part.world(&store), &part.word, &tell);
    }
    let site = Site::<S>::new();
    let part = site.part();
    let store = part.store::<S>();
    let mut world = part.world(&store);
    let mut tally = Tally::default();
    for round in 0..rounds(KILLS.0, KILLS.1) {
        let mut other = part.start_with(test, &round.to_string());
        let mut known = Known::default();
        while known.acknowledged() < enough(round) {
            known.note(&other.hear().unwrap());
        }
        for line in other.kill() {
            known.note(&line);
        }
        tally.add(&known.check(&mut world));
    }
    tally.print(S::NAME, "a process that uses it");
}

/// Every process of the server is killed at once.
pub fn a33_a_killed_server_loses_nothing_acknowledged_and_no_code_counts_twice<S: Served>(_: &str) {
    let mut site = Site::<S>::new();
    let part = site.part();
    let store = part.store::<S>();
    let mut world = part.world(&store);
    let mut tally = Tally::default();
    for round in 0..rounds(KILLS.0, KILLS.1) {
        let (told, telling) = mpsc::channel();
        let mut known = Known::default();
        thread::scope(|scope| {
            let (part, store) = (&part, &store);
            scope.spawn(move || {
                let tell = |line| told.send(line).unwrap();
                work(|| part.world(store), &round.to_string(), &tell);
            });
            while known.acknowledged() < enough(round) {
                known.note(&telling.recv().unwrap());
            }
            site.shared.kill();
            for line in telling {
                known.note(&line);
            }
        });
        site.shared.start();
        // Every connection of before the death fails once.
        let alive = |_| pollster::block_on(store.load(&[])).is_ok();
        assert!((0..1_000).any(alive));
        tally.add(&known.check(&mut world));
    }
    tally.print(S::NAME, "the server");
}

/// How often there is a death, if not so often.
const KILLS: (&str, u32) = ("MFAKIT_TEST_KILLS", 3);
const PEOPLE: usize = 8;

/// How many changes are acknowledged before a death: it comes at different moments.
fn enough(round: u32) -> u64 {
    40 + 37 * u64::from(round % 5)
}

/// Lets eight persons sign in, each in a thread, until their calls fail. Each call is told before and after.
fn work(world: impl Fn() -> World, round: &str, tell: &(impl Fn(String) + Sync)) {
    let people: Vec<_> = (0..PEOPLE)
        .map(|place| {
            let mut world = world();
            let person = format!("{round}-{place}");
            world.be(&person);
            let (app, codes) = world.set_up();
            // The last one is for the time after the death.
            let spare = codes.last().unwrap();
            tell(format!("{person} begins {} {spare}", events(&world)));
            (world, person, app, codes)
        })
        .collect();
    thread::scope(|scope| {
        for (world, person, app, codes) in &people {
            scope.spawn(move || {
                let _: Result<(), Error> = live(world, person, app, codes, tell);
            });
        }
    });
}

/// One person's calls, one after the other, until one fails.
fn live(
    world: &World,
    person: &str,
    app: &Totp,
    codes: &[String],
    tell: &impl Fn(String),
) -> Result<(), Error> {
    let account = core::slice::from_ref(&world.account);
    let factor = world.tenant.status(account)?[0].authenticators[0].id;
    for turn in 0.. {
        world.clock.advance(30);
        let first = FirstFactor::external(world.account.clone());
        let decision = world
            .tenant
            .sign_in(first, SignIn::new().binding(b"session"))?;
        let Decision::Challenge(challenge) = decision else {
            panic!("{decision:?}")
        };
        let ticket = Presented::new(&challenge.ticket).bound_to(b"session");

        let wrong = wrong_codes(world, app).next().unwrap();
        let answer = world.tenant.verify(ticket, &wrong)?;
        assert!(matches!(answer, Verification::Mismatch(_)), "{answer:?}");
        tell(format!("{person} charged"));

        // Every fifth code is a backup code, as long as there are some.
        let backup = codes[..codes.len() - 1]
            .get(turn / 5)
            .filter(|_| turn % 5 == 0);
        let typed = backup.map_or_else(|| world.code(app), String::clone);
        tell(format!(
            "{person} types {} {typed}",
            world.clock.now().seconds()
        ));
        let answer = world.tenant.verify(ticket, &typed)?;
        let Verification::Verified(verified) = answer else {
            panic!("a right code was answered {answer:?}")
        };
        tell(format!("{person} enters"));

        let session = Presented::new(&verified.assertion).bound_to(b"session");
        let label = Label::new(&format!("Phone {turn}")).unwrap();
        tell(format!("{person} renames {turn}"));
        let renamed = world.tenant.rename_authenticator(session, factor, &label)?;
        assert_eq!(renamed, Renaming::Renamed);
        tell(format!("{person} named"));
    }
    Ok(())
}

/// What was told of all persons.
#[derive(Default)]
struct Known(BTreeMap<String, Person>);

/// What was told of one.
#[derive(Default)]
struct Person {
    /// How many events there were when it began.
    before: u64,
    spare: String,
    acknowledged: u64,
    /// The last code that was acknowledged as accepted, and the one that has no answer.
    accepted: Option<String>,
    typed: Option<String>,
    /// The last name that was acknowledged, and the one that has no answer.
    name: Option<String>,
    asked: Option<String>,
    now: i64,
}

impl Known {
    fn note(&mut self, line: &str) {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let person = self.0.entry(word().into()).or_default();
        match word() {
            "begins" => {
                person.before = word().parse().unwrap();
                person.spare = word().into();
            }
            "types" => {
                person.now = word().parse().unwrap();
                person.typed = Some(word().into());
            }
            "renames" => person.asked = Some(format!("Phone {}", word())),
            answered => {
                person.acknowledged += 1;
                match answered {
                    "charged" => {}
                    "enters" => person.accepted = person.typed.take(),
                    "named" => person.name = person.asked.take(),
                    other => panic!("{other}"),
                }
            }
        }
    }

    fn acknowledged(&self) -> u64 {
        self.0.values().map(|person| person.acknowledged).sum()
    }

    /// Looks at what the death has left of each person.
    fn check(&self, world: &mut World) -> Tally {
        let mut tally = Tally {
            deaths: 1,
            ..Tally::default()
        };
        for (person, known) in &self.0 {
            world.be(person);
            if known.now > 0 {
                world.clock.set(UnixTime::from_seconds(known.now));
            }
            tally.changes += known.acknowledged;
            tally.whole += 1;
            tally.unanswered += known.check(world);
        }
        tally
    }
}

impl Person {
    /// Everything acknowledged is there; gives how many changes are there that were not.
    fn check(&self, world: &World) -> u64 {
        let stored = events(world) - self.before;
        let unanswered = stored.checked_sub(self.acknowledged);
        assert!(
            matches!(unanswered, Some(0 | 1)),
            "{} acknowledged, {stored} stored",
            self.acknowledged
        );
        let account = core::slice::from_ref(&world.account);
        let status = world.tenant.status(account).unwrap().remove(0);
        let name = status.authenticators[0].label.as_str().to_owned();
        let named = self.name.clone().unwrap_or_else(|| "Phone".into());
        assert!(
            name == named || Some(&name) == self.asked.as_ref(),
            "{name}"
        );

        let present = |code: &String| world.verify(&world.challenge(), code);
        if let Some(code) = &self.accepted {
            let again = present(code);
            assert!(
                matches!(again, Verification::Replayed(_)),
                "accepted, then {again:?}"
            );
        }
        if let Some(code) = &self.typed {
            // It may have been accepted by the call that has no answer. It is accepted once at most.
            let first = present(code);
            let entered = matches!(first, Verification::Verified(_));
            assert!(
                entered || matches!(first, Verification::Replayed(_)),
                "{first:?}"
            );
            assert!(!(entered && unanswered == Some(1)), "accepted twice");
            let second = present(code);
            assert!(matches!(second, Verification::Replayed(_)), "{second:?}");
        }
        let spare = present(&self.spare);
        assert!(matches!(spare, Verification::Verified(_)), "{spare:?}");
        events(world);
        unanswered.unwrap()
    }
}

/// How many events the account has, all of them whole and in their places.
fn events(world: &World) -> u64 {
    let subject = AuditSubject::Account(world.account.clone());
    match world.tenant.verify_audit(subject).unwrap() {
        AuditVerdict::Whole { events } => events,
        broken => panic!("{broken:?}"),
    }
}

/// A row of the table in `docs/reliability.md`. That nothing is lost or counts twice is asserted before it is printed.
#[derive(Default)]
struct Tally {
    deaths: u64,
    changes: u64,
    unanswered: u64,
    whole: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.deaths += other.deaths;
        self.changes += other.changes;
        self.unanswered += other.unanswered;
        self.whole += other.whole;
    }

    fn print(&self, store: &str, what: &str) {
        assert!(self.changes >= 40 * self.deaths);
        let numbers = [self.deaths, self.changes, self.unanswered];
        let [deaths, changes, unanswered] = numbers.map(|it| it.to_string());
        let whole = format!("{0} of {0}", self.whole);
        row(&[
            store,
            what,
            &deaths,
            &changes,
            &unanswered,
            "0",
            "0",
            &whole,
        ]);
    }
}
