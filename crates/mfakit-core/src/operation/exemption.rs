//! Exemptions: an administrator lets a person in without a second factor, for a time and a reason.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, Error, EventKind, ExemptionChange, ExemptionEnd, Flow, Keyring,
    Operation, Policy, TenantId, UnixTime,
    desk::Desk,
    document::{
        Meta,
        account::AccountDocument,
        exemption::{Exemption, latest_end},
    },
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<ExemptionChange> {
    /// Exempts an account until `end`, within what the policy allows; an exemption from before is replaced.
    #[must_use]
    pub fn exempt(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        end: ExemptionEnd,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::Exempt,
            tenant,
            keyring,
            Exempt { account, end, by },
        )
    }

    /// Ends the exemption of an account.
    #[must_use]
    pub fn end_exemption(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::EndExemption,
            tenant,
            keyring,
            End { account, by },
        )
    }
}

struct Exempt {
    account: AccountId,
    end: ExemptionEnd,
    by: Administrator,
}

impl Decide<ExemptionChange> for Exempt {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ExemptionChange> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<ExemptionChange, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        if let Err(refused) = check(self.end, &policy, now) {
            return Ok(refused);
        }
        let event = desk.act(EventKind::Exempted { end: self.end }, &self.by);
        let exemption = Some(Exemption::new(now, self.end, &self.by));
        let slot = desk.account()?;
        if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).exemption = exemption;
        } else if let Some(account) = slot.change(event) {
            account.exemption = exemption;
        }
        Ok(ExemptionChange::Changed)
    }
}

/// Whether the policy allows this end.
fn check(end: ExemptionEnd, policy: &Policy, now: UnixTime) -> Result<(), ExemptionChange> {
    match (end, latest_end(policy, now)) {
        (ExemptionEnd::At(until), _) if until <= now => Err(ExemptionChange::EndsInThePast),
        (ExemptionEnd::At(until), Some(latest)) if until > latest => {
            Err(ExemptionChange::TooLong { latest })
        }
        (ExemptionEnd::Open, Some(latest)) => Err(ExemptionChange::EndNeeded { latest }),
        (ExemptionEnd::At(_), _) | (ExemptionEnd::Open, None) => Ok(()),
    }
}

struct End {
    account: AccountId,
    by: Administrator,
}

impl Decide<ExemptionChange> for End {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ExemptionChange> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<ExemptionChange, Error> {
        desk.policy()?;
        let event = desk.act(EventKind::ExemptionEnded, &self.by);
        let slot = desk.account()?;
        // One that has lapsed by itself goes too: a policy that allows more would bring it back.
        if slot.get().is_none_or(|account| account.exemption.is_none()) {
            return Ok(ExemptionChange::NotExempt);
        }
        if let Some(account) = slot.change(event) {
            account.exemption = None;
        }
        Ok(ExemptionChange::Changed)
    }
}
