//! Looks: entries that tell of somebody's data being read, sent or found. Every look of an officer is counted against
//! their budget, listed by officer and day, and may be drawn for review, all in the transaction that makes it.

mod own;
mod reviews;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
pub use own::{Look, Sealing, conceal, looks_at};
pub use reviews::{Decision, Objection, Review, review, reviews};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Event, Reason};
use crate::access::budgets;
use crate::error::{Error, Result};
use crate::values::DivisionCode;
use crate::work::Work;

/// The kinds of entries that are looks of whoever acts.
pub const KINDS: [&str; 5] =
    ["data.disclosed", "residents.searched", "resident.taken_over", "landlords.searched", "inquiry.asked"];

/// A look of an officer with its entry.
#[derive(Debug)]
pub struct OfficersLook {
    /// The journal entry's id.
    pub entry_id: Uuid,
    /// The officer's account.
    pub officer: Uuid,
    /// The division they act for.
    pub office: DivisionCode,
    /// When.
    pub at: DateTime<Utc>,
    /// The whole entry.
    pub entry: Value,
}

/// Counts, lists and perhaps draws an entry just written, if it is an officer's look.
///
/// # Errors
/// `Refused("budget-spent")` past the hard limit.
pub(super) async fn note(work: &mut Work, kind: &str, entry: Uuid) -> Result<()> {
    if !KINDS.contains(&kind) || !work.actor().role.is_officer() {
        return Ok(());
    }
    let spent = budgets::count_look(work).await?;
    if spent.used > spent.soft && budgets::warn(work).await? {
        let details = json!({ "day": work.today(), "used": spent.used, "soft": spent.soft, "hard": spent.hard });
        super::write(work, &Event { kind: "budget.soft_limit_passed", subjects: &[], details }, None).await?;
    }
    let due = draw(work)?;
    store::insert(work, entry, due).await
}

/// By when a look is to be reviewed, if the lot falls on it.
fn draw(work: &Work) -> Result<Option<NaiveDate>> {
    let node = work.node();
    let rule = &node.measures.review;
    let drawn = node.chance.per_mille()? < rule.per_mille;
    Ok(drawn.then(|| node.calendar.due_on(work.today(), rule.working_days).day))
}

/// The looks of one officer on a day (China) in the work's county, in their order. Asks no permit: the operations do.
pub async fn of_officer(work: &mut Work, officer: Uuid, day: NaiveDate) -> Result<Vec<OfficersLook>> {
    store::of_officer(work, officer, day).await?.into_iter().map(OfficersLook::try_from).collect()
}

/// The looks of all officers on the days `[from, until)` in the work's county after an entry, at most `limit`, by entry.
/// Asks no permit: the operations do.
pub async fn in_period(
    work: &mut Work,
    from: NaiveDate,
    until: NaiveDate,
    after: Uuid,
    limit: i64,
) -> Result<Vec<OfficersLook>> {
    store::in_period(work, from, until, after, limit).await?.into_iter().map(OfficersLook::try_from).collect()
}

/// The persons an entry concerns.
pub fn subjects(entry: &Value) -> Vec<Uuid> {
    let listed = entry["subjects"].as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// Confidential looks whose day has come and that no peer was told of yet, oldest first; for the exchange.
pub async fn opened(work: &mut Work, limit: i64) -> Result<Vec<(Uuid, Value)>> {
    let rows = store::opened(work, limit).await?;
    rows.into_iter().map(|(id, text)| Ok((id, parsed(&text)?))).collect()
}

/// Notes that peers were told of a confidential look that has opened, as far as they are owed the note.
pub async fn note_projected(work: &mut Work, entry: Uuid) -> Result<()> {
    store::set_projected(work, entry).await
}

fn parsed(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(Error::internal)
}

impl TryFrom<store::LookRow> for OfficersLook {
    type Error = Error;

    fn try_from(row: store::LookRow) -> Result<Self> {
        let entry = parsed(&row.entry)?;
        Ok(Self { entry_id: row.entry_id, officer: row.actor_id, office: row.office, at: row.at, entry })
    }
}

/// A confidential look: kept from the person until a day, on an approval.
#[derive(Debug, Clone, Copy)]
pub struct Seal {
    /// The first day on which the person sees it.
    pub until: NaiveDate,
    /// The approval.
    pub access: Uuid,
}

/// Writes down a look that the person does not see before a day.
pub(super) async fn seal(work: &mut Work, entry: Uuid, seal: Seal) -> Result<()> {
    store::insert_sealed(work, entry, seal.until).await
}

/// The reason an entry names, where it names one of the list.
pub fn reason_of(entry: &Value) -> Option<Reason> {
    Some(Reason {
        purpose: entry["purpose"].as_str()?.parse().ok()?,
        basis: entry["basis"].as_str()?.parse().ok()?,
        case: entry["case"].as_str()?.parse().ok()?,
    })
}
