//! An administrator lifts a lock.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, Error, EventKind, Flow, IdentityVerified, Keyring, LockEnd, Misuse,
    Operation, TenantId, Unlocking,
    desk::Desk,
    flow::{Decide, Needs},
    operation::tell_removed,
    random::Random,
};

impl Flow<Unlocking> {
    /// Lifts the lock that wrong codes have led to.
    ///
    /// NIST SP 800-63B-4 §3.2.2 disables authenticators after too many failures until they are bound anew. So a hard
    /// lock ends with the factors removed, unless the administrator has verified the person's identity as carefully
    /// as for binding them; then the consecutive failures are cleared. A lock for a time is lifted; without verified
    /// identity its failures still count, so that asking to be unlocked gives no more guesses before the hard lock.
    /// The budget of 30 days is not cleared while the secrets stay: what was guessed is guessed, whoever the
    /// administrator has spoken to. That of 365 days is not cleared by any unlocking.
    #[must_use]
    pub fn unlock(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
        identity: IdentityVerified,
    ) -> Self {
        let unlock = Unlock {
            account,
            by,
            identity,
        };
        Self::new(Operation::Unlock, tenant, keyring, unlock)
    }

    /// Opens the gate that wrong passwords have locked.
    #[must_use]
    pub fn unlock_password(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::UnlockPassword,
            tenant,
            keyring,
            UnlockPassword { account, by },
        )
    }
}

struct Unlock {
    account: AccountId,
    by: Administrator,
    identity: IdentityVerified,
}

impl Decide<Unlocking> for Unlock {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Unlocking> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<Unlocking, Error> {
        desk.policy()?;
        let now = desk.now;
        let lock = desk.account()?.get();
        let Some(lock) = lock.and_then(|account| account.throttle.lock(now)) else {
            return Ok(Unlocking::NotLocked);
        };
        let (unlocking, kind) = match (lock.end, self.identity) {
            (_, IdentityVerified::Yes) => (Unlocking::FailuresCleared, EventKind::FailuresCleared),
            (LockEnd::At(_), IdentityVerified::No) => (Unlocking::Lifted, EventKind::LockLifted),
            (LockEnd::Hard, IdentityVerified::No) => {
                (Unlocking::FactorsRemoved, EventKind::FactorsRemoved)
            }
        };
        if unlocking == Unlocking::FactorsRemoved {
            tell_removed(desk, |desk, kind| desk.act(kind, &self.by))?;
        }
        let event = desk.act(kind, &self.by);
        let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
        match unlocking {
            Unlocking::Lifted => account.throttle.lift(),
            Unlocking::FailuresCleared => account.throttle.pardon(),
            Unlocking::NotLocked | Unlocking::FactorsRemoved => {
                account.remove_factors();
                account.throttle.begin_anew();
                account.raise_epoch(random)?;
            }
        }
        Ok(unlocking)
    }
}

struct UnlockPassword {
    account: AccountId,
    by: Administrator,
}

impl Decide<Unlocking> for UnlockPassword {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Unlocking> {
        Ok(Needs {
            gates: alloc::vec![self.account.clone()],
            ..Needs::default()
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Unlocking, Error> {
        desk.policy()?;
        let now = desk.now;
        let event = desk.act(EventKind::PasswordUnlocked, &self.by);
        let slot = desk.gate()?;
        if slot
            .get()
            .is_none_or(|gate| gate.locked_until(now).is_none())
        {
            return Ok(Unlocking::NotLocked);
        }
        slot.change(event).ok_or(Misuse::OutOfStep)?.clear(now);
        Ok(Unlocking::FailuresCleared)
    }
}
