//! `otpauth://` URIs (the key URI format of Google Authenticator): how a secret gets into an app.
//!
//! What is built, by [`OtpAuthUri::to_uri`]:
//!
//! ```abnf
//! uri        = "otpauth://" ("totp" / "hotp") "/" label "?secret=" 1*symbol *("&" name "=" [text])
//! label      = [[text] ":"] [text]                 ; issuer, which is the issuer parameter too, and account name
//! name       = "issuer" / "algorithm" / "digits" / "period" / "counter" / text
//! text       = 1*(unreserved / "%" 2HEXDIG)        ; RFC 3986 §2.3; a space is %20, since some apps show a "+" as it is
//! symbol     = %x41-5A / %x32-37                   ; RFC 4648 §6 without padding
//! ```
//!
//! The issuer stands both before the label's colon and as a parameter, with the same text: old apps read the one,
//! new apps the other. Parameters that have their default are left out unless asked for: the QR code is smaller
//! and scans from farther away, and every app assumes the same defaults.
//!
//! What is read, by [`OtpAuthUri::parse`], is wider, and each thing tolerated is told in an [`OtpAuthNote`];
//! the grammar and the choices stand in `otpauth/parse.rs`. What is read may be more than [`Totp`] or [`Hotp`] verify:
//! [`OtpAuthUri::to_totp`] and [`OtpAuthUri::to_hotp`] say what does not fit.

