//! The audit trail of a tenant: read in pages, and checked.

use mfakit_core::{
    AuditEntry, AuditStep, AuditSubject, AuditVerdict, AuditWalk, Error, Flow, Misuse, Operation,
    StoredEvent,
};
use mfakit_store::{EventOrder, EventQuery};

use crate::{
    observe::Watch,
    tenant::{MAX_PAGE, Tenant},
};

impl Tenant {
    /// Reads a page of the audit trail. An entry that can't be read says why, and does not hold up the others.
    ///
    /// Read by [`AuditQuery::feed`], it is a feed for programs: at least once, complete behind its cursor, and each
    /// entry with an id that never changes. Events of one document come in their order; those of several need not come
    /// in the order of their times.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: what happened
    /// to whom, when, by whom and why.
    pub async fn events(&self, query: AuditQuery) -> Result<AuditPage, Error> {
        let mut watch = self.engine.watch(Operation::Events);
        let ended = self.page_of_events(query, &mut watch).await;
        watch.end(ended)
    }

    async fn page_of_events(
        &self,
        query: AuditQuery,
        watch: &mut Watch<'_>,
    ) -> Result<AuditPage, Error> {
        if query.limit == 0 || query.limit > MAX_PAGE {
            return Err(Misuse::PageSize.into());
        }
        // One more than is returned tells whether there is a page after this one.
        let mut stored =
            EventQuery::new(self.id.clone(), query.order, query.limit.saturating_add(1));
        if let Some(after) = query.after {
            stored = stored.after(after);
        }
        let mut events = self.engine.store().events(&stored).await?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        let last = events.last().map(|event| event.position);
        let flow = Flow::open_events(self.engine.keyring(), self.id.clone(), events);
        Ok(AuditPage {
            entries: self.engine.run(flow, watch).await?,
            next: last.filter(|_| more),
            cursor: last.or(query.after),
        })
    }

    /// Checks that the events of `subject` are all there, unchanged and in order, and that its document was not put
    /// back to an older state. What was pruned or erased is not missed.
    ///
    /// It reads the events a page at a time, however many there are.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether the
    /// trail is whole, or where it is not.
    pub async fn verify_audit(&self, subject: AuditSubject) -> Result<AuditVerdict, Error> {
        let mut watch = self.engine.watch(Operation::VerifyAudit);
        let ended = self.verdict_on(subject, &mut watch).await;
        watch.end(ended)
    }

    async fn verdict_on(
        &self,
        subject: AuditSubject,
        watch: &mut Watch<'_>,
    ) -> Result<AuditVerdict, Error> {
        let mut walk = AuditWalk::new();
        loop {
            let events = self.events_of(&subject, &walk).await?;
            let (keyring, id) = (self.engine.keyring(), self.id.clone());
            let flow = Flow::verify_audit(keyring, id, subject.clone(), walk, events);
            match self.engine.run(flow, watch).await? {
                AuditStep::Continue(further) => walk = further,
                AuditStep::Done(verdict) => return Ok(verdict),
            }
        }
    }

    /// The page of a document's events that the walk comes to next.
    pub(super) async fn events_of(
        &self,
        subject: &AuditSubject,
        walk: &AuditWalk,
    ) -> Result<Vec<StoredEvent>, Error> {
        let key = Flow::audit_key(&self.id, subject);
        let mut query =
            EventQuery::new(self.id.clone(), EventOrder::OldestFirst, WALKED).document(key);
        if let Some(position) = walk.position() {
            query = query.after(position);
        }
        Ok(self.engine.store().events(&query).await?)
    }
}

/// Which part of the audit trail to read.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct AuditQuery {
    order: EventOrder,
    after: Option<u64>,
    limit: u32,
}

impl AuditQuery {
    /// The newest `limit` entries, newest first; at most 100.
    pub const fn newest(limit: u32) -> Self {
        Self {
            order: EventOrder::NewestFirst,
            after: None,
            limit,
        }
    }

    /// The oldest `limit` entries, oldest first; at most 100.
    pub const fn oldest(limit: u32) -> Self {
        Self {
            order: EventOrder::OldestFirst,
            after: None,
            limit,
        }
    }

    /// The feed: the entries after `cursor`, oldest first, at most `limit` of them, which is at most 100; from the
    /// beginning without one.
    pub const fn feed(cursor: Option<u64>, limit: u32) -> Self {
        Self {
            order: EventOrder::OldestFirst,
            after: cursor,
            limit,
        }
    }

    /// The page that follows `next` of the page before.
    pub const fn after(mut self, next: u64) -> Self {
        self.after = Some(next);
        self
    }
}

/// A page of the audit trail.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditPage {
    /// The entries, in the order asked for.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one by now.
    pub next: Option<u64>,
    /// Where this page ended, for [`AuditQuery::feed`]: what is committed later comes after it. None only as long as
    /// nothing was ever read.
    pub cursor: Option<u64>,
}

/// How many events of one document are checked at a time; each takes 2 KiB at most.
const WALKED: u32 = 250;
