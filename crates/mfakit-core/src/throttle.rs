//! Throttling of code attempts: the ladder of locks, the hard lock, the 30-day budget.
//!
//! RFC 4226 §7.3 and NIST SP 800-63B-4 §3.2.2: failures are counted on the account, whatever the
//! session or ticket. A temporary lock does not reset the count; success clears it, but not the
//! budget of 30 days, so that an attacker who waits for the owner's successes gains nothing.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use crate::{Policy, Setting, UnixTime, codec};

/// A lock on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Locked {
    /// When and how it ends.
    pub end: LockEnd,
}

/// The end of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a lock ends by time or by an administrator"
)]
pub enum LockEnd {
    /// It ends by itself at this instant.
    At(UnixTime),
    /// It ends when an administrator acts.
    Hard,
}

/// The failures of an account.
#[derive(Default, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Throttle {
    /// Consecutive failures.
    #[n(0)]
    failures: u32,
    #[cbor(n(1), with = "codec::opt_time", has_nil)]
    locked_until: Option<UnixTime>,
    #[n(2)]
    hard: bool,
    /// Failures of the last 30 days, by day, ascending; success does not clear them.
    #[n(3)]
    days: Vec<Day>,
}

#[derive(Encode, Decode)]
struct Day {
    /// Days since the Unix epoch.
    #[n(0)]
    day: i64,
    #[n(1)]
    failures: u32,
}

impl Throttle {
    /// The lock in force at `now`, if there is one.
    pub(crate) fn lock(&self, now: UnixTime) -> Option<Locked> {
        if self.hard {
            return Some(Locked { end: LockEnd::Hard });
        }
        let until = self.locked_until.filter(|until| now < *until)?;
        Some(Locked {
            end: LockEnd::At(until),
        })
    }

    /// Charges one failure, and says what lock it leads to.
    pub(crate) fn charge(&mut self, policy: &Policy, now: UnixTime) -> Option<Locked> {
        self.failures = self.failures.saturating_add(1);
        self.count_day(now);
        if self.failures >= policy.get(Setting::HardLockAfter) {
            self.hard = true;
        }
        let beyond_budget = self.has_spent_budget(policy, now);
        let length =
            ladder(policy, self.failures).max(beyond_budget.then_some(BEYOND_BUDGET_SECONDS));
        if let Some(length) = length {
            self.locked_until = Some(now.saturating_add(length));
        }
        self.lock(now)
    }

    /// No lock ends later than its own length from `now`, and no failure is of a day to come.
    pub(crate) fn clamp(&mut self, policy: &Policy, now: UnixTime) {
        let length = ladder(policy, self.failures)
            .unwrap_or(0)
            .max(BEYOND_BUDGET_SECONDS);
        let latest = now.saturating_add(length);
        self.locked_until = self.locked_until.map(|until| until.min(latest));
        let today = day_of(now);
        for entry in &mut self.days {
            entry.day = entry.day.min(today);
        }
    }

    /// Wrong codes that remain before the next one locks; at least 1 while the account is open.
    pub(crate) fn attempts_left(&self, policy: &Policy, now: UnixTime) -> u32 {
        let ladder = policy.get(Setting::LockAfter).saturating_sub(self.failures);
        let hard = policy
            .get(Setting::HardLockAfter)
            .saturating_sub(self.failures);
        let budget = policy
            .get(Setting::FailureBudget)
            .saturating_sub(self.spent_budget(now));
        ladder.min(hard).min(budget).max(1)
    }

    /// Success clears the consecutive failures, and no lock is left; the budget stays.
    pub(crate) fn succeed(&mut self) {
        self.failures = 0;
        self.locked_until = None;
    }

    /// An administrator lifts a lock in force; every failure still counts.
    pub(crate) fn lift(&mut self) {
        self.locked_until = None;
    }

    /// An administrator who knows the person lifts any lock and clears the consecutive failures.
    ///
    /// The budget of 30 days stays: who has made sure of the owner knows nothing of the guesser, and the secret that
    /// is being guessed is the same. A guesser who gets accounts unlocked by asking would have no bound at all.
    pub(crate) fn pardon(&mut self) {
        self.succeed();
        self.hard = false;
    }

    /// Whether so many codes of the last 30 days were wrong that one try an hour is left.
    pub(crate) fn has_spent_budget(&self, policy: &Policy, now: UnixTime) -> bool {
        self.spent_budget(now) >= policy.get(Setting::FailureBudget)
    }

    /// Whether nothing of it was ever charged, or nothing is left of that.
    pub(crate) const fn is_blank(&self) -> bool {
        self.failures == 0 && self.locked_until.is_none() && !self.hard && self.days.is_empty()
    }

