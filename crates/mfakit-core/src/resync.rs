//! Resynchronization by two consecutive codes (RFC 4226 §7.4, RFC 6238 §6), for authenticators that left the window.
//!
//! Two codes are as hard to guess as one of twice the length, so that they may be looked for much farther away than
//! one. Both must be later than the last accepted, and both are used up: without that, whoever has seen two
//! codes could send them again (CVE-2019-12887).

use core::{fmt, ops::RangeInclusive};

use crate::{
    Code, Counter, Digits, Hotp, TimeStep, Totp, UnixTime, VerifyError,
    hotp::AcceptedCounter,
    mac::Mac,
    mask::Mask,
    scan::{Answers, Found},
};

/// How far away two consecutive codes are looked for.
///
/// For TOTP these are time steps before and after the current one, for HOTP counters from the next one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResyncWindow(u16);

impl ResyncWindow {
    /// 120 moving factors: with steps of 30 seconds, an hour either way, as much as a wrong time zone.
    pub const DEFAULT: Self = Self(120);
    /// The most moving factors: RFC 4226 §7.4 asks for a bound.
    pub const MAX: u16 = 500;

    /// `moving_factors` on each side that is looked at.
    ///
    /// # Errors
    /// [`ResyncWindowError`] if it is 0 or above 500.
    pub const fn new(moving_factors: u16) -> Result<Self, ResyncWindowError> {
        match moving_factors {
            1..=Self::MAX => Ok(Self(moving_factors)),
            _ => Err(ResyncWindowError),
        }
    }

    /// The number of moving factors.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for ResyncWindow {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A resynchronization looks 1 to 500 moving factors away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResyncWindowError;

impl fmt::Display for ResyncWindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resynchronization looks 1 to 500 moving factors away")
    }
}

impl core::error::Error for ResyncWindowError {}

/// Proof that two codes were right for two consecutive time steps that were not used up.
///
/// It can be neither made nor copied outside this crate.
#[derive(Debug)]
#[must_use = "both codes work again until the step is stored"]
pub struct Resynchronized {
    now: TimeStep,
    step: TimeStep,
}

impl Resynchronized {
    /// The step the second code was for.
    #[must_use]
    pub const fn step(&self) -> TimeStep {
        self.step
    }

    /// The step the second code was for, to be stored as the last accepted one: it uses up both codes.
    #[must_use]
    pub const fn into_step(self) -> TimeStep {
        self.step
    }

    /// How many steps the authenticator is ahead of the verifier's clock; negative if it is behind (RFC 6238 §6).
    #[must_use]
    pub fn delta(&self) -> i16 {
        let delta = i128::from(self.step.number()).wrapping_sub(self.now.number().into());
        // INVARIANT: no window is wider than an i16.
        i16::try_from(delta).unwrap_or(0)
    }
}

impl Totp {
    /// Finds the two consecutive time steps that two codes are for, the whole window being computed in any case.
    ///
    /// `last_accepted` is what it is for [`verify`](Self::verify): a pair counts only if both its steps are above.
    ///
    /// # Security
    /// As for [`verify`](Self::verify): the step must be stored before anybody is let in.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if the codes are right, but the first is used up;
    /// [`VerifyError::Mismatch`] if they are no consecutive codes of the window, or `at` is before 1970.
    pub fn resynchronize(
        &self,
        first: &Code,
        second: &Code,
        at: UnixTime,
        window: ResyncWindow,
        last_accepted: Option<TimeStep>,
    ) -> Result<Resynchronized, VerifyError> {
        let Some(now) = self.time_step(at) else {
            return Err(VerifyError::Mismatch);
        };
        let steps = u64::from(window.get());
        let range = now.number().saturating_sub(steps)..=now.number().saturating_add(steps);
        let pair = Pair { first, second };
        let mut answers = Answers::with(Resynchronized { now, step: now });
        let answers = answers.written();
        let found = pair.scan(self.mac(), self.parameters().digits, range, |step| {
            last_accepted < Some(TimeStep::new(step))
        });
        found.answer(answers, |it| it.step.number_mut())
    }
}

impl Hotp {
    /// Finds the two consecutive counters, from `next_counter` on, that two codes are for.
    ///
    /// The answer names the second one: the counter after it is the one to store.
    ///
    /// # Security
    /// As for [`verify`](Self::verify): the counter must be stored before anybody is let in.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if the codes are right, but the first is one of the last two before `next_counter`;
    /// [`VerifyError::Mismatch`] if they are no consecutive codes of the window.
    pub fn resynchronize(
        &self,
        first: &Code,
        second: &Code,
        next_counter: Counter,
        window: ResyncWindow,
    ) -> Result<AcceptedCounter, VerifyError> {
        let next = next_counter.number();
        let range = next.saturating_sub(2)..=next.saturating_add(window.get().into());
        let pair = Pair { first, second };
        let mut answers = Answers::with(AcceptedCounter::of(next_counter));
        let answers = answers.written();
        let found = pair.scan(self.mac(), self.digits(), range, |counter| counter >= next);
        found.answer(answers, AcceptedCounter::number_mut)
    }
}

/// Two codes, in the order in which they were shown.
struct Pair<'a> {
    first: &'a Code,
    second: &'a Code,
}

impl Pair<'_> {
    /// Finds the moving factor of the second code; the latest, if there are several.
    ///
    /// Not inlined, so that its instructions can be counted: they are the same, whatever matches.
    #[inline(never)]
    fn scan(
        &self,
        mac: &Mac,
        digits: Digits,
        range: RangeInclusive<u64>,
        is_fresh: impl Fn(u64) -> bool,
    ) -> Found {
        // Secret: whether the first code was right for the factor before. Not secret: whether that factor is fresh.
        let mut after_first = Mask::NO;
        let mut after_fresh = false;
        let mut found = Found::nothing();
        mac.for_each(range, |factor, truncated| {
            let second = self.second.is_of(truncated, digits);
            found.note(factor, after_first & second, after_fresh);
            after_first = self.first.is_of(truncated, digits);
            after_fresh = is_fresh(factor);
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::ResyncWindow;

    #[test]
    fn the_window_is_bounded() {
        for wrong in [0, 501, u16::MAX] {
            assert_eq!(
                ResyncWindow::new(wrong).unwrap_err().to_string(),
                "a resynchronization looks 1 to 500 moving factors away"
            );
        }
        assert_eq!(ResyncWindow::new(500).map(ResyncWindow::get), Ok(500));
        assert_eq!(ResyncWindow::default().get(), 120);
    }
}
