//! What administrators read: the status of accounts, and the audit trail.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use crate::{
    AccountId, AccountStatus, ActivationHandle, AuditEntry, AuditFault, AuthenticatorStatus,
    DocumentKind, Error, Event, Flow, Keyring, Misuse, Operation, Setting, TenantId,
    desk::{Clock, Desk, Unreadable},
    document::{Document, account::AccountDocument, slot::Slot},
    flow::{Decide, Needs},
    random::Random,
    storage::StoredEvent,
};

impl Flow<Vec<AccountStatus>> {
    /// The most accounts one call takes.
    pub const MAX_ACCOUNTS: usize = 100;

    /// What each account has, in the order given; at most [`MAX_ACCOUNTS`](Self::MAX_ACCOUNTS).
    #[must_use]
    pub fn status(keyring: Arc<Keyring>, tenant: TenantId, accounts: Vec<AccountId>) -> Self {
        Self::new(Operation::Status, tenant, keyring, Status { accounts })
    }
}

impl Flow<Vec<AuditEntry>> {
    /// The most events one call takes.
    pub const MAX_EVENTS: usize = 100;

    /// Opens a page of stored events, in the order given; at most [`MAX_EVENTS`](Self::MAX_EVENTS).
    #[must_use]
    pub fn open_events(keyring: Arc<Keyring>, tenant: TenantId, events: Vec<StoredEvent>) -> Self {
        Self::new(Operation::Events, tenant, keyring, OpenEvents { events })
    }
}

struct Status {
    accounts: Vec<AccountId>,
}

impl Decide<Vec<AccountStatus>> for Status {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Vec<AccountStatus>> {
        let most = Flow::<Vec<AccountStatus>>::MAX_ACCOUNTS;
        // Too many are refused in the decision; they are not loaded first.
        let accounts = if self.accounts.len() > most {
            Vec::new()
        } else {
            self.accounts.clone()
        };
        Ok(Needs {
            accounts,
            clock: Clock::AsGiven,
            unreadable: Unreadable::Listed,
            ..Needs::default()
        })
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<Vec<AccountStatus>, Error> {
        let policy = desk.policy()?;
        let few = policy.get(Setting::BackupCodesLow);
        if desk.accounts.len() != self.accounts.len() {
            return Err(Misuse::TooMany.into());
        }
        let status = |(id, slot): (&AccountId, &Slot<AccountDocument>)| {
            let account = slot.get();
            let authenticators = account.map_or(&[][..], |account| &account.authenticators);
            AccountStatus {
                account: id.clone(),
                authenticators: authenticators
                    .iter()
                    .map(|it| AuthenticatorStatus {
                        id: it.id,
                        kind: it.kind(),
                        strength: it.parameters.secret.strength(),
                        label: it.label.clone(),
                        bound_at: it.bound_at,
                    })
                    .collect(),
                setup_pending: account.is_some_and(|account| {
                    account
                        .pending
                        .as_ref()
                        .is_some_and(|pending| desk.now < pending.expires)
                }),
                backup_codes_left: account.map_or(0, AccountDocument::backup_codes_left),
                backup_codes_low: account.is_some_and(|account| {
                    account.has_factor() && account.backup_codes_left() <= few
                }),
                backup_codes_acknowledged: account.is_some_and(|account| {
                    account.backup.as_ref().is_some_and(|set| set.acknowledged)
                }),
                lock: account.and_then(|account| account.throttle.lock(desk.now)),
                failure_budget_spent: account
                    .is_some_and(|account| account.throttle.has_spent_budget(&policy, desk.now)),
                exemption: account
                    .and_then(|account| account.exemption.as_ref()?.status(&policy, desk.now)),
                required: account.is_some_and(|account| account.required),
                devices: account.map_or_else(Vec::new, |account| {
                    account.devices.status(&policy, desk.now)
                }),
                setup_due_at: account
                    .filter(|_| policy.get(Setting::SetupDeadline) > 0)
                    .and_then(|account| Some(account.rollout.as_ref()?.deadline(&policy))),
                fault: slot.fault(),
            }
        };
        Ok(self
            .accounts
            .iter()
            .zip(&desk.accounts)
            .map(status)
            .collect())
    }

    fn may_write(&self) -> bool {
        false
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
