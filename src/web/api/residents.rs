//! Residents: files, exact search, disclosures.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::journal::Reason;
use crate::residents::documents::Document;
use crate::residents::{self, AddDocument, ChangeIdentity, Disclosed, NewResident, Resident, SealedField, TakeOver};
use crate::values::Phone;
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(register_resident))
        .routes(routes!(search_residents))
        .routes(routes!(take_over_resident))
        .routes(routes!(get_resident))
        .routes(routes!(change_identity))
        .routes(routes!(add_document))
        .routes(routes!(verify_resident))
        .routes(routes!(set_phone))
        .routes(routes!(disclose_resident))
}

/// Open a person's file; without a document it is marked as not verified.
#[utoipa::path(post, path = "/residents", tag = "residents", request_body = NewResident,
    params(IdempotencyKey, Locality), responses((status = 201, body = Resident), Problems))]
async fn register_resident(caller: Caller, Body(new, key): Body<NewResident>) -> Result<Created<Resident>, Problem> {
    create!(caller, key, |work| residents::register(work, new).await, |work, id| residents::get(work, id).await)
}

/// What to find a person by, and why.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// One of the two ways.
    by: SearchBy,
    /// Purpose, basis and case.
    reason: Reason,
}

/// What to find a person by; one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum SearchBy {
    /// The exact document.
    Document(Document),
    /// The beginning of the name: two characters, or three letters of its pinyin.
    Name(String),
}

/// Find persons of one's scope by exact document or by name, for a reason; whom it finds will see that. More than ten
/// is refused, and that it was asked is written down, too.
#[utoipa::path(post, path = "/residents/searches", tag = "residents", request_body = Search, params(Locality),
    responses((status = 200, body = Vec<Resident>), Problems))]
async fn search_residents(caller: Caller, Body(search, _): Body<Search>) -> Result<Json<Vec<Resident>>, Problem> {
    let mut work = caller.work().await?;
    let found = match search.by {
        SearchBy::Document(document) => residents::find_by_document(&mut work, &document, &search.reason).await?.into(),
        SearchBy::Name(name) => residents::find_by_name(&mut work, &name, &search.reason).await?,
    };
    work.commit().await?;
    Ok(Json(found.residents()?))
}

/// Take over the file of a person who shows their document and lives here now, from another committee of the county.
///
/// A wrong name and an unknown document get the same answer; either is written down.
#[utoipa::path(post, path = "/residents/takeovers", tag = "residents", request_body = TakeOver, params(Locality),
    responses((status = 200, body = Resident), Problems))]
async fn take_over_resident(caller: Caller, Body(request, _): Body<TakeOver>) -> Result<Json<Resident>, Problem> {
    let mut work = caller.work().await?;
    let taken = residents::take_over(&mut work, request).await?;
    work.commit().await?;
    Ok(Json(taken.file()?))
}

/// A person's readable fields.
#[utoipa::path(get, path = "/residents/{id}", tag = "residents", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Resident), Problems))]
async fn get_resident(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Resident>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::get(&mut work, id).await?))
}

/// Correct who somebody is.
#[utoipa::path(put, path = "/residents/{id}/identity", tag = "residents", request_body = ChangeIdentity,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Resident), Problems))]
async fn change_identity(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(change, _): Body<ChangeIdentity>,
) -> Result<Json<Resident>, Problem> {
    let mut work = caller.work().await?;
    let resident = residents::change_identity(&mut work, id, change).await?;
    work.commit().await?;
    Ok(Json(resident))
}

/// Put a document on record in the place of the one before.
#[utoipa::path(post, path = "/residents/{id}/documents", tag = "residents", request_body = AddDocument,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Resident), Problems))]
async fn add_document(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<AddDocument>,
) -> Result<Json<Resident>, Problem> {
    let mut work = caller.work().await?;
    let resident = residents::add_document(&mut work, id, new).await?;
    work.commit().await?;
    Ok(Json(resident))
}

/// Note that the file was compared with the document.
#[utoipa::path(post, path = "/residents/{id}/verification", tag = "residents", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Resident), Problems))]
async fn verify_resident(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Resident>, Problem> {
    let mut work = caller.work().await?;
    let resident = residents::verify(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(resident))
}

/// How to reach a person.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Contact {
    /// The telephone number; `null` when there is none any more.
    phone: Option<Phone>,
}

/// Note how to reach a person.
#[utoipa::path(put, path = "/residents/{id}/phone", tag = "residents", request_body = Contact,
    params(Locality, ("id" = Uuid, Path)), responses((status = 204), Problems))]
async fn set_phone(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(contact, _): Body<Contact>,
) -> Result<StatusCode, Problem> {
    let mut work = caller.work().await?;
    residents::set_phone(&mut work, id, contact.phone).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to open, and why.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Disclosing {
    /// Purpose, basis and case.
    pub reason: Reason,
    /// As few fields as it takes.
    pub fields: Vec<SealedField>,
}

/// Open a person's document or telephone, for a reason that is written down and that they see.
#[utoipa::path(post, path = "/residents/{id}/disclosures", tag = "residents", request_body = Disclosing,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Disclosed), Problems))]
async fn disclose_resident(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(asked, _): Body<Disclosing>,
) -> Result<Json<Disclosed>, Problem> {
    let mut work = caller.work().await?;
    let disclosed = residents::disclose(&mut work, id, &asked.reason, &asked.fields).await?;
    work.commit().await?;
    Ok(Json(disclosed))
}
