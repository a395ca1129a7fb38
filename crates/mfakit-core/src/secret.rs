//! The shared secret K of RFC 4226 §5.1.

use alloc::{boxed::Box, string::String};
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing, optimization_barrier};

use crate::{Algorithm, Base32Decoded, Base32Error, Base32Notes, base32};

/// The secret that an authenticator app and its verifier share: 10 to 128 bytes.
///
/// It is wiped from memory when dropped, shows nothing in `Debug`, and has neither `Display`, `PartialEq` nor `Clone`.
///
/// # Security
/// Who knows it can make codes for ever: store it sealed, and show it once, at setup. Wiping reaches the bytes
/// this value owns, not what the operating system swapped out or what the caller copied.
pub struct Secret {
    /// The bytes with zeros behind them, as HMAC takes a key (RFC 2104 §2).
    padded: Box<[u8; Self::MAX_LEN]>,
    len: usize,
}

impl Secret {
    /// The shortest secret that is imported, in bytes: what early apps and servers issued.
    pub const MIN_LEN: usize = 10;
    /// The longest secret, in bytes.
    pub const MAX_LEN: usize = 128;
    /// Below this many bytes a secret is weak: RFC 4226 §4 R6 requires 128 bits.
    pub const STRONG_LEN: usize = 16;

    /// A new secret, as long as the hash: 20, 32 or 64 bytes (RFC 6238 §5.1).
    ///
    /// # Errors
    /// Whatever `rng` fails with.
    pub fn generate<R: TryCryptoRng + ?Sized>(
        algorithm: Algorithm,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut secret = Self::zeros(algorithm.output_len());
        rng.try_fill_bytes(secret.bytes_mut())?;
        Ok(secret)
    }

    /// A secret that was issued elsewhere, by its bytes.
    ///
    /// Short ones are taken and marked weak: to refuse them would lock out the people who have them.
    ///
    /// # Errors
    /// [`SecretError::TooShort`] below 10 bytes, [`SecretError::TooLong`] above 128.
    pub fn import(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() < Self::MIN_LEN {
            return Err(SecretError::TooShort);
        }
        if bytes.len() > Self::MAX_LEN {
            return Err(SecretError::TooLong);
        }
        let mut secret = Self::zeros(bytes.len());
        secret.bytes_mut().copy_from_slice(bytes);
        Ok(secret)
    }

    /// A secret that was issued elsewhere, in Base32 as people have it: any case, with or without spaces,
    /// dashes and padding.
    ///
    /// # Errors
    /// [`SecretError`] if the text is not Base32 or the secret has not 10 to 128 bytes.
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        Self::from_base32_noting(text).map(|(secret, _)| secret)
    }

    /// Like [`from_base32`](Self::from_base32), and tells what was tolerated.
    ///
    /// # Errors
    /// As [`from_base32`](Self::from_base32).
    pub fn from_base32_noting(text: &str) -> Result<(Self, Base32Notes), SecretError> {
        let decoded = Base32Decoded::read(text).map_err(SecretError::Base32)?;
        Ok((Self::import(decoded.expose_secret())?, decoded.notes()))
    }

    /// Whether the secret is as long as RFC 4226 requires.
    #[must_use]
    pub fn strength(&self) -> Strength {
        if self.len < Self::STRONG_LEN {
            Strength::Weak
        } else {
            Strength::Strong
        }
    }

    /// The bytes.
    ///
    /// # Security
    /// Every call of this is a place where the secret can leak.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        self.padded.get(..self.len).unwrap_or_default()
    }

    /// The secret in Base32, in upper case without padding: what a person types into an app.
    ///
    /// # Security
    /// As [`expose_secret`](Self::expose_secret).
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        base32::encode(self.expose_secret())
    }

    /// A second copy of the secret in memory; not `Clone`, so that no copy is made unawares.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let mut copy = Self::zeros(self.len);
        copy.padded.copy_from_slice(&*self.padded);
        copy
    }

    /// The bytes and as many zeros behind them as make up the longest secret.
    pub(crate) fn padded(&self) -> &[u8; Self::MAX_LEN] {
        &self.padded
    }

    /// Made before the bytes are known, so that they never move and leave a copy behind.
    fn zeros(len: usize) -> Self {
        Self {
            padded: Box::new([0; Self::MAX_LEN]),
            len,
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.padded.get_mut(..self.len).unwrap_or_default()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.padded.fill(0);
        optimization_barrier(&*self.padded);
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Whether a secret is as long as RFC 4226 §4 R6 requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a secret is one or the other")]
pub enum Strength {
    /// At least 128 bits.
    Strong,
    /// Below 128 bits: fit to let its owner in, not to be issued (CVE-2024-8796).
    Weak,
}

/// Why a secret was refused; nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// It has fewer than 10 bytes.
    TooShort,
    /// It has more than 128 bytes.
    TooLong,
    /// The text is not Base32.
    Base32(Base32Error),
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("a secret takes at least 10 bytes"),
            Self::TooLong => f.write_str("a secret takes at most 128 bytes"),
            Self::Base32(_) => f.write_str("a secret must be valid base32"),
        }
    }
}

