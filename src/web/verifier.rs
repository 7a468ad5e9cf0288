//! The page that verifies an extract of the journal offline: one file, which also works saved to a disk.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest::{SHA256, digest};

/// The page.
pub const PAGE: &str = include_str!("assets/verifier.html");

/// Nothing but the page's own script and style, by their hashes.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |open: &str, close: &str| {
        let inside = PAGE.split_once(open).and_then(|(_, rest)| rest.split_once(close)).unwrap_or_default().0;
        BASE64.encode(digest(&SHA256, inside.as_bytes()))
    };
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash("<script>", "</script>"),
        hash("<style>", "</style>")
    )
});

/// `GET /verify`, for everybody.
pub(super) async fn page() -> Response {
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
