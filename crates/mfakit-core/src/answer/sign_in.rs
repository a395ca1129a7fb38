//! From the first factor to what follows it: the gate, the decision, a setup put off.

use crate::{
    AccountId, Assertion, Locked, TenantId, Ticket, UnixTime, Void, document::account::Epoch,
};

/// The answer to `settle_sign_ins`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// Sign-ins that were found to have ended without a code, and are recorded by this call.
    pub half_sign_ins: u32,
    /// When to call again: until then a code may still follow a password. None if none is open.
    pub open_until: Option<UnixTime>,
}

/// On what a sign-in rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// The policy asks nobody for a second factor.
    NotRequired,
    /// The policy leaves it to the person, who has no second factor.
    NotSetUp,
    /// A one-time password.
    Otp,
    /// A backup code.
    BackupCode,
    /// An administrator has exempted the person.
    Exempt,
    /// A remembered device: less than a factor, since nobody has shown one now (NIST SP 800-63B-4 §5.1).
    Remembered,
    /// The person has put the setup off, before its deadline.
    Deferred,
}

impl Basis {
    /// The number kept in assertions; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::NotRequired => 1,
            Self::NotSetUp => 2,
            Self::Otp => 3,
            Self::BackupCode => 4,
            Self::Exempt => 5,
            Self::Remembered => 6,
            Self::Deferred => 7,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [
            Self::NotRequired,
            Self::NotSetUp,
            Self::Otp,
            Self::BackupCode,
            Self::Exempt,
            Self::Remembered,
            Self::Deferred,
        ]
        .into_iter()
        .find(|basis| basis.number() == number)
    }

    /// Whether a second factor was verified.
    #[must_use]
    pub const fn is_two_factor(self) -> bool {
        matches!(self, Self::Otp | Self::BackupCode)
    }
}

/// What becomes of a password attempt, before the password is looked at.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Gate {
    /// Evaluate the password. The attempt is charged; `sign_in` gives it back.
    Proceed(PasswordAttempt),
    /// Do not evaluate the password.
    Refused(GateRefusal),
}

/// The gate is locked for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateRefusal {
    /// When passwords are evaluated again.
    pub until: UnixTime,
}

/// A charged password attempt: proof for `sign_in` that the gate was asked.
#[derive(Debug)]
#[must_use = "pass it to `sign_in` if the password is right; dropped, it stays charged"]
pub struct PasswordAttempt {
    /// The account's epoch when the attempt was charged: what makes everything older void makes it void too.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
}

impl PasswordAttempt {
    /// The account the attempt is for.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }
}

/// The first factor, which was right.
#[derive(Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// A password, through the gate.
    Password(PasswordAttempt),
    /// Something the host relies on, such as single sign-on or a mailed link; no gate is involved.
    External {
        /// Who.
        account: AccountId,
        /// By which means, if the host says so.
        means: Option<ExternalMeans>,
    },
}

impl FirstFactor {
    /// A first factor that the host checked elsewhere, and says no more about.
    #[must_use]
    pub const fn external(account: AccountId) -> Self {
        Self::External {
            account,
            means: None,
        }
    }

    /// A first factor that the host checked elsewhere, by these means: the session says so
    /// ([`Current::external`](crate::Current::external)) as long as it lasts.
    #[must_use]
    pub const fn external_by(means: ExternalMeans, account: AccountId) -> Self {
        Self::External {
            account,
            means: Some(means),
        }
    }

    /// By which means other than a password, if the host said so.
    pub(crate) const fn means(&self) -> Option<ExternalMeans> {
        match self {
            Self::Password(_) => None,
            Self::External { means, .. } => *means,
        }
    }

    /// Who signs in.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        match self {
            Self::Password(attempt) => &attempt.account,
            Self::External { account, .. } => account,
        }
    }
}

/// By which means other than a password a person came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExternalMeans {
    /// Another site said who it is, by SAML or OpenID Connect.
    SingleSignOn,
    /// A link that was mailed to the person.
    MailedLink,
    /// The certificate of a TLS client.
    ClientCertificate,
    /// Something else.
    Other,
}

impl ExternalMeans {
    /// A stable name, such as `single_sign_on`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SingleSignOn => "single_sign_on",
            Self::MailedLink => "mailed_link",
            Self::ClientCertificate => "client_certificate",
            Self::Other => "other",
        }
    }

    /// The number kept in tickets and assertions; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::SingleSignOn => 1,
            Self::MailedLink => 2,
            Self::ClientCertificate => 3,
            Self::Other => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [
            Self::SingleSignOn,
            Self::MailedLink,
            Self::ClientCertificate,
            Self::Other,
        ]
        .into_iter()
        .find(|means| means.number() == number)
    }
}

impl From<PasswordAttempt> for FirstFactor {
    fn from(attempt: PasswordAttempt) -> Self {
        Self::Password(attempt)
    }
}

/// What happens after the first factor.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the decision table of the design")]
pub enum Decision {
    /// The person is in.
    Allow(Allowed),
    /// The person is asked for a code.
    Challenge(Challenge),
    /// The person sets up a second factor first.
    Setup(SetupRequired),
    /// The account is locked.
    Deny(Locked),
}

/// A sign-in that needs nothing more.
#[derive(Debug)]
#[non_exhaustive]
pub struct Allowed {
    /// The proof, for the session.
    pub assertion: Assertion,
    /// On what it rests.
    pub basis: Basis,
    /// Whether setting up a second factor may be offered.
    pub may_set_up: bool,
}

/// A sign-in that needs a code.
#[derive(Debug)]
#[non_exhaustive]
pub struct Challenge {
    /// The right to present it.
    pub ticket: Ticket,
    /// Backup codes left.
    pub backup_codes_left: u32,
    /// Whether one code of an authenticator is enough; if not, a backup code is, or two consecutive codes
    /// (`resynchronize`), since too many codes of the last 365 days were wrong.
    pub takes_one_code: bool,
}

/// A sign-in that needs a setup.
#[derive(Debug)]
#[non_exhaustive]
pub struct SetupRequired {
    /// The right to do it.
    pub ticket: Ticket,
    /// Whether the person may put it off with `defer`, and until when.
    pub may_defer: Option<Deferral>,
}

/// A setup that may be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deferral {
    /// The deadline: from then on it may not.
    pub until: UnixTime,
    /// Sign-ins at which it may be put off, this one included.
    pub skips_left: u32,
}

/// The answer to `defer`.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller handles every outcome"
)]
pub enum Deferment {
    /// The person is in, this once.
    Allow(Allowed),
    /// The setup may not be put off: the deadline has passed, no skip is left, the host demanded a factor, or
    /// nothing is required any more. The ticket is still good for the setup.
    Refused,
    /// The account is locked.
    Locked(Locked),
    /// The ticket is good for nothing.
    Void(Void),
}
