//! Protection (危险住址保护) of victims of violence: where somebody lives, and that they are on file at all, is hidden
//! from everybody but officers named one by one ([`access::protection`](crate::access::protection)) and the person.
//!
//! **Hidden** means that each query about persons carries the condition `visible!`, so that somebody protected and
//! somebody unknown get one answer: nothing is found, `NotFound`, no row, no count. A protection is raised by a named
//! officer, or by the person from their own account: that applies at once and is confirmed later. It never lapses; a day
//! of review is set. It is lifted by a named officer who is not the one who asked for that: the person asks, or a second
//! officer does.
//!
//! **At the counter.** A clerk who registers somebody protected is not refused, for a refusal would tell. The clerk gets
//! a *second file*, as for somebody unknown, which is protected from its first moment: that clerk and named officers see
//! it, nobody else does. The same document finds that file for that clerk again. So a clerk who only tries a number
//! learns what they typed, and somebody who really moved is served, and their new address is hidden first. Officers see
//! in their list whose second file it is. (Two clerks who compare what each of them sees can tell that something is
//! hidden, not where; an address shown to a whole office would be the worse leak.) Taking a file over finds nobody.
//! What asked for a hidden person is noted as an [`Attempt`], for the person and the officers.
//!
//! **In the journal** a protection is known by its own id alone, and what the person does about it is written by the
//! node: entry and account do not lead to the person. The entries about a person are withheld from its readers while
//! the protection stands, their hashes are not.

mod files;
mod lifting;
mod rules;
mod store;
mod told;

use chrono::{DateTime, NaiveDate, Utc};
pub use files::is_sought;
pub(super) use files::{attach_awaited, find_visible, is_hidden, note_attempt, open_second};
pub use lifting::{ask_to_lift, ask_to_lift_own, lift};
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use told::{Received, Tell, lifted_by_peer, raised_by_peer, standing_in_county, tell, tell_of};
use uuid::Uuid;

use crate::access::{Action, Actor, CaseRef, Field, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::values::{DivisionCode, NodeCode, Page, PageRequest, PersonName, text_enum};
use crate::work::Work;

text_enum! {
    /// What a person is protected from.
    pub enum Ground {
        /// 家庭暴力
        DomesticViolence => "domestic-violence",
        /// 跟踪骚扰
        Stalking => "stalking",
        /// 拐卖
        Trafficking => "trafficking",
        /// 人身安全保护令
        ProtectionOrder => "protection-order",
        /// 证人保护
        Witness => "witness",
        /// The person asks and has not said why; nobody has to.
        OwnRequest => "own-request",
        /// The person's second file, opened by a clerk who could not know of the first.
        SecondFile => "second-file",
    }
}

text_enum! {
    /// How somebody asked for a person who is hidden from them.
    pub enum AttemptKind {
        /// A search by the exact document.
        Search => "search",
        /// A file was to be opened.
        Register => "register",
        /// A file was to be taken over.
        TakeOver => "take-over",
        /// Another locality asked.
        Inquiry => "inquiry",
    }
}

/// A protection to raise.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// What from.
    pub ground: Ground,
    /// The case, as the office numbers it.
    pub case: CaseRef,
    /// The day on which an officer looks at it again, within a year; nothing ends on it.
    pub review_on: NaiveDate,
}

/// An officer looked at a protection and keeps it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The day of the next look, within a year.
    pub review_on: NaiveDate,
}

/// A protection, as named officers see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Protection {
    /// Id, the same at every node that knows of it.
    pub id: Uuid,
    /// Who is protected.
    pub resident_id: Uuid,
    /// Their name.
    pub name: PersonName,
    /// The committee that keeps the file.
    pub committee: DivisionCode,
    /// What from; absent where a peer raised it, who keeps that to itself.
    pub ground: Option<Ground>,
    /// The case.
    pub case_ref: Option<String>,
    /// The peer that raised it; only that one lifts it.
    pub source_peer: Option<NodeCode>,
    /// Since when it stands.
    pub raised_at: DateTime<Utc>,
    /// The account that raised it: an officer's, or the person's own.
    pub raised_by: Option<Uuid>,
    /// When an officer last looked at it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The day of the next look.
    pub review_on: NaiveDate,
    /// The person's first file, where this one was opened beside it.
    pub second_of: Option<Uuid>,
    /// When somebody asked to lift it.
    pub lift_asked_at: Option<DateTime<Utc>>,
    /// Which account asked.
    pub lift_asked_by: Option<Uuid>,
    /// When it was lifted.
    pub lifted_at: Option<DateTime<Utc>>,
}

/// That somebody asked for the person and was answered as for somebody unknown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Attempt {
    /// Id.
    pub id: Uuid,
    /// How.
    pub kind: AttemptKind,
    /// What the one who asked is.
    pub role: Role,
    /// The division they act in.
    pub office: DivisionCode,
    /// The locality, where another one asked.
    pub peer: Option<NodeCode>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the person sees of their own protection.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwnProtection {
    /// Whether one stands.
    pub stands: bool,
    /// Since when.
    pub raised_at: Option<DateTime<Utc>>,
    /// The day on which an officer looks at it again; nothing ends on it.
    pub review_on: Option<NaiveDate>,
    /// When lifting it was asked for.
    pub lift_asked_at: Option<DateTime<Utc>>,
    /// The last hundred who asked for the person meanwhile, the newest first.
    pub attempts: Vec<Attempt>,
}

