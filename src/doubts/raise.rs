//! Saying that something is wrong.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Doubt, DoubtReason, DoubtState, Fact, IdentityField, store};
use crate::access::Action;
use crate::civil_records;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::residents::{self, Resident};
use crate::work::Work;

/// What is in doubt.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// A field of the person's identity.
    Identity(IdentityField),
    /// One of the person's marriage or birth records.
    CivilRecord(Uuid),
}

/// A doubt to raise.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDoubt {
    /// What is in doubt.
    pub about: About,
    /// Why.
    pub reason: DoubtReason,
}

/// Raises a doubt about the data of the person who asks.
///
/// # Errors
/// `NotFound("civil-record")` for a record that is not theirs; `Refused("already-doubted")` while they doubt the same.
pub async fn raise_own(work: &mut Work, new: NewDoubt) -> Result<Doubt> {
    work.permit(Action::RaiseDoubts)?;
    let own = residents::own_record(work).await?.resident;
    put(work, own, new).await
}

/// Raises a doubt at the word of a person in the actor's scope.
///
/// # Errors
/// As [`raise_own`]; `NotFound("resident")` outside the scope.
pub async fn raise(work: &mut Work, resident: Uuid, new: NewDoubt) -> Result<Doubt> {
    work.permit(Action::RaiseDoubts)?;
    let resident = residents::get(work, resident).await?;
    put(work, resident, new).await
}

async fn put(work: &mut Work, resident: Resident, new: NewDoubt) -> Result<Doubt> {
    let here = work.node().code.clone();
    let (fact, about_id, field, version, decided_by_node) = match new.about {
        About::Identity(field) => (Fact::Identity, resident.id, Some(field), resident.version, here.clone()),
        About::CivilRecord(record) => {
            let records = civil_records::of_person(work, resident.id).await?;
            let found = records.into_iter().find(|summary| summary.id == record);
            let summary = found.ok_or(Error::NotFound("civil-record"))?;
            (Fact::CivilRecord, record, None, summary.version, summary.issuer)
        }
    };
    if store::is_doubted_by(work, about_id, field, resident.id).await? {
        return Err(Error::Refused("already-doubted"));
    }
    let state = if decided_by_node == here { DoubtState::Open } else { DoubtState::Forwarded };
    let doubt = Doubt {
        id: work.new_id(),
        fact,
        about_id,
        field,
        version,
        reason: new.reason,
        resident_id: Some(resident.id),
        raised_at: work.now(),
        decided_by_node,
        from_peer: None,
        due_on: due_on(work),
        state,
        refusal: None,
        corrected_to: None,
        closed_at: None,
        overdue_days: 0,
        complaints: None,
    };
    store::insert(work, &doubt).await?;
    note(work, "doubt.raised", &doubt, &[resident.id]).await?;
    Ok(doubt)
}

/// The day by which a doubt said today is to be answered.
pub(super) fn due_on(work: &Work) -> NaiveDate {
    work.node().calendar.due_on(work.today(), work.node().days_to_answer_doubts).day
}

pub(super) async fn note(work: &mut Work, kind: &'static str, doubt: &Doubt, subjects: &[Uuid]) -> Result<()> {
    let details = json!({
        "doubt": doubt.id,
        "fact": doubt.fact,
        "about": doubt.about_id,
        "field": doubt.field,
        "version": doubt.version,
        "reason": doubt.reason,
        "state": doubt.state,
        "refusal": doubt.refusal,
        "corrected_to": doubt.corrected_to,
        "due_on": doubt.due_on,
        "peer": doubt.from_peer,
    });
    journal::append(work, Event { kind, subjects, details }).await?;
    Ok(())
}
