//! Who lives where: registering moves, putting them right, disputing them, and looking back.

use axum::Json;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::tenancies::{
    self, Correct, MoveIn, MoveOut, NewDispute, ResidenceElsewhere, Settlement, StateAtCounter, StateOwn, Tenancy,
    Transfer, Undo, UndoMoveOut, Versions,
};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(move_in))
        .routes(routes!(get_tenancy, correct_tenancy))
        .routes(routes!(move_out))
        .routes(routes!(transfer))
        .routes(routes!(undo_tenancy))
        .routes(routes!(undo_move_out))
        .routes(routes!(dispute_tenancy))
        .routes(routes!(settle_dispute))
        .routes(routes!(state_at_counter))
        .routes(routes!(state_own))
        .routes(routes!(list_tenancies_of_resident))
        .routes(routes!(list_residences_elsewhere))
        .routes(routes!(list_occupants))
        .routes(routes!(list_occupancy))
        .routes(routes!(list_own_tenancies))
        .routes(routes!(dispute_own_tenancy))
}

/// Register that somebody moved in.
///
/// More people than the dwelling is registered for is no reason to refuse; it is said in `warnings`.
#[utoipa::path(post, path = "/tenancies", tag = "tenancies", request_body = MoveIn,
    params(IdempotencyKey, Locality), responses((status = 201, body = Tenancy), Problems))]
async fn move_in(caller: Caller, Body(new, key): Body<MoveIn>) -> Result<Created<Tenancy>, Problem> {
    create!(caller, key, |work| tenancies::move_in(work, new).await, |work, id| tenancies::get(work, id).await)
}

/// One tenancy, its present version.
#[utoipa::path(get, path = "/tenancies/{id}", tag = "tenancies", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Tenancy), Problems))]
async fn get_tenancy(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tenancies::get(&mut work, id).await?))
}

/// Correct a tenancy: the new version supersedes the old one, which stays readable.
#[utoipa::path(put, path = "/tenancies/{id}", tag = "tenancies", request_body = Correct,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn correct_tenancy(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(correction, _): Body<Correct>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::correct(&mut work, id, correction).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Register that somebody moved out. `on` is the first day no longer there.
#[utoipa::path(post, path = "/tenancies/{id}/move-out", tag = "tenancies", request_body = MoveOut,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn move_out(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<MoveOut>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::move_out(&mut work, id, request).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Register that somebody went from this dwelling to another on one day; answers the new tenancy.
#[utoipa::path(post, path = "/tenancies/{id}/transfer", tag = "tenancies", request_body = Transfer,
    params(IdempotencyKey, Locality, ("id" = Uuid, Path)), responses((status = 201, body = Tenancy), Problems))]
async fn transfer(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, key): Body<Transfer>,
) -> Result<Created<Tenancy>, Problem> {
    let created: Result<Created<Tenancy>, Problem> =
        create!(caller, key, |work| tenancies::transfer(work, id, request).await, |work, id| tenancies::get(work, id)
            .await);
    created.map(|new| Created { location: format!("/api/v1/tenancies/{}", new.resource.id), ..new })
}

/// Undo a tenancy that was registered wrongly: it never was. Final; who does live there is registered again.
#[utoipa::path(post, path = "/tenancies/{id}/undo", tag = "tenancies", request_body = Undo,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn undo_tenancy(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<Undo>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::undo(&mut work, id, request).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Take a move-out back: the person lives there still.
#[utoipa::path(post, path = "/tenancies/{id}/undo-move-out", tag = "tenancies", request_body = UndoMoveOut,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn undo_move_out(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<UndoMoveOut>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::undo_move_out(&mut work, id, request).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Put a dispute beside a tenancy, on somebody's word.
#[utoipa::path(post, path = "/tenancies/{id}/dispute", tag = "tenancies", request_body = NewDispute,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn dispute_tenancy(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<NewDispute>,
) -> Result<Json<Tenancy>, Problem> {
    dispute(caller, id, new).await
}

/// Say that one of one's own tenancies is not so.
#[utoipa::path(post, path = "/me/tenancies/{id}/dispute", tag = "me", request_body = NewDispute,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn dispute_own_tenancy(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, _): Body<NewDispute>,
) -> Result<Json<Tenancy>, Problem> {
    dispute(caller, id, new).await
}

