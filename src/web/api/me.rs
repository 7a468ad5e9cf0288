//! What the registry owes the person who is signed in: their own record, and who looked at it.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::journal::{self, Extract, Look};
use crate::residents::{self, OwnRecord};
use crate::retention::{self, Retention};
use crate::values::{Page, PageRequest};
use crate::web::{Caller, Door, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(get_own_record)).routes(routes!(list_looks)).routes(routes!(get_own_extract))
}

/// One's own record, and when it is deleted.
#[derive(Serialize, utoipa::ToSchema)]
struct RecordAndRetention {
    #[serde(flatten)]
    record: OwnRecord,
    /// When the file is deleted, by which rule, what holds it, and how long everything else is kept.
    retention: Retention,
}

/// What is on record about me, and until when.
#[utoipa::path(get, path = "/me/record", tag = "me", params(Locality),
    responses((status = 200, body = RecordAndRetention), Problems))]
async fn get_own_record(caller: Caller) -> Result<Json<RecordAndRetention>, Problem> {
    let mut work = caller.read().await?;
    let record = residents::own_record(&mut work).await?;
    Ok(Json(RecordAndRetention { record, retention: retention::own(&mut work).await? }))
}

/// Who looked at my data, newest first.
#[utoipa::path(get, path = "/me/looks", tag = "me", params(Locality, PageRequest),
    responses((status = 200, body = Page<Look>), Problems))]
async fn list_looks(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Look>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::looks(&mut work, &page).await?))
}

/// Where an extract begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Before {
    /// Only entries before this position; absent for the newest.
    before: Option<i64>,
}

/// The journal's entries about me, each with the proof that it stands in the journal: to take along and verify offline,
/// with the page at `/verify`. Other persons in them are withheld.
#[utoipa::path(get, path = "/me/log/proofs", tag = "me", params(Locality, Before),
    responses((status = 200, body = Extract), Problems))]
async fn get_own_extract(caller: Caller, Query(Before { before }): Query<Before>) -> Result<Json<Extract>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(journal::own_extract(&mut work, before).await?))
}
