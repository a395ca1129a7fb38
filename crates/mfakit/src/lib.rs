//! A multi-factor authentication engine as a library.
//!
//! [`Engine`] is the core of `mfakit-core` with a store, a clock and the operating system's randomness.
//! Every call starts at a [`Tenant`]; `blocking::Engine` has the same calls for programs without async.
//!
//! What a person can cause is an answer, in an enum; an [`Error`] is only busy, unavailable, or misuse.
//!
//! Features: `qr` (on by default) makes QR codes of pending setups; `tracing` adds `TracingObserver`, an [`Observer`]
//! that is ready to use.

#![forbid(unsafe_code)]

extern crate alloc;

mod clock;
mod engine;
mod observe;
mod queue;
mod tenant;

pub mod blocking;
pub mod keyring_file;

pub use mfakit_core::{
    AccountId, AccountIdError, AccountName, AccountStatus, ActivationAct, ActivationCode,
    ActivationCodeError, ActivationHandle, ActivationLifetime, ActivationLifetimeError,
    ActivationRecord, ActivationRefusal, ActivationState, ActivationStatus, Actor, Administrator,
    Algorithm, Allowed, Assertion, AuditEntry, AuditFault, AuditSubject, AuditVerdict,
    AuthenticatorStatus, BackupCode, BackupCodes, Basis, Challenge, Charged, ClockRepair,
    Confirmation, Confirmed, Current, Decision, Declined, Deferment, Deferral, DeviceId,
    DeviceRevocation, DeviceStatus, DeviceToken, Error, Event, EventField, EventKind,
    ExemptionChange, ExemptionEnd, ExemptionStatus, ExternalMeans, FirstFactor, Gate, GateRefusal,
    IssuedActivation, Issuer, KeyId, Keyring, KeyringError, Label, LockEnd, LockReason, Locked,
    Mark, Mismatch, Misuse, OtpAuthUri, PasswordAttempt, PendingSetup, Policy, PolicyChange,
    PolicyError, Presented, Profile, Reason, RedeemedActivation, Redemption, Reissue, Replaced,
    Replayed, ReplayedCode, Requirement, RequirementChange, Revocation, Setting, SettingChange,
    Settlement, SetupRequired, SetupStart, SignIn, Standing, TenantCreation, TenantId,
    TenantIdError, TextError, Ticket, Unavailable, UnixTime, Verification, Verified, Void,
    WhichDevices,
};
pub use mfakit_core::{AccountState, AccountSummary, EventId, PasswordLock};
pub use mfakit_core::{
    AuthenticatorId, AuthenticatorIdError, AuthenticatorKind, BackupCodesRenewal, BoundToken,
    Changed, Counter, Demand, Digits, DigitsError, FactorChange, IdentityVerified, Operation,
    Outcome, Period, PeriodError, Renaming, Renewed, Resynchronization, Secret, SecretError,
    StepUp, Strength, TokenBinding, TokenKind, TotpParameters, Unlocking,
};
pub use mfakit_core::{DocumentKey, DocumentKind, KeyringChangeError};
#[cfg(feature = "qr")]
pub use mfakit_core::{QrCode, QrError};
pub use mfakit_store::{MemoryStore, Store};

pub use crate::clock::{Clock, ManualClock, SystemClock};
pub use crate::engine::{Engine, EngineBuilder, KeyDocuments, KeyUsage, KeyringReplacement};
#[cfg(feature = "tracing")]
pub use crate::observe::TracingObserver;
pub use crate::observe::{Observation, Observer, OutcomeClass};
pub use crate::tenant::{
    AccountCount, AccountPage, AccountQuery, ActivationPage, ActivationQuery, AuditPage,
    AuditQuery, PasswordLockPage, PasswordLockQuery, PruneReport, Pruning, Tenant,
};
pub use crate::tenant::{ResealFailure, RotationCursor, RotationPage, RotationQuery};

/// The README, so that its example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The guide to activation codes, so that its examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/activation-codes.md")]
struct ActivationGuide;

/// The first program, which runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/start-rust.md")]
struct StartRust;

/// The guides, so that their examples compile.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../docs/guides/own-factors.md")]
    struct OwnFactors;
    #[doc = include_str!("../../../docs/guides/unlock-and-erase.md")]
    struct UnlockAndErase;
    #[doc = include_str!("../../../docs/guides/half-sign-ins.md")]
    struct HalfSignIns;
    #[doc = include_str!("../../../docs/guides/hardware-tokens.md")]
    struct HardwareTokens;
    #[doc = include_str!("../../../docs/guides/require-and-exempt.md")]
    struct RequireAndExempt;
    #[doc = include_str!("../../../docs/guides/remember-devices.md")]
    struct RememberDevices;
    #[doc = include_str!("../../../docs/guides/rotate-keys.md")]
    struct RotateKeys;
    #[doc = include_str!("../../../docs/guides/observe.md")]
    struct Observe;
    #[doc = include_str!("../../../docs/guides/single-sign-on.md")]
    struct SingleSignOn;
    #[doc = include_str!("../../../docs/guides/reset.md")]
    struct Reset;
    #[doc = include_str!("../../../docs/guides/lists-and-audit.md")]
    struct ListsAndAudit;
    #[doc = include_str!("../../../docs/guides/notifications.md")]
    struct Notifications;
}
