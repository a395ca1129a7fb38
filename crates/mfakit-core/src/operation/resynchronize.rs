//! Resynchronization: two consecutive codes bring an authenticator back that has left the window.
//!
//! It is a verification in two codes instead of one, with the same ticket, the same checks in the same order and the
//! same charge for a wrong one: it opens no second way to guess. Both codes are used up, and codes that
//! were used before bring nothing back (CVE-2019-12887).
//!
//! An administrator does the same with codes that the person reads out; that lets nobody in, and clears nothing.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, AuthenticatorId, Basis, Charged, Code, Declined, Error, EventKind,
    Flow, Keyring, Label, Mismatch, Misuse, Operation, Policy, Presented, Replayed, ReplayedCode,
    ResyncWindow, Resynchronization, Setting, TenantId, UnixTime, Verification, VerifyError,
    desk::Desk,
    document::account::{AccountDocument, Authenticator},
    flow::{Decide, Needs},
    operation::{
        challenge::Challenged,
        matching::Position,
        verify::{Typed, charge, charge_as, succeed},
    },
    random::Random,
};

impl Flow<Verification> {
    /// Verifies two consecutive codes of an authenticator that may have left the window, as shown and as typed.
    #[must_use]
    pub fn resynchronize(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        first: &str,
        second: &str,
    ) -> Self {
        let resynchronize = Resynchronize {
            challenged: Challenged::new(presented),
            pair: Pair::new(first, second),
        };
        Self::new(Operation::Resynchronize, tenant, keyring, resynchronize)
    }
}

impl Flow<Resynchronization> {
    /// Brings an authenticator back by two consecutive codes that the person reads out to an administrator.
    #[must_use]
    pub fn resynchronize_of(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        first: &str,
        second: &str,
        by: Administrator,
    ) -> Self {
        let pair = Pair::new(first, second);
        Self::new(
            Operation::ResynchronizeOf,
            tenant,
            keyring,
            ResynchronizeOf { account, pair, by },
        )
    }
}

/// Two codes as typed.
struct Pair([Typed; 2]);

/// What the two codes turned out to be.
enum Finding {
    /// Codes of the authenticator with this index, none of them used.
    Fresh { index: usize, position: Position },
    /// Codes of an authenticator, the first of which is used.
    Replayed,
    /// No two consecutive codes.
    Mismatch,
}

struct Resynchronize {
    challenged: Challenged,
    pair: Pair,
}

impl Decide<Verification> for Resynchronize {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Verification> {
        self.challenged.open(keyring, tenant)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<Verification, Error> {
        let (policy, clock) = (desk.policy()?, desk.clock);
        let shaped = |account: &AccountDocument| self.pair.has_shape(account);
        if let Some(refusal) = self.challenged.refusal(desk, &policy, shaped)? {
            return Ok(refusal);
        }
        let Some(window) = window(&policy) else {
            return Ok(Verification::Declined(Declined::TwoCodes));
        };
        let (id, claims) = self.challenged.opened()?;
        let account = desk.account()?.get().ok_or(Misuse::OutOfStep)?;
        match self.pair.find(account, clock, window, &policy) {
            Finding::Fresh { index, position } => {
                let (_, label) = name(account, index)?;
                let event = desk.event(EventKind::Resynchronized { label });
                let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
                if let Some(authenticator) = account.authenticators.get_mut(index) {
                    authenticator.advance(position);
                }
                succeed(desk, id, claims, Basis::Otp, &policy, random)
            }
            Finding::Replayed => {
                // A form that is sent twice brings a spent ticket, so that nothing honest comes here.
                let replayed = Replayed {
                    what: ReplayedCode::Otp,
                    wait_seconds: 0,
                };
                let kind = EventKind::CodeReplayed;
                charge(desk, &policy, kind, |_| Verification::Replayed(replayed))
            }
            Finding::Mismatch => charge(desk, &policy, EventKind::CodeMismatch, |attempts_left| {
                Verification::Mismatch(Mismatch {
                    attempts_left,
                    charged: Charged::Yes,
                })
            }),
        }
    }

