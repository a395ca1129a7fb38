//! The person says that the backup codes are stored.

use alloc::sync::Arc;

use crate::{
    Error, EventKind, Flow, Keyring, Operation, Presented, Standing, TenantId,
    desk::Desk,
    document::account::AccountDocument,
    flow::{Decide, Needs},
    operation::check_assertion::Bearer,
    random::Random,
};

impl Flow<Standing> {
    /// Records that the backup codes are stored; the answer is the session's standing after that.
    #[must_use]
    pub fn acknowledge_backup_codes(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
    ) -> Self {
        Self::new(
            Operation::AcknowledgeBackupCodes,
            tenant,
            keyring,
            Acknowledge {
                bearer: Bearer::new(presented),
            },
        )
    }
}

struct Acknowledge {
    bearer: Bearer,
}

impl Decide<Standing> for Acknowledge {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Standing> {
        self.bearer.open(keyring, tenant)
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Standing, Error> {
        let standing = self.bearer.standing(desk)?;
        // Only the set that came with this very assertion: another one may never have been seen.
        let shown = self.bearer.was_shown_the_codes(desk)?;
        let event = desk.event(EventKind::BackupCodesAcknowledged);
        let slot = desk.account()?;
        let open = slot
            .get()
            .is_some_and(AccountDocument::backup_codes_unacknowledged);
        if matches!(standing, Standing::Current(_))
            && shown
            && open
            && let Some(account) = slot.change(event)
            && let Some(set) = account.backup.as_mut()
        {
            set.acknowledged = true;
        }
        self.bearer.standing(desk)
    }
}
