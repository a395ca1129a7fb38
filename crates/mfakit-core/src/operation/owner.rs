//! Who changes the own factors: the bearer of a fresh assertion that rests on a second factor.

use crate::{
    AccountId, Assertion, Error, Keyring, Locked, Misuse, Policy, Presented, Requirement, TenantId,
    UnixTime, Void,
    claims::{AssertionClaims, Presentation},
    desk::Desk,
    document::{account::AccountDocument, slot::Slot},
    flow::Needs,
    operation::{access, check_standing, refuse_anomaly},
    random::Random,
};

/// The bearer of an assertion, opened once.
pub(super) struct Owner {
    presentation: Presentation,
    opened: Option<(AccountId, AssertionClaims)>,
}

/// Why the owner may not.
#[derive(Clone, Copy)]
pub(super) enum Refused {
    Void(Void),
    Locked(Locked),
}

impl Owner {
    pub(super) fn new(presented: Presented<'_>) -> Self {
        Self {
            presentation: presented.into(),
            opened: None,
        }
    }

    /// The account is that of the assertion: no other can be named.
    pub(super) fn open(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Void> {
        let claims = self.presentation.open(keyring, tenant)?.into_assertion()?;
        let account = claims.common.account()?;
        self.opened = Some((account.clone(), claims));
        Ok(Needs::account(account))
    }

    /// Whether the owner may change factors: the session is good, rests on a factor, and that a short while ago.
    pub(super) fn may_change(
        &self,
        slot: &Slot<AccountDocument>,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Result<(), Refused>, Error> {
        let (_, claims) = self.opened()?;
        let current = self.may_step_up(slot, policy, now)?;
        if let Err(Refused::Void(_)) = current {
            return Ok(current);
        }
        let enough = claims.basis().and_then(|basis| {
            if !basis.is_two_factor() {
                Err(Void::Insufficient)
            } else if now < claims.fresh_until(policy) {
                Ok(())
            } else {
                Err(Void::Stale)
            }
        });
        Ok(enough.map_err(Refused::Void).and(current))
    }

    /// Whether the session is good, whatever it rests on, and the account open.
    pub(super) fn may_step_up(
        &self,
        slot: &Slot<AccountDocument>,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Result<(), Refused>, Error> {
        if let Err(void) = self.is_current(slot, policy, now)? {
            return Ok(Err(Refused::Void(void)));
        }
        let lock = slot.get().and_then(|account| account.throttle.lock(now));
        Ok(lock.map_or(Ok(()), |lock| Err(Refused::Locked(lock))))
    }

    /// Whether the session is good.
    pub(super) fn is_current(
        &self,
        slot: &Slot<AccountDocument>,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Result<(), Void>, Error> {
        let (_, claims) = self.opened()?;
        refuse_anomaly(&claims.common, slot, now)?;
        Ok(check_standing(claims, slot, policy, now).and_then(|()| {
            if access::suffices(claims.basis()?, claims.device(), policy, slot.get(), now) {
                Ok(())
            } else {
                Err(Void::Insufficient)
            }
        }))
    }

    /// The caller's assertion after the change: bound to the same session, of the same sign-in.
    ///
    /// # Security
    /// It says when the person signed in, not when the change was made: otherwise a session would stay fresh for
    /// ever by changing something every few minutes.
    pub(super) fn successor(
        &self,
        desk: &Desk<'_>,
        shown: bool,
        random: &mut Random<'_>,
    ) -> Result<Assertion, Error> {
        let (account, claims) = self.opened()?;
        let basis = claims.basis().map_err(|_| Misuse::OutOfStep)?;
        let mut issuance = desk.issuance(account, claims.common.origin())?;
        issuance.now = claims.common.issued;
        Ok(issuance.assertion(basis, desk.shown_set(shown), random)?)
    }

    /// Whether the session rests on a remembered device, which does not outlive a change of the epoch.
    pub(super) fn is_remembered(&self) -> Result<bool, Error> {
        let (_, claims) = self.opened()?;
        Ok(claims
            .basis()
            .is_ok_and(|basis| basis == crate::Basis::Remembered))
    }

    pub(super) const fn opened(&self) -> Result<&(AccountId, AssertionClaims), Error> {
        match &self.opened {
            Some(opened) => Ok(opened),
            None => Err(Error::Misuse(Misuse::OutOfStep)),
        }
    }
}

/// Whether this account may not be without a factor.
pub(super) fn is_required(policy: &Policy, account: Option<&AccountDocument>) -> bool {
    access::requirement(policy, account) == Requirement::Required
}
