//! What the registry owes the person who is signed in: their own record, and who looked at it.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::residents::{self, Look, OwnRecord};
use crate::values::{Page, PageRequest};
use crate::web::{Caller, Door, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(get_own_record)).routes(routes!(list_looks))
}

/// What is on record about me.
#[utoipa::path(get, path = "/me/record", tag = "me", params(Locality),
    responses((status = 200, body = OwnRecord), Problems))]
async fn get_own_record(caller: Caller) -> Result<Json<OwnRecord>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::own_record(&mut work).await?))
}

/// Who looked at my data, newest first.
#[utoipa::path(get, path = "/me/looks", tag = "me", params(Locality, PageRequest),
    responses((status = 200, body = Page<Look>), Problems))]
async fn list_looks(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Look>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::looks(&mut work, &page).await?))
}
