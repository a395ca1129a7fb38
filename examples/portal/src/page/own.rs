//! A person's own pages: home, and the security page with what is behind it.

use askama::Template;
use mfakit::{AuthenticatorStatus, Basis, DeviceStatus};

use crate::{page::Frame, when::When};

/// The first page inside.
#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage<'a> {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) name: &'a str,
    pub(crate) how: How,
    pub(crate) may_set_up: bool,
    /// When the first setup is due, if it was put off.
    pub(crate) due: Option<When>,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) codes_left: u32,
    pub(crate) codes_are_few: bool,
    /// Many wrong codes came with the right password: somebody is guessing.
    pub(crate) is_guessed_at: bool,
}

/// How the person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// With the password alone.
    Password,
    /// With a code of the authenticator app.
    App,
    /// With a backup code.
    BackupCode,
    /// With the password, on a device that is remembered.
    Remembered,
    /// With the password, exempt from codes.
    Exempt,
    /// With the password, the setup put off.
    Deferred,
}

impl From<Basis> for How {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Otp => Self::App,
            Basis::BackupCode => Self::BackupCode,
            Basis::Remembered => Self::Remembered,
            Basis::Exempt => Self::Exempt,
            Basis::Deferred => Self::Deferred,
            _ => Self::Password,
        }
    }
}

/// A fresh code from somebody who is in.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) purpose: &'static str,
    pub(crate) for_others: bool,
    pub(crate) ticket: &'a str,
    pub(crate) error: Option<&'a str>,
}

/// Authenticators, backup codes, devices.
#[derive(Template)]
#[template(path = "security.html")]
pub(crate) struct SecurityPage {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) codes_left: u32,
    pub(crate) codes_are_few: bool,
    pub(crate) devices: Vec<Device>,
    pub(crate) fresh_until: When,
}

/// Asks for the name of one more authenticator.
#[derive(Template)]
#[template(path = "add.html")]
pub(crate) struct AddPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) label: &'a str,
    pub(crate) error: bool,
}

/// Asks for another name.
#[derive(Template)]
#[template(path = "rename.html")]
pub(crate) struct RenamePage<'a> {
    pub(crate) frame: Frame,
    pub(crate) authenticator: Authenticator,
    pub(crate) label: &'a str,
    pub(crate) error: bool,
}

/// Asks whether to remove one.
#[derive(Template)]
#[template(path = "remove.html")]
pub(crate) struct RemovePage {
    pub(crate) frame: Frame,
    pub(crate) authenticator: Authenticator,
}

/// An authenticator of the person.
pub(crate) struct Authenticator {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) since: When,
}

impl Authenticator {
    pub(crate) fn of(status: &AuthenticatorStatus) -> Self {
        Self {
            id: status.id.to_string(),
            label: status.label.as_str().to_owned(),
            since: When::day(status.bound_at),
        }
    }
}

/// A device that is remembered.
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) since: When,
    pub(crate) used: When,
    pub(crate) until: When,
}

impl Device {
    pub(crate) fn of(status: &DeviceStatus) -> Self {
        Self {
            id: status.id.to_string(),
            label: status.label.as_str().to_owned(),
            since: When::day(status.created_at),
            used: When::day(status.used_at),
            until: When::day(status.expires),
        }
    }
}
