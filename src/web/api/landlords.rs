//! Landlords and which dwellings they answer for.

use axum::Json;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::residents::Disclosing;
use super::{IdempotencyKey, Locality};
use crate::journal::Reason;
use crate::landlords::{self, Assign, EndResponsibility, Landlord, NewLandlord, OwnDwelling, Paper, Responsibility};
use crate::residents::Disclosed;
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_landlords, register_landlord))
        .routes(routes!(search_landlords))
        .routes(routes!(get_landlord))
        .routes(routes!(disclose_landlord))
        .routes(routes!(list_responsibilities, assign_responsibility))
        .routes(routes!(end_responsibility))
        .routes(routes!(list_own_dwellings))
}

/// Register a landlord, employer, agent or property manager.
#[utoipa::path(post, path = "/landlords", tag = "landlords", request_body = NewLandlord,
    params(IdempotencyKey, Locality), responses((status = 201, body = Landlord), Problems))]
async fn register_landlord(caller: Caller, Body(new, key): Body<NewLandlord>) -> Result<Created<Landlord>, Problem> {
    create!(caller, key, |work| landlords::register(work, new).await, |work, id| landlords::get(work, id).await)
}

/// The landlords of one's scope, in the order they were registered.
#[utoipa::path(get, path = "/landlords", tag = "landlords", params(Locality, PageRequest),
    responses((status = 200, body = Page<Landlord>), Problems))]
async fn list_landlords(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Landlord>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(landlords::list(&mut work, &page).await?))
}

/// What to find a landlord by, and why.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LandlordSearch {
    /// One paper.
    by: Paper,
    /// Purpose, basis and case.
    reason: Reason,
}

/// Find a landlord of the county by exact paper, to make them answer for a dwelling; it is written down.
#[utoipa::path(post, path = "/landlords/searches", tag = "landlords", request_body = LandlordSearch, params(Locality),
    responses((status = 200, body = Vec<Landlord>), Problems))]
async fn search_landlords(
    caller: Caller,
    Body(search, _): Body<LandlordSearch>,
) -> Result<Json<Vec<Landlord>>, Problem> {
    let mut work = caller.work().await?;
    let found = landlords::find_exact(&mut work, &search.by, &search.reason).await?;
    work.commit().await?;
    Ok(Json(found))
}

/// One landlord.
#[utoipa::path(get, path = "/landlords/{id}", tag = "landlords", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Landlord), Problems))]
async fn get_landlord(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Landlord>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(landlords::get(&mut work, id).await?))
}

/// Open a landlord's document or telephone, for a reason that is written down.
#[utoipa::path(post, path = "/landlords/{id}/disclosures", tag = "landlords", request_body = Disclosing,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Disclosed), Problems))]
async fn disclose_landlord(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(asked, _): Body<Disclosing>,
) -> Result<Json<Disclosed>, Problem> {
    let mut work = caller.work().await?;
    let disclosed = landlords::disclose(&mut work, id, &asked.reason, &asked.fields).await?;
    work.commit().await?;
    Ok(Json(disclosed))
}

/// Make a landlord answer for a dwelling from a day on.
#[utoipa::path(post, path = "/landlords/{id}/responsibilities", tag = "landlords", request_body = Assign,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = Responsibility), Problems))]
async fn assign_responsibility(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<Assign>,
) -> Result<(StatusCode, Json<Responsibility>), Problem> {
    let mut work = caller.work().await?;
    let assigned = landlords::assign(&mut work, id, new).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(assigned)))
}

/// What a landlord answers and answered for, of one's scope.
#[utoipa::path(get, path = "/landlords/{id}/responsibilities", tag = "landlords",
    params(Locality, PageRequest, ("id" = Uuid, Path)),
    responses((status = 200, body = Page<Responsibility>), Problems))]
async fn list_responsibilities(
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Responsibility>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(landlords::list_responsibilities(&mut work, id, &page).await?))
}

/// End a responsibility.
#[utoipa::path(post, path = "/responsibilities/{id}/end", tag = "landlords", request_body = EndResponsibility,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Responsibility), Problems))]
async fn end_responsibility(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(end, _): Body<EndResponsibility>,
) -> Result<Json<Responsibility>, Problem> {
    let mut work = caller.work().await?;
    let ended = landlords::end_responsibility(&mut work, id, end).await?;
    work.commit().await?;
    Ok(Json(ended))
}

/// The doors a landlord who is signed in answers for today.
#[utoipa::path(get, path = "/me/dwellings", tag = "me", params(Locality, PageRequest),
    responses((status = 200, body = Page<OwnDwelling>), Problems))]
async fn list_own_dwellings(
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<OwnDwelling>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(landlords::own_dwellings(&mut work, &page).await?))
}
