//! Every interleaving of two parallel requests of two people: what they are answered, and what is stored, is
//! what one order of the two would have led to.
//!
//! One person has two authenticators, backup codes, a remembered device and open tickets; the other has nothing
//! yet and may put the setup off; a service has an activation code. From there every pair of the requests in
//! `menu` runs in every order of their loads and commits, each beginning again after a conflict; those that hash
//! nothing also with the clock stepping into the next time step at every point in between, and from the next time
//! step on. From every state that this leads to, every pair of the shorter `core_menu` runs in every order: that
//! is a depth of two pairs, of which none is left out. The flows are those that the engine drives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics to fail")]

use std::collections::HashSet;

use mfakit_core::{CommitOutcome, Demand, DocumentKind, Input};
use mfakit_fuzz::{
    Answer, Ask, Bearer, Cookie, Course, Defect, Ends, First, History, Model, Op, Paper, People,
    Presented, Turn, Typed, Which, WhichDevice, World,
};

#[test]
fn i1_i2_i9_two_parallel_requests_have_an_order() {
    let mut report = Report::default();
    let start = begin();
    let mut seen = HashSet::from([key(&start)]);
    let mut states = vec![];
    let mut first = |it: State| {
        if seen.insert(key(&it)) {
            states.push(it);
        }
    };
    let (light, heavy) = menu(&start);
    let all = [light.clone(), heavy.clone()].concat();
    explore(
        &start,
        &light,
        &light,
        Clock::Steps,
        &mut report,
        &mut first,
    );
    // Hashing takes its time: with the clock standing still.
    explore(&start, &heavy, &all, Clock::Stands, &mut report, &mut first);
    let next = later(&start, 30);
    let (light, _) = menu(&next);
    explore(
        &next,
        &light,
        &light,
        Clock::Stands,
        &mut report,
        &mut first,
    );
    let first = states.len();
    for state in &states {
        let menu = core_menu(state);
        explore(state, &menu, &menu, Clock::Stands, &mut report, &mut |it| {
            seen.insert(key(&it));
        });
    }
    report.states = seen.len();
    assert_eq!(report.broken, None);
    assert!(first > 1_000 && report.runs > 100_000, "{report:?}");
    say(&format!(
        "explored: {first} states after one pair, {} after two, {} pairs, {} runs",
        report.states, report.pairs, report.runs
    ));
}

#[test]
fn broken_rules_are_found_out() {
    use DocumentKind::{Account, Activation, Gate};
    for (what, defect) in [
        ("revisions are not looked at", Defect::IgnoresRevisions),
        ("a commit is not stored", Defect::Forgets),
        (
            "the last accepted step is not stored",
            Defect::Keeps(Account, &[2, 3]),
        ),
        (
            "a removed authenticator is not",
            Defect::Keeps(Account, &[2]),
        ),
        ("a pending setup stays", Defect::Keeps(Account, &[3])),
        (
            "a used backup code is not marked",
            Defect::Keeps(Account, &[4]),
        ),
        ("a failure is not counted", Defect::Keeps(Account, &[5])),
        ("a spent ticket is not stored", Defect::Keeps(Account, &[6])),
        ("the epoch is not raised", Defect::Keeps(Account, &[1])),
        (
            "a revoked device is not voided",
            Defect::Keeps(Account, &[7]),
        ),
        (
            "a setup that is put off is not counted",
            Defect::Keeps(Account, &[9]),
        ),
        ("a half sign-in is not settled", Defect::Keeps(Gate, &[5])),
        (
            "a redeemed code is not marked",
            Defect::Keeps(Activation, &[2, 4]),
        ),
        (
            "a reissue keeps the hash",
            Defect::Keeps(Activation, &[2, 0]),
        ),
    ] {
        let mut report = Report::default();
        let mut start = begin();
        start.world.defect = defect;
        let (light, heavy) = menu(&start);
        // One request after the other shows it as well, so that pairs of what is stored are enough.
        let mut states = vec![start];
        let state = states.remove(0);
        explore(
            &state,
            &light,
            &light,
            Clock::Stands,
            &mut report,
            &mut |it| states.push(it),
        );
        if report.broken.is_none() {
            explore(
                &state,
                &heavy,
                &heavy,
                Clock::Stands,
                &mut report,
                &mut |it| states.push(it),
            );
        }
        let mut seen = HashSet::new();
        states.retain(|state| seen.insert(key(state)));
        for state in states {
            if report.broken.is_some() {
                break;
            }
            let (light, _) = menu(&state);
            explore(
                &state,
                &light,
                &light[..1],
                Clock::Stands,
                &mut report,
                &mut |_| {},
            );
        }
        assert!(report.broken.is_some(), "{what}: not found");
        say(&format!("{what}: found after {} runs", report.runs));
    }
}

