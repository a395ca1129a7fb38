//! Whether the events of one document are all there, unchanged and in order.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    AccountId, AuditVerdict, DocumentKey, DocumentKind, Error, Flow, Keyring, Operation, TenantId,
    answer::AuditSubject,
    desk::{Clock, Desk},
    document::chain::Chain,
    document::{Document, slot::Slot},
    flow::{Decide, Needs},
    random::Random,
    storage::StoredEvent,
};

impl Flow<AuditVerdict> {
    /// Checks all events of `subject`, oldest first, against the chain that its document keeps.
    ///
    /// The events are read before the document is: what is committed in between shows as
    /// [`AuditVerdict::Incomplete`], and the check is made again.
    #[must_use]
    pub fn verify_audit(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        subject: AuditSubject,
        events: Vec<StoredEvent>,
    ) -> Self {
        Self::new(
            Operation::VerifyAudit,
            tenant,
            keyring,
            VerifyAudit { subject, events },
        )
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

struct VerifyAudit {
    subject: AuditSubject,
    events: Vec<StoredEvent>,
}

impl Decide<AuditVerdict> for VerifyAudit {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, AuditVerdict> {
        let one = |account: &AccountId| alloc::vec![account.clone()];
        let needs = Needs {
            clock: Clock::AsGiven,
            ..Needs::default()
        };
        Ok(match &self.subject {
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
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<AuditVerdict, Error> {
        desk.policy()?;
        Ok(match &self.subject {
            AuditSubject::Account(_) => verdict(desk.account()?, &self.events),
            AuditSubject::Passwords(_) => verdict(desk.gate()?, &self.events),
            AuditSubject::Policy => verdict(&desk.policy, &self.events),
            AuditSubject::Activation(_) => verdict(desk.activation()?, &self.events),
        })
    }

    fn may_write(&self) -> bool {
        false
    }
}

fn verdict<D: Document>(slot: &Slot<D>, events: &[StoredEvent]) -> AuditVerdict {
    let Some(document) = slot.get() else {
        // A document that was never written has no events; one that is gone has left some.
        return events
            .first()
            .map_or(AuditVerdict::Whole { events: 0 }, |event| {
                AuditVerdict::Broken {
                    sequence: event.event.sequence,
                }
            });
    };
    let chain = &document.meta().chain;
    let mut last = Chain::START;
    // Of an erased person, the events before that are not checked: nobody can, and they may be gone.
    let first = chain.first();
    let readable = events.iter().skip_while(|it| it.event.sequence < first);
    let mut next = first;
    for (sequence, stored) in (first..).zip(readable) {
        let opened = chain.open(slot.key(), &stored.event);
        let fits = opened.filter(|it| stored.event.sequence == sequence && it.previous == last);
        let Some(opened) = fits else {
            return AuditVerdict::Broken { sequence };
        };
        last = opened.tag;
        next = sequence.saturating_add(1);
    }
    if next <= chain.sequence {
        return AuditVerdict::Incomplete { sequence: next };
    }
    if next > chain.sequence.saturating_add(1) || !chain.ends_with(&last) {
        return AuditVerdict::Broken {
            sequence: chain.sequence,
        };
    }
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    AuditVerdict::Whole { events: count }
}
