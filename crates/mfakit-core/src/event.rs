//! Events: what happened to a factor, typed, without a place for a secret.

mod field;

use alloc::vec::Vec;
use core::fmt;

use crate::{
    ActivationRefusal, Actor, ExemptionEnd, Issuer, KeyId, Label, Profile, Reason, Requirement,
    SettingChange, TextError, UnixTime,
};

pub use self::field::EventField;

/// What happened.
///
/// Names ([`EventKind::name`]) are stable. No variant can hold a secret, a code or a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// The tenant came into being with its first policy.
    TenantCreated {
        /// What the policy demands.
        requirement: Requirement,
    },
    /// The policy was replaced.
    PolicyChanged {
        /// What the policy demands from now on.
        requirement: Requirement,
        /// The settings that were changed.
        changes: Vec<SettingChange>,
    },
    /// A password attempt was charged, before anything was hashed.
    PasswordAttempted,
    /// A password attempt was charged, and the gate is locked until then unless it was right.
    PasswordLocked {
        /// When the gate opens again.
        until: UnixTime,
    },
    /// The password was right; its attempts are cleared.
    PasswordAccepted,
    /// A setup was begun: a secret was made and shown.
    SetupStarted {
        /// The name of the authenticator to be.
        label: Label,
    },
    /// A wrong code was typed at setup.
    SetupCodeMismatch,
    /// The last try at setup was wrong; the pending setup is gone.
    SetupFailed,
    /// An authenticator was bound: from now on its codes count.
    AuthenticatorBound {
        /// The name of the authenticator.
        label: Label,
    },
    /// Backup codes were made; older ones are void.
    BackupCodesIssued {
        /// How many.
        count: u32,
    },
    /// The person said that the backup codes are stored.
    BackupCodesAcknowledged,
    /// A code was right.
    CodeAccepted {
        /// The name of the authenticator.
        label: Label,
    },
    /// A backup code was right, and is used up.
    BackupCodeAccepted {
        /// How many are left.
        left: u32,
    },
    /// A code was wrong, and was charged.
    CodeMismatch,
    /// A code that had been used, or is older than one that was, was sent again; refused.
    CodeReplayed,
    /// A backup code that had been used was sent again; refused and charged.
    BackupCodeReplayed,
    /// An administrator set the times of a document right, after a clock that was ahead.
    ClockRepaired,
    /// A code was wrong, and the account is locked for a time.
    Locked {
        /// When it opens again.
        until: UnixTime,
    },
    /// A code was wrong, and the account is locked until an administrator acts.
    HardLocked,
    /// An administrator removed every factor; the person sets up anew.
    Reset,
    /// An administrator issued an activation code.
    ActivationIssued {
        /// What it is for.
        purpose: Label,
        /// When it ends.
        until: UnixTime,
    },
    /// An administrator issued an activation code anew; the old one is void.
    ActivationReissued {
        /// What it is for.
        purpose: Label,
        /// When it ends.
        until: UnixTime,
    },
    /// An administrator made an activation code void.
    ActivationRevoked,
    /// An activation code was redeemed, and is used up.
    ActivationRedeemed,
    /// An activation code was refused, and the attempt was charged.
    ActivationRefused {
        /// Why; whoever tried was not told.
        refusal: ActivationRefusal,
    },
    /// An activation code is void after too many failed attempts.
    ActivationExhausted,
    /// The person gave an authenticator another name.
    AuthenticatorRenamed {
        /// The new name.
        label: Label,
    },
    /// The person removed an authenticator: its codes count no more.
    AuthenticatorRemoved {
        /// Its name.
        label: Label,
    },
    /// The person removed every factor.
    Disabled,
    /// The password was changed; everything issued before is void.
    PasswordChanged,
    /// An administrator erased the person: nothing personal is left, and older events can't be read any more.
    Erased,
    /// An administrator lifted a lock; the failures still count.
    LockLifted,
    /// An administrator who verified the person's identity lifted a lock and cleared the failures.
    FailuresCleared,
    /// An administrator lifted a hard lock without verifying the person's identity: the factors are removed.
    FactorsRemoved,
    /// An administrator opened the gate for passwords.
    PasswordUnlocked,
    /// So many codes of the last 30 days were wrong that one try an hour is left; the person is to be told.
    FailureBudgetSpent,
    /// An administrator bound a hardware token: from now on its codes count.
    TokenBound {
        /// The name of the token.
        label: Label,
    },
    /// Two consecutive codes brought an authenticator back that had left the window, and were used up by that.
    Resynchronized {
        /// The name of the authenticator.
        label: Label,
    },
    /// The policy starts from another profile than before.
    ProfileChosen {
        /// Which one.
        profile: Profile,
    },
    /// An administrator exempted the person from the second factor.
    Exempted {
        /// When the exemption ends.
        end: ExemptionEnd,
    },
    /// An administrator ended the exemption; one that lapses by itself has no event.
    ExemptionEnded,
    /// The person signed in under the requirement for the first time; the deadline counts from now.
    RolloutBegun,
    /// The setup was put off.
    SetupDeferred {
        /// How often it may still be.
        skips_left: u32,
    },
    /// An administrator required a second factor of this account.
    RequirementSet,
    /// An administrator took the requirement of this account back.
    RequirementEnded,
    /// A device is remembered from now on.
    DeviceRemembered {
        /// Its name.
        label: Label,
        /// When it ends.
        until: UnixTime,
    },
    /// A remembered device was used; told once a day at most.
    DeviceUsed {
        /// Its name.
        label: Label,
    },
    /// What was sent as a remembered device is none of this account, or none any more; a code was asked for.
    DeviceRefused,
    /// The oldest remembered device made room for another.
    DeviceDropped {
        /// Its name.
        label: Label,
    },
    /// A remembered device was revoked.
    DeviceRevoked {
        /// Its name.
        label: Label,
    },
    /// Every remembered device was revoked.
    DevicesRevoked {
        /// How many.
        count: u32,
    },
    /// A code was right after so many wrong ones that the account had been locked.
    SucceededAfterFailures {
        /// How many wrong codes there had been in a row.
        count: u32,
    },
    /// The document was sealed with another key; nothing in it has changed.
    Resealed {
        /// The key that had sealed it.
        from: KeyId,
        /// The key that seals it now.
        to: KeyId,
    },
    /// So many codes of the last 365 days were wrong that one code is not enough any more; the person is to be told.
    YearBudgetSpent,
    /// The password was right, and no code followed while one was waited for.
    HalfSignIn {
        /// How often.
        count: u32,
        /// When the last of these passwords was right.
        last: UnixTime,
    },
    /// The policy gives the site another name, as authenticator apps show it.
    IssuerChanged {
        /// The name now.
        issuer: Issuer,
    },
    /// An administrator had old events removed, up to this sequence of the document.
    EventsPruned {
        /// The sequence of the last one.
        through: u64,
    },
}

