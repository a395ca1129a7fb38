//! Whoever installs a service redeems its code, once, for what it was issued for.
//!
//! Order of checks: shape, tries, secret, what became of the code, purpose. A text without the shape of a code
//! costs nothing, since anybody can tell. Every other attempt costs one hash, whether the handle is known or
//! not, and every failure at a known handle is charged there and told in the audit trail, until the tries are
//! used up: from then on nothing is written, and only a reissue helps. To the outside all of them are one answer.

use alloc::sync::Arc;

use crate::{
    ActivationCode, ActivationRefusal, Actor, Error, Event, EventKind, Flow, Keyring, Label,
    Misuse, Operation, Policy, RedeemedActivation, Redemption, TenantId, UnixTime,
    desk::Desk,
    document::activation::{Act, ActivationDocument, CodeHash},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<Redemption> {
    /// Redeems what was typed, for `purpose`, on behalf of `redeemer`.
    #[must_use]
    pub fn redeem_activation(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        typed: &str,
        purpose: Label,
        redeemer: Actor,
    ) -> Self {
        let redeem = Redeem {
            code: ActivationCode::parse(typed).ok(),
            hashed: None,
            purpose,
            redeemer,
        };
        Self::new(Operation::RedeemActivation, tenant, keyring, redeem)
    }
}

struct Redeem {
    code: Option<ActivationCode>,
    /// The hash of the code, kept for another round: after a conflict nothing is hashed anew.
    hashed: Option<CodeHash>,
    purpose: Label,
    redeemer: Actor,
}

impl Decide<Redemption> for Redeem {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Redemption> {
        let code = self.code.as_ref().ok_or(Redemption::ActivationFailed)?;
        Ok(Needs::activation(code.handle()))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Redemption, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let code = self.code.as_ref().ok_or(Misuse::OutOfStep)?;
        let open = desk.activation()?.get();
        let Some(document) = open.filter(|it| it.code.tries_left > 0) else {
            self.hashed.get_or_insert_with(|| CodeHash::decoy(code));
            return Ok(Redemption::ActivationFailed);
        };
        let stored = &document.code.hash;
        let kept = self.hashed.take().filter(|it| it.is_like(stored));
        let hashed = self
            .hashed
            .insert(kept.unwrap_or_else(|| stored.again(code)));
        match judge(document, hashed, &self.purpose, &policy, now) {
            Ok(()) => self.accept(desk),
            Err(refusal) => self.refuse(desk, refusal),
        }
    }

    fn is_heavy(&self) -> bool {
        true
    }
}

impl Redeem {
    fn accept(&self, desk: &mut Desk<'_>) -> Result<Redemption, Error> {
        let now = desk.now;
        let event = self.event(desk, EventKind::ActivationRedeemed);
        let slot = desk.activation()?;
        let document = slot.change(event).ok_or(Misuse::OutOfStep)?;
        document.code.redeemed = Some(Act::new(now, self.redeemer.clone()));
        let code = self.code.as_ref().ok_or(Misuse::OutOfStep)?;
        Ok(Redemption::Redeemed(RedeemedActivation {
            handle: code.handle(),
            purpose: document.purpose.clone(),
            issued: document.code.issued.told(),
        }))
    }

    fn refuse(&self, desk: &mut Desk<'_>, refusal: ActivationRefusal) -> Result<Redemption, Error> {
        let event = self.event(desk, EventKind::ActivationRefused { refusal });
        let exhausted = self.event(desk, EventKind::ActivationExhausted);
        let slot = desk.activation()?;
        let document = slot.change(event).ok_or(Misuse::OutOfStep)?;
        let left = document.code.tries_left.saturating_sub(1);
        document.code.tries_left = left;
        if left == 0 {
            slot.also(exhausted);
        }
        Ok(Redemption::ActivationFailed)
    }

    /// Something that whoever brought the code did.
    fn event(&self, desk: &Desk<'_>, kind: EventKind) -> Event {
        Event {
            actor: Some(self.redeemer.clone()),
            ..desk.event(kind)
        }
    }
}

/// Whether the code is good. What became of it and what it is for matter to the one who has the secret only.
fn judge(
    document: &ActivationDocument,
    hashed: &CodeHash,
    purpose: &Label,
    policy: &Policy,
    now: UnixTime,
) -> Result<(), ActivationRefusal> {
    let code = &document.code;
    if !code.hash.fits(hashed) {
        Err(ActivationRefusal::Mismatch)
    } else if code.redeemed.is_some() {
        Err(ActivationRefusal::Redeemed)
    } else if code.revoked.is_some() {
        Err(ActivationRefusal::Revoked)
    } else if now >= code.ends(policy) {
        Err(ActivationRefusal::Expired)
    } else if document.purpose != *purpose {
        Err(ActivationRefusal::WrongPurpose)
    } else {
        Ok(())
    }
}
