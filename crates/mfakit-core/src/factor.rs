//! What a person may do with factors that are bound: their ids, and what changing them is answered.

use alloc::string::ToString as _;
use core::{fmt, str::FromStr};

use minicbor::{Decode, Encode};

use crate::{
    Algorithm, Assertion, BackupCodes, Challenge, Counter, Digits, Locked, Mismatch,
    RandomnessError, Strength, TotpParameters, Void, random::Random,
};

/// Which authenticator of an account: eight random bytes that stay while its name changes, and never come back.
///
/// It is written as 16 lower-case hexadecimal digits. It is not secret, and gives no right to anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct AuthenticatorId(#[cbor(n(0), with = "minicbor::bytes")] [u8; 8]);

impl AuthenticatorId {
    pub(crate) fn generate(random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        random.array().map(Self)
    }

    /// The id with these bytes, as kept by the host.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for AuthenticatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AuthenticatorId {
    type Err = AuthenticatorIdError;

    /// Reads what `Display` writes, and nothing else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = u64::from_str_radix(text, 16).map_err(|_| AuthenticatorIdError)?;
        let id = Self(number.to_be_bytes());
        // A sign, capitals, another length: one id has one text.
        (id.to_string() == text)
            .then_some(id)
            .ok_or(AuthenticatorIdError)
    }
}

/// An authenticator's id is 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorIdError;

impl fmt::Display for AuthenticatorIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an authenticator's id is 16 lower-case hexadecimal digits")
    }
}

impl core::error::Error for AuthenticatorIdError {}

/// Which moving factor an authenticator goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4226 and RFC 6238")]
pub enum AuthenticatorKind {
    /// Time (RFC 6238).
    Totp,
    /// A counter (RFC 4226).
    Hotp,
}

/// What a hardware token was made with, beside its secret: as its maker or its list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4226 and RFC 6238")]
pub enum TokenKind {
    /// It goes by time (RFC 6238).
    Totp(TotpParameters),
    /// It counts (RFC 4226).
    Hotp {
        /// The hash under the HMAC; RFC 4226 knows SHA-1 alone.
        algorithm: Algorithm,
        /// How long a code is.
        digits: Digits,
        /// The counter of the next code.
        next_counter: Counter,
    },
}

/// The answer to `bind_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum TokenBinding {
    /// The token is bound: from now on its codes count.
    Bound(BoundToken),
    /// The account has as many authenticators as the policy allows.
    TooManyAuthenticators,
    /// The account has a token that counts already. Each look-ahead makes many codes good at once, so that an account
    /// has one such token at most; remove the other first.
    SecondCounter,
    /// An authenticator with this shared secret is bound already: two would accept each code twice.
    AlreadyBound,
}

/// A token that is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundToken {
    /// Which it is.
    pub id: AuthenticatorId,
    /// Whether its shared secret is as long as it should be.
    pub strength: Strength,
}

/// The answer to `remove_authenticator` and `disable`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum FactorChange {
    /// It is done.
    Changed(Changed),
    /// No authenticator of the account has this id.
    NoSuchAuthenticator,
    /// The policy requires a factor, and none would be left.
    Required,
    /// The account is locked.
    Locked(Locked),
    /// The assertion is good for nothing, or for too little.
    Void(Void),
}

/// A change that made everything issued before void, the caller's own assertion among it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changed {
    /// The caller's assertion from now on. It says what the one before said: when the person signed in, and how.
    pub assertion: Assertion,
}

/// The answer to `rename_authenticator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Renaming {
    /// It has the new name; the caller's assertion stays good.
    Renamed,
    /// No authenticator of the account has this id.
    NoSuchAuthenticator,
    /// The account is locked.
    Locked(Locked),
    /// The assertion is good for nothing, or for too little.
    Void(Void),
}

/// The answer to `regenerate_backup_codes`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum BackupCodesRenewal {
    /// There are new codes; the old ones are void.
    Renewed(Renewed),
    /// The account is locked.
    Locked(Locked),
    /// The assertion is good for nothing, or for too little.
    Void(Void),
}

/// New backup codes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Renewed {
    /// The codes, shown this once.
    pub backup_codes: BackupCodes,
    /// The assertion that acknowledges them. The one before stays good, but acknowledges no codes.
    pub assertion: Assertion,
}

/// The answer to `step_up`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum StepUp {
    /// The person is asked for a code; `verify` takes the ticket and gives a fresh assertion.
    Challenge(Challenge),
    /// The account has no factor to ask for: the session may set one up.
    NoFactor,
    /// The account is locked.
    Locked(Locked),
    /// The assertion is good for nothing.
    Void(Void),
}

/// What is asked of a session for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "each includes the one before")]
pub enum Demand {
    /// That it is good.
    #[default]
    Session,
    /// That it rests on a second factor.
    TwoFactor,
    /// That the second factor was verified a short while ago: what changing a factor takes.
    Fresh,
}

/// The answer to `resynchronize_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an authenticator that was not brought back is still out of the window"]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Resynchronization {
    /// This authenticator is back; both codes are used up. Nobody is in by that, and no failure is cleared.
    Resynchronized(AuthenticatorId),
    /// They are no two consecutive codes of an authenticator, within the window of the policy.
    Mismatch(Mismatch),
    /// They are, and the first was used before.
    Replayed,
    /// The account has no authenticator.
    NoFactor,
    /// The account is locked, or is now by a wrong pair: unlock it first.
    Locked(Locked),
    /// The policy looks for no two codes outside of the validation window.
    Declined,
}

/// The answer to `unlock` and `unlock_password`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Unlocking {
    /// There was no lock; nothing was changed.
    NotLocked,
    /// The lock is lifted; the failures still count.
    Lifted,
    /// The lock is lifted, and the consecutive failures are cleared.
    FailuresCleared,
    /// The factors are removed, and everything issued before is void: the person sets up anew.
    FactorsRemoved,
}

/// Whether the administrator has made sure who asks to be unlocked, as carefully as when the factor was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum IdentityVerified {
    /// The person's identity was verified.
    Yes,
    /// It was not.
    No,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::AuthenticatorId;

    #[test]
    fn an_id_has_one_text() {
        let id = AuthenticatorId::from_bytes([0, 1, 2, 3, 0xab, 0xcd, 0xef, 0xff]);
        assert_eq!(id.to_string(), "00010203abcdefff");
        assert_eq!("00010203abcdefff".parse(), Ok(id));
        for wrong in [
            "",
            "10203abcdefff",
            "000010203abcdefff",
            "00010203ABCDEFFF",
            "+0010203abcdefff",
            "00010203abcdefg0",
            "٠٠010203abcdefff",
        ] {
            let error = wrong.parse::<AuthenticatorId>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "an authenticator's id is 16 lower-case hexadecimal digits"
            );
        }
    }
}
