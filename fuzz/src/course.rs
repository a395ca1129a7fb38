//! Every operation as a flow, and what its answer leaves with the people.

mod activation;
mod administrator;
mod hands;
mod reading;
mod session;
mod sign_in;

use core::fmt;

use mfakit_core::Presented as Token;
use mfakit_core::{
    AccountId, Administrator, Commit, DocumentKey, Error, Flow, Input, Label, PolicyChange, Step,
};

use crate::{Answer, Bearer, Op, People, Presented, Turn, World, people::HAND};

/// An operation under way.
#[derive(Debug)]
pub struct Course(Box<dyn Running>);

/// What an operation asks of the store.
#[derive(Debug)]
pub enum Ask {
    /// To load these documents.
    Load(Vec<DocumentKey>),
    /// To commit this.
    Commit(Commit),
    /// Nothing more: it has its answer, or none.
    Done(Result<(), Error>),
}

trait Running: fmt::Debug {
    fn next(&mut self, input: Input, world: &mut World) -> Ask;
    fn read(&mut self, people: &mut People) -> Answer;
}

/// What an answer means, and what it leaves with the people.
type Read<A> = dyn Fn(&mut People, &mut Option<A>) -> Answer;

/// A flow, and what its answer means.
struct Typical<A> {
    flow: Flow<A>,
    read: Box<Read<A>>,
    answer: Option<A>,
}

impl<A: fmt::Debug> Running for Typical<A> {
    fn next(&mut self, input: Input, world: &mut World) -> Ask {
        match world.step(&mut self.flow, input) {
            Step::Load(keys) => Ask::Load(keys),
            Step::Commit(commit) => Ask::Commit(commit),
            Step::Done(done) => Ask::Done(done.map(|answer| self.answer = Some(answer))),
        }
    }

    fn read(&mut self, people: &mut People) -> Answer {
        let text = people.watched.then(|| format!("{:?}", self.answer));
        let answer = (self.read)(people, &mut self.answer);
        // Now they know what they were given, and nothing of it was shown.
        if let Some(text) = text {
            people.search(&text);
        }
        answer
    }
}

impl<A> fmt::Debug for Typical<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flow.fmt(f)
    }
}

impl Course {
    fn new<A: fmt::Debug + 'static>(
        flow: Flow<A>,
        read: impl Fn(&mut People, &A) -> Answer + 'static,
    ) -> Self {
        Self::taking(flow, move |people, answer| {
            read(people, answer.as_ref().expect("an answer"))
        })
    }

    /// The same, where the people take a part of the answer out of it.
    fn taking<A: fmt::Debug + 'static>(
        flow: Flow<A>,
        read: impl Fn(&mut People, &mut Option<A>) -> Answer + 'static,
    ) -> Self {
        Self(Box::new(Typical {
            flow,
            read: Box::new(read),
            answer: None,
        }))
    }

    /// One step, and what it asks for.
    pub fn next(&mut self, input: Input, world: &mut World) -> Ask {
        self.0.next(input, world)
    }

    /// What is answered; the people keep what it gives them. It can be read again, but gives a password
    /// attempt only once.
    pub fn read(&mut self, people: &mut People) -> Answer {
        self.0.read(people)
    }

    /// Begins an operation.
    pub fn of(op: &Op, turn: Turn, people: &mut People, world: &mut World) -> Self {
        match op {
            Op::ReadPolicy | Op::SetPolicy { .. } => Self::of_policy(op, people, world),
            Op::BeginPassword { .. }
            | Op::BeginDecoy
            | Op::Settle { .. }
            | Op::SignIn { .. }
            | Op::Defer(_)
            | Op::BeginSetup(_)
            | Op::ConfirmSetup(..)
            | Op::Verify { .. }
            | Op::Resynchronize { .. } => Self::of_sign_in(op, turn, people, world),
            Op::Acknowledge(_)
            | Op::Check(..)
            | Op::StepUp(_)
            | Op::Regenerate(_)
            | Op::Rename(..)
            | Op::Remove(..)
            | Op::Disable(_)
            | Op::RevokeDevices(..) => Self::of_session(op, people, world),
            Op::Issue { .. }
            | Op::Reissue { .. }
            | Op::Revoke { .. }
            | Op::Redeem { .. }
            | Op::RepairCode
            | Op::CodeStatus => Self::of_activation(op, people, world),
            _ => Self::of_administrator(op, turn, people, world),
        }
    }

    fn of_policy(op: &Op, people: &People, world: &World) -> Self {
        let (keyring, tenant) = world.names();
        let Op::SetPolicy { rules, from_read } = op else {
            return Self::new(Flow::policy(keyring, tenant), |people, policy| {
                people.policy = Some(policy.clone());
                Answer::Done
            });
        };
        let read = people.policy.clone().filter(|_| *from_read);
        let policy = world.policy(*rules, read);
        let flow = Flow::set_policy(keyring, tenant, policy, admin());
        Self::new(flow, |_, change| match change {
            PolicyChange::Changed => Answer::Changed { session: false },
            PolicyChange::Stale => Answer::Stale,
        })
    }
}

/// A flow that somebody begins with a ticket or a session.
fn present<A>(
    people: &People,
    world: &World,
    by: Bearer,
    flow: impl FnOnce(
        alloc::sync::Arc<mfakit_core::Keyring>,
        mfakit_core::TenantId,
        Token<'_>,
    ) -> Flow<A>,
) -> Flow<A> {
    let (keyring, mut tenant) = world.names();
    if by.presented == Presented::InAnotherTenant {
        tenant = world.other_tenant();
    }
    let text = people.text(by);
    flow(keyring, tenant, token(&text, by.presented))
}

fn token(text: &str, presented: Presented) -> Token<'_> {
    let token = Token::new(text);
    match presented {
        Presented::InAnotherSession => token.bound_to(b"another session"),
        Presented::Rightly | Presented::InAnotherTenant => token.bound_to(SESSION),
    }
}

fn account(people: &People, who: usize) -> AccountId {
    people.persons[who].account.clone()
}

fn admin() -> Administrator {
    Administrator::new("root", "a test").expect("an administrator")
}

fn label(word: &str, number: impl fmt::Display) -> Label {
    Label::new(&format!("{word} {number}")).expect("a label")
}

/// What every sign-in is bound to.
const SESSION: &[u8] = b"session";
const _: () = assert!(HAND > 2, "a ticket is there when it is needed");
