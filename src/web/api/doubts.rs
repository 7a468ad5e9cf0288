//! What is in doubt, and what became of it.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::doubts::{self, Doubt, NewDoubt, Resolution};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_own_doubts, raise_own_doubt))
        .routes(routes!(raise_doubt))
        .routes(routes!(list_doubts))
        .routes(routes!(get_doubt))
        .routes(routes!(resolve_doubt))
}

/// What I doubt of my data, and what others doubt of records I share; newest first.
#[utoipa::path(get, path = "/me/doubts", tag = "me", params(Locality),
    responses((status = 200, body = [Doubt]), Problems))]
async fn list_own_doubts(caller: Caller) -> Result<Json<Vec<Doubt>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(doubts::list_own(&mut work).await?))
}

/// Say that something on record about me is wrong.
#[utoipa::path(post, path = "/me/doubts", tag = "me", request_body = NewDoubt, params(IdempotencyKey, Locality),
    responses((status = 201, body = Doubt), Problems))]
async fn raise_own_doubt(caller: Caller, Body(new, key): Body<NewDoubt>) -> Result<Created<Doubt>, Problem> {
    create!(caller, key, |work| doubts::raise_own(work, new).await, |work, id| doubts::get_own(work, id).await)
}

/// Say, at the word of a person, that something on record about them is wrong.
#[utoipa::path(post, path = "/residents/{id}/doubts", tag = "residents", request_body = NewDoubt,
    params(IdempotencyKey, Locality, ("id" = Uuid, Path, description = "The resident")),
    responses((status = 201, body = Doubt), Problems))]
async fn raise_doubt(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new, key): Body<NewDoubt>,
) -> Result<Created<Doubt>, Problem> {
    let raised: Result<_, Problem> =
        create!(caller, key, |work| doubts::raise(work, id, new).await, |work, id| doubts::get(work, id).await);
    raised.map(|mut raised| {
        raised.location = format!("/api/v1/doubts/{}", raised.resource.id);
        raised
    })
}

/// What is in doubt and not decided yet, the first due first.
#[utoipa::path(get, path = "/doubts", tag = "doubts", params(Locality),
    responses((status = 200, body = [Doubt]), Problems))]
async fn list_doubts(caller: Caller) -> Result<Json<Vec<Doubt>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(doubts::list_open(&mut work).await?))
}

/// One doubt.
#[utoipa::path(get, path = "/doubts/{id}", tag = "doubts",
    params(Locality, ("id" = Uuid, Path, description = "The doubt")),
    responses((status = 200, body = Doubt), Problems))]
async fn get_doubt(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Doubt>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(doubts::get(&mut work, id).await?))
}

/// Decide a doubt: what was wrong is corrected, or nothing is, for a reason.
#[utoipa::path(post, path = "/doubts/{id}/resolution", tag = "doubts", request_body = Resolution,
    params(Locality, ("id" = Uuid, Path, description = "The doubt")),
    responses((status = 200, body = Doubt), Problems))]
async fn resolve_doubt(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(resolution, _): Body<Resolution>,
) -> Result<Json<Doubt>, Problem> {
    let mut work = caller.work().await?;
    let resolved = doubts::resolve(&mut work, id, resolution).await?;
    work.commit().await?;
    Ok(Json(resolved))
}
