//! Looks drawn by chance, for somebody else to review: was there a reason, and was it enough?

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, ReviewRow};
use super::{parsed, subjects};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, Page, PageRequest, text_enum};
use crate::work::Work;

text_enum! {
    /// What is wrong with a look.
    pub enum Objection {
        /// There is no such case, or it is another person's.
        NoCase => "no-case",
        /// The purpose named is not what the case is about.
        OtherPurpose => "other-purpose",
        /// The case does not need these fields.
        TooManyFields => "too-many-fields",
        /// The officer has an interest of their own.
        OwnInterest => "own-interest",
    }
}

/// A reviewer's decision.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What is wrong; absent when nothing is.
    pub objection: Option<Objection>,
}

/// A look on the review list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    /// The look: its journal entry.
    pub id: Uuid,
    /// Who looked.
    pub officer: Uuid,
    /// The division they act for.
    pub office: DivisionCode,
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of look.
    pub kind: String,
    /// Whose data, by their files.
    pub subjects: Vec<Uuid>,
    /// What for.
    pub purpose: Option<String>,
    /// What allowed it.
    pub basis: Option<String>,
    /// The case it belonged to.
    pub case: Option<String>,
    /// The fields looked at.
    pub fields: Vec<String>,
    /// By when it is to be reviewed.
    pub due_on: NaiveDate,
    /// Whether that day has passed without a review.
    pub overdue: bool,
    /// Who reviewed it.
    pub reviewed_by: Option<Uuid>,
    /// When.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// What they found wrong.
    pub objection: Option<Objection>,
}

/// The looks drawn for review in the actor's scope, oldest first: those that wait, or those decided.
pub async fn reviews(work: &mut Work, decided: bool, page: &PageRequest) -> Result<Page<Review>> {
    work.permit(Action::ReviewLooks)?;
    let today = work.today();
    let rows = store::drawn(work, decided, page).await?;
    let found: Vec<Review> = rows.into_iter().map(|row| Review::of(row, today)).collect::<Result<_>>()?;
    Ok(page.page(found, |review| review.id))
}

/// Confirms a look drawn for review or objects to it.
///
/// # Errors
/// `NotFound("review")` outside the actor's scope; `Refused("own-look")`; `Refused("already-reviewed")`.
pub async fn review(work: &mut Work, entry: Uuid, decision: Decision) -> Result<Review> {
    work.permit(Action::ReviewLooks)?;
    let row = store::find_drawn(work, entry).await?.ok_or(Error::NotFound("review"))?;
    if row.look.actor_id == work.actor().id {
        return Err(Error::Refused("own-look"));
    }
    if !store::decide(work, entry, decision.objection).await? {
        return Err(Error::Refused("already-reviewed"));
    }
    let kind = if decision.objection.is_some() { "look.objected" } else { "look.confirmed" };
    // Without subjects: the look may be one its person must not know of yet.
    let details = json!({ "look": entry, "objection": decision.objection });
    journal::append(work, Event { kind, subjects: &[], details }).await?;
    let row = store::find_drawn(work, entry).await?.ok_or(Error::NotFound("review"))?;
    Review::of(row, work.today())
}

impl Review {
    fn of(row: ReviewRow, today: NaiveDate) -> Result<Self> {
        let ReviewRow { look, review_due_on, reviewed_by, reviewed_at, objection } = row;
        let entry = parsed(&look.entry)?;
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        let fields = entry["details"]["fields"].as_array().into_iter().flatten();
        Ok(Self {
            id: look.entry_id,
            officer: look.actor_id,
            office: look.office,
            at: look.at,
            kind: text("kind").unwrap_or_default(),
            subjects: subjects(&entry),
            purpose: text("purpose"),
            basis: text("basis"),
            case: text("case"),
            fields: fields.filter_map(|field| field.as_str().map(str::to_owned)).collect(),
            due_on: review_due_on,
            overdue: reviewed_at.is_none() && review_due_on < today,
            reviewed_by,
            reviewed_at,
            objection,
        })
    }
}
