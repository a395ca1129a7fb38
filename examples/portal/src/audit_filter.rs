//! Which entries of the audit list are wanted.

use mfakit::{AuditEntry, EventKind, UnixTime};

use crate::{
    form::{Form, FormError},
    people::PersonId,
    when,
};

/// What an entry has to fit; what is not named fits everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditFilter {
    pub(crate) person: Option<PersonId>,
    pub(crate) group: Option<Group>,
    /// The administrator who acted.
    pub(crate) actor: String,
    /// The first and the last day, as typed.
    pub(crate) from: String,
    pub(crate) to: String,
    start: Option<UnixTime>,
    end: Option<UnixTime>,
}

/// Entries of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    SignIn,
    Factors,
    Locks,
    Administration,
    Services,
    Told,
}

impl AuditFilter {
    /// Reads the fields of the filter's form; an empty one filters nothing.
    pub(crate) fn read(fields: &Form) -> Result<Self, FormError> {
        let text = |name| Ok::<_, FormError>(fields.maybe(name)?.unwrap_or_default().trim());
        let day = |text: &str, read: fn(&str) -> Option<UnixTime>| match text {
            "" => Ok(None),
            text => read(text).map(Some).ok_or(FormError::Malformed),
        };
        let (from, to) = (text("from")?, text("to")?);
        Ok(Self {
            person: match text("person")? {
                "" => None,
                person => Some(PersonId::parse(person).ok_or(FormError::Malformed)?),
            },
            group: match text("what")? {
                "" => None,
                code => {
                    let found = Group::ALL.into_iter().find(|group| group.code() == code);
                    Some(found.ok_or(FormError::Malformed)?)
                }
            },
            actor: text("by")?.to_owned(),
            start: day(from, when::start_of_day)?,
            end: day(to, when::end_of_day)?,
            from: from.to_owned(),
            to: to.to_owned(),
        })
    }

    /// Whether nothing is left out.
    pub(crate) fn shows_all(&self) -> bool {
        self.person.is_none() && !self.looks_inside()
    }

    /// Whether this entry is wanted. One that can't be read is shown wherever it may belong: a filter hides no sign
    /// that the list was tampered with.
    pub(crate) fn shows(&self, entry: &AuditEntry) -> bool {
        let account = self.person.map(PersonId::account);
        if account.is_some_and(|account| entry.account.as_ref() != Some(&account)) {
            return false;
        }
        let Some(event) = &entry.event else {
            return true;
        };
        let actor = event.actor.as_ref().map(mfakit::Actor::as_str);
        self.group.is_none_or(|group| group.has(&event.kind))
            && (self.actor.is_empty() || actor == Some(self.actor.as_str()))
            && self.start.is_none_or(|start| start <= event.at)
            && self.end.is_none_or(|end| event.at < end)
    }

    const fn looks_inside(&self) -> bool {
        self.group.is_some() || !self.actor.is_empty() || self.start.is_some() || self.end.is_some()
    }
}

impl Group {
    pub(crate) const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Factors,
        Self::Locks,
        Self::Administration,
        Self::Services,
        Self::Told,
    ];

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Factors => "factors",
            Self::Locks => "locks",
            Self::Administration => "administration",
            Self::Services => "services",
            Self::Told => "told",
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::SignIn => "Passwords and codes",
            Self::Factors => "Authenticators, backup codes, devices",
            Self::Locks => "Wrong codes and locks",
            Self::Administration => "What administrators did",
            Self::Services => "Services",
            Self::Told => "What people were told of",
        }
    }

    fn has(self, kind: &EventKind) -> bool {
        if self == Self::Told {
            return kind.must_be_told();
        }
        let own = match kind {
            EventKind::PasswordAttempted
            | EventKind::PasswordAccepted
            | EventKind::PasswordChanged
            | EventKind::CodeAccepted { .. }
            | EventKind::CodeReplayed
            | EventKind::BackupCodeAccepted { .. }
            | EventKind::BackupCodeReplayed
            | EventKind::DeviceUsed { .. }
            | EventKind::DeviceRefused
            | EventKind::SetupDeferred { .. }
            | EventKind::HalfSignIn { .. }
            | EventKind::RolloutBegun => Self::SignIn,
            EventKind::SetupStarted { .. }
            | EventKind::SetupCodeMismatch
            | EventKind::SetupFailed
            | EventKind::AuthenticatorBound { .. }
            | EventKind::AuthenticatorRenamed { .. }
            | EventKind::AuthenticatorRemoved { .. }
            | EventKind::BackupCodesIssued { .. }
            | EventKind::BackupCodesAcknowledged
            | EventKind::DeviceRemembered { .. }
            | EventKind::DeviceRevoked { .. }
            | EventKind::DevicesRevoked { .. }
            | EventKind::DeviceDropped { .. }
            | EventKind::Disabled
            | EventKind::Resynchronized { .. }
            | EventKind::TokenBound { .. } => Self::Factors,
            EventKind::CodeMismatch
            | EventKind::Locked { .. }
            | EventKind::HardLocked
            | EventKind::PasswordLocked { .. }
            | EventKind::FailureBudgetSpent
            | EventKind::YearBudgetSpent
            | EventKind::SucceededAfterFailures { .. } => Self::Locks,
            EventKind::ActivationIssued { .. }
            | EventKind::ActivationReissued { .. }
            | EventKind::ActivationRevoked
            | EventKind::ActivationRedeemed
            | EventKind::ActivationRefused { .. }
            | EventKind::ActivationExhausted => Self::Services,
            _ => Self::Administration,
        };
        own == self
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditFilter, Group};
    use crate::form::Form;

    fn read(query: &str) -> Option<AuditFilter> {
        AuditFilter::read(&Form::parse(query.as_bytes()).unwrap()).ok()
    }

    #[test]
    fn empty_fields_filter_nothing_and_nonsense_is_refused() {
        assert!(read("").unwrap().shows_all());
        assert!(read("person=&what=&by=++&from=&to=").unwrap().shows_all());
        for one in [
            "person=3",
            "what=locks",
            "by=admin",
            "from=2027-01-15",
            "to=2027-01-15",
        ] {
            assert!(!read(one).unwrap().shows_all(), "{one}");
        }
        for bad in [
            "person=x",
            "person=03",
            "what=x",
            "from=15.1.",
            "to=x",
            "by=a&by=b",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
        for group in Group::ALL {
            assert_eq!(
                read(&format!("what={}", group.code())).unwrap().group,
                Some(group)
            );
        }
    }
}
