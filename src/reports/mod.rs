//! What landlords file: somebody moved in, somebody moved out. A report changes nothing by itself. A clerk looks at it
//! beside what the register holds and accepts it, for a person on file or a new one, or returns it with a reason.
//! The occupant's document number and telephone are sealed under the report, and forgotten once it is decided: an
//! accepted report has handed them to the person's file, and a returned one is filed anew.
//!
//! A landlord sees of a report what they filed and how it stands, and nothing else of the person.

pub(crate) mod forget;
mod review;
mod rules;
mod sheet;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
pub use review::{Accept, NewPerson, Return, Review, Waiting, accept, get, list, return_, waiting_by_age};
use ring::rand::{SecureRandom, SystemRandom};
pub use rules::Receipt;
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use sheet::{Column, Dropped, FiledSheet, file_sheet};
use uuid::Uuid;

use crate::access::Action;
use crate::dwellings::{self, Dwelling};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::landlords;
use crate::residents::documents::{Document, DocumentKind};
use crate::values::{DivisionCode, Label, Page, PageRequest, PersonName, Phone, Sealed, ShortText, text_enum};
use crate::vault::{self, Place};
use crate::work::Work;

/// Where the occupant's document number lies.
const DOCUMENT: &str = "reports.document_number";
/// Where the occupant's telephone lies.
const PHONE: &str = "reports.phone";
/// Times a fresh receipt is tried; six million fit in a day of one locality.
const RECEIPT_TRIES: usize = 5;
/// Reports of one dwelling shown to its landlord at once.
const LAST_OF_DWELLING: i64 = 50;

text_enum! {
    /// What a report says.
    pub enum ReportKind {
        /// 入住
        MoveIn => "move-in",
        /// 搬离
        MoveOut => "move-out",
    }
}

text_enum! {
    /// What became of a report.
    pub enum ReportState {
        /// 待办: nobody has decided yet.
        Filed => "filed",
        /// 采纳
        Accepted => "accepted",
        /// 退回, with a reason; it may be filed again.
        Returned => "returned",
    }
}

/// The person a report is about, as the landlord knows them.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Occupant {
    /// Name.
    pub name: PersonName,
    /// Document, where the landlord has seen one.
    pub document: Option<Document>,
    /// Telephone.
    pub phone: Option<Phone>,
}

/// A report to file.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// The dwelling, one the landlord answers for on that day.
    pub dwelling_id: Uuid,
    /// What happened.
    pub kind: ReportKind,
    /// To whom.
    pub occupant: Occupant,
    /// First day there, or first day no longer there; not in the future.
    pub moved_on: NaiveDate,
    /// The day the lease ends, where there is one.
    pub lease_until: Option<NaiveDate>,
}

/// A report as the landlord who filed it sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct OwnReport {
    /// Id.
    pub id: Uuid,
    /// Receipt (回执), to be read out over the telephone.
    pub receipt: Receipt,
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// What people call its building.
    pub building_name: Label,
    /// The text on its door.
    pub dwelling_label: String,
    /// What happened.
    pub kind: ReportKind,
    /// The name that was filed.
    pub occupant_name: PersonName,
    /// First day there, or first day no longer there.
    pub moved_on: NaiveDate,
    /// The day the lease ends.
    pub lease_until: Option<NaiveDate>,
    /// What became of it.
    pub state: ReportState,
    /// Why it was returned.
    pub reason: Option<ShortText>,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A report as the committee sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Report {
    /// Id.
    pub id: Uuid,
    /// To be named when deciding.
    pub version: i32,
    /// Receipt.
    pub receipt: Receipt,
    /// Who filed it.
    pub landlord_id: Uuid,
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// The committee it belonged to when the report was filed.
    pub committee: DivisionCode,
    /// What happened.
    pub kind: ReportKind,
    /// The occupant's name as filed.
    pub occupant_name: PersonName,
    /// The occupant's document as filed; its number is sealed.
    pub document_kind: Option<DocumentKind>,
    /// First day there, or first day no longer there.
    pub moved_on: NaiveDate,
    /// The day the lease ends.
    pub lease_until: Option<NaiveDate>,
    /// What became of it.
    pub state: ReportState,
    /// Why it was returned.
    pub reason: Option<ShortText>,
    /// The person it was accepted for.
    pub resident_id: Option<Uuid>,
    /// The tenancy it began or ended.
    pub tenancy_id: Option<Uuid>,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// The user who decided.
    pub decided_by: Option<Uuid>,
    /// The sealed number, until decided.
    #[serde(skip)]
    document_number: Option<Sealed>,
    /// The sealed telephone, until decided.
    #[serde(skip)]
    phone: Option<Sealed>,
}

