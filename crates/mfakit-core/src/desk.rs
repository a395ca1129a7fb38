//! The desk: the opened documents of one decision, the policy of the day and the time it goes by.

use alloc::vec::Vec;

use crate::{
    AccountId, Actor, Administrator, CommitId, DocumentKey, Error, Event, EventKind, Keyring,
    Misuse, Policy, Reason, Revision, StoredDocument, TenantId, Unavailable, UnixTime,
    claims::{Issuance, Origin},
    document::{
        Document,
        account::{AccountDocument, BackupSet},
        activation::ActivationDocument,
        gate::GateDocument,
        policy::PolicyDocument,
        slot::Slot,
    },
    flow::Needs,
    keyring::Key,
    random::Random,
    storage::Write,
};

/// How a decision treats the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Clock {
    /// Time does not go back: the decision goes by the latest time its documents have seen, and a clock far
    /// behind that is refused.
    #[default]
    Monotonic,
    /// The time as given, for lists over many accounts.
    AsGiven,
}

/// What becomes of a decision if a document does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unreadable {
    /// There is no decision.
    #[default]
    Refused,
    /// Its slot says so, and the others are listed.
    Listed,
}

pub(crate) struct Desk<'a> {
    pub(crate) keyring: &'a Keyring,
    pub(crate) tenant: &'a TenantId,
    /// The time locks and lifetimes go by; it does not go back.
    pub(crate) now: UnixTime,
    /// The clock as it stands: what codes go by, since the person's app knows nothing of what a machine ahead of
    /// its time has written. The last accepted step alone keeps a code from being used again.
    pub(crate) clock: UnixTime,
    pub(crate) policy: Slot<PolicyDocument>,
    pub(crate) accounts: Vec<Slot<AccountDocument>>,
    pub(crate) gates: Vec<Slot<GateDocument>>,
    pub(crate) activations: Vec<Slot<ActivationDocument>>,
}

impl<'a> Desk<'a> {
    /// Opens what was loaded: the policy, then the accounts, the gates, the activations.
    pub(crate) fn open(
        keyring: &'a Keyring,
        tenant: &'a TenantId,
        needs: &Needs,
        loaded: impl IntoIterator<Item = (DocumentKey, Option<StoredDocument>)>,
        now: UnixTime,
    ) -> Result<Self, Unavailable> {
        let mut loaded = loaded.into_iter();
        let (key, stored) = loaded.next().ok_or(Unavailable::Damaged)?;
        let policy = Slot::open_as(needs.unreadable, keyring, key, stored)?;
        let mut accounts = Vec::with_capacity(needs.accounts.len());
        for (key, stored) in loaded.by_ref().take(needs.accounts.len()) {
            accounts.push(Slot::open_as(needs.unreadable, keyring, key, stored)?);
        }
        let mut gates = Vec::with_capacity(needs.gates.len());
        for (key, stored) in loaded.by_ref().take(needs.gates.len()) {
            gates.push(Slot::open_as(needs.unreadable, keyring, key, stored)?);
        }
        let mut activations = Vec::with_capacity(needs.activations.len());
        for (key, stored) in loaded {
            activations.push(Slot::open_as(needs.unreadable, keyring, key, stored)?);
        }
        let mut desk = Self {
            keyring,
            tenant,
            now,
            clock: now,
            policy,
            accounts,
            gates,
            activations,
        };
        if needs.clock == Clock::Monotonic {
            desk.now = desk.monotonic(now)?;
        }
        Ok(desk)
    }

    /// The policy of the tenant.
    pub(crate) fn policy(&self) -> Result<Policy, Error> {
        if let Some(fault) = self.policy.fault() {
            return Err(fault.into());
        }
        let document = self.policy.get().ok_or(Misuse::UnknownTenant)?;
        document
            .policy()
            .ok_or_else(|| Unavailable::NewerFormat.into())
    }

    /// The one account of the decision.
    pub(crate) fn account(&mut self) -> Result<&mut Slot<AccountDocument>, Error> {
        self.accounts
            .first_mut()
            .ok_or_else(|| Misuse::OutOfStep.into())
    }

    /// The one gate of the decision.
    pub(crate) fn gate(&mut self) -> Result<&mut Slot<GateDocument>, Error> {
        self.gates
            .first_mut()
            .ok_or_else(|| Misuse::OutOfStep.into())
    }

    /// The one activation of the decision.
    pub(crate) fn activation(&mut self) -> Result<&mut Slot<ActivationDocument>, Error> {
        self.activations
            .first_mut()
            .ok_or_else(|| Misuse::OutOfStep.into())
    }

