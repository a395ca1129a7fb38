//! An administrator's reset: every factor goes, in one commit; the requirement stays.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    AccountId, Administrator, Error, EventKind, Flow, Keyring, Operation, TenantId,
    desk::Desk,
    document::{Meta, account::AccountDocument},
    flow::{Decide, Needs},
    operation::tell_removed,
    random::Random,
    throttle::Throttle,
};

impl Flow<()> {
    /// Removes authenticators, backup codes, pending setup and counters, and makes everything issued before void.
    ///
    /// An account that never had a factor gets an epoch by it, so that its open sign-ins are void too.
    #[must_use]
    pub fn reset(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        Self::new(Operation::Reset, tenant, keyring, Reset { account, by })
    }
}

struct Reset {
    account: AccountId,
    by: Administrator,
}

impl Decide<()> for Reset {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ()> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<(), Error> {
        desk.policy()?;
        let now = desk.now;
        tell_removed(desk, |desk, kind| desk.act(kind, &self.by))?;
        let event = desk.act(EventKind::Reset, &self.by);
        let slot = desk.account()?;
        if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).raise_epoch(random)?;
        } else if let Some(account) = slot.change(event) {
            account.authenticators = Vec::new();
            account.pending = None;
            account.backup = None;
            account.throttle = Throttle::default();
            account.raise_epoch(random)?;
        }
        Ok(())
    }
}
