//! Marriages and births.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::civil_records::{
    self, Asking, Correct, NewBirth, NewMarriage, OpenedRecord, Opening, OwnVersion, RecordSummary, Reply,
};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(record_marriage))
        .routes(routes!(record_birth))
        .routes(routes!(get_civil_record))
        .routes(routes!(correct_civil_record))
        .routes(routes!(open_civil_record))
        .routes(routes!(list_versions_of_civil_record))
        .routes(routes!(list_civil_records_of_resident))
        .routes(routes!(ask_about_resident))
        .routes(routes!(list_own_civil_records))
}

/// Where a record is read; it has been created under the name of its kind.
fn at_its_place(mut created: Created<RecordSummary>) -> Created<RecordSummary> {
    created.location = format!("/api/v1/civil-records/{}", created.resource.id);
    created
}

/// Record a marriage, for both spouses at once.
#[utoipa::path(post, path = "/marriages", tag = "civil-records", request_body = NewMarriage,
    params(IdempotencyKey, Locality), responses((status = 201, body = RecordSummary), Problems))]
async fn record_marriage(caller: Caller, Body(new, key): Body<NewMarriage>) -> Result<Created<RecordSummary>, Problem> {
    let created: Result<_, Problem> =
        create!(caller, key, |work| civil_records::record_marriage(work, new).await, |work, id| {
            civil_records::get_summary(work, id).await
        },);
    created.map(at_its_place)
}

/// Record a birth, for the child and the parents at once.
#[utoipa::path(post, path = "/births", tag = "civil-records", request_body = NewBirth,
    params(IdempotencyKey, Locality), responses((status = 201, body = RecordSummary), Problems))]
async fn record_birth(caller: Caller, Body(new, key): Body<NewBirth>) -> Result<Created<RecordSummary>, Problem> {
    let created: Result<_, Problem> =
        create!(caller, key, |work| civil_records::record_birth(work, new).await, |work, id| {
            civil_records::get_summary(work, id).await
        },);
    created.map(at_its_place)
}

/// What may be seen of a record without opening it.
#[utoipa::path(get, path = "/civil-records/{id}", tag = "civil-records",
    params(Locality, ("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = RecordSummary), Problems))]
async fn get_civil_record(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<RecordSummary>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(civil_records::get_summary(&mut work, id).await?))
}

/// Correct a record, or change whether it stands: its next version.
#[utoipa::path(post, path = "/civil-records/{id}/corrections", tag = "civil-records", request_body = Correct,
    params(Locality, ("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = RecordSummary), Problems))]
async fn correct_civil_record(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(correction, _): Body<Correct>,
) -> Result<Json<RecordSummary>, Problem> {
    let mut work = caller.work().await?;
    let corrected = civil_records::correct(&mut work, id, correction).await?;
    work.commit().await?;
    Ok(Json(corrected))
}

/// Open the fields that are needed of a record, for a reason; they come back and nothing else. Its people see who did.
#[utoipa::path(post, path = "/civil-records/{id}/disclosures", tag = "civil-records", request_body = Opening,
    params(Locality, ("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = OpenedRecord), Problems))]
async fn open_civil_record(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(opening, _): Body<Opening>,
) -> Result<Json<OpenedRecord>, Problem> {
    let mut work = caller.work().await?;
    let opened = civil_records::open(&mut work, id, &opening).await?;
    work.commit().await?;
    Ok(Json(opened))
}

/// All versions of a record, unopened, with where each is from.
#[utoipa::path(get, path = "/civil-records/{id}/versions", tag = "civil-records",
    params(Locality, ("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = [RecordSummary]), Problems))]
async fn list_versions_of_civil_record(
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<RecordSummary>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(civil_records::versions(&mut work, id).await?))
}

/// The records of a resident, unopened.
#[utoipa::path(get, path = "/residents/{id}/civil-records", tag = "civil-records",
    params(Locality, ("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, body = [RecordSummary]), Problems))]
async fn list_civil_records_of_resident(
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<RecordSummary>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(civil_records::list_of_resident(&mut work, id).await?))
}

/// Ask yes or no about a resident's marriage or birth: nothing of a record comes back, and the log names the question.
#[utoipa::path(post, path = "/residents/{id}/questions", tag = "civil-records", request_body = Asking,
    params(Locality, ("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, body = [Reply]), Problems))]
async fn ask_about_resident(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(asking, _): Body<Asking>,
) -> Result<Json<Vec<Reply>>, Problem> {
    let mut work = caller.work().await?;
    let replies = civil_records::ask(&mut work, id, &asking).await?;
    work.commit().await?;
    Ok(Json(replies))
}

/// One's own marriages and births, opened.
#[utoipa::path(get, path = "/me/civil-records", tag = "civil-records", params(Locality),
    responses((status = 200, body = [OwnVersion]), Problems))]
async fn list_own_civil_records(caller: Caller) -> Result<Json<Vec<OwnVersion>>, Problem> {
    let mut work = caller.work().await?;
    let own = civil_records::own_records(&mut work).await?;
    work.commit().await?;
    Ok(Json(own))
}
