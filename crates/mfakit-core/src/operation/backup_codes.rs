//! New backup codes, at the person's own wish.

use alloc::sync::Arc;

use crate::{
    BackupCodesRenewal, Error, EventKind, Flow, Keyring, Misuse, Operation, Presented, Renewed,
    Setting, TenantId,
    desk::Desk,
    flow::{Decide, Needs},
    operation::{
        owner::{Owner, Refused},
        setup::issue_backup_codes,
    },
    random::Random,
};

impl Flow<BackupCodesRenewal> {
    /// Makes a new set of backup codes; the one before is void.
    ///
    /// It needs a fresh assertion that rests on a second factor. The epoch stays: no authenticator has changed.
    #[must_use]
    pub fn regenerate_backup_codes(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
    ) -> Self {
        let owner = Owner::new(presented);
        Self::new(
            Operation::RegenerateBackupCodes,
            tenant,
            keyring,
            Regenerate { owner },
        )
    }
}

struct Regenerate {
    owner: Owner,
}

impl From<Refused> for BackupCodesRenewal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Void(void) => Self::Void(void),
            Refused::Locked(lock) => Self::Locked(lock),
        }
    }
}

impl Decide<BackupCodesRenewal> for Regenerate {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, BackupCodesRenewal> {
        let needs = self.owner.open(keyring, tenant);
        needs.map_err(BackupCodesRenewal::Void)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<BackupCodesRenewal, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.event(EventKind::BackupCodesIssued {
            count: policy.get(Setting::BackupCodes),
        });
        let slot = desk.account()?;
        if let Err(refused) = self.owner.may_change(slot, &policy, now)? {
            return Ok(refused.into());
        }
        // A session outlives the last factor, and codes without one would outlive it.
        if !slot.get().is_some_and(|account| account.has_factor()) {
            return Ok(BackupCodesRenewal::Void(crate::Void::Insufficient));
        }
        // An assertion that rests on a factor carries an epoch, so the account exists.
        let account = slot.change(event).ok_or(Misuse::OutOfStep)?;
        let backup_codes = issue_backup_codes(account, &policy, random)?;
        Ok(BackupCodesRenewal::Renewed(Renewed {
            backup_codes,
            assertion: self.owner.successor(desk, true, random)?,
        }))
    }

    fn is_heavy(&self) -> bool {
        true
    }
}
