//! The audit trail of a tenant: read in pages, and checked.

use mfakit_core::{
    AuditEntry, AuditSubject, AuditVerdict, Error, Flow, Misuse, Operation, StoredEvent,
};
use mfakit_store::{EventOrder, EventQuery};

use crate::{
    observe::Watch,
    tenant::{MAX_PAGE, Tenant},
};

impl Tenant {
    /// Reads a page of the audit trail.
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
        let next = events.last().filter(|_| more).map(|event| event.position);
        let flow = Flow::open_events(self.engine.keyring(), self.id.clone(), events);
        Ok(AuditPage {
            entries: self.engine.run(flow, watch).await?,
            next,
        })
    }

    /// Checks that the events of `subject` are all there, unchanged and in order, and that its document was not put
    /// back to an older state.
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
        let mut tries = 0;
        loop {
            let events = self.events_of(&subject).await?;
            let (keyring, id) = (self.engine.keyring(), self.id.clone());
            let flow = Flow::verify_audit(keyring, id, subject.clone(), events);
            let verdict = self.engine.run(flow, watch).await?;
            tries += 1;
            // Something may have been committed after the events were read.
            if !matches!(verdict, AuditVerdict::Incomplete { .. }) || tries == AUDIT_TRIES {
                return Ok(verdict);
            }
        }
    }

    async fn events_of(&self, subject: &AuditSubject) -> Result<Vec<StoredEvent>, Error> {
        let key = Flow::audit_key(&self.id, subject);
        let query =
            EventQuery::new(self.id.clone(), EventOrder::OldestFirst, MAX_PAGE).document(key);
        let mut events: Vec<StoredEvent> = Vec::new();
        loop {
            let after = events.last().map(|event| event.position);
            let page = after.map_or_else(|| query.clone(), |after| query.clone().after(after));
            let page = self.engine.store().events(&page).await?;
            if page.is_empty() {
                return Ok(events);
            }
            events.extend(page);
        }
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
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
}

const AUDIT_TRIES: u32 = 3;
