//! The tables of records, emptied of one person or of all.

use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::work::Work;

pub(super) async fn records_of(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select distinct record_id from civil_record_subjects where locality = $1 and resident_id = $2 order by record_id",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Unties a person from a record. The index of how the record describes them goes too: it would tie them again.
pub(super) async fn cut(work: &mut Work, record: Uuid, resident: Uuid) -> Result<()> {
    let (locality, unlike) = (work.locality().clone(), work.new_id());
    execute!(
        &mut work.tx,
        "update civil_record_subjects set resident_id = null, person_index = $4
         where locality = $1 and record_id = $2 and resident_id = $3",
        &locality,
        record,
        resident,
        unlike.as_bytes().to_vec()
    )?;
    Ok(())
}

/// Empties all versions of a record whose key was destroyed, and what describes its contents.
pub(super) async fn empty(work: &mut Work, record: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    let nothing: &[u8] = &[];
    let tx = &mut work.tx;
    execute!(
        tx,
        "update civil_records set body = $3, fingerprint = $3, certificate_index = null where locality = $1 and id = $2",
        &locality,
        record,
        nothing
    )?;
    execute!(
        tx,
        "update civil_record_subjects set person_index = $3 where locality = $1 and record_id = $2",
        &locality,
        record,
        nothing
    )?;
    Ok(())
}
