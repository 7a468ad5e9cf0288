//! Protected persons: the officers named to see them, raising, review and lifting, and the person's own request.

use axum::Json;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::protection::{self as naming, NamedOfficers};
use crate::residents::protection::{self, Attempt, Listing, OwnProtection, Protection, Raise, Review};
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Door, Path, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_protection_officers))
        .routes(routes!(name_protection_officer, unname_protection_officer))
        .routes(routes!(raise_protection))
        .routes(routes!(list_protections))
        .routes(routes!(list_attempts))
        .routes(routes!(review_protection))
        .routes(routes!(ask_to_lift_protection))
        .routes(routes!(lift_protection))
        .routes(routes!(get_own_protection))
        .routes(routes!(request_protection))
        .routes(routes!(ask_to_lift_own_protection))
}

/// The officers named to see protected persons. There should be two at least.
#[utoipa::path(get, path = "/protection-officers", tag = "protection",
    responses((status = 200, body = NamedOfficers), Problems))]
async fn list_protection_officers(caller: Caller) -> Result<Json<NamedOfficers>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(naming::named(&mut work).await?))
}

/// Name an officer to see protected persons of their scope.
#[utoipa::path(put, path = "/protection-officers/{id}", tag = "protection", params(("id" = Uuid, Path)),
    responses((status = 200, body = NamedOfficers), Problems))]
async fn name_protection_officer(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<NamedOfficers>, Problem> {
    let mut work = caller.work().await?;
    let named = naming::name(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(named))
}

/// Take an officer's naming back.
#[utoipa::path(delete, path = "/protection-officers/{id}", tag = "protection", params(("id" = Uuid, Path)),
    responses((status = 200, body = NamedOfficers), Problems))]
async fn unname_protection_officer(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<NamedOfficers>, Problem> {
    let mut work = caller.work().await?;
    let named = naming::unname(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(named))
}

/// Protect a person: from now on they are found by named officers only. For named officers.
#[utoipa::path(post, path = "/residents/{id}/protections", tag = "protection", request_body = Raise,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = Protection), Problems))]
async fn raise_protection(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<Raise>,
) -> Result<(StatusCode, Json<Protection>), Problem> {
    let mut work = caller.work().await?;
    let raised = protection::raise(&mut work, id, request).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(raised)))
}

/// The protections that stand in one's scope, for a reason that is written down. For named officers.
#[utoipa::path(post, path = "/protections/searches", tag = "protection", request_body = Listing,
    params(Locality, PageRequest), responses((status = 200, body = Page<Protection>), Problems))]
async fn list_protections(
    caller: Caller,
    Query(page): Query<PageRequest>,
    Body(listing, _): Body<Listing>,
) -> Result<Json<Page<Protection>>, Problem> {
    let mut work = caller.work().await?;
    let found = protection::list(&mut work, &listing, &page).await?;
    work.commit().await?;
    Ok(Json(found))
}

/// Who asked for a protected person meanwhile and was answered as for somebody unknown. For named officers.
#[utoipa::path(get, path = "/protections/{id}/attempts", tag = "protection", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Attempt>), Problems))]
async fn list_attempts(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Attempt>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(protection::attempts(&mut work, id).await?))
}

/// Confirm a protection, or keep it after a look. For named officers.
#[utoipa::path(post, path = "/protections/{id}/review", tag = "protection", request_body = Review,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Protection), Problems))]
async fn review_protection(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(review, _): Body<Review>,
) -> Result<Json<Protection>, Problem> {
    let mut work = caller.work().await?;
    let reviewed = protection::review(&mut work, id, review).await?;
    work.commit().await?;
    Ok(Json(reviewed))
}

/// Ask that a protection be lifted; another named officer does it.
#[utoipa::path(post, path = "/protections/{id}/lift-request", tag = "protection",
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Protection), Problems))]
async fn ask_to_lift_protection(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Protection>, Problem> {
    let mut work = caller.work().await?;
    let asked = protection::ask_to_lift(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(asked))
}

/// Lift a protection that the person, or another named officer, asked to be lifted.
#[utoipa::path(post, path = "/protections/{id}/lift", tag = "protection", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Protection), Problems))]
async fn lift_protection(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Protection>, Problem> {
    let mut work = caller.work().await?;
    let lifted = protection::lift(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(lifted))
}

/// Whether I am protected, and who asked for me meanwhile.
#[utoipa::path(get, path = "/me/protection", tag = "me", params(Locality),
    responses((status = 200, body = OwnProtection), Problems))]
async fn get_own_protection(caller: Caller) -> Result<Json<OwnProtection>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(protection::own(&mut work).await?))
}

/// Protect me. It applies at once; an officer confirms it later.
#[utoipa::path(post, path = "/me/protection/request", tag = "me", params(Locality),
    responses((status = 200, body = OwnProtection), Problems))]
async fn request_protection(caller: Caller) -> Result<Json<OwnProtection>, Problem> {
    let mut work = caller.work().await?;
    let own = protection::request(&mut work).await?;
    work.commit().await?;
    Ok(Json(own))
}

/// Ask that my protection be lifted; it stands until an officer has made sure that it is my own wish.
#[utoipa::path(post, path = "/me/protection/lift-request", tag = "me", params(Locality),
    responses((status = 200, body = OwnProtection), Problems))]
async fn ask_to_lift_own_protection(caller: Caller) -> Result<Json<OwnProtection>, Problem> {
    let mut work = caller.work().await?;
    let own = protection::ask_to_lift_own(&mut work).await?;
    work.commit().await?;
    Ok(Json(own))
}
