//! The activation document: the one code of an installation, and what became of it.

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    ActivationAct, ActivationCode, ActivationRecord, ActivationState, Actor, Label, Policy,
    RandomnessError, Setting, UnixTime,
    bits::{self, HASH_LEN, SALT_LEN},
    codec,
    document::{Document, Meta},
    random::Random,
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct ActivationDocument {
    #[n(0)]
    meta: Meta,
    #[cbor(n(1), with = "codec::label")]
    pub(crate) purpose: Label,
    #[n(2)]
    pub(crate) code: StoredCode,
}

impl ActivationDocument {
    pub(crate) const fn new(meta: Meta, purpose: Label, code: StoredCode) -> Self {
        Self {
            meta,
            purpose,
            code,
        }
    }

    /// What is told of it at `now`.
    pub(crate) fn record(&self, policy: &Policy, now: UnixTime) -> ActivationRecord {
        let code = &self.code;
        ActivationRecord {
            purpose: self.purpose.clone(),
            issued: code.issued.told(),
            expires: code.ends(policy),
            tries_left: code.tries_left,
            state: code.state(policy, now),
        }
    }
}

impl Document for ActivationDocument {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    /// A code is redeemed or revoked, not both, and its hash comes to an end.
    fn is_sound(&mut self) -> bool {
        let one_end = self.code.redeemed.is_none() || self.code.revoked.is_none();
        one_end && bits::is_affordable(self.code.hash.rounds)
    }
}

/// A code as it is kept, with everything that is known of it; a reissue replaces it whole.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredCode {
    #[n(0)]
    pub(crate) hash: CodeHash,
    #[n(1)]
    pub(crate) issued: Act,
    #[cbor(n(2), with = "codec::time")]
    expires: UnixTime,
    /// Failed attempts that remain.
    #[n(3)]
    pub(crate) tries_left: u32,
    #[n(4)]
    pub(crate) redeemed: Option<Act>,
    #[n(5)]
    pub(crate) revoked: Option<Act>,
}

impl StoredCode {
    /// The code as issued just now, good for `lifetime` seconds.
    pub(crate) fn new(hash: CodeHash, issued: Act, lifetime: u32, policy: &Policy) -> Self {
        Self {
            hash,
            expires: issued.at.saturating_add(lifetime),
            issued,
            tries_left: policy.get(Setting::ActivationTries),
            redeemed: None,
            revoked: None,
        }
    }

    /// When it ends: a lifetime that was shortened since holds for codes that are out already.
    pub(crate) fn ends(&self, policy: &Policy) -> UnixTime {
        let lifetime = policy.get(Setting::ActivationLifetime);
        self.expires.min(self.issued.at.saturating_add(lifetime))
    }

    /// No time is ahead of `now`, and the code ends no later than one issued then.
    pub(crate) fn clamp(&mut self, policy: &Policy, now: UnixTime) {
        let lifetime = policy.get(Setting::ActivationLifetime);
        self.expires = self.expires.min(now.saturating_add(lifetime));
        let acts = [
            Some(&mut self.issued),
            self.redeemed.as_mut(),
            self.revoked.as_mut(),
        ];
        for act in acts.into_iter().flatten() {
            act.at = act.at.min(now);
        }
    }

    pub(crate) fn state(&self, policy: &Policy, now: UnixTime) -> ActivationState {
        if let Some(act) = &self.redeemed {
            ActivationState::Redeemed(act.told())
        } else if let Some(act) = &self.revoked {
            ActivationState::Revoked(act.told())
        } else if self.tries_left == 0 {
            ActivationState::Exhausted
        } else if now >= self.ends(policy) {
            ActivationState::Expired
        } else {
            ActivationState::Open
        }
    }
}

/// The salted hash of a code's secret.
#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(map)]
pub(crate) struct CodeHash {
    /// The work factor.
    #[n(0)]
    rounds: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; SALT_LEN],
    #[cbor(n(2), with = "minicbor::bytes")]
    hash: [u8; HASH_LEN],
}