/// Which protections an officer looks at, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Purpose, basis and case.
    pub reason: Reason,
    /// Only those that wait for an officer: to be confirmed, reviewed or lifted.
    #[serde(default)]
    pub waiting: bool,
}

/// Refuses whoever is not named, whatever their role.
fn permit(work: &Work) -> Result<()> {
    work.permit(Action::ProtectResidents)?;
    if work.actor().protects { Ok(()) } else { Err(Error::Forbidden(Action::ProtectResidents.as_str())) }
}

/// Raises a protection for a person in the officer's scope. It applies at once.
///
/// # Errors
/// `Invalid("review_on")` with `not-after-today` or `more-than-a-year`; `Refused("protection-stands")`.
pub async fn raise(work: &mut Work, resident: Uuid, request: Raise) -> Result<Protection> {
    permit(work)?;
    let resident = super::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    rules::check_review(request.review_on, work.today())?;
    let new = store::New {
        id: work.new_id(),
        resident_id: Some(resident.id),
        ground: Some(request.ground),
        case_ref: Some(request.case.to_string()),
        confirmed: true,
        ..store::New::on(request.review_on)
    };
    if !store::standing(work, resident.id).await?.is_empty() {
        return Err(Error::Refused("protection-stands"));
    }
    store::insert(work, &new).await?;
    note(work, "protection.raised", new.id).await?;
    get(work, new.id).await
}

/// Raises a protection for the person who asks: hidden first, confirmed by an officer later. Asked again, it is the one
/// that stands.
pub async fn request(work: &mut Work) -> Result<OwnProtection> {
    work.permit(Action::ReadOwnRecord)?;
    let resident = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let locality = work.locality().clone();
    super::store::find_anywhere(work, &locality, resident).await?.ok_or(Error::NotFound("resident"))?;
    if store::standing(work, resident).await?.is_empty() {
        let new = store::New {
            id: work.new_id(),
            resident_id: Some(resident),
            ground: Some(Ground::OwnRequest),
            ..store::New::on(rules::first_review(work.today()))
        };
        store::insert(work, &new).await?;
        note(work, "protection.raised", new.id).await?;
    }
    own(work).await
}

/// What stands of the acting person's protection, and who asked for them.
pub async fn own(work: &mut Work) -> Result<OwnProtection> {
    work.permit(Action::ReadOwnRecord)?;
    let resident = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let standing = store::standing(work, resident).await?;
    let first = standing.first();
    Ok(OwnProtection {
        stands: first.is_some(),
        raised_at: first.map(|standing| standing.raised_at),
        review_on: first.map(|standing| standing.review_on),
        lift_asked_at: standing.iter().find_map(|standing| standing.lift_asked_at),
        attempts: store::attempts(work, resident).await?,
    })
}

/// One protection of a person in the officer's scope.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Protection> {
    permit(work)?;
    store::find(work, id).await?.ok_or(Error::NotFound("protection"))
}

/// The protections that stand in the officer's scope, in the order they were raised. Each person on the page sees that
/// they were looked at.
pub async fn list(work: &mut Work, listing: &Listing, page: &PageRequest) -> Result<Page<Protection>> {
    permit(work)?;
    let rows = store::list(work, listing.waiting, page).await?;
    let page = page.page(rows, |protection| protection.id);
    let subjects: Vec<Uuid> = page.items.iter().map(|protection| protection.resident_id).collect();
    let details = json!({ "waiting": listing.waiting, "hits": subjects.len() });
    let event = Event { kind: "protections.listed", subjects: &subjects, details };
    journal::append_with_reason(work, event, &listing.reason, &[Field::ProtectedPersons]).await?;
    Ok(page)
}

/// Who asked for a protected person in the officer's scope meanwhile, the newest first.
pub async fn attempts(work: &mut Work, id: Uuid) -> Result<Vec<Attempt>> {
    let protection = get(work, id).await?;
    store::attempts(work, protection.resident_id).await
}

/// Confirms a protection, or keeps it after a look, until the next one.
///
/// # Errors
/// As [`raise`]; `Refused("protection-lifted")`.
pub async fn review(work: &mut Work, id: Uuid, review: Review) -> Result<Protection> {
    let protection = get(work, id).await?;
    rules::check_review(review.review_on, work.today())?;
    rules::check_stands(&protection)?;
    store::review(work, id, review.review_on).await?;
    note(work, "protection.reviewed", id).await?;
    get(work, id).await
}

/// Whether a person of the work's county is protected, whoever asks: for the exchange and for statistics.
pub async fn is_protected(work: &mut Work, resident: Uuid) -> Result<bool> {
    Ok(!store::standing(work, resident).await?.is_empty())
}

/// Writes down what became of a protection, by its id alone; peers hear of it at once. What the person does is written by the node, because an
/// account leads to its person.
async fn note(work: &mut Work, kind: &'static str, protection: Uuid) -> Result<()> {
    work.note_urgent();
    let event = || Event { kind, subjects: &[], details: json!({ "protection": protection }) };
    if work.actor().role != Role::Resident {
        return journal::append(work, event()).await.map(drop);
    }
    let node = Actor::system(work.locality().clone());
    let person = work.act_as(node);
    let noted = journal::append(work, event()).await;
    work.act_as(person);
    noted.map(drop)
}
