//! Which address is served by which handler.

mod assets;
mod audit;
mod backup_codes;
mod challenge;
mod confirm;
mod home;
mod install;
mod mailbox;
mod organization;
mod people;
mod person;
mod security;
mod services;
mod setup;
mod sign_in;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{
    failure::Failure,
    headers,
    install::{HELLO, REDEEM},
    portal::Portal,
};

pub(crate) fn router(portal: Portal) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/sign-out", post(sign_in::leave))
        .route("/setup", get(setup::page).post(setup::submit))
        .route("/setup/later", post(setup::later))
        .route("/challenge", get(challenge::page).post(challenge::submit))
        .route(
            "/backup-codes",
            get(backup_codes::page).post(backup_codes::submit),
        )
        .route("/backup-codes/download", post(backup_codes::download))
        .merge(own())
        .merge(staff())
        .merge(installs())
        .route("/assets/portal.css", get(assets::style))
        .route("/assets/portal.js", get(assets::script))
        .route("/assets/mark.svg", get(assets::mark))
        .fallback(|| async { Failure::NotFound })
        .method_not_allowed_fallback(|| async { Failure::Method })
        .layer(middleware::from_fn_with_state(
            portal.clone(),
            headers::guard,
        ))
        .with_state(portal)
}

/// A person's own second factor, behind a fresh code.
fn own() -> Router<Portal> {
    Router::new()
        .route("/confirm", get(confirm::page).post(confirm::submit))
        .route("/security", get(security::page))
        .route(
            "/security/rename",
            get(security::ask_name).post(security::rename),
        )
        .route(
            "/security/remove",
            get(security::ask_remove).post(security::remove),
        )
        .route("/security/backup-codes", post(security::new_backup_codes))
        .route("/security/devices", post(security::forget_devices))
        .route("/security/add", get(setup::ask_name).post(setup::name))
        .route(
            "/security/add/scan",
            get(setup::further_page).post(setup::further_submit),
        )
}

/// What administrators do.
fn staff() -> Router<Portal> {
    Router::new()
        .route("/people", get(people::page))
        .route("/people/person", get(person::page))
        .route("/people/reset", get(person::ask_reset).post(person::reset))
        .route("/people/unlock", post(person::unlock))
        .route("/people/unlock-password", post(person::unlock_password))
        .route("/people/exempt", post(person::exempt))
        .route("/people/end-exemption", post(person::end_exemption))
        .route("/people/require", post(person::require))
        .route("/people/devices", post(person::forget_devices))
        .route(
            "/organization",
            get(organization::page).post(organization::change),
        )
        .route("/organization/profile", post(organization::start_over))
        .route("/roles", get(organization::roles))
        .route("/services", get(services::page).post(services::issue))
        .route("/services/service", get(services::ask))
        .route("/services/reissue", post(services::reissue))
        .route("/services/revoke", post(services::revoke))
        .route("/audit", get(audit::page))
        .route("/audit/export", get(audit::export))
        .route("/audit/check", get(audit::check))
        .route("/mail", get(mailbox::page))
}

/// Services, which are no people and have no session.
fn installs() -> Router<Portal> {
    Router::new()
        .route("/install", get(install::page).post(install::submit))
        .route(REDEEM, post(install::call))
        .route(HELLO, get(install::hello))
}

/// The status of a page that a form leads to: shown once more with an error, or not.
const fn status_of(error: bool) -> StatusCode {
    if error {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

/// Leads to `place`, with the session's new cookie.
fn go(place: &'static str, cookie: Option<HeaderValue>) -> Response {
    with_cookie(Redirect::to(place).into_response(), cookie)
}

/// Adds a cookie.
fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
