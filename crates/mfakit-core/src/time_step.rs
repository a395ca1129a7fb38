//! The time step T of RFC 6238 §4.2.

use crate::{Period, UnixTime};

/// The number of whole periods since 1970 (RFC 6238 §4.2 with T0 = 0), the moving factor of TOTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeStep(u64);

impl TimeStep {
    /// The time step with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    pub(crate) const fn number_mut(&mut self) -> &mut u64 {
        &mut self.0
    }

    /// The time step at `time`, or `None` before 1970.
    ///
    /// T is the 8-byte counter of RFC 4226 §5.1, which has no negative values: read as unsigned, a step
    /// before T0 would land near 2^64, and once it is stored as accepted no honest step could follow.
    #[must_use]
    pub fn at(time: UnixTime, period: Period) -> Option<Self> {
        let seconds = u64::try_from(time.seconds()).ok()?;
        // A period is never 0.
        seconds.checked_div(u64::from(period.seconds())).map(Self)
    }

    /// The first second of this step, or the end of time if it lies beyond.
    #[must_use]
    pub fn start(self, period: Period) -> UnixTime {
        let seconds = self.0.saturating_mul(u64::from(period.seconds()));
        UnixTime::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The step after this one, or `None` after 2^64 - 1.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The step before this one, or `None` before 0.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeStep;
    use crate::{Period, UnixTime};

    fn at(seconds: i64) -> Option<u64> {
        TimeStep::at(UnixTime::from_seconds(seconds), Period::THIRTY).map(TimeStep::number)
    }

    #[test]
    fn steps_count_from_1970() {
        assert_eq!(at(0), Some(0));
        assert_eq!(at(29), Some(0));
        assert_eq!(at(30), Some(1));
        assert_eq!(at(59), Some(1)); // The example of RFC 6238 §4.2.
        assert_eq!(at(60), Some(2));
        assert_eq!(at(253_402_300_799), Some(8_446_743_359)); // The last second of the year 9999.
        assert_eq!(at(i64::MAX), Some(i64::MAX.unsigned_abs() / 30));
    }

    #[test]
    fn there_is_no_step_before_1970() {
        assert_eq!(at(-1), None);
        assert_eq!(at(i64::MIN), None);
    }

    #[test]
    fn start_saturates() {
        let start = |number| TimeStep::new(number).start(Period::THIRTY).seconds();
        assert_eq!(start(0), 0);
        assert_eq!(start(2), 60);
        assert_eq!(start(u64::MAX), i64::MAX);
        assert_eq!(start(u64::MAX / 30), i64::MAX);
    }

    #[test]
    fn steps_never_wrap() {
        assert_eq!(TimeStep::new(u64::MAX).next(), None);
        assert_eq!(TimeStep::new(0).previous(), None);
        assert_eq!(TimeStep::new(7).next(), Some(TimeStep::new(8)));
        assert_eq!(TimeStep::new(7).previous(), Some(TimeStep::new(6)));
    }
}