impl core::error::Error for SecretError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Base32(error) => Some(error),
            Self::TooShort | Self::TooLong => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{
        format,
        string::{String, ToString},
        vec::Vec,
    };
    use core::{convert::Infallible, error::Error, fmt};

    use rand_core::{TryCryptoRng, TryRng};

    use super::{Secret, SecretError, Strength};
    use crate::Algorithm;

    /// Counts up, or fails.
    struct Counting(Option<u8>);

    impl TryRng for Counting {
        type Error = fmt::Error;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Err(fmt::Error)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Err(fmt::Error)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            let next = self.0.as_mut().ok_or(fmt::Error)?;
            for byte in bytes {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Counting {}

    #[test]
    fn a_new_secret_is_as_long_as_the_hash_and_all_random() {
        for algorithm in Algorithm::ALL {
            let secret = Secret::generate(algorithm, &mut Counting(Some(7))).unwrap();
            let expected: Vec<u8> = (7..).take(algorithm.output_len()).collect();
            assert_eq!(secret.expose_secret(), expected);
            assert_eq!(secret.strength(), Strength::Strong);
        }
    }

    #[test]
    fn a16_failing_randomness_makes_no_secret() {
        let error = Secret::generate(Algorithm::Sha1, &mut Counting(None)).unwrap_err();
        assert_eq!(error, fmt::Error);
        let dynamic: &mut dyn TryCryptoRng<Error = fmt::Error> = &mut Counting(None);
        assert!(Secret::generate(Algorithm::Sha1, dynamic).is_err());
    }

    #[test]
    fn a15_short_secrets_are_weak_and_shorter_ones_refused() {
        let strength = |len| Secret::import(&[1; 256][..len]).map(|secret| secret.strength());
        assert_eq!(strength(0), Err(SecretError::TooShort));
        assert_eq!(strength(9), Err(SecretError::TooShort));
        assert_eq!(strength(10), Ok(Strength::Weak));
        assert_eq!(strength(15), Ok(Strength::Weak));
        assert_eq!(strength(16), Ok(Strength::Strong));
        assert_eq!(strength(128), Ok(Strength::Strong));
        assert_eq!(strength(129), Err(SecretError::TooLong));
    }

    #[test]
    fn a28_debug_and_errors_show_no_byte() {
        let secret = Secret::import(b"12345678901234567890").unwrap();
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
        let messages: Vec<String> = ["", "AAAAAAAAAAAAAAA1", &"A".repeat(256)]
            .map(|text| Secret::from_base32(text).unwrap_err().to_string())
            .into();
        assert_eq!(
            messages,
            [
                "a secret takes at least 10 bytes",
                "a secret must be valid base32",
                "a secret takes at most 128 bytes"
            ]
        );
        let error = Secret::from_base32("AAAAAAAAAAAAAAA1").unwrap_err();
        assert!(error.source().is_some());
    }

    #[test]
    fn base32_round_trips() {
        let secret = Secret::from_base32("gezd gnbv-gy3t qojq gezd gnbv gy3t qojq===").unwrap();
        assert_eq!(secret.expose_secret(), b"12345678901234567890");
        assert_eq!(
            secret.to_base32().as_str(),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        assert_eq!(secret.duplicate().expose_secret(), secret.expose_secret());
    }

    #[test]
    fn infallible_randomness_needs_no_error_handling() {
        struct Zero;
        impl TryRng for Zero {
            type Error = Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Infallible> {
                Ok(0)
            }
            fn try_next_u64(&mut self) -> Result<u64, Infallible> {
                Ok(0)
            }
            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
                bytes.fill(0);
                Ok(())
            }
        }
        impl TryCryptoRng for Zero {}
        let Ok(secret) = Secret::generate(Algorithm::Sha512, &mut Zero);
        assert_eq!(secret.expose_secret(), [0; 64]);
    }
}
