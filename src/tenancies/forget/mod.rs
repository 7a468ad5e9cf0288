//! Forgetting a person: where somebody lived, and when, stays in the history of the dwellings; why it was changed, what
//! was said against it, and whom to call elsewhere go.

mod store;

use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::work::Work;

/// Forgets what was written beside a person's tenancies; answers the ids of the residences elsewhere that peers told.
/// Changes to the person's tenancies wait meanwhile.
pub(crate) async fn forget(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    work.permit(Action::Forget)?;
    super::store::take_turn(work, resident).await?;
    store::forget(work, resident).await
}
