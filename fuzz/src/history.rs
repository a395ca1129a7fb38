//! Two accounts, a policy and an installation through a list of operations, each answer compared with the model.
//!
//! When an operation has no answer, since the store lost it or the process ended, it may have happened or
//! not: both are kept as possible, until a later answer tells.

use std::collections::HashSet;

use mfakit_core::{AuditSubject, AuditVerdict, Error, Unavailable, UnixTime};
use rand_core::TryRng as _;

use crate::{
    Answer, Course, Coverage, Dice, Failure, Fate, Model, Op, People, Turn, World,
    draw::{Deed, Draw, Mood},
};

/// Everybody in the middle of their history.
#[derive(Debug)]
pub struct History {
    world: World,
    people: People,
    /// Every state that everything can be in.
    possible: Vec<Model>,
    /// In how many calls the store fails once; never, if none.
    faults: Option<(u64, Dice)>,
    /// The time, by which the clock may not go.
    time: i64,
    skew: i64,
    mood: Mood,
    /// What was done last, and its answer.
    last: Option<(Op, Answer)>,
    operations: u32,
    coverage: Coverage,
}

impl History {
    /// A new tenant, on a store that is well.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let now = world.now.seconds();
        Self {
            possible: vec![Model::new(now)],
            world,
            people: People::new(),
            faults: None,
            time: now,
            skew: 0,
            mood: Mood::Usual,
            last: None,
            operations: 0,
            coverage: Coverage::default(),
        }
    }

    /// The same on a store of which about one call in `one_in` goes wrong.
    #[must_use]
    pub fn with_faults(mut self, seed: u64, one_in: u64) -> Self {
        self.faults = Some((one_in, Dice::new(seed)));
        self
    }

    /// How many operations there were.
    #[must_use]
    pub const fn operations(&self) -> u32 {
        self.operations
    }

    /// How often each operation had each outcome.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What the world came to.
    pub const fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// Where everything is, on a store that was well.
    #[must_use]
    pub fn into_parts(mut self) -> (World, People, Model) {
        let model = self.possible.remove(0);
        (self.world, self.people, model)
    }

    /// Everybody.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The clock.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.world.now.seconds()
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: i64) {
        self.time += seconds;
        self.world.now = UnixTime::from_seconds(self.time + self.skew);
    }

    /// What four bytes stand for.
    pub fn act(&mut self, [what, bytes @ ..]: [u8; 4]) {
        let [a, b, c] = bytes;
        let mut draw = Draw {
            people: &mut self.people,
            mood: self.mood,
            now: self.world.now.seconds(),
            bits: u32::from_be_bytes([what, a, b, c]),
        };
        let last = self.last.take().filter(|_| a % 2 == 0);
        let follow = last.and_then(|(op, answer)| draw.follow(&op, &answer));
        let deed = follow.map_or_else(|| draw.deed(what), Deed::Do);
        match deed {
            Deed::Wait(seconds) => self.time += seconds,
            Deed::Skew(skew) => self.skew = skew,
            Deed::Mood(mood) => self.mood = mood,
            Deed::Do(op) => {
                let answer = self.perform(&op);
                if answer == Some(Answer::ClockBehind) {
                    self.set_clocks_right([a, b, c]);
                }
                self.last = answer.map(|answer| (op, answer));
            }
        }
        self.world.now = UnixTime::from_seconds(self.time + self.skew);
    }

    /// Does an operation on a store that may fail; its answer, if there is one.
    pub fn perform(&mut self, op: &Op) -> Option<Answer> {
        let mut faults = self.faults.take();
        let answer = self.attempt(op, || match &mut faults {
            Some((one_in, dice)) => fate(*one_in, dice),
            None => Fate::Fine,
        });
        self.faults = faults;
        if self.possible.len() > MOST_STATES {
            self.begin_anew();
        }
        answer
    }

    /// Checks that nothing is missing or too much in the audit trail.
    pub fn audit(&mut self) {
        let mut subjects = vec![AuditSubject::Policy];
        for person in &self.people.persons {
            subjects.push(AuditSubject::Account(person.account.clone()));
            subjects.push(AuditSubject::Passwords(person.account.clone()));
        }
        let installation = self.people.installation.as_ref();
        subjects.extend(installation.map(|(handle, _)| AuditSubject::Activation(*handle)));
        for subject in subjects {
            let verdict = self.world.audit(subject.clone());
            let whole = matches!(verdict, AuditVerdict::Whole { .. });
            assert!(whole, "{subject:?}: {verdict:?}");
        }
    }

    fn attempt(&mut self, op: &Op, fate: impl FnMut() -> Fate) -> Option<Answer> {
        self.operations += 1;
        self.people.watched = self.operations.is_multiple_of(WATCHED_ONE_IN);
        let turn = Turn {
            now: self.world.now.seconds(),
            number: self.operations,
        };
        let commits = self.world.commits;
        let mut course = Course::of(op, turn, &mut self.people, &mut self.world);
        let done = self.world.run_with(&mut course, fate);
        let error = done.err().map(error_that_rules_decide);
        let before = if error == Some(None) {
            self.possible.clone()
        } else {
            vec![]
        };
        let by_rule: Vec<(Answer, u64)> = self
            .possible
            .iter_mut()
            .map(|model| {
                let answer = model.apply(op, turn, &self.people);
                (answer, u64::from(model.wrote()))
            })
            .collect();
        let answer = match error {
            None => course.read(&mut self.people),
            Some(Some(answer)) => answer,
            Some(None) => {
                self.coverage.note(op.name(), "no answer".to_owned());
                self.doubt(op, before);
                return None;
            }
        };
        let commits = self.world.commits - commits;
        self.observe(op, turn, &(answer.clone(), commits), &by_rule);
        self.learn(op, &answer);
        self.coverage.note(op.name(), answer.name());
        Some(answer)
    }

    /// Keeps the states in which the rules give this answer with as many commits; there must be one.
    fn observe(&mut self, op: &Op, turn: Turn, told: &(Answer, u64), by_rule: &[(Answer, u64)]) {
        let mut rules = by_rule.iter();
        self.possible.retain_mut(|model| {
            let fits = rules.next() == Some(told);
            if fits {
                assert!(model.lets_in(op, &told.0, turn.now), "{op:?}: {told:?}");
                model.keep();
            }
            fits
        });
        assert!(
            !self.possible.is_empty(),
            "{op:?} at {turn:?} had the answer and the commits {told:?}, not one of {by_rule:?}"
        );
        self.forget_doubles();
    }

    /// Adds the states from before: the operation may have happened, or not.
    fn doubt(&mut self, op: &Op, mut before: Vec<Model>) {
        self.possible.append(&mut before);
        for model in &mut self.possible {
            model.lose(op, &self.people);
        }
        self.forget_doubles();
    }

    fn forget_doubles(&mut self) {
        if self.possible.len() > 1 {
            let mut seen = HashSet::new();
            self.possible.retain(|model| seen.insert(model.clone()));
        }
    }

    /// Ids by which authenticators and devices are named, as soon as there are new ones.
    fn learn(&mut self, op: &Op, answer: &Answer) {
        let who = match (op, answer) {
            (Op::ConfirmSetup(by, _), Answer::Confirmed { .. })
            | (Op::Verify { by, .. }, Answer::Verified { device: true, .. }) => by.of,
            (Op::BindToken { who, .. }, Answer::Bound) => *who,
            _ => return,
        };
        let account = self.people.persons[who].account.clone();
        let status = self.world.status(&account).expect("a status");
        self.people.persons[who].learn(&status);
    }

    /// A clock behind its time leads to nothing more; somebody notices, now and then.
    fn set_clocks_right(&mut self, [a, b, c]: [u8; 3]) {
        if a % 3 > 0 {
            return;
        }
        self.skew = 0;
        self.world.now = UnixTime::from_seconds(self.time);
        let mut draw = Draw {
            people: &mut self.people,
            mood: self.mood,
            now: self.time,
            bits: u32::from_be_bytes([0, a, b, c]),
        };
        let op = draw.repair();
        let _ = self.perform(&op);
    }

    /// Too much is in doubt: administrators clear away everything on a store that is well, which leaves one state.
    fn begin_anew(&mut self) {
        for op in [
            Op::RepairClock { who: None },
            Op::RepairClock { who: Some(0) },
            Op::RepairClock { who: Some(1) },
            Op::SetPolicy {
                rules: 0,
                from_read: false,
            },
            Op::Status { who: 0 },
            Op::Status { who: 1 },
            Op::Erase { who: 0 },
            Op::Erase { who: 1 },
            Op::Issue { seconds: 86_400 },
        ] {
            let _ = self.attempt(&op, || Fate::Fine);
        }
    }
}

/// An operation may fail for a store's sake, for the clock's, and where the rules say so.
pub(crate) fn error_that_rules_decide(failure: Failure) -> Option<Answer> {
    match failure {
        Failure::Crash | Failure::Error(Error::Unavailable(Unavailable::Store(_))) => None,
        Failure::Error(Error::Unavailable(Unavailable::ClockBehind)) => Some(Answer::ClockBehind),
        Failure::Error(Error::Busy) => Some(Answer::Busy),
        Failure::Error(other) => panic!("{other:?}"),
    }
}

fn fate(one_in: u64, dice: &mut Dice) -> Fate {
    let Ok(drawn) = dice.try_next_u64();
    if !drawn.is_multiple_of(one_in) {
        return Fate::Fine;
    }
    match drawn >> 32 & 7 {
        0 | 1 => Fate::Conflict,
        2 | 3 => Fate::AnswerLost,
        4 | 5 => Fate::RequestLost,
        6 => Fate::CrashBefore,
        _ => Fate::CrashAfter,
    }
}

/// How many states are kept as possible.
const MOST_STATES: usize = 24;
/// One answer in so many is searched for secrets.
const WATCHED_ONE_IN: u32 = 16;
