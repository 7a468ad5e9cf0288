//! Who looks after those who look: confidential accesses with two officers and an end, habits that raise a question,
//! and the looks of one officer on a day. The auditor sees ids, codes and counts; never a person's name.
//!
//! What counts as a look, the review of single looks and what the person sees of them live in
//! [`journal::looks`](crate::journal::looks); the budgets in [`access::budgets`](crate::access::budgets).

mod confidential;
mod patterns;
mod rules;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
pub use confidential::{
    AskConfidential, ConfidentialAccess, ConfidentialState, RefusalReason, approve, ask, get, list, open, refuse,
    tell_opened, waiting_to_open,
};
pub use patterns::{Findings, patterns};
pub use rules::{Finding, Pattern};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::journal::looks;
use crate::values::DivisionCode;
use crate::work::Work;

/// A look as the auditor lists it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LookOfOfficer {
    /// The journal entry.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of look.
    pub kind: String,
    /// The division the officer acted for.
    pub office: DivisionCode,
    /// Whose data, by their files.
    pub subjects: Vec<Uuid>,
    /// What for.
    pub purpose: Option<String>,
    /// The case it belonged to.
    pub case: Option<String>,
}

/// The looks of one officer on a day (China) in the work's county, in their order.
pub async fn looks_of(work: &mut Work, officer: Uuid, day: NaiveDate) -> Result<Vec<LookOfOfficer>> {
    permit(work)?;
    let found = looks::of_officer(work, officer, day).await?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Ok(found
        .into_iter()
        .map(|look| LookOfOfficer {
            id: look.entry_id,
            at: look.at,
            kind: text(&look.entry["kind"]).unwrap_or_default(),
            office: look.office,
            subjects: looks::subjects(&look.entry),
            purpose: text(&look.entry["purpose"]),
            case: text(&look.entry["case"]),
        })
        .collect())
}

/// Looks are kept per county and cannot be overseen in parts.
fn permit(work: &Work) -> Result<()> {
    work.permit(Action::Oversee)?;
    work.within_scope(&work.locality().clone().into(), "journal")
}
