//! Machines' tokens: issue, revoke.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::IdempotencyKey;
use crate::access::Secret;
use crate::access::tokens::{self, Token};
use crate::values::Label;
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(issue_token)).routes(routes!(revoke_token))
}

/// What a token is wanted for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// Whose it is: it acts as this user.
    user_id: Uuid,
    /// What it is for.
    name: Label,
    /// Days it is good for, 1–366.
    days: u16,
}

/// A token and, this once, its secret.
#[derive(Serialize, utoipa::ToSchema)]
struct TokenIssued {
    id: Uuid,
    token: Token,
    /// Send it as `Authorization: Bearer`. Absent when a repeated request is answered: it is not kept in the clear.
    secret: Option<String>,
}

impl From<(Token, Secret)> for TokenIssued {
    fn from((token, secret): (Token, Secret)) -> Self {
        Self { id: token.id, token, secret: Some(secret.reveal().to_owned()) }
    }
}

impl From<Token> for TokenIssued {
    fn from(token: Token) -> Self {
        Self { id: token.id, token, secret: None }
    }
}

/// Issue a token that acts as a user.
#[utoipa::path(post, path = "/tokens", tag = "access", request_body = NewToken, params(IdempotencyKey),
    responses((status = 201, body = TokenIssued), Problems))]
async fn issue_token(caller: Caller, Body(new, key): Body<NewToken>) -> Result<Created<TokenIssued>, Problem> {
    let NewToken { user_id, name, days } = new;
    create!(caller, key, |work| tokens::issue(work, user_id, name, days).await.map(TokenIssued::from), |work, id| {
        tokens::get(work, id).await.map(TokenIssued::from)
    },)
}

/// Revoke a token at once.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 204), Problems))]
async fn revoke_token(caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let mut work = caller.work().await?;
    tokens::revoke(&mut work, id).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
