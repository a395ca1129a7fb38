//! Throttling of code attempts: the ladder of locks, the hard lock, the budgets of 30 and of 365 days.
//!
//! RFC 4226 §7.3 and NIST SP 800-63B-4 §3.2.2: failures are counted on the account, whatever the
//! session or ticket. A temporary lock does not reset the count; success clears it, but not the
//! budget of 30 days, so that an attacker who waits for the owner's successes gains nothing.
//!
//! Beyond the budget of 30 days one try an hour is left, some 8,700 a year. So the failures of a year are bounded too:
//! beyond them one code is not looked at, whoever types it, until enough of them are over. That is no lock, which
//! would keep the owner out as well: a backup code or two consecutive codes, neither of which can be guessed, still
//! lead in.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use crate::{UnixTime, codec, limits::Limits};

/// A lock on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Locked {
    /// When and how it ends.
    pub end: LockEnd,
    /// What led to it.
    pub reason: LockReason,
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

/// What led to a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockReason {
    /// Consecutive wrong codes.
    Failures,
    /// Wrong codes of the last 30 days, however many right ones came between: one try an hour is left. The person
    /// does well to change the password, which somebody else seems to know.
    Budget,
}

impl LockReason {
    /// A stable name, such as `failures`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Budget => "budget",
        }
    }
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
    /// Failures of the last 365 days at least, by block of days, ascending.
    #[n(4)]
    blocks: Vec<Block>,
    /// The end of the last lock, if the budget of 30 days led to it.
    #[cbor(n(5), with = "codec::opt_time", has_nil)]
    budget_until: Option<UnixTime>,
}

#[derive(Encode, Decode)]
struct Day {
    /// Days since the Unix epoch.
    #[n(0)]
    day: i64,
    #[n(1)]
    failures: u32,
}

/// Days that are counted together, so that a year takes few bytes.
#[derive(Encode, Decode)]
struct Block {
    /// Blocks since the Unix epoch.
    #[n(0)]
    block: i64,
    #[n(1)]
    failures: u32,
}

impl Throttle {
    /// The lock in force at `now`, if there is one.
    pub(crate) fn lock(&self, now: UnixTime) -> Option<Locked> {
        if self.hard {
            return Some(Locked {
                end: LockEnd::Hard,
                reason: LockReason::Failures,
            });
        }
        let until = self.locked_until.filter(|until| now < *until)?;
        let reason = if self.budget_until == Some(until) {
            LockReason::Budget
        } else {
            LockReason::Failures
        };
        Some(Locked {
            end: LockEnd::At(until),
            reason,
        })
    }

    /// Charges one failure, and says what lock it leads to.
    pub(crate) fn charge(&mut self, limits: &Limits<'_>, now: UnixTime) -> Option<Locked> {
        self.failures = self.failures.saturating_add(1);
        self.count_day(now);
        self.count_block(now);
        if self.failures >= limits.hard_lock_after() {
            self.hard = true;
        }
        let beyond_budget = self.has_spent_budget(limits, now);
        let (ladder, budget) = (
            limits.ladder(self.failures),
            beyond_budget.then_some(BEYOND_BUDGET_SECONDS),
        );
        if let Some(length) = ladder.max(budget) {
            let until = now.saturating_add(length);
            self.locked_until = Some(until);
            self.budget_until = (budget > ladder).then_some(until);
        }
        self.lock(now)
    }

    /// No lock ends later than its own length from `now`, and no failure is of a day to come.
    pub(crate) fn clamp(&mut self, limits: &Limits<'_>, now: UnixTime) {
        let length = limits.ladder(self.failures).unwrap_or(0);
        let latest = now.saturating_add(length.max(BEYOND_BUDGET_SECONDS));
        self.locked_until = self.locked_until.map(|until| until.min(latest));
        self.budget_until = self.budget_until.map(|until| until.min(latest));
        let (today, block) = (day_of(now), block_of(now));
        for entry in &mut self.days {
            entry.day = entry.day.min(today);
        }
        for entry in &mut self.blocks {
            entry.block = entry.block.min(block);
        }
    }

