//! Protections between localities: what the exchange tells peers of, and what a peer's word does here.

use uuid::Uuid;

use super::{note, rules, store};
use crate::access::Action;
use crate::error::Result;
use crate::residents::documents::Document;
use crate::residents::identity;
use crate::values::{LocalityCode, NodeCode};
use crate::work::Work;

/// A protection to tell of.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Tell {
    /// The protection.
    pub id: Uuid,
    /// Whom it protects.
    pub resident_id: Uuid,
    /// The peer that told of it, which need not be told.
    pub source_peer: Option<NodeCode>,
    /// Whether it was lifted.
    pub lifted: bool,
}

/// What a peer raised, and whom that was found to be about.
#[derive(Debug)]
pub struct Received<'a> {
    /// The protection's id, given by who raised it.
    pub id: Uuid,
    /// The peer that tells.
    pub peer: &'a NodeCode,
    /// The person's document, by which they are also found when they are registered later.
    pub document: Option<&'a Document>,
    /// Who it is here, in the county the work is about.
    pub resident: Option<Uuid>,
}

/// A protection of the work's county, standing or lifted.
pub async fn tell(work: &mut Work, id: Uuid) -> Result<Option<Tell>> {
    work.permit(Action::Exchange)?;
    store::tell(work, id).await
}

/// The protections of a person that stand; for operations of the exchange that asked their own permit.
pub async fn tell_of(work: &mut Work, resident: Uuid) -> Result<Vec<Tell>> {
    store::tell_of(work, Some(resident)).await
}

/// All that stand in the work's county, for a peer that could not be told before.
pub async fn standing_in_county(work: &mut Work) -> Result<Vec<Tell>> {
    work.permit(Action::Exchange)?;
    store::tell_of(work, None).await
}

/// Takes in that a peer protects somebody. It applies at once; hearing it again, or after its lifting, changes nothing.
pub async fn raised_by_peer(work: &mut Work, received: Received<'_>) -> Result<()> {
    work.permit(Action::Exchange)?;
    if is_known(work, received.id).await? {
        return Ok(());
    }
    let new = store::New {
        id: received.id,
        resident_id: received.resident,
        document_index: received.document.map(|document| identity::index(work, document)),
        source_peer: Some(received.peer.clone()),
        ..store::New::on(rules::longest(work.today()))
    };
    store::insert(work, &new).await?;
    if received.resident.is_some() { note(work, "protection.received", new.id).await } else { Ok(()) }
}

/// Takes in that a peer lifted what it had raised. Another peer's protection stays; one not heard of yet is lifted in
/// advance.
pub async fn lifted_by_peer(work: &mut Work, id: Uuid, peer: &NodeCode) -> Result<()> {
    work.permit(Action::Exchange)?;
    let seat = work.node().seat.clone();
    if !is_known(work, id).await? {
        work.move_to(seat);
        let never = store::New {
            id,
            source_peer: Some(peer.clone()),
            lifted: true,
            ..store::New::on(rules::longest(work.today()))
        };
        return store::insert(work, &never).await;
    }
    for county in counties(work) {
        work.move_to(county);
        if store::lift_of_peer(work, id, peer).await? && store::tell(work, id).await?.is_some() {
            note(work, "protection.lifted", id).await?;
        }
    }
    Ok(())
}

/// Whether a protection with this id is known in any county of the node: all of them keep a twin at the seat.
async fn is_known(work: &mut Work, id: Uuid) -> Result<bool> {
    store::is_known(work, id).await
}

/// The seat last: what was told of a person is written down in their county.
fn counties(work: &Work) -> Vec<LocalityCode> {
    let seat = work.node().seat.clone();
    let others = work.node().counties.iter().filter(|county| **county != seat).cloned();
    others.chain([seat.clone()]).collect()
}
