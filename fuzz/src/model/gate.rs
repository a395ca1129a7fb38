//! Password attempts: ten in a quarter of an hour close the gate for as long; and the codes that were asked for
//! after a right password.

use alloc::collections::VecDeque;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Gate {
    pub(super) seen: Option<i64>,
    attempts: u32,
    since: i64,
    until: Option<i64>,
    /// The oldest in front.
    asked: VecDeque<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    ticket: u32,
    /// No ticket is taken any more, also where a clock is two minutes behind.
    ends: i64,
    /// Those before it for which there was no room, and that had no answer.
    dropped: u32,
}

/// The tickets that a code was brought with: the last eight. Those before eight that are known count as answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Answered(VecDeque<u32>);

impl Answered {
    pub(super) fn note(&mut self, ticket: u32) {
        self.0.push_back(ticket);
        if self.0.len() > 8 {
            self.0.pop_front();
        }
    }

    fn has(&self, ticket: u32) -> bool {
        let before_all = self.0.len() == 8 && self.0.iter().all(|it| ticket < *it);
        before_all || self.0.contains(&ticket)
    }
}

impl Gate {
    pub(super) fn locked_until(&self, now: i64) -> Option<i64> {
        self.until.filter(|until| now < *until)
    }

    pub(super) fn charge(&mut self, now: i64) {
        if self.attempts == 0 || self.until.is_some() || now >= self.since + 900 {
            self.attempts = 0;
            self.since = now;
        }
        self.attempts += 1;
        self.until = (self.attempts >= 10).then_some(now + 900);
        self.seen = Some(now);
    }

    /// A code is asked for; of more than sixteen, the oldest is counted with the one after it.
    pub(super) fn ask(&mut self, ticket: u32, answered: &Answered, now: i64) {
        if self.asked.len() == 16
            && let Some(oldest) = self.asked.pop_front()
        {
            self.asked[0].dropped += oldest.unanswered(answered);
        }
        self.asked.push_back(Asked {
            ticket,
            ends: now + 300 + 120,
            dropped: 0,
        });
        self.seen = Some(now);
    }

    /// How many codes were asked for and never brought.
    pub(super) fn half_sign_ins(&self, answered: &Answered, now: i64) -> u32 {
        let ended = self.asked.iter().filter(|it| it.ends <= now);
        ended.map(|it| it.unanswered(answered)).sum()
    }

    pub(super) fn forget_ended(&mut self, now: i64) {
        self.asked.retain(|it| now < it.ends);
        self.seen = Some(now);
    }

    /// Until when a code may still come.
    pub(super) fn open_until(&self, now: i64) -> Option<i64> {
        let ends = self.asked.iter().map(|it| it.ends);
        ends.filter(|ends| now < *ends).max()
    }

    /// A right password takes every attempt back; whether there was any.
    pub(super) const fn give_back(&mut self, now: i64) -> bool {
        let charged = self.attempts > 0 || self.until.is_some();
        if charged {
            self.clear(now);
        }
        charged
    }

    pub(super) fn erase(&mut self, now: i64) {
        if self.seen.is_some() {
            self.clear(now);
            self.asked.clear();
        }
    }

    /// A gate from a time to come is opened; whether it was one.
    pub(super) fn repair(&mut self, now: i64) -> bool {
        let ahead = self.seen.is_some_and(|seen| seen > now + 120);
        if ahead {
            self.clear(now);
            self.asked.clear();
        }
        ahead
    }

    const fn clear(&mut self, now: i64) {
        self.attempts = 0;
        self.since = now;
        self.until = None;
        self.seen = Some(now);
    }
}

impl Asked {
    fn unanswered(&self, answered: &Answered) -> u32 {
        self.dropped + u32::from(!answered.has(self.ticket))
    }
}
