//! A person's own authenticators: renamed, removed, all of them removed.

use alloc::sync::Arc;

use crate::{
    AuthenticatorId, Changed, Error, EventKind, FactorChange, Flow, Keyring, Label, Misuse,
    Operation, Presented, Renaming, TenantId,
    desk::Desk,
    flow::{Decide, Needs},
    operation::{
        owner::{Owner, Refused, is_required},
        tell_removed,
    },
    random::Random,
};

impl Flow<Renaming> {
    /// Gives an authenticator another name.
    #[must_use]
    pub fn rename_authenticator(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        id: AuthenticatorId,
        label: Label,
    ) -> Self {
        let owner = Owner::new(presented);
        Self::new(
            Operation::RenameAuthenticator,
            tenant,
            keyring,
            Rename { owner, id, label },
        )
    }
}

impl Flow<FactorChange> {
    /// Removes one authenticator, and makes everything issued before void; with the last one the backup codes go too.
    #[must_use]
    pub fn remove_authenticator(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        id: AuthenticatorId,
    ) -> Self {
        let owner = Owner::new(presented);
        let what = Removal::One(id);
        Self::new(
            Operation::RemoveAuthenticator,
            tenant,
            keyring,
            Remove { owner, what },
        )
    }

    /// Removes every authenticator and the backup codes, and makes everything issued before void.
    #[must_use]
    pub fn disable(keyring: Arc<Keyring>, tenant: TenantId, presented: Presented<'_>) -> Self {
        let owner = Owner::new(presented);
        let what = Removal::All;
        Self::new(Operation::Disable, tenant, keyring, Remove { owner, what })
    }
}

struct Rename {
    owner: Owner,
    id: AuthenticatorId,
    label: Label,
}

impl From<Refused> for Renaming {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Void(void) => Self::Void(void),
            Refused::Locked(lock) => Self::Locked(lock),
        }
    }
}

impl Decide<Renaming> for Rename {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Renaming> {
        self.owner.open(keyring, tenant).map_err(Renaming::Void)
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Renaming, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.event(EventKind::AuthenticatorRenamed {
            label: self.label.clone(),
        });
        let slot = desk.account()?;
        if let Err(refused) = self.owner.may_change(slot, &policy, now)? {
            return Ok(refused.into());
        }
        let Some(index) = slot.get().and_then(|account| account.position(self.id)) else {
            return Ok(Renaming::NoSuchAuthenticator);
        };
        let account = slot.change(event).ok_or(Misuse::OutOfStep)?;
        if let Some(authenticator) = account.authenticators.get_mut(index) {
            authenticator.label = self.label.clone();
        }
        Ok(Renaming::Renamed)
    }
}

struct Remove {
    owner: Owner,
    what: Removal,
}

#[derive(Clone, Copy)]
enum Removal {
    One(AuthenticatorId),
    All,
}

impl From<Refused> for FactorChange {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Void(void) => Self::Void(void),
            Refused::Locked(lock) => Self::Locked(lock),
        }
    }
}

impl Decide<FactorChange> for Remove {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, FactorChange> {
        self.owner.open(keyring, tenant).map_err(FactorChange::Void)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<FactorChange, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let disabled = desk.event(EventKind::Disabled);
        let slot = desk.account()?;
        if let Err(refused) = self.owner.may_change(slot, &policy, now)? {
            return Ok(refused.into());
        }
        // An assertion that rests on a factor carries an epoch, so the account exists.
        let account = slot.get().ok_or(Misuse::OutOfStep)?;
        let removed = match self.what {
            Removal::All => None,
            Removal::One(id) => {
                let Some(index) = account.position(id) else {
                    return Ok(FactorChange::NoSuchAuthenticator);
                };
                let label = account.authenticators.get(index);
                Some((index, label.ok_or(Misuse::OutOfStep)?.label.clone()))
            }
        };
        let none_left = removed.is_none() || account.authenticators.len() == 1;
        if none_left && is_required(&policy, Some(account)) {
            return Ok(FactorChange::Required);
        }
        if let Some((index, label)) = removed {
            let event = desk.event(EventKind::AuthenticatorRemoved { label });
            let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
            account.authenticators.remove(index);
        } else {
            tell_removed(desk, |desk, kind| desk.event(kind))?;
        }
        let slot = desk.account()?;
        if none_left {
            // Backup codes stand in for an authenticator; alone they are no factor.
            let account = slot.change(disabled).ok_or(Misuse::OutOfStep)?;
            account.remove_factors();
        }
        let account = slot.changing().ok_or(Misuse::OutOfStep)?;
        // A setup that the session has begun is void with its assertion.
        account.pending = None;
        account.raise_epoch(random)?;
        Ok(FactorChange::Changed(Changed {
            assertion: self.owner.successor(desk, false, random)?,
        }))
    }
}
