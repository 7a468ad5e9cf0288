//! Ending a protection: one asks, another one does.

use uuid::Uuid;

use super::{OwnProtection, Protection, get, note, own, rules, store};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::work::Work;

/// The person asks that their protection be lifted. It stands until a named officer lifts it, who makes sure that
/// nobody else speaks through the account.
///
/// # Errors
/// `Refused("not-protected")`.
pub async fn ask_to_lift_own(work: &mut Work) -> Result<OwnProtection> {
    work.permit(Action::ReadOwnRecord)?;
    let resident = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let standing = store::standing(work, resident).await?;
    if standing.is_empty() {
        return Err(Error::Refused("not-protected"));
    }
    for protection in standing {
        store::ask_to_lift(work, protection.id).await?;
        note(work, "protection.lift_asked", protection.id).await?;
    }
    own(work).await
}

/// A named officer asks that a protection be lifted; another one does it.
///
/// # Errors
/// `Refused("protection-lifted")`; `Refused("raised-elsewhere")` for one that a peer raised.
pub async fn ask_to_lift(work: &mut Work, id: Uuid) -> Result<Protection> {
    let protection = get(work, id).await?;
    rules::check_stands(&protection)?;
    if protection.source_peer.is_some() {
        return Err(Error::Refused("raised-elsewhere"));
    }
    if protection.lift_asked_by.is_none() {
        store::ask_to_lift(work, id).await?;
        note(work, "protection.lift_asked", id).await?;
    }
    get(work, id).await
}

/// Lifts a protection that the person, or another named officer, asked to be lifted.
///
/// # Errors
/// `Refused`: `lift-not-asked`, `lift-needs-another`, `protection-lifted`, `raised-elsewhere`.
pub async fn lift(work: &mut Work, id: Uuid) -> Result<Protection> {
    let protection = get(work, id).await?;
    rules::check_lift(&protection, work.actor().id)?;
    store::lift(work, id).await?;
    note(work, "protection.lifted", id).await?;
    get(work, id).await
}
