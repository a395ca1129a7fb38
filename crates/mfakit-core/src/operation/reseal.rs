//! A document is sealed anew with the active key, so that an older one can be retired.

use alloc::sync::Arc;

use crate::{
    AccountId, ActivationHandle, Administrator, DocumentKey, DocumentKind, Error, Event, EventKind,
    Flow, KeyId, Keyring, Misuse, Operation, TenantId, Unavailable, UnixTime,
    desk::{Clock, Desk, Unreadable},
    document::{Document, slot::Slot},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<Resealing> {
    /// Seals one document with the active key; one that is sealed with it already is left alone.
    ///
    /// One flow is for one document, and so is its commit: what has been sealed anew stays so, whatever stops the
    /// rest. Who writes the document at the same time seals it with the active key too; then nothing is left to do.
    #[must_use]
    pub fn reseal(keyring: Arc<Keyring>, document: DocumentKey, by: Administrator) -> Self {
        let tenant = document.tenant.clone();
        Self::new(
            Operation::RotateKeys,
            tenant,
            keyring,
            Reseal { document, by },
        )
    }
}

/// What became of a document that is to be sealed with the active key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resealing {
    /// It is sealed with the active key now.
    Resealed {
        /// The key that had sealed it.
        from: KeyId,
    },
    /// It was sealed with the active key already, or there is none.
    NothingToDo,
    /// It does not open, and is as it was.
    Unreadable(Unavailable),
}

struct Reseal {
    document: DocumentKey,
    by: Administrator,
}

impl Decide<Resealing> for Reseal {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Resealing> {
        let needs = Needs {
            clock: Clock::AsGiven,
            unreadable: Unreadable::Listed,
            ..Needs::default()
        };
        let id = self.document.id.as_slice();
        let account = || AccountId::new(id).ok().map(|id| alloc::vec![id]);
        let handle = || id.try_into().ok().map(ActivationHandle::new);
        let needs = match self.document.kind {
            DocumentKind::Account => account().map(|accounts| Needs { accounts, ..needs }),
            DocumentKind::Gate => account().map(|gates| Needs { gates, ..needs }),
            DocumentKind::Policy => id.is_empty().then_some(needs),
            DocumentKind::Activation => handle().map(|handle| Needs {
                activations: alloc::vec![handle],
                ..needs
            }),
        };
        // Nothing was ever sealed under an id that no document has.
        needs.ok_or(Resealing::Unreadable(Unavailable::Damaged))
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Resealing, Error> {
        // A policy that does not open is told of when its turn comes; the others do not wait for it.
        if desk.policy.get().is_none() && desk.policy.fault().is_none() {
            return Err(Misuse::UnknownTenant.into());
        }
        let (at, to) = (desk.now, desk.keyring.active());
        let event = |from| Event {
            at,
            kind: EventKind::Resealed { from, to },
            actor: Some(self.by.actor.clone()),
            reason: Some(self.by.reason.clone()),
        };
        let (resealing, seen) = match self.document.kind {
            DocumentKind::Account => reseal(desk.account()?, to, event),
            DocumentKind::Gate => reseal(desk.gate()?, to, event),
            DocumentKind::Policy => reseal(&mut desk.policy, to, event),
            DocumentKind::Activation => reseal(desk.activation()?, to, event),
        };
        // The document sees no new time: a rotation on one machine whose clock is ahead would otherwise make every
        // document of the tenant refuse the right time at once.
        desk.now = seen.unwrap_or(at);
        Ok(resealing)
    }
}

/// Has the document written as it is, unless the key `to` has sealed it; and the latest time it has seen.
fn reseal<D: Document>(
    slot: &mut Slot<D>,
    to: KeyId,
    event: impl FnOnce(KeyId) -> Event,
) -> (Resealing, Option<UnixTime>) {
    if let Some(fault) = slot.fault() {
        return (Resealing::Unreadable(fault), None);
    }
    let Some(from) = slot.sealed_with().filter(|from| *from != to) else {
        return (Resealing::NothingToDo, None);
    };
    slot.change(event(from));
    (Resealing::Resealed { from }, slot.seen())
}
