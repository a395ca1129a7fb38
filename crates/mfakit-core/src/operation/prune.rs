//! Letting go of the old events of one document.
//!
//! First the document drops an anchor: it names the last event that may go, and its tag. Only then does the store
//! remove rows. So whoever removes rows without the keyring is noticed still, and a crash between the two leaves
//! rows that the next call removes. An event goes only if the trail is whole up to it: pruning hides nothing.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    Administrator, AuditSubject, AuditWalk, Error, Event, EventKind, Flow, Keyring, Misuse,
    Operation, PruneStep, Pruned, TenantId, Unavailable, UnixTime,
    desk::{CLOCK_TOLERANCE_SECONDS, Desk, Unreadable},
    document::{
        Document,
        slot::Slot,
        walk::{Met, Resumed},
    },
    flow::{Decide, Needs},
    operation::audit::needs_of,
    random::Random,
    storage::StoredEvent,
};

impl Flow<PruneStep> {
    /// How long every event is kept, in seconds: 31 days.
    ///
    /// So long the failures of a person count ([`Setting::FailureBudget`](crate::Setting::FailureBudget)), and what
    /// they were is to be seen as long as they do; and whoever follows the feed may be away as long without a loss.
    pub const MIN_AGE: u32 = 31 * 86_400;

    /// How many events of each document are kept, however old: the newest.
    pub const KEPT: u64 = 10;

    /// Looks at the next page of the events of `subject`, oldest first, as
    /// [`verify_audit`](Flow::verify_audit) does, for those from before `before`, and drops the anchor behind the last
    /// of them. What the answer then names may be removed by `Store::prune_events`.
    #[must_use]
    pub fn prune_events(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        subject: AuditSubject,
        walk: AuditWalk,
        events: Vec<StoredEvent>,
        before: UnixTime,
        by: Administrator,
    ) -> Self {
        let prune = Prune {
            subject,
            walk,
            events,
            before,
            by,
        };
        Self::new(Operation::PruneEvents, tenant, keyring, prune)
    }
}

struct Prune {
    subject: AuditSubject,
    walk: AuditWalk,
    events: Vec<StoredEvent>,
    before: UnixTime,
    by: Administrator,
}

impl Decide<PruneStep> for Prune {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, PruneStep> {
        Ok(Needs {
            unreadable: Unreadable::Listed,
            ..needs_of(&self.subject)
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<PruneStep, Error> {
        desk.policy()?;
        let now = desk.now;
        if self.before > now.saturating_sub(Flow::<PruneStep>::MIN_AGE) {
            return Err(Misuse::TooRecent.into());
        }
        let event = desk.act(EventKind::EventsPruned { through: 0 }, &self.by);
        let (step, seen) = match &self.subject {
            AuditSubject::Account(_) => self.prune_at_its_time(desk.account()?, event),
            AuditSubject::Passwords(_) => self.prune_at_its_time(desk.gate()?, event),
            AuditSubject::Policy => self.prune_at_its_time(&mut desk.policy, event),
            AuditSubject::Activation(_) => self.prune_at_its_time(desk.activation()?, event),
        }?;
        // The document sees no new time: a run on one machine whose clock is ahead would otherwise make every
        // document of the tenant refuse the right time at once.
        desk.now = seen.unwrap_or(now);
        Ok(step)
    }
}

impl Prune {
    /// What is done, and the latest time the document has seen.
    fn prune_at_its_time<D: Document>(
        &self,
        slot: &mut Slot<D>,
        event: Event,
    ) -> Result<(PruneStep, Option<UnixTime>), Error> {
        let step = self.prune(slot, event)?;
        Ok((step, slot.seen()))
    }

    fn prune<D: Document>(&self, slot: &mut Slot<D>, mut event: Event) -> Result<PruneStep, Error> {
        if let Some(fault) = slot.fault() {
            return Ok(PruneStep::Done(Pruned::Unavailable(fault)));
        }
        let Some(document) = slot.get() else {
            return Ok(PruneStep::Done(Pruned::Nothing));
        };
        let seen = document.meta().seen;
        if event.at.saturating_add(CLOCK_TOLERANCE_SECONDS) < seen {
            // An administrator repairs the clock of the document; a run over all of them does not stop at it.
            let behind = Pruned::Unavailable(Unavailable::ClockBehind);
            return Ok(PruneStep::Done(behind));
        }
        event.at = event.at.max(seen);
        let chain = &document.meta().chain;
        let mut walk = match self.walk.resume(chain) {
            Resumed::Here(walk) => walk,
            Resumed::Anew(walk) => return Ok(PruneStep::Continue(walk)),
            Resumed::GivenUp => return Err(Error::Busy),
        };
        let last_to_go = chain.sequence.saturating_sub(Flow::<PruneStep>::KEPT);
        let (first, pruned) = (chain.start().0, chain.pruned_through());
        let mut ended = false;
        for stored in &self.events {
            let before = walk.clone();
            let goes = match walk.step(chain, slot.key(), stored) {
                Ok(Met::Dispensable) => true,
                Ok(Met::Checked(opened)) => opened.at < self.before && before.next <= last_to_go,
                Err(_) => {
                    let sequence = walk.next;
                    return Ok(PruneStep::Done(Pruned::Broken { sequence }));
                }
            };
            if !goes {
                walk = before;
                ended = true;
                break;
            }
        }
        if !ended {
            // The chain has more events than may go, so a page without any is one of which some are missing.
            let sequence = walk.next;
            return Ok(if self.events.is_empty() {
                PruneStep::Done(Pruned::Broken { sequence })
            } else {
                PruneStep::Continue(walk)
            });
        }
        let (through, going) = (walk.next.saturating_sub(1), walk.next.saturating_sub(first));
        if going >= WORTH_AN_EVENT {
            event.kind = EventKind::EventsPruned { through };
            let tag = walk.last;
            if let Some(document) = slot.change(event) {
                document.meta_mut().chain.drop_anchor(through, tag);
            }
            return Ok(PruneStep::Done(Pruned::Through { sequence: through }));
        }
        // Those that an earlier call would have removed, had it not been cut off.
        Ok(PruneStep::Done(match pruned {
            Some(sequence) if walk.events > going => Pruned::Through { sequence },
            _ => Pruned::Nothing,
        }))
    }
}

/// The act has an event of its own, so it is to remove more than that one.
const WORTH_AN_EVENT: u64 = 2;
