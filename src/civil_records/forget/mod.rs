//! Forgetting a person. A record belongs to each of its people: it loses its tie to the one who is forgotten, and can no
//! longer be reached through them. A spouse or parent who is still registered keeps it whole, because it is theirs too;
//! with the last of its people here it is shredded.

mod store;

use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::vault;
use crate::work::Work;

/// Forgets a person in their marriages and births; answers those records.
pub(crate) async fn forget(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    work.permit(Action::Forget)?;
    let records = store::records_of(work, resident).await?;
    for record in &records {
        store::cut(work, *record, resident).await?;
        let people = super::store::list_subjects(work, *record).await?;
        if people.iter().all(|person| person.resident_id.is_none()) {
            shred(work, *record).await?;
        }
    }
    Ok(records)
}

/// Makes a record say nothing: its key is destroyed, its versions and what described its people are emptied.
pub(super) async fn shred(work: &mut Work, record: Uuid) -> Result<()> {
    vault::shred(work, record).await?;
    store::empty(work, record).await
}
