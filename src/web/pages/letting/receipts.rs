//! What a landlord filed, and what became of it.

use axum::Router;
use axum::routing;
use uuid::Uuid;

use super::super::shell::{Answer, Landlords, Shell};
use crate::reports::{self, OwnReport, ReportState};
use crate::values::{Page, PageRequest};
use crate::web::{Door, Path, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/let/reports", routing::get(list)).route("/let/reports/{id}", routing::get(show))
}

/// Whether it is the landlord's turn: it was returned. What is filed anew is another report.
pub(super) fn waits_for_landlord(report: &OwnReport) -> bool {
    report.state == ReportState::Returned
}

#[derive(askama::Template)]
#[template(path = "let_reports.html")]
struct ReportsPage<'a> {
    s: &'a Shell,
    reports: Page<OwnReport>,
}

async fn list(page: Landlords, Query(wanted): Query<PageRequest>) -> Answer {
    let mut work = page.read().await?;
    let reports = reports::list_own(&mut work, &wanted).await?;
    page.show(&ReportsPage { s: &page.shell, reports })
}

#[derive(askama::Template)]
#[template(path = "let_report.html")]
struct ReportPage<'a> {
    s: &'a Shell,
    report: OwnReport,
}

async fn show(page: Landlords, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.read().await?;
    let report = reports::get_own(&mut work, id).await?;
    page.show(&ReportPage { s: &page.shell, report })
}
