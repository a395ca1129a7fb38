//! An administrator sets the times of an activation code right that a clock ahead of its time has written.

use alloc::sync::Arc;

use crate::{
    ActivationHandle, Administrator, ClockRepair, Error, EventKind, Flow, Keyring, Misuse,
    Operation, TenantId,
    desk::{Clock, Desk, is_far_ahead},
    document::Document as _,
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<ClockRepair> {
    /// Clamps every time of an activation code that is ahead of the clock.
    ///
    /// # Security
    /// What was redeemed or revoked stays so; an open code ends no later than one issued now would.
    #[must_use]
    pub fn repair_activation_clock(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        handle: ActivationHandle,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::RepairActivationClock,
            tenant,
            keyring,
            Repair { handle, by },
        )
    }
}

struct Repair {
    handle: ActivationHandle,
    by: Administrator,
}

impl Decide<ClockRepair> for Repair {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ClockRepair> {
        Ok(Needs {
            clock: Clock::AsGiven,
            ..Needs::activation(self.handle)
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<ClockRepair, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.act(EventKind::ClockRepaired, &self.by);
        let slot = desk.activation()?;
        if !slot.seen().is_some_and(|seen| is_far_ahead(seen, now)) {
            return Ok(ClockRepair::NothingAhead);
        }
        let document = slot.change(event).ok_or(Misuse::OutOfStep)?;
        document.meta_mut().seen = now;
        document.code.clamp(&policy, now);
        Ok(ClockRepair::Repaired)
    }
}
