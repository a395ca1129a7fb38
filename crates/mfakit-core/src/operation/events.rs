//! The audit trail, opened a page at a time.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use crate::{
    AccountId, ActivationHandle, AuditEntry, AuditFault, DocumentKind, Error, Event, EventId, Flow,
    Keyring, Misuse, Operation, TenantId,
    desk::{Clock, Desk, Unreadable},
    document::{Document, slot::Slot},
    flow::{Decide, Needs},
    random::Random,
    storage::StoredEvent,
};

impl Flow<Vec<AuditEntry>> {
    /// The most events one call takes.
    pub const MAX_EVENTS: usize = 100;

    /// Opens a page of stored events, in the order given; at most [`MAX_EVENTS`](Self::MAX_EVENTS).
    ///
    /// One that does not open says why in its place, so that whoever follows the feed is not held up by it.
    #[must_use]
    pub fn open_events(keyring: Arc<Keyring>, tenant: TenantId, events: Vec<StoredEvent>) -> Self {
        Self::new(Operation::Events, tenant, keyring, OpenEvents { events })
    }
}

struct OpenEvents {
    events: Vec<StoredEvent>,
}

impl OpenEvents {
    fn owners(&self, kind: DocumentKind) -> Vec<AccountId> {
        let ids = self.ids(kind).into_iter();
        ids.filter_map(|id| AccountId::new(id).ok()).collect()
    }

    fn ids(&self, kind: DocumentKind) -> BTreeSet<&[u8]> {
        self.events
            .iter()
            .filter(|event| event.key.kind == kind)
            .map(|event| event.key.id.as_slice())
            .collect()
    }
}

impl Decide<Vec<AuditEntry>> for OpenEvents {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Vec<AuditEntry>> {
        if self.events.len() > Flow::<Vec<AuditEntry>>::MAX_EVENTS {
            return Ok(Needs::default());
        }
        let accounts = self.owners(DocumentKind::Account);
        let gates = self.owners(DocumentKind::Gate);
        let activations = self.ids(DocumentKind::Activation).into_iter();
        Ok(Needs {
            accounts,
            gates,
            clock: Clock::AsGiven,
            unreadable: Unreadable::Listed,
            activations: activations.filter_map(handle).collect(),
        })
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<Vec<AuditEntry>, Error> {
        desk.policy()?;
        if self.events.len() > Flow::<Vec<AuditEntry>>::MAX_EVENTS {
            return Err(Misuse::TooMany.into());
        }
        let entry = |stored: &StoredEvent| {
            let key = &stored.key;
            let opened = match key.kind {
                DocumentKind::Account => {
                    let slot = desk.accounts.iter().find(|slot| slot.key() == key);
                    slot.map_or(Err(AuditFault::NoDocument), |slot| open(slot, stored))
                }
                DocumentKind::Gate => {
                    let slot = desk.gates.iter().find(|slot| slot.key() == key);
                    slot.map_or(Err(AuditFault::NoDocument), |slot| open(slot, stored))
                }
                DocumentKind::Policy => open(&desk.policy, stored),
                DocumentKind::Activation => {
                    let slot = desk.activations.iter().find(|slot| slot.key() == key);
                    slot.map_or(Err(AuditFault::NoDocument), |slot| open(slot, stored))
                }
            };
            let fault = opened.as_ref().err().copied();
            let event = opened.ok();
            let account = match stored.key.kind {
                DocumentKind::Account | DocumentKind::Gate => AccountId::new(&stored.key.id).ok(),
                DocumentKind::Policy | DocumentKind::Activation => None,
            };
            let activation = match stored.key.kind {
                DocumentKind::Activation => handle(&stored.key.id),
                DocumentKind::Account | DocumentKind::Gate | DocumentKind::Policy => None,
            };
            AuditEntry {
                position: stored.position,
                account,
                event,
                fault,
                activation,
                id: EventId::new(key, stored.event.sequence),
            }
        };
        Ok(self.events.iter().map(entry).collect())
    }

    fn may_write(&self) -> bool {
        false
    }
}

fn handle(id: &[u8]) -> Option<ActivationHandle> {
    id.try_into().ok().map(ActivationHandle::new)
}

fn open<D: Document>(slot: &Slot<D>, stored: &StoredEvent) -> Result<Event, AuditFault> {
    let document = slot.get().ok_or(AuditFault::NoDocument)?;
    let chain = &document.meta().chain;
    if stored.event.sequence < chain.first() {
        return Err(AuditFault::Erased);
    }
    let opened = chain.open(slot.key(), &stored.event);
    opened
        .ok_or(AuditFault::Altered)?
        .event
        .ok_or(AuditFault::NewerKind)
}
