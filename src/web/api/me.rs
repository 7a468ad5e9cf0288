//! What the registry owes the person who is signed in: their own record, and who looked at it.

use axum::Json;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::residents::{self, Look, OwnRecord};
use crate::retention::{self, Retention};
use crate::values::{Page, PageRequest};
use crate::web::{Caller, Door, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(get_own_record)).routes(routes!(list_looks))
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
