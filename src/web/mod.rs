//! DOOR 1, HTTP: the router as table of contents. A handler parses into types, calls the one operation, commits and
//! renders; who calls and in which locality comes from [`Caller`], what goes wrong leaves as [`Problem`]. How to add
//! a route is written in [`api`].

pub mod api;
mod attempts;
mod budget;
mod cookie;
mod create;
mod extract;
mod json;
mod language;
mod layers;
pub mod pages;
mod peer;
mod problem;
mod proof;
pub mod server;
mod sheet;
mod verifier;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router, routing};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::error::Error;
use attempts::Attempts;
pub use cookie::Transport;
pub use create::Created;
pub(crate) use create::create;
pub use extract::{Caller, Newcomer, Owner, Path, Query};
pub use json::Body;
pub use language::Language;
pub use problem::{Document, Fault, Problem, Problems};
pub use sheet::Csv;
pub use verifier::PAGE as VERIFIER;

/// Largest body read into memory; a route that takes files sets its own limit.
const LARGEST_BODY: usize = 1024 * 1024;

/// What every request finds behind this door.
#[derive(Clone)]
pub struct Door {
    /// The node.
    pub app: App,
    /// How people reach it.
    pub transport: Transport,
    attempts: Arc<Attempts>,
}

/// Everything the node answers over HTTPS.
pub fn router(app: App) -> Router {
    router_over(app, Transport::Https)
}

/// Everything the node answers.
pub fn router_over(app: App, transport: Transport) -> Router {
    let door = Door { app, transport, attempts: Arc::default() };
    let (api, openapi) = api::router().split_for_parts();
    let docs = Router::from(SwaggerUi::new("/api/docs").url("/api/openapi.json", openapi));
    let router = Router::new()
        .route("/healthz", routing::get(alive))
        .route("/readyz", routing::get(ready))
        .route("/verify", routing::get(verifier::page))
        .merge(api.layer(from_fn_with_state(door.clone(), budget::report)))
        .merge(pages::router(&door))
        .merge(peer::routes())
        .merge(docs.layer(from_fn(layers::allow_own_scripts)))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method);
    layered(router, transport).with_state(door)
}

/// What stands around every route; each layer wraps those above it.
fn layered<S: Clone + Send + Sync + 'static>(router: Router<S>, transport: Transport) -> Router<S> {
    router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(layers::time_out))
        .layer(CatchPanicLayer::custom(layers::caught))
        .layer(from_fn(problem::render))
        .layer(from_fn_with_state(transport, layers::secure))
        .layer(from_fn(layers::observe))
}

/// The process is alive.
async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// The database answers. A broken journal is said here, and does not stop the node: people are still served.
async fn ready(State(door): State<Door>) -> Result<Json<Value>, Problem> {
    door.app.db().ping().await.map_err(|error| {
        tracing::warn!(%error, "the database does not answer");
        Error::Unavailable("database")
    })?;
    if door.app.is_journal_broken().await? {
        return Ok(Json(json!({ "status": "ready", "journal": "broken" })));
    }
    Ok(Json(json!({ "status": "ready" })))
}

async fn unknown_route() -> Problem {
    Error::NotFound("page").into()
}

async fn wrong_method() -> Problem {
    Fault::MethodNotAllowed.into()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use tokio::io::AsyncWriteExt;
    use tokio_util::io::ReaderStream;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> Problem {
        panic!("what was sent: 11010519491231002X")
    }

    async fn fails() -> Problem {
        Error::internal("what was sent: 11010519491231002X").into()
    }

    async fn reads(body: String) -> String {
        body
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let router: Router = layered(Router::new().route("/reads", routing::post(reads)), Transport::Https);
        let (mut sender, receiver) = tokio::io::duplex(16);
        tokio::spawn(async move {
            while sender.write_all(b" ").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            }
        });
        let trickle = Body::from_stream(ReaderStream::new(receiver));
        let response = router.oneshot(Request::post("/reads").body(trickle).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
    }

    #[tokio::test]
    async fn a_panic_and_a_fault_of_ours_are_problems_that_tell_nothing() {
        let router = Router::new().route("/panics", routing::get(panics)).route("/fails", routing::get(fails));
        let router: Router = layered(router, Transport::Https);
        for path in ["/panics", "/fails"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            let problem: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem["code"], "internal");
            assert!(!String::from_utf8_lossy(&body).contains("11010519491231002X"));
        }
    }
}
