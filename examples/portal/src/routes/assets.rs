//! The stylesheet, the one script and the mark, from inside the program.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

pub(super) async fn style() -> Response {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../assets/portal.css"),
    )
}

pub(super) async fn script() -> Response {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../../assets/portal.js"),
    )
}

pub(super) async fn mark() -> Response {
    asset("image/svg+xml", include_str!("../../assets/mark.svg"))
}

fn asset(kind: &'static str, content: &'static str) -> Response {
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        content,
    )
        .into_response()
}
