//! What people are told: in their own account, or by the office at the next visit.

use axum::Json;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::notices::{self, Notice, OwnNotices, Untold};
use crate::values::{Page, PageRequest};
use crate::web::{Caller, Door, Path, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_own_notices))
        .routes(routes!(mark_notice_read))
        .routes(routes!(list_untold))
        .routes(routes!(mark_told))
}

/// What I was told, newest first, and how much of it I have not read.
#[utoipa::path(get, path = "/me/notices", tag = "me", params(Locality, PageRequest),
    responses((status = 200, body = OwnNotices), Problems))]
async fn list_own_notices(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<OwnNotices>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(notices::own(&mut work, &page).await?))
}

/// Note that I read one.
#[utoipa::path(post, path = "/me/notices/{id}/read", tag = "me", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Notice), Problems))]
async fn mark_notice_read(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Notice>, Problem> {
    let mut work = caller.work().await?;
    let notice = notices::mark_read(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(notice))
}

/// Notices that reached nobody, because the person has no account and got no text message: to be told at the next visit.
#[utoipa::path(get, path = "/notices/untold", tag = "notices", params(Locality, PageRequest),
    responses((status = 200, body = Page<Untold>), Problems))]
async fn list_untold(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Untold>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(notices::untold(&mut work, &page).await?))
}

/// Note that the person was told.
#[utoipa::path(post, path = "/notices/{id}/told", tag = "notices", params(Locality, ("id" = Uuid, Path)),
    responses((status = 204), Problems))]
async fn mark_told(caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let mut work = caller.work().await?;
    notices::mark_told(&mut work, id).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
