//! Every interleaving of two parallel requests, explored from every state that a few of them lead to: what
//! they are answered, and what is stored, is what one order of the two would have led to.
//!
//! Two people, each set up and with two tickets; the requests are a verification (a code of the step before,
//! of now and of the next, a wrong one, a backup code; with either ticket) or a reset. A request is a load
//! and a commit, and begins again after a conflict. The flows are those that the engine drives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics to fail")]

use std::collections::HashSet;

use mfakit_core::{CommitOutcome, Decision, Flow, Input, Step, Verification};
use mfakit_fuzz::{Answer, Attempt, Defect, Model, Person, World};

/// How many pairs of requests follow each other.
const DEPTH: usize = 2;

#[test]
fn i2_i9_two_parallel_requests_have_an_order() {
    let report = explore(Defect::None);
    assert_eq!(report.broken, None);
    assert!(report.states > 100 && report.runs > 10_000, "{report:?}");
    say(&report);
}

#[test]
fn a_store_that_ignores_revisions_is_found_out() {
    let report = explore(Defect::IgnoresRevisions);
    assert!(report.broken.is_some(), "{report:?}");
}

#[test]
fn a_last_accepted_step_that_is_not_stored_is_found_out() {
    let report = explore(Defect::Forgets);
    assert!(report.broken.is_some(), "{report:?}");
}

#[expect(
    clippy::print_stdout,
    reason = "what was explored belongs to the result"
)]
fn say(report: &Report) {
    println!(
        "explored: {} states, {} runs, depth {DEPTH}",
        report.states, report.runs
    );
}

/// What an exploration came to.
#[derive(Debug, Default)]
struct Report {
    states: usize,
    runs: u64,
    broken: Option<String>,
}

/// A state: the world, and what the rules say it is. The people's tickets and codes stay as they are.
#[derive(Clone)]
struct State {
    world: World,
    models: [Model; 2],
}

/// A request of one of the two people.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Request {
    Verify {
        person: usize,
        ticket: usize,
        typed: String,
        attempt: Attempt,
    },
    Reset {
        person: usize,
    },
}

fn explore(defect: Defect) -> Report {
    let (people, start) = begin(defect);
    let mut report = Report::default();
    let mut seen = HashSet::from([key(&start)]);
    let mut frontier = vec![start];
    for _ in 0..DEPTH {
        let mut next = vec![];
        for state in &frontier {
            let menu = menu(&people, state);
            for (place, first) in menu.iter().enumerate() {
                for second in &menu[place..] {
                    if let Err(broken) =
                        run_pair(&people, state, first, second, &mut report, &mut |after| {
                            if seen.insert(key(&after)) {
                                next.push(after);
                            }
                        })
                    {
                        report.broken = Some(broken);
                        return report;
                    }
                }
            }
            // Time passes: the next time step begins.
            let mut later = state.clone();
            later.world.now = later.world.now.saturating_add(30);
            if seen.insert(key(&later)) {
                next.push(later);
            }
        }
        // States beyond the first differ little from each other; a part of them is explored further.
        next.truncate(MOST_PER_LEVEL);
        frontier = next;
    }
    report.states = seen.len();
    report
}

/// Two people who have set up, and two tickets each.
fn begin(defect: Defect) -> ([Person; 2], State) {
    let mut world = World::new(1);
    let mut models = [Model::default(), Model::default()];
    let mut people = [Person::new("7"), Person::new("8")];
    for (person, model) in people.iter_mut().zip(&mut models) {
        let Ok(Decision::Setup(setup)) = world.run(person.sign_in(&world)) else {
            panic!("no setup")
        };
        model.set_up(person.set_up(&mut world, setup.ticket.as_str()));
        world.now = world.now.saturating_add(60);
        for _ in 0..2 {
            let decision = world.run(person.sign_in(&world)).unwrap();
            assert_eq!(person.keep_decision(&decision), Answer::Challenge);
            assert_eq!(model.sign_in(world.now.seconds()), Answer::Challenge);
        }
    }
    world.defect = defect;
    (people, State { world, models })
}

/// Two states are the same if the rules and the time are.
fn key(state: &State) -> (i64, [Model; 2]) {
    (state.world.now.seconds(), state.models.clone())
}

fn menu(people: &[Person; 2], state: &State) -> Vec<Request> {
    let now = state.world.now;
    let mut menu = vec![];
    for (person, who) in people.iter().enumerate() {
        let codes = [
            who.code(now, -1),
            who.code(now, 0),
            who.code(now, 1),
            who.wrong_code(now),
            who.backup_code(0),
        ];
        for (typed, attempt) in codes.into_iter().flatten() {
            // The second person is there to see that nobody is disturbed: one ticket will do.
            for ticket in 0..2 - person {
                let (typed, attempt) = (typed.clone(), attempt.clone());
                menu.push(Request::Verify {
                    person,
                    ticket,
                    typed,
                    attempt,
                });
            }
        }
        menu.push(Request::Reset { person });
    }
    menu
}

