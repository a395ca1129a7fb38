//! What tickets and assertions say, and the checks they share.

use alloc::{string::String, vec::Vec};

use minicbor::{Decode, Encode, bytes::ByteArray};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    AccountId, Assertion, Basis, DeviceId, ExternalMeans, Policy, RandomnessError, Setting,
    TenantId, Ticket, UnixTime, Void, codec,
    document::account::{BackupSet, Epoch},
    keyring::{Key, Keyring},
    random::Random,
    token::{self, TokenPurpose},
};

/// A ticket or an assertion as it came back, with the binding bytes of whoever brings it.
///
/// `&str`, [`Ticket`] and [`Assertion`] turn into one without binding.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Presented<'a> {
    text: &'a str,
    binding: Option<&'a [u8]>,
}

impl<'a> Presented<'a> {
    /// The text as it came back; any text will do, a wrong one is answered with [`Void`].
    #[must_use]
    pub fn new(text: &'a (impl AsRef<str> + ?Sized)) -> Self {
        Self {
            text: text.as_ref(),
            binding: None,
        }
    }

    /// The same, brought by whoever holds the bytes that the sign-in was bound to ([`SignIn::binding`](crate::SignIn::binding)).
    #[must_use]
    pub const fn bound_to(mut self, binding: &'a [u8]) -> Self {
        self.binding = Some(binding);
        self
    }
}

impl core::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Presented(..)")
    }
}

impl<'a> From<&'a str> for Presented<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text)
    }
}

impl<'a> From<&'a Ticket> for Presented<'a> {
    fn from(ticket: &'a Ticket) -> Self {
        Self::new(ticket.as_str())
    }
}

impl<'a> From<&'a Assertion> for Presented<'a> {
    fn from(assertion: &'a Assertion) -> Self {
        Self::new(assertion.as_str())
    }
}

/// A presented token on its way to being opened; the binding is kept as its hash.
pub(crate) struct Presentation {
    text: Zeroizing<String>,
    binding: Option<BindingHash>,
}

impl From<Presented<'_>> for Presentation {
    fn from(presented: Presented<'_>) -> Self {
        // A longer text is no token of ours, and is not worth a copy.
        let text = if presented.text.len() > token::MAX_TOKEN_LEN {
            ""
        } else {
            presented.text
        };
        Self {
            text: Zeroizing::new(text.into()),
            binding: presented.binding.map(BindingHash::of),
        }
    }
}

impl Presentation {
    /// Opens a ticket or an assertion, whichever it is.
    pub(crate) fn open(&self, keyring: &Keyring, tenant: &TenantId) -> Result<Authority, Void> {
        let (purpose, plain) =
            token::open_token(keyring, tenant, &self.text).ok_or(Void::Unknown)?;
        let authority = match purpose {
            TokenPurpose::Ticket => minicbor::decode(&plain).ok().map(Authority::Ticket),
            TokenPurpose::Assertion => minicbor::decode(&plain).ok().map(Authority::Assertion),
        };
        let authority = authority.ok_or(Void::Unknown)?;
        if !BindingHash::fits(authority.common().binding.as_ref(), self.binding.as_ref()) {
            return Err(Void::WrongBinding);
        }
        Ok(authority)
    }
}

/// What was presented, opened.
pub(crate) enum Authority {
    Ticket(TicketClaims),
    Assertion(AssertionClaims),
}

impl Authority {
    pub(crate) const fn common(&self) -> &Common {
        match self {
            Self::Ticket(claims) => &claims.common,
            Self::Assertion(claims) => &claims.common,
        }
    }

    pub(crate) fn into_ticket(self, purpose: TicketPurpose) -> Result<TicketClaims, Void> {
        match self {
            Self::Ticket(claims) if claims.purpose == purpose.number() => Ok(claims),
            Self::Ticket(_) | Self::Assertion(_) => Err(Void::WrongPurpose),
        }
    }

    pub(crate) fn into_assertion(self) -> Result<AssertionClaims, Void> {
        match self {
            Self::Assertion(claims) => Ok(claims),
            Self::Ticket(_) => Err(Void::WrongPurpose),
        }
    }
}

