//! Pages: what each template is given. Escaping is the template engine's; only the QR code goes in as markup.
//!
//! Here is what surrounds every page, and the way in; `own` has a person's own pages, `staff` those of administrators.

mod audit;
mod organization;
mod own;
mod people;
mod services;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::{
    access::{Permission, Role},
    failure::Failure,
    guard::SignedIn,
    people::Person,
    portal::SITE_NAME,
    session::SessionId,
    when::When,
};

pub(crate) use self::{
    audit::{AuditEvent, AuditPage, AuditRow, CheckPage, CheckRow, FilterForm, MailPage, MailRow},
    organization::{NumberField, OrganizationPage, ProfileChoice, RoleRow, RolesPage},
    own::{
        AddPage, Authenticator, ConfirmPage, Device, HomePage, RemovePage, RenamePage, SecurityPage,
    },
    people::{Acts, FilterLink, PeoplePage, PersonPage, PersonRow, ResetPage},
    services::{
        CodePage, InstallMessage, InstallPage, InstalledPage, ServicePage, ServiceRow, ServicesPage,
    },
};

/// Renders a template as an answer.
pub(crate) fn show(status: StatusCode, page: &impl Template) -> Result<Response, Failure> {
    Ok((status, Html(page.render()?)).into_response())
}

/// What surrounds every page.
pub(crate) struct Frame {
    pub(crate) site: &'static str,
    /// The token of the session, in every form.
    pub(crate) form_token: String,
    pub(crate) person: Option<Shown>,
}

/// A signed-in person in the head of a page.
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) links: Vec<Link>,
}

/// A link of the navigation.
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_here: bool,
}

impl Frame {
    /// Around a page of somebody who is not signed in.
    pub(crate) fn outside(id: &SessionId) -> Self {
        Self {
            site: SITE_NAME,
            form_token: id.form_token(),
            person: None,
        }
    }

    /// Around a page of somebody who is.
    pub(crate) fn inside(who: &SignedIn, here: &'static str) -> Self {
        Self {
            person: Some(Shown {
                name: who.person.name.clone(),
                role: who.person.role.title(),
                links: links(who.person.role, here),
            }),
            ..Self::outside(&who.id)
        }
    }
}

/// The pages a role may see; the one at `here` is marked.
fn links(role: Role, here: &str) -> Vec<Link> {
    let all = [
        (None, "/", "Home"),
        (None, "/security", "Security"),
        (Some(Permission::SeePeople), "/people", "People"),
        (Some(Permission::Services), "/services", "Services"),
        (
            Some(Permission::ChangePolicy),
            "/organization",
            "Organization",
        ),
        (Some(Permission::SeeAudit), "/audit", "Audit"),
        (Some(Permission::SeeMail), "/mail", "Mail"),
        (Some(Permission::SeePeople), "/roles", "Roles"),
    ];
    all.into_iter()
        .filter(|(needed, ..)| needed.is_none_or(|needed| role.may(needed)))
        .map(|(_, path, text)| Link {
            path,
            text,
            is_here: path == here,
        })
        .collect()
}

/// Name and password.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) name: &'a str,
    pub(crate) message: Option<SignInMessage>,
}

/// Why the sign-in page is shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInMessage {
    /// One text for an unknown name, a wrong password and a pause, so that strangers learn nothing.
    Wrong,
    /// An earlier sign-in is no longer valid.
    Again,
    /// Signed out.
    Out,
}

/// Sign-in pauses after wrong codes.
#[derive(Template)]
#[template(path = "locked.html")]
pub(crate) struct LockedPage {
    pub(crate) frame: Frame,
    /// Until when, and how long that is; `None` if an administrator has to help.
    pub(crate) until: Option<(When, String)>,
    /// Where to try again.
    pub(crate) back: &'static str,
}

/// Second step: the code.
#[derive(Template)]
#[template(path = "challenge.html")]
pub(crate) struct ChallengePage<'a> {
    pub(crate) frame: Frame,
    pub(crate) person: &'a Person,
    pub(crate) ticket: &'a str,
    /// For how long the device may be remembered, such as `30 days`; none if the policy remembers none.
    pub(crate) remember_days: Option<String>,
    pub(crate) error: Option<String>,
}

/// Setup of an authenticator, the first or one more.
#[derive(Template)]
#[template(path = "setup.html")]
pub(crate) struct SetupPage<'a> {
    pub(crate) frame: Frame,
    /// Where the form goes.
    pub(crate) here: &'static str,
    pub(crate) is_first: bool,
    /// Until when it may be put off, and how often; none if it may not.
    pub(crate) later: Option<(When, String)>,
    pub(crate) ticket: Option<&'a str>,
    /// Markup of the QR code, made by the engine from its own numbers.
    pub(crate) qr: &'a str,
    pub(crate) key: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) account: &'a str,
    pub(crate) expires: When,
    pub(crate) error: Option<&'a str>,
}

/// The backup codes, once.
#[derive(Template)]
#[template(path = "backup_codes.html")]
pub(crate) struct CodesPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) codes: &'a [&'a str],
    pub(crate) reason: CodesReason,
    /// Whether they were asked for on the security page.
    pub(crate) renewed: bool,
    pub(crate) error: bool,
}

/// Why backup codes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodesReason {
    /// Setup was just completed.
    Setup,
    /// The last ones were never confirmed as stored.
    Replaced,
    /// The person asked for new ones.
    Renewed,
    /// The page is shown once more.
    Repeated,
}

/// The backup codes were shown and are gone.
#[derive(Template)]
#[template(path = "codes_gone.html")]
pub(crate) struct CodesGonePage {
    pub(crate) frame: Frame,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    status: u16,
    heading: &'static str,
    text: &'static str,
}

/// A page about what went wrong. It knows no session, so it can say nothing about one.
pub(crate) fn failure(status: StatusCode, heading: &'static str, text: &'static str) -> Response {
    let page = FailurePage {
        frame: Frame {
            site: SITE_NAME,
            form_token: String::new(),
            person: None,
        },
        status: status.as_u16(),
        heading,
        text,
    };
    // Rendering to a string does not fail; if it did, the plain words are an answer too.
    let body = page.render().unwrap_or_else(|_| heading.to_owned());
    (status, Html(body)).into_response()
}

/// `1 attempt`, `4 attempts`.
pub(crate) fn counted(number: u32, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}
