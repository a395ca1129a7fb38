//! The fields of an event, as data for programs that do not know its type.

use alloc::{vec, vec::Vec};

use crate::{EventKind, ExemptionEnd, SettingChange, UnixTime};

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventField<'a> {
    /// A stable name, or a text that a person wrote.
    Text(&'a str),
    /// A number, or how many.
    Number(u64),
    /// A time.
    Time(UnixTime),
    /// Settings that were changed.
    Changes(&'a [SettingChange]),
}

impl EventKind {
    /// The fields of the event with their stable names, in the order of the variant's; most events have none.
    ///
    /// The end of an exemption that has none is left out.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, EventField<'_>)> {
        use EventField::{Changes, Number, Text, Time};
        match self {
            Self::TenantCreated { requirement } => vec![("requirement", Text(requirement.name()))],
            Self::PolicyChanged {
                requirement,
                changes,
            } => vec![
                ("requirement", Text(requirement.name())),
                ("changes", Changes(changes)),
            ],
            Self::PasswordLocked { until } | Self::Locked { until } => {
                vec![("until", Time(*until))]
            }
            Self::SetupStarted { label }
            | Self::AuthenticatorBound { label }
            | Self::AuthenticatorRenamed { label }
            | Self::AuthenticatorRemoved { label }
            | Self::CodeAccepted { label }
            | Self::TokenBound { label }
            | Self::Resynchronized { label }
            | Self::DeviceUsed { label }
            | Self::DeviceDropped { label }
            | Self::DeviceRevoked { label } => vec![("label", Text(label.as_str()))],
            Self::DeviceRemembered { label, until } => {
                vec![("label", Text(label.as_str())), ("until", Time(*until))]
            }
            Self::BackupCodesIssued { count }
            | Self::DevicesRevoked { count }
            | Self::SucceededAfterFailures { count } => vec![("count", Number((*count).into()))],
            Self::BackupCodeAccepted { left } => vec![("left", Number((*left).into()))],
            Self::SetupDeferred { skips_left } => {
                vec![("skips_left", Number((*skips_left).into()))]
            }
            Self::ActivationIssued { purpose, until }
            | Self::ActivationReissued { purpose, until } => {
                vec![("purpose", Text(purpose.as_str())), ("until", Time(*until))]
            }
            Self::ActivationRefused { refusal } => vec![("refusal", Text(refusal.name()))],
            Self::ProfileChosen { profile } => vec![("profile", Text(profile.name()))],
            Self::Exempted { end } => match end {
                ExemptionEnd::At(end) => vec![("end", Time(*end))],
                ExemptionEnd::Open => vec![],
            },
            Self::Resealed { from, to } => vec![
                ("from", Number(from.number().into())),
                ("to", Number(to.number().into())),
            ],
            Self::HalfSignIn { count, last } => {
                vec![("count", Number((*count).into())), ("last", Time(*last))]
            }
            Self::IssuerChanged { issuer } => vec![("issuer", Text(issuer.as_str()))],
            Self::EventsPruned { through } => vec![("through", Number(*through))],
            Self::PasswordAttempted
            | Self::PasswordAccepted
            | Self::SetupCodeMismatch
            | Self::SetupFailed
            | Self::BackupCodesAcknowledged
            | Self::CodeMismatch
            | Self::CodeReplayed
            | Self::BackupCodeReplayed
            | Self::ClockRepaired
            | Self::HardLocked
            | Self::Reset
            | Self::ActivationRevoked
            | Self::ActivationRedeemed
            | Self::ActivationExhausted
            | Self::Disabled
            | Self::PasswordChanged
            | Self::Erased
            | Self::LockLifted
            | Self::FailuresCleared
            | Self::FactorsRemoved
            | Self::PasswordUnlocked
            | Self::FailureBudgetSpent
            | Self::ExemptionEnded
            | Self::RolloutBegun
            | Self::RequirementSet
            | Self::RequirementEnded
            | Self::DeviceRefused
            | Self::YearBudgetSpent => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use crate::{EventField, EventKind, ExemptionEnd, Label, UnixTime};

    #[test]
    fn fields_are_named_and_hold_what_the_event_holds() {
        let until = UnixTime::from_seconds(7);
        let label = Label::new("Phone").unwrap();
        let remembered = EventKind::DeviceRemembered { label, until };
        assert_eq!(
            remembered.fields(),
            vec![
                ("label", EventField::Text("Phone")),
                ("until", EventField::Time(until))
            ]
        );
        let end = ExemptionEnd::At(until);
        assert_eq!(
            EventKind::Exempted { end }.fields(),
            vec![("end", EventField::Time(until))]
        );
        let end = ExemptionEnd::Open;
        assert_eq!(EventKind::Exempted { end }.fields(), vec![]);
        assert_eq!(EventKind::Reset.fields(), vec![]);
    }
}
