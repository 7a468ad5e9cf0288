//! What peers told of people whose origin is here: since when they live in the peer's territory, and the office to
//! ask. Never the flat. The peer's notice has its own id, so that hearing it twice changes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{permit_about, rules, store};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, Label, NodeCode, Phone};
use crate::work::Work;

/// A peer's notice that somebody lives in its territory.
#[derive(Debug, Clone, Deserialize)]
pub struct NoticeIn {
    /// The notice's id, given by the peer.
    pub id: Uuid,
    /// Whom it was found to be about.
    pub resident_id: Uuid,
    /// The peer's code.
    pub peer: NodeCode,
    /// The locality the person lives in.
    pub division: DivisionCode,
    /// The office to ask.
    pub contact_office: Label,
    /// That office's telephone.
    pub contact_phone: Option<Phone>,
    /// First day there.
    pub since: NaiveDate,
    /// Whether the peer is to hear of later changes of the person's records.
    pub asks_for_changes: bool,
}

/// A residence in another locality, as its peer told.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct ResidenceElsewhere {
    /// The notice's id.
    pub id: Uuid,
    /// Whom it is about.
    pub resident_id: Uuid,
    /// The peer that told.
    pub peer: NodeCode,
    /// The locality the person lives in.
    pub division: DivisionCode,
    /// The office to ask.
    pub contact_office: Label,
    /// That office's telephone.
    pub contact_phone: Option<Phone>,
    /// First day there.
    pub since: NaiveDate,
    /// First day no longer there.
    pub until: Option<NaiveDate>,
    /// Whether the peer took it back.
    pub undone: bool,
    /// Whether the peer is to hear of later changes.
    pub asks_for_changes: bool,
    /// When it was last told.
    pub updated_at: DateTime<Utc>,
    /// When the peer told that the consent on which it told this was withdrawn: what it told is erased but for the province,
    /// and both days are the day of that.
    pub consent_withdrawn_at: Option<DateTime<Utc>>,
}

/// Takes a peer's notice in; the same notice again changes nothing.
pub async fn note_residence_elsewhere(work: &mut Work, notice: NoticeIn) -> Result<ResidenceElsewhere> {
    work.permit(Action::Exchange)?;
    let new = ResidenceElsewhere {
        id: notice.id,
        resident_id: notice.resident_id,
        peer: notice.peer,
        division: notice.division,
        contact_office: notice.contact_office,
        contact_phone: notice.contact_phone,
        since: notice.since,
        until: None,
        undone: false,
        asks_for_changes: notice.asks_for_changes,
        updated_at: work.now(),
        consent_withdrawn_at: None,
    };
    if store::insert_elsewhere(work, &new).await? {
        note(work, "residence_elsewhere.noted", &new).await?;
    }
    get(work, notice.id).await
}

/// The person no longer lives there from a day on; hearing it twice changes nothing.
///
/// # Errors
/// `NotFound` for a notice never taken in; `Invalid("until", "before-move-in")`; `Refused("residence-undone")`.
pub async fn end_residence_elsewhere(work: &mut Work, id: Uuid, until: NaiveDate) -> Result<ResidenceElsewhere> {
    work.permit(Action::Exchange)?;
    let known = get(work, id).await?;
    if known.undone {
        return Err(Error::Refused("residence-undone"));
    }
    if known.until == Some(until) || known.consent_withdrawn_at.is_some() {
        return Ok(known);
    }
    rules::check_end("until", known.since, until)?;
    let ended = ResidenceElsewhere { until: Some(until), updated_at: work.now(), ..known };
    store::update_elsewhere(work, &ended).await?;
    note(work, "residence_elsewhere.ended", &ended).await?;
    Ok(ended)
}

