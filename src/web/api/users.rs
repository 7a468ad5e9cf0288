//! People's accounts: invite, look at, invite again, disable.

use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::IdempotencyKey;
use crate::access::tokens::{self, Token};
use crate::access::users::{self, Invitation, NewUser, User};
use crate::access::{second_factors, sessions};
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_users, invite_user))
        .routes(routes!(get_user))
        .routes(routes!(invite_user_again))
        .routes(routes!(disable_user))
        .routes(routes!(reset_second_factor))
        .routes(routes!(sign_user_out))
        .routes(routes!(list_tokens))
}

/// An account and, this once, its activation code.
#[derive(Serialize, utoipa::ToSchema)]
struct Invited {
    id: Uuid,
    user: User,
    /// To be given to the person; good for seven days and for one use. Absent when a repeated request is answered:
    /// the code is not kept in the clear, invite again to get a new one.
    activation_code: Option<String>,
}

impl From<Invitation> for Invited {
    fn from(Invitation { user, code }: Invitation) -> Self {
        Self { id: user.id, user, activation_code: Some(code.reveal().to_owned()) }
    }
}

impl From<User> for Invited {
    fn from(user: User) -> Self {
        Self { id: user.id, user, activation_code: None }
    }
}

/// Invite somebody: creates the account and an activation code.
#[utoipa::path(post, path = "/users", tag = "access", request_body = NewUser, params(IdempotencyKey),
    responses((status = 201, body = Invited), Problems))]
async fn invite_user(caller: Caller, Body(new, key): Body<NewUser>) -> Result<Created<Invited>, Problem> {
    create!(caller, key, |work| users::invite(work, new).await.map(Invited::from), |work, id| users::get(work, id)
        .await
        .map(Invited::from),)
}

/// All accounts, in the order they were invited in.
#[utoipa::path(get, path = "/users", tag = "access", params(PageRequest),
    responses((status = 200, body = Page<User>), Problems))]
async fn list_users(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<User>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(users::list(&mut work, &page).await?))
}

/// One account.
#[utoipa::path(get, path = "/users/{id}", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 200, body = User), Problems))]
async fn get_user(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<User>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(users::get(&mut work, id).await?))
}

/// Give a new activation code, which also unlocks the account.
#[utoipa::path(post, path = "/users/{id}/invitation", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 200, body = Invited), Problems))]
async fn invite_user_again(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Invited>, Problem> {
    let mut work = caller.work().await?;
    let invitation = users::invite_again(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(invitation.into()))
}

/// Disable an account and end its sessions and tokens.
#[utoipa::path(post, path = "/users/{id}/disable", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 200, body = User), Problems))]
async fn disable_user(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<User>, Problem> {
    let mut work = caller.work().await?;
    let user = users::disable(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(user))
}

/// Take away somebody's second factor, after making sure who they are: they set up a new one at the next log-in.
#[utoipa::path(delete, path = "/users/{id}/second-factor", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 204), Problems))]
async fn reset_second_factor(caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let mut work = caller.work().await?;
    second_factors::reset(&mut work, id).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's machine tokens, newest first, with when each was last used.
#[utoipa::path(get, path = "/users/{id}/tokens", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Token>), Problems))]
async fn list_tokens(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Token>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(tokens::list(&mut work, id).await?))
}

/// End all sessions of somebody.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 204), Problems))]
async fn sign_user_out(caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let mut work = caller.work().await?;
    sessions::sign_out(&mut work, Some(id)).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
