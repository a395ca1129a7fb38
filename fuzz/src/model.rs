//! A small model of replay, throttling, tickets and epochs, written from the rules and not from the code.
//!
//! One account with at most one authenticator and ten backup codes, under the default policy.

use alloc::{collections::BTreeSet, vec::Vec};

use mfakit_core::Void;

/// What an operation answers, as far as the rules decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "for the tests of this package alone"
)]
pub enum Answer {
    /// The code is right and fresh.
    Verified,
    /// The code is right and used.
    Replayed,
    /// The code is wrong.
    Mismatch,
    /// The account is locked, or is now.
    Locked,
    /// The ticket is good for nothing.
    Void(Void),
    /// Too many codes of the year were wrong for one code to be enough.
    Declined,
    /// A sign-in needs a code.
    Challenge,
    /// A sign-in needs a setup.
    Setup,
    /// An administrator's act is done.
    Done,
}

/// A code as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "for the tests of this package alone"
)]
pub enum Attempt {
    /// A code that is right for these steps of the window; wrong if there is none.
    Otp(Vec<u64>),
    /// The backup code of this slot.
    Backup(usize),
}

/// The state of one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Model {
    factor: Option<Factor>,
    /// How often everything issued before became void.
    life: u32,
    tickets: Vec<Ticket>,
}

/// What was set up last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Factor {
    last_step: u64,
    replays: u32,
    used_backup: BTreeSet<usize>,
    failures: u32,
    /// The day of each failure.
    days: Vec<i64>,
    /// The block of 73 days of each failure.
    blocks: Vec<i64>,
    locked_until: i64,
    hard: bool,
}

/// The life of the default, 0, is over before the first ticket is given out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Ticket {
    life: u32,
    issued: i64,
    spent: bool,
}

impl Model {
    /// A setup that was confirmed with the code of `step`.
    pub fn set_up(&mut self, step: u64) {
        self.begin_life();
        self.factor = Some(Factor {
            last_step: step,
            ..Factor::default()
        });
    }

    /// An administrator's reset.
    pub fn reset(&mut self) -> Answer {
        self.begin_life();
        self.factor = None;
        Answer::Done
    }

    /// Everything issued before is void, whatever else is true of it.
    fn begin_life(&mut self) {
        self.life += 1;
        self.tickets.fill(Ticket::default());
    }

    /// A sign-in after the first factor; a challenge leads to one more ticket.
    pub fn sign_in(&mut self, now: i64) -> Answer {
        match &self.factor {
            None => Answer::Setup,
            Some(factor) if factor.is_locked(now) => Answer::Locked,
            Some(_) => {
                self.tickets.push(Ticket {
                    life: self.life,
                    issued: now,
                    spent: false,
                });
                Answer::Challenge
            }
        }
    }

    /// A code with the ticket of this number.
    pub fn verify(&mut self, ticket: usize, attempt: &Attempt, now: i64) -> Answer {
        let Some(ticket) = self.tickets.get_mut(ticket) else {
            return Answer::Void(Void::Unknown);
        };
        let (Some(factor), true) = (&mut self.factor, ticket.life == self.life) else {
            return Answer::Void(Void::Superseded);
        };
        if now >= ticket.issued + 300 {
            return Answer::Void(Void::Expired);
        }
        if ticket.spent {
            return Answer::Void(Void::Spent);
        }
        if factor.is_locked(now) {
            return Answer::Locked;
        }
        let answer = match attempt {
            Attempt::Otp(_) if factor.has_spent_the_year(now) => Answer::Declined,
            Attempt::Otp(steps) => factor.otp(steps, now),
            Attempt::Backup(slot) if factor.used_backup.insert(*slot) => factor.succeed(),
            Attempt::Backup(_) => factor.fail(now, Answer::Replayed),
        };
        ticket.spent = answer == Answer::Verified;
        answer
    }

    /// Which life it is, while there is a factor: sessions of any other are void.
    #[must_use]
    pub fn session_life(&self) -> Option<u32> {
        self.factor.as_ref().map(|_| self.life)
    }

    /// How many tickets were ever given out.
    #[must_use]
    pub const fn tickets(&self) -> usize {
        self.tickets.len()
    }
}

impl Factor {
    const fn is_locked(&self, now: i64) -> bool {
        self.hard || now < self.locked_until
    }

    fn has_spent_the_year(&self, now: i64) -> bool {
        let block = now.div_euclid(73 * 86_400);
        let of_the_year = self.blocks.iter().filter(|it| block - **it <= 5);
        of_the_year.count() >= 300
    }

    fn otp(&mut self, steps: &[u64], now: i64) -> Answer {
        let fresh = steps
            .iter()
            .copied()
            .filter(|step| *step > self.last_step)
            .max();
        if let Some(step) = fresh {
            self.last_step = step;
            self.replays = 0;
            return self.succeed();
        }
        if steps.is_empty() {
            return self.fail(now, Answer::Mismatch);
        }
        if self.replays < 2 {
            self.replays += 1;
            return Answer::Replayed;
        }
        self.fail(now, Answer::Replayed)
    }

    const fn succeed(&mut self) -> Answer {
        self.failures = 0;
        self.locked_until = 0;
        Answer::Verified
    }

    fn fail(&mut self, now: i64, open: Answer) -> Answer {
        self.failures += 1;
        let today = now.div_euclid(86_400);
        self.days.retain(|day| today - day <= 30);
        self.days.push(today);
        let block = today.div_euclid(73);
        self.blocks.retain(|it| block - it <= 5);
        self.blocks.push(block);
        let mut length = match self.failures {
            0..=4 => 0,
            5 => 30,
            6 => 60,
            7 => 300,
            8 => 900,
            _ => 3_600,
        };
        if self.days.len() >= 100 {
            length = length.max(3_600);
        }
        self.hard |= self.failures >= 20;
        if length > 0 {
            self.locked_until = now + length;
        }
        if self.is_locked(now) {
            Answer::Locked
        } else {
            open
        }
    }
}
