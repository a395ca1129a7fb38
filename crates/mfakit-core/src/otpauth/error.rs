//! Why an `otpauth://` URI was refused.

use core::fmt;

use super::KeyUriAlgorithm;
use crate::{Base32Error, SecretError};

/// Why a text is not an `otpauth://` URI; nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseUriError {
    /// It is longer than 4,096 bytes.
    TooLong,
    /// It does not start with `otpauth://`.
    Scheme,
    /// Its type is neither `totp` nor `hotp`.
    Type,
    /// A `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    PercentEncoding,
    /// It holds a NUL.
    Nul,
    /// A parameter occurs twice with different values.
    RepeatedParameter,
    /// There is no secret, or it is empty.
    MissingSecret,
    /// The secret is not Base32.
    Secret(Base32Error),
    /// The algorithm is not known; it is never taken for SHA-1.
    Algorithm,
    /// The digits are not a number from 1 to 10.
    Digits,
    /// The period is not a number from 1 to 2^32 - 1.
    Period,
    /// The counter is not a number from 0 to 2^64 - 1.
    Counter,
}

impl fmt::Display for ParseUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "an otpauth uri takes at most 4096 bytes",
            Self::Scheme => "an otpauth uri starts with `otpauth://`",
            Self::Type => "the type of an otpauth uri is `totp` or `hotp`",
            Self::PercentEncoding => "the percent-encoding of the uri is broken",
            Self::Nul => "the uri holds a nul character",
            Self::RepeatedParameter => "a parameter of the uri has two values",
            Self::MissingSecret => "the uri has no secret",
            Self::Secret(_) => "the secret of the uri must be valid base32",
            Self::Algorithm => "the algorithm of the uri is not known",
            Self::Digits => "the digits of the uri must be a number from 1 to 10",
            Self::Period => "the period of the uri must be a number of seconds from 1",
            Self::Counter => "the counter of the uri must be a number",
        })
    }
}

impl core::error::Error for ParseUriError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Secret(error) => Some(error),
            _ => None,
        }
    }
}

/// Why what a URI describes can't be verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsupportedUriError {
    /// It is a counter-based authenticator where a time-based one was asked for, or the other way round.
    MovingFactor,
    /// The secret has not 10 to 128 bytes.
    Secret(SecretError),
    /// The algorithm is none of those of RFC 6238.
    Algorithm {
        /// The algorithm.
        algorithm: KeyUriAlgorithm,
    },
    /// A code has not 6 to 8 digits.
    Digits {
        /// How many it has.
        digits: u8,
    },
    /// A time step does not last 15 to 120 seconds.
    Period {
        /// How long it lasts.
        seconds: u32,
    },
}

impl fmt::Display for UnsupportedUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MovingFactor => f.write_str("the uri is of the other type, `totp` or `hotp`"),
            Self::Secret(_) => f.write_str("the secret of the uri can't be used"),
            Self::Algorithm { algorithm } => {
                write!(f, "the algorithm `{}` is not supported", algorithm.name())
            }
            Self::Digits { digits } => write!(f, "codes of {digits} digits are not supported"),
            Self::Period { seconds } => {
                write!(f, "a period of {seconds} seconds is not supported")
            }
        }
    }
}

impl core::error::Error for UnsupportedUriError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Secret(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use core::error::Error;

    use super::{ParseUriError, UnsupportedUriError};
    use crate::{Base32Error, KeyUriAlgorithm, SecretError};

    #[test]
    fn messages_say_what_is_at_fault() {
        let error = ParseUriError::Secret(Base32Error::TooLong);
        assert_eq!(
            error.to_string(),
            "the secret of the uri must be valid base32"
        );
        assert!(error.source().is_some());
        let message = |error: UnsupportedUriError| error.to_string();
        assert_eq!(
            message(UnsupportedUriError::Algorithm {
                algorithm: KeyUriAlgorithm::Md5
            }),
            "the algorithm `MD5` is not supported"
        );
        assert_eq!(
            message(UnsupportedUriError::Digits { digits: 10 }),
            "codes of 10 digits are not supported"
        );
        assert_eq!(
            message(UnsupportedUriError::Period { seconds: 5 }),
            "a period of 5 seconds is not supported"
        );
        assert!(
            UnsupportedUriError::Secret(SecretError::TooShort)
                .source()
                .is_some()
        );
    }
}
