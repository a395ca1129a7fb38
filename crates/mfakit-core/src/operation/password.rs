//! The gate in front of the password: an attempt is charged before anything is hashed.

use alloc::sync::Arc;

use crate::{
    AccountId, Error, EventKind, Flow, Gate, GateRefusal, Keyring, Operation, PasswordAttempt,
    TenantId,
    desk::Desk,
    document::{
        Meta,
        gate::{GateCharge, GateDocument},
    },
    flow::{Decide, Needs},
    operation::settle::half_sign_ins,
    random::Random,
};

impl Flow<Gate> {
    /// Charges a password attempt and says whether to evaluate the password.
    #[must_use]
    pub fn begin_password(keyring: Arc<Keyring>, tenant: TenantId, account: AccountId) -> Self {
        Self::new(Operation::BeginPassword, tenant, keyring, Begin { account })
    }
}

impl Flow<()> {
    /// Costs what [`Flow::begin_password`] loads, for a login name that nobody has; creates nothing.
    #[must_use]
    pub fn begin_decoy(keyring: Arc<Keyring>, tenant: TenantId, account: AccountId) -> Self {
        Self::new(Operation::BeginDecoy, tenant, keyring, Decoy { account })
    }
}

struct Begin {
    account: AccountId,
}

impl Decide<Gate> for Begin {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Gate> {
        Ok(Needs {
            gates: alloc::vec![self.account.clone()],
            ..Needs::account(self.account.clone())
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<Gate, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let tenant = desk.tenant.clone();
        let plain = desk.event(EventKind::PasswordAttempted);
        let epoch = desk.account()?.get().map(|account| account.epoch);
        let slot = desk.gate()?;
        // INVARIANT: while the gate is locked nothing is written, so that guessing can't renew the lock.
        if let Some(until) = slot.get().and_then(|gate| gate.locked_until(now)) {
            return Ok(Gate::Refused(GateRefusal { until }));
        }
        let half = half_sign_ins(desk)?.map(|(_, kind)| desk.event(kind));
        let slot = desk.gate()?;
        let charge = GateCharge::of_attempt(slot.get(), &policy, now);
        let mut event = plain;
        if let Some(until) = charge.locked_until {
            event.kind = EventKind::PasswordLocked { until };
        }
        if slot.get().is_none() {
            let empty = GateDocument::new(Meta::new(now, random)?, now);
            slot.create(empty, event).apply(charge);
        } else if let Some(gate) = slot.change(event) {
            gate.apply(charge);
            gate.forget_ended(now);
            if let Some(half) = half {
                slot.also(half);
            }
        }
        Ok(Gate::Proceed(PasswordAttempt {
            epoch,
            tenant,
            account: self.account.clone(),
        }))
    }
}

struct Decoy {
    account: AccountId,
}

impl Decide<()> for Decoy {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, ()> {
        Ok(Needs {
            gates: alloc::vec![self.account.clone()],
            ..Needs::account(self.account.clone())
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<(), Error> {
        desk.policy().map(drop)
    }

    fn may_write(&self) -> bool {
        false
    }
}
