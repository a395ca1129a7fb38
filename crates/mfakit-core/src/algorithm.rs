//! The hash under the HMAC of a one-time password (RFC 6238 §1.2).

/// The hash function of an authenticator.
///
/// Exhaustive: RFC 6238 §1.2 names these three and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6238 §1.2 names these three and no more"
)]
pub enum Algorithm {
    /// HMAC-SHA-1: the default, and the only one every authenticator app computes.
    ///
    /// HMAC does not rest on collision resistance, so the attacks on SHA-1 do not reach it (RFC 4226 App. B.2).
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The length of the hash in bytes; a new secret has this length (RFC 6238 §5.1, RFC 4226 §4 R6).
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The name in the `algorithm` parameter of an `otpauth` URI (key URI format).
    #[must_use]
    pub const fn key_uri_name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// The number kept in stored documents; it never changes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Sha1 => 1,
            Self::Sha256 => 2,
            Self::Sha512 => 3,
        }
    }

    /// The algorithm with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::Algorithm;

    #[test]
    fn stored_numbers_never_change() {
        assert_eq!(Algorithm::ALL.map(Algorithm::number), [1, 2, 3]);
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_number(algorithm.number()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_number(0), None);
        assert_eq!(Algorithm::from_number(4), None);
    }
}