use alloc::{string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

use crate::{
    AccountName, Algorithm, Counter, Digits, Hotp, Issuer, Period, Secret, Totp, TotpParameters,
};

mod build;
mod error;
mod note;
mod parse;
pub(crate) mod percent;

pub use error::{ParseUriError, UnsupportedUriError};
pub use note::OtpAuthNote;

/// The longest URI that is read, in bytes.
pub(crate) const MAX_URI_LEN: usize = 4096;
const DEFAULT_DIGITS: u8 = 6;
pub(crate) const DEFAULT_PERIOD: u32 = 30;

/// What an authenticator app needs to know to show codes.
///
/// # Security
/// It holds the shared secret and shows it only in [`to_uri`](Self::to_uri) and [`expose_secret`](Self::expose_secret).
/// Make the QR code where the URI is made, never with somebody else's service.
pub struct OtpAuthUri {
    issuer: Option<String>,
    account: String,
    secret: Zeroizing<Vec<u8>>,
    algorithm: KeyUriAlgorithm,
    digits: u8,
    moving_factor: MovingFactor,
    kept_aside: Vec<(String, String)>,
    notes: Vec<OtpAuthNote>,
    defaults_written: bool,
}

impl OtpAuthUri {
    /// The URI that sets up `totp` in an app, under the names that the app will show.
    #[must_use]
    pub fn totp(issuer: &Issuer, account: &AccountName, totp: &Totp) -> Self {
        let TotpParameters {
            algorithm,
            digits,
            period,
        } = totp.parameters();
        let moving_factor = MovingFactor::Time {
            period: period.seconds().into(),
        };
        Self::strict(
            issuer,
            account,
            totp.secret(),
            algorithm,
            digits,
            moving_factor,
        )
    }

    /// The URI that sets up `hotp` in an app, starting at `counter`.
    #[must_use]
    pub fn hotp(issuer: &Issuer, account: &AccountName, hotp: &Hotp, counter: Counter) -> Self {
        let moving_factor = MovingFactor::Counter {
            counter: counter.number(),
        };
        Self::strict(
            issuer,
            account,
            hotp.secret(),
            hotp.algorithm(),
            hotp.digits(),
            moving_factor,
        )
    }

    /// Writes algorithm, digits and period even where they have their default, for an app that needs to see them.
    #[must_use]
    pub fn with_defaults_written(mut self) -> Self {
        self.defaults_written = true;
        self
    }

    /// The TOTP authenticator that the URI describes.
    ///
    /// # Errors
    /// [`UnsupportedUriError`], naming what does not fit.
    pub fn to_totp(&self) -> Result<Totp, UnsupportedUriError> {
        let MovingFactor::Time { period } = self.moving_factor else {
            return Err(UnsupportedUriError::MovingFactor);
        };
        let period = u16::try_from(period)
            .ok()
            .and_then(|seconds| Period::new(seconds).ok())
            .ok_or(UnsupportedUriError::Period { seconds: period })?;
        let (secret, algorithm, digits) = self.checked()?;
        Ok(Totp::new(secret, algorithm, digits, period))
    }

    /// The HOTP authenticator that the URI describes, and where its counter stands.
    ///
    /// # Errors
    /// [`UnsupportedUriError`], naming what does not fit.
    pub fn to_hotp(&self) -> Result<(Hotp, Counter), UnsupportedUriError> {
        let MovingFactor::Counter { counter } = self.moving_factor else {
            return Err(UnsupportedUriError::MovingFactor);
        };
        let (secret, algorithm, digits) = self.checked()?;
        Ok((Hotp::new(secret, algorithm, digits), Counter::new(counter)))
    }

    /// The site's name; never empty.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The person's name, empty if the URI has none.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The bytes of the secret, at least one.
    ///
    /// # Security
    /// Every call of this is a place where the secret can leak.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.secret
    }

    /// The hash under the HMAC.
    #[must_use]
    pub const fn algorithm(&self) -> KeyUriAlgorithm {
        self.algorithm
    }

    /// How long a code is: 1 to 10 digits.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// What makes one code differ from the next.
    #[must_use]
    pub const fn moving_factor(&self) -> MovingFactor {
        self.moving_factor
    }

    /// Parameters that the format does not know, or that mean nothing for this type, by name and value.
    pub fn kept_aside(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kept_aside
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What was tolerated in reading the URI, each thing once; nothing if it was made here.
    #[must_use]
    pub fn notes(&self) -> &[OtpAuthNote] {
        &self.notes
    }

    fn strict(
        issuer: &Issuer,
        account: &AccountName,
        secret: &Secret,
        algorithm: Algorithm,
        digits: Digits,
        moving_factor: MovingFactor,
    ) -> Self {
        Self {
            issuer: Some(issuer.as_str().into()),
            account: account.as_str().into(),
            secret: Zeroizing::new(secret.expose_secret().into()),
            algorithm: algorithm.into(),
            digits: digits.get(),
            moving_factor,
            kept_aside: Vec::new(),
            notes: Vec::new(),
            defaults_written: false,
        }
    }

    fn checked(&self) -> Result<(Secret, Algorithm, Digits), UnsupportedUriError> {
        let algorithm = self
            .algorithm
            .verifiable()
            .ok_or(UnsupportedUriError::Algorithm {
                algorithm: self.algorithm,
            })?;
        let digits = Digits::new(self.digits).map_err(|_| UnsupportedUriError::Digits {
            digits: self.digits,
        })?;
        let secret = Secret::import(&self.secret).map_err(UnsupportedUriError::Secret)?;
        Ok((secret, algorithm, digits))
    }
}

impl fmt::Debug for OtpAuthUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtpAuthUri")
            .field("issuer", &self.issuer)
            .field("account", &self.account)
            .field("algorithm", &self.algorithm)
            .field("digits", &self.digits)
            .field("moving_factor", &self.moving_factor)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// What makes one code differ from the next.
///
/// Exhaustive: the key URI format has these two types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the key URI format has these two types"
)]
pub enum MovingFactor {
    /// `totp`: the time step.
    Time {
        /// The time-step size in seconds; never 0.
        period: u32,
    },
    /// `hotp`: a counter.
    Counter {
        /// Where it stands.
        counter: u64,
    },
}

/// A hash that URIs name; more than are verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyUriAlgorithm {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
    /// HMAC-SHA-224, which a few apps offer.
    Sha224,
    /// HMAC-SHA-384, which a few apps offer.
    Sha384,
    /// HMAC-MD5, which is in Google Authenticator's export format.
    Md5,
}

impl KeyUriAlgorithm {
    const ALL: [Self; 6] = [
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Sha224,
        Self::Sha384,
        Self::Md5,
    ];

    /// The name in a URI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::Sha224 => "SHA224",
            Self::Sha384 => "SHA384",
            Self::Md5 => "MD5",
        }
    }

    /// The same algorithm, if it is one that is verified here.
    #[must_use]
    pub const fn verifiable(self) -> Option<Algorithm> {
        match self {
            Self::Sha1 => Some(Algorithm::Sha1),
            Self::Sha256 => Some(Algorithm::Sha256),
            Self::Sha512 => Some(Algorithm::Sha512),
            Self::Sha224 | Self::Sha384 | Self::Md5 => None,
        }
    }
}

impl From<Algorithm> for KeyUriAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1,
            Algorithm::Sha256 => Self::Sha256,
            Algorithm::Sha512 => Self::Sha512,
        }
    }
}
