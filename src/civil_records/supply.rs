//! What the exchange does with records: it applies versions that peers supply, and reads what it sends. Not bound to
//! a committee's scope, and so for peers and the node itself alone.

use serde_json::json;
use uuid::Uuid;

use super::versions::{self, Version};
use super::{RecordBody, RecordSummary, RecordView, Source, Standing, Subject, rules, store, subjects_of, withdrawn};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Event};
use crate::values::NodeCode;
use crate::work::Work;

/// A version that a peer supplies.
#[derive(Debug, Clone)]
pub struct Supplied {
    /// The record.
    pub record_id: Uuid,
    /// Its version, from 1.
    pub version: i32,
    /// What it says.
    pub body: RecordBody,
    /// Whether it still stands.
    pub standing: Standing,
    /// The node that answers for it.
    pub issuer: NodeCode,
    /// Where the issuer has it from.
    pub source: Source,
    /// The peer that sends it.
    pub source_peer: NodeCode,
    /// The message it comes in.
    pub source_message: Uuid,
    /// Those of its people who were found here, by exact document and agreeing name or by a clerk's pairing.
    pub subjects: Vec<Subject>,
}

/// What became of a supplied version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The record was not known here.
    New,
    /// It took the place of an older version.
    NewerVersion,
    /// This version was here already and says the same, or was erased and is here again; people newly found were attached
    /// to it.
    AlreadyKnown,
    /// A newer version is here; nothing was changed.
    OlderIgnored,
}

/// Applies a version a peer supplies, to all its people at once or not at all; any number of times to one effect.
///
/// # Errors
/// `Refused`: `impossible-record`, `same-person`, `nobody-on-file` (none of its people has a file here), `issued-here`
/// (this node answers for the record), `other-issuer` (the record here is another node's), `not-the-issuer` (a newer
/// version from neither its issuer nor the peer that brought the older), `version-conflict` (this version says
/// something else here).
pub async fn apply_supplied(work: &mut Work, supplied: Supplied) -> Result<Applied> {
    work.permit(Action::Exchange)?;
    let (id, version, today) = (supplied.record_id, supplied.version, work.today());
    let known = store::list_versions(work, id).await?;
    let current = known.last();
    if supplied.issuer == work.node().code {
        return Err(Error::Refused("issued-here"));
    }
    if current.is_some_and(|current| current.issuer != supplied.issuer || current.kind != supplied.body.kind()) {
        return Err(Error::Refused("other-issuer"));
    }
    if let Some(same) = known.iter().find(|one| one.version == version) {
        return apply_again(work, supplied, same).await;
    }
    if current.is_some_and(|current| current.version > version) {
        return Ok(Applied::OlderIgnored);
    }
    let sender = Some(&supplied.source_peer);
    if current.is_some_and(|current| sender != Some(&supplied.issuer) && sender != current.source_peer.as_ref()) {
        return Err(Error::Refused("not-the-issuer"));
    }
    check(&supplied, today)?;
    let applied = if current.is_some() { Applied::NewerVersion } else { Applied::New };
    let peer = supplied.source_peer.clone();
    let subjects = supplied.subjects.clone();
    let concerned = versions::put(work, supplied.into(), &subjects).await?;
    note(work, id, version, &peer, &concerned).await?;
    Ok(applied)
}

/// A version that is here already: the same is acknowledged, another is refused. One that was erased with its consent comes
/// anew.
async fn apply_again(work: &mut Work, supplied: Supplied, known: &RecordSummary) -> Result<Applied> {
    let (id, version, is_current) = (supplied.record_id, supplied.version, known.superseded_at.is_none());
    let peer = supplied.source_peer.clone();
    if known.consent_withdrawn_at.is_some() {
        check(&supplied, work.today())?;
        let subjects = supplied.subjects.clone();
        let concerned = versions::put_again(work, supplied.into(), &subjects, is_current).await?;
        note(work, id, version, &peer, &concerned).await?;
        return Ok(Applied::AlreadyKnown);
    }
    let (_, kept) = store::find_body(work, id, version).await?.ok_or(super::RECORD)?;
    if versions::fingerprint(work, &supplied.body, supplied.standing)? != kept {
        return Err(Error::Refused("version-conflict"));
    }
    withdrawn::insert_message(work, id, version, &peer, supplied.source_message).await?;
    if is_current {
        let added = versions::attach_more(work, id, &supplied.body, &supplied.subjects).await?;
        if !added.is_empty() {
            note(work, id, version, &peer, &added).await?;
        }
    }
    Ok(Applied::AlreadyKnown)
}

impl From<Supplied> for Version {
    fn from(supplied: Supplied) -> Self {
        Self {
            id: supplied.record_id,
            version: supplied.version,
            body: supplied.body,
            standing: supplied.standing,
            issuer: supplied.issuer,
            source: supplied.source,
            brought_by: Some((supplied.source_peer, supplied.source_message)),
            because: None,
        }
    }
}

fn check(supplied: &Supplied, today: chrono::NaiveDate) -> Result<()> {
    let parts_fit = supplied.subjects.iter().all(|subject| rules::has_part(&supplied.body, subject.part));
    match rules::check(&supplied.body, supplied.standing, today) {
        Err(Error::Invalid(_)) => Err(Error::Refused("impossible-record")),
        Ok(()) if supplied.version < 1 || !parts_fit => Err(Error::Refused("impossible-record")),
        checked => checked,
    }
}

/// A kind of its own, so that what a peer supplied is not sent back to it as if it were news.
async fn note(work: &mut Work, id: Uuid, version: i32, peer: &NodeCode, concerned: &[Uuid]) -> Result<()> {
    let details = json!({ "record": id, "version": version, "peer": peer });
    journal::append(work, Event { kind: "civil_record.supplied", subjects: concerned, details }).await?;
    Ok(())
}

/// The current version of a record, opened under a disclosure that names it; for the node itself, when it writes a
/// message or answers one.
pub async fn current(work: &mut Work, disclosure: &Disclosure, id: Uuid) -> Result<RecordView> {
    work.permit(Action::Exchange)?;
    work.permit(Action::DiscloseCivil)?;
    let summary = store::find_current(work, id).await?.ok_or(super::RECORD)?;
    let (body, because) = versions::open(work, disclosure, &summary).await?;
    let subjects = subjects_of(work, id).await?;
    Ok(RecordView { summary, subjects, body, because })
}

/// What may be seen of a record's current version without opening it.
pub async fn summary(work: &mut Work, id: Uuid) -> Result<Option<RecordSummary>> {
    work.permit(Action::Exchange)?;
    store::find_current(work, id).await
}

/// Whose record it is.
pub async fn subjects(work: &mut Work, id: Uuid) -> Result<Vec<Subject>> {
    work.permit(Action::Exchange)?;
    subjects_of(work, id).await
}

/// The records of a resident.
pub async fn ids_of_resident(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    work.permit(Action::Exchange)?;
    Ok(store::list_of_resident(work, resident).await?.into_iter().map(|summary| summary.id).collect())
}
