//! The host has changed a password: whoever signed in with the old one signs in again.

use alloc::sync::Arc;

use crate::{
    AccountId, Assertion, Error, EventKind, Flow, Keyring, Operation, Presented, TenantId,
    desk::Desk,
    document::{Meta, account::AccountDocument},
    flow::{Decide, Needs},
    operation::owner::Owner,
    random::Random,
};

impl Flow<Option<Assertion>> {
    /// Makes everything void that was issued to `account` before its password was changed. The factors stay: a new
    /// password is one factor, and no way around the other (ASVS 6.4.3).
    ///
    /// `session` is that of the person who changed it, if there is one. If its assertion is good and of this very
    /// account, the answer is its successor; in any case the change is made.
    #[must_use]
    pub fn password_changed(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        session: Option<Presented<'_>>,
    ) -> Self {
        let owner = session.map(Owner::new);
        Self::new(
            Operation::PasswordChanged,
            tenant,
            keyring,
            PasswordChanged { account, owner },
        )
    }
}

struct PasswordChanged {
    account: AccountId,
    owner: Option<Owner>,
}

impl Decide<Option<Assertion>> for PasswordChanged {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Option<Assertion>> {
        // A session that does not open, or is somebody else's, has no successor.
        self.owner = self.owner.take().and_then(|mut owner| {
            owner.open(keyring, tenant).ok()?;
            let (of, _) = owner.opened().ok()?;
            (*of == self.account).then_some(owner)
        });
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<Option<Assertion>, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.event(EventKind::PasswordChanged);
        let slot = desk.account()?;
        let mut stays = None;
        if let Some(owner) = &self.owner
            // Whatever is odd about the session, the change is made.
            && matches!(owner.is_current(slot, &policy, now), Ok(Ok(())))
            && !owner.is_remembered()?
        {
            stays = Some(owner);
        }
        if slot.get().is_none() {
            // Sign-ins that are open are void too.
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).raise_epoch(random)?;
        } else if let Some(account) = slot.change(event) {
            account.pending = None;
            account.raise_epoch(random)?;
        }
        stays
            .map(|owner| owner.successor(desk, false, random))
            .transpose()
    }
}