#[expect(
    clippy::print_stdout,
    reason = "what was explored belongs to the result"
)]
fn say(text: &str) {
    println!("{text}");
}

/// What an exploration came to.
#[derive(Debug, Default)]
struct Report {
    states: usize,
    pairs: u64,
    runs: u64,
    broken: Option<String>,
}

/// Everything: the world, what people hold, and what the rules say it is.
#[derive(Clone)]
struct State {
    world: World,
    people: People,
    model: Model,
    /// The number of the next operation.
    next: u32,
}

/// Whether the clock steps while two requests are under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Stands,
    Steps,
}

/// Two states are the same if the rules and the time are.
fn key(state: &State) -> (i64, Model) {
    (state.world.now.seconds(), state.model.clone())
}

fn later(state: &State, seconds: u32) -> State {
    let mut later = state.clone();
    later.world.now = later.world.now.saturating_add(seconds);
    later
}

const A: usize = 0;
const B: usize = 1;

fn begin() -> State {
    let mut history = History::new(1);
    let mut done = 0;
    let mut perform = |history: &mut History, op: Op| {
        done += 1;
        history.perform(&op).unwrap()
    };
    let code =
        |history: &History, app, steps: i64| code(history.people(), history.now(), app, steps);
    // The first has two authenticators, the codes of which are acknowledged, and a remembered device.
    perform(&mut history, sign_in(A, None));
    perform(&mut history, Op::BeginSetup(ticket(A, 0)));
    let typed = code(&history, 0, 0);
    perform(&mut history, Op::ConfirmSetup(ticket(A, 0), typed));
    perform(&mut history, Op::Acknowledge(session(A, 0)));
    // Once they came with the password, and brought no code.
    perform(&mut history, Op::BeginPassword { who: A });
    let by_password = Op::SignIn {
        who: A,
        first: First::Password,
        demand: false,
        device: None,
    };
    perform(&mut history, by_password);
    history.wait(420);
    perform(&mut history, sign_in(A, None));
    let typed = code(&history, 0, 0);
    perform(
        &mut history,
        Op::Verify {
            by: ticket(A, 0),
            typed,
            remember: false,
        },
    );
    perform(&mut history, Op::BeginSetup(session(A, 0)));
    let typed = code(&history, 1, 0);
    perform(&mut history, Op::ConfirmSetup(session(A, 0), typed));
    history.wait(60);
    perform(&mut history, sign_in(A, None));
    let typed = code(&history, 0, 0);
    let answer = perform(
        &mut history,
        Op::Verify {
            by: ticket(A, 0),
            typed,
            remember: true,
        },
    );
    assert!(matches!(answer, Answer::Verified { device: true, .. }));
    history.wait(60);
    for _ in 0..2 {
        perform(&mut history, sign_in(A, None));
    }
    perform(&mut history, Op::BeginSetup(session(A, 0)));
    // The second may put the setup off; one is begun.
    for _ in 0..2 {
        let answer = perform(&mut history, sign_in(B, None));
        assert!(matches!(answer, Answer::Setup { may_defer: Some(_) }));
    }
    perform(&mut history, Op::BeginSetup(ticket(B, 0)));
    perform(&mut history, Op::Issue { seconds: 86_400 });
    perform(&mut history, Op::ReadPolicy);
    let (mut world, people, model) = history.into_parts();
    world.events = None;
    State {
        world,
        people,
        model,
        next: done + 1,
    }
}