/// The peer takes its notice back: the person never lived there. Hearing it twice changes nothing.
///
/// # Errors
/// `NotFound` for a notice never taken in.
pub async fn undo_residence_elsewhere(work: &mut Work, id: Uuid) -> Result<ResidenceElsewhere> {
    work.permit(Action::Exchange)?;
    let known = get(work, id).await?;
    if known.undone {
        return Ok(known);
    }
    let undone = ResidenceElsewhere { undone: true, updated_at: work.now(), ..known };
    store::update_elsewhere(work, &undone).await?;
    note(work, "residence_elsewhere.undone", &undone).await?;
    Ok(undone)
}

/// The end that the peer told was not so: the person lives there still. Hearing it twice changes nothing.
///
/// # Errors
/// `NotFound` for a notice never taken in; `Refused("residence-undone")`.
pub async fn reopen_residence_elsewhere(work: &mut Work, id: Uuid) -> Result<ResidenceElsewhere> {
    work.permit(Action::Exchange)?;
    let known = get(work, id).await?;
    if known.undone {
        return Err(Error::Refused("residence-undone"));
    }
    if known.until.is_none() || known.consent_withdrawn_at.is_some() {
        return Ok(known);
    }
    let reopened = ResidenceElsewhere { until: None, updated_at: work.now(), ..known };
    store::update_elsewhere(work, &reopened).await?;
    note(work, "residence_elsewhere.reopened", &reopened).await?;
    Ok(reopened)
}

/// The consent on which the peer told was withdrawn: what it told is erased, and nothing more is sent there on the strength
/// of its notice. That there was one stays. Answers whether that is news.
pub async fn note_consent_withdrawn(work: &mut Work, id: Uuid) -> Result<bool> {
    work.permit(Action::Exchange)?;
    let known = get(work, id).await?;
    if known.consent_withdrawn_at.is_some() {
        return Ok(false);
    }
    store::erase_elsewhere(work, id).await?;
    let erased = get(work, id).await?;
    note(work, "residence_elsewhere.consent_withdrawn", &erased).await?;
    Ok(true)
}

/// A notice taken in before, where there is one in the work's county.
pub async fn find_residence_elsewhere(work: &mut Work, id: Uuid) -> Result<Option<ResidenceElsewhere>> {
    work.permit(Action::Exchange)?;
    store::find_elsewhere(work, id).await
}

/// Where a person lives and lived elsewhere, as peers told and did not take back, oldest first.
pub async fn residences_elsewhere(work: &mut Work, resident: Uuid) -> Result<Vec<ResidenceElsewhere>> {
    permit_about(work, resident).await?;
    store::list_elsewhere(work, resident).await
}

/// The notices that peers told of a person and did not take back.
pub async fn notices_of(work: &mut Work, resident: Uuid) -> Result<Vec<ResidenceElsewhere>> {
    work.permit(Action::Exchange)?;
    store::list_elsewhere(work, resident).await
}

/// The peers in whose territory a person lives now and that asked to hear of changes.
pub async fn live_peers_of(work: &mut Work, resident: Uuid) -> Result<Vec<NodeCode>> {
    work.permit(Action::Exchange)?;
    let today = work.today();
    let current = |told: &ResidenceElsewhere| told.asks_for_changes && told.until.is_none_or(|until| today < until);
    let told = store::list_elsewhere(work, resident).await?;
    let mut peers: Vec<_> = told.into_iter().filter(current).map(|told| told.peer).collect();
    peers.sort();
    peers.dedup();
    Ok(peers)
}

async fn get(work: &mut Work, id: Uuid) -> Result<ResidenceElsewhere> {
    store::find_elsewhere(work, id).await?.ok_or(Error::NotFound("residence-elsewhere"))
}

async fn note(work: &mut Work, kind: &'static str, told: &ResidenceElsewhere) -> Result<()> {
    let details = json!({
        "notice": told.id,
        "peer": told.peer,
        "division": told.division,
        "since": told.since,
        "until": told.until,
        "asks_for_changes": told.asks_for_changes,
    });
    journal::append(work, Event { kind, subjects: &[told.resident_id], details }).await?;
    Ok(())
}
