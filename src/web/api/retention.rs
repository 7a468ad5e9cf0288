//! When a person's file is deleted: the day in advance, what holds it, and the person's own request.

use axum::Json;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::error::Error;
use crate::retention::{self, Coming, Deletion, Hold, LandlordRetention, NewHold, Retention};
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

/// How far ahead the list looks unless told otherwise, in days.
const AHEAD: u64 = 90;

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_coming_deletions))
        .routes(routes!(get_retention))
        .routes(routes!(get_landlord_retention))
        .routes(routes!(get_own_landlord_retention))
        .routes(routes!(ask_erasure, take_back_erasure))
        .routes(routes!(ask_own_erasure, take_back_own_erasure))
        .routes(routes!(hold_erasure))
        .routes(routes!(lift_hold))
}

/// Up to which day deletions are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Until {
    /// The last day; ninety days from now unless given.
    until: Option<NaiveDate>,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// The deletions to come in one's scope: ids and days, no names.
#[utoipa::path(get, path = "/deletions", tag = "retention", params(Locality, Until),
    responses((status = 200, body = Page<Coming>), Problems))]
async fn list_coming_deletions(
    caller: Caller,
    Query(Until { until, after, limit }): Query<Until>,
) -> Result<Json<Page<Coming>>, Problem> {
    let mut work = caller.read().await?;
    let until = until.or_else(|| work.today().checked_add_days(Days::new(AHEAD)));
    let until = until.ok_or_else(|| Error::invalid("until", "out-of-range"))?;
    Ok(Json(retention::coming(&mut work, until, &PageRequest { after, limit }).await?))
}

/// When a person's file is deleted, by which rule, and what holds it.
#[utoipa::path(get, path = "/residents/{id}/retention", tag = "retention", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Retention), Problems))]
async fn get_retention(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Retention>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(retention::of_resident(&mut work, id).await?))
}

/// When a landlord's file is deleted: of a human being, once they answer for no dwelling.
#[utoipa::path(get, path = "/landlords/{id}/retention", tag = "retention", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = LandlordRetention), Problems))]
async fn get_landlord_retention(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<LandlordRetention>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(retention::of_landlord(&mut work, id).await?))
}

/// When the file of the landlord who is signed in is deleted.
#[utoipa::path(get, path = "/me/landlord-file", tag = "me", params(Locality),
    responses((status = 200, body = LandlordRetention), Problems))]
async fn get_own_landlord_retention(caller: Caller) -> Result<Json<LandlordRetention>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(retention::own_as_landlord(&mut work).await?))
}

/// Note that a person wants their file deleted.
#[utoipa::path(post, path = "/residents/{id}/erasure", tag = "retention", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Deletion), Problems))]
async fn ask_erasure(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Deletion>, Problem> {
    let mut work = caller.work().await?;
    let deletion = retention::ask_erasure(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(deletion))
}

/// Note that a person takes that back.
#[utoipa::path(delete, path = "/residents/{id}/erasure", tag = "retention", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Deletion), Problems))]
async fn take_back_erasure(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Deletion>, Problem> {
    let mut work = caller.work().await?;
    let deletion = retention::take_back_erasure(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(deletion))
}

/// Ask for the deletion of one's own file. Until the day answered it can be taken back.
#[utoipa::path(post, path = "/me/erasure", tag = "me", params(Locality),
    responses((status = 200, body = Deletion), Problems))]
async fn ask_own_erasure(caller: Caller) -> Result<Json<Deletion>, Problem> {
    let mut work = caller.work().await?;
    let deletion = retention::ask_own_erasure(&mut work).await?;
    work.commit().await?;
    Ok(Json(deletion))
}

/// Keep one's file after all.
#[utoipa::path(delete, path = "/me/erasure", tag = "me", params(Locality),
    responses((status = 200, body = Deletion), Problems))]
async fn take_back_own_erasure(caller: Caller) -> Result<Json<Deletion>, Problem> {
    let mut work = caller.work().await?;
    let deletion = retention::take_back_own_erasure(&mut work).await?;
    work.commit().await?;
    Ok(Json(deletion))
}

/// Hold a person's file for a case, until a day.
#[utoipa::path(post, path = "/residents/{id}/holds", tag = "retention", request_body = NewHold,
    params(IdempotencyKey, Locality, ("id" = Uuid, Path)), responses((status = 201, body = Hold), Problems))]
async fn hold_erasure(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, key): Body<NewHold>,
) -> Result<Created<Hold>, Problem> {
    create!(caller, key, |work| retention::hold(work, id, new).await, |work, id| retention::get_hold(work, id).await)
}

/// Lift a hold before its last day.
#[utoipa::path(post, path = "/holds/{id}/lift", tag = "retention", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Hold), Problems))]
async fn lift_hold(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Hold>, Problem> {
    let mut work = caller.work().await?;
    let hold = retention::lift_hold(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(hold))
}