/// Runs two requests in every interleaving, and hands on the states they lead to.
fn run_pair(
    people: &[Person; 2],
    state: &State,
    first: &Request,
    second: &Request,
    report: &mut Report,
    found: &mut impl FnMut(State),
) -> Result<(), String> {
    let orders = [[first, second], [second, first]].map(|order| {
        let mut models = state.models.clone();
        let answers = order.map(|request| by_rule(request, &mut models, state.world.now.seconds()));
        (models, answers)
    });
    let [(forth, [a, b]), (back, [d, c])] = orders;
    let mut schedule = vec![];
    loop {
        report.runs += 1;
        let mut world = state.world.clone();
        let (answers, taken) = interleave(people, &mut world, [first, second], &schedule);
        let models = if answers == [a, b] {
            &forth
        } else if answers == [c, d] {
            &back
        } else {
            return Err(format!(
                "{first:?} and {second:?} in the order {taken:?} were answered {answers:?}, \
                 and neither {:?} nor {:?}",
                [a, b],
                [c, d]
            ));
        };
        found(State {
            world,
            models: models.clone(),
        });
        // The next schedule: as the one before up to its last turn of the first request, then the second's.
        schedule = taken;
        while schedule.last() == Some(&1) {
            schedule.pop();
        }
        match schedule.last_mut() {
            Some(turn) => *turn = 1,
            None => return Ok(()),
        }
    }
}

fn by_rule(request: &Request, models: &mut [Model; 2], now: i64) -> Answer {
    match request {
        Request::Verify {
            person,
            ticket,
            attempt,
            ..
        } => models[*person].verify(*ticket, attempt, now),
        Request::Reset { person } => models[*person].reset(),
    }
}

/// Runs both requests a step at a time, in the turns of `schedule` and then the first before the second;
/// the turns that were really taken come back, where there was a choice.
fn interleave(
    people: &[Person; 2],
    world: &mut World,
    requests: [&Request; 2],
    schedule: &[usize],
) -> ([Answer; 2], Vec<usize>) {
    let mut running = requests.map(|request| Running::start(people, world, request));
    let mut taken = vec![];
    loop {
        let turn = match [running[0].answer, running[1].answer] {
            [Some(first), Some(second)] => return ([first, second], taken),
            [Some(_), None] => 1,
            [None, Some(_)] => 0,
            [None, None] => {
                let turn = schedule.get(taken.len()).copied().unwrap_or(0);
                taken.push(turn);
                turn
            }
        };
        running[turn].step(world);
    }
}

/// A request under way.
struct Running {
    flow: Either,
    input: Option<Input>,
    answer: Option<Answer>,
}

enum Either {
    Verify(Flow<Verification>),
    Reset(Flow<()>),
}

impl Running {
    fn start(people: &[Person; 2], world: &World, request: &Request) -> Self {
        let flow = match request {
            Request::Verify {
                person,
                ticket,
                typed,
                ..
            } => Either::Verify(people[*person].verify(world, *ticket, typed)),
            Request::Reset { person } => Either::Reset(people[*person].reset(world)),
        };
        Self {
            flow,
            input: Some(Input::Start),
            answer: None,
        }
    }

    /// One call to the store, and what the flow makes of it.
    fn step(&mut self, world: &mut World) {
        let input = self.input.take().unwrap_or(Input::Start);
        match &mut self.flow {
            Either::Verify(flow) => {
                let step = world.step(flow, input);
                self.input = carry_out(world, &step);
                if let Step::Done(done) = step {
                    let verification = done.unwrap();
                    self.answer = Some(Person::new("7").keep_verification(&verification));
                }
            }
            Either::Reset(flow) => {
                let step = world.step(flow, input);
                self.input = carry_out(world, &step);
                if let Step::Done(done) = step {
                    done.unwrap();
                    self.answer = Some(Answer::Done);
                }
            }
        }
    }
}

/// Does what a step asks for; nothing at the end.
fn carry_out<A>(world: &mut World, step: &Step<A>) -> Option<Input> {
    match step {
        Step::Load(keys) => Some(Input::Loaded(world.load(keys))),
        Step::Commit(commit) => {
            let outcome: CommitOutcome = world.commit(commit.clone());
            Some(Input::Committed(outcome))
        }
        Step::Done(_) => None,
    }
}

/// How many states of one depth are explored further.
const MOST_PER_LEVEL: usize = 40;
