//! Letting go of old events: document by document, first the anchor, then the rows.

use alloc::collections::VecDeque;

use mfakit_core::{
    AccountId, ActivationHandle, Administrator, AuditSubject, AuditWalk, DocumentKind, Error, Flow,
    Operation, PruneStep, Pruned, UnixTime,
};
use mfakit_store::ScanQuery;

use crate::{observe::Watch, tenant::Tenant};

impl Tenant {
    /// Removes some more events that are older than the run says: call it until [`Pruning::is_done`].
    ///
    /// Of each document the ten newest events stay, however old. Before a row is removed, the document says from where
    /// on its events are kept, with an event of its own (`events_pruned`): so `verify_audit` accepts what was pruned,
    /// and finds any other removal. Of a document whose events are not whole none is removed.
    ///
    /// A run may be cut off at any point, and begun anew with the same time: what is done is not done twice.
    ///
    /// # Errors
    /// [`Error`]; a time within the last 31 days is [`Misuse::TooRecent`](crate::Misuse::TooRecent). The run stands
    /// where it was, and the call may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: how many events
    /// went, and of how many documents the trail is not whole.
    ///
    /// What was removed is gone from the audit trail; a copy made before is the host's
    /// matter, and so is a follower of the feed that has not read for 31 days.
    pub async fn prune_events(&self, run: &mut Pruning, by: &Administrator) -> Result<(), Error> {
        let mut watch = self.engine.watch(Operation::PruneEvents);
        let ended = self.prune_some(run, by, &mut watch).await;
        watch.end(ended)
    }

    async fn prune_some(
        &self,
        run: &mut Pruning,
        by: &Administrator,
        watch: &mut Watch<'_>,
    ) -> Result<(), Error> {
        for _ in 0..STEPS {
            let Some(work) = run.work.clone() else {
                if self.find_work(run).await? {
                    continue;
                }
                return Ok(());
            };
            match work {
                Work::Walk { subject, walk } => self.walk(run, subject, walk, (by, watch)).await?,
                Work::Remove { subject, through } => {
                    let key = Flow::audit_key(&self.id, &subject);
                    let before = through.saturating_add(1);
                    let removed = self.engine.store().prune_events(&key, before).await?;
                    run.report.events = run.report.events.saturating_add(removed);
                    if removed == 0 {
                        run.work = None;
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks at the next page of a document's events.
    async fn walk(
        &self,
        run: &mut Pruning,
        subject: AuditSubject,
        walk: AuditWalk,
        (by, watch): (&Administrator, &mut Watch<'_>),
    ) -> Result<(), Error> {
        let events = self.events_of(&subject, &walk).await?;
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let (before, by) = (run.before, by.clone());
        let flow = Flow::prune_events(keyring, id, subject.clone(), walk, events, before, by);
        let pruned = match self.engine.run(flow, watch).await? {
            PruneStep::Continue(walk) => {
                run.work = Some(Work::Walk { subject, walk });
                return Ok(());
            }
            PruneStep::Done(pruned) => pruned,
        };
        run.work = None;
        let report = &mut run.report;
        report.documents = report.documents.saturating_add(1);
        match pruned {
            Pruned::Through { sequence } => {
                let through = sequence;
                run.work = Some(Work::Remove { subject, through });
            }
            Pruned::Broken { .. } => report.broken = report.broken.saturating_add(1),
            Pruned::Unavailable(_) => report.unavailable = report.unavailable.saturating_add(1),
            _ => {}
        }
        Ok(())
    }

    /// Takes the next document, and says whether there may be any.
    async fn find_work(&self, run: &mut Pruning) -> Result<bool, Error> {
        if let Some(subject) = run.waiting.pop_front() {
            let walk = AuditWalk::new();
            run.work = Some(Work::Walk { subject, walk });
            return Ok(true);
        }
        let Some(kind) = run.kinds.front().copied() else {
            return Ok(false);
        };
        let mut scan = ScanQuery::new(self.id.clone(), kind, DOCUMENTS);
        if let Some(after) = &run.after {
            scan = scan.after(after.clone());
        }
        let rows = self.engine.store().scan(&scan).await?;
        run.after = rows.last().map(|row| row.id.clone());
        if rows.is_empty() {
            run.kinds.pop_front();
        }
        let subjects = rows.iter().filter_map(|row| subject(kind, &row.id));
        run.waiting.extend(subjects);
        Ok(true)
    }
}

/// Whose events those of this document are; none if no such document is ever written.
fn subject(kind: DocumentKind, id: &[u8]) -> Option<AuditSubject> {
    match kind {
        DocumentKind::Account => AccountId::new(id).ok().map(AuditSubject::Account),
        DocumentKind::Gate => AccountId::new(id).ok().map(AuditSubject::Passwords),
        DocumentKind::Policy => id.is_empty().then_some(AuditSubject::Policy),
        DocumentKind::Activation => {
            let handle = id.try_into().ok().map(ActivationHandle::new);
            handle.map(AuditSubject::Activation)
        }
        _ => None,
    }
}

/// A run that removes old events, on its way.
#[derive(Debug, Clone)]
#[must_use = "it removes nothing by itself"]
pub struct Pruning {
    before: UnixTime,
    /// The kinds of documents that are left to be scanned.
    kinds: VecDeque<DocumentKind>,
    /// The last document of the kind in front that was found.
    after: Option<Vec<u8>>,
    /// Documents that were found and not looked at.
    waiting: VecDeque<AuditSubject>,
    work: Option<Work>,
    report: PruneReport,
}

/// The document in hand.
#[derive(Debug, Clone)]
enum Work {
    /// Its events are looked at.
    Walk {
        subject: AuditSubject,
        walk: AuditWalk,
    },
    /// Its events up to this one are removed from the store.
    Remove { subject: AuditSubject, through: u64 },
}

impl Pruning {
    /// Events from before this time, of every document of the tenant; it lies at least 31 days back.
    pub fn before(before: UnixTime) -> Self {
        Self {
            before,
            kinds: DocumentKind::ALL.into(),
            after: None,
            waiting: VecDeque::new(),
            work: None,
            report: PruneReport::default(),
        }
    }

    /// Only those of one subject.
    pub fn only(mut self, subject: AuditSubject) -> Self {
        self.kinds = VecDeque::new();
        self.waiting = VecDeque::from([subject]);
        self
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.work.is_none() && self.waiting.is_empty() && self.kinds.is_empty()
    }

    /// What was done so far.
    #[must_use]
    pub const fn report(&self) -> &PruneReport {
        &self.report
    }
}

/// What a run has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PruneReport {
    /// Documents that were looked at.
    pub documents: u64,
    /// Events that were removed.
    pub events: u64,
    /// Documents whose events are not whole, by `verify_audit` too; of these none was removed.
    pub broken: u64,
    /// Documents that can't be read, or whose clock was ahead; of these none was removed.
    pub unavailable: u64,
}

/// How many pages of events or of documents one call reads.
const STEPS: u32 = 100;
/// How many documents are found at a time.
const DOCUMENTS: u32 = 100;
