//! Buildings, and the dwellings in them.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::dwellings::{
    self, AssignHousingCode, Building, ChangeUse, DatedHousingCode, DoorCode, Dwelling, NewBuilding, NewDwellings,
};
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_buildings, register_building))
        .routes(routes!(get_building))
        .routes(routes!(list_dwellings, generate_dwellings))
        .routes(routes!(close_building))
        .routes(routes!(find_by_door_code))
        .routes(routes!(get_dwelling))
        .routes(routes!(change_use))
        .routes(routes!(list_housing_codes, assign_housing_code))
        .routes(routes!(close_dwelling))
        .routes(routes!(reopen_dwelling))
}

/// Register a building or site.
#[utoipa::path(post, path = "/buildings", tag = "dwellings", request_body = NewBuilding,
    params(IdempotencyKey, Locality), responses((status = 201, body = Building), Problems))]
async fn register_building(caller: Caller, Body(new, key): Body<NewBuilding>) -> Result<Created<Building>, Problem> {
    create!(caller, key, |work| dwellings::register_building(work, new).await, |work, id| dwellings::get_building(
        work, id
    )
    .await)
}

/// The buildings of one's scope, in the order they were registered.
#[utoipa::path(get, path = "/buildings", tag = "dwellings", params(Locality, PageRequest),
    responses((status = 200, body = Page<Building>), Problems))]
async fn list_buildings(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Building>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::list_buildings(&mut work, &page).await?))
}

/// One building.
#[utoipa::path(get, path = "/buildings/{id}", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Building), Problems))]
async fn get_building(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Building>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::get_building(&mut work, id).await?))
}

/// Make the dwellings of a building from a plan, all or none.
#[utoipa::path(post, path = "/buildings/{id}/dwellings", tag = "dwellings", request_body = NewDwellings,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = Vec<Dwelling>), Problems))]
async fn generate_dwellings(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<NewDwellings>,
) -> Result<(StatusCode, Json<Vec<Dwelling>>), Problem> {
    let mut work = caller.work().await?;
    let made = dwellings::generate_dwellings(&mut work, id, new).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The dwellings of a building, from the lowest floor up.
#[utoipa::path(get, path = "/buildings/{id}/dwellings", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Dwelling>), Problems))]
async fn list_dwellings(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Dwelling>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::list_of_building(&mut work, id).await?))
}

/// Close a building and all its dwellings.
#[utoipa::path(post, path = "/buildings/{id}/closure", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Building), Problems))]
async fn close_building(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Building>, Problem> {
    let mut work = caller.work().await?;
    let building = dwellings::close_building(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(building))
}

/// The code read from a door.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ByDoorCode {
    /// The code, however it is written.
    door_code: DoorCode,
}

/// The dwelling with a code on its door.
#[utoipa::path(post, path = "/dwellings/by-door-code", tag = "dwellings", request_body = ByDoorCode,
    params(Locality), responses((status = 200, body = Dwelling), Problems))]
async fn find_by_door_code(caller: Caller, Body(by, _): Body<ByDoorCode>) -> Result<Json<Dwelling>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::get_by_door_code(&mut work, &by.door_code).await?))
}

/// One dwelling.
#[utoipa::path(get, path = "/dwellings/{id}", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Dwelling), Problems))]
async fn get_dwelling(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Dwelling>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::get(&mut work, id).await?))
}

/// Change how a dwelling is used and for how many people.
#[utoipa::path(put, path = "/dwellings/{id}/use", tag = "dwellings", request_body = ChangeUse,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Dwelling), Problems))]
async fn change_use(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(change, _): Body<ChangeUse>,
) -> Result<Json<Dwelling>, Problem> {
    let mut work = caller.work().await?;
    let dwelling = dwellings::change_use(&mut work, id, change).await?;
    work.commit().await?;
    Ok(Json(dwelling))
}

/// Give a dwelling a housing code from a day on.
#[utoipa::path(post, path = "/dwellings/{id}/housing-codes", tag = "dwellings", request_body = AssignHousingCode,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = Vec<DatedHousingCode>), Problems))]
async fn assign_housing_code(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<AssignHousingCode>,
) -> Result<(StatusCode, Json<Vec<DatedHousingCode>>), Problem> {
    let mut work = caller.work().await?;
    let codes = dwellings::assign_housing_code(&mut work, id, new).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(codes)))
}

/// The housing codes a dwelling has and had, oldest first.
#[utoipa::path(get, path = "/dwellings/{id}/housing-codes", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<DatedHousingCode>), Problems))]
async fn list_housing_codes(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<DatedHousingCode>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(dwellings::housing_codes(&mut work, id).await?))
}

/// Close a dwelling: nobody moves in any more.
#[utoipa::path(post, path = "/dwellings/{id}/closure", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Dwelling), Problems))]
async fn close_dwelling(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Dwelling>, Problem> {
    let mut work = caller.work().await?;
    let dwelling = dwellings::close(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(dwelling))
}

/// Open a closed dwelling again.
#[utoipa::path(post, path = "/dwellings/{id}/reopening", tag = "dwellings", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Dwelling), Problems))]
async fn reopen_dwelling(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Dwelling>, Problem> {
    let mut work = caller.work().await?;
    let dwelling = dwellings::reopen(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(dwelling))
}
