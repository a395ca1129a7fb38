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

mod algorithm;
mod base32;
mod code;
mod counter;
mod digits;
mod hotp;
mod id;
mod mac;
mod otpauth;
mod period;
#[cfg(feature = "qr")]
mod qr;
mod secret;
mod storage;
mod text;
mod time;
mod time_step;
mod totp;
mod verify_error;
mod window;

pub use crate::algorithm::Algorithm;
pub use crate::base32::{Base32Decoded, Base32Error, Base32Note, Base32Notes};
pub use crate::code::{Code, CodeShapeError};
pub use crate::counter::Counter;
pub use crate::digits::{Digits, DigitsError};
pub use crate::hotp::{AcceptedCounter, Hotp};
pub use crate::id::{AccountId, AccountIdError, TenantId, TenantIdError};
pub use crate::otpauth::OtpAuthUri;
pub use crate::period::{Period, PeriodError};
#[cfg(feature = "qr")]
pub use crate::qr::{ErrorCorrection, QrCode, QrError};
pub use crate::secret::{Secret, SecretError, Strength};
pub use crate::storage::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexField, IndexValues, KeyId,
    Revision, SealedEvent, StoreError, StoredDocument, StoredEvent, Write,
};
pub use crate::text::{AccountName, Actor, Issuer, Label, Reason, TextError};
pub use crate::time::UnixTime;
pub use crate::time_step::TimeStep;
pub use crate::totp::{Accepted, Totp, TotpParameters};
pub use crate::verify_error::VerifyError;
pub use crate::window::{LookAhead, LookAheadError, Window, WindowError};
