//! The committee's side: look at a report beside what the register holds, accept it, or return it.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{DOCUMENT, PHONE, Report, ReportKind, ReportState, store};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::residents::documents::Document;
use crate::residents::{self, NewResident, Resident};
use crate::tenancies::{self, MoveIn, MoveOut, SaidBy, Tenancy};
use crate::values::{DivisionCode, Malformed, Page, PageRequest, Phone, Sex, ShortText};
use crate::vault::{self, Place};
use crate::work::Work;

/// A report with what the register holds beside it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    /// The report.
    pub report: Report,
    /// The document's number as it may be shown; only while the report waits.
    pub document_masked: Option<String>,
    /// The person on file with exactly that document, in the actor's scope; only while the report waits.
    pub candidate: Option<Resident>,
    /// Who lived in the dwelling on the day of the report, as is known now.
    pub tenancies: Vec<Tenancy>,
}

/// A person not on file yet. Name, document and telephone come from the report, the committee from the dwelling.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Origin locality (户籍地).
    pub origin: DivisionCode,
}

/// The report is right: for a person on file, or for a new one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The version that was seen.
    pub version: i32,
    /// The person on file it is about.
    pub resident_id: Option<Uuid>,
    /// The person to put on file; only for a move-in.
    pub new_resident: Option<NewPerson>,
    /// Whether the dwelling is the person's main one; it is unless said otherwise.
    #[serde(default = "yes")]
    pub main: bool,
    /// Whether the person left their main dwelling in this county on that day; only for a move-in.
    #[serde(default)]
    pub ends_previous: bool,
}

fn yes() -> bool {
    true
}

/// The report cannot be accepted as it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// The version that was seen.
    pub version: i32,
    /// What is to be put right; shown to the landlord.
    pub reason: ShortText,
}

/// The reports in the actor's scope, in one state where given, in the order they were filed.
pub async fn list(work: &mut Work, state: Option<ReportState>, page: &PageRequest) -> Result<Page<Report>> {
    work.permit(Action::ReadReports)?;
    let rows = store::list(work, state, page).await?;
    Ok(page.page(rows, |report| report.id))
}

/// One report in the actor's scope with what the register holds beside it. While it waits, its document is opened to
/// look for the person, and the journal says so.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Review> {
    work.permit(Action::ReadReports)?;
    let report = find(work, id).await?;
    let tenancies = tenancies::of_dwelling_on(work, report.dwelling_id, report.moved_on, None).await?;
    let document = open_document(work, &report).await?;
    let candidate = match &document {
        Some(document) => residents::find_by_document(work, document, &reason(&report)?).await?,
        None => None,
    };
    Ok(Review { report, document_masked: document.map(|document| document.masked()), candidate, tenancies })
}

async fn find(work: &mut Work, id: Uuid) -> Result<Report> {
    store::find(work, id).await?.ok_or(Error::NotFound("report"))
}

/// Accepts a report: the move is registered on the landlord's word, in the same step. For somebody who is registered
/// there already nothing is registered anew, and the landlord's word stands beside it.
///
/// # Errors
/// `Refused("already-decided")`, `Stale`; `Invalid` when it is not exactly one person, or a new one moves out;
/// `Refused("not-living-there")` for a move-out of somebody who did not live there on that day; and whatever
/// registering the person or the move answers.
pub async fn accept(work: &mut Work, id: Uuid, request: Accept) -> Result<Report> {
    work.permit(Action::ReviewReports)?;
    let report = claim(work, id, request.version).await?;
    let tenancy = match report.kind {
        ReportKind::MoveIn => accept_move_in(work, &report, request).await?,
        ReportKind::MoveOut => accept_move_out(work, &report, request).await?,
    };
    let (resident_id, tenancy_id) = (Some(tenancy.resident_id), Some(tenancy.id));
    let decided = Report { state: ReportState::Accepted, resident_id, tenancy_id, ..report };
    decide(work, decided).await
}

/// Returns a report with a reason; the landlord may file it again, put right.
///
/// # Errors
/// `Refused("already-decided")`; `Stale`.
pub async fn return_(work: &mut Work, id: Uuid, request: Return) -> Result<Report> {
    work.permit(Action::ReviewReports)?;
    let report = claim(work, id, request.version).await?;
    decide(work, Report { state: ReportState::Returned, reason: Some(request.reason), ..report }).await
}

/// Takes a waiting report, so that nobody else decides it in this moment; its new version.
async fn claim(work: &mut Work, id: Uuid, version: i32) -> Result<Report> {
    let report = find(work, id).await?;
    if report.state != ReportState::Filed {
        return Err(Error::Refused("already-decided"));
    }
    if report.version != version || !store::claim(work, id, version).await? {
        return Err(Error::Stale);
    }
    Ok(Report { version: version + 1, ..report })
}

