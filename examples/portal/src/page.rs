//! Pages: what each template is given. Escaping is the template engine's; only the QR code goes in as markup.

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
        (Some(Permission::SeePeople), "/people", "People"),
        (
            Some(Permission::ChangePolicy),
            "/organization",
            "Organization",
        ),
        (Some(Permission::SeeAudit), "/audit", "Audit"),
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
    pub(crate) error: Option<String>,
}

/// Second step at the first time: setup.
#[derive(Template)]
#[template(path = "setup.html")]
pub(crate) struct SetupPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) ticket: Option<&'a str>,
    /// Markup of the QR code, made by the engine from its own numbers.
    pub(crate) qr: &'a str,
    pub(crate) key: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) account: &'a str,
    pub(crate) expires: When,
    pub(crate) error: Option<String>,
}

/// The backup codes, once.
#[derive(Template)]
#[template(path = "backup_codes.html")]
pub(crate) struct CodesPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) codes: &'a [&'a str],
    pub(crate) reason: CodesReason,
    pub(crate) error: bool,
}

/// Why backup codes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodesReason {
    /// Setup was just completed.
    Setup,
    /// The last ones were never confirmed as stored.
    Replaced,
    /// The page is shown once more.
    Repeated,
}

/// The backup codes were shown and are gone.
#[derive(Template)]
#[template(path = "codes_gone.html")]
pub(crate) struct CodesGonePage {
    pub(crate) frame: Frame,
}

/// The first page inside.
#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage<'a> {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) name: &'a str,
    pub(crate) how: How,
    pub(crate) may_set_up: bool,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) codes_left: u32,
    pub(crate) codes_are_few: bool,
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
}

/// An authenticator of the person.
pub(crate) struct Authenticator {
    pub(crate) label: String,
    pub(crate) since: When,
}

/// Everybody, with the state of their second factor.
#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct PeoplePage {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) people: Vec<PersonRow>,
}

/// One of them.
pub(crate) struct PersonRow {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) is_me: bool,
    pub(crate) may_reset: bool,
    pub(crate) since: Option<When>,
    pub(crate) setup_pending: bool,
    pub(crate) codes_left: u32,
    /// Until when sign-in pauses; `None` inside if until an administrator helps.
    pub(crate) locked: Option<Option<When>>,
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

/// What the organization requires.
#[derive(Template)]
#[template(path = "organization.html")]
pub(crate) struct OrganizationPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) is_required: bool,
    pub(crate) reason: &'a str,
    pub(crate) error: Option<&'static str>,
}

/// Who did what, when, why.
#[derive(Template)]
#[template(path = "audit.html")]
pub(crate) struct AuditPage {
    pub(crate) frame: Frame,
    pub(crate) entries: Vec<AuditRow>,
    /// The position after which older entries follow.
    pub(crate) older: Option<String>,
    pub(crate) is_first: bool,
}

/// One entry.
pub(crate) struct AuditRow {
    /// Whose account it is about; none if it is about the organization.
    pub(crate) account: Option<String>,
    /// What happened; none if the entry was altered.
    pub(crate) event: Option<AuditEvent>,
}

/// What happened.
pub(crate) struct AuditEvent {
    pub(crate) at: When,
    pub(crate) what: String,
    /// The administrator; none if the person did it.
    pub(crate) actor: Option<String>,
    pub(crate) reason: Option<String>,
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
