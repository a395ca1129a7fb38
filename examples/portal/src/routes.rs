//! Which address is served by which handler.

mod admin;
mod assets;
mod backup_codes;
mod challenge;
mod home;
mod setup;
mod sign_in;

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{failure::Failure, headers, portal::Portal};

pub(crate) fn router(portal: Portal) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/sign-out", post(sign_in::leave))
        .route("/setup", get(setup::page).post(setup::submit))
        .route("/challenge", get(challenge::page).post(challenge::submit))
        .route(
            "/backup-codes",
            get(backup_codes::page).post(backup_codes::submit),
        )
        .route("/backup-codes/download", post(backup_codes::download))
        .route("/people", get(admin::people))
        .route("/people/reset", get(admin::ask_reset).post(admin::reset))
        .route(
            "/organization",
            get(admin::organization).post(admin::change_policy),
        )
        .route("/audit", get(admin::audit))
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

/// Leads to `place`, with the session's new cookie.
fn go(place: &'static str, cookie: Option<HeaderValue>) -> Response {
    with_cookie(Redirect::to(place).into_response(), cookie)
}

/// Adds the session's new cookie.
fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