/// Files a report. The same report filed again is the first one: same landlord, dwelling, kind, person and day; unless
/// that one was returned, for then this is its correction.
///
/// # Errors
/// `NotFound("dwelling")` for a dwelling the landlord does not answer for on that day;
/// `Invalid("moved_on", "in-the-future")`; `Invalid("lease_until", "before-move-in")`; `Refused("dwelling-closed")`.
pub async fn file(work: &mut Work, new: NewReport) -> Result<OwnReport> {
    work.permit(Action::FileReports)?;
    let landlord = acting_landlord(work, "dwelling")?;
    rules::check_days(new.moved_on, new.lease_until, work.today())?;
    let dwelling = find_answered_for(work, landlord, &new).await?;
    let fingerprint = work.node().vault.blind_index("report", &rules::canonical(landlord, &new));
    if let Some(first) = store::find_same(work, &fingerprint).await? {
        return get_own(work, first).await;
    }
    let id = work.new_id();
    let (document_kind, document_number, phone) = seal_occupant(work, id, &new.occupant).await?;
    let report = Report {
        id,
        version: 1,
        receipt: random_receipt(work)?,
        landlord_id: landlord,
        dwelling_id: dwelling.id,
        committee: dwelling.committee,
        kind: new.kind,
        occupant_name: new.occupant.name,
        document_kind,
        moved_on: new.moved_on,
        lease_until: new.lease_until,
        state: ReportState::Filed,
        reason: None,
        resident_id: None,
        tenancy_id: None,
        filed_at: work.now(),
        decided_at: None,
        decided_by: None,
        document_number,
        phone,
    };
    let kept = insert(work, report, &fingerprint).await?;
    get_own(work, kept).await
}

async fn find_answered_for(work: &mut Work, landlord: Uuid, new: &NewReport) -> Result<Dwelling> {
    if !landlords::responsible_on(work, landlord, new.dwelling_id, new.moved_on).await? {
        return Err(Error::NotFound("dwelling"));
    }
    let dwelling = dwellings::find(work, new.dwelling_id).await?.ok_or(Error::NotFound("dwelling"))?;
    if new.kind == ReportKind::MoveIn && dwelling.closed_on.is_some() {
        return Err(Error::Refused("dwelling-closed"));
    }
    Ok(dwelling)
}

/// Keeps the report, or finds that the same was filed at this very moment.
async fn insert(work: &mut Work, mut report: Report, fingerprint: &[u8]) -> Result<Uuid> {
    for _ in 0..RECEIPT_TRIES {
        if store::insert(work, &report, fingerprint).await? {
            let details = json!({
                "report": report.id,
                "receipt": report.receipt,
                "landlord": report.landlord_id,
                "dwelling": report.dwelling_id,
                "committee": report.committee,
                "report_kind": report.kind,
                "moved_on": report.moved_on,
            });
            journal::append(work, Event { kind: "report.filed", subjects: &[], details }).await?;
            return Ok(report.id);
        }
        if let Some(first) = store::find_same(work, fingerprint).await? {
            vault::shred(work, report.id).await?;
            return Ok(first);
        }
        report.receipt = random_receipt(work)?;
    }
    Err(Error::internal("no free receipt was found"))
}

async fn seal_occupant(
    work: &mut Work,
    id: Uuid,
    occupant: &Occupant,
) -> Result<(Option<DocumentKind>, Option<Sealed>, Option<Sealed>)> {
    let number = match &occupant.document {
        Some(document) => {
            Some(vault::seal(work, id, Place { column: DOCUMENT, row: id }, document.number().as_str()).await?)
        }
        None => None,
    };
    let phone = match &occupant.phone {
        Some(phone) => Some(vault::seal(work, id, Place { column: PHONE, row: id }, phone.as_str()).await?),
        None => None,
    };
    Ok((occupant.document.as_ref().map(Document::kind), number, phone))
}

fn random_receipt(work: &Work) -> Result<Receipt> {
    let mut random = [0; 8];
    SystemRandom::new().fill(&mut random).map_err(|_| Error::internal("no randomness"))?;
    Ok(Receipt::from_random(work.today(), random))
}

/// The reports the acting landlord filed, newest first.
pub async fn list_own(work: &mut Work, page: &PageRequest) -> Result<Page<OwnReport>> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = acting_landlord(work, "report")?;
    let rows = store::list_own(work, landlord, page).await?;
    Ok(page.page(rows, |report| report.id))
}

/// The last reports that the acting landlord filed for a dwelling, newest first.
pub async fn list_own_of_dwelling(work: &mut Work, dwelling: Uuid) -> Result<Vec<OwnReport>> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = acting_landlord(work, "report")?;
    store::list_own_of_dwelling(work, landlord, dwelling, LAST_OF_DWELLING).await
}

/// A report that was accepted for a person, as that person sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct ReportAbout {
    /// Id.
    pub id: Uuid,
    /// Receipt.
    pub receipt: Receipt,
    /// What was reported.
    pub kind: ReportKind,
    /// The name that was filed.
    pub occupant_name: PersonName,
    /// First day there, or first day no longer there, as filed.
    pub moved_on: NaiveDate,
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// Who filed it.
    pub landlord_name: Option<Label>,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// When it was accepted.
    pub decided_at: Option<DateTime<Utc>>,
}

/// The reports accepted for a person, oldest first; for other operations, which have asked their own permit.
pub async fn accepted_for(work: &mut Work, resident: Uuid) -> Result<Vec<ReportAbout>> {
    store::accepted_for(work, resident).await
}

/// One report the acting landlord filed.
pub async fn get_own(work: &mut Work, id: Uuid) -> Result<OwnReport> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = acting_landlord(work, "report")?;
    store::find_own(work, landlord, id).await?.ok_or(Error::NotFound("report"))
}

fn acting_landlord(work: &Work, what: &'static str) -> Result<Uuid> {
    work.actor().subject.ok_or(Error::NotFound(what))
}
