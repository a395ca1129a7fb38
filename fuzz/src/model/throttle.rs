//! Wrong codes: the ladder of locks, the hard lock, the budget of 30 days.

use alloc::collections::BTreeMap;

use crate::Lock;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Throttle {
    failures: u32,
    until: Option<i64>,
    hard: bool,
    /// How many on each day; success does not clear them.
    days: BTreeMap<i64, u32>,
}

impl Throttle {
    pub(super) fn lock(&self, now: i64) -> Option<Lock> {
        if self.hard {
            return Some(Lock::Hard);
        }
        self.until.filter(|until| now < *until).map(Lock::Until)
    }

    pub(super) fn fail(&mut self, now: i64) -> Option<Lock> {
        let today = now.div_euclid(86_400);
        self.failures += 1;
        self.days.retain(|day, _| today - day <= 30);
        *self.days.entry(today).or_default() += 1;
        self.hard |= self.failures >= 20;
        let mut length = ladder(self.failures);
        if self.has_spent_budget(now) {
            length = length.max(3_600);
        }
        if length > 0 {
            self.until = Some(now + length);
        }
        self.lock(now)
    }

    pub(super) fn attempts_left(&self, now: i64) -> u32 {
        let budget = 100_u32.saturating_sub(self.recent(now));
        5_u32.saturating_sub(self.failures).min(budget).max(1)
    }

    pub(super) fn has_spent_budget(&self, now: i64) -> bool {
        self.recent(now) >= 100
    }

    pub(super) const fn succeed(&mut self) {
        self.failures = 0;
        self.until = None;
    }

    pub(super) const fn lift(&mut self) {
        self.until = None;
    }

    /// An administrator knows the person: only the budget stays.
    pub(super) const fn pardon(&mut self) {
        self.succeed();
        self.hard = false;
    }

    pub(super) fn repair(&mut self, now: i64) {
        let latest = now + ladder(self.failures).max(3_600);
        self.until = self.until.map(|until| until.min(latest));
        let today = now.div_euclid(86_400);
        let days = core::mem::take(&mut self.days);
        for (day, count) in days {
            *self.days.entry(day.min(today)).or_default() += count;
        }
    }

    fn recent(&self, now: i64) -> u32 {
        let today = now.div_euclid(86_400);
        let recent = self.days.iter().filter(|(day, _)| today - **day <= 30);
        recent.map(|(_, count)| count).sum()
    }
}

const fn ladder(failures: u32) -> i64 {
    match failures {
        0..=4 => 0,
        5 => 30,
        6 => 60,
        7 => 300,
        8 => 900,
        _ => 3_600,
    }
}
