//! Half sign-ins: the password was right, and no code followed while its ticket was good.
//!
//! That nothing happened is no request, so that no call comes at the moment when it is sure. A sign-in by a password
//! writes to the gate that it asks for a code; a right code writes to the account which of these it answers. Whoever
//! holds both next, after the ticket has ended, sees what was left open: the next password, or a timer of the host.

use alloc::sync::Arc;

use crate::{
    AccountId, Error, EventKind, Flow, Keyring, Misuse, Operation, Settlement, TenantId,
    desk::Desk,
    document::{account::AccountDocument, gate::GateDocument},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<Settlement> {
    /// Records the sign-ins of an account in which the password was right and no code followed, and writes nothing if
    /// there are none.
    #[must_use]
    pub fn settle_sign_ins(keyring: Arc<Keyring>, tenant: TenantId, account: AccountId) -> Self {
        Self::new(
            Operation::SettleSignIns,
            tenant,
            keyring,
            Settle { account },
        )
    }
}

struct Settle {
    account: AccountId,
}

impl Decide<Settlement> for Settle {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Settlement> {
        Ok(Needs {
            gates: alloc::vec![self.account.clone()],
            ..Needs::account(self.account.clone())
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Settlement, Error> {
        desk.policy()?;
        let now = desk.now;
        let half = half_sign_ins(desk)?;
        if let Some((_, kind)) = &half {
            let event = desk.event(kind.clone());
            let gate = desk.gate()?.change(event).ok_or(Misuse::OutOfStep)?;
            gate.forget_ended(now);
        }
        let gate = desk.gate()?.get();
        Ok(Settlement {
            half_sign_ins: half.map_or(0, |(count, _)| count),
            open_until: gate.and_then(|gate| gate.open_until(now)),
        })
    }
}

/// How many sign-ins ended without a code, and the event that tells it; none if there are none.
pub(super) fn half_sign_ins(desk: &mut Desk<'_>) -> Result<Option<(u32, EventKind)>, Error> {
    let now = desk.now;
    let account = desk.account()?.get();
    let answered = account.map(AccountDocument::answered);
    let unanswered = |gate: &GateDocument| gate.unanswered(answered.as_ref(), now);
    let found = desk.gate()?.get().and_then(unanswered);
    Ok(found.map(|(count, last)| (count, EventKind::HalfSignIn { count, last })))
}
