//! The stable names of operations and of how they end: the one place for logs, metrics and bindings.
//!
//! A name says what was asked and what class of answer came of it, never about whom: there is no name that depends
//! on a tenant, an account, a text or a number, so that the set of names is the one that is written here.

use alloc::vec::Vec;

use crate::{
    AccountStatus, AccountSummary, ActivationStatus, Assertion, AuditEntry, AuditStep,
    AuditVerdict, BackupCodesRenewal, Basis, Charged, ClockRepair, Confirmation, Decision,
    Declined, Deferment, DeviceRevocation, Error, ExemptionChange, FactorChange, Gate,
    IssuedActivation, Misuse, PasswordLock, Policy, PolicyChange, PruneStep, Redemption, Reissue,
    Renaming, ReplayedCode, RequirementChange, Resynchronization, Revocation, Settlement,
    SetupStart, Standing, StepUp, StoreError, TenantCreation, TokenBinding, Unavailable, Unlocking,
    Verification, Void,
};

macro_rules! operations {
    ($($variant:ident $name:literal,)*) => {
        /// What was asked, by the name of the call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each is named after its call")]
        pub enum Operation {
            $($variant,)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name of the call, such as `begin_setup`; it never changes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

operations! {
    Accounts "accounts",
    AcknowledgeBackupCodes "acknowledge_backup_codes",
    ActivationStatus "activation_status",
    Activations "activations",
    BeginDecoy "begin_decoy",
    BeginPassword "begin_password",
    BeginSetup "begin_setup",
    BindToken "bind_token",
    CheckAssertion "check_assertion",
    CheckAssertionFor "check_assertion_for",
    ConfirmSetup "confirm_setup",
    CountAccounts "count_accounts",
    CreateTenant "create_tenant",
    Defer "defer",
    Disable "disable",
    EndExemption "end_exemption",
    EndRequirement "end_requirement",
    Erase "erase",
    Events "events",
    Exempt "exempt",
    IssueActivation "issue_activation",
    KeyUsage "key_usage",
    PasswordChanged "password_changed",
    PasswordLocks "password_locks",
    Policy "policy",
    PruneEvents "prune_events",
    RedeemActivation "redeem_activation",
    RegenerateBackupCodes "regenerate_backup_codes",
    ReissueActivation "reissue_activation",
    RemoveAuthenticator "remove_authenticator",
    RenameAuthenticator "rename_authenticator",
    RepairActivationClock "repair_activation_clock",
    RepairClock "repair_clock",
    Require "require",
    Reset "reset",
    Resynchronize "resynchronize",
    ResynchronizeOf "resynchronize_of",
    RevokeActivation "revoke_activation",
    RevokeDevices "revoke_devices",
    RevokeDevicesOf "revoke_devices_of",
    RotateKeys "rotate_keys",
    SetPolicy "set_policy",
    SettleSignIns "settle_sign_ins",
    SignIn "sign_in",
    Status "status",
    StepUp "step_up",
    Unlock "unlock",
    UnlockPassword "unlock_password",
    Verify "verify",
    VerifyAndRemember "verify_and_remember",
    VerifyAudit "verify_audit",
}

/// An answer, or an error, with a stable name for logs and metrics.
pub trait Outcome {
    /// The name, such as `verified_otp`; lower-case words with underscores, and it never changes.
    fn outcome(&self) -> &'static str;
}

impl<A: Outcome> Outcome for Result<A, Error> {
    fn outcome(&self) -> &'static str {
        match self {
            Ok(answer) => answer.outcome(),
            Err(error) => error.outcome(),
        }
    }
}

macro_rules! outcomes {
    ($($type:ty { $($pattern:pat => $name:expr,)* })*) => {$(
        impl Outcome for $type {
            fn outcome(&self) -> &'static str {
                match self {
                    $($pattern => $name,)*
                }
            }
        }
    )*};
}

outcomes! {
    Gate {
        Self::Proceed(_) => "proceed",
        Self::Refused(_) => LOCKED,
    }
    Decision {
        Self::Allow(allowed) => allowed_by(allowed.basis),
        Self::Challenge(_) => CHALLENGE,
        Self::Setup(_) => "setup",
        Self::Deny(_) => LOCKED,
    }
    Deferment {
        Self::Allow(_) => allowed_by(Basis::Deferred),
        Self::Refused => "refused",
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    SetupStart {
        Self::Pending(_) => "pending",
        Self::TooManyAuthenticators => TOO_MANY_AUTHENTICATORS,
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    Confirmation {
        Self::Confirmed(_) => "confirmed",
        Self::Mismatch(mismatch) => mismatched(mismatch.charged),
        Self::NoPendingSetup => "no_pending_setup",
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    Verification {
        Self::Verified(verified) => match verified.basis {
            Basis::BackupCode => "verified_backup_code",
            _ => "verified_otp",
        },
        Self::Mismatch(mismatch) => mismatched(mismatch.charged),
        Self::Replayed(replayed) => match replayed.what {
            ReplayedCode::Otp => "replayed_otp",
            ReplayedCode::BackupCode => "replayed_backup_code",
        },
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
        Self::Declined(what) => match what {
            Declined::OneCode => "declined_one_code",
            Declined::TwoCodes => "declined_two_codes",
        },
    }
    Standing {
        Self::Current(_) => "current",
        Self::SignInAgain(why) => void(*why),
        Self::StepUp(_) => "step_up",
    }
    StepUp {
        Self::Challenge(_) => CHALLENGE,
        Self::NoFactor => NO_FACTOR,
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    BackupCodesRenewal {
        Self::Renewed(_) => "renewed",
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    Renaming {
        Self::Renamed => "renamed",
        Self::NoSuchAuthenticator => NO_SUCH_AUTHENTICATOR,
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    FactorChange {
        Self::Changed(_) => CHANGED,
        Self::NoSuchAuthenticator => NO_SUCH_AUTHENTICATOR,
        Self::Required => "required",
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    DeviceRevocation {
        Self::Revoked { .. } => "revoked",
        Self::NoSuchDevice => "no_such_device",
        Self::Locked(_) => LOCKED,
        Self::Void(why) => void(*why),
    }
    TokenBinding {
        Self::Bound(_) => "bound",
        Self::TooManyAuthenticators => TOO_MANY_AUTHENTICATORS,
        Self::SecondCounter => "second_counter",
        Self::AlreadyBound => "already_bound",
    }
    Unlocking {
        Self::NotLocked => "not_locked",
        Self::Lifted => "lifted",
        Self::FailuresCleared => "failures_cleared",
        Self::FactorsRemoved => "factors_removed",
    }
    ExemptionChange {
        Self::Changed => CHANGED,
        Self::NotExempt => "not_exempt",
        Self::EndsInThePast => "ends_in_the_past",
        Self::TooLong { .. } => "too_long",
        Self::EndNeeded { .. } => "end_needed",
    }
    RequirementChange {
        Self::Changed => CHANGED,
        Self::Unchanged => "unchanged",
    }
    PolicyChange {
        Self::Changed => CHANGED,
        Self::Stale => "stale",
    }
    TenantCreation {
        Self::Created => "created",
        Self::Exists => "exists",
    }
    ClockRepair {
        Self::Repaired => "repaired",
        Self::NothingAhead => "nothing_ahead",
    }
    AuditVerdict {
        Self::Whole { .. } => "whole",
        Self::Incomplete { .. } => "incomplete",
        Self::Broken { .. } => "broken",
    }
    Resynchronization {
        Self::Resynchronized(_) => "resynchronized",
        Self::Mismatch(mismatch) => mismatched(mismatch.charged),
        Self::Replayed => "replayed_otp",
        Self::NoFactor => NO_FACTOR,
        Self::Locked(_) => LOCKED,
        Self::Declined => "declined_two_codes",
    }
    Settlement {
        settlement => if settlement.half_sign_ins > 0 { "recorded" } else { "nothing_open" },
    }
    AuditStep {
        Self::Continue(_) => STEP,
        Self::Done(verdict) => verdict.outcome(),
    }
    PruneStep {
        Self::Continue(_) => STEP,
        Self::Done(_) => "done",
    }
    Vec<PasswordLock> {
        _ => LISTED,
    }
    AccountSummary {
        _ => LISTED,
    }
    Redemption {
        // Why it failed is told in the audit trail alone.
        redemption => redemption.name(),
    }
    Reissue {
        Self::Reissued(_) => "reissued",
        Self::Unknown => "unknown",
    }
    Revocation {
        Self::Revoked => "revoked",
        Self::AlreadyRevoked => "already_revoked",
        Self::AlreadyRedeemed(_) => "already_redeemed",
        Self::Unknown => "unknown",
    }
    IssuedActivation {
        _ => "issued",
    }
    () {
        () => "done",
    }
    Option<Assertion> {
        // Whether a session goes on says nothing about the change, which is made in any case.
        Some(_) => "done_session_goes_on",
        None => "done",
    }
    Policy {
        _ => "read",
    }
    Vec<AccountStatus> {
        _ => LISTED,
    }
    Vec<ActivationStatus> {
        _ => LISTED,
    }
    Vec<AuditEntry> {
        _ => LISTED,
    }
    Error {
        Self::Busy => "busy",
        Self::Unavailable(why) => match why {
            Unavailable::Store(StoreError::Unavailable) => "store_unavailable",
            Unavailable::Store(StoreError::Unclear) => "store_unclear",
            Unavailable::Store(StoreError::Corrupt) => "store_corrupt",
            Unavailable::Store(StoreError::Refused) => "store_refused",
            Unavailable::Damaged => "document_damaged",
            Unavailable::NewerFormat => "document_of_newer_format",
            Unavailable::UnknownKey(_) => "document_of_unknown_key",
            Unavailable::TooLarge => "document_too_large",
            Unavailable::ClockBehind => "clock_behind",
            Unavailable::RolledBack => "rolled_back",
            Unavailable::Randomness => "no_randomness",
        },
        Self::Misuse(why) => match why {
            Misuse::UnknownTenant => "misuse_unknown_tenant",
            Misuse::ForeignAttempt => "misuse_foreign_attempt",
            Misuse::TooMany => "misuse_too_many",
            Misuse::PageSize => "misuse_page_size",
            Misuse::TooRecent => "misuse_too_recent",
            Misuse::OutOfStep => "misuse_out_of_step",
        },
    }
}

const fn allowed_by(basis: Basis) -> &'static str {
    match basis {
        Basis::NotRequired => "allowed_not_required",
        Basis::NotSetUp => "allowed_not_set_up",
        Basis::Otp => "allowed_otp",
        Basis::BackupCode => "allowed_backup_code",
        Basis::Exempt => "allowed_exempt",
        Basis::Remembered => "allowed_remembered",
        Basis::Deferred => "allowed_deferred",
    }
}

const fn void(why: Void) -> &'static str {
    match why {
        Void::Unknown => "void_unknown",
        Void::Expired => "void_expired",
        Void::Spent => "void_spent",
        Void::Superseded => "void_superseded",
        Void::WrongPurpose => "void_wrong_purpose",
        Void::WrongBinding => "void_wrong_binding",
        Void::Insufficient => "void_insufficient",
        Void::Stale => "void_stale",
    }
}

const fn mismatched(charged: Charged) -> &'static str {
    match charged {
        Charged::Yes => "mismatch",
        Charged::NotACode => "not_a_code",
    }
}

const CHALLENGE: &str = "challenge";
const CHANGED: &str = "changed";
const LISTED: &str = "listed";
const LOCKED: &str = "locked";
const NO_FACTOR: &str = "no_factor";
const NO_SUCH_AUTHENTICATOR: &str = "no_such_authenticator";
const STEP: &str = "step";
const TOO_MANY_AUTHENTICATORS: &str = "too_many_authenticators";

#[cfg(test)]
mod tests {
    use super::{Operation, void};
    use crate::Void;

    #[test]
    fn names_of_operations_are_words_and_differ() {
        let names: alloc::collections::BTreeSet<_> =
            Operation::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Operation::ALL.len());
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }

    #[test]
    fn a_void_is_named_as_everywhere() {
        for why in [
            Void::Unknown,
            Void::Expired,
            Void::Spent,
            Void::Superseded,
            Void::WrongPurpose,
            Void::WrongBinding,
            Void::Insufficient,
            Void::Stale,
        ] {
            assert_eq!(void(why).strip_prefix("void_"), Some(why.name()));
        }
    }
}
