//! The door for other localities' nodes, `/exchange/v1`. What is said here is specified in `exchange-specs/`: each
//! request is a signed POST, each answer is signed; a refusal is an unsigned problem with the protocol's reason.

use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
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
        .route("/exchange/v1/streams/{peer}/checkpoints", post(checkpoints))
}

/// The node's card, signed by itself; people compare its fingerprint before they trust it.
async fn card(State(door): State<Door>) -> Result<Response, Problem> {
    Ok(jose(gate::card(&door.app).await?))
}

async fn push(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    Signed(body): Signed,
) -> Result<Response, Problem> {
    gate::push(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

async fn pull(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    Signed(body): Signed,
) -> Result<Response, Problem> {
    gate::pull(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

async fn compare(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    Signed(body): Signed,
) -> Result<Response, Problem> {
    gate::compare(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

async fn checkpoints(
    State(door): State<Door>,
    Path(peer): Path<NodeCode>,
    uri: Uri,
    Signed(body): Signed,
) -> Result<Response, Problem> {
    gate::checkpoints(&door.app, &peer, uri.path(), &body).await.map(jose).map_err(problem)
}

/// The whole body of a request, by its type a JWS; whether it is one, the gate finds out.
struct Signed(String);

impl FromRequest<Door> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if given != Some(JOSE) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        match String::from_request(request, door).await {
            Ok(body) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Fault::Protocol(Reason::TooLarge).into())
            }
            Err(_) => Err(Fault::Protocol(Reason::MalformedEnvelope).into()),
        }
    }
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