async fn accept_move_in(work: &mut Work, report: &Report, request: Accept) -> Result<Tenancy> {
    let resident_id = match (request.resident_id, request.new_resident) {
        (Some(id), None) => id,
        (None, Some(person)) => register(work, report, person).await?.id,
        _ => return Err(Error::invalid("resident_id", "exactly-one-person")),
    };
    let (dwelling_id, on) = (report.dwelling_id, report.moved_on);
    let (main, ends_previous, said_by) = (request.main, request.ends_previous, SaidBy::Landlord);
    let living = tenancies::of_dwelling_on(work, dwelling_id, work.today(), None).await?;
    // Whoever is registered there already is not registered twice: the landlord's word stands beside it.
    if let Some(known) = living.iter().find(|known| known.resident_id == resident_id && known.is_open()) {
        return tenancies::state_by_report(work, known.id, on, report.id).await;
    }
    let report = Some(report.id);
    let moved_in = MoveIn { resident_id, dwelling_id, on, main, ends_previous, said_by, report };
    tenancies::move_in(work, moved_in).await
}

async fn accept_move_out(work: &mut Work, report: &Report, request: Accept) -> Result<Tenancy> {
    if request.new_resident.is_some() {
        return Err(Error::invalid("new_resident", "not-for-a-move-out"));
    }
    let resident = request.resident_id.ok_or_else(|| Error::invalid("resident_id", "missing-field"))?;
    let living = tenancies::of_dwelling_on(work, report.dwelling_id, report.moved_on, None).await?;
    let tenancy = living.iter().find(|tenancy| tenancy.resident_id == resident && tenancy.is_open());
    let (id, version) =
        tenancy.map(|tenancy| (tenancy.id, tenancy.version)).ok_or(Error::Refused("not-living-there"))?;
    let moved_out = MoveOut { on: report.moved_on, said_by: SaidBy::Landlord, version, report: Some(report.id) };
    tenancies::move_out(work, id, moved_out).await
}

async fn register(work: &mut Work, report: &Report, person: NewPerson) -> Result<Resident> {
    let committee = report.committee.clone();
    let document = open_document(work, report).await?;
    let phone = open_phone(work, report).await?;
    let NewPerson { sex, birth_date, origin } = person;
    let name = report.occupant_name.clone();
    residents::register(work, NewResident { committee, name, sex, birth_date, origin, document, phone }).await
}

/// Keeps the decision and forgets what was sealed for it.
async fn decide(work: &mut Work, report: Report) -> Result<Report> {
    let by = Some(work.actor().id).filter(|id| !id.is_nil());
    let decided = Report { decided_at: Some(work.now()), decided_by: by, document_number: None, phone: None, ..report };
    store::decide(work, &decided).await?;
    vault::shred(work, decided.id).await?;
    let kind = if decided.state == ReportState::Accepted { "report.accepted" } else { "report.returned" };
    let details = json!({ "report": decided.id, "receipt": decided.receipt, "tenancy": decided.tenancy_id });
    let subjects: Vec<Uuid> = decided.resident_id.into_iter().collect();
    journal::append(work, Event { kind, subjects: &subjects, details }).await?;
    Ok(decided)
}

async fn open_document(work: &mut Work, report: &Report) -> Result<Option<Document>> {
    let (Some(kind), Some(sealed)) = (report.document_kind, &report.document_number) else { return Ok(None) };
    let disclosure = journal::disclose(work, &reason(report)?, &[], &[report.id], &[Field::Document]).await?;
    let place = Place { column: DOCUMENT, row: report.id };
    let number = vault::open(work, &disclosure, report.id, place, sealed).await?;
    Document::parse(kind, &number).map(Some).map_err(|Malformed(code)| Error::internal(code))
}

async fn open_phone(work: &mut Work, report: &Report) -> Result<Option<Phone>> {
    let Some(sealed) = &report.phone else { return Ok(None) };
    let disclosure = journal::disclose(work, &reason(report)?, &[], &[report.id], &[Field::Phone]).await?;
    let place = Place { column: PHONE, row: report.id };
    let phone = vault::open(work, &disclosure, report.id, place, sealed).await?;
    phone.parse().map(Some).map_err(|Malformed(code)| Error::internal(code))
}

fn reason(report: &Report) -> Result<Reason> {
    let malformed = |Malformed(code)| Error::internal(code);
    Ok(Reason {
        purpose: "tenancy-registration".parse().map_err(malformed)?,
        basis: "housing-rental-regulations".parse().map_err(malformed)?,
        case: report.receipt.as_str().parse().map_err(malformed)?,
    })
}

/// Reports that wait in one committee, by how long.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// The committee.
    pub committee: DivisionCode,
    /// Filed within the last three days.
    pub fresh: i64,
    /// Filed four to seven days ago.
    pub older: i64,
    /// Filed more than seven days ago.
    pub old: i64,
}

/// How long reports wait in each committee of the actor's scope: work that is to be done, which they could list.
pub async fn waiting_by_age(work: &mut Work) -> Result<Vec<Waiting>> {
    work.permit(Action::ReadReports)?;
    let (fresh, older) = (work.now() - TimeDelta::days(3), work.now() - TimeDelta::days(7));
    store::waiting_by_age(work, fresh, older).await
}
