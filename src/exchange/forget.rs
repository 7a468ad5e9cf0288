//! Forgetting what was exchanged about a person: what inquiries asked and answered, and the sealed messages themselves.
//! Numbers, hashes and verdicts stay, so that both sides still agree on what was said.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::envelope;
use super::store;
use crate::access::Action;
use crate::error::Result;
use crate::vault;
use crate::work::Work;

/// What lies in the place of a message that was forgotten. A peer that asks for it again, because it restored a backup
/// older than messages are kept, receives this, cannot open it and makes it a case.
pub(super) const FORGOTTEN: &str = "forgotten";

/// Forgets a person in inquiries, and the messages about them; `told` are the notices and records those were about. Of
/// `protections` only what peers told goes: what this node tells of them has to arrive, and it cannot open it itself.
pub(crate) async fn forget(work: &mut Work, resident: Uuid, told: &[Uuid], protections: &[Uuid]) -> Result<()> {
    work.permit(Action::Forget)?;
    let mut about = told.to_vec();
    about.extend(store::forget::notices_of(work, resident).await?);
    for inquiry in store::forget::inquiries_of(work, resident).await? {
        vault::shred(work, inquiry).await?;
        store::forget::empty_inquiry(work, inquiry).await?;
        about.push(inquiry);
    }
    for id in about {
        store::forget::empty_sent(work, id, FORGOTTEN).await?;
        store::forget::empty_received(work, id, FORGOTTEN).await?;
    }
    for id in protections {
        store::forget::empty_received(work, *id, FORGOTTEN).await?;
    }
    Ok(())
}

/// Empties up to `most` inquiries of the work's county that were answered before an instant; answers how many.
pub(crate) async fn forget_inquiries(work: &mut Work, answered_before: DateTime<Utc>, most: i64) -> Result<u64> {
    work.permit(Action::Forget)?;
    let old = store::forget::old_inquiries(work, answered_before, most).await?;
    for inquiry in &old {
        vault::shred(work, *inquiry).await?;
        store::forget::empty_inquiry(work, *inquiry).await?;
    }
    Ok(old.len() as u64)
}

/// Reduces messages to their hashes: sent ones acknowledged before an instant and agreed upon since, received ones that
/// came before it and wait for nobody. Answers how many.
pub(crate) async fn forget_messages(work: &mut Work, before: DateTime<Utc>) -> Result<u64> {
    work.permit(Action::Forget)?;
    store::forget::empty_old_messages(work, before, FORGOTTEN).await
}

/// Gives forgotten messages that are handed over once more the hash of what is handed over, so that both sides can agree.
pub(super) async fn note_handed_again(work: &mut Work, peer: &crate::values::NodeCode, first: i64) -> Result<()> {
    store::forget::rehash(work, peer, first, FORGOTTEN, &envelope::hash(FORGOTTEN)).await
}
