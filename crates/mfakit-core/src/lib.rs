//! The pure core of mfakit: one-time passwords, backup codes, sealing, and the life cycle of a second factor.
//!
//! Nothing here reads a clock, a file or the operating system's randomness: time and randomness are
//! arguments, storage is an answer the caller acts on. Applications link the `mfakit` crate, which
//! adds those three; reviewers read this one.

#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]

extern crate alloc;

mod id;
mod storage;
mod text;
mod time;

pub use crate::id::{AccountId, AccountIdError, TenantId, TenantIdError};
pub use crate::storage::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexField, IndexValues, KeyId,
    Revision, SealedEvent, StoreError, StoredDocument, StoredEvent, Write,
};
pub use crate::text::{AccountName, Actor, Issuer, Label, Reason, TextError};
pub use crate::time::UnixTime;