/// What tickets and assertions both say.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Common {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) id: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    account: Vec<u8>,
    /// The account's epoch; none where the account had no document yet.
    #[n(2)]
    pub(crate) epoch: Option<Epoch>,
    #[cbor(n(3), with = "codec::time")]
    pub(crate) issued: UnixTime,
    #[n(4)]
    binding: Option<BindingHash>,
    /// The revision of the account's document: a store that knows less has gone back in time.
    #[n(5)]
    pub(crate) mark: u64,
    /// By which means other than a password the person came, if the host said so.
    #[n(6)]
    means: Option<u8>,
}

impl Common {
    /// What a successor of this token keeps: it is of the same session, by the same first factor.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            binding: self.binding.clone(),
            means: self.means(),
        }
    }

    pub(crate) fn means(&self) -> Option<ExternalMeans> {
        self.means.and_then(ExternalMeans::from_number)
    }

    pub(crate) fn account(&self) -> Result<AccountId, Void> {
        AccountId::new(&self.account).map_err(|_| Void::Unknown)
    }
}

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TicketPurpose {
    /// Presenting a code.
    Verify,
    /// Setting up the first factor.
    Setup,
}

impl TicketPurpose {
    const fn number(self) -> u8 {
        match self {
            Self::Verify => 1,
            Self::Setup => 2,
        }
    }
}

/// What a ticket says.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct TicketClaims {
    #[n(0)]
    pub(crate) common: Common,
    #[n(1)]
    purpose: u8,
    #[cbor(n(2), with = "codec::time")]
    pub(crate) expires: UnixTime,
    /// Whether a setup may be put off with it.
    #[n(3)]
    pub(crate) may_defer: bool,
    /// Under which number the gate asked for a code; none where no password was asked for before.
    #[n(4)]
    pub(crate) asked: Option<u32>,
}

impl TicketClaims {
    pub(crate) fn has_expired(&self, policy: &Policy, now: UnixTime) -> bool {
        // A lifetime that was shortened since holds for tickets that are out already.
        let shortened = self
            .common
            .issued
            .saturating_add(policy.get(Setting::TicketLifetime));
        now >= self.expires.min(shortened)
    }
}

/// What an assertion says. When it ends follows from the policy of the day.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct AssertionClaims {
    #[n(0)]
    pub(crate) common: Common,
    #[n(1)]
    basis: u8,
    /// The set of backup codes that was shown with it.
    #[n(2)]
    shown: Option<ByteArray<8>>,
    /// The remembered device that it rests on.
    #[n(3)]
    device: Option<ByteArray<8>>,
}

impl AssertionClaims {
    pub(crate) fn basis(&self) -> Result<Basis, Void> {
        Basis::from_number(self.basis).ok_or(Void::Unknown)
    }

    pub(crate) fn device(&self) -> Option<DeviceId> {
        self.device.as_ref().map(|id| DeviceId::new(**id))
    }

    /// Whether this set of backup codes was shown with it.
    pub(crate) fn was_shown(&self, set: &BackupSet) -> bool {
        self.shown == Some(ByteArray::from(set.id))
    }

    /// When it ends, by the policy of the day.
    pub(crate) fn expires(&self, policy: &Policy) -> UnixTime {
        let issued = self.common.issued;
        issued.saturating_add(policy.get(Setting::AssertionLifetime))
    }

    /// Until when it may change factors, by the policy of the day.
    pub(crate) fn fresh_until(&self, policy: &Policy) -> UnixTime {
        let issued = self.common.issued;
        issued.saturating_add(policy.get(Setting::AssertionFresh))
    }
}

/// Where a sign-in comes from, which all its tickets and assertions say.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) binding: Option<BindingHash>,
    pub(crate) means: Option<ExternalMeans>,
}

/// Seals tickets and assertions of one account at one moment.
pub(crate) struct Issuance<'a> {
    pub(crate) sealing: &'a Key,
    pub(crate) tenant: &'a TenantId,
    pub(crate) account: &'a AccountId,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) mark: u64,
    pub(crate) origin: Origin,
    pub(crate) now: UnixTime,
}

