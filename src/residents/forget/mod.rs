//! Forgetting a person: the data key is destroyed, the documents find nobody, name, birth and telephone are gone. What
//! stays is that there was somebody: the committee, the sex and the county of origin, for the counts.

mod store;

use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::vault;
use crate::work::Work;

/// Forgets what a person's file holds; answers the ids of their protections, which peers may have told of by their
/// document. Retention writes the journal.
pub(crate) async fn forget(work: &mut Work, id: Uuid) -> Result<Vec<Uuid>> {
    work.permit(Action::Forget)?;
    vault::shred(work, id).await?;
    store::forget(work, id).await
}
