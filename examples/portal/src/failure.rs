//! What stops a request, and the page a person sees then.

use std::io::{self, Write};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use mfakit::Error;

use crate::{database::DatabaseError, form::FormError, page, password::PasswordsError};

/// Why a handler ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The visitor belongs on another page.
    Elsewhere(&'static str),
    /// The form is none that a page of ours sends.
    Form,
    /// The form did not come from an open page of this session.
    Forged,
    /// The person may not do that.
    Forbidden,
    /// There is no such page.
    NotFound,
    /// The page is there, the method is not.
    Method,
    /// The form is too large.
    TooLarge,
    /// Too much at once: the same a moment later will do.
    Busy,
    /// Something is wrong with the machine; reported, never shown.
    Broken,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, heading, text) = match self {
            Self::Elsewhere(place) => return Redirect::to(place).into_response(),
            Self::Form => (
                StatusCode::BAD_REQUEST,
                "We could not read that",
                "The form arrived incomplete or with characters that do not belong there. \
                 Nothing was changed. Please go back and try once more.",
            ),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "This page is out of date",
                "The form came from a page that is no longer valid, for example from before you signed in or out \
                 in another tab, or cookies are turned off. Nothing was changed. Please start from a fresh page.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "This is not yours to do",
                "Your role does not include this. If you need it, please ask the administrator.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address may be mistyped, or the page has moved.",
            ),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "That does not work here",
                "The page exists, but not in this way. Please start from a fresh page.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "That was too much",
                "The form was larger than any of ours. Nothing was changed.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "One moment, please",
                "There is a lot going on right now. Please try again in a few seconds.",
            ),
            Self::Broken => (
                StatusCode::SERVICE_UNAVAILABLE,
                "This does not work at the moment",
                "Something on our side is not working, and nobody is let in until it is. \
                 Please try again in a few minutes.",
            ),
        };
        let mut response = page::failure(status, heading, text);
        if matches!(self, Self::Busy | Self::Broken) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy => Self::Busy,
            // A reason to look at the machine or at this program, not something a person can cause.
            error => Self::broken(error),
        }
    }
}

macro_rules! broken_from {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::broken(error)
            }
        }
    )*};
}

broken_from!(
    DatabaseError,
    PasswordsError,
    getrandom::Error,
    askama::Error
);

impl From<FormError> for Failure {
    fn from(_: FormError) -> Self {
        Self::Form
    }
}

impl Failure {
    /// For an error that no person can cause: tells whoever runs the portal, with what led to it.
    ///
    /// Errors of the engine, of SQLite and of the templates hold no secret.
    pub(crate) fn broken(error: impl core::error::Error) -> Self {
        let mut line = format!("portal: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            line.push_str(": ");
            line.push_str(&cause.to_string());
            source = cause.source();
        }
        line.push('\n');
        // A log that nobody reads any more is no reason to stop.
        let _ = io::stderr().write_all(line.as_bytes());
        Self::Broken
    }
}
