//! The tables of persons, emptied of one.

use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::values::NOBODY;
use crate::work::Work;

/// Answers the person's protections.
pub(super) async fn forget(work: &mut Work, id: Uuid) -> Result<Vec<Uuid>> {
    let (locality, seat, now) = (work.locality().clone(), work.node().seat.clone(), work.now());
    let tx = &mut work.tx;
    execute!(tx, "delete from document_lookup where locality = $1 and resident_id = $2", &locality, id)?;
    execute!(tx, "delete from resident_documents where locality = $1 and resident_id = $2", &locality, id)?;
    execute!(tx, "delete from resident_name_terms where locality = $1 and resident_id = $2", &locality, id)?;
    execute!(tx, "delete from protection_attempts where locality = $1 and resident_id = $2", &locality, id)?;
    // A protection that stands goes on hiding where somebody lived. Its twin lies at the seat.
    let mut protections = Vec::new();
    for place in [&seat, &locality] {
        protections = fetch_all!(
            tx,
            (Uuid,),
            "update protections set document_index = null where locality = $1 and resident_id = $2 returning id",
            place,
            id
        )?;
    }
    execute!(
        tx,
        "update residents set name = $3, birth_date = null, phone = null, origin = substr(origin, 1, 6),
                              version = version + 1, updated_at = $4, forgotten_at = $4
         where locality = $1 and id = $2",
        &locality,
        id,
        NOBODY,
        now
    )?;
    Ok(protections.into_iter().map(|(id,)| id).collect())
}
