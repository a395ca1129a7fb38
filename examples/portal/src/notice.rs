//! What a page says once, after something was done.

/// Left with the session by the form that did it, taken by the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Setup is complete.
    SetupComplete,
    /// One more authenticator counts.
    AuthenticatorAdded,
    /// An authenticator has another name.
    AuthenticatorRenamed,
    /// An authenticator counts no more.
    AuthenticatorRemoved,
    /// The last authenticator is required.
    OneMustStay,
    /// There are as many authenticators as the policy allows.
    TooManyAuthenticators,
    /// What the form was about is gone.
    NothingThere,
    /// New backup codes are stored.
    CodesStored,
    /// A device is remembered no more.
    DeviceForgotten,
    /// A second factor was removed.
    WasReset,
    /// There was no lock to lift.
    NotLocked,
    /// The lock was lifted, failures count on.
    LockLifted,
    /// The lock was lifted, failures are forgotten.
    FailuresCleared,
    /// The hard lock was lifted together with the factors.
    FactorsRemoved,
    /// Passwords are looked at again.
    PasswordUnlocked,
    /// A person is exempt.
    Exempted,
    /// A person is exempt no more.
    ExemptionEnded,
    /// A second factor is required of a person.
    Required,
    /// A person is held to the policy again.
    RequirementEnded,
    /// It was so already.
    Unchanged,
    /// An activation code is void.
    CodeRevoked,
    /// An activation code was void already.
    CodeWasRevoked,
    /// An activation code was redeemed, its service was shut out.
    ServiceEnded,
    /// The policy was changed.
    PolicyChanged,
    /// The policy was not changed, since somebody else changed it since the page was shown.
    PolicyStale,
}

impl Notice {
    /// Every notice, with its name in the database and what the page says.
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (
            Self::SetupComplete,
            "setup",
            "You are all set. From now on, sign-in asks for a code.",
        ),
        (
            Self::AuthenticatorAdded,
            "added",
            "The authenticator was added. Your other sessions and remembered devices were signed out.",
        ),
        (
            Self::AuthenticatorRenamed,
            "renamed",
            "The authenticator has its new name.",
        ),
        (
            Self::AuthenticatorRemoved,
            "removed",
            "The authenticator was removed. Your other sessions and remembered devices were signed out.",
        ),
        (
            Self::OneMustStay,
            "one-must-stay",
            "A second factor is required of you, so one authenticator has to stay. Add the new one first.",
        ),
        (
            Self::TooManyAuthenticators,
            "too-many",
            "You have as many authenticators as are allowed. Remove one that you no longer use first.",
        ),
        (
            Self::NothingThere,
            "nothing",
            "It is gone already; nothing was changed.",
        ),
        (
            Self::CodesStored,
            "codes",
            "Your new backup codes are in force. The old ones no longer work.",
        ),
        (
            Self::DeviceForgotten,
            "forgotten",
            "Forgotten. The next sign-in there asks for a code.",
        ),
        (
            Self::WasReset,
            "reset",
            "The second factor was reset. At the next sign-in the person sets it up again.",
        ),
        (
            Self::NotLocked,
            "not-locked",
            "There was no lock, so nothing was changed.",
        ),
        (
            Self::LockLifted,
            "lifted",
            "The lock was lifted. Earlier wrong codes still count, so the next lock comes sooner.",
        ),
        (
            Self::FailuresCleared,
            "cleared",
            "The lock was lifted, and the person has all attempts again.",
        ),
        (
            Self::FactorsRemoved,
            "factors-removed",
            "The lock was lifted and the second factor removed, since nobody confirmed who asked. \
             At the next sign-in the person sets it up again.",
        ),
        (
            Self::PasswordUnlocked,
            "password",
            "Passwords are accepted again.",
        ),
        (Self::Exempted, "exempted", "The exemption is in force."),
        (
            Self::ExemptionEnded,
            "exemption-ended",
            "The exemption has ended, and sessions that rested on it with it.",
        ),
        (
            Self::Required,
            "required",
            "A second factor is required of this person from now on.",
        ),
        (
            Self::RequirementEnded,
            "requirement-ended",
            "From now on the policy of the organization decides for this person.",
        ),
        (
            Self::Unchanged,
            "unchanged",
            "It was so already; nothing was changed.",
        ),
        (Self::CodeRevoked, "revoked", "The activation code is void."),
        (
            Self::CodeWasRevoked,
            "was-revoked",
            "The activation code was void already.",
        ),
        (
            Self::ServiceEnded,
            "service-ended",
            "The code had been redeemed. The service that did it is shut out now.",
        ),
        (
            Self::PolicyChanged,
            "policy",
            "The policy was changed. It is in force at once, for open sessions too.",
        ),
        (
            Self::PolicyStale,
            "policy-stale",
            "Somebody else changed the policy since you opened the page, so yours was not stored. Look again.",
        ),
    ];

    /// The notice with this name.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, name, _)| *name == code);
        found.map(|(notice, ..)| *notice)
    }

    pub(crate) fn code(self) -> &'static str {
        self.row().map_or("", |(_, code, _)| code)
    }

    /// What the page says.
    pub(crate) fn text(self) -> &'static str {
        self.row().map_or("", |(.., text)| text)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static str)> {
        Self::ALL.iter().find(|(notice, ..)| *notice == self)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::Notice;

    #[test]
    fn each_notice_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Notice::ALL.iter().map(|(_, name, _)| name).collect();
        assert_eq!(names.len(), Notice::ALL.len());
        for (notice, name, text) in Notice::ALL {
            assert_eq!(Notice::from_code(name), Some(*notice));
            assert_eq!((notice.code(), notice.text()), (*name, *text));
        }
        assert_eq!(Notice::from_code(""), None);
    }
}