    /// What tickets and assertions of `account` are sealed with, once this decision is committed.
    pub(crate) fn issuance<'b>(
        &'b self,
        account: &'b AccountId,
        origin: Origin,
    ) -> Result<Issuance<'b>, Error> {
        let slot = self.accounts.first().ok_or(Misuse::OutOfStep)?;
        let mark = slot.revision_after().ok_or(Unavailable::Damaged)?;
        Ok(Issuance {
            sealing: self.sealing()?,
            tenant: self.tenant,
            account,
            epoch: slot.get().map(|document| document.epoch),
            mark: mark.number(),
            origin,
            now: self.now,
        })
    }

    /// The account's backup codes, if they are shown with the answer of this decision.
    pub(crate) fn shown_set(&self, shown: bool) -> Option<&BackupSet> {
        let account = self.accounts.first().filter(|_| shown)?.get()?;
        account.backup.as_ref()
    }

    /// Something the person did, or that happened by itself.
    pub(crate) const fn event(&self, kind: EventKind) -> Event {
        Event {
            at: self.now,
            kind,
            actor: None,
            reason: None,
        }
    }

    /// Something an administrator did.
    pub(crate) fn act(&self, kind: EventKind, by: &Administrator) -> Event {
        let (actor, reason): (Actor, Reason) = (by.actor.clone(), by.reason.clone());
        Event {
            at: self.now,
            kind,
            actor: Some(actor),
            reason: Some(reason),
        }
    }

    /// Everything that changed, sealed, under a fresh commit id.
    pub(crate) fn writes(
        &mut self,
        random: &mut Random<'_>,
    ) -> Result<(CommitId, Vec<Write>), Unavailable> {
        let sealing = self
            .keyring
            .sealing()
            .ok_or(Unavailable::UnknownKey(self.keyring.active()))?;
        let Self {
            policy,
            accounts,
            gates,
            activations,
            now,
            ..
        } = self;
        let changed = policy.is_changed()
            || accounts.iter().any(Slot::is_changed)
            || gates.iter().any(Slot::is_changed)
            || activations.iter().any(Slot::is_changed);
        if !changed {
            return Ok((CommitId::new([0; 16]), Vec::new()));
        }
        let commit = CommitId::new(random.array()?);
        let mut writes = Vec::new();
        for slot in accounts {
            writes.extend(slot.write(sealing, commit, *now, random)?);
        }
        for slot in gates {
            writes.extend(slot.write(sealing, commit, *now, random)?);
        }
        for slot in activations {
            writes.extend(slot.write(sealing, commit, *now, random)?);
        }
        writes.extend(policy.write(sealing, commit, *now, random)?);
        Ok((commit, writes))
    }

    /// The revision of a loaded document and the commit that wrote it.
    pub(crate) fn last_commit(&self, key: &DocumentKey) -> Option<(Revision, Option<CommitId>)> {
        fn of<D: Document>(slot: &Slot<D>) -> (Revision, Option<CommitId>) {
            (
                slot.revision(),
                slot.get().map(|document| document.meta().commit),
            )
        }
        let account = || self.accounts.iter().find(|slot| slot.key() == key).map(of);
        let gate = || self.gates.iter().find(|slot| slot.key() == key).map(of);
        let policy = || Some(&self.policy).filter(|slot| slot.key() == key).map(of);
        let activation = || {
            let mut slots = self.activations.iter();
            slots.find(|slot| slot.key() == key).map(of)
        };
        account().or_else(gate).or_else(policy).or_else(activation)
    }

    fn sealing(&self) -> Result<&'a Key, Unavailable> {
        self.keyring
            .sealing()
            .ok_or(Unavailable::UnknownKey(self.keyring.active()))
    }

    /// The time the decision goes by: not before any that a document has seen.
    fn monotonic(&self, now: UnixTime) -> Result<UnixTime, Unavailable> {
        let seen = core::iter::once(self.policy.seen())
            .chain(self.accounts.iter().map(Slot::seen))
            .chain(self.gates.iter().map(Slot::seen))
            .chain(self.activations.iter().map(Slot::seen))
            .flatten()
            .max();
        let Some(seen) = seen else { return Ok(now) };
        if is_far_ahead(seen, now) {
            return Err(Unavailable::ClockBehind);
        }
        Ok(now.max(seen))
    }
}

/// Whether a time that was seen is so far ahead of the clock that no decision is made: only then it is set right.
///
/// Less is what machines of one service differ by, and to set that right would let down what was used just now.
pub(crate) fn is_far_ahead(seen: UnixTime, now: UnixTime) -> bool {
    now.saturating_add(CLOCK_TOLERANCE_SECONDS) < seen
}

/// How far a clock may be behind the latest time seen: machines of one service differ by less.
pub(crate) const CLOCK_TOLERANCE_SECONDS: u32 = 120;
