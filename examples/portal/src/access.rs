//! Who may do what: the portal's roles, decided here and nowhere else.

use crate::people::PersonId;

/// What a person is to the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs the organization: everything, the policy and its exceptions too.
    Administrator,
    /// Helps people who are stuck, and installs services; changes no rule and grants no exception from it.
    ItAdministrator,
    /// Signs in, and looks after the second factor that is their own.
    User,
}

/// A thing that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// See the list of people with the state of their second factor.
    SeePeople,
    /// Remove somebody else's second factor.
    Reset,
    /// Lift a lock of somebody else.
    Unlock,
    /// Forget devices of somebody else.
    RevokeDevices,
    /// Excuse somebody else from the second factor.
    Exempt,
    /// Require a second factor of somebody else.
    Require,
    /// Issue, reissue, revoke and list activation codes.
    Services,
    /// See, check and export what was done.
    SeeAudit,
    /// See the mails that were sent.
    SeeMail,
    /// Change what the organization requires.
    ChangePolicy,
}

impl Permission {
    /// The matrix: what it is, and whether administrators, IT administrators and users may do it.
    const fn row(self) -> (&'static str, [bool; 3]) {
        match self {
            Self::SeePeople => ("See people and the state of their second factor", STAFF),
            Self::Reset => ("Reset the second factor of somebody else", STAFF),
            Self::Unlock => ("Unlock somebody else", STAFF),
            Self::RevokeDevices => ("Forget remembered devices of somebody else", STAFF),
            Self::Exempt => ("Exempt somebody else", ADMINISTRATOR),
            Self::Require => ("Require a second factor of somebody else", ADMINISTRATOR),
            Self::Services => ("Issue and revoke activation codes for services", STAFF),
            Self::SeeAudit => ("Read, check and export the audit list", STAFF),
            Self::SeeMail => ("See the mails that were sent", STAFF),
            Self::ChangePolicy => ("Change the policy of the organization", ADMINISTRATOR),
        }
    }

    /// Every permission, as the page about roles lists them.
    pub(crate) const ALL: [Self; 10] = [
        Self::SeePeople,
        Self::Reset,
        Self::Unlock,
        Self::RevokeDevices,
        Self::Exempt,
        Self::Require,
        Self::Services,
        Self::SeeAudit,
        Self::SeeMail,
        Self::ChangePolicy,
    ];

    /// What it is, in people's words.
    pub(crate) const fn title(self) -> &'static str {
        self.row().0
    }
}

impl Role {
    /// Every role, in the order of the matrix.
    pub(crate) const ALL: [Self; 3] = [Self::Administrator, Self::ItAdministrator, Self::User];

    /// Whether this role may do that.
    pub(crate) const fn may(self, what: Permission) -> bool {
        let (_, [administrator, it, user]) = what.row();
        match self {
            Self::Administrator => administrator,
            Self::ItAdministrator => it,
            Self::User => user,
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

/// Whether `actor` may do that to `target`.
///
/// Nobody does it to themselves: whoever found a session open would otherwise get rid of the second factor with it.
pub(crate) fn may_act_on(role: Role, what: Permission, actor: PersonId, target: PersonId) -> bool {
    role.may(what) && actor != target
}

const ADMINISTRATOR: [bool; 3] = [true, false, false];
const STAFF: [bool; 3] = [true, true, false];

#[cfg(test)]
mod tests {
    use super::{Permission, Role, may_act_on};
    use crate::people::PersonId;

    #[test]
    fn a35_the_matrix_is_this_one() {
        let able = |what: Permission| {
            let roles = Role::ALL.into_iter().filter(|role| role.may(what));
            roles.map(Role::code).collect::<Vec<_>>().join(" ")
        };
        for what in Permission::ALL {
            let expected = match what {
                Permission::ChangePolicy | Permission::Exempt | Permission::Require => {
                    "administrator"
                }
                Permission::SeePeople
                | Permission::Reset
                | Permission::Unlock
                | Permission::RevokeDevices
                | Permission::Services
                | Permission::SeeAudit
                | Permission::SeeMail => "administrator it-administrator",
            };
            assert_eq!(able(what), expected, "{what:?}");
        }
    }

    #[test]
    fn a35_both_administrators_reset_others_and_nobody_themselves() {
        let (me, other) = (PersonId::parse("1").unwrap(), PersonId::parse("2").unwrap());
        for (role, expected) in [
            (Role::Administrator, true),
            (Role::ItAdministrator, true),
            (Role::User, false),
        ] {
            assert_eq!(may_act_on(role, Permission::Reset, me, other), expected);
            for what in Permission::ALL {
                assert!(!may_act_on(role, what, me, me));
            }
        }
    }
}
