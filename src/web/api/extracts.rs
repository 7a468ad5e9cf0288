//! What a person takes along, and who was told what.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::exchange::tellings::{self, Telling};
use crate::extracts::{self, Extract, Form, HandOut, Made, OwnExtract};
use crate::web::{Body, Caller, Door, Path, Problem, Problems};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(make_own_extract))
        .routes(routes!(hand_out_extract))
        .routes(routes!(list_own_tellings))
        .routes(routes!(list_tellings_of_civil_record))
}

/// An extract as a file of its own; no cache keeps it.
pub(in crate::web) fn file(made: Made) -> Response {
    let (kind, ending) = match made.form {
        Form::Json => ("application/json", "json"),
        Form::Pdf => ("application/pdf", "pdf"),
    };
    let name = format!("attachment; filename=\"anju-extract-{}-{}.{ending}\"", made.day, made.id);
    let headers =
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name), (CACHE_CONTROL, "no-store".to_owned())];
    (headers, made.content).into_response()
}

/// Take along everything on record about me, as JSON or as a PDF with the JSON attached.
#[utoipa::path(post, path = "/me/extracts", tag = "me", request_body = OwnExtract, params(Locality),
    responses((status = 200, body = Extract, content_type = "application/json"), Problems))]
async fn make_own_extract(caller: Caller, Body(wanted, _): Body<OwnExtract>) -> Result<Response, Problem> {
    let mut work = caller.work().await?;
    let made = extracts::make_own(&mut work, wanted).await?;
    work.commit().await?;
    Ok(file(made))
}

/// Hand a person everything on record about them, at the counter.
#[utoipa::path(post, path = "/residents/{id}/extracts", tag = "residents", request_body = HandOut,
    params(Locality, ("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, body = Extract, content_type = "application/json"), Problems))]
async fn hand_out_extract(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(wanted, _): Body<HandOut>,
) -> Result<Response, Problem> {
    let mut work = caller.work().await?;
    let made = extracts::hand_out(&mut work, id, wanted).await?;
    work.commit().await?;
    Ok(file(made))
}

/// Which locality was told what about me, and whether it arrived; oldest first.
#[utoipa::path(get, path = "/me/tellings", tag = "me", params(Locality),
    responses((status = 200, body = [Telling]), Problems))]
async fn list_own_tellings(caller: Caller) -> Result<Json<Vec<Telling>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tellings::own(&mut work).await?))
}

/// Which locality was told which version of a record, and whether it arrived; oldest first.
#[utoipa::path(get, path = "/civil-records/{id}/tellings", tag = "civil-records",
    params(Locality, ("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = [Telling]), Problems))]
async fn list_tellings_of_civil_record(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Telling>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tellings::of_record(&mut work, id).await?))
}
