//! A walk along the chain of a document, page by page: what of its events was checked so far.
//!
//! The events of years don't fit into memory at once, so whoever checks them carries this from page to page. It
//! trusts the document of each page, which is sealed, and nothing of what the store says of its events.

use crate::{
    DocumentKey, StoredEvent,
    document::chain::{Chain, OpenedEvent},
    seal::TAG_LEN,
};

/// How far a check of one document's events has come.
#[derive(Debug, Clone, Default)]
#[must_use = "the next page goes on from it"]
pub struct AuditWalk {
    /// The first sequence that is checked; 0 before the first page.
    first: u64,
    /// The sequence that comes next.
    pub(crate) next: u64,
    /// The tag of the event before that.
    pub(crate) last: [u8; TAG_LEN],
    position: Option<u64>,
    /// How many events were met, those included that are not checked.
    pub(crate) events: u64,
    /// Pages that were empty though an event was missing, since the last event that was there.
    waits: u8,
    restarts: u8,
}

/// Where a walk goes on with the chain as it is now.
pub(crate) enum Resumed {
    Here(AuditWalk),
    /// At its beginning: the chain has lost its first events since. The page that was read is void.
    Anew(AuditWalk),
    /// It has begun anew too often.
    GivenUp,
}

/// What a step of the walk met.
pub(crate) enum Met {
    /// An event that may be gone, and so is not checked.
    Dispensable,
    Checked(OpenedEvent),
}

/// The event at `AuditWalk::next` is not what the chain sealed there.
pub(crate) struct Misfit;

impl AuditWalk {
    /// A walk that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the next page of the document's events begins, oldest first: after this position of the store.
    #[must_use]
    pub const fn position(&self) -> Option<u64> {
        self.position
    }

    pub(crate) fn resume(&self, chain: &Chain) -> Resumed {
        let (first, last) = chain.start();
        if self.first == first {
            return Resumed::Here(self.clone());
        }
        let begun = Self {
            first,
            next: first,
            last,
            restarts: self.restarts,
            ..Self::default()
        };
        if self.first == 0 {
            return Resumed::Here(begun);
        }
        // Erased or pruned under the walk.
        if self.restarts >= MAX_RESTARTS {
            return Resumed::GivenUp;
        }
        Resumed::Anew(Self {
            restarts: self.restarts.saturating_add(1),
            ..begun
        })
    }

    pub(crate) fn step(
        &mut self,
        chain: &Chain,
        key: &DocumentKey,
        stored: &StoredEvent,
    ) -> Result<Met, Misfit> {
        let sequence = stored.event.sequence;
        self.position = Some(stored.position);
        self.events = self.events.saturating_add(1);
        if self.next == self.first && sequence < self.first {
            return Ok(Met::Dispensable);
        }
        let opened = chain.open(key, &stored.event);
        let fits = opened.filter(|it| sequence == self.next && it.previous == self.last);
        let opened = fits.ok_or(Misfit)?;
        self.last = opened.tag;
        self.next = self.next.saturating_add(1);
        self.waits = 0;
        Ok(Met::Checked(opened))
    }

    /// The walk once more from here, where the store has not shown all events yet: none if it was asked often enough.
    pub(crate) fn wait(mut self) -> Option<Self> {
        if self.waits >= MAX_WAITS {
            return None;
        }
        self.waits = self.waits.saturating_add(1);
        Some(self)
    }
}

/// How often the events of a document may be dropped while they are walked along.
const MAX_RESTARTS: u8 = 3;
/// How often a store may be asked again for an event that was committed while it was read.
const MAX_WAITS: u8 = 2;