    /// Some hundred codes of each authenticator are computed.
    fn is_heavy(&self) -> bool {
        true
    }
}

struct ResynchronizeOf {
    account: AccountId,
    pair: Pair,
    by: Administrator,
}

impl Decide<Resynchronization> for ResynchronizeOf {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Resynchronization> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<Resynchronization, Error> {
        let (policy, now, clock) = (desk.policy()?, desk.now, desk.clock);
        let Some(window) = window(&policy) else {
            return Ok(Resynchronization::Declined);
        };
        let account = desk.account()?.get();
        let Some(account) = account.filter(|account| account.has_factor()) else {
            return Ok(Resynchronization::NoFactor);
        };
        if !self.pair.has_shape(account) {
            return Ok(Resynchronization::Mismatch(Mismatch {
                attempts_left: account
                    .throttle
                    .attempts_left(&account.limits(&policy), now),
                charged: Charged::NotACode,
            }));
        }
        if let Some(lock) = account.throttle.lock(now) {
            return Ok(Resynchronization::Locked(lock));
        }
        match self.pair.find(account, clock, window, &policy) {
            Finding::Fresh { index, position } => {
                let (id, label) = name(account, index)?;
                let event = desk.act(EventKind::Resynchronized { label }, &self.by);
                let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
                if let Some(authenticator) = account.authenticators.get_mut(index) {
                    authenticator.advance(position);
                }
                Ok(Resynchronization::Resynchronized(id))
            }
            Finding::Replayed => {
                let event = desk.act(EventKind::CodeReplayed, &self.by);
                let charged = charge_as(desk, &policy, event)?;
                let replayed = |_| Resynchronization::Replayed;
                Ok(charged.map_or_else(Resynchronization::Locked, replayed))
            }
            Finding::Mismatch => {
                // Else whoever calls often enough would have found a way to guess that nothing bounds.
                let event = desk.act(EventKind::CodeMismatch, &self.by);
                let charged = charge_as(desk, &policy, event)?;
                let mismatch = |attempts_left| {
                    Resynchronization::Mismatch(Mismatch {
                        attempts_left,
                        charged: Charged::Yes,
                    })
                };
                Ok(charged.map_or_else(Resynchronization::Locked, mismatch))
            }
        }
    }

    /// Some hundred codes of each authenticator are computed.
    fn is_heavy(&self) -> bool {
        true
    }
}

impl Pair {
    fn new(first: &str, second: &str) -> Self {
        Self([Typed::new(first), Typed::new(second)])
    }

    fn codes(&self, authenticator: &Authenticator) -> Option<(Code, Code)> {
        let [first, second] = &self.0;
        let first = first.code(&authenticator.parameters)?;
        let second = second.code(&authenticator.parameters)?;
        Some((first, second))
    }

    fn has_shape(&self, account: &AccountDocument) -> bool {
        let mut all = account.authenticators.iter();
        all.any(|it| self.codes(it).is_some())
    }

    /// Tries every authenticator, without stopping at the first that fits.
    fn find(
        &self,
        account: &AccountDocument,
        clock: UnixTime,
        window: ResyncWindow,
        policy: &Policy,
    ) -> Finding {
        let mut finding = Finding::Mismatch;
        for (index, authenticator) in account.authenticators.iter().enumerate() {
            let Some((first, second)) = self.codes(authenticator) else {
                continue;
            };
            match authenticator.resynchronize(&first, &second, clock, window, policy) {
                Ok(position) if !matches!(finding, Finding::Fresh { .. }) => {
                    finding = Finding::Fresh { index, position };
                }
                Err(VerifyError::Replayed) if matches!(finding, Finding::Mismatch) => {
                    finding = Finding::Replayed;
                }
                Ok(_) | Err(_) => {}
            }
        }
        finding
    }
}

/// How far away two codes are looked for by the policy of the day; none if it looks for none.
fn window(policy: &Policy) -> Option<ResyncWindow> {
    let steps = u16::try_from(policy.get(Setting::ResyncWindow)).ok()?;
    ResyncWindow::new(steps).ok()
}

fn name(account: &AccountDocument, index: usize) -> Result<(AuthenticatorId, Label), Error> {
    let authenticator = account.authenticators.get(index).ok_or(Misuse::OutOfStep)?;
    Ok((authenticator.id, authenticator.label.clone()))
}
