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

mod activation;
mod algorithm;
mod answer;
mod backup;
mod base32;
mod bits;
mod claims;
mod code;
mod codec;
mod counter;
mod desk;
mod device;
mod digits;
mod document;
mod error;
mod event;
mod event_id;
mod factor;
mod flow;
mod hotp;
mod id;
mod keyring;
mod limits;
mod mac;
mod mask;
#[cfg(feature = "migration")]
mod migration;
mod names;
mod operation;
mod otpauth;
mod outcome;
mod period;
mod policy;
mod profile;
#[cfg(feature = "qr")]
mod qr;
mod random;
mod resync;
mod scan;
mod seal;
mod secret;
#[cfg(feature = "serde")]
mod serde;
mod storage;
mod symbols;
#[cfg(test)]
mod testing;
mod text;
mod throttle;
mod time;
mod time_step;
mod token;
mod totp;
mod truncation;
mod verify_error;
mod window;
mod wiped;

pub use crate::activation::{
    ActivationAct, ActivationCode, ActivationCodeError, ActivationHandle, ActivationLifetime,
    ActivationLifetimeError, ActivationRecord, ActivationRefusal, ActivationState,
    ActivationStatus, IssuedActivation, RedeemedActivation, Redemption, Reissue, Replaced,
    Revocation,
};
pub use crate::algorithm::Algorithm;
pub use crate::answer::{
    AccountState, AccountStatus, AccountSummary, Allowed, AuditEntry, AuditFault, AuditStep,
    AuditSubject, AuditVerdict, AuthenticatorStatus, Basis, Challenge, Charged, ClockRepair,
    Confirmation, Confirmed, Current, Decision, Declined, Deferment, Deferral, DeviceRevocation,
    DeviceStatus, ExemptionChange, ExemptionEnd, ExemptionStatus, ExternalMeans, FirstFactor, Gate,
    GateRefusal, Mark, Mismatch, PasswordAttempt, PasswordLock, PendingSetup, PolicyChange,
    PruneStep, Pruned, Replayed, ReplayedCode, RequirementChange, Settlement, SetupRequired,
    SetupStart, Standing, TenantCreation, Verification, Verified, Void, WhichDevices,
};
pub use crate::backup::{BackupCode, BackupCodes};
pub use crate::base32::{Base32Decoded, Base32Error, Base32Note, Base32Notes};
pub use crate::claims::Presented;
pub use crate::code::{Code, CodeShapeError};
pub use crate::counter::Counter;
pub use crate::device::DeviceId;
pub use crate::digits::{Digits, DigitsError};
pub use crate::document::walk::AuditWalk;
pub use crate::error::{Error, Misuse, Unavailable};
pub use crate::event::{Administrator, Event, EventField, EventKind};
pub use crate::event_id::EventId;
pub use crate::factor::{
    AuthenticatorId, AuthenticatorIdError, AuthenticatorKind, BackupCodesRenewal, BoundToken,
    Changed, Demand, FactorChange, IdentityVerified, Renaming, Renewed, Resynchronization, StepUp,
    TokenBinding, TokenKind, Unlocking,
};
pub use crate::flow::{Flow, Input, Step};
pub use crate::hotp::{AcceptedCounter, Hotp};
pub use crate::id::{AccountId, AccountIdError, TenantId, TenantIdError};
pub use crate::keyring::{Keyring, KeyringChangeError, KeyringError};
#[cfg(feature = "migration")]
pub use crate::migration::{
    Batch, MigrationEntryError, MigrationExport, MigrationFault, ParseMigrationError,
};
pub use crate::operation::{Resealing, SignIn};
pub use crate::otpauth::{
    KeyUriAlgorithm, MovingFactor, OtpAuthNote, OtpAuthUri, ParseUriError, UnsupportedUriError,
};
pub use crate::outcome::{Operation, Outcome};
pub use crate::period::{Period, PeriodError};
pub use crate::policy::{Policy, PolicyError, Requirement, Setting, SettingChange};
pub use crate::profile::Profile;
#[cfg(feature = "qr")]
pub use crate::qr::{ErrorCorrection, QrCode, QrError};
#[cfg(feature = "qr-png")]
pub use crate::qr::{ModulePixels, ModulePixelsError};
pub use crate::random::RandomnessError;
pub use crate::resync::{ResyncWindow, ResyncWindowError, Resynchronized};
pub use crate::secret::{Secret, SecretError, Strength};
pub use crate::storage::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexField, IndexValues, KeyId,
    Revision, SealedEvent, StoreError, StoredDocument, StoredEvent, Write,
};
pub use crate::text::{AccountName, Actor, Issuer, Label, Reason, TextError};
pub use crate::throttle::{LockEnd, LockReason, Locked};
pub use crate::time::UnixTime;
pub use crate::time_step::TimeStep;
pub use crate::token::{Assertion, DeviceToken, Ticket};
pub use crate::totp::{Accepted, Totp, TotpParameters};
pub use crate::verify_error::VerifyError;
pub use crate::window::{LookAhead, LookAheadError, Window, WindowError};
