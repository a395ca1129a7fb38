//! The bounds of the contract, checked in one place for every store.
//!
//! The core keeps these bounds itself; a store checks them again, because a request that breaks one is a
//! defect, and a defect must not reach the disk.

use mfakit_core::{Commit, DocumentKey, SealedEvent, StoreError, Write};

use crate::{EventQuery, ScanQuery};

/// Refuses a commit that breaks the contract, whatever is stored.
///
/// Allowed are one or more writes of one tenant, each key once and at most [`DocumentKey::MAX_ID_LEN`] long, each
/// revision the expected one and one, bodies and events no longer than [`Write::MAX_BODY_LEN`] and
/// [`SealedEvent::MAX_LEN`], and in each write events whose sequence starts at 1 or more and grows by one.
///
/// # Errors
/// [`StoreError::Refused`].
pub fn check_commit(commit: &Commit) -> Result<(), StoreError> {
    let (first, others) = commit.writes.split_first().ok_or(StoreError::Refused)?;
    let one_tenant = others
        .iter()
        .all(|write| write.key.tenant == first.key.tenant);
    // A commit has a handful of documents, so comparing each with each costs less than a set.
    let keys_once = commit.writes.iter().enumerate().all(|(i, write)| {
        commit
            .writes
            .iter()
            .skip(i + 1)
            .all(|other| other.key != write.key)
    });
    if one_tenant && keys_once && commit.writes.iter().all(write_allowed) {
        Ok(())
    } else {
        Err(StoreError::Refused)
    }
}

/// Refuses keys whose id is longer than [`DocumentKey::MAX_ID_LEN`].
///
/// # Errors
/// [`StoreError::Refused`].
pub fn check_keys(keys: &[DocumentKey]) -> Result<(), StoreError> {
    if keys.iter().all(key_allowed) {
        Ok(())
    } else {
        Err(StoreError::Refused)
    }
}

/// Refuses pages of no rows.
///
/// # Errors
/// [`StoreError::Refused`].
pub const fn check_limit(limit: u32) -> Result<(), StoreError> {
    if limit == 0 {
        return Err(StoreError::Refused);
    }
    Ok(())
}

impl ScanQuery {
    /// Refuses a query for pages of no rows.
    ///
    /// # Errors
    /// [`StoreError::Refused`].
    pub const fn check(&self) -> Result<(), StoreError> {
        check_limit(self.limit)
    }
}

impl EventQuery {
    /// Refuses a query for pages of no events, or for a document of another tenant, or with too long an id.
    ///
    /// # Errors
    /// [`StoreError::Refused`].
    pub fn check(&self) -> Result<(), StoreError> {
        let document_allowed = self
            .document
            .as_ref()
            .is_none_or(|key| key.tenant == self.tenant && key_allowed(key));
        if self.limit == 0 || !document_allowed {
            return Err(StoreError::Refused);
        }
        Ok(())
    }
}

fn write_allowed(write: &Write) -> bool {
    key_allowed(&write.key)
        && write.expected.next() == Some(write.revision)
        && write.body.len() <= Write::MAX_BODY_LEN
        && write
            .events
            .iter()
            .all(|event| event_allowed(event) && event.body.len() <= SealedEvent::MAX_LEN)
        && write
            .events
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.sequence.checked_add(1) == Some(b.sequence)))
}

const fn key_allowed(key: &DocumentKey) -> bool {
    key.id.len() <= DocumentKey::MAX_ID_LEN
}

/// Sequences, like revisions, fit a signed column.
const fn event_allowed(event: &SealedEvent) -> bool {
    event.sequence >= 1 && event.sequence <= i64::MAX.unsigned_abs()
}
