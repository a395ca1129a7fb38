//! Who may do what: the portal's roles, decided here and nowhere else.

use crate::people::PersonId;

/// What a person is to the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs the organization: resets second factors and changes the policy.
    Administrator,
    /// Helps people: resets second factors, but does not change the policy.
    ItAdministrator,
    /// Signs in.
    User,
}

/// A thing that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// See the list of people with the state of their second factor.
    SeePeople,
    /// Remove somebody else's second factor.
    Reset,
    /// See what was done.
    SeeAudit,
    /// Change what the organization requires.
    ChangePolicy,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Self; 3] = [Self::Administrator, Self::ItAdministrator, Self::User];

    /// Whether this role may do that.
    pub(crate) const fn may(self, what: Permission) -> bool {
        match (self, what) {
            (Self::Administrator, _) => true,
            (Self::ItAdministrator, Permission::ChangePolicy) => false,
            (Self::ItAdministrator, _) => true,
            (Self::User, _) => false,
        }
    }

    /// The role in the database.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::ItAdministrator => "it-administrator",
            Self::User => "user",
        }
    }

    /// The role as people read it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::ItAdministrator => "IT administrator",
            Self::User => "User",
        }
    }
}

/// Whether `actor` may reset the second factor of `target`.
///
/// Nobody resets their own: whoever found a session open would otherwise get rid of the second factor with it.
pub(crate) fn may_reset(role: Role, actor: PersonId, target: PersonId) -> bool {
    role.may(Permission::Reset) && actor != target
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role, may_reset};
    use crate::people::PersonId;

    #[test]
    fn only_the_administrator_changes_the_policy() {
        let able: Vec<_> = Role::ALL
            .into_iter()
            .filter(|role| role.may(Permission::ChangePolicy))
            .collect();
        assert_eq!(able, [Role::Administrator]);
    }

    #[test]
    fn a35_both_administrators_reset_others_and_nobody_themselves() {
        let (me, other) = (PersonId::parse("1").unwrap(), PersonId::parse("2").unwrap());
        for (role, expected) in [
            (Role::Administrator, true),
            (Role::ItAdministrator, true),
            (Role::User, false),
        ] {
            assert_eq!(may_reset(role, me, other), expected);
            assert!(!may_reset(role, me, me));
        }
    }
}
