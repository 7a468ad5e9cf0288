//! What landlords file, and what the committee makes of it.

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::reports::{self, Accept, FiledSheet, NewReport, OwnReport, Report, ReportState, Return, Review};
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Created, Csv, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(file_report, list_own_reports))
        .routes(routes!(get_own_report))
        .routes(routes!(file_sheet))
        .routes(routes!(list_reports))
        .routes(routes!(get_report))
        .routes(routes!(accept_report))
        .routes(routes!(return_report))
}

/// File that somebody moved in or out.
///
/// The same report filed again answers the first one with its receipt, unless that one was returned.
#[utoipa::path(post, path = "/me/reports", tag = "me", request_body = NewReport,
    params(IdempotencyKey, Locality), responses((status = 201, body = OwnReport), Problems))]
async fn file_report(caller: Caller, Body(new, key): Body<NewReport>) -> Result<Created<OwnReport>, Problem> {
    create!(caller, key, |work| reports::file(work, new).await, |work, id| reports::get_own(work, id).await)
}

/// File a whole sheet of reports, as a dormitory's manager keeps it: all its rows or none.
///
/// Comma- or tab-separated text, in UTF-8 or as Chinese spreadsheet programs write it (GB 18030). The first row names
/// the columns: `门牌码` (`door_code`), `类型` (`kind`: 入住 or 搬离), `姓名` (`name`), `证件类型` (`document_kind`), `证件号码`
/// (`document_number`), `电话` (`phone`), `日期` (`moved_on`), `租期至` (`lease_until`). Faults are named by row and column.
/// A sheet sent again files nothing twice. At most 500 rows.
#[utoipa::path(post, path = "/me/reports/sheets", tag = "me",
    request_body(content = String, content_type = "text/csv"), params(Locality),
    responses((status = 200, body = FiledSheet), Problems))]
async fn file_sheet(caller: Caller, Csv(bytes): Csv) -> Result<Json<FiledSheet>, Problem> {
    let mut work = caller.work().await?;
    let filed = reports::file_sheet(&mut work, &bytes).await?;
    work.commit().await?;
    Ok(Json(filed))
}

/// The reports the caller filed, newest first.
#[utoipa::path(get, path = "/me/reports", tag = "me", params(Locality, PageRequest),
    responses((status = 200, body = Page<OwnReport>), Problems))]
async fn list_own_reports(caller: Caller, Query(page): Query<PageRequest>) -> Result<Json<Page<OwnReport>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(reports::list_own(&mut work, &page).await?))
}

/// One report the caller filed.
#[utoipa::path(get, path = "/me/reports/{id}", tag = "me", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = OwnReport), Problems))]
async fn get_own_report(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<OwnReport>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(reports::get_own(&mut work, id).await?))
}

/// Which reports are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those in this state.
    state: Option<ReportState>,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// The reports of the caller's scope, in the order they were filed.
#[utoipa::path(get, path = "/reports", tag = "reports", params(Locality, Wanted),
    responses((status = 200, body = Page<Report>), Problems))]
async fn list_reports(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Page<Report>>, Problem> {
    let page = PageRequest { after: wanted.after, limit: wanted.limit };
    let mut work = caller.read().await?;
    Ok(Json(reports::list(&mut work, wanted.state, &page).await?))
}

/// One report with what the register holds beside it.
///
/// While it waits, the filed document is opened to look for the person; the journal says so.
#[utoipa::path(get, path = "/reports/{id}", tag = "reports", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Review), Problems))]
async fn get_report(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Review>, Problem> {
    let mut work = caller.work().await?;
    let review = reports::get(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(review))
}

/// Accept a report, for a person on file or a new one: the move is registered in the same step.
#[utoipa::path(post, path = "/reports/{id}/acceptance", tag = "reports", request_body = Accept,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Report), Problems))]
async fn accept_report(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<Accept>,
) -> Result<Json<Report>, Problem> {
    let mut work = caller.work().await?;
    let report = reports::accept(&mut work, id, request).await?;
    work.commit().await?;
    Ok(Json(report))
}

/// Return a report with what is to be put right.
#[utoipa::path(post, path = "/reports/{id}/return", tag = "reports", request_body = Return,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Report), Problems))]
async fn return_report(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request, _): Body<Return>,
) -> Result<Json<Report>, Problem> {
    let mut work = caller.work().await?;
    let report = reports::return_(&mut work, id, request).await?;
    work.commit().await?;
    Ok(Json(report))
}
