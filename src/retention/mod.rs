//! What is kept how long, and forgetting. A person's file is deleted when its period after their departure is over, or
//! earlier at their request; the day follows by pure rules from what the register knows, so it is visible in advance and
//! a return cancels it. Forgetting destroys the person's data key and everything readable beside it, in every room; an
//! anonymous row stays, so that the history of dwellings and the counts do not change, and the journal stays whole. What
//! becomes of each table is a list that a test keeps complete.
//!
//! What each kind is kept for, and on which ground, is the locality's list: [`policies`]. Peers that were told keep to
//! their own duty; they are not told to forget.

mod announce;
mod forget;
mod holds;
mod job;
mod landlords;
pub mod ledger;
pub mod policies;
mod rules;
mod store;

pub use announce::tell_coming;
use chrono::NaiveDate;
pub use forget::forget;
pub use holds::{
    Hold, NewHold, ask_erasure, ask_own_erasure, get_hold, hold, lift_hold, take_back_erasure, take_back_own_erasure,
};
pub use job::{Report, forget_again, run};
pub use landlords::{LandlordRetention, of_landlord, own_as_landlord};
use policies::Policy;
pub use rules::{Deletion, HoldReason};
use rules::{Facts, deletion};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::error::{Error, Result};
use crate::residents;
use crate::values::{DivisionCode, Page, PageRequest};
use crate::work::Work;

/// Files looked at in one query.
const BATCH: i64 = 200;

/// When a person's file is deleted, and what else is deleted when.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Retention {
    /// The person's file: name, birth, documents, telephone, marriages and births, inquiries, own log-in.
    pub file: Deletion,
    /// Officers' holds on it, the newest first.
    pub holds: Vec<Hold>,
    /// How long each kind of data is kept, and why.
    pub policies: Vec<Policy>,
}

/// A deletion to come.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Coming {
    /// Whose file.
    pub resident_id: Uuid,
    /// The committee that keeps it.
    pub committee: DivisionCode,
    /// When, by which rule, and what holds it.
    #[serde(flatten)]
    pub deletion: Deletion,
}

/// When the file of a person in the actor's scope is deleted.
pub async fn of_resident(work: &mut Work, resident: Uuid) -> Result<Retention> {
    work.permit(Action::ReadResidents)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    retention(work, resident).await
}

/// When the file of the person who asks is deleted.
pub async fn own(work: &mut Work) -> Result<Retention> {
    work.permit(Action::ReadOwnRecord)?;
    let resident = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    retention(work, resident).await
}

async fn retention(work: &mut Work, resident: Uuid) -> Result<Retention> {
    let (_, file) = deletion_of(work, resident).await?;
    let policies = work.node().retention.policies.clone();
    Ok(Retention { file, holds: store::holds_of(work, resident).await?, policies })
}

/// The deletions of the actor's scope up to a day, in the order of the files: ids and days, no names. Also those that
/// are held although their day has come.
pub async fn coming(work: &mut Work, until: NaiveDate, page: &PageRequest) -> Result<Page<Coming>> {
    work.permit(Action::ReadResidents)?;
    let wanted = usize::try_from(page.rows()).unwrap_or_default();
    let (mut found, mut after) = (Vec::new(), page.after.unwrap_or_default());
    while found.len() < wanted {
        let batch = store::facts_after(work, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        for facts in batch {
            let deletion = deletion(&facts, is_at_home(work, &facts), &work.node().retention);
            if deletion.delete_on.is_some_and(|day| day <= until) {
                found.push(Coming { resident_id: facts.id, committee: facts.committee, deletion });
            }
        }
    }
    found.truncate(wanted);
    Ok(page.page(found, |coming| coming.resident_id))
}

async fn deletion_of(work: &mut Work, resident: Uuid) -> Result<(Facts, Deletion)> {
    let facts = store::facts_of(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    let deletion = deletion(&facts, is_at_home(work, &facts), &work.node().retention);
    Ok((facts, deletion))
}

fn is_at_home(work: &Work, facts: &Facts) -> bool {
    work.node().territory.covers(&facts.origin)
}
