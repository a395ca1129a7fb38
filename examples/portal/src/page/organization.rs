//! The policy, and the roles.

use askama::Template;

use crate::page::Frame;

/// What the organization requires.
#[derive(Template)]
#[template(path = "organization.html")]
pub(crate) struct OrganizationPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    /// The version that the page shows, and that its forms replace.
    pub(crate) version: u64,
    pub(crate) is_required: bool,
    /// The numbers, under their headings.
    pub(crate) groups: Vec<(&'static str, Vec<NumberField>)>,
    pub(crate) profile: &'static str,
    pub(crate) profiles: Vec<ProfileChoice>,
    pub(crate) error: Option<&'a str>,
}

/// A number of the policy.
pub(crate) struct NumberField {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) value: String,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// The value of the profile.
    pub(crate) default: u32,
    pub(crate) is_fixed: bool,
    pub(crate) is_wrong: bool,
}

/// A profile to start over from.
pub(crate) struct ProfileChoice {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_here: bool,
}

/// Who may do what.
#[derive(Template)]
#[template(path = "roles.html")]
pub(crate) struct RolesPage {
    pub(crate) frame: Frame,
    pub(crate) roles: [&'static str; 3],
    pub(crate) rows: Vec<RoleRow>,
}

/// One thing, and who may do it.
pub(crate) struct RoleRow {
    pub(crate) title: &'static str,
    pub(crate) may: [bool; 3],
}
