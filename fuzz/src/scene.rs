//! Two people and a service in the middle of things, and what they may do next.
//!
//! One person has two authenticators, backup codes, a remembered device, open tickets, and a gate that one more
//! password closes; the other has nothing yet and may put the setup off; a service has an activation code.

use mfakit_core::Demand;

use crate::{
    Answer, Bearer, Cookie, Ends, First, History, Op, Paper, People, Presented, State, Typed,
    Which, WhichDevice,
};

/// The first person.
const A: usize = 0;
/// The second.
const B: usize = 1;

/// Where everything begins.
///
/// # Panics
/// If the flows do not lead there.
#[must_use]
pub fn begin() -> State {
    let mut history = History::new(1);
    let mut done = 0;
    let mut perform = |history: &mut History, op: Op| {
        done += 1;
        history.perform(&op).expect("an answer")
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
    perform(&mut history, by_password(A));
    // Since then somebody has guessed passwords: one more closes the gate.
    for _ in 0..9 {
        let answer = perform(&mut history, Op::BeginPassword { who: A });
        assert_eq!(answer, Answer::Proceed);
    }
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

/// Everything that is tried in pairs.
#[must_use]
pub fn menu(state: &State) -> Vec<Op> {
    let typed = |app, steps| code(&state.people, state.world.now.seconds(), app, steps);
    let verify = |ago, typed, remember| Op::Verify {
        by: ticket(A, ago),
        typed,
        remember,
    };
    let step = state.world.now.seconds().div_euclid(30).cast_unsigned();
    let backup = |slot| Typed::Backup(0, slot);
    vec![
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
        Op::BeginPassword { who: A },
        Op::BeginPassword { who: B },
        Op::UnlockPassword { who: A },
        by_password(A),
        verify(0, backup(0), false),
        verify(1, backup(0), false),
        Op::Regenerate(session(A, 0)),
        Op::ConfirmSetup(ticket(B, 0), code_of(&state.people, B, 0, step)),
        redeem(true),
        redeem(false),
        Op::Reissue { known: true },
        Op::Revoke { known: true },
    ]
}

/// What is tried once more wherever a pair has led.
#[must_use]
pub fn core_menu(state: &State) -> Vec<Op> {
    let typed = |app, steps| code(&state.people, state.world.now.seconds(), app, steps);
    let verify = |ago, typed| Op::Verify {
        by: ticket(A, ago),
        typed,
        remember: false,
    };
    vec![
        verify(0, typed(0, 0)),
        verify(1, wrong()),
        verify(1, Typed::Backup(0, 0)),
        sign_in(A, Some(Cookie::Own(0))),
        by_password(A),
        redeem(true),
        Op::Defer(ticket(B, 0)),
    ]
}

fn sign_in(who: usize, device: Option<Cookie>) -> Op {
    Op::SignIn {
        who,
        first: First::External,
        demand: false,
        device,
    }
}

fn by_password(who: usize) -> Op {
    Op::SignIn {
        who,
        first: First::Password,
        demand: false,
        device: None,
    }
}

fn redeem(right_purpose: bool) -> Op {
    Op::Redeem {
        code: Some(0),
        right_purpose,
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
    Typed::Code(shown.expect("an app"))
}

fn wrong() -> Typed {
    Typed::Code("000000".to_owned())
}
