//! Inquiries (协查): an officer asks a person's origin about one record, with purpose, basis and case, for named fields
//! or for yes or no. A pending inquiry blocks nothing: the person is served on their own statement meanwhile.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::messages::{Basis, Facts, Kind, Outcome, Person, Reply, Wanted};
use super::peers;
use super::protection_messages;
use super::store;
use super::store::inquiries::InquiryRow;
use crate::access::{Action, BasisCode, CaseRef, Field, PurposeCode};
use crate::clock::china_day;
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Event, Reason};
use crate::residents::{self, Resident};
use crate::values::{DivisionCode, NodeCode, Page, PageRequest, Sealed, text_enum};
use crate::vault::{self, Place};
use crate::work::Work;

/// Working days the origin has to answer (the default service level; see the README for its source).
const DAYS_TO_ANSWER: u16 = 15;
/// The basis of an inquiry that rests on the person's or a guardian's consent.
pub(super) const CONSENT: &str = "consent";

text_enum! {
    /// Which way an inquiry goes.
    pub enum Direction {
        /// We asked.
        Asked => "asked",
        /// A peer asked us.
        Received => "received",
    }
}

text_enum! {
    /// Where an inquiry stands.
    pub enum State {
        /// Waiting for its answer.
        Open => "open",
        /// Answered.
        Answered => "answered",
    }
}

/// An inquiry; what it asks and what was answered are sealed.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Inquiry {
    /// Id, the same on both sides.
    pub id: Uuid,
    /// Which way it goes.
    pub direction: Direction,
    /// The other locality.
    pub peer: NodeCode,
    /// The person here, where there is one.
    pub resident_id: Option<Uuid>,
    /// The committee that keeps the person's file; for nobody's, the county's office.
    pub committee: DivisionCode,
    /// What it is for.
    pub purpose: String,
    /// What allows it, in the asker's list.
    pub basis: String,
    /// The asker's case.
    pub case_ref: String,
    /// The day by which the answer is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: State,
    /// How it came out: `confirmed`, `differs`, `not-found`, `cannot-say`, `declined`.
    pub outcome: Option<String>,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
}

/// What is asked; sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    pub subject: Option<Person>,
    pub wanted: Wanted,
    pub stated: Option<Facts>,
}

/// What was answered; sealed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answered {
    /// How it came out.
    #[schema(value_type = Object)]
    pub outcome: Outcome,
    /// The fields that were wanted.
    #[schema(value_type = Object)]
    pub facts: Option<Facts>,
    /// The replies in the questions' order.
    #[schema(value_type = Vec<String>)]
    pub replies: Option<Vec<Reply>>,
    /// Whether what the answer rests on was under investigation when it was given.
    #[serde(default)]
    pub under_investigation: bool,
}

/// An inquiry to be asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInquiry {
    /// About whom: a resident with a document on record.
    pub resident_id: Uuid,
    /// Purpose, basis and case.
    pub reason: Reason,
    /// The fields wanted of one record, or the questions.
    #[schema(value_type = Object)]
    pub wanted: Wanted,
    /// What the person stated here, to be confirmed.
    #[schema(value_type = Object)]
    pub stated: Option<Facts>,
}

/// An inquiry with what is sealed in it, opened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpenedInquiry {
    /// The inquiry.
    #[serde(flatten)]
    pub inquiry: Inquiry,
    /// What is asked.
    #[schema(value_type = Object)]
    pub wanted: Wanted,
    /// What the person stated to the asker.
    #[schema(value_type = Object)]
    pub stated: Option<Facts>,
    /// The answer, once there is one.
    pub answer: Option<Answered>,
}

