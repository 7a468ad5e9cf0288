//! Forgetting one person: each room forgets what it holds, in one transaction.

use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::access::{self, Action};
use crate::civil_records;
use crate::doubts;
use crate::error::Result;
use crate::exchange;
use crate::journal::{self, Event};
use crate::landlords;
use crate::notices;
use crate::reports;
use crate::residents;
use crate::tenancies;
use crate::work::Work;

/// Forgets a person of the work's county: the data key is destroyed, and what lay readable beside the sealed is gone. `by`
/// is the rule's code, for the journal. Somebody forgotten already is left as they are; answers whether they were not.
pub async fn forget(work: &mut Work, resident: Uuid, by: &str) -> Result<bool> {
    work.permit(Action::Forget)?;
    if !store::remembered(work, resident).await? {
        return Ok(false);
    }
    let mut told = tenancies::forget(work, resident).await?;
    told.extend(civil_records::forget(work, resident).await?);
    reports::forget::forget(work, resident).await?;
    doubts::forget(work, resident).await?;
    notices::forget(work, resident).await?;
    access::forget::forget(work, resident).await?;
    store::delete_request(work, resident).await?;
    store::delete_tellings(work, resident).await?;
    let protections = residents::forget(work, resident).await?;
    exchange::forget::forget(work, resident, &told, &protections).await?;
    let details = json!({ "resident": resident, "rule": by });
    journal::append(work, Event { kind: "resident.forgotten", subjects: &[resident], details }).await?;
    Ok(true)
}

/// Forgets a landlord of the work's county who is a human being, and their log-in; answers whether there was one who was not
/// forgotten.
pub(super) async fn forget_landlord(work: &mut Work, landlord: Uuid, by: &str) -> Result<bool> {
    work.permit(Action::Forget)?;
    if !landlords::forget::forget(work, landlord).await? {
        return Ok(false);
    }
    access::forget::forget(work, landlord).await?;
    let details = json!({ "landlord": landlord, "rule": by });
    journal::append(work, Event { kind: "landlord.forgotten", subjects: &[landlord], details }).await?;
    Ok(true)
}
