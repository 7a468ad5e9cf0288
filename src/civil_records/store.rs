//! The tables of marriages and births. A version is only ever inserted and, once, marked as superseded. Scope is not
//! here: a record lies in nobody's committee, it is reached through its people (see `mod.rs`).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Part, RecordSummary, Subject};
use crate::db::{execute, fetch_all, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::values::Sealed;
use crate::work::Work;

/// A version as it lies in its row, beside what everybody may see of it.
pub(super) struct VersionRow {
    pub summary: RecordSummary,
    pub body: Sealed,
    pub fingerprint: Vec<u8>,
    pub certificate_index: Option<Vec<u8>>,
}

/// A person of a record and the blind index of how the record describes them.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct SubjectRow {
    pub part: Part,
    pub resident_id: Option<Uuid>,
    pub person_index: Vec<u8>,
}

impl From<&SubjectRow> for Subject {
    fn from(row: &SubjectRow) -> Self {
        Self { part: row.part, resident_id: row.resident_id }
    }
}

/// Inserts a version; `Stale` when somebody else was faster.
pub(super) async fn insert(work: &mut Work, row: &VersionRow) -> Result<()> {
    let (locality, recorded_by) = (work.locality().clone(), work.actor().id);
    let summary = &row.summary;
    let inserted = execute!(
        &mut work.tx,
        "insert into civil_records (locality, id, version, kind, body, fingerprint, certificate_index, standing, issuer,
                                    source, source_peer, source_message, office, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &locality,
        summary.id,
        summary.version,
        summary.kind,
        &row.body,
        &row.fingerprint,
        &row.certificate_index,
        summary.standing,
        &summary.issuer,
        summary.source,
        &summary.source_peer,
        summary.source_message,
        &summary.office,
        summary.recorded_at,
        recorded_by
    );
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(Error::Stale),
        Err(error) => Err(error.into()),
    }
}

/// Marks a version as superseded; `Stale` when it was already.
pub(super) async fn supersede(work: &mut Work, id: Uuid, version: i32, at: DateTime<Utc>) -> Result<()> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "update civil_records set superseded_at = $4
         where locality = $1 and id = $2 and version = $3 and superseded_at is null",
        &locality,
        id,
        version,
        at
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

pub(super) async fn find_current(work: &mut Work, id: Uuid) -> Result<Option<RecordSummary>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        RecordSummary,
        "select id, version, kind, standing, issuer, source, source_peer, source_message, office, recorded_at,
                superseded_at, consent_withdrawn_at,
                (select min(x.raised_at) from doubts x where x.locality = civil_records.locality and x.about_id = civil_records.id
                 and x.closed_at is null) as under_investigation_since
         from civil_records where locality = $1 and id = $2 and superseded_at is null",
        &locality,
        id
    )?)
}

pub(super) async fn list_versions(work: &mut Work, id: Uuid) -> Result<Vec<RecordSummary>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        RecordSummary,
        "select id, version, kind, standing, issuer, source, source_peer, source_message, office, recorded_at,
                superseded_at, consent_withdrawn_at,
                (select min(x.raised_at) from doubts x where x.locality = civil_records.locality and x.about_id = civil_records.id
                 and x.closed_at is null) as under_investigation_since
         from civil_records where locality = $1 and id = $2 order by version",
        &locality,
        id
    )?)
}

/// The sealed body of a version and its fingerprint.
pub(super) async fn find_body(work: &mut Work, id: Uuid, version: i32) -> Result<Option<(Sealed, Vec<u8>)>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        (Sealed, Vec<u8>),
        "select body, fingerprint from civil_records where locality = $1 and id = $2 and version = $3",
        &locality,
        id,
        version
    )?)
}

/// Whether a record other than `id` stands on this certificate.
pub(super) async fn is_certificate_on_record(work: &mut Work, index: &[u8], id: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from civil_records
         where locality = $1 and certificate_index = $2 and superseded_at is null and id <> $3 limit 1",
        &locality,
        index,
        id
    )?;
    Ok(row.is_some())
}

pub(super) async fn list_subjects(work: &mut Work, id: Uuid) -> Result<Vec<SubjectRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        SubjectRow,
        "select part, resident_id, person_index from civil_record_subjects
         where locality = $1 and record_id = $2 order by part",
        &locality,
        id
    )?)
}

pub(super) async fn replace_subjects(work: &mut Work, id: Uuid, subjects: &[SubjectRow]) -> Result<()> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    execute!(tx, "delete from civil_record_subjects where locality = $1 and record_id = $2", &locality, id)?;
    for subject in subjects {
        execute!(
            tx,
            "insert into civil_record_subjects (locality, record_id, part, resident_id, person_index)
             values ($1, $2, $3, $4, $5)",
            &locality,
            id,
            subject.part,
            subject.resident_id,
            &subject.person_index
        )?;
    }
    Ok(())
}

pub(super) async fn list_of_resident(work: &mut Work, resident: Uuid) -> Result<Vec<RecordSummary>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        RecordSummary,
        "select r.id, r.version, r.kind, r.standing, r.issuer, r.source, r.source_peer, r.source_message, r.office,
                r.recorded_at, r.superseded_at, r.consent_withdrawn_at,
                (select min(x.raised_at) from doubts x where x.locality = r.locality and x.about_id = r.id
                 and x.closed_at is null) as under_investigation_since
         from civil_record_subjects s
         join civil_records r on r.locality = s.locality and r.id = s.record_id and r.superseded_at is null
         where s.locality = $1 and s.resident_id = $2 order by r.id",
        &locality,
        resident
    )?)
}

/// Whether a birth record that stands names the one as a parent of the other.
pub(super) async fn is_parent(work: &mut Work, parent: Uuid, child: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select r.id from civil_record_subjects c
         join civil_record_subjects p on p.locality = c.locality and p.record_id = c.record_id
         join civil_records r on r.locality = c.locality and r.id = c.record_id
         where c.locality = $1 and c.resident_id = $2 and c.part = 'child' and p.resident_id = $3
           and p.part in ('parent-a', 'parent-b') and r.superseded_at is null and r.kind = 'birth'
           and r.standing = 'stands' and r.consent_withdrawn_at is null limit 1",
        &locality,
        child,
        parent
    )?;
    Ok(row.is_some())
}