/// Asks the person's origin. The message leaves with the next sync.
///
/// # Errors
/// `Refused`: `no-peer-for-origin`, `document-needed` (nobody is searched for by name across localities),
/// `protected-person` (for named officers: the asking would tell where somebody is), `basis-does-not-cover` (neither a statute of the list nor the person's consent allows it).
pub async fn ask(work: &mut Work, new: NewInquiry) -> Result<Inquiry> {
    work.permit(Action::AskPeers)?;
    let fields = new.wanted.fields();
    work.node().purposes.check(&new.reason, work.actor().role, &fields)?;
    if !new.wanted.is_sound() {
        return Err(Error::invalid("wanted", "too-few-or-too-many"));
    }
    if !new.stated.as_ref().is_none_or(Facts::is_sound) {
        return Err(Error::invalid("stated", "finer-than-a-county"));
    }
    let resident = residents::find(work, new.resident_id).await?.ok_or(Error::NotFound("resident"))?;
    let peer = peers::serving(work, &resident.origin).await?.ok_or(Error::Refused("no-peer-for-origin"))?;
    if !residents::has_document(work, resident.id).await? {
        return Err(Error::Refused("document-needed"));
    }
    if protection_messages::hides_from(work, resident.id, &peer.code).await? {
        return Err(Error::Refused("protected-person"));
    }
    basis_on_wire(work, &resident, &new.reason.purpose, &new.reason.basis, &peer.code).await?;
    let inquiry = Inquiry {
        id: work.new_id(),
        direction: Direction::Asked,
        peer: peer.code,
        resident_id: Some(resident.id),
        committee: resident.committee,
        purpose: new.reason.purpose.to_string(),
        basis: new.reason.basis.to_string(),
        case_ref: new.reason.case.to_string(),
        due_on: work.node().calendar.due_on(work.today(), DAYS_TO_ANSWER).day,
        state: State::Open,
        outcome: None,
        asked_at: work.now(),
        answered_at: None,
    };
    let asked = Asked { subject: None, wanted: new.wanted, stated: new.stated };
    let question = seal(work, inquiry.id, "inquiries.question", &asked).await?;
    store::inquiries::insert(work, &inquiry, None, &question).await?;
    let details = json!({ "inquiry": inquiry.id, "peer": inquiry.peer, "due_on": inquiry.due_on });
    let event = Event { kind: "inquiry.asked", subjects: &[resident.id], details };
    journal::append_with_reason(work, event, &new.reason, &fields).await?;
    Ok(inquiry)
}

/// What allows an inquiry to leave, as the message says it.
pub(super) async fn basis_on_wire(
    work: &mut Work,
    resident: &Resident,
    purpose: &PurposeCode,
    basis: &BasisCode,
    peer: &NodeCode,
) -> Result<Basis> {
    let kind = Kind::RecordRequested.as_str();
    let covers = work.node().purposes.basis(basis).is_some_and(|b| b.covers.iter().any(|covered| covered == kind));
    if covers && !residents::is_under_fourteen(resident.birth_date, work.today()) {
        return Ok(Basis::Statute { reference: basis.as_str().parse().map_err(Error::internal)? });
    }
    let consent = residents::live_consent(work, resident.id, purpose, peer).await?;
    let consent = consent.filter(|_| basis.as_str() == CONSENT).ok_or(Error::Refused("basis-does-not-cover"))?;
    Ok(Basis::Consent { consent: consent.id, text_version: consent.text_version })
}

/// Seals the answer into its inquiry and writes that down.
pub(super) async fn put_answer(
    work: &mut Work,
    inquiry: &Inquiry,
    answered: &Answered,
    kind: &'static str,
) -> Result<()> {
    let sealed = seal(work, inquiry.id, "inquiries.answer", answered).await?;
    let outcome = outcome_code(&answered.outcome);
    if !store::inquiries::answer(work, inquiry.id, outcome, &sealed).await? {
        return Err(Error::Refused("inquiry-answered"));
    }
    let subjects: Vec<Uuid> = inquiry.resident_id.into_iter().collect();
    let details = json!({ "inquiry": inquiry.id, "peer": inquiry.peer, "outcome": outcome });
    journal::append(work, Event { kind, subjects: &subjects, details }).await?;
    Ok(())
}

/// Inquiries in the actor's scope, in the order they were asked.
pub async fn list(work: &mut Work, direction: Direction, state: State, page: &PageRequest) -> Result<Page<Inquiry>> {
    work.permit(Action::AskPeers)?;
    let rows = store::inquiries::list(work, direction, state, page).await?;
    Ok(page.page(rows, |inquiry| inquiry.id))
}

/// The inquiries that wait in the actor's scope, by the day they are due.
pub async fn waiting(work: &mut Work, direction: Direction, page: &PageRequest) -> Result<Page<Inquiry>> {
    work.permit(Action::AskPeers)?;
    let rows = store::inquiries::waiting(work, direction, page).await?;
    Ok(page.page(rows, |inquiry| inquiry.id))
}

/// How far the inquiries with one peer, in one direction, were answered in time.
#[derive(Debug, PartialEq, Eq)]
pub struct Punctuality {
    /// The peer.
    pub peer: NodeCode,
    /// Whether it answers us or we answer it.
    pub direction: Direction,
    /// Answered by the day they were due.
    pub in_time: u32,
    /// Answered later.
    pub late: u32,
    /// Not answered, and not due yet.
    pub open: u32,
    /// Not answered, and overdue.
    pub overdue: u32,
}