async fn dispute(caller: Caller, id: Uuid, new: NewDispute) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::dispute(&mut work, id, new).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Settle the dispute beside a tenancy.
#[utoipa::path(post, path = "/tenancies/{id}/settlement", tag = "tenancies", request_body = Settlement,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn settle_dispute(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(settlement, _): Body<Settlement>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::settle_dispute(&mut work, id, settlement).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Write down what a side says of a tenancy. Nothing registered changes; where it differs is shown beside it.
#[utoipa::path(post, path = "/tenancies/{id}/statements", tag = "tenancies", request_body = StateAtCounter,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn state_at_counter(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(said, _): Body<StateAtCounter>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::state_at_counter(&mut work, id, said).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Say how it was with one of one's own tenancies. What differs from the register stands beside it as a dispute.
#[utoipa::path(post, path = "/me/tenancies/{id}/statements", tag = "me", request_body = StateOwn,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Tenancy), Problems))]
async fn state_own(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(said, _): Body<StateOwn>,
) -> Result<Json<Tenancy>, Problem> {
    let mut work = caller.work().await?;
    let tenancy = tenancies::state_own(&mut work, id, said).await?;
    work.commit().await?;
    Ok(Json(tenancy))
}

/// Which versions are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Known {
    /// As it was known at this instant; as it is known now when absent.
    as_known_at: Option<DateTime<Utc>>,
    /// Everything ever recorded, also what was superseded or undone; `as_known_at` then does not matter.
    #[serde(default)]
    all_versions: bool,
}

/// Where a person lives and lived.
#[utoipa::path(get, path = "/residents/{id}/tenancies", tag = "tenancies",
    params(Locality, Known, ("id" = Uuid, Path)), responses((status = 200, body = Vec<Tenancy>), Problems))]
async fn list_tenancies_of_resident(
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(known): Query<Known>,
) -> Result<Json<Vec<Tenancy>>, Problem> {
    let versions = if known.all_versions { Versions::All } else { Versions::known_at(known.as_known_at) };
    let mut work = caller.read().await?;
    Ok(Json(tenancies::of_resident(&mut work, id, versions).await?))
}

/// Where a person lives and lived elsewhere, as other localities told: the locality and its office, never the flat.
#[utoipa::path(get, path = "/residents/{id}/residences-elsewhere", tag = "tenancies",
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Vec<ResidenceElsewhere>), Problems))]
async fn list_residences_elsewhere(
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<ResidenceElsewhere>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tenancies::residences_elsewhere(&mut work, id).await?))
}

/// Which day is asked about, and how long ago it was asked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Occupied {
    /// The day; today when absent.
    on: Option<NaiveDate>,
    /// As it was known at this instant; as it is known now when absent.
    as_known_at: Option<DateTime<Utc>>,
}

/// Who lived in a dwelling on a day.
#[utoipa::path(get, path = "/dwellings/{id}/occupants", tag = "tenancies",
    params(Locality, Occupied, ("id" = Uuid, Path)), responses((status = 200, body = Vec<Tenancy>), Problems))]
async fn list_occupants(
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(occupied): Query<Occupied>,
) -> Result<Json<Vec<Tenancy>>, Problem> {
    let mut work = caller.read().await?;
    let day = occupied.on.unwrap_or(work.today());
    Ok(Json(tenancies::of_dwelling_on(&mut work, id, day, occupied.as_known_at).await?))
}

/// Who lives in a building now, dwelling by dwelling.
#[utoipa::path(get, path = "/buildings/{id}/occupancy", tag = "tenancies", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Tenancy>), Problems))]
async fn list_occupancy(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Tenancy>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tenancies::current_of_building(&mut work, id).await?))
}

/// Where the caller lives and lived, who said so, and what was disputed.
#[utoipa::path(get, path = "/me/tenancies", tag = "me", params(Locality),
    responses((status = 200, body = Vec<Tenancy>), Problems))]
async fn list_own_tenancies(caller: Caller) -> Result<Json<Vec<Tenancy>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tenancies::own(&mut work).await?))
}
