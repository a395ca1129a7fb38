//! What crosses the line between the core and a store: opaque documents, conditional commits, sealed events.
//!
//! The core decides; a store keeps versioned bytes and compares revisions. Nothing here is secret:
//! bodies and events are sealed before they get this far.

use alloc::vec::Vec;
use core::fmt;

use crate::TenantId;

/// The kinds of documents. The number is part of stored keys and of what is sealed; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum DocumentKind {
    /// Everything about one person's second factor, by account id.
    Account = 1,
    /// The password attempts of one person, by account id.
    Gate = 2,
    /// The policy of the tenant; the id is empty.
    Policy = 3,
    /// The activation code of one installation, by handle.
    Activation = 4,
}

impl DocumentKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Account, Self::Gate, Self::Policy, Self::Activation];

    /// The number kept in stored keys.
    #[must_use]
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a `repr(u8)` enum"
    )]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Where a document lives. Equality is byte for byte; `id` may hold any bytes, NUL included, or be empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct DocumentKey {
    /// The organization.
    pub tenant: TenantId,
    /// What the document is.
    pub kind: DocumentKind,
    /// Whose it is; at most 128 bytes.
    pub id: Vec<u8>,
}

impl DocumentKey {
    /// The longest id, in bytes.
    pub const MAX_ID_LEN: usize = 128;

    /// The key of a document.
    #[must_use]
    pub fn new(tenant: TenantId, kind: DocumentKind, id: impl Into<Vec<u8>>) -> Self {
        Self {
            tenant,
            kind,
            id: id.into(),
        }
    }
}

/// The version of a document: 0 where none exists, 1 for the first, then one more with each commit.
///
/// Revisions of one key never repeat, since documents are never deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a document that does not exist.
    pub const ABSENT: Self = Self(0);

    /// The revision with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number; below 2^63, so that it fits a signed column.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The next revision, or `None` at 2^63 - 1.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        if self.0 >= i64::MAX.unsigned_abs() {
            return None;
        }
        Some(Self(self.0.saturating_add(1)))
    }
}

/// The number of a key in the keyring; kept beside each document, so that rotation finds what is left to reseal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u32);

impl KeyId {
    /// The key numbered `number`.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A random id of one commit, so that an unclear outcome is settled by reading the document again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitId([u8; 16]);

impl CommitId {
    /// The id with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A document as a store hands it back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredDocument {
    /// The revision last committed; at least 1.
    pub revision: Revision,
    /// The sealed bytes last committed.
    pub body: Vec<u8>,
}

impl StoredDocument {
    /// A document at `revision` with the sealed bytes `body`.
    #[must_use]
    pub const fn new(revision: Revision, body: Vec<u8>) -> Self {
        Self { revision, body }
    }
}

/// A number or instant kept beside a document in the clear, so that a store can find documents by it.
///
/// These are never states: time would falsify a state without a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IndexField {
    /// The number of the key that sealed the document.
    KeyId,
}

/// The index values of a document, replaced whole by each commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexValues {
    /// The key that sealed the document.
    pub key_id: KeyId,
}

impl IndexValues {
    /// The values of a document sealed with `key_id`.
    #[must_use]
    pub const fn new(key_id: KeyId) -> Self {
        Self { key_id }
    }

    /// The value of `field`, if the document has one.
    #[must_use]
    pub fn get(&self, field: IndexField) -> Option<i64> {
        match field {
            IndexField::KeyId => Some(i64::from(self.key_id.number())),
        }
    }
}

/// An event, sealed, at its place in the chain of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealedEvent {
    /// The place in the document's chain: 1 for the first event, then one more with each.
    pub sequence: u64,
    /// The sealed bytes; at most 2 KiB.
    pub body: Vec<u8>,
}

impl SealedEvent {
    /// The longest sealed event, in bytes.
    pub const MAX_LEN: usize = 2 * 1024;

    /// The event at `sequence` with the sealed bytes `body`.
    #[must_use]
    pub const fn new(sequence: u64, body: Vec<u8>) -> Self {
        Self { sequence, body }
    }
}

/// One document of a commit: what must be there, and what shall be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Write {
    /// The document.
    pub key: DocumentKey,
    /// The revision that must be the stored one; [`Revision::ABSENT`] if no document may exist.
    pub expected: Revision,
    /// The revision to store: `expected` and one.
    pub revision: Revision,
    /// The sealed bytes to store; at most 16 KiB.
    pub body: Vec<u8>,
    /// The index values to store.
    pub index: IndexValues,
    /// The events to append, in the order of their sequence.
    pub events: Vec<SealedEvent>,
}

impl Write {
    /// The longest sealed document, in bytes.
    pub const MAX_BODY_LEN: usize = 16 * 1024;

    /// The write of `body` as `revision` of `key`, if the stored revision is `expected`.
    #[must_use]
    pub const fn new(
        key: DocumentKey,
        expected: Revision,
        revision: Revision,
        body: Vec<u8>,
        index: IndexValues,
        events: Vec<SealedEvent>,
    ) -> Self {
        Self {
            key,
            expected,
            revision,
            body,
            index,
            events,
        }
    }
}

/// Documents of one tenant that change together, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// A random id; it is sealed into each document too.
    pub id: CommitId,
    /// The documents, each key at most once; at least one.
    pub writes: Vec<Write>,
}

impl Commit {
    /// A commit of `writes`.
    #[must_use]
    pub const fn new(id: CommitId, writes: Vec<Write>) -> Self {
        Self { id, writes }
    }
}

/// What became of a commit whose outcome the store knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a commit is applied or it is not")]
pub enum CommitOutcome {
    /// Everything is stored, and survives a crash.
    Committed,
    /// A stored revision was not the expected one; nothing is stored.
    Conflict,
}

/// Why a store gave no answer. None of these is ever turned into a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached; of a commit, nothing is stored and nothing will be.
    Unavailable,
    /// The store gave no answer to a commit: it may be stored, or be stored yet.
    Unclear,
    /// What the store holds is not what the contract allows, such as a negative revision; of a commit, nothing is stored.
    Corrupt,
    /// The request breaks a bound or a rule of the contract; nothing is stored, and the same request is refused again.
    Refused,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "the store is unavailable",
            Self::Unclear => "the store did not say whether the commit is stored",
            Self::Corrupt => "the store holds something its contract does not allow",
            Self::Refused => "the request breaks the contract of the store",
        })
    }
}

impl core::error::Error for StoreError {}

/// An event as a store hands it back: its place in the store, its document, and the sealed bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEvent {
    /// The place in the feed of the whole store; it only grows, with gaps.
    pub position: u64,
    /// The document whose chain the event belongs to.
    pub key: DocumentKey,
    /// The sealed event.
    pub event: SealedEvent,
}

impl StoredEvent {
    /// The event of `key` at `position` of the feed.
    #[must_use]
    pub const fn new(position: u64, key: DocumentKey, event: SealedEvent) -> Self {
        Self {
            position,
            key,
            event,
        }
    }
}