/// Requests that cost little, and those that hash.
fn menu(state: &State) -> (Vec<Op>, Vec<Op>) {
    let typed = |app, steps| code(&state.people, state.world.now.seconds(), app, steps);
    let verify = |ago, typed, remember| Op::Verify {
        by: ticket(A, ago),
        typed,
        remember,
    };
    let step = state.world.now.seconds().div_euclid(30).cast_unsigned();
    let light = vec![
        verify(0, typed(0, 0), false),
        verify(1, typed(0, 0), true),
        verify(0, typed(0, -1), false),
        verify(0, typed(0, 1), false),
        verify(0, typed(1, 0), false),
        verify(0, wrong(), false),
        Op::Resynchronize {
            by: ticket(A, 1),
            which: Which::Own(0),
            at: step,
            consecutive: true,
        },
        Op::ResynchronizeOf {
            who: A,
            which: Which::Own(0),
            at: step,
            consecutive: true,
        },
        Op::Settle { who: A },
        Op::ConfirmSetup(session(A, 0), typed(2, 0)),
        Op::ConfirmSetup(session(A, 0), wrong()),
        Op::BeginSetup(session(A, 0)),
        Op::Rename(session(A, 0), Some(Which::Own(0))),
        Op::Remove(session(A, 0), Some(Which::Own(0))),
        Op::Remove(session(A, 0), Some(Which::Own(1))),
        Op::RevokeDevices(session(A, 0), WhichDevice::All),
        sign_in(A, Some(Cookie::Own(0))),
        Op::StepUp(session(A, 0)),
        Op::Check(session(A, 0), Demand::Fresh),
        Op::PasswordChanged {
            who: A,
            session: Some(session(A, 0)),
        },
        Op::Reset { who: A },
        Op::Erase { who: A },
        Op::BindToken { who: A, token: 0 },
        Op::Exempt {
            who: A,
            end: Ends::Never,
        },
        Op::Defer(ticket(B, 0)),
        Op::Defer(ticket(B, 1)),
        Op::BeginSetup(ticket(B, 1)),
        Op::ConfirmSetup(ticket(B, 0), wrong()),
        Op::Reset { who: B },
        sign_in(B, None),
        Op::SetPolicy {
            rules: 2,
            from_read: true,
        },
    ];
    let backup = |slot| Typed::Backup(0, slot);
    let redeem = |right_purpose| Op::Redeem {
        code: Some(0),
        right_purpose,
    };
    let heavy = vec![
        verify(0, backup(0), false),
        verify(1, backup(0), false),
        Op::Regenerate(session(A, 0)),
        Op::ConfirmSetup(ticket(B, 0), code_of(&state.people, B, 0, step)),
        redeem(true),
        redeem(false),
        Op::Reissue { known: true },
        Op::Revoke { known: true },
    ];
    (light, heavy)
}

/// What is tried once more wherever a pair has led.
fn core_menu(state: &State) -> Vec<Op> {
    let typed = |app, steps| code(&state.people, state.world.now.seconds(), app, steps);
    let verify = |ago, typed| Op::Verify {
        by: ticket(A, ago),
        typed,
        remember: false,
    };
    vec![
        verify(0, typed(0, 0)),
        verify(1, wrong()),
        sign_in(A, Some(Cookie::Own(0))),
        Op::Defer(ticket(B, 0)),
    ]
}

/// Runs every pair of a request of `firsts` and one of `seconds`, and hands on the states they lead to.
fn explore(
    state: &State,
    firsts: &[Op],
    seconds: &[Op],
    clock: Clock,
    report: &mut Report,
    found: &mut impl FnMut(State),
) {
    for (place, first) in firsts.iter().enumerate() {
        // Of two requests of one list, each pair once.
        let from = if firsts == seconds { place } else { 0 };
        for second in &seconds[from..] {
            report.pairs += 1;
            if let Err(broken) = run_pair(state, [first, second], clock, report, found) {
                report.broken = Some(broken);
                return;
            }
        }
    }
}