impl CodeHash {
    pub(crate) fn new(
        code: &ActivationCode,
        random: &mut Random<'_>,
    ) -> Result<Self, RandomnessError> {
        let (rounds, salt) = (bits::ROUNDS, random.array()?);
        let hash = code.hash(&salt, rounds);
        Ok(Self { rounds, salt, hash })
    }

    /// The hash of another code, made as this one was.
    pub(crate) fn again(&self, code: &ActivationCode) -> Self {
        let Self { rounds, salt, .. } = *self;
        let hash = code.hash(&salt, rounds);
        Self { rounds, salt, hash }
    }

    /// The hash of a code where there is none to compare with: it costs the same.
    pub(crate) fn decoy(code: &ActivationCode) -> Self {
        let (rounds, salt) = (bits::ROUNDS, [0; SALT_LEN]);
        let hash = code.hash(&salt, rounds);
        Self { rounds, salt, hash }
    }

    /// Whether this and `other` are made in the same way, so that they can be compared.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.rounds, self.salt) == (other.rounds, other.salt)
    }

    /// Whether this and `other` are of one code.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        // Secret: both hashes. Public: their salts, their cost, and the outcome.
        // REVEALED: the outcome.
        self.is_like(other) && bool::from(self.hash.ct_eq(&other.hash))
    }
}

/// Who did something, and when.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Act {
    #[cbor(n(0), with = "codec::time")]
    at: UnixTime,
    #[cbor(n(1), with = "codec::actor")]
    by: Actor,
}

impl Act {
    pub(crate) const fn new(at: UnixTime, by: Actor) -> Self {
        Self { at, by }
    }

    pub(crate) fn told(&self) -> ActivationAct {
        ActivationAct::new(self.at, self.by.clone())
    }
}

#[cfg(test)]
mod tests {
    use mfakit_memcheck::hide;

    use super::{Act, ActivationDocument, CodeHash, StoredCode};
    use crate::{
        ActivationCode, ActivationHandle, Actor, Issuer, Label, Policy, UnixTime,
        document::{Meta, decode, encode},
        random::Random,
        testing::Dice,
    };

    #[test]
    fn no_document_asks_for_a_hash_without_end() {
        for (rounds, sound) in [
            (1, true),
            (6_000, true),
            (1_000_000, true),
            (0, false),
            (1_000_001, false),
            (u32::MAX, false),
        ] {
            let mut fill = |bytes: &mut [u8]| {
                bytes.fill(7);
                Ok(())
            };
            let now = UnixTime::from_seconds(0);
            let meta = Meta::new(now, &mut Random::new(&mut fill)).unwrap();
            let (salt, hash) = ([1; 16], [2; 16]);
            let hash = CodeHash { rounds, salt, hash };
            let policy = Policy::new(Issuer::new("Acme").unwrap());
            let issued = Act::new(now, Actor::new("root").unwrap());
            let code = StoredCode::new(hash, issued, 60, &policy);
            let document = ActivationDocument::new(meta, Label::new("service").unwrap(), code);
            let read = decode::<ActivationDocument>(&encode(&document).unwrap());
            assert_eq!(read.is_some(), sound, "{rounds} rounds");
        }
    }

    #[test]
    fn constant_time_activation_codes() {
        let mut dice = Dice::new(1);
        let handle = ActivationHandle::new([7; 5]);
        let code = ActivationCode::generate(handle, &mut dice).unwrap();
        let other = ActivationCode::generate(handle, &mut dice).unwrap();
        let (rounds, salt) = (2, [5; 16]);
        let hash = code.hash(&salt, rounds);
        let stored = CodeHash { rounds, salt, hash };
        hide(&stored.hash);
        code.hide();
        other.hide();
        // REVEALED: that the code is right, by the test.
        assert!(stored.fits(&stored.again(&code)));
        // REVEALED: that it is wrong, by the test.
        assert!(!stored.fits(&stored.again(&other)));
    }
}
