//! How a version is kept: its body sealed, its people attached, its certificate known; and how it is opened.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{self, SubjectRow, VersionRow};
use super::{RecordBody, RecordSummary, Source, Standing, Subject, rules, withdrawn};
use crate::error::{Error, Result};
use crate::journal::Disclosure;
use crate::values::{NodeCode, ShortText};
use crate::vault::{self, Place};
use crate::work::Work;

/// A version to keep.
pub(super) struct Version {
    pub id: Uuid,
    pub version: i32,
    pub body: RecordBody,
    pub standing: Standing,
    pub issuer: NodeCode,
    pub source: Source,
    /// The peer that brought it and the message in which it came.
    pub brought_by: Option<(NodeCode, Uuid)>,
    pub because: Option<ShortText>,
}

/// What is sealed. The version is in it so that a body moved to another version's row does not pass for that version's.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: i32,
    body: RecordBody,
    because: Option<ShortText>,
}

fn place(record: Uuid) -> Place {
    Place { column: "civil_records.body", row: record }
}

/// Equal for equal contents: tells, without opening anything, whether a version that comes again says the same.
pub(super) fn fingerprint(work: &Work, body: &RecordBody, standing: Standing) -> Result<Vec<u8>> {
    let text = serde_json::to_string(&(body, standing)).map_err(Error::internal)?;
    Ok(work.node().vault.blind_index("civil-record", &text))
}

/// Keeps a version in the place of the current one, if there is one, with all its people in one step. Answers the
/// residents it concerns, with those it no longer does.
pub(super) async fn put(work: &mut Work, version: Version, matched: &[Subject]) -> Result<Vec<Uuid>> {
    let id = version.id;
    let earlier = store::list_subjects(work, id).await?;
    let subjects = attach(work, &version.body, &earlier, matched)?;
    let row = seal(work, version).await?;
    if let Some(index) = &row.certificate_index
        && row.summary.source_peer.is_none()
        && store::is_certificate_on_record(work, index, id).await?
    {
        return Err(Error::Refused("certificate-on-record"));
    }
    if let Some(current) = store::find_current(work, id).await? {
        store::supersede(work, id, current.version, row.summary.recorded_at).await?;
    }
    store::insert(work, &row).await?;
    note_message(work, &row.summary).await?;
    store::replace_subjects(work, id, &subjects).await?;
    Ok(residents_of(earlier.iter().chain(&subjects)))
}

/// Puts a version that was erased with its consent and has come again in its place; answers the residents it concerns.
pub(super) async fn put_again(
    work: &mut Work,
    version: Version,
    matched: &[Subject],
    is_current: bool,
) -> Result<Vec<Uuid>> {
    let id = version.id;
    let earlier = store::list_subjects(work, id).await?;
    let subjects = attach(work, &version.body, &earlier, matched)?;
    let row = seal(work, version).await?;
    withdrawn::refill(work, &row).await?;
    note_message(work, &row.summary).await?;
    if is_current {
        store::replace_subjects(work, id, &subjects).await?;
    }
    Ok(residents_of(subjects.iter()))
}

/// What brought a version, if a peer did.
async fn note_message(work: &mut Work, summary: &RecordSummary) -> Result<()> {
    match (&summary.source_peer, summary.source_message) {
        (Some(peer), Some(message)) => {
            withdrawn::insert_message(work, summary.id, summary.version, peer, message).await
        }
        _ => Ok(()),
    }
}

/// Attaches people newly found to the version that is current; answers those who were not attached before.
pub(super) async fn attach_more(
    work: &mut Work,
    id: Uuid,
    body: &RecordBody,
    matched: &[Subject],
) -> Result<Vec<Uuid>> {
    let earlier = store::list_subjects(work, id).await?;
    let subjects = attach(work, body, &earlier, matched)?;
    let before = residents_of(earlier.iter());
    let added: Vec<Uuid> = residents_of(subjects.iter()).into_iter().filter(|now| !before.contains(now)).collect();
    if !added.is_empty() {
        store::replace_subjects(work, id, &subjects).await?;
    }
    Ok(added)
}

/// Says of each person of the body whose file here is theirs: as matched now, or else as it was for a person who is
/// described in the same words as before.
fn attach(work: &Work, body: &RecordBody, earlier: &[SubjectRow], matched: &[Subject]) -> Result<Vec<SubjectRow>> {
    let mut rows: Vec<SubjectRow> = Vec::new();
    for (part, person) in body.people() {
        let text = serde_json::to_string(&person).map_err(Error::internal)?;
        let person_index = work.node().vault.blind_index("civil-record-person", &text);
        let now = matched.iter().find(|subject| subject.part == part).and_then(|subject| subject.resident_id);
        let before = || earlier.iter().find(|row| row.person_index == person_index).and_then(|row| row.resident_id);
        let resident_id = now.or_else(before);
        if resident_id.is_some() && rows.iter().any(|row| row.resident_id == resident_id) {
            return Err(Error::Refused("same-person"));
        }
        rows.push(SubjectRow { part, resident_id, person_index });
    }
    if rows.iter().all(|row| row.resident_id.is_none()) {
        return Err(Error::Refused("nobody-on-file"));
    }
    Ok(rows)
}

fn residents_of<'r>(rows: impl Iterator<Item = &'r SubjectRow>) -> Vec<Uuid> {
    let mut known: Vec<Uuid> = rows.filter_map(|row| row.resident_id).collect();
    known.sort_unstable();
    known.dedup();
    known
}

async fn seal(work: &mut Work, version: Version) -> Result<VersionRow> {
    let Version { id, version, body, standing, issuer, source, brought_by, because } = version;
    let fingerprint = fingerprint(work, &body, standing)?;
    // What was annulled no longer stands in the way of a record on the same certificate.
    let certificate = rules::certificate_text(&body).filter(|_| standing != Standing::Annulled);
    let certificate_index = certificate.map(|text| work.node().vault.blind_index("civil-certificate", &text));
    let kind = body.kind();
    let text = serde_json::to_string(&Content { version, body, because }).map_err(Error::internal)?;
    let body = vault::seal(work, id, place(id), &text).await?;
    let (source_peer, source_message) = brought_by.unzip();
    let summary = RecordSummary {
        id,
        version,
        kind,
        standing,
        issuer,
        source,
        office: work.scope().division().clone(),
        source_peer,
        source_message,
        recorded_at: work.now(),
        superseded_at: None,
        under_investigation_since: None,
        consent_withdrawn_at: None,
    };
    Ok(VersionRow { summary, body, fingerprint, certificate_index })
}

/// Opens a version: what it says, and why it was corrected.
///
/// # Errors
/// `Refused("erased")` for one that was erased with the consent on which it came.
pub(super) async fn open(
    work: &mut Work,
    disclosure: &Disclosure,
    summary: &RecordSummary,
) -> Result<(RecordBody, Option<ShortText>)> {
    let id = summary.id;
    if summary.consent_withdrawn_at.is_some() {
        return Err(Error::Refused("erased"));
    }
    let (sealed, kept) = store::find_body(work, id, summary.version).await?.ok_or(super::RECORD)?;
    let text = vault::open(work, disclosure, id, place(id), &sealed).await?;
    let content: Content =
        serde_json::from_str(&text).map_err(|_| Error::internal("a civil record does not read back"))?;
    let unchanged = content.version == summary.version
        && content.body.kind() == summary.kind
        && fingerprint(work, &content.body, summary.standing)? == kept;
    if unchanged { Ok((content.body, content.because)) } else { Err(Error::internal("a civil record was moved")) }
}
