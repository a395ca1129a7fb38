//! The audit trail: its entries, and what a check of it found.

use crate::{AccountId, ActivationHandle, AuditWalk, Event, EventId, Unavailable};

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// The place in the store's feed.
    pub position: u64,
    /// Whose account it concerns; none if it concerns the tenant or an installation.
    pub account: Option<AccountId>,
    /// What happened, if it can be read.
    pub event: Option<Event>,
    /// Why it can't be read, if it can't.
    pub fault: Option<AuditFault>,
    /// Which installation it concerns, if it concerns one.
    pub activation: Option<ActivationHandle>,
    /// Names the event for ever: whoever reads the feed twice, as after a crash, knows by it what was seen.
    pub id: EventId,
}

/// Why an entry of the audit trail can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFault {
    /// The event is not what its document sealed at this place: somebody altered it.
    Altered,
    /// The event is of a kind that only a newer version knows.
    NewerKind,
    /// The document that holds the key of the event does not open.
    NoDocument,
    /// The person was erased after the event, and its key with that.
    Erased,
}

/// Whose events are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditSubject {
    /// Those of an account's second factor.
    Account(AccountId),
    /// Those of an account's password attempts.
    Passwords(AccountId),
    /// Those of the tenant's policy.
    Policy,
    /// Those of an installation's activation code.
    Activation(ActivationHandle),
}

/// What a check of the audit trail found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum AuditVerdict {
    /// Every event is there, unchanged and in its place.
    Whole {
        /// How many there are.
        events: u64,
    },
    /// Events from this sequence on are missing.
    Incomplete {
        /// The sequence of the first event that is missing.
        sequence: u64,
    },
    /// An event was altered, moved, removed or added here, or the document was put back to an older state.
    Broken {
        /// The sequence of the first event that does not fit.
        sequence: u64,
    },
}

/// How a check of the audit trail goes on.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "the protocol of drivers")]
pub enum AuditStep {
    /// With the page that follows.
    Continue(AuditWalk),
    /// It has ended.
    Done(AuditVerdict),
}

/// How the pruning of one document's events goes on.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "the protocol of drivers")]
pub enum PruneStep {
    /// With the page that follows.
    Continue(AuditWalk),
    /// It is decided.
    Done(Pruned),
}

/// What may become of the old events of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pruned {
    /// Events up to this one may be removed: the document says so, and is committed.
    Through {
        /// The sequence of the last one.
        sequence: u64,
    },
    /// None is old enough, or so few that the event which tells of it would outweigh them.
    Nothing,
    /// An event was altered, moved, removed or added here: none is removed, so that the evidence stays.
    Broken {
        /// The sequence of the first event that does not fit.
        sequence: u64,
    },
    /// The document can't be read, or its clock was ahead; nothing is removed.
    Unavailable(Unavailable),
}