impl EventKind {
    /// The stable name, such as `authenticator_bound`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TenantCreated { .. } => "tenant_created",
            Self::PolicyChanged { .. } => "policy_changed",
            Self::PasswordAttempted => "password_attempted",
            Self::PasswordLocked { .. } => "password_locked",
            Self::PasswordAccepted => "password_accepted",
            Self::SetupStarted { .. } => "setup_started",
            Self::SetupCodeMismatch => "setup_code_mismatch",
            Self::SetupFailed => "setup_failed",
            Self::AuthenticatorBound { .. } => "authenticator_bound",
            Self::BackupCodesIssued { .. } => "backup_codes_issued",
            Self::BackupCodesAcknowledged => "backup_codes_acknowledged",
            Self::CodeAccepted { .. } => "code_accepted",
            Self::BackupCodeAccepted { .. } => "backup_code_accepted",
            Self::CodeMismatch => "code_mismatch",
            Self::CodeReplayed => "code_replayed",
            Self::BackupCodeReplayed => "backup_code_replayed",
            Self::ClockRepaired => "clock_repaired",
            Self::Locked { .. } => "locked",
            Self::HardLocked => "hard_locked",
            Self::Reset => "reset",
            Self::ActivationIssued { .. } => "activation_issued",
            Self::ActivationReissued { .. } => "activation_reissued",
            Self::ActivationRevoked => "activation_revoked",
            Self::ActivationRedeemed => "activation_redeemed",
            Self::ActivationRefused { .. } => "activation_refused",
            Self::ActivationExhausted => "activation_exhausted",
            Self::AuthenticatorRenamed { .. } => "authenticator_renamed",
            Self::AuthenticatorRemoved { .. } => "authenticator_removed",
            Self::Disabled => "disabled",
            Self::PasswordChanged => "password_changed",
            Self::Erased => "erased",
            Self::LockLifted => "lock_lifted",
            Self::FailuresCleared => "failures_cleared",
            Self::FactorsRemoved => "factors_removed",
            Self::PasswordUnlocked => "password_unlocked",
            Self::FailureBudgetSpent => "failure_budget_spent",
            Self::TokenBound { .. } => "token_bound",
            Self::Resynchronized { .. } => "resynchronized",
            Self::ProfileChosen { .. } => "profile_chosen",
            Self::Exempted { .. } => "exempted",
            Self::ExemptionEnded => "exemption_ended",
            Self::RolloutBegun => "rollout_begun",
            Self::SetupDeferred { .. } => "setup_deferred",
            Self::RequirementSet => "requirement_set",
            Self::RequirementEnded => "requirement_ended",
            Self::DeviceRemembered { .. } => "device_remembered",
            Self::DeviceUsed { .. } => "device_used",
            Self::DeviceRefused => "device_refused",
            Self::DeviceDropped { .. } => "device_dropped",
            Self::DeviceRevoked { .. } => "device_revoked",
            Self::DevicesRevoked { .. } => "devices_revoked",
            Self::SucceededAfterFailures { .. } => "succeeded_after_failures",
            Self::Resealed { .. } => "resealed",
            Self::YearBudgetSpent => "year_budget_spent",
            Self::HalfSignIn { .. } => "half_sign_in",
            Self::IssuerChanged { .. } => "issuer_changed",
            Self::EventsPruned { .. } => "events_pruned",
        }
    }

    /// Whether the person is to be told by a channel of their own, such as a mail (NIST SP 800-63B-4 §4.1.2.1, §4.6;
    /// ASVS 6.3.5, 6.3.7): what an attacker would do, and the owner alone can tell from their own doing.
    ///
    /// The library sends nothing. A host reads the events, and sends for each that says so.
    #[must_use]
    pub const fn must_be_told(&self) -> bool {
        matches!(
            self,
            Self::AuthenticatorBound { .. }
                | Self::AuthenticatorRemoved { .. }
                | Self::TokenBound { .. }
                | Self::BackupCodesIssued { .. }
                | Self::BackupCodeAccepted { .. }
                | Self::BackupCodeReplayed
                | Self::Disabled
                | Self::Reset
                | Self::FactorsRemoved
                | Self::FailuresCleared
                | Self::Erased
                | Self::PasswordChanged
                | Self::HardLocked
                | Self::FailureBudgetSpent
                | Self::YearBudgetSpent
                | Self::HalfSignIn { .. }
                | Self::SucceededAfterFailures { .. }
                | Self::Exempted { .. }
                | Self::DeviceRemembered { .. }
        )
    }
}

