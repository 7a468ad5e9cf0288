//! What happens around every request: its id, its line in the log, its end in time, and the headers that tell a
//! browser to be careful.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::rand::{SecureRandom, SystemRandom};
use tracing::{Instrument, field};
use uuid::Uuid;

use super::{Fault, Problem, Transport};
use crate::error::Error;

/// Longest a request may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Nothing is loaded, nothing is framed.
const STRICT: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
/// The API's documentation loads its own files and styles itself inline.
const OWN_SCRIPTS: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
/// For a year no browser reaches this host or those below it in the clear.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id: in the log, in the answer's header and in every problem. Made here and never taken from the
/// request, where it could carry anything into the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestId(pub Uuid);

impl RequestId {
    fn new() -> Self {
        let mut bytes = [0; 16];
        // Without randomness ids repeat, which harms nobody: they only help to find a line in the log.
        let _ = SystemRandom::new().fill(&mut bytes);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// Gives the request an id and writes one line when it is answered: method, route template, who asked (by id), status,
/// duration.
/// Never the path or the query as sent: they could name a person.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    request.extensions_mut().insert(id);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = %id.0, method = %request.method(), route, user = field::Empty);
    async move {
        let began = Instant::now();
        let mut response = next.run(request).await;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), millis, "answered");
        if let Ok(value) = HeaderValue::from_str(&id.0.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// Adds the headers every answer carries, keeping those a route has set itself.
pub(super) async fn secure(State(transport): State<Transport>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if transport == Transport::Https {
        default_header(headers, STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    default_header(headers, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Under `no-referrer` a browser hides the origin of this node's own forms too, and the log-in goes by it.
    default_header(headers, REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    default_header(headers, CONTENT_SECURITY_POLICY, STRICT);
    default_header(headers, CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// For the API's documentation: a browser may run what this node itself serves.
pub(super) async fn allow_own_scripts(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    default_header(response.headers_mut(), CONTENT_SECURITY_POLICY, OWN_SCRIPTS);
    response
}

fn default_header(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// Gives up on a request that takes too long; what it had begun is rolled back.
pub(super) async fn time_out(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Fault::TimedOut).into_response(),
    }
}

/// The answer after a panic. Its message is not repeated here: it could quote what was sent.
pub(super) fn caught(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::from(Error::internal("a handler panicked")).into_response()
}
