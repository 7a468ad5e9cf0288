//! The table of reports, emptied of the persons reported.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::reports::ReportState;
use crate::values::NOBODY;
use crate::work::Work;

pub(super) async fn accepted_for(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from reports where locality = $1 and resident_id = $2 order by id",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn old(
    work: &mut Work,
    filed_before: DateTime<Utc>,
    returned_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(Uuid, ReportState)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, ReportState),
        "select id, state from reports
         where locality = $1 and occupant_name <> $2
           and (state = 'filed' and filed_at < $3 or state = 'returned' and decided_at < $4)
         order by id limit $5",
        &locality,
        NOBODY,
        filed_before,
        returned_before,
        most
    )?)
}

/// The fingerprint goes too: whoever guesses the person could confirm the guess with it.
pub(super) async fn empty(work: &mut Work, report: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update reports set occupant_name = $3, document_kind = null, document_number = null, phone = null,
                            reason = case when reason is null then null else $3 end, fingerprint = $4
         where locality = $1 and id = $2",
        &locality,
        report,
        NOBODY,
        report.as_bytes().to_vec()
    )?;
    Ok(())
}

pub(super) async fn lapse(work: &mut Work, report: Uuid) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update reports set state = 'returned', decided_at = $3, reason = $4, version = version + 1
         where locality = $1 and id = $2",
        &locality,
        report,
        now,
        NOBODY
    )?;
    Ok(())
}