impl fmt::Display for EventKind {
    /// A short sentence for a person who reads the audit trail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TenantCreated { requirement } => {
                write!(
                    f,
                    "The organization was created; MFA is {}.",
                    requirement.name()
                )
            }
            Self::PolicyChanged {
                requirement,
                changes,
            } => {
                write!(f, "The policy was changed; MFA is {}", requirement.name())?;
                for SettingChange { setting, from, to } in changes {
                    write!(f, ", {} {from} to {to}", setting.name())?;
                }
                f.write_str(".")
            }
            Self::PasswordAttempted => f.write_str("A password was tried."),
            Self::PasswordLocked { .. } => {
                f.write_str("A password was tried; further attempts are paused.")
            }
            Self::PasswordAccepted => f.write_str("The password was right."),
            Self::SetupStarted { label } => write!(f, "Setup of “{}” was begun.", label.as_str()),
            Self::SetupCodeMismatch => f.write_str("A wrong code was typed at setup."),
            Self::SetupFailed => f.write_str("Too many wrong codes at setup; it starts over."),
            Self::AuthenticatorBound { label } => {
                write!(f, "The authenticator “{}” was set up.", label.as_str())
            }
            Self::BackupCodesIssued { count } => write!(f, "{count} backup codes were made."),
            Self::BackupCodesAcknowledged => f.write_str("The backup codes were stored."),
            Self::CodeAccepted { label } => {
                write!(f, "A code of “{}” was right.", label.as_str())
            }
            Self::BackupCodeAccepted { left } => {
                write!(f, "A backup code was used; {left} left.")
            }
            Self::CodeMismatch => f.write_str("A code was wrong."),
            Self::CodeReplayed => f.write_str("A used code was sent again and refused."),
            Self::BackupCodeReplayed => {
                f.write_str("A used backup code was sent again and refused.")
            }
            Self::ClockRepaired => f.write_str("Times ahead of the clock were set right."),
            Self::Locked { .. } => {
                f.write_str("A code was wrong; the account is locked for a time.")
            }
            Self::HardLocked => {
                f.write_str("A code was wrong; the account is locked until an administrator acts.")
            }
            Self::Reset => f.write_str("All factors were removed; setup starts anew."),
            Self::ActivationIssued { purpose, .. } => {
                write!(
                    f,
                    "An activation code for `{}` was issued.",
                    purpose.as_str()
                )
            }
            Self::ActivationReissued { purpose, .. } => {
                write!(
                    f,
                    "A new activation code for `{}` was issued.",
                    purpose.as_str()
                )
            }
            Self::ActivationRevoked => f.write_str("The activation code was revoked."),
            Self::ActivationRedeemed => f.write_str("The activation code was redeemed."),
            Self::ActivationRefused { refusal } => f.write_str(match refusal {
                ActivationRefusal::Mismatch => "A wrong activation code was refused.",
                ActivationRefusal::Redeemed => "A redeemed activation code was refused.",
                ActivationRefusal::Revoked => "A revoked activation code was refused.",
                ActivationRefusal::Expired => "An expired activation code was refused.",
                ActivationRefusal::WrongPurpose => {
                    "An activation code for something else was refused."
                }
            }),
            Self::ActivationExhausted => {
                f.write_str("The activation code is void after too many failed attempts.")
            }
            Self::AuthenticatorRenamed { label } => {
                write!(f, "An authenticator is called `{}` now.", label.as_str())
            }
            Self::AuthenticatorRemoved { label } => {
                write!(f, "The authenticator `{}` was removed.", label.as_str())
            }
            Self::Disabled => f.write_str("The person removed all factors."),
            Self::PasswordChanged => f.write_str("The password was changed."),
            Self::Erased => f.write_str("The person's data were erased."),
            Self::LockLifted => f.write_str("The lock was lifted; failures still count."),
            Self::FailuresCleared => {
                f.write_str("The lock was lifted after the person's identity was verified.")
            }
            Self::FactorsRemoved => {
                f.write_str("The lock was lifted and all factors removed; setup starts anew.")
            }
            Self::TokenBound { label } => {
                write!(f, "The hardware token `{}` was bound.", label.as_str())
            }
            Self::Resynchronized { label } => {
                write!(f, "`{}` was brought back by two codes.", label.as_str())
            }
            Self::PasswordUnlocked => f.write_str("Passwords are evaluated again."),
            Self::FailureBudgetSpent => f.write_str(
                "Too many codes of the last 30 days were wrong; one try an hour is left.",
            ),
            Self::ProfileChosen { profile } => {
                write!(f, "The policy follows the profile `{}`.", profile.name())
            }
            Self::Exempted { .. } => f.write_str("The second factor is waived by an exemption."),
            Self::ExemptionEnded => f.write_str("The exemption was ended."),
            Self::RolloutBegun => f.write_str("The time to set up a second factor began."),
            Self::SetupDeferred { skips_left } => {
                write!(f, "Setup was put off; {skips_left} more times are left.")
            }
            Self::RequirementSet => f.write_str("A second factor is required of this account."),
            Self::RequirementEnded => {
                f.write_str("A second factor is no longer required of this account alone.")
            }
            Self::DeviceRemembered { label, .. } => {
                write!(f, "The device `{}` is remembered.", label.as_str())
            }
            Self::DeviceUsed { label } => {
                write!(f, "The remembered device `{}` was used.", label.as_str())
            }
            Self::DeviceRefused => f.write_str("A device was not known; a code was asked for."),
            Self::DeviceDropped { label } => write!(
                f,
                "The remembered device `{}` made room for another.",
                label.as_str()
            ),
            Self::DeviceRevoked { label } => {
                write!(f, "The remembered device `{}` was revoked.", label.as_str())
            }
            Self::DevicesRevoked { count } => {
                write!(f, "All remembered devices were revoked, {count} in number.")
            }
            Self::SucceededAfterFailures { count } => {
                write!(f, "A code was right after {count} wrong ones.")
            }
            Self::Resealed { from, to } => {
                write!(f, "Sealed with key {to} instead of key {from}.")
            }
            Self::YearBudgetSpent => f.write_str(
                "Too many codes of the last 365 days were wrong; one code is not enough any more.",
            ),
            Self::HalfSignIn { count: 1, .. } => {
                f.write_str("The password was right, and no code followed.")
            }
            Self::HalfSignIn { count, .. } => {
                write!(
                    f,
                    "The password was right {count} times, and no code followed."
                )
            }
            Self::IssuerChanged { issuer } => {
                write!(f, "New setups show the name `{}`.", issuer.as_str())
            }
            Self::EventsPruned { through } => {
                write!(
                    f,
                    "Old events, up to the one numbered {through}, were removed."
                )
            }
        }
    }
}

/// Something that happened, with its time, and for administrative acts who and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: UnixTime,
    /// What.
    pub kind: EventKind,
    /// Who acted, if an administrator did, or somebody who brought an activation code.
    pub actor: Option<Actor>,
    /// Why, if an administrator acted.
    pub reason: Option<Reason>,
}

/// Who acts on somebody else's factor, and why. Every administrative call names both.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Administrator {
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: Reason,
}

impl Administrator {
    /// The administrator known to the host as `actor`, acting for `reason`.
    ///
    /// # Errors
    /// [`TextError`] if either is empty or too long, naming which.
    pub fn new(actor: &str, reason: &str) -> Result<Self, TextError> {
        Ok(Self {
            actor: Actor::new(actor)?,
            reason: Reason::new(reason)?,
        })
    }
}
