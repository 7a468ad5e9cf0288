//! The messages in which versions came, and the versions emptied when none of those rests on anything any more.

use uuid::Uuid;

use crate::civil_records::store::VersionRow;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::NodeCode;
use crate::work::Work;

/// Notes that a version came in a message, too.
pub(in crate::civil_records) async fn insert_message(
    work: &mut Work,
    id: Uuid,
    version: i32,
    peer: &NodeCode,
    message: Uuid,
) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into civil_record_messages (locality, record_id, version, peer, message_id) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        &locality,
        id,
        version,
        peer,
        message
    )?;
    Ok(())
}

/// Notes the messages of versions that were kept before messages were: each knows the one it came in first.
pub(super) async fn note_first_messages(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into civil_record_messages (locality, record_id, version, peer, message_id, consent_withdrawn_at)
         select r.locality, r.id, r.version, r.source_peer, r.source_message, r.consent_withdrawn_at
         from civil_records r
         where r.locality = $1 and r.id = $2 and r.source_peer is not null and r.source_message is not null
         on conflict do nothing",
        &locality,
        id
    )?;
    Ok(())
}

/// Marks one of a peer's messages, whose consent was withdrawn; answers the versions of the record that came in it.
pub(super) async fn mark_message(work: &mut Work, id: Uuid, peer: &NodeCode, message: Uuid) -> Result<Vec<i32>> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = fetch_all!(
        &mut work.tx,
        (i32,),
        "update civil_record_messages set consent_withdrawn_at = $5
         where locality = $1 and record_id = $2 and peer = $3 and message_id = $4 and consent_withdrawn_at is null
         returning version",
        &locality,
        id,
        peer,
        message,
        now
    )?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// Empties a version unless it also came in a message that stands; answers whether it was emptied now.
pub(super) async fn empty_version(work: &mut Work, id: Uuid, version: i32) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let nothing: &[u8] = &[];
    let rows = execute!(
        &mut work.tx,
        "update civil_records set body = $4, fingerprint = $4, certificate_index = null, consent_withdrawn_at = $5
         where locality = $1 and id = $2 and version = $3 and consent_withdrawn_at is null
           and not exists (select 1 from civil_record_messages m
                           where m.locality = $1 and m.record_id = $2 and m.version = $3
                             and m.consent_withdrawn_at is null)",
        &locality,
        id,
        version,
        nothing,
        now
    )?;
    Ok(rows == 1)
}

/// Whether a version of the record still says something.
pub(super) async fn says_anything(work: &mut Work, id: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let nothing: &[u8] = &[];
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from civil_records where locality = $1 and id = $2 and body <> $3 limit 1",
        &locality,
        id,
        nothing
    )?;
    Ok(row.is_some())
}

/// Puts a version that came again in the place of the emptied one.
pub(in crate::civil_records) async fn refill(work: &mut Work, row: &VersionRow) -> Result<()> {
    let locality = work.locality().clone();
    let summary = &row.summary;
    execute!(
        &mut work.tx,
        "update civil_records set body = $4, fingerprint = $5, certificate_index = $6, standing = $7, source = $8,
                source_peer = $9, source_message = $10, consent_withdrawn_at = null
         where locality = $1 and id = $2 and version = $3 and consent_withdrawn_at is not null",
        &locality,
        summary.id,
        summary.version,
        &row.body,
        &row.fingerprint,
        &row.certificate_index,
        summary.standing,
        summary.source,
        &summary.source_peer,
        summary.source_message
    )?;
    Ok(())
}
