//! The roll-out: a requirement for single users, and a setup put off until its deadline.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, Allowed, Basis, Deferment, Error, EventKind, Flow, Keyring, Misuse,
    Operation, Presented, Requirement, RequirementChange, TenantId, Void,
    claims::{Presentation, TicketClaims, TicketPurpose},
    desk::Desk,
    document::{
        Meta,
        account::{AccountDocument, PendingSetup},
    },
    flow::{Decide, Needs},
    operation::{access, check_ticket, refuse_anomaly},
    random::Random,
};

impl Flow<Deferment> {
    /// Puts the setup off for this sign-in, if the ticket's sign-in may do so; spends a skip and the ticket.
    #[must_use]
    pub fn defer(keyring: Arc<Keyring>, tenant: TenantId, presented: Presented<'_>) -> Self {
        Self::new(
            Operation::Defer,
            tenant,
            keyring,
            Defer {
                presentation: presented.into(),
                opened: None,
            },
        )
    }
}

impl Flow<RequirementChange> {
    /// Requires a second factor of one account, where the policy leaves it to the person.
    #[must_use]
    pub fn require(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        let required = Required::Yes;
        Self::new(
            Operation::Require,
            tenant,
            keyring,
            Require {
                account,
                required,
                by,
            },
        )
    }

    /// Takes the requirement of one account back; what the policy demands of everybody stays.
    #[must_use]
    pub fn end_requirement(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        let required = Required::No;
        Self::new(
            Operation::EndRequirement,
            tenant,
            keyring,
            Require {
                account,
                required,
                by,
            },
        )
    }
}

struct Defer {
    presentation: Presentation,
    opened: Option<(AccountId, TicketClaims)>,
}

impl Decide<Deferment> for Defer {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Deferment> {
        let opened = self.presentation.open(keyring, tenant);
        let claims = opened.and_then(|it| it.into_ticket(TicketPurpose::Setup));
        let claims = claims.map_err(Deferment::Void)?;
        let account = claims.common.account().map_err(Deferment::Void)?;
        self.opened = Some((account.clone(), claims));
        Ok(Needs::account(account))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<Deferment, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let (id, claims) = self.opened.as_ref().ok_or(Misuse::OutOfStep)?;
        let slot = desk.account()?;
        refuse_anomaly(&claims.common, slot, now)?;
        if let Err(void) = check_ticket(claims, slot, &policy, now) {
            return Ok(Deferment::Void(void));
        }
        let account = slot.get();
        if account.is_some_and(AccountDocument::has_factor) {
            return Ok(Deferment::Void(Void::Superseded));
        }
        if let Some(lock) = account.and_then(|account| account.throttle.lock(now)) {
            return Ok(Deferment::Locked(lock));
        }
        let required = access::requirement(&policy, account) == Requirement::Required;
        let rollout = account.and_then(|account| account.rollout.as_ref());
        // The ticket says whether its own sign-in may put off; the policy of the day, whether any may.
        let deferral = rollout
            .filter(|_| required && claims.may_defer)
            .and_then(|rollout| rollout.deferral(&policy, now));
        let Some(deferral) = deferral else {
            return Ok(Deferment::Refused);
        };
        let event = desk.event(EventKind::SetupDeferred {
            skips_left: deferral.skips_left.saturating_sub(1),
        });
        let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
        if let Some(rollout) = account.rollout.as_mut() {
            rollout.skip();
        }
        let common = &claims.common;
        account
            .spent
            .spend(common.id, common.issued, claims.expires, now);
        // A setup that was begun outlives its ticket; what is put off is not under way.
        let begun_by_it = |pending: &PendingSetup| pending.begun_by == common.id;
        if account.pending.as_ref().is_some_and(begun_by_it) {
            account.pending = None;
        }
        let issuance = desk.issuance(id, claims.common.origin())?;
        Ok(Deferment::Allow(Allowed {
            assertion: issuance.assertion(Basis::Deferred, None, random)?,
            basis: Basis::Deferred,
            may_set_up: true,
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

struct Require {
    account: AccountId,
    required: Required,
    by: Administrator,
}

impl Decide<RequirementChange> for Require {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, RequirementChange> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<RequirementChange, Error> {
        desk.policy()?;
        let now = desk.now;
        let required = self.required == Required::Yes;
        let event = desk.act(
            if required {
                EventKind::RequirementSet
            } else {
                EventKind::RequirementEnded
            },
            &self.by,
        );
        let slot = desk.account()?;
        if slot.get().is_some_and(|account| account.required) == required {
            return Ok(RequirementChange::Unchanged);
        }
        if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).required = required;
        } else if let Some(account) = slot.change(event) {
            account.required = required;
        }
        Ok(RequirementChange::Changed)
    }
}
