//! Two parallel requests in every order of their loads and commits, with the clock stepping in between.
//!
//! What each of them is answered, and what is stored, must be what one order of the two leads to by the rules.

use mfakit_core::{CommitOutcome, Input};

use crate::{
    Answer, Ask, Course, Failure, Fate, First, Model, Op, People, Turn, World,
    history::error_that_rules_decide,
};

/// Everything: the world, what people hold, and what the rules say it is.
#[derive(Debug, Clone)]
pub struct State {
    /// The world.
    pub world: World,
    /// What people hold; no password attempt, which can't be copied.
    pub people: People,
    /// What the rules say.
    pub model: Model,
    /// The number of the next operation.
    pub next: u32,
}

/// Whether the clock steps while two requests are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// It stands still.
    Stands,
    /// It goes into the next time step, once, at every point there is.
    Steps,
}

/// What an exploration came to.
#[derive(Debug, Default)]
pub struct Explorer {
    /// How many pairs were run.
    pub pairs: u64,
    /// In how many orders, in all.
    pub runs: u64,
    /// The first run that no order of the two explains.
    pub broken: Option<String>,
}

impl State {
    /// By what two states are told apart: the time, and what the rules say.
    #[must_use]
    pub fn key(&self) -> (i64, Model) {
        (self.world.now.seconds(), self.model.clone())
    }

    /// The same, so many seconds later.
    #[must_use]
    pub fn later(&self, seconds: u32) -> Self {
        let mut later = self.clone();
        later.world.now = later.world.now.saturating_add(seconds);
        later
    }

    /// Fails if what is stored is not what the rules say: of each person, of their gates, and of the activation code.
    ///
    /// # Panics
    /// With what is asked, the answer, and what it should be.
    pub fn check(&self) {
        let (mut gates, mut status) = (self.clone(), self.clone());
        for who in [0, 1] {
            status.probe(&Op::Status { who });
            gates.probe(&Op::BeginPassword { who });
        }
        status.probe(&Op::CodeStatus);
    }

    /// Does one operation by itself.
    fn probe(&mut self, op: &Op) {
        let turn = self.turn();
        self.next += 1;
        let mut course = Course::of(op, turn, &mut self.people, &mut self.world);
        let done = self.world.run_with(&mut course, || Fate::Fine);
        assert_eq!(done, Ok(()), "{op:?}");
        let answer = course.read(&mut self.people);
        assert_eq!(answer, self.model.apply(op, turn, &self.people), "{op:?}");
        self.model.keep();
    }

    /// A right password follows an attempt that was let through: it comes before the two, since it is no part of
    /// what either of them does. What is charged by it is the same in every order.
    fn before(&self, pair: [&Op; 2]) -> Self {
        let mut before = self.clone();
        for op in pair {
            let Some(who) = by_password(op) else { continue };
            before.probe(&Op::BeginPassword { who });
        }
        before
    }

    fn turn(&self) -> Turn {
        Turn {
            now: self.world.now.seconds(),
            number: self.next,
        }
    }
}

impl Explorer {
    /// Runs every pair of these requests, and hands on the states they lead to.
    pub fn explore(
        &mut self,
        state: &State,
        menu: &[Op],
        clock: Clock,
        found: &mut impl FnMut(State),
    ) {
        for (place, first) in menu.iter().enumerate() {
            self.explore_with(state, first, &menu[place..], clock, found);
        }
    }

    /// Runs every pair of this request and one of the others.
    pub fn explore_with(
        &mut self,
        state: &State,
        first: &Op,
        others: &[Op],
        clock: Clock,
        found: &mut impl FnMut(State),
    ) {
        for second in others {
            let pair = [first, second];
            // One person has one attempt open.
            let attempt = by_password(first);
            if self.broken.is_some() || (attempt.is_some() && attempt == by_password(second)) {
                continue;
            }
            self.pairs += 1;
            self.broken = self.run_pair(state, pair, clock, found).err();
        }
    }

