//! The headers of every answer, and the time it may take.

use core::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{failure::Failure, portal::Portal};

/// Answers within [`LONGEST`], and adds the headers that keep everything outside out.
pub(crate) async fn guard(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let mut response = tokio::time::timeout(LONGEST, next.run(request))
        .await
        .unwrap_or_else(|_| Failure::Busy.into_response());
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if portal.site().is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    // Not `no-referrer`: under it browsers send `Origin: null` with our own forms (Fetch, "append a request `Origin`
    // header"), and the check of where a form came from would see nothing.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), clipboard-write=(self)",
    ),
];

/// Long enough for a queue of password checks, short enough not to pile up.
const LONGEST: Duration = Duration::from_secs(15);
