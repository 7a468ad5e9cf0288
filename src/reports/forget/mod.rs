//! Forgetting what landlords reported: with the person it was accepted for, and by itself when nobody decided it, or it
//! was returned, long ago. That something was reported of a dwelling stays.

mod store;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::ReportState;
use crate::access::Action;
use crate::error::Result;
use crate::journal::{self, Event};
use crate::vault;
use crate::work::Work;

/// Forgets a person in the reports that were accepted for them.
pub(crate) async fn forget(work: &mut Work, resident: Uuid) -> Result<()> {
    work.permit(Action::Forget)?;
    for report in store::accepted_for(work, resident).await? {
        store::empty(work, report).await?;
    }
    Ok(())
}

/// Empties up to `most` reports that were filed before one instant and never decided, or returned before another;
/// answers how many. Nobody can decide the former any more: they count as returned, so that they can be filed anew.
pub(crate) async fn forget_old(
    work: &mut Work,
    filed_before: DateTime<Utc>,
    returned_before: DateTime<Utc>,
    most: i64,
) -> Result<u64> {
    work.permit(Action::Forget)?;
    let old = store::old(work, filed_before, returned_before, most).await?;
    for (report, state) in &old {
        vault::shred(work, *report).await?;
        store::empty(work, *report).await?;
        if *state == ReportState::Filed {
            store::lapse(work, *report).await?;
        }
        let event = Event { kind: "report.forgotten", subjects: &[], details: json!({ "report": report }) };
        journal::append(work, event).await?;
    }
    Ok(old.len() as u64)
}
