//! An administrator sets times right that a clock ahead of its time has written.
//!
//! Time does not go back for a document: a clock far behind the latest time it has seen is refused. After
//! a clock was ahead that would last until real time has caught up, so this is the one way out. It is
//! audited, and what it lets down is said in its event: everything issued before is void.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, Error, EventKind, Flow, Keyring, Operation, TenantId, TimeStep,
    answer::ClockRepair,
    desk::{Clock, Desk, is_far_ahead},
    document::{Document as _, account::Authenticator},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<ClockRepair> {
    /// Clamps every time of the policy, or of an account and its gate, if it has seen a time more than two minutes
    /// ahead of the clock; less needs no repair.
    ///
    /// # Security
    /// The last accepted time step falls to that of now, if it is ahead: codes that were used while the clock
    /// was ahead could be used again when their time comes. The epoch rises, so that every ticket and session
    /// from that time is void.
    #[must_use]
    pub fn repair_clock(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: Option<AccountId>,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::RepairClock,
            tenant,
            keyring,
            Repair { account, by },
        )
    }
}

struct Repair {
    account: Option<AccountId>,
    by: Administrator,
}

impl Decide<ClockRepair> for Repair {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ClockRepair> {
        let accounts: alloc::vec::Vec<_> = self.account.iter().cloned().collect();
        Ok(Needs {
            gates: accounts.clone(),
            accounts,
            clock: Clock::AsGiven,
            ..Needs::default()
        })
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<ClockRepair, Error> {
        let policy = desk.policy()?;
        let now = desk.now;
        let event = desk.act(EventKind::ClockRepaired, &self.by);
        let mut repaired = false;
        for slot in &mut desk.accounts {
            if slot.seen().is_some_and(|seen| is_far_ahead(seen, now))
                && let Some(account) = slot.change(event.clone())
            {
                account.meta_mut().seen = now;
                account.pending = None;
                let limits = account.limits(&policy);
                account.throttle.clamp(&limits, now);
                if let Some(exemption) = account.exemption.as_mut() {
                    exemption.clamp(now);
                }
                if let Some(rollout) = account.rollout.as_mut() {
                    rollout.clamp(now);
                }
                for authenticator in &mut account.authenticators {
                    clamp(authenticator, now);
                }
                account.raise_epoch(random)?;
                repaired = true;
            }
        }
        for slot in &mut desk.gates {
            if slot.seen().is_some_and(|seen| is_far_ahead(seen, now))
                && let Some(gate) = slot.change(event.clone())
            {
                gate.meta_mut().seen = now;
                gate.clear(now);
                gate.forget_asked();
                repaired = true;
            }
        }
        if self.account.is_none()
            && desk
                .policy
                .seen()
                .is_some_and(|seen| is_far_ahead(seen, now))
            && let Some(document) = desk.policy.change(event)
        {
            document.meta_mut().seen = now;
            document.clamp(now);
            repaired = true;
        }
        Ok(if repaired {
            ClockRepair::Repaired
        } else {
            ClockRepair::NothingAhead
        })
    }
}

/// The step of now is used up, and none after it.
fn clamp(authenticator: &mut Authenticator, now: crate::UnixTime) {
    let period = authenticator.parameters.period;
    let today = TimeStep::at(authenticator.own_time(now), period).unwrap_or(TimeStep::new(0));
    authenticator.last_step = authenticator.last_step.min(today);
    authenticator.bound_at = authenticator.bound_at.min(now);
}
