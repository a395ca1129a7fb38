//! The bounds of guessing: how many wrong codes an account may see, by the policy of the day and by the codes that
//! are live in it at one moment.
//!
//! What a policy allows for new authenticators is no bound for an account that was given more of them under an older
//! one. So the chance that a guess is right is held by what the account has: the more codes are live, the fewer tries
//! there are.

use crate::{Policy, Setting};

/// The bounds of one account.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    policy: &'a Policy,
    /// Codes that are right at one moment, all authenticators together.
    live_codes: u32,
}

impl<'a> Limits<'a> {
    pub(crate) const fn new(policy: &'a Policy, live_codes: u32) -> Self {
        Self { policy, live_codes }
    }

    /// Consecutive wrong codes that lock until an administrator acts.
    pub(crate) fn hard_lock_after(&self) -> u32 {
        let most = tries(HARD_LOCK_ODDS, self.live_codes);
        self.policy.get(Setting::HardLockAfter).min(most)
    }

    /// Wrong codes in 30 days, beyond which one try an hour is left.
    pub(crate) fn of_30_days(&self) -> u32 {
        self.policy.get(Setting::FailureBudget)
    }

    /// Wrong codes in 365 days, beyond which one code is not looked at.
    pub(crate) fn of_the_year(&self) -> u32 {
        let most = tries(YEAR_ODDS, self.live_codes);
        self.policy.get(Setting::YearBudget).min(most)
    }

    /// Wrong codes before the first lock.
    pub(crate) fn first_lock_after(&self) -> u32 {
        self.policy.get(Setting::LockAfter)
    }

    /// The length of the lock that this many consecutive wrong codes lead to.
    pub(crate) fn ladder(&self, failures: u32) -> Option<u32> {
        let rung = failures.checked_sub(self.first_lock_after())?;
        let setting = match rung {
            0 => Setting::LockFirst,
            1 => Setting::LockSecond,
            2 => Setting::LockThird,
            3 => Setting::LockFourth,
            _ => Setting::LockLater,
        };
        Some(self.policy.get(setting))
    }
}

/// Whether the chance that one of so many guesses is right stays at the odds of a hard lock or below.
pub(crate) fn is_hard_to_guess(live_codes: u32, guesses: u32) -> bool {
    guesses <= tries(HARD_LOCK_ODDS, live_codes)
}

/// How many guesses leave one chance in `odds` that one of them is right; at least one, or nobody could sign in.
///
/// Every code counts as one of the fewest digits: authenticators bound under an older policy may have no more.
fn tries(odds: u32, live_codes: u32) -> u32 {
    let guesses = FEWEST_CODES.checked_div(odds.saturating_mul(live_codes));
    guesses.unwrap_or(u32::MAX).max(1)
}

/// One chance in so many that a guess before the hard lock is right.
const HARD_LOCK_ODDS: u32 = 1_000;
/// One chance in so many that a guess of a year is right.
const YEAR_ODDS: u32 = 200;
/// All codes of the fewest digits.
const FEWEST_CODES: u32 = 1_000_000;
