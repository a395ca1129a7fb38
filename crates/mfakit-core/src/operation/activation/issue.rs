//! An administrator issues a code, replaces it by a new one, or makes it void.

use alloc::{sync::Arc, vec::Vec};

use rand_core::TryCryptoRng;

use crate::{
    ActivationCode, ActivationHandle, ActivationLifetime, ActivationState, Administrator, Error,
    EventKind, Flow, IssuedActivation, Keyring, Label, Misuse, Operation, Policy, Reissue,
    Replaced, Revocation, TenantId, UnixTime,
    desk::Desk,
    document::{
        Meta,
        activation::{Act, ActivationDocument, CodeHash, StoredCode},
    },
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<IssuedActivation> {
    /// Issues a code for a new installation.
    ///
    /// The handles to choose from are drawn here, since documents are loaded before anything is decided.
    ///
    /// # Errors
    /// That of `rng`.
    pub fn issue_activation<R: TryCryptoRng + ?Sized>(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        purpose: Label,
        lifetime: ActivationLifetime,
        by: Administrator,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let handles = (0..CANDIDATES)
            .map(|_| ActivationHandle::generate(rng))
            .collect::<Result<_, _>>()?;
        let issue = Issue {
            handles,
            purpose,
            lifetime,
            by,
        };
        Ok(Self::new(
            Operation::IssueActivation,
            tenant,
            keyring,
            issue,
        ))
    }
}

impl Flow<Reissue> {
    /// Issues a new code for an installation, for the same purpose; the old one is void in the same commit.
    #[must_use]
    pub fn reissue_activation(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        handle: ActivationHandle,
        lifetime: ActivationLifetime,
        by: Administrator,
    ) -> Self {
        let again = Again {
            handle,
            lifetime,
            by,
        };
        Self::new(Operation::ReissueActivation, tenant, keyring, again)
    }
}

impl Flow<Revocation> {
    /// Makes the code of an installation void, unless it was redeemed.
    #[must_use]
    pub fn revoke_activation(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        handle: ActivationHandle,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::RevokeActivation,
            tenant,
            keyring,
            Revoke { handle, by },
        )
    }
}

struct Issue {
    handles: Vec<ActivationHandle>,
    purpose: Label,
    lifetime: ActivationLifetime,
    by: Administrator,
}

impl Decide<IssuedActivation> for Issue {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, IssuedActivation> {
        Ok(Needs {
            activations: self.handles.clone(),
            ..Needs::default()
        })
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<IssuedActivation, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let free = desk.activations.iter().position(|it| it.get().is_none());
        // All of them taken is as good as impossible, and the next call draws others.
        let place = free.ok_or(Error::Busy)?;
        let handle = *self.handles.get(place).ok_or(Misuse::OutOfStep)?;
        let (issued, stored) = make(handle, self.lifetime, &self.by, &policy, now, random)?;
        let kind = EventKind::ActivationIssued {
            purpose: self.purpose.clone(),
            until: issued.expires,
        };
        let event = desk.act(kind, &self.by);
        let document =
            ActivationDocument::new(Meta::new(now, random)?, self.purpose.clone(), stored);
        let slot = desk.activations.get_mut(place).ok_or(Misuse::OutOfStep)?;
        slot.create(document, event);
        Ok(issued)
    }

    fn is_heavy(&self) -> bool {
        true
    }
}

struct Again {
    handle: ActivationHandle,
    lifetime: ActivationLifetime,
    by: Administrator,
}

impl Decide<Reissue> for Again {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Reissue> {
        Ok(Needs::activation(self.handle))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<Reissue, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let Some(document) = desk.activation()?.get() else {
            return Ok(Reissue::Unknown);
        };
        let (purpose, old) = (document.purpose.clone(), document.code.state(&policy, now));
        let (issued, stored) = make(self.handle, self.lifetime, &self.by, &policy, now, random)?;
        let kind = EventKind::ActivationReissued {
            purpose,
            until: issued.expires,
        };
        let event = desk.act(kind, &self.by);
        let document = desk.activation()?.change(event).ok_or(Misuse::OutOfStep)?;
        document.code = stored;
        Ok(Reissue::Reissued(Replaced { issued, old }))
    }

    fn is_heavy(&self) -> bool {
        true
    }
}

struct Revoke {
    handle: ActivationHandle,
    by: Administrator,
}

impl Decide<Revocation> for Revoke {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Revocation> {
        Ok(Needs::activation(self.handle))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Revocation, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.act(EventKind::ActivationRevoked, &self.by);
        let slot = desk.activation()?;
        let Some(document) = slot.get() else {
            return Ok(Revocation::Unknown);
        };
        match document.code.state(&policy, now) {
            ActivationState::Redeemed(act) => return Ok(Revocation::AlreadyRedeemed(act)),
            ActivationState::Revoked(_) => return Ok(Revocation::AlreadyRevoked),
            ActivationState::Open | ActivationState::Expired | ActivationState::Exhausted => {}
        }
        let document = slot.change(event).ok_or(Misuse::OutOfStep)?;
        document.code.revoked = Some(Act::new(now, self.by.actor.clone()));
        Ok(Revocation::Revoked)
    }
}

/// A new code and what is kept of it.
fn make(
    handle: ActivationHandle,
    lifetime: ActivationLifetime,
    by: &Administrator,
    policy: &Policy,
    now: UnixTime,
    random: &mut Random<'_>,
) -> Result<(IssuedActivation, StoredCode), Error> {
    let code = ActivationCode::generate(handle, random)?;
    let hash = CodeHash::new(&code, random)?;
    let issued = Act::new(now, by.actor.clone());
    let stored = StoredCode::new(hash, issued, lifetime.under(policy), policy);
    let issued = IssuedActivation {
        handle,
        code,
        expires: stored.ends(policy),
    };
    Ok((issued, stored))
}

/// Of a million installations, one handle drawn at random is taken once in a million times.
const CANDIDATES: usize = 3;
