//! Forgetting a landlord who is a human being: the data key is destroyed, the paper finds nobody, name and telephone are
//! gone. Which dwellings somebody answered for, and when, stays. Organisations are no one's personal data.

mod store;

pub use store::Free;
use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::vault;
use crate::work::Work;

/// Forgets what a landlord's file holds; answers whether it held a human being. Retention writes the journal.
pub(crate) async fn forget(work: &mut Work, id: Uuid) -> Result<bool> {
    work.permit(Action::Forget)?;
    let was_kept = store::forget(work, id).await?;
    if was_kept {
        vault::shred(work, id).await?;
    }
    Ok(was_kept)
}

/// Up to `limit` landlords after a file who are human beings and answer for no dwelling, in the order of their files.
pub(crate) async fn free_after(work: &mut Work, after: Uuid, limit: i64) -> Result<Vec<Free>> {
    store::free_after(work, after, limit).await
}

/// The same of one landlord; `None` for one who answers for a dwelling, or is no human being.
pub(crate) async fn find_free(work: &mut Work, id: Uuid) -> Result<Option<Free>> {
    store::find_free(work, id).await
}
