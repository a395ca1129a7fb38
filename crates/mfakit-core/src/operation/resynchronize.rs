//! Resynchronization: two consecutive codes bring an authenticator back that has left the window.
//!
//! It is a verification in two codes instead of one, with the same ticket, the same checks in the same order and the
//! same charge for a wrong one: it opens no second way to guess. Both codes are used up, and codes that
//! were used before bring nothing back (CVE-2019-12887).

use alloc::sync::Arc;

use crate::{
    Basis, Charged, Code, Error, EventKind, Flow, Keyring, Mismatch, Misuse, Operation, Presented,
    Replayed, ReplayedCode, TenantId, UnixTime, Verification, VerifyError,
    desk::Desk,
    document::account::{AccountDocument, Authenticator},
    flow::{Decide, Needs},
    operation::{
        challenge::Challenged,
        matching::Position,
        verify::{Typed, charge, succeed},
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
            typed: [Typed::new(first), Typed::new(second)],
        };
        Self::new(Operation::Resynchronize, tenant, keyring, resynchronize)
    }
}

struct Resynchronize {
    challenged: Challenged,
    typed: [Typed; 2],
}

/// What the two codes turned out to be.
enum Finding {
    /// Codes of the authenticator with this index, none of them used.
    Fresh { index: usize, position: Position },
    /// Codes of an authenticator, the first of which is used.
    Replayed,
    /// No two consecutive codes.
    Mismatch,
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
        let shaped =
            |account: &AccountDocument| account.authenticators.iter().any(|it| self.has_shape(it));
        if let Some(refusal) = self.challenged.refusal(desk, &policy, shaped)? {
            return Ok(refusal);
        }
        let (id, claims) = self.challenged.opened()?;
        let account = desk.account()?.get().ok_or(Misuse::OutOfStep)?;
        match self.find(account, clock) {
            Finding::Fresh { index, position } => {
                let label = account.authenticators.get(index);
                let label = label.ok_or(Misuse::OutOfStep)?.label.clone();
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

impl Resynchronize {
    fn codes(&self, authenticator: &Authenticator) -> Option<(Code, Code)> {
        let [first, second] = &self.typed;
        let first = first.code(&authenticator.parameters)?;
        let second = second.code(&authenticator.parameters)?;
        Some((first, second))
    }

    fn has_shape(&self, authenticator: &Authenticator) -> bool {
        self.codes(authenticator).is_some()
    }

    /// Tries every authenticator, without stopping at the first that fits.
    fn find(&self, account: &AccountDocument, clock: UnixTime) -> Finding {
        let mut finding = Finding::Mismatch;
        for (index, authenticator) in account.authenticators.iter().enumerate() {
            let Some((first, second)) = self.codes(authenticator) else {
                continue;
            };
            match authenticator.resynchronize(&first, &second, clock) {
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
