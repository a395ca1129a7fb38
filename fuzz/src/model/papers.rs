//! Tickets and sessions, and who holds which.

use alloc::collections::VecDeque;

use mfakit_core::{Basis, Void};

use crate::{Bearer, Paper, Presented, people::HAND};

use super::activation::Code;

/// A ticket or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Token {
    pub(super) id: u32,
    /// When it was given out; of a session, when the person signed in.
    pub(super) issued: i64,
    /// Whether nothing has made it void since; once void, it stays so.
    pub(super) current: bool,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum What {
    Verify {
        spent: bool,
        /// Whether it was given out after a password, to which the gate waits for a code.
        asked: bool,
    },
    Setup {
        spent: bool,
        may_defer: bool,
    },
    Session {
        basis: Basis,
        /// The set of backup codes that was shown with it.
        shown: Option<usize>,
        /// The device that it rests on.
        device: Option<u32>,
    },
}

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Verify,
    Setup,
    SetupOrSession,
    Session,
}

/// What an answer gives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Grant {
    Paper(Token),
    /// A session, and a device to be remembered by.
    Device(Token, u32),
    /// A password attempt.
    Attempt,
    /// The policy.
    Policy,
    Installation(Code),
}

/// What a person holds, the newest in front.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Hand {
    tickets: VecDeque<Token>,
    sessions: VecDeque<Token>,
    cookies: VecDeque<u32>,
    /// Whether the password attempt that is open is still good.
    pub(super) attempt: Option<bool>,
}

impl Hand {
    /// A token that is none, is brought by another, or is for something else is good for nothing.
    pub(super) fn open(&self, by: Bearer, want: Want) -> Result<Token, Void> {
        let token = match by.paper {
            Paper::Ticket(ago) => self.tickets.get(ago),
            Paper::Session(ago) => self.sessions.get(ago),
            Paper::Nothing => None,
        };
        let known = token.filter(|_| by.presented != Presented::InAnotherTenant);
        let token = known.ok_or(Void::Unknown)?;
        if by.presented == Presented::InAnotherSession {
            return Err(Void::WrongBinding);
        }
        match (token.what, want) {
            (What::Verify { .. }, Want::Verify)
            | (What::Setup { .. }, Want::Setup | Want::SetupOrSession)
            | (What::Session { .. }, Want::Session | Want::SetupOrSession) => Ok(*token),
            _ => Err(Void::WrongPurpose),
        }
    }

    pub(super) fn take(&mut self, grant: Grant) {
        match grant {
            Grant::Paper(token) if matches!(token.what, What::Session { .. }) => {
                keep(&mut self.sessions, token);
            }
            Grant::Paper(token) => keep(&mut self.tickets, token),
            Grant::Device(token, device) => {
                keep(&mut self.sessions, token);
                keep(&mut self.cookies, device);
            }
            Grant::Attempt => self.attempt = Some(true),
            Grant::Policy | Grant::Installation(_) => {}
        }
    }

    pub(super) fn cookie(&self, ago: usize) -> Option<u32> {
        self.cookies.get(ago).copied()
    }

    /// Everything that was given out is void, for good.
    pub(super) fn void(&mut self) {
        for token in self.tickets.iter_mut().chain(&mut self.sessions) {
            token.current = false;
            match &mut token.what {
                What::Verify { spent, .. } | What::Setup { spent, .. } => *spent = false,
                What::Session { .. } => {}
            }
        }
        self.attempt = self.attempt.map(|_| false);
    }

    pub(super) fn spend(&mut self, id: u32) {
        for token in self.tickets.iter_mut().filter(|token| token.id == id) {
            match &mut token.what {
                What::Verify { spent, .. } | What::Setup { spent, .. } => *spent = true,
                What::Session { .. } => {}
            }
        }
    }
}

impl Token {
    /// A ticket that is void, too old or spent is good for nothing.
    pub(super) const fn check_ticket(self, now: i64) -> Result<(), Void> {
        let spent = match self.what {
            What::Verify { spent, .. } | What::Setup { spent, .. } => spent,
            What::Session { .. } => false,
        };
        if !self.current {
            Err(Void::Superseded)
        } else if now >= self.issued + 300 {
            Err(Void::Expired)
        } else if spent {
            Err(Void::Spent)
        } else {
            Ok(())
        }
    }
}

fn keep<T>(papers: &mut VecDeque<T>, paper: T) {
    papers.push_front(paper);
    papers.truncate(HAND);
}
