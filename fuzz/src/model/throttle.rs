//! Wrong codes: the ladder of locks, the hard lock, the budgets of 30 and of 365 days.

use alloc::collections::BTreeMap;

use crate::{Lock, Rules};

use super::account::Factor;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Throttle {
    failures: u32,
    until: Option<i64>,
    hard: bool,
    /// How many on each day; success does not clear them.
    days: Tally<1, 30>,
    /// How many in each block of days; nothing but time and a reset clear them.
    blocks: Tally<73, 5>,
}

/// How many wrong codes an account may see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    hard: u32,
    year: u32,
}

impl Limits {
    /// One chance in 1,000 before the hard lock, one in 200 in a year: with more codes live there are fewer tries.
    pub(super) fn of(factors: &[Factor], rules: &Rules) -> Self {
        let ahead = rules.look_ahead;
        let live = factors
            .iter()
            .map(|it| if it.counts { ahead + 1 } else { 3 });
        let live: u32 = live.sum();
        let tries = |most: u32, of: u32| of.checked_div(live).map_or(most, |it| most.min(it));
        Self {
            hard: tries(20, 1_000),
            year: tries(rules.year_budget, 5_000),
        }
    }
}

impl Throttle {
    pub(super) fn lock(&self, now: i64) -> Option<Lock> {
        if self.hard {
            return Some(Lock::Hard);
        }
        self.until.filter(|until| now < *until).map(Lock::Until)
    }

    pub(super) fn fail(&mut self, limits: Limits, now: i64) -> Option<Lock> {
        self.failures += 1;
        self.days.count(now);
        self.blocks.count(now);
        self.hard |= self.failures >= limits.hard;
        let mut length = ladder(self.failures);
        if self.has_spent_budget(now) {
            length = length.max(3_600);
        }
        if length > 0 {
            self.until = Some(now + length);
        }
        self.lock(now)
    }

    pub(super) fn attempts_left(&self, limits: Limits, now: i64) -> u32 {
        let left = [
            (5, self.failures),
            (limits.hard, self.failures),
            (100, self.days.recent(now)),
            (limits.year, self.blocks.recent(now)),
        ];
        let left = left.map(|(most, spent)| most.saturating_sub(spent));
        left.into_iter().fold(5, u32::min).max(1)
    }

    pub(super) fn has_spent_budget(&self, now: i64) -> bool {
        self.days.recent(now) >= 100
    }

    pub(super) fn has_spent_year(&self, limits: Limits, now: i64) -> bool {
        self.blocks.recent(now) >= limits.year
    }

    pub(super) const fn succeed(&mut self) {
        self.failures = 0;
        self.until = None;
    }

    pub(super) const fn lift(&mut self) {
        self.until = None;
    }

    /// An administrator knows the person: only the budgets stay.
    pub(super) const fn pardon(&mut self) {
        self.succeed();
        self.hard = false;
    }

    /// The secrets are gone, and nobody was verified: only the budget of the year stays.
    pub(super) fn begin_anew(&mut self) {
        let blocks = core::mem::take(&mut self.blocks);
        *self = Self {
            blocks,
            ..Self::default()
        };
    }

    pub(super) fn repair(&mut self, now: i64) {
        let latest = now + ladder(self.failures).max(3_600);
        self.until = self.until.map(|until| until.min(latest));
        self.days.repair(now);
        self.blocks.repair(now);
    }
}

/// How many in each block of so many `DAYS`, of this block and so many `BEFORE` it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Tally<const DAYS: i64, const BEFORE: i64>(BTreeMap<i64, u32>);

impl<const DAYS: i64, const BEFORE: i64> Tally<DAYS, BEFORE> {
    const fn block(now: i64) -> i64 {
        now.div_euclid(DAYS * 86_400)
    }

    fn count(&mut self, now: i64) {
        let current = Self::block(now);
        self.0.retain(|block, _| current - block <= BEFORE);
        *self.0.entry(current).or_default() += 1;
    }

    fn recent(&self, now: i64) -> u32 {
        let current = Self::block(now);
        let recent = self
            .0
            .iter()
            .filter(|(block, _)| current - **block <= BEFORE);
        recent.map(|(_, count)| count).sum()
    }

    fn repair(&mut self, now: i64) {
        let current = Self::block(now);
        for (block, count) in core::mem::take(&mut self.0) {
            *self.0.entry(block.min(current)).or_default() += count;
        }
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
