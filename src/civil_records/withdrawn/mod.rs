//! When the consent on which a peer sent a version is withdrawn: what came on it alone is erased (PIPL art. 47). That
//! something was received, from whom and when, and that it was withdrawn, stays for its people to see. The same version
//! may come again on something that stands.

mod store;

use serde_json::json;
use uuid::Uuid;

use super::{forget, subjects_of};
use crate::access::Action;
use crate::error::Result;
use crate::journal::{self, Event};
use crate::values::NodeCode;
use crate::work::Work;

pub(super) use store::{insert_message, refill};

/// A peer tells that the consent on which one of its messages rested was withdrawn: the version that came in it alone is
/// erased. Answers the people it was about; repeated or unknown, it changes nothing and concerns nobody.
pub async fn note_consent_withdrawn(work: &mut Work, id: Uuid, peer: &NodeCode, message: Uuid) -> Result<Vec<Uuid>> {
    work.permit(Action::Exchange)?;
    store::note_first_messages(work, id).await?;
    let mut erased = Vec::new();
    for version in store::mark_message(work, id, peer, message).await? {
        if store::empty_version(work, id, version).await? {
            erased.push(version);
        }
    }
    if erased.is_empty() {
        return Ok(Vec::new());
    }
    if !store::says_anything(work, id).await? {
        forget::shred(work, id).await?;
    }
    let known: Vec<Uuid> = subjects_of(work, id).await?.iter().filter_map(|subject| subject.resident_id).collect();
    let details = json!({ "record": id, "peer": peer, "message": message, "erased": erased });
    journal::append(work, Event { kind: "civil_record.consent_withdrawn", subjects: &known, details }).await?;
    Ok(known)
}
