//! Whether the events of one document are all there, unchanged and in order.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    AccountId, AuditStep, AuditSubject, AuditVerdict, AuditWalk, DocumentKey, DocumentKind, Error,
    Flow, Keyring, Operation, TenantId,
    desk::{Clock, Desk},
    document::{Document, slot::Slot, walk::Resumed},
    flow::{Decide, Needs},
    random::Random,
    storage::StoredEvent,
};

impl Flow<AuditStep> {
    /// Checks the next page of the events of `subject`, oldest first, against the chain that its document keeps: the
    /// events after [`AuditWalk::position`], and an empty page once there are no more.
    ///
    /// The events are read before the document is: what is committed in between shows as missing for once, and the
    /// walk asks for another page.
    #[must_use]
    pub fn verify_audit(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        subject: AuditSubject,
        walk: AuditWalk,
        events: Vec<StoredEvent>,
    ) -> Self {
        let verify = VerifyAudit {
            subject,
            walk,
            events,
        };
        Self::new(Operation::VerifyAudit, tenant, keyring, verify)
    }

    /// The document whose events [`verify_audit`](Self::verify_audit) takes.
    #[must_use]
    pub fn audit_key(tenant: &TenantId, subject: &AuditSubject) -> DocumentKey {
        let (kind, id) = match subject {
            AuditSubject::Account(account) => (DocumentKind::Account, account.as_bytes()),
            AuditSubject::Passwords(account) => (DocumentKind::Gate, account.as_bytes()),
            AuditSubject::Policy => (DocumentKind::Policy, &[][..]),
            AuditSubject::Activation(handle) => (DocumentKind::Activation, &handle.as_bytes()[..]),
        };
        DocumentKey::new(tenant.clone(), kind, id)
    }
}

/// The document of the subject, by the time as given.
pub(super) fn needs_of(subject: &AuditSubject) -> Needs {
    let one = |account: &AccountId| alloc::vec![account.clone()];
    let needs = Needs {
        clock: Clock::AsGiven,
        ..Needs::default()
    };
    match subject {
        AuditSubject::Account(account) => Needs {
            accounts: one(account),
            ..needs
        },
        AuditSubject::Passwords(account) => Needs {
            gates: one(account),
            ..needs
        },
        AuditSubject::Policy => needs,
        AuditSubject::Activation(handle) => Needs {
            activations: alloc::vec![*handle],
            ..needs
        },
    }
}

struct VerifyAudit {
    subject: AuditSubject,
    walk: AuditWalk,
    events: Vec<StoredEvent>,
}

impl Decide<AuditStep> for VerifyAudit {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, AuditStep> {
        Ok(needs_of(&self.subject))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<AuditStep, Error> {
        desk.policy()?;
        match &self.subject {
            AuditSubject::Account(_) => self.check(desk.account()?),
            AuditSubject::Passwords(_) => self.check(desk.gate()?),
            AuditSubject::Policy => self.check(&desk.policy),
            AuditSubject::Activation(_) => self.check(desk.activation()?),
        }
    }

    fn may_write(&self) -> bool {
        false
    }
}

impl VerifyAudit {
    fn check<D: Document>(&self, slot: &Slot<D>) -> Result<AuditStep, Error> {
        let Some(document) = slot.get() else {
            // A document that was never written has no events; one that is gone has left some.
            let first = self.events.first().map(|event| event.event.sequence);
            return Ok(AuditStep::Done(
                first.map_or(AuditVerdict::Whole { events: 0 }, |sequence| {
                    AuditVerdict::Broken { sequence }
                }),
            ));
        };
        let chain = &document.meta().chain;
        let mut walk = match self.walk.resume(chain) {
            Resumed::Here(walk) => walk,
            Resumed::Anew(walk) => return Ok(AuditStep::Continue(walk)),
            Resumed::GivenUp => return Err(Error::Busy),
        };
        for stored in &self.events {
            if walk.step(chain, slot.key(), stored).is_err() {
                let sequence = walk.next;
                return Ok(AuditStep::Done(AuditVerdict::Broken { sequence }));
            }
        }
        let (next, sequence) = (walk.next, chain.sequence);
        if next > sequence.saturating_add(1) {
            return Ok(AuditStep::Done(AuditVerdict::Broken { sequence }));
        }
        if !self.events.is_empty() {
            return Ok(AuditStep::Continue(walk));
        }
        if next <= sequence {
            let missing = AuditStep::Done(AuditVerdict::Incomplete { sequence: next });
            return Ok(walk.wait().map_or(missing, AuditStep::Continue));
        }
        let events = walk.events;
        Ok(AuditStep::Done(if chain.ends_with(&walk.last) {
            AuditVerdict::Whole { events }
        } else {
            AuditVerdict::Broken { sequence }
        }))
    }
}
