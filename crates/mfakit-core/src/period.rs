//! The time-step size X of RFC 6238 §4.1, `period` in an `otpauth` URI.

use core::fmt;

/// How long one time step lasts: 15 to 120 seconds.
///
/// Longer than two minutes is refused by NIST SP 800-63B-4 §3.1.4.1; below 15 s a person can't type in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period(u16);

impl Period {
    /// 30 seconds: the default of RFC 6238 §4.1.
    pub const THIRTY: Self = Self(30);
    /// The shortest period, in seconds.
    pub const MIN_SECONDS: u16 = 15;
    /// The longest period, in seconds.
    pub const MAX_SECONDS: u16 = 120;

    /// Time steps of `seconds` seconds.
    ///
    /// # Errors
    /// [`PeriodError`] if `seconds` is below 15 or above 120.
    pub const fn new(seconds: u16) -> Result<Self, PeriodError> {
        match seconds {
            Self::MIN_SECONDS..=Self::MAX_SECONDS => Ok(Self(seconds)),
            _ => Err(PeriodError),
        }
    }

    /// The length of a time step in seconds; never 0.
    #[must_use]
    pub const fn seconds(self) -> u16 {
        self.0
    }
}

/// A period takes 15 to 120 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeriodError;

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a period takes 15 to 120 seconds")
    }
}

impl core::error::Error for PeriodError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Period;

    #[test]
    fn the_range_is_kept() {
        for seconds in [0, 14, 121, u16::MAX] {
            assert_eq!(
                Period::new(seconds).unwrap_err().to_string(),
                "a period takes 15 to 120 seconds"
            );
        }
        for seconds in [15, 30, 60, 120] {
            assert_eq!(Period::new(seconds).unwrap().seconds(), seconds);
        }
    }
}
