//! The JSON API, `/api/v1`. One file per area; each has a `routes()` that is merged here in one line.
//!
//! A handler parses, calls one operation, commits and renders, nothing else:
//!
//! ```ignore
//! pub(super) fn routes() -> OpenApiRouter<Door> {
//!     OpenApiRouter::new().routes(routes!(list, register)).routes(routes!(get))
//! }
//!
//! /// Register a building.
//! #[utoipa::path(post, path = "/buildings", tag = "dwellings", request_body = NewBuilding,
//!     params(IdempotencyKey, Locality), responses((status = 201, body = Building), Problems))]
//! async fn register(caller: Caller, Body(new, key): Body<NewBuilding>) -> Result<Created<Building>, Problem> {
//!     create!(caller, key, |work| buildings::register(work, new).await, |work, id| buildings::get(work, id).await)
//! }
//!
//! /// One building.
//! #[utoipa::path(get, path = "/buildings/{id}", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
//!     responses((status = 200, body = Building), Problems))]
//! async fn get(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Building>, Problem> {
//!     let mut work = caller.read().await?;
//!     Ok(Json(buildings::get(&mut work, id).await?))
//! }
//! ```
//!
//! - `caller.read()` for reads without a trace; `caller.work()` and `commit` for everything else, also for a
//!   disclosure or a search: those write to the journal.
//! - Nothing personal in a path or a query: a search for a person is a POST with a body.
//! - The function's name is the `operationId`; two areas that share one set `operation_id = "…"`.
//! - A new code needs its text in `locales/*/problems.ftl`; a test names the missing ones.

pub(in crate::web) mod account;
mod breach;
mod civil_records;
mod consents;
mod divisions;
mod doubts;
mod dwellings;
mod exchange;
mod exports;
pub(in crate::web) mod extracts;
mod journal;
mod landlords;
mod me;
mod notices;
mod oversight;
mod protections;
mod purposes;
mod reports;
mod residents;
mod retention;
pub(in crate::web) mod sessions;
mod statistics;
mod tenancies;
mod tokens;
mod users;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, Response, ResponseBuilder};
use utoipa::{IntoParams, Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;

use super::{Document, Door, Transport};

/// All routes, with their documentation.
pub(super) fn router() -> OpenApiRouter<Door> {
    let v1 = OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(account::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(purposes::routes())
        .merge(journal::routes())
        .merge(breach::routes())
        .merge(divisions::routes())
        .merge(dwellings::routes())
        .merge(landlords::routes())
        .merge(residents::routes())
        .merge(protections::routes())
        .merge(consents::routes())
        .merge(retention::routes())
        .merge(tenancies::routes())
        .merge(reports::routes())
        .merge(civil_records::routes())
        .merge(statistics::routes())
        .merge(exports::routes())
        .merge(exchange::routes())
        .merge(notices::routes())
        .merge(oversight::routes())
        .merge(me::routes())
        .merge(extracts::routes())
        .merge(doubts::routes());
    OpenApiRouter::with_openapi(Base::openapi()).nest("/api/v1", v1)
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "anju",
        description = "A housing-keyed resident registry. Answers that are no success are RFC 9457 problems \
                       (`application/problem+json`) in the language of `Accept-Language`: zh-CN or en."
    ),
    components(schemas(Document)),
    modifiers(&SignIn),
    security(("bearer" = []), ("cookie" = []))
)]
struct Base;

struct SignIn;

impl Modify for SignIn {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            Transport::Https.cookie_name(),
            "A browser's session; every change also needs the header `X-CSRF-Token`.",
        );
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        components.responses.insert("Problem".to_owned(), problem().into());
    }
}

fn problem() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new()
        .description("What happened and what to do next")
        .content("application/problem+json", content)
        .build()
}

/// The county a request is about, for its documentation: `params(Locality)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // read by `Caller`; documented here
pub(super) struct Locality {
    /// Code of the county the request is about; needed only by callers who act in several.
    #[param(rename = "Anju-Locality")]
    locality: Option<String>,
}

/// The key of a request that may be repeated, for its documentation: `params(IdempotencyKey)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // read by `Body`; documented here
pub(super) struct IdempotencyKey {
    /// Chosen by the sender, 1–100 visible ASCII characters: the same request with the same key creates nothing again.
    #[param(rename = "Idempotency-Key")]
    key: Option<String>,
}
