//! The code a person types, read once and in one place.
//!
//! ```abnf
//! text   = *(DIGIT / SP / "-")     ; at most 64 bytes, with exactly as many digits as the authenticator has
//! ```
//!
//! Only ASCII: full-width or Arabic-Indic digits, signs, exponents and line ends are refused, so that one code
//! has one value (CVE-2025-55000, CVE-2025-55003 and CVE-2025-6014 are replays through looser reading).

use alloc::string::String;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Digits, mask::Mask};

/// A one-time password of a known number of digits.
///
/// It shows nothing in `Debug`, has no `PartialEq`, and is wiped from memory when dropped; a verifier compares
/// it in constant time.
pub struct Code {
    number: u32,
    digits: Digits,
}

impl Code {
    /// The longest text that is looked at, in bytes.
    pub const MAX_TEXT_LEN: usize = 64;

    /// Reads what a person typed: spaces and hyphens are dropped, then exactly `digits` ASCII digits must be left.
    ///
    /// # Errors
    /// [`CodeShapeError`]: to whoever checks codes a text of the wrong shape is a mismatch. It costs no attempt,
    /// since nothing was guessed.
    pub fn parse(text: &str, digits: Digits) -> Result<Self, CodeShapeError> {
        if text.len() > Self::MAX_TEXT_LEN {
            return Err(CodeShapeError::TooLong);
        }
        let mut code = Self { number: 0, digits };
        let mut read: u8 = 0;
        for byte in text.bytes() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                if matches!(byte, b' ' | b'-') {
                    continue;
                }
                return Err(CodeShapeError::WrongCharacter);
            }
            if read == digits.get() {
                return Err(CodeShapeError::WrongLength { digits });
            }
            read = read.saturating_add(1);
            // At most 8 digits, so this saturates never.
            code.number = code.number.saturating_mul(10).saturating_add(digit.into());
        }
        if read != digits.get() {
            return Err(CodeShapeError::WrongLength { digits });
        }
        Ok(code)
    }

    /// The code of a truncated number (RFC 4226 §5.3, step 3).
    pub(crate) const fn from_truncated(number: u32, digits: Digits) -> Self {
        Self {
            number: digits.reduce(number),
            digits,
        }
    }

    /// How many digits it has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The code as an authenticator shows it, with its leading zeros: for tools on the prover's side.
    ///
    /// # Security
    /// A verifier has no use for this.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(8));
        let mut divisor = 10_u32.saturating_pow(u32::from(self.digits.get()).saturating_sub(1));
        while divisor > 0 {
            let digit = self.number.checked_div(divisor).unwrap_or(0) % 10;
            text.extend(char::from_digit(digit, 10));
            divisor /= 10;
        }
        text
    }

    /// Whether this is the code of `truncated`, in a time that does not depend on either.
    pub(crate) fn is_of(&self, truncated: u32, digits: Digits) -> Mask {
        // Secret: both numbers. Not secret: how many digits either has; none of the numbers has bit 32.
        let other_digits = u64::from(self.digits != digits) << 32;
        let number = u64::from(digits.reduce(truncated)) | other_digits;
        Mask::of_same(u64::from(self.number), number)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.number.zeroize();
    }
}

impl ZeroizeOnDrop for Code {}

/// Why a text can't be a code; the text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeShapeError {
    /// The text is longer than 64 bytes.
    TooLong,
    /// A character is neither an ASCII digit, a space nor a hyphen.
    WrongCharacter,
    /// There are fewer or more digits than the code has.
    WrongLength {
        /// How many it takes.
        digits: Digits,
    },
}

impl fmt::Display for CodeShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("a code takes at most 64 bytes of text"),
            Self::WrongCharacter => f.write_str("a code takes the digits 0 to 9 only"),
            Self::WrongLength { digits } => write!(f, "a code takes {} digits", digits.get()),
        }
    }
}

impl core::error::Error for CodeShapeError {}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};
    use core::mem::ManuallyDrop;

    use mfakit_memcheck::left_behind;

    use super::{Code, CodeShapeError};
    use crate::Digits;

    #[test]
    fn exposes_leading_zeros() {
        for (text, digits) in [
            ("000000", Digits::SIX),
            ("0123456", Digits::SEVEN),
            ("00000007", Digits::EIGHT),
        ] {
            assert_eq!(Code::parse(text, digits).unwrap().expose().as_str(), text);
        }
        assert_eq!(
            Code::from_truncated(2_147_483_647, Digits::SIX)
                .expose()
                .as_str(),
            "483647"
        );
    }

    #[test]
    fn a_code_of_other_digits_is_not_the_same() {
        let six = Code::parse("000042", Digits::SIX).unwrap();
        assert!(six.is_of(42, Digits::SIX).reveal());
        assert!(!six.is_of(42, Digits::SEVEN).reveal());
        assert!(!six.is_of(43, Digits::SIX).reveal());
    }

    #[test]
    fn a28_debug_and_errors_show_no_digit() {
        let code = Code::parse("314159", Digits::SIX).unwrap();
        assert_eq!(format!("{code:?}"), "Code(..)");
        let message = |text: &str| Code::parse(text, Digits::EIGHT).unwrap_err().to_string();
        assert_eq!(message("314159"), "a code takes 8 digits");
        assert_eq!(message("x314159"), "a code takes the digits 0 to 9 only");
        assert_eq!(
            message(&"3".repeat(65)),
            "a code takes at most 64 bytes of text"
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "an interpreter knows no assembly")]
    fn a28_a_code_that_is_dropped_leaves_no_digit() {
        let code = || Code::parse("31415926", Digits::EIGHT).unwrap();
        let number = 31_415_926_u32.to_ne_bytes();
        let shows = |bytes: &[u8]| bytes.windows(4).any(|part| part == number);
        assert!(shows(&left_behind(ManuallyDrop::new(code()))));
        assert!(!shows(&left_behind(code())));
    }

    #[test]
    fn text_is_bounded_before_it_is_read() {
        let spaces = |count| Code::parse(&(" ".repeat(count) + "314159"), Digits::SIX).map(drop);
        assert_eq!(spaces(58), Ok(()));
        assert_eq!(spaces(59), Err(CodeShapeError::TooLong));
    }
}
