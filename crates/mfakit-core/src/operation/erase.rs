//! Erasing a person: a tombstone stays, so that epochs and revisions never repeat.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, Error, EventKind, Flow, Keyring, Operation, TenantId,
    desk::Desk,
    document::{Meta, account::AccountDocument},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<()> {
    /// Erases everything personal of an account and its gate in one commit, and makes everything issued before void.
    ///
    /// The keys of the event chains are replaced, so that nobody reads older events again. The account's id, which
    /// the host chose, stays as the key of the documents.
    #[must_use]
    pub fn erase(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        Self::new(Operation::Erase, tenant, keyring, Erase { account, by })
    }
}

struct Erase {
    account: AccountId,
    by: Administrator,
}

impl Decide<()> for Erase {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ()> {
        Ok(Needs {
            gates: alloc::vec![self.account.clone()],
            ..Needs::account(self.account.clone())
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<(), Error> {
        desk.policy()?;
        let now = desk.now;
        let event = desk.act(EventKind::Erased, &self.by);
        let slot = desk.account()?;
        if slot.get().is_none() {
            // Sign-ins that are open are void too.
            // Marked as erased, so that lists take it for what it is.
            let meta = Meta::new(now, random)?.forget(random)?;
            let document = AccountDocument::new(meta, random)?;
            slot.create(document, event.clone()).raise_epoch(random)?;
        } else if let Some(account) = slot.change(event.clone()) {
            account.erase(random)?;
        }
        if let Some(gate) = desk.gate()?.change(event) {
            gate.erase(now, random)?;
        }
        Ok(())
    }
}
