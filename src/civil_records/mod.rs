//! Marriages and births, their corrections and where each fact came from.
//!
//! A record is one body, sealed under a key of its own, in versions that never overwrite each other. It lies in nobody's
//! committee: it belongs to each of its people, and a clerk reaches it through those who live in the clerk's scope.
//! Each version says who answers for it (the issuer), where the issuer has it from, and which peer brought it, if one
//! did. Only the issuer corrects: a peer's record changes when the peer sends its next version.

mod body;
pub mod certificates;
mod forget;
mod opening;
mod questions;
mod record;
mod rules;
mod store;
mod supply;
mod versions;
mod withdrawn;

pub use body::{
    Authority, Birth, Certificate, Child, Marriage, Part, Party, Place, RecordBody, RecordKind, Source, Standing,
};
use chrono::{DateTime, Utc};
pub(crate) use forget::forget;
pub use opening::{BirthParts, MarriageParts, OpenedRecord, Opening, RecordParts, open};
pub use questions::{Asking, Question, Reply, ask, replies};
pub use record::{
    Correct, NewBirth, NewMarriage, StatedBirth, StatedChild, StatedMarriage, StatedParty, StatedRecord, correct,
    record_birth, record_marriage,
};
pub use rules::is_same_person;
use serde::Serialize;
pub use supply::{Applied, Supplied, apply_supplied, current, ids_of_resident, subjects, summary};
use uuid::Uuid;
pub use withdrawn::note_consent_withdrawn;

use crate::access::{Action, Field, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Reason};
use crate::residents;
use crate::values::{DivisionCode, NodeCode, ShortText};
use crate::work::Work;

const RECORD: Error = Error::NotFound("civil-record");

/// What may be seen of a version without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct RecordSummary {
    /// The record; the same in all its versions and at every node.
    pub id: Uuid,
    /// 1, 2, 3 …; a higher one supersedes.
    pub version: i32,
    /// Marriage or birth.
    pub kind: RecordKind,
    /// Whether it still stands.
    pub standing: Standing,
    /// The node that answers for it.
    pub issuer: NodeCode,
    /// Where the issuer has it from.
    pub source: Source,
    /// The peer that brought this version; absent for a record of this node.
    pub source_peer: Option<NodeCode>,
    /// The peer's message in which it came.
    pub source_message: Option<Uuid>,
    /// The office that recorded this version here; for what a peer supplied, the division acted for.
    pub office: DivisionCode,
    /// When it was recorded here.
    pub recorded_at: DateTime<Utc>,
    /// When the next version took its place; absent for the current one.
    pub superseded_at: Option<DateTime<Utc>>,
    /// Since when the record is under investigation, because somebody says that it is wrong; absent when nobody does.
    pub under_investigation_since: Option<DateTime<Utc>>,
    /// When the peer told that the consent on which it sent this version was withdrawn: what it said is
    /// erased.
    pub consent_withdrawn_at: Option<DateTime<Utc>>,
}

/// Who one of a record's people is in this registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Subject {
    /// Which person of the record.
    pub part: Part,
    /// Their file here; absent where there is none, or none the reader may know of.
    pub resident_id: Option<Uuid>,
}

/// An opened version.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RecordView {
    /// What may be seen without opening.
    pub summary: RecordSummary,
    /// Whose record it is.
    pub subjects: Vec<Subject>,
    /// What it says.
    pub body: RecordBody,
    /// Why it was corrected; absent in a first version and in a peer's.
    pub because: Option<ShortText>,
}

/// A version as it is handed to one of its people.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OwnVersion {
    /// What may be seen without opening.
    pub summary: RecordSummary,
    /// Which of its people they are.
    pub subjects: Vec<Subject>,
    /// What it says, without numbers of documents; absent once it was erased with the consent on which it came.
    pub body: Option<RecordBody>,
    /// Why it was corrected; absent in a first version and in a peer's.
    pub because: Option<ShortText>,
}

/// What may be seen of a record without opening it.
pub async fn get_summary(work: &mut Work, id: Uuid) -> Result<RecordSummary> {
    work.permit(Action::ReadResidents)?;
    find_in_scope(work, id).await
}

/// All versions of a record, oldest first, unopened.
pub async fn versions(work: &mut Work, id: Uuid) -> Result<Vec<RecordSummary>> {
    work.permit(Action::ReadResidents)?;
    find_in_scope(work, id).await?;
    store::list_versions(work, id).await
}

/// The records of a resident, unopened.
pub async fn list_of_resident(work: &mut Work, resident: Uuid) -> Result<Vec<RecordSummary>> {
    work.permit(Action::ReadResidents)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    store::list_of_resident(work, resident).await
}

/// Whether a birth record on file that stands says that one person is a parent of the other. Whoever asks learns no
/// more than that, and nothing is opened.
pub(crate) async fn is_parent(work: &mut Work, parent: Uuid, child: Uuid) -> Result<bool> {
    store::is_parent(work, parent, child).await
}

/// The records of a person, unopened; for other domains' operations, which have asked their own permit.
pub(crate) async fn of_person(work: &mut Work, resident: Uuid) -> Result<Vec<RecordSummary>> {
    store::list_of_resident(work, resident).await
}

/// The files here of a record's people; for other domains' operations, which have asked their own permit.
pub(crate) async fn people_of(work: &mut Work, record: Uuid) -> Result<Vec<Uuid>> {
    Ok(subjects_of(work, record).await?.into_iter().filter_map(|subject| subject.resident_id).collect())
}

