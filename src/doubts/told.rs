//! What other localities say about doubts, and what the exchange reads to tell them. For the node itself and for peers
//! alone; whether a peer may say it, the exchange has checked.

use uuid::Uuid;

use super::raise::{due_on, note};
use super::resolve::{close, concerned};
use super::{Doubt, DoubtReason, DoubtState, Fact, RefusalReason, store};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

/// A peer's word that a record is in doubt.
#[derive(Debug, Clone)]
pub struct Told {
    /// The doubt's id.
    pub id: Uuid,
    /// The record.
    pub record: Uuid,
    /// The version in doubt.
    pub version: i32,
    /// Why.
    pub reason: DoubtReason,
    /// The peer that tells.
    pub peer: NodeCode,
    /// The node that decides: this one, or the peer.
    pub decided_by_node: NodeCode,
}

/// What became of a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This version corrects it.
    Corrected(i32),
    /// Nothing is corrected.
    Refused(RefusalReason),
}

/// Takes a peer's doubt in; the same again changes nothing.
///
/// # Errors
/// `Refused("doubt-known")` when this id is another doubt's.
pub async fn note_doubted(work: &mut Work, told: Told) -> Result<()> {
    work.permit(Action::Exchange)?;
    if let Some(known) = store::find(work, told.id).await? {
        let same = known.about_id == told.record && known.version == told.version && known.reason == told.reason;
        return if same { Ok(()) } else { Err(Error::Refused("doubt-known")) };
    }
    let here = told.decided_by_node == work.node().code;
    let doubt = Doubt {
        id: told.id,
        fact: Fact::CivilRecord,
        about_id: told.record,
        field: None,
        version: told.version,
        reason: told.reason,
        resident_id: None,
        raised_at: work.now(),
        decided_by_node: told.decided_by_node,
        from_peer: Some(told.peer),
        due_on: due_on(work),
        state: if here { DoubtState::Open } else { DoubtState::Forwarded },
        refusal: None,
        corrected_to: None,
        closed_at: None,
        overdue_days: 0,
        complaints: None,
    };
    store::insert(work, &doubt).await?;
    let concerned = concerned(work, &doubt).await?;
    note(work, "doubt.received", &doubt, &concerned).await
}

/// Takes in what the node that answers for a record decided; the same again changes nothing. Answers whether the doubt
/// is known here as one that this peer decides.
pub async fn note_resolved(work: &mut Work, peer: &NodeCode, id: Uuid, record: Uuid, outcome: Outcome) -> Result<bool> {
    work.permit(Action::Exchange)?;
    let Some(doubt) = store::find(work, id).await? else { return Ok(false) };
    if doubt.decided_by_node != *peer || doubt.about_id != record {
        return Ok(false);
    }
    if doubt.is_open() {
        let decided = match outcome {
            Outcome::Corrected(version) => Doubt { state: DoubtState::Corrected, corrected_to: Some(version), ..doubt },
            Outcome::Refused(reason) => Doubt { state: DoubtState::Refused, refusal: Some(reason), ..doubt },
        };
        close(work, decided, "doubt.resolution_received").await?;
    }
    Ok(true)
}

/// One doubt, for writing a message about it.
pub async fn find_told(work: &mut Work, id: Uuid) -> Result<Option<Doubt>> {
    work.permit(Action::Exchange)?;
    store::find(work, id).await
}

/// The doubts about a record that are not decided yet.
pub async fn find_open_of_record(work: &mut Work, record: Uuid) -> Result<Vec<Doubt>> {
    work.permit(Action::Exchange)?;
    store::open_about(work, record).await
}