/// How far the inquiries of the actor's scope asked since an instant were answered in time, per peer and direction:
/// work that is to be done, which they could list.
pub async fn punctuality(work: &mut Work, since: DateTime<Utc>) -> Result<Vec<Punctuality>> {
    work.permit(Action::AskPeers)?;
    let today = work.today();
    let mut counted: Vec<Punctuality> = Vec::new();
    for (peer, direction, due_on, answered_at) in store::inquiries::terms(work, since).await? {
        let known = counted.iter().position(|row| row.peer == peer && row.direction == direction);
        let at = known.unwrap_or(counted.len());
        if known.is_none() {
            counted.push(Punctuality { peer, direction, in_time: 0, late: 0, open: 0, overdue: 0 });
        }
        let Some(row) = counted.get_mut(at) else { continue };
        *match answered_at.map(china_day) {
            Some(day) if day <= due_on => &mut row.in_time,
            Some(_) => &mut row.late,
            None if today <= due_on => &mut row.open,
            None => &mut row.overdue,
        } += 1;
    }
    Ok(counted)
}

/// One inquiry in the actor's scope, unopened.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Inquiry> {
    work.permit(Action::AskPeers)?;
    find(work, id).await.map(|row| row.inquiry)
}

/// Opens what an inquiry asks and what was answered.
///
/// # Errors
/// `Refused("erased")` when its time is over, or the consent it came on was withdrawn; otherwise as [`journal::disclose`].
pub async fn disclose(work: &mut Work, id: Uuid, reason: &Reason) -> Result<OpenedInquiry> {
    work.permit(Action::AskPeers)?;
    let row = find(work, id).await?;
    if row.question.0.is_empty() {
        return Err(Error::Refused("erased"));
    }
    let subjects: Vec<Uuid> = row.inquiry.resident_id.into_iter().collect();
    let disclosure =
        journal::disclose(work, reason, &subjects, &[id], &[Field::InquiryQuestion, Field::InquiryAnswer]).await?;
    let asked: Asked = open(work, &disclosure, id, "inquiries.question", &row.question).await?;
    let answer = match &row.answer {
        Some(sealed) => Some(open(work, &disclosure, id, "inquiries.answer", sealed).await?),
        None => None,
    };
    Ok(OpenedInquiry { inquiry: row.inquiry, wanted: asked.wanted, stated: asked.stated, answer })
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<InquiryRow> {
    store::inquiries::find(work, id).await?.ok_or(Error::NotFound("inquiry"))
}

pub(super) fn reason_of(inquiry: &Inquiry) -> Result<Reason> {
    Ok(Reason {
        purpose: inquiry.purpose.parse().map_err(Error::internal)?,
        basis: inquiry.basis.parse().map_err(Error::internal)?,
        case: inquiry.case_ref.parse().map_err(Error::internal)?,
    })
}

/// Why an answer opens and sends data here: on the consent it was asked on, or else our own list's statute; the asker's
/// case where it can be one.
pub(super) fn answering_reason(work: &Work, inquiry: &Inquiry) -> Result<Reason> {
    let statute = work.node().purposes.statutory_basis(Kind::RecordAnswered.as_str());
    let basis = match inquiry.basis.as_str() {
        CONSENT => CONSENT.parse().map_err(Error::internal)?,
        _ => statute.map(|basis| basis.code.clone()).ok_or(Error::Refused("basis-does-not-cover"))?,
    };
    let purpose = "record-exchange".parse().map_err(Error::internal)?;
    let fallback = || CaseRef::try_from(inquiry.peer.to_string()).map_err(Error::internal);
    Ok(Reason { purpose, basis, case: inquiry.case_ref.parse().or_else(|_| fallback())? })
}

/// The stable word for an outcome.
pub fn outcome_code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Confirmed {} => "confirmed",
        Outcome::Differs {} => "differs",
        Outcome::NotFound {} => "not-found",
        Outcome::CannotSay {} => "cannot-say",
        Outcome::Declined { .. } => "declined",
    }
}

pub(super) async fn seal(
    work: &mut Work,
    inquiry: Uuid,
    column: &'static str,
    value: &impl Serialize,
) -> Result<Sealed> {
    let text = serde_json::to_string(value).map_err(Error::internal)?;
    vault::seal(work, inquiry, Place { column, row: inquiry }, &text).await
}

pub(super) async fn open<T: for<'de> Deserialize<'de>>(
    work: &mut Work,
    disclosure: &Disclosure,
    inquiry: Uuid,
    column: &'static str,
    sealed: &Sealed,
) -> Result<T> {
    let text = vault::open(work, disclosure, inquiry, Place { column, row: inquiry }, sealed).await?;
    serde_json::from_str(&text).map_err(|_| Error::internal("a sealed inquiry is damaged"))
}