/// Opens fields of all current records of one kind of a resident that were not erased. Each is a look of its own in the log: the other people
/// of one record do not learn of the others.
pub async fn disclose_of_resident(
    work: &mut Work,
    resident: Uuid,
    kind: RecordKind,
    reason: &Reason,
    fields: &[Field],
) -> Result<Vec<RecordView>> {
    work.permit(Action::DiscloseCivil)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    let mut opened = Vec::new();
    let wanted = |summary: &RecordSummary| summary.kind == kind && summary.consent_withdrawn_at.is_none();
    for summary in store::list_of_resident(work, resident).await?.into_iter().filter(wanted) {
        opened.push(view(work, summary, reason, fields).await?);
    }
    Ok(opened)
}

/// One's own records, unopened.
pub async fn own_summaries(work: &mut Work) -> Result<Vec<RecordSummary>> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    store::list_of_resident(work, own).await
}

/// One's own records, as the person themselves. The look stands in their own log only: when and from where somebody
/// looks at their own record is not their spouse's business. Numbers of documents are left out; one's own stands in
/// one's own file, another's is the other's.
pub async fn own_records(work: &mut Work) -> Result<Vec<OwnVersion>> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let reason = Reason::own_request()?;
    let mut opened = Vec::new();
    for summary in store::list_of_resident(work, own).await? {
        let disclosure = journal::disclose(work, &reason, &[own], &[summary.id], summary.kind.fields()).await?;
        opened.push(handed_to(work, own, &disclosure, summary).await?);
    }
    Ok(opened)
}

/// All versions of all records of a person, opened to be handed to them: as themselves, or by an office in whose scope
/// they live. As with [`own_records`] the look is nobody else's business, and so are other people's documents.
pub async fn versions_to_hand_out(work: &mut Work, resident: Uuid, reason: &Reason) -> Result<Vec<OwnVersion>> {
    permit_handing_out(work, resident).await?;
    let mut opened = Vec::new();
    for current in store::list_of_resident(work, resident).await? {
        let disclosure = journal::disclose(work, reason, &[resident], &[current.id], current.kind.fields()).await?;
        for summary in store::list_versions(work, current.id).await? {
            opened.push(handed_to(work, resident, &disclosure, summary).await?);
        }
    }
    Ok(opened)
}

async fn handed_to(
    work: &mut Work,
    person: Uuid,
    disclosure: &Disclosure,
    summary: RecordSummary,
) -> Result<OwnVersion> {
    let (body, because) = match summary.consent_withdrawn_at {
        Some(_) => (None, None),
        None => {
            let (body, because) = versions::open(work, disclosure, &summary).await?;
            (Some(body.without_documents()), because)
        }
    };
    let mut subjects = subjects_of(work, summary.id).await?;
    subjects.retain(|subject| subject.resident_id == Some(person));
    Ok(OwnVersion { summary, subjects, body, because })
}

async fn permit_handing_out(work: &mut Work, resident: Uuid) -> Result<()> {
    if work.actor().role == Role::Resident {
        work.permit(Action::ReadOwnRecord)?;
        return if work.actor().subject == Some(resident) { Ok(()) } else { Err(Error::NotFound("resident")) };
    }
    work.permit(Action::DiscloseCivil)?;
    residents::find(work, resident).await?.map(drop).ok_or(Error::NotFound("resident"))
}

/// Whether somebody else of one of a person's records is protected: then nothing is answered about who that is. For other
/// domains' operations, which have asked their own permit.
pub async fn shares_with_protected(work: &mut Work, resident: Uuid) -> Result<bool> {
    let mut shared = false;
    for summary in store::list_of_resident(work, resident).await? {
        for other in subjects_of(work, summary.id).await?.iter().filter_map(|subject| subject.resident_id) {
            shared |= other != resident && residents::protection::is_protected(work, other).await?;
        }
    }
    Ok(shared)
}

/// The record, if one of its people lives in the actor's scope.
async fn find_in_scope(work: &mut Work, id: Uuid) -> Result<RecordSummary> {
    let summary = store::find_current(work, id).await?.ok_or(RECORD)?;
    let visible = subjects_in_scope(work, id).await?.iter().any(|subject| subject.resident_id.is_some());
    if visible { Ok(summary) } else { Err(RECORD) }
}

/// Writes down the look, for everybody the record is about, and opens the version.
async fn view(work: &mut Work, summary: RecordSummary, reason: &Reason, fields: &[Field]) -> Result<RecordView> {
    let known: Vec<Uuid> = subjects_of(work, summary.id).await?.iter().filter_map(|s| s.resident_id).collect();
    let disclosure = journal::disclose(work, reason, &known, &[summary.id], fields).await?;
    let (body, because) = versions::open(work, &disclosure, &summary).await?;
    let subjects = subjects_in_scope(work, summary.id).await?;
    Ok(RecordView { summary, subjects, body, because })
}

async fn subjects_of(work: &mut Work, id: Uuid) -> Result<Vec<Subject>> {
    Ok(store::list_subjects(work, id).await?.iter().map(Subject::from).collect())
}

/// The record's people, with the files of those only whom the actor may know of.
async fn subjects_in_scope(work: &mut Work, id: Uuid) -> Result<Vec<Subject>> {
    let mut subjects = subjects_of(work, id).await?;
    for subject in &mut subjects {
        if let Some(resident) = subject.resident_id {
            subject.resident_id = residents::find(work, resident).await?.map(|found| found.id);
        }
    }
    Ok(subjects)
}