/// Runs two requests in every interleaving.
fn run_pair(
    state: &State,
    pair: [&Op; 2],
    clock: Clock,
    report: &mut Report,
    found: &mut impl FnMut(State),
) -> Result<(), String> {
    let mut schedule = vec![];
    loop {
        report.runs += 1;
        let taken = run_once(state, pair, clock, &schedule, found)?;
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

/// Runs both requests a step at a time in the turns of `schedule`, and then the first possible; the turns that were
/// really taken come back, each with the number of choices there were.
fn run_once(
    state: &State,
    pair: [&Op; 2],
    clock: Clock,
    schedule: &[usize],
    found: &mut impl FnMut(State),
) -> Result<Vec<(usize, usize)>, String> {
    let (mut world, mut people) = (state.world.clone(), state.people.clone());
    let mut ticks = usize::from(clock == Clock::Steps);
    let mut running = [0, 1].map(|place| {
        let number = state.next + u32::from(place == 1);
        let now = world.now.seconds();
        let course = Course::of(pair[place], Turn { now, number }, &mut people, &mut world);
        Running {
            course,
            input: Some(Input::Start),
            turn: Turn { now, number },
            loaded: 0,
            committed: None,
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
            place => running[place].step(&mut world, taken.len())?,
        }
    }
    let mut answers = vec![];
    for order in orders(&running) {
        let (mut people, mut model) = (people.clone(), state.model.clone());
        let fits = order.map(|place| {
            let it = &mut running[place];
            let op = pair[place].again(&state.people, &people);
            let by_rule = model.apply(&op, it.turn, &people);
            model.keep();
            let answer = it.course.read(&mut people);
            let fits = answer == by_rule;
            answers.push((place, answer, by_rule));
            fits
        });
        if fits == [true, true] {
            found(State {
                world,
                people,
                model,
                next: state.next + 2,
            });
            return Ok(taken);
        }
    }
    Err(format!("{pair:?} in the turns {taken:?}: {answers:?}"))
}

/// The order in which the two saw each other, and the other one: where neither did, both are right.
fn orders([one, two]: &[Running; 2]) -> [[usize; 2]; 2] {
    let came_before = |it: &Running, other: &Running| {
        let committed = other.committed;
        committed.is_some_and(|committed| it.loaded < committed)
    };
    if !came_before(one, two) && came_before(two, one) {
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
}

impl Running {
    /// Up to the next thing that the other can notice: a load, or a decision with its commit.
    fn step(&mut self, world: &mut World, place: usize) -> Result<(), String> {
        let mut input = self.input.take().unwrap();
        loop {
            // It goes by the time at which it decides last.
            if matches!(input, Input::Loaded(_)) {
                self.turn.now = world.now.seconds();
            }
            input = match self.course.next(input, world) {
                Ask::Load(keys) => {
                    self.input = Some(Input::Loaded(world.load(&keys)));
                    self.loaded = place;
                    return Ok(());
                }
                Ask::Commit(commit) => match world.commit(commit) {
                    CommitOutcome::Committed => {
                        self.committed = Some(place);
                        Input::Committed(CommitOutcome::Committed)
                    }
                    CommitOutcome::Conflict => {
                        self.input = Some(Input::Committed(CommitOutcome::Conflict));
                        return Ok(());
                    }
                },
                Ask::Done(Ok(())) => return Ok(()),
                Ask::Done(Err(error)) => return Err(format!("no answer: {error:?}")),
            };
        }
    }
}

/// The actor that is the clock.
const TICK: usize = 2;

fn sign_in(who: usize, device: Option<Cookie>) -> Op {
    Op::SignIn {
        who,
        first: First::External,
        demand: false,
        device,
    }
}

fn ticket(of: usize, ago: usize) -> Bearer {
    bearer(of, Paper::Ticket(ago))
}

fn session(of: usize, ago: usize) -> Bearer {
    bearer(of, Paper::Session(ago))
}

fn bearer(of: usize, paper: Paper) -> Bearer {
    Bearer {
        of,
        paper,
        presented: Presented::Rightly,
    }
}

/// What the first person's app shows, this many steps from now.
fn code(people: &People, now: i64, app: usize, steps: i64) -> Typed {
    code_of(people, A, app, (now.div_euclid(30) + steps).cast_unsigned())
}

fn code_of(people: &People, of: usize, app: usize, step: u64) -> Typed {
    let shown = people.persons[of].shows(Which::Own(app), step);
    Typed::Code(shown.unwrap())
}

fn wrong() -> Typed {
    Typed::Code("000000".to_owned())
}
