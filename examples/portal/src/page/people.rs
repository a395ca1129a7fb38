//! People as administrators see them.

use askama::Template;
use mfakit::{AccountStatus, ExemptionEnd, ExemptionStatus, LockEnd, PasswordLock};

use crate::{
    access::{Permission, Role},
    page::{Authenticator, Device, Frame},
    people::Person,
    when::When,
};

/// Everybody, with the state of their second factor.
#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct PeoplePage {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) filters: Vec<FilterLink>,
    pub(crate) people: Vec<PersonRow>,
}

/// One way to look at the list.
pub(crate) struct FilterLink {
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_here: bool,
}

/// One of them.
pub(crate) struct PersonRow {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) is_me: bool,
    /// The stored state can't be read: nothing else here says anything.
    pub(crate) is_unreadable: bool,
    pub(crate) since: Option<When>,
    pub(crate) setup_pending: bool,
    pub(crate) is_overdue: bool,
    pub(crate) due: Option<When>,
    pub(crate) codes_left: u32,
    pub(crate) codes_are_few: bool,
    pub(crate) is_exempt: bool,
    pub(crate) is_guessed_at: bool,
    /// Until when sign-in pauses; `None` inside if until an administrator helps.
    pub(crate) locked: Option<Option<When>>,
    pub(crate) password_locked: Option<When>,
}

impl PersonRow {
    pub(crate) fn of(
        person: &Person,
        state: Option<&AccountStatus>,
        password: Option<&PasswordLock>,
        is_me: bool,
    ) -> Self {
        let first = state.and_then(|state| state.authenticators.first());
        Self {
            number: person.id.number(),
            name: person.name.clone(),
            role: person.role.title(),
            is_me,
            is_unreadable: state.is_some_and(|state| state.fault.is_some())
                || password.is_some_and(|lock| lock.fault.is_some()),
            since: first.map(|authenticator| When::day(authenticator.bound_at)),
            setup_pending: state.is_some_and(|state| state.setup_pending),
            is_overdue: state.is_some_and(|state| state.overdue),
            due: state.and_then(|state| state.setup_due_at).map(When::day),
            codes_left: state.map_or(0, |state| state.backup_codes_left),
            codes_are_few: state.is_some_and(|state| state.backup_codes_low),
            is_exempt: state.is_some_and(|state| state.exemption.is_some()),
            is_guessed_at: state
                .is_some_and(|state| state.failure_budget_spent || state.year_budget_spent),
            locked: state
                .and_then(|state| state.lock.as_ref())
                .map(|lock| match lock.end {
                    LockEnd::At(end) => Some(When::exactly(end)),
                    LockEnd::Hard => None,
                }),
            password_locked: password.and_then(|lock| lock.until).map(When::exactly),
        }
    }
}

/// One person, with what may be done for them.
#[derive(Template)]
#[template(path = "person.html")]
pub(crate) struct PersonPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) error: Option<&'a str>,
    pub(crate) row: PersonRow,
    pub(crate) may: Acts,
    /// The first day that an exemption can end on, for the date field.
    pub(crate) tomorrow: String,
    pub(crate) exemption: Option<Exemption>,
    pub(crate) required: bool,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) devices: Vec<Device>,
}

/// What the visitor may do for this person.
pub(crate) struct Acts {
    pub(crate) reset: bool,
    pub(crate) unlock: bool,
    pub(crate) exempt: bool,
    pub(crate) require: bool,
    pub(crate) revoke_devices: bool,
    /// What the role leaves to others.
    pub(crate) role: &'static str,
}

impl Acts {
    pub(crate) fn of(role: Role, may: impl Fn(Permission) -> bool) -> Self {
        Self {
            reset: may(Permission::Reset),
            unlock: may(Permission::Unlock),
            exempt: may(Permission::Exempt),
            require: may(Permission::Require),
            revoke_devices: may(Permission::RevokeDevices),
            role: role.title(),
        }
    }
}

/// An exemption in force.
pub(crate) struct Exemption {
    pub(crate) since: When,
    /// The last day; none without an end.
    pub(crate) until: Option<When>,
    pub(crate) by: String,
    pub(crate) reason: String,
}

impl From<&ExemptionStatus> for Exemption {
    fn from(status: &ExemptionStatus) -> Self {
        Self {
            since: When::day(status.granted_at),
            until: match status.end {
                ExemptionEnd::At(end) => Some(When::exactly(end)),
                ExemptionEnd::Open => None,
            },
            by: status.by.actor.as_str().to_owned(),
            reason: status.by.reason.as_str().to_owned(),
        }
    }
}

/// Asks for the reason of a reset.
#[derive(Template)]
#[template(path = "reset.html")]
pub(crate) struct ResetPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) person: &'a Person,
    pub(crate) reason: &'a str,
    pub(crate) error: Option<&'static str>,
}
