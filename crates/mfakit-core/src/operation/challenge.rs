//! Who tries codes: the bearer of a ticket to verify, and the order of checks before a code is looked at.
//!
//! Ticket, shape, lock, code: a bad ticket, a malformed text, a lock in force charge nothing and write nothing.

use crate::{
    AccountId, Charged, Error, Keyring, Mismatch, Misuse, Policy, Presented, TenantId,
    Verification,
    claims::{Presentation, TicketClaims, TicketPurpose},
    desk::Desk,
    document::account::AccountDocument,
    flow::Needs,
    operation::{check_ticket, refuse_anomaly},
};

/// The bearer of a ticket to verify, opened once.
pub(super) struct Challenged {
    presentation: Presentation,
    opened: Option<(AccountId, TicketClaims)>,
}

impl Challenged {
    pub(super) fn new(presented: Presented<'_>) -> Self {
        Self {
            presentation: presented.into(),
            opened: None,
        }
    }

    /// The account is that of the ticket: no other can be named.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        tenant: &TenantId,
    ) -> Result<Needs, Verification> {
        let opened = self.presentation.open(keyring, tenant);
        let claims = opened.and_then(|it| it.into_ticket(TicketPurpose::Verify));
        let claims = claims.map_err(Verification::Void)?;
        let account = claims.common.account().map_err(Verification::Void)?;
        self.opened = Some((account.clone(), claims));
        Ok(Needs::account(account))
    }

    /// Why what was typed is not looked at, if it is not.
    pub(super) fn refusal(
        &self,
        desk: &mut Desk<'_>,
        policy: &Policy,
        has_shape: impl FnOnce(&AccountDocument) -> bool,
    ) -> Result<Option<Verification>, Error> {
        let now = desk.now;
        let (_, claims) = self.opened()?;
        let slot = desk.account()?;
        refuse_anomaly(&claims.common, slot, now)?;
        if let Err(void) = check_ticket(claims, slot, policy, now) {
            return Ok(Some(Verification::Void(void)));
        }
        // A ticket to verify carries an epoch, so the account exists.
        let account = slot.get().ok_or(Misuse::OutOfStep)?;
        if !has_shape(account) {
            return Ok(Some(Verification::Mismatch(Mismatch {
                attempts_left: account.throttle.attempts_left(&account.limits(policy), now),
                charged: Charged::NotACode,
            })));
        }
        Ok(account.throttle.lock(now).map(Verification::Locked))
    }

    pub(super) const fn opened(&self) -> Result<&(AccountId, TicketClaims), Error> {
        match &self.opened {
            Some(opened) => Ok(opened),
            None => Err(Error::Misuse(Misuse::OutOfStep)),
        }
    }
}
