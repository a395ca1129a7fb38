//! Instants: seconds since the Unix epoch, passed in by the caller.

use core::fmt;

/// An instant in whole seconds since 1970-01-01T00:00:00Z, without leap seconds; negative before it.
///
/// RFC 6238 §4.2 asks for a time wider than 32 bits. Arithmetic saturates at the ends of the range,
/// so that a clock gone wild shows as a refusal and never as an overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The instant `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The instant `seconds` later, or the end of the range.
    #[must_use]
    pub const fn saturating_add(self, seconds: u32) -> Self {
        Self(self.0.saturating_add_unsigned(widen(seconds)))
    }

    /// The instant `seconds` earlier, or the start of the range.
    #[must_use]
    pub const fn saturating_sub(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub_unsigned(widen(seconds)))
    }

    /// Whole seconds from `self` until `later`; 0 if `later` has passed.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}

impl fmt::Debug for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixTime({})", self.0)
    }
}

#[expect(
    clippy::as_conversions,
    reason = "`u64::from` is not const yet, and widening loses nothing"
)]
const fn widen(seconds: u32) -> u64 {
    seconds as u64
}

#[cfg(test)]
mod tests {
    use super::UnixTime;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(
            UnixTime::from_seconds(i64::MAX).saturating_add(1).seconds(),
            i64::MAX
        );
        assert_eq!(
            UnixTime::from_seconds(i64::MIN).saturating_sub(1).seconds(),
            i64::MIN
        );
        assert_eq!(UnixTime::from_seconds(-5).saturating_add(7).seconds(), 2);
    }

    #[test]
    fn seconds_until_the_past_are_none() {
        let (early, late) = (UnixTime::from_seconds(i64::MIN), UnixTime::from_seconds(10));
        assert_eq!(late.seconds_until(early), 0);
        assert_eq!(UnixTime::from_seconds(4).seconds_until(late), 6);
    }
}
