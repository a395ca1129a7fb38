//! How many decimal digits a code has (RFC 4226 §4 R4).

use core::fmt;

/// The length of a code: 6, 7 or 8 digits.
///
/// RFC 4226 §5.3 asks for at least 6; beyond 8 the 31 bits of the truncation would show
/// as leading digits that are rarely other than 0, 1 and 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digits(u8);

impl Digits {
    /// Six digits: the default of the key URI format, and what every app shows.
    pub const SIX: Self = Self(6);
    /// Seven digits.
    pub const SEVEN: Self = Self(7);
    /// Eight digits.
    pub const EIGHT: Self = Self(8);

    /// Codes of `digits` digits.
    ///
    /// # Errors
    /// [`DigitsError`] if `digits` is not 6, 7 or 8.
    pub const fn new(digits: u8) -> Result<Self, DigitsError> {
        match digits {
            6..=8 => Ok(Self(digits)),
            _ => Err(DigitsError),
        }
    }

    /// The number of digits.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The last digits of a truncated number: `Snum mod 10^Digit` (RFC 4226 §5.3, step 3).
    ///
    /// The divisors are constants, so that compilers multiply: a division by a variable takes a time
    /// that depends on the number, which is secret. Which arm runs depends on the digits, which are not.
    pub(crate) const fn reduce(self, number: u32) -> u32 {
        match self.0 {
            8 => number % 100_000_000,
            7 => number % 10_000_000,
            _ => number % 1_000_000,
        }
    }
}

/// A code takes 6, 7 or 8 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DigitsError;

impl fmt::Display for DigitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a code takes 6, 7 or 8 digits")
    }
}

impl core::error::Error for DigitsError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Digits;

    #[test]
    fn only_six_to_eight_are_digits() {
        for digits in 0..=u8::MAX {
            let made = Digits::new(digits).map(Digits::get);
            assert_eq!(made.ok(), (6..=8).contains(&digits).then_some(digits));
        }
        assert_eq!(
            Digits::new(10).unwrap_err().to_string(),
            "a code takes 6, 7 or 8 digits"
        );
    }

    #[test]
    fn reduce_keeps_the_last_digits() {
        // The largest number of 31 bits.
        assert_eq!(Digits::SIX.reduce(2_147_483_647), 483_647);
        assert_eq!(Digits::SEVEN.reduce(2_147_483_647), 7_483_647);
        assert_eq!(Digits::EIGHT.reduce(2_147_483_647), 47_483_647);
    }
}