    /// Wrong codes that remain before the next one locks, or one code is not looked at any more; at least 1 while
    /// the account is open.
    pub(crate) fn attempts_left(&self, limits: &Limits<'_>, now: UnixTime) -> u32 {
        let ladder = limits.first_lock_after().saturating_sub(self.failures);
        let hard = limits.hard_lock_after().saturating_sub(self.failures);
        let budget = limits.of_30_days().saturating_sub(self.spent_budget(now));
        let year = limits.of_the_year().saturating_sub(self.spent_year(now));
        ladder.min(hard).min(budget).min(year).max(1)
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

    /// The secrets that were guessed at are gone, and their failures with them; but whoever asked for that was not
    /// verified, so that those of the year stay.
    pub(crate) fn begin_anew(&mut self) {
        let blocks = core::mem::take(&mut self.blocks);
        *self = Self {
            blocks,
            ..Self::default()
        };
    }

    /// An administrator who knows the person lifts any lock and clears the consecutive failures.
    ///
    /// The budgets of 30 and of 365 days stay: who has made sure of the owner knows nothing of the guesser, and the secret that
    /// is being guessed is the same. A guesser who gets accounts unlocked by asking would have no bound at all.
    pub(crate) fn pardon(&mut self) {
        self.succeed();
        self.hard = false;
    }

    /// Whether so many codes of the last 30 days were wrong that one try an hour is left.
    pub(crate) fn has_spent_budget(&self, limits: &Limits<'_>, now: UnixTime) -> bool {
        self.spent_budget(now) >= limits.of_30_days()
    }

    /// Whether so many codes of the last 365 days were wrong that one code is not looked at.
    pub(crate) fn has_spent_year(&self, limits: &Limits<'_>, now: UnixTime) -> bool {
        self.spent_year(now) >= limits.of_the_year()
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

    fn count_block(&mut self, now: UnixTime) {
        let current = block_of(now);
        self.blocks.retain(|it| is_of_the_year(it.block, current));
        match self.blocks.iter_mut().find(|it| it.block == current) {
            Some(entry) => entry.failures = entry.failures.saturating_add(1),
            None => self.blocks.push(Block {
                block: current,
                failures: 1,
            }),
        }
    }

    /// Failures of the current block and those before it that hold a day of the last 365.
    fn spent_year(&self, now: UnixTime) -> u32 {
        let current = block_of(now);
        let blocks = self.blocks.iter();
        let of_the_year = blocks.filter(|it| is_of_the_year(it.block, current));
        of_the_year.fold(0, |sum, entry| sum.saturating_add(entry.failures))
    }

    /// Failures of today and the 30 days before it.
    fn spent_budget(&self, now: UnixTime) -> u32 {
        let today = day_of(now);
        let recent = self.days.iter().filter(|entry| is_recent(entry.day, today));
        recent.fold(0, |sum, entry| sum.saturating_add(entry.failures))
    }
}

const fn day_of(now: UnixTime) -> i64 {
    now.seconds().div_euclid(86_400)
}

const fn is_recent(day: i64, today: i64) -> bool {
    today.saturating_sub(day) <= BUDGET_DAYS
}

const fn block_of(now: UnixTime) -> i64 {
    day_of(now).div_euclid(DAYS_OF_A_BLOCK)
}

const fn is_of_the_year(block: i64, current: i64) -> bool {
    current.saturating_sub(block) <= BLOCKS_OF_A_YEAR
}

const BUDGET_DAYS: i64 = 30;
/// Five times 73 days are 365: with the current block, a year and at most 73 days are counted, in six numbers.
const DAYS_OF_A_BLOCK: i64 = 73;
const BLOCKS_OF_A_YEAR: i64 = 5;
const BEYOND_BUDGET_SECONDS: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::{LockEnd, LockReason, Locked, Throttle};
    use crate::{Issuer, Policy, Setting, UnixTime, limits::Limits};

    fn policy() -> Policy {
        Policy::new(Issuer::new("Acme").unwrap())
    }

    /// The bounds of an account with one authenticator that goes by time.
    fn limits(policy: &Policy) -> Limits<'_> {
        Limits::new(policy, 3)
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
            let left = throttle.attempts_left(&limits(&policy), now);
            assert_eq!(left, if failure < 5 { 6 - failure } else { 1 });
            let Some(Locked { end, reason }) = throttle.charge(&limits(&policy), now) else {
                lengths.push(0);
                continue;
            };
            assert_eq!(reason, LockReason::Failures);
            match end {
                LockEnd::At(until) => {
                    lengths.push(now.seconds_until(until));
                    assert!(throttle.lock(at(until.seconds() - 1)).is_some());
                    now = until;
                }
                LockEnd::Hard => lengths.push(u64::MAX),
            }
        }
        let mut expected = alloc::vec![0, 0, 0, 0, 30, 60, 300, 900];
        expected.extend([3_600; 11]);
        expected.push(u64::MAX);
        assert_eq!(lengths, expected);
        assert_eq!(
            throttle.lock(at(i64::MAX)),
            Some(Locked {
                end: LockEnd::Hard,
                reason: LockReason::Failures
            })
        );
    }

    #[test]
    fn c21_success_clears_the_count() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        for _ in 0..4 {
            assert_eq!(throttle.charge(&limits(&policy), at(0)), None);
        }
        throttle.succeed();
        assert_eq!(throttle.failures(), 0);
        assert_eq!(throttle.attempts_left(&limits(&policy), at(0)), 5);
    }

    #[test]
    fn a14_success_does_not_clear_the_budget_of_30_days() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        let day = 86_400;
        // Four failures a day, each day followed by the owner's success: no lock, until the budget is spent.
        for n in 0..25 {
            for _ in 0..4 {
                assert_eq!(throttle.lock(at(n * day)), None);
                throttle.charge(&limits(&policy), at(n * day));
            }
            throttle.succeed();
        }
        let now = at(25 * day);
        let lock = throttle.charge(&limits(&policy), now).unwrap();
        assert_eq!(lock.end, LockEnd::At(at(25 * day + 3_600)));
        assert_eq!(lock.reason, LockReason::Budget);
        throttle.succeed();
        assert_eq!(throttle.attempts_left(&limits(&policy), now), 1);
        // A day leaves the window 31 days later.
        assert_eq!(throttle.attempts_left(&limits(&policy), at(31 * day)), 3);
        assert_eq!(throttle.attempts_left(&limits(&policy), at(60 * day)), 5);
    }

    /// Guesses whenever the account is open, beside an owner who signs in whenever the next guess would lock.
    #[expect(clippy::arithmetic_side_effects, reason = "a test panics to fail")]
    fn guess_for(days: i64, policy: &Policy, live_codes: u32) -> (u32, Throttle, i64) {
        let limits = Limits::new(policy, live_codes);
        let mut throttle = Throttle::default();
        let (mut now, mut guesses) = (0_i64, 0_u32);
        while now < days * 86_400 && !throttle.has_spent_year(&limits, at(now)) {
            match throttle.lock(at(now)) {
                Some(Locked {
                    end: LockEnd::At(until),
                    ..
                }) => now = until.seconds(),
                Some(_) => break,
                None => {
                    if throttle.failures() + 1 == limits.hard_lock_after().min(5) {
                        throttle.succeed();
                    }
                    throttle.charge(&limits, at(now));
                    guesses += 1;
                    now += 1;
                }
            }
        }
        (guesses, throttle, now)
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many days for an interpreter")]
    fn a14_nothing_but_time_clears_the_budget_of_365_days() {
        let policy = policy();
        let (guesses, mut throttle, now) = guess_for(365, &policy, 3);
        assert_eq!(guesses, 300);
        let limits = limits(&policy);
        throttle.succeed();
        throttle.lift();
        throttle.pardon();
        throttle.begin_anew();
        assert_eq!(throttle.failures(), 0);
        assert_eq!(throttle.lock(at(now)), None);
        assert!(throttle.has_spent_year(&limits, at(now)));
        assert_eq!(throttle.attempts_left(&limits, at(now)), 1);
        // The last failure was less than nine days ago when the first was: both are in the same block, or in two.
        assert!(throttle.has_spent_year(&limits, at(365 * 86_400)));
        assert!(!throttle.has_spent_year(&limits, at((9 + 365 + 73) * 86_400)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many days for an interpreter")]
    fn a14_the_more_codes_are_live_the_fewer_guesses_a_year_has() {
        // An account can have ten authenticators with the widest window, whatever the policy of the day allows.
        let policy = policy().with(Setting::YearBudget, 1_000).unwrap();
        for live_codes in [1, 3, 11, 15, 23, 50, 210, 260] {
            let (guesses, _, _) = guess_for(10 * 365, &policy, live_codes);
            assert!(guesses > 0);
            // Not more than one chance in 200.
            assert!(guesses * live_codes * 200 <= 1_000_000, "{live_codes}");
            let hard = Limits::new(&policy, live_codes).hard_lock_after();
            assert!(hard > 0 && hard * live_codes * 1_000 <= 1_000_000);
        }
    }

    #[test]
    fn the_failures_of_years_take_few_bytes() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        for day in 0..4_000 {
            throttle.charge(&limits(&policy), at(1_800_000_000 + day * 86_400));
            throttle.pardon();
        }
        let blocks: u32 = throttle.blocks.iter().map(|it| it.failures).sum();
        assert!(throttle.blocks.len() <= 6 && (365..=438).contains(&blocks));
        let bytes = minicbor::to_vec(&throttle.blocks).unwrap();
        assert!(bytes.len() <= 40, "{}", bytes.len());
    }

    #[test]
    fn extremes_of_time_do_not_overflow() {
        let (policy, mut throttle) = (policy(), Throttle::default());
        for now in [i64::MIN, -1, 0, i64::MAX] {
            for _ in 0..3 {
                throttle.charge(&limits(&policy), at(now));
                let _ = throttle.attempts_left(&limits(&policy), at(now));
            }
        }
    }
}