    /// Consecutive failures.
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }

    fn count_day(&mut self, now: UnixTime) {
        let today = day_of(now);
        self.days.retain(|entry| is_recent(entry.day, today));
        match self.days.iter_mut().find(|entry| entry.day == today) {
            Some(entry) => entry.failures = entry.failures.saturating_add(1),
            None => self.days.push(Day {
                day: today,
                failures: 1,
            }),
        }
    }

    /// Failures of today and the 30 days before it.
    fn spent_budget(&self, now: UnixTime) -> u32 {
        let today = day_of(now);
        let recent = self.days.iter().filter(|entry| is_recent(entry.day, today));
        recent.fold(0, |sum, entry| sum.saturating_add(entry.failures))
    }
}

/// The length of the lock that this many consecutive failures lead to.
fn ladder(policy: &Policy, failures: u32) -> Option<u32> {
    let rung = failures.checked_sub(policy.get(Setting::LockAfter))?;
    let setting = match rung {
        0 => Setting::LockFirst,
        1 => Setting::LockSecond,
        2 => Setting::LockThird,
        3 => Setting::LockFourth,
        _ => Setting::LockLater,
    };
    Some(policy.get(setting))
}

const fn day_of(now: UnixTime) -> i64 {
    now.seconds().div_euclid(86_400)
}

const fn is_recent(day: i64, today: i64) -> bool {
    today.saturating_sub(day) <= BUDGET_DAYS
}

const BUDGET_DAYS: i64 = 30;
const BEYOND_BUDGET_SECONDS: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::{LockEnd, Locked, Throttle};
    use crate::{Issuer, Policy, Setting, UnixTime};

    fn policy() -> Policy {
        Policy::new(Issuer::new("Acme").unwrap())
    }

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn c20_the_ladder_of_the_default_policy() {
        let (policy, mut throttle, mut now) = (policy(), Throttle::default(), at(1_000_000));
        let mut lengths = alloc::vec::Vec::new();
        for failure in 1..=20 {
            assert_eq!(throttle.lock(now), None);
            let left = throttle.attempts_left(&policy, now);
            assert_eq!(left, if failure < 5 { 6 - failure } else { 1 });
            match throttle.charge(&policy, now) {
                None => lengths.push(0),
                Some(Locked {
                    end: LockEnd::At(until),
                }) => {
                    lengths.push(now.seconds_until(until));
                    assert!(throttle.lock(at(until.seconds() - 1)).is_some());
                    now = until;
                }
                Some(Locked { end: LockEnd::Hard }) => lengths.push(u64::MAX),
            }
        }
        let mut expected = alloc::vec![0, 0, 0, 0, 30, 60, 300, 900];
        expected.extend([3_600; 11]);
        expected.push(u64::MAX);
        assert_eq!(lengths, expected);
        assert_eq!(
            throttle.lock(at(i64::MAX)),
            Some(Locked { end: LockEnd::Hard })
        );
    }

    #[test]
    fn c21_success_clears_the_count() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        for _ in 0..4 {
            assert_eq!(throttle.charge(&policy, at(0)), None);
        }
        throttle.succeed();
        assert_eq!(throttle.failures(), 0);
        assert_eq!(throttle.attempts_left(&policy, at(0)), 5);
    }

    #[test]
    fn a14_success_does_not_clear_the_budget_of_30_days() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        let day = 86_400;
        // Four failures a day, each day followed by the owner's success: no lock, until the budget is spent.
        for n in 0..25 {
            for _ in 0..4 {
                assert_eq!(throttle.lock(at(n * day)), None);
                throttle.charge(&policy, at(n * day));
            }
            throttle.succeed();
        }
        let now = at(25 * day);
        let lock = throttle.charge(&policy, now).unwrap();
        assert_eq!(lock.end, LockEnd::At(at(25 * day + 3_600)));
        throttle.succeed();
        assert_eq!(throttle.attempts_left(&policy, now), 1);
        // A day leaves the window 31 days later.
        assert_eq!(throttle.attempts_left(&policy, at(31 * day)), 3);
        assert_eq!(throttle.attempts_left(&policy, at(60 * day)), 5);
    }

    #[test]
    fn a14_a_year_of_guessing_stays_within_the_budget() {
        let policy = policy().with(Setting::HotpLookAhead, 1).unwrap();
        let policy = policy.with(Setting::HardLockAfter, 60).unwrap();
        let mut throttle = Throttle::default();
        let (mut now, mut guesses) = (0_i64, 0_u32);
        while now < 365 * 86_400 {
            match throttle.lock(at(now)) {
                Some(Locked {
                    end: LockEnd::At(until),
                }) => now = until.seconds(),
                Some(_) => break,
                None => {
                    // The owner signs in whenever the next guess would lock, and the account is open.
                    if throttle.failures() == 4 {
                        throttle.succeed();
                    }
                    throttle.charge(&policy, at(now));
                    guesses += 1;
                    now += 1;
                }
            }
        }
        assert!(guesses <= 100 + 365 * 24, "{guesses}");
    }

    #[test]
    fn extremes_of_time_do_not_overflow() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        for now in [i64::MIN, -1, 0, i64::MAX] {
            for _ in 0..3 {
                throttle.charge(&policy, at(now));
                let _ = throttle.attempts_left(&policy, at(now));
            }
        }
    }
}
