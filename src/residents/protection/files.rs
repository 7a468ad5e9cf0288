//! What searching, registering and taking over do about somebody hidden. The same statements run whether somebody is
//! protected or unknown.

use uuid::Uuid;

use super::{AttemptKind, Ground, note, rules, store};
use crate::access::Action;
use crate::error::Result;
use crate::residents::{self, Resident};
use crate::values::LocalityCode;
use crate::work::Work;

/// Whether somebody is hidden from the actor; for nobody, `false` by the same query.
pub(in crate::residents) async fn is_hidden(work: &mut Work, holder: Option<&(LocalityCode, Uuid)>) -> Result<bool> {
    let (locality, id) = holder.cloned().unwrap_or((work.locality().clone(), Uuid::nil()));
    let viewer = work.viewer();
    store::is_hidden(work, &locality, id, viewer).await
}

/// The holder of a document, where they have their file in the actor's scope and are not hidden.
pub(in crate::residents) async fn find_visible(
    work: &mut Work,
    holder: Option<&(LocalityCode, Uuid)>,
) -> Result<Option<Resident>> {
    let here = holder.filter(|(locality, _)| locality == work.locality()).map(|(_, id)| *id);
    residents::find(work, here.unwrap_or_default()).await
}

/// Notes for the person that somebody asked for them, if they are hidden from the actor.
pub(in crate::residents) async fn note_attempt(
    work: &mut Work,
    kind: AttemptKind,
    holder: Option<&(LocalityCode, Uuid)>,
) -> Result<()> {
    let (locality, id) = holder.cloned().unwrap_or((work.locality().clone(), Uuid::nil()));
    let viewer = work.viewer();
    store::note_attempt(work, kind, &locality, id, viewer).await
}

/// Whether a peer asks about somebody protected, whom it does not find; noted for them.
pub async fn is_sought(work: &mut Work, found: Option<&Resident>) -> Result<bool> {
    work.permit(Action::Exchange)?;
    let holder = found.and_then(|found| Some((found.committee.locality()?, found.id)));
    let (locality, id) = holder.unwrap_or((work.locality().clone(), Uuid::nil()));
    // Not as the node, which sees everybody, but as somebody who is nobody's clerk.
    let viewer = Some(Uuid::nil());
    store::note_attempt(work, AttemptKind::Inquiry, &locality, id, viewer).await?;
    store::is_hidden(work, &locality, id, viewer).await
}

/// Hides the file a clerk opened for somebody protected from everybody but that clerk and named officers.
pub(in crate::residents) async fn open_second(work: &mut Work, file: Uuid, of: Uuid) -> Result<()> {
    let opened_by = Some(work.actor().id);
    let new = store::New {
        id: work.new_id(),
        resident_id: Some(file),
        ground: Some(Ground::SecondFile),
        opened_by,
        second_of: Some(of),
        ..store::New::on(rules::first_review(work.today()))
    };
    store::insert(work, &new).await?;
    note(work, "protection.raised", new.id).await
}

/// Applies what a peer raised before the person had a file here: the file is hidden from its first moment, but for whom
/// opened it.
pub(in crate::residents) async fn attach_awaited(work: &mut Work, document_index: &[u8], file: Uuid) -> Result<()> {
    for awaited in store::awaited(work, document_index).await? {
        store::attach(work, &awaited, file).await?;
        note(work, "protection.received", awaited.id).await?;
    }
    Ok(())
}
