//! One account through a list of operations, each answer compared with the model.
//!
//! When an operation has no answer, since the store lost it or the process ended, it may have happened or
//! not: both are kept as possible, until a later answer tells.

use mfakit_core::{Decision, Standing, Verification};

use crate::{Answer, Dice, Failure, Fate, Model, Person, World};
use rand_core::TryRng as _;

/// An account in the middle of its history.
#[derive(Debug)]
pub struct History {
    world: World,
    person: Person,
    /// Every state the account can be in.
    possible: Vec<Model>,
    /// The life in which each session was opened, in the first of the possible states.
    sessions: Vec<Option<u32>>,
    /// In how many calls the store fails once; never, if none.
    faults: Option<(u64, Dice)>,
    operations: u64,
}

#[expect(clippy::panic, reason = "a test panics to fail")]
impl History {
    /// A new account, on a store that is well.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed),
            person: Person::new("7"),
            possible: vec![Model::default()],
            sessions: vec![],
            faults: None,
            operations: 0,
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
    pub const fn operations(&self) -> u64 {
        self.operations
    }

    /// What the world came to.
    pub const fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// The operation that two bytes stand for.
    pub fn act(&mut self, what: u8, how: u8) {
        self.operations += 1;
        match what % 8 {
            0 => self.world.now = self.world.now.saturating_add(u32::from(how)),
            1 => self.world.now = self.world.now.saturating_add(u32::from(how) * 3_600),
            2 => self.sign_in(),
            3 | 4 => {
                let code = self.person.code(self.world.now, i64::from(how % 7) - 3);
                self.verify(how / 7, code);
            }
            5 => {
                let code = self.person.backup_code(usize::from(how % 10));
                self.verify(how / 10, code);
            }
            6 => {
                let code = self.person.wrong_code(self.world.now);
                self.verify(how, code);
            }
            _ if how < 16 => self.reset(),
            _ => self.check_session(how),
        }
    }

    fn sign_in(&mut self) {
        let now = self.world.now.seconds();
        let flow = self.person.sign_in(&self.world);
        let decision = match self.run(flow) {
            Ok(decision) => decision,
            // A sign-in writes nothing, so nothing has happened.
            Err(failure) => return Self::permit(failure),
        };
        let answer = self.person.keep_decision(&decision);
        self.observe(answer, |model| model.sign_in(now));
        if let Decision::Setup(setup) = decision {
            let step = self.person.set_up(&mut self.world, setup.ticket.as_str());
            for model in &mut self.possible {
                model.set_up(step);
            }
            self.keep_session();
        }
    }

    fn verify(&mut self, ticket: u8, code: Option<(String, crate::Attempt)>) {
        let (Some((typed, attempt)), count @ 1..) = (code, self.person.tickets()) else {
            return;
        };
        // Mostly the newest tickets: old ones are void.
        let ticket = count - 1 - usize::from(ticket) % count.min(8);
        let now = self.world.now.seconds();
        let flow = self.person.verify(&self.world, ticket, &typed);
        let rule = |model: &mut Model| model.verify(ticket, &attempt, now);
        match self.run(flow) {
            Ok(verification) => {
                let answer = self.person.keep_verification(&verification);
                self.observe(answer, rule);
                if matches!(verification, Verification::Verified(_)) {
                    self.keep_session();
                }
            }
            Err(failure) => self.doubt(failure, rule),
        }
    }

    fn reset(&mut self) {
        let flow = self.person.reset(&self.world);
        match self.run(flow) {
            Ok(()) => self.observe(Answer::Done, Model::reset),
            Err(failure) => self.doubt(failure, Model::reset),
        }
    }

    fn check_session(&mut self, how: u8) {
        let count = self.person.sessions();
        if count == 0 {
            return;
        }
        let session = count - 1 - usize::from(how) % count;
        let flow = self.person.check(&self.world, session);
        if let Ok(Standing::Current(_)) = self.run(flow) {
            let life = self.sessions.get(session).copied().flatten();
            let lives = self
                .possible
                .iter()
                .any(|model| model.session_life() == life);
            assert!(life.is_some() && lives, "a session outlived its factors");
        }
    }

    /// Keeps the states in which the rules give this answer; there must be one.
    fn observe(&mut self, answer: Answer, mut rule: impl FnMut(&mut Model) -> Answer) {
        let mut expected = vec![];
        self.possible.retain_mut(|model| {
            let by_rule = rule(model);
            expected.push(by_rule);
            by_rule == answer
        });
        assert!(
            !self.possible.is_empty(),
            "{answer:?}, not one of {expected:?}"
        );
        self.forget_doubles();
    }

    /// Adds the states that follow if the operation has happened all the same.
    fn doubt(&mut self, failure: Failure, mut rule: impl FnMut(&mut Model) -> Answer) {
        Self::permit(failure);
        let mut after = self.possible.clone();
        for model in &mut after {
            let _ = rule(model);
        }
        self.possible.append(&mut after);
        self.forget_doubles();
        if self.possible.len() > MOST_STATES {
            // Too much in doubt: an administrator's reset on a store that is well leaves one state.
            let flow = self.person.reset(&self.world);
            assert!(
                self.world.run(flow).is_ok(),
                "a reset failed on a store that is well"
            );
            self.observe(Answer::Done, Model::reset);
        }
    }

    fn forget_doubles(&mut self) {
        let mut seen = std::collections::HashSet::new();
        self.possible.retain(|model| seen.insert(model.clone()));
    }

    /// An operation may fail for a store's sake, and for nothing else.
    fn permit(failure: Failure) {
        match failure {
            Failure::Crash
            | Failure::Error(mfakit_core::Error::Busy | mfakit_core::Error::Unavailable(_)) => {}
            Failure::Error(other) => panic!("{other:?}"),
        }
    }

    fn keep_session(&mut self) {
        let life = self.possible.first().and_then(Model::session_life);
        self.sessions.resize(self.person.sessions(), None);
        if let Some(last) = self.sessions.last_mut() {
            *last = life;
        }
    }

    fn run<A>(&mut self, flow: mfakit_core::Flow<A>) -> Result<A, Failure> {
        let Some((one_in, dice)) = &mut self.faults else {
            return self.world.run(flow).map_err(Failure::Error);
        };
        self.world.run_with(flow, || {
            let Ok(drawn) = dice.try_next_u64();
            if drawn % *one_in != 0 {
                return Fate::Fine;
            }
            match drawn >> 32 & 7 {
                0 | 1 => Fate::Conflict,
                2 | 3 => Fate::AnswerLost,
                4 | 5 => Fate::RequestLost,
                6 => Fate::CrashBefore,
                _ => Fate::CrashAfter,
            }
        })
    }
}

/// How many states are kept as possible.
const MOST_STATES: usize = 24;
