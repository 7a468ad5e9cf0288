//! The door for other localities' nodes, `/exchange/v1`. What is said here is specified in `exchange-specs/`: each
//! request is a signed POST, each answer is signed; a refusal is an unsigned problem with the protocol's reason.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Door, Fault, Path, Problem};
use crate::error::Error;
use crate::exchange::{Reason, gate};
use crate::values::NodeCode;

const JOSE: &str = "application/jose";

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/exchange/v1/card", get(card))
        .route("/exchange/v1/streams/{peer}/messages", post(push))
        .route("/exchange/v1/streams/{peer}/pull", post(pull))
        .route("/exchange/v1/streams/{peer}/digest", post(compare))
}

/// The node's card, signed by itself; people compare its fingerprint before they trust it.
async fn card(State(door): State<Door>) -> Result<Response, Problem> {
    Ok(jose(gate::card(&door.app).await?))
}

async fn push(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    check_type(&headers)?;
    gate::push(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

async fn pull(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    check_type(&headers)?;
    gate::pull(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

async fn compare(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    check_type(&headers)?;
    gate::compare(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if given == Some(JOSE) { Ok(()) } else { Err(Fault::UnsupportedMediaType.into()) }
}

fn jose(jws: String) -> Response {
    ([(CONTENT_TYPE, JOSE)], jws).into_response()
}

/// A refusal by the protocol has the status that the specification gives its reason.
fn problem(error: Error) -> Problem {
    match error {
        Error::Refused(code) => match code.parse::<Reason>() {
            Ok(reason) => Fault::Protocol(reason).into(),
            Err(_) => Error::Refused(code).into(),
        },
        other => other.into(),
    }
}
