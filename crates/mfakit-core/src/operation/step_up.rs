//! Stepping up: a session that is good, but not for what is asked, is asked for a code.

use alloc::sync::Arc;

use crate::{
    Challenge, Error, Flow, Keyring, Operation, Presented, StepUp, TenantId,
    claims::TicketPurpose,
    desk::Desk,
    flow::{Decide, Needs},
    operation::owner::{Owner, Refused},
    random::Random,
};

impl Flow<StepUp> {
    /// A ticket to verify, for the bearer of an assertion that is current; `verify` then gives a fresh one.
    ///
    /// The ticket is bound to what the assertion is bound to.
    #[must_use]
    pub fn step_up(keyring: Arc<Keyring>, tenant: TenantId, presented: Presented<'_>) -> Self {
        let owner = Owner::new(presented);
        Self::new(Operation::StepUp, tenant, keyring, Step { owner })
    }
}

struct Step {
    owner: Owner,
}

impl From<Refused> for StepUp {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Void(void) => Self::Void(void),
            Refused::Locked(lock) => Self::Locked(lock),
        }
    }
}

impl Decide<StepUp> for Step {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, StepUp> {
        self.owner.open(keyring, tenant).map_err(StepUp::Void)
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<StepUp, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let slot = desk.account()?;
        if let Err(refused) = self.owner.may_step_up(slot, &policy, now)? {
            return Ok(refused.into());
        }
        let Some(account) = slot.get().filter(|account| account.has_factor()) else {
            return Ok(StepUp::NoFactor);
        };
        let backup_codes_left = account.backup_codes_left();
        let takes_one_code = account.takes_one_code(&policy, now);
        let (account, claims) = self.owner.opened()?;
        let issuance = desk.issuance(account, claims.common.origin())?;
        Ok(StepUp::Challenge(Challenge {
            ticket: issuance.ticket(TicketPurpose::Verify, &policy, random)?,
            backup_codes_left,
            takes_one_code,
        }))
    }

    fn may_write(&self) -> bool {
        false
    }
}