impl Issuance<'_> {
    pub(crate) fn ticket(
        &self,
        purpose: TicketPurpose,
        policy: &Policy,
        random: &mut Random<'_>,
    ) -> Result<Ticket, RandomnessError> {
        let claims = self.ticket_claims(purpose, policy, random)?;
        self.seal(TokenPurpose::Ticket, &claims, random)
            .map(Ticket::new)
    }

    /// A ticket to verify, for what the gate asked for under this number, if it did.
    pub(crate) fn ticket_asked_for(
        &self,
        asked: Option<u32>,
        policy: &Policy,
        random: &mut Random<'_>,
    ) -> Result<Ticket, RandomnessError> {
        let mut claims = self.ticket_claims(TicketPurpose::Verify, policy, random)?;
        claims.asked = asked;
        self.seal(TokenPurpose::Ticket, &claims, random)
            .map(Ticket::new)
    }

    /// A ticket to set up the first factor, or to put that off.
    pub(crate) fn deferrable_ticket(
        &self,
        policy: &Policy,
        random: &mut Random<'_>,
    ) -> Result<Ticket, RandomnessError> {
        let mut claims = self.ticket_claims(TicketPurpose::Setup, policy, random)?;
        claims.may_defer = true;
        self.seal(TokenPurpose::Ticket, &claims, random)
            .map(Ticket::new)
    }

    pub(crate) fn assertion(
        &self,
        basis: Basis,
        shown: Option<&BackupSet>,
        random: &mut Random<'_>,
    ) -> Result<Assertion, RandomnessError> {
        let claims = AssertionClaims {
            common: self.common(random)?,
            basis: basis.number(),
            shown: shown.map(|set| ByteArray::from(set.id)),
            device: None,
        };
        self.seal(TokenPurpose::Assertion, &claims, random)
            .map(Assertion::new)
    }

    /// The proof of a sign-in by a remembered device.
    pub(crate) fn remembered(
        &self,
        device: DeviceId,
        random: &mut Random<'_>,
    ) -> Result<Assertion, RandomnessError> {
        let claims = AssertionClaims {
            common: self.common(random)?,
            basis: Basis::Remembered.number(),
            shown: None,
            device: Some(ByteArray::from(*device.as_bytes())),
        };
        self.seal(TokenPurpose::Assertion, &claims, random)
            .map(Assertion::new)
    }

    fn ticket_claims(
        &self,
        purpose: TicketPurpose,
        policy: &Policy,
        random: &mut Random<'_>,
    ) -> Result<TicketClaims, RandomnessError> {
        Ok(TicketClaims {
            common: self.common(random)?,
            purpose: purpose.number(),
            expires: self.now.saturating_add(policy.get(Setting::TicketLifetime)),
            may_defer: false,
            asked: None,
        })
    }

    fn common(&self, random: &mut Random<'_>) -> Result<Common, RandomnessError> {
        Ok(Common {
            id: random.array()?,
            account: self.account.as_bytes().into(),
            epoch: self.epoch,
            issued: self.now,
            binding: self.origin.binding.clone(),
            mark: self.mark,
            means: self.origin.means.map(ExternalMeans::number),
        })
    }

    fn seal(
        &self,
        purpose: TokenPurpose,
        claims: &impl Encode<()>,
        random: &mut Random<'_>,
    ) -> Result<Zeroizing<String>, RandomnessError> {
        let mut plain = Vec::with_capacity(256);
        // Encoding into a `Vec` does not fail.
        let _ = minicbor::encode(claims, &mut plain);
        token::seal_token(self.sealing, self.tenant, purpose, plain, random)
    }
}

/// The hash of binding bytes: the token says nothing of them, and what follows from it carries the same hash.
#[derive(Clone, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct BindingHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl BindingHash {
    pub(crate) fn of(binding: &[u8]) -> Self {
        Self(Sha256::digest(binding).into())
    }

    /// Whether what is presented is what the token was bound to; nothing fits nothing alone.
    fn fits(bound: Option<&Self>, presented: Option<&Self>) -> bool {
        match (bound, presented) {
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(bound), Some(presented)) => bool::from(bound.0.ct_eq(&presented.0)),
        }
    }
}