    /// Runs two requests in every interleaving.
    fn run_pair(
        &mut self,
        state: &State,
        pair: [&Op; 2],
        clock: Clock,
        found: &mut impl FnMut(State),
    ) -> Result<(), String> {
        let mut schedule = vec![];
        loop {
            self.runs += 1;
            let taken = run_once(state.before(pair), pair, clock, &schedule, found)?;
            // The next schedule: as the one before up to its last turn that was not the last choice, then the next.
            schedule = taken.iter().map(|(turn, _)| *turn).collect();
            let mut choices: Vec<usize> = taken.iter().map(|(_, choices)| *choices).collect();
            while let (Some(turn), Some(choices)) = (schedule.last_mut(), choices.pop()) {
                if *turn + 1 < choices {
                    *turn += 1;
                    break;
                }
                schedule.pop();
            }
            if schedule.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Runs both requests a step at a time in the turns of `schedule`, and then the first possible; the turns that were
/// really taken come back, each with the number of choices there were.
fn run_once(
    state: State,
    pair: [&Op; 2],
    clock: Clock,
    schedule: &[usize],
    found: &mut impl FnMut(State),
) -> Result<Vec<(usize, usize)>, String> {
    let (turn, next) = (state.turn(), state.next + 2);
    let State {
        mut world,
        mut people,
        model,
        ..
    } = state;
    let mut ticks = usize::from(clock == Clock::Steps);
    let mut running = [0, 1].map(|place| {
        let number = turn.number + u32::from(place == 1);
        let turn = Turn { number, ..turn };
        Running {
            course: Course::of(pair[place], turn, &mut people, &mut world),
            input: Some(Input::Start),
            turn,
            loaded: 0,
            committed: None,
            refused: None,
        }
    });
    let mut taken = vec![];
    loop {
        let open = |place: &usize| running[*place].input.is_some();
        let mut actors: Vec<usize> = [0, 1].into_iter().filter(open).collect();
        if actors.is_empty() {
            break;
        }
        if ticks > 0 {
            actors.push(TICK);
        }
        let choice = schedule.get(taken.len()).copied().unwrap_or(0);
        taken.push((choice, actors.len()));
        match actors[choice] {
            TICK => {
                ticks -= 1;
                world.now = world.now.saturating_add(30);
            }
            place => running[place].step(&mut world, taken.len()),
        }
    }
    let mut answers = vec![];
    for order in orders(&running) {
        let (mut hands, mut model) = (people.clone(), model.clone());
        let fits = order.map(|place| {
            let it = &mut running[place];
            let op = pair[place].again(&people, &hands);
            let by_rule = model.apply(&op, it.turn, &hands);
            model.keep();
            let answer = match &it.refused {
                Some(answer) => answer.clone(),
                None => it.course.read(&mut hands),
            };
            let fits = answer == by_rule;
            answers.push((place, answer, by_rule));
            fits
        });
        if fits == [true, true] {
            model.drop_attempts();
            found(State {
                world,
                people: hands,
                model,
                next,
            });
            return Ok(taken);
        }
    }
    Err(format!("{pair:?} in the turns {taken:?}: {answers:?}"))
}

/// The order in which the two were stored, and the other one. Where at most one of them was, the order in which they
/// saw each other.
fn orders([one, two]: &[Running; 2]) -> [[usize; 2]; 2] {
    let second_is_first = match (one.committed, two.committed) {
        (Some(one), Some(two)) => two < one,
        (Some(committed), None) => two.loaded < committed,
        (None, Some(committed)) => one.loaded >= committed,
        (None, None) => false,
    };
    if second_is_first {
        [[1, 0], [0, 1]]
    } else {
        [[0, 1], [1, 0]]
    }
}

/// A request under way.
struct Running {
    course: Course,
    input: Option<Input>,
    turn: Turn,
    /// In which turn it has loaded last.
    loaded: usize,
    /// In which turn its commit was stored.
    committed: Option<usize>,
    /// What the rules call it that it has no answer.
    refused: Option<Answer>,
}

impl Running {
    /// Up to the next thing that the other can notice: a load, or a decision with its commit.
    fn step(&mut self, world: &mut World, place: usize) {
        let Some(mut input) = self.input.take() else {
            return;
        };
        loop {
            // It goes by the time at which it decides last.
            if matches!(input, Input::Loaded(_)) {
                self.turn.now = world.now.seconds();
            }
            input = match self.course.next(input, world) {
                Ask::Load(keys) => {
                    self.input = Some(Input::Loaded(world.load(&keys)));
                    self.loaded = place;
                    return;
                }
                Ask::Commit(commit) => match world.commit(commit) {
                    CommitOutcome::Committed => {
                        self.committed = Some(place);
                        Input::Committed(CommitOutcome::Committed)
                    }
                    CommitOutcome::Conflict => {
                        self.input = Some(Input::Committed(CommitOutcome::Conflict));
                        return;
                    }
                },
                Ask::Done(done) => {
                    let error = done.err().map(Failure::Error);
                    self.refused = error.and_then(error_that_rules_decide);
                    return;
                }
            };
        }
    }
}

/// Whose password attempt a request takes, if it takes one.
const fn by_password(op: &Op) -> Option<usize> {
    match op {
        Op::SignIn {
            who,
            first: First::Password,
            ..
        } => Some(*who),
        _ => None,
    }
}

/// The actor that is the clock.
const TICK: usize = 2;
