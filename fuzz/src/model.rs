//! A small model of replay and throttling, written from the rules and not from the code.

use alloc::collections::BTreeSet;

/// What the model expects of one verification with a good ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for the fuzz targets alone")]
pub enum Expected {
    /// The code is right and fresh.
    Verified,
    /// The code is right and used.
    Replayed,
    /// The code is wrong.
    Mismatch,
    /// The account is locked, or is now.
    Locked,
}

/// One account with one authenticator and ten backup codes, under the default policy.
#[derive(Debug, Clone, Default)]
pub struct Model {
    last_step: u64,
    replays: u32,
    used_backup: BTreeSet<usize>,
    failures: u32,
    failures_by_day: Vec<(i64, u32)>,
    locked_until: i64,
    hard: bool,
}

impl Model {
    /// An account whose setup was confirmed with the code of `step`; the budget of earlier lives is carried on
    /// only within one life, since a reset clears it.
    #[must_use]
    pub fn set_up(step: u64) -> Self {
        Self {
            last_step: step,
            ..Self::default()
        }
    }

    /// Whether the account is locked.
    #[must_use]
    pub const fn is_locked(&self, now: i64) -> bool {
        self.hard || now < self.locked_until
    }

    /// A code that is right for these steps of the window.
    pub fn otp(&mut self, steps: &[u64], now: i64) -> Expected {
        if self.is_locked(now) {
            return Expected::Locked;
        }
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
            return self.fail(now, Expected::Mismatch);
        }
        if self.replays < 2 {
            self.replays += 1;
            return Expected::Replayed;
        }
        self.fail(now, Expected::Replayed)
    }

    /// The backup code of this slot.
    pub fn backup(&mut self, slot: usize, now: i64) -> Expected {
        if self.is_locked(now) {
            return Expected::Locked;
        }
        if self.used_backup.insert(slot) {
            self.succeed()
        } else {
            self.fail(now, Expected::Replayed)
        }
    }

    const fn succeed(&mut self) -> Expected {
        self.failures = 0;
        self.locked_until = 0;
        Expected::Verified
    }

    fn fail(&mut self, now: i64, open: Expected) -> Expected {
        self.failures += 1;
        let today = now.div_euclid(86_400);
        self.failures_by_day.push((today, 1));
        let in_30_days: u32 = self
            .failures_by_day
            .iter()
            .filter(|(day, _)| today - day <= 30)
            .map(|(_, count)| count)
            .sum();
        let mut length = match self.failures {
            0..=4 => 0,
            5 => 30,
            6 => 60,
            7 => 300,
            8 => 900,
            _ => 3_600,
        };
        if in_30_days >= 100 {
            length = length.max(3_600);
        }
        self.hard |= self.failures >= 20;
        if length > 0 {
            self.locked_until = now + length;
        }
        if self.is_locked(now) {
            Expected::Locked
        } else {
            open
        }
    }
}
