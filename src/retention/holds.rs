//! What an officer and the person can say about a deletion: hold it for a case, until a day; ask for it early.

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::Deletion;
use super::{deletion_of, store};
use crate::access::{Action, CaseRef, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::residents;
use crate::work::Work;

/// Longest one hold can last, in months; a case that lasts longer has it renewed by somebody who looked again.
const LONGEST_HOLD: u32 = 24;

/// A hold to place.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The case for which the file is still needed, as the office numbers it.
    pub case: CaseRef,
    /// Its last day, two years from now at most.
    pub until: NaiveDate,
}

/// An officer's hold: the file is not deleted before its last day is over.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Hold {
    /// Id.
    pub id: Uuid,
    /// Whose file it holds.
    pub resident_id: Uuid,
    /// The case it is for.
    #[sqlx(rename = "case_ref")]
    pub case: CaseRef,
    /// Its last day.
    pub until: NaiveDate,
    /// The user who placed it.
    pub placed_by: Uuid,
    /// When.
    pub placed_at: DateTime<Utc>,
    /// When it was lifted early.
    pub lifted_at: Option<DateTime<Utc>>,
}

/// Holds a person's file for a case.
///
/// # Errors
/// `Invalid("until")` with `in-the-past` or `too-late` (more than two years ahead).
pub async fn hold(work: &mut Work, resident: Uuid, new: NewHold) -> Result<Hold> {
    work.permit(Action::HoldErasure)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    let today = work.today();
    if new.until < today {
        return Err(Error::invalid("until", "in-the-past"));
    }
    if today.checked_add_months(Months::new(LONGEST_HOLD)).is_some_and(|latest| latest < new.until) {
        return Err(Error::invalid("until", "too-late"));
    }
    let hold = Hold {
        id: work.new_id(),
        resident_id: resident,
        case: new.case,
        until: new.until,
        placed_by: work.actor().id,
        placed_at: work.now(),
        lifted_at: None,
    };
    store::insert_hold(work, &hold).await?;
    let details = json!({ "hold": hold.id, "case": hold.case, "until": hold.until });
    journal::append(work, Event { kind: "erasure.held", subjects: &[resident], details }).await?;
    Ok(hold)
}

/// One hold on a file in the actor's scope.
pub async fn get_hold(work: &mut Work, id: Uuid) -> Result<Hold> {
    work.permit(Action::HoldErasure)?;
    let hold = store::find_hold(work, id).await?.ok_or(Error::NotFound("hold"))?;
    residents::find(work, hold.resident_id).await?.ok_or(Error::NotFound("hold"))?;
    Ok(hold)
}

/// Lifts a hold before its last day.
///
/// # Errors
/// `Refused("hold-lifted")` when it was already.
pub async fn lift_hold(work: &mut Work, id: Uuid) -> Result<Hold> {
    let hold = get_hold(work, id).await?;
    if !store::lift_hold(work, id).await? {
        return Err(Error::Refused("hold-lifted"));
    }
    let event = Event { kind: "erasure.hold_lifted", subjects: &[hold.resident_id], details: json!({ "hold": id }) };
    journal::append(work, event).await?;
    get_hold(work, id).await
}

/// Notes that the person wants their file deleted: by a clerk on their statement, or by themselves. It is done on the
/// day answered, and can be taken back until then (Personal Information Protection Law art. 47).
///
/// # Errors
/// `Refused("erasure-while-residing")` while the person lives here, or elsewhere with their register here: the duty to
/// register lasts; `Refused("erasure-held")` while a dispute, a doubt, an inquiry or an officer's hold is
/// open.
pub async fn ask_erasure(work: &mut Work, resident: Uuid) -> Result<Deletion> {
    permit_about(work, resident).await?;
    let (facts, known) = deletion_of(work, resident).await?;
    if facts.resides {
        return Err(Error::Refused("erasure-while-residing"));
    }
    if !known.held_by.is_empty() {
        return Err(Error::Refused("erasure-held"));
    }
    let today = work.today();
    store::put_request(work, resident, today).await?;
    let (_, deletion) = deletion_of(work, resident).await?;
    let details = json!({ "resident": resident, "delete_on": deletion.delete_on });
    journal::append(work, Event { kind: "erasure.asked", subjects: &[resident], details }).await?;
    Ok(deletion)
}

/// Takes the person's request back.
///
/// # Errors
/// `Refused("erasure-not-asked")` when there is none.
pub async fn take_back_erasure(work: &mut Work, resident: Uuid) -> Result<Deletion> {
    permit_about(work, resident).await?;
    if !store::delete_request(work, resident).await? {
        return Err(Error::Refused("erasure-not-asked"));
    }
    let details = json!({ "resident": resident });
    journal::append(work, Event { kind: "erasure.taken_back", subjects: &[resident], details }).await?;
    deletion_of(work, resident).await.map(|(_, deletion)| deletion)
}

/// The same for the person who acts.
pub async fn ask_own_erasure(work: &mut Work) -> Result<Deletion> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    ask_erasure(work, own).await
}

/// The same for the person who acts.
pub async fn take_back_own_erasure(work: &mut Work) -> Result<Deletion> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    take_back_erasure(work, own).await
}

/// Refuses unless it is oneself, or a person in the clerk's scope.
async fn permit_about(work: &mut Work, resident: Uuid) -> Result<()> {
    work.permit(Action::AskErasure)?;
    let known = match work.actor().role {
        Role::Resident => work.actor().subject == Some(resident),
        _ => residents::find(work, resident).await?.is_some(),
    };
    if known { Ok(()) } else { Err(Error::NotFound("resident")) }
}
