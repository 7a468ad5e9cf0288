//! A committee's own roll as a file, and where a file came from.

use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::exports::{self, Export, Trace};
use crate::journal::Reason;
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Door, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list_exports)).routes(routes!(export_roll)).routes(routes!(trace_export))
}

/// Take out the roll of the caller's own committee, for the walk from door to door.
///
/// Comma-separated text in UTF-8: doors, names, days of moving in; no document number, telephone or civil record. Every
/// row is written down, is seen by the person, and carries a mark by which it is traced.
#[utoipa::path(post, path = "/exports/roll", tag = "exports", request_body = Reason, params(Locality),
    responses((status = 200, body = String, content_type = "text/csv"), Problems))]
async fn export_roll(caller: Caller, Body(reason, _): Body<Reason>) -> Result<Response, Problem> {
    let mut work = caller.work().await?;
    let (export, file) = exports::export_roll(&mut work, &reason).await?;
    work.commit().await?;
    let day = export.exported_at.format("%Y%m%d");
    let named = format!("attachment; filename=\"roll-{}-{day}.csv\"", export.committee);
    let kind = "text/csv; charset=utf-8".to_owned();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, named)], file).into_response())
}

/// The files taken out of the caller's scope, newest first.
#[utoipa::path(get, path = "/exports", tag = "exports", params(Locality, PageRequest),
    responses((status = 200, body = Page<Export>), Problems))]
async fn list_exports(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<Export>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(exports::list(&mut work, &page).await?))
}

/// The file in which a row with this mark stood.
#[utoipa::path(post, path = "/exports/traces", tag = "exports", request_body = Trace, params(Locality),
    responses((status = 200, body = Export), Problems))]
async fn trace_export(caller: Caller, Body(mark, _): Body<Trace>) -> Result<Json<Export>, Problem> {
    let mut work = caller.work().await?;
    let export = exports::trace(&mut work, &mark).await?;
    work.commit().await?;
    Ok(Json(export))
}
