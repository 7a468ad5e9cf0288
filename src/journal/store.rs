//! The journal's tables. Entries and seals are only ever inserted.

pub(super) mod proofs;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Wanted;
use crate::db::{execute, fetch_all, fetch_one, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(super) struct SealRow {
    pub position: i64,
    pub entry_id: Uuid,
    pub hash: Vec<u8>,
    pub kind: String,
    pub entry: String,
}

pub(super) async fn insert(work: &mut Work, id: Uuid, kind: &str, subjects: &[Uuid], entry: &str) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let tx = &mut work.tx;
    execute!(
        tx,
        "insert into journal (locality, id, kind, at, entry) values ($1, $2, $3, $4, $5)",
        &locality,
        id,
        kind,
        now,
        entry
    )?;
    execute!(tx, "insert into journal_unsealed (locality, entry_id) values ($1, $2)", &locality, id)?;
    for subject in subjects {
        execute!(
            tx,
            "insert into journal_subjects (locality, subject_id, entry_id) values ($1, $2, $3) on conflict do nothing",
            &locality,
            subject,
            id
        )?;
    }
    Ok(())
}

pub(super) async fn about(work: &mut Work, subject: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<String>> {
    let locality = work.locality().clone();
    let before = before.unwrap_or(Uuid::max());
    let rows = fetch_all!(
        &mut work.tx,
        (String,),
        "select j.entry from journal_subjects s
         join journal j on j.locality = s.locality and j.id = s.entry_id
         where s.locality = $1 and s.subject_id = $2 and s.entry_id < $3 order by s.entry_id desc limit $4",
        &locality,
        subject,
        before,
        limit
    )?;
    Ok(rows.into_iter().map(|(entry,)| entry).collect())
}

pub(super) async fn unsealed(work: &mut Work, limit: i64) -> Result<Vec<(Uuid, String)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, String),
        "select j.id, j.entry from journal_unsealed u
         join journal j on j.locality = u.locality and j.id = u.entry_id
         where u.locality = $1 order by u.entry_id limit $2",
        &locality,
        limit
    )?)
}

pub(super) async fn head(work: &mut Work) -> Result<Option<(i64, Vec<u8>)>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        (i64, Vec<u8>),
        "select position, hash from journal_seals where locality = $1 order by position desc limit 1",
        &locality
    )?)
}

/// Gives an entry its place; `Stale` when another sealer was faster.
pub(super) async fn insert_seal(work: &mut Work, position: i64, entry: Uuid, hash: &[u8]) -> Result<()> {
    let locality = work.locality().clone();
    let done = execute!(
        &mut work.tx,
        "insert into journal_seals (locality, position, entry_id, hash) values ($1, $2, $3, $4)",
        &locality,
        position,
        entry,
        hash
    );
    match done {
        Err(error) if is_unique_violation(&error) => return Err(Error::Stale),
        other => other.map(drop)?,
    }
    execute!(&mut work.tx, "delete from journal_unsealed where locality = $1 and entry_id = $2", &locality, entry)?;
    Ok(())
}

pub(super) async fn sealed_after(work: &mut Work, position: i64, limit: i64) -> Result<Vec<SealRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        SealRow,
        "select s.position, s.entry_id, s.hash, j.kind, j.entry from journal_seals s
         join journal j on j.locality = s.locality and j.id = s.entry_id
         where s.locality = $1 and s.position > $2 order by s.position limit $3",
        &locality,
        position,
        limit
    )?)
}

/// Which of the entries after a position concern somebody who is protected, and was so when they were written.
pub(super) async fn withheld_after(work: &mut Work, position: i64, limit: i64) -> Result<Vec<i64>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (i64, bool),
        "select s.position,
                exists (select 1 from journal_subjects x
                        join protections p on p.locality = x.locality and p.resident_id = x.subject_id
                        where x.locality = $1 and x.locality = s.locality and x.entry_id = s.entry_id
                          and p.lifted_at is null and p.raised_at <= j.at)
         from journal_seals s join journal j on j.locality = s.locality and j.id = s.entry_id
         where s.locality = $1 and s.position > $2 order by s.position limit $3",
        &locality,
        position,
        limit
    )?;
    Ok(rows.into_iter().filter(|(_, withheld)| *withheld).map(|(position, _)| position).collect())
}

#[derive(sqlx::FromRow)]
pub(super) struct ReadableRow {
    pub position: i64,
    pub entry_id: Uuid,
    pub entry: String,
    pub withheld: bool,
}

/// Sealed entries, newest first, each with whether it concerns somebody who is protected, and was so when it was written.
/// Nothing is told of the kind of such an entry: looked for by kind, it is not found.
pub(super) async fn sealed_before(work: &mut Work, wanted: &Wanted, limit: i64) -> Result<Vec<ReadableRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        ReadableRow,
        "select * from (
             select s.position, s.entry_id, j.entry, j.kind, j.at,
                    exists (select 1 from journal_subjects x
                            join protections p on p.locality = x.locality and p.resident_id = x.subject_id
                            where x.locality = $1 and x.locality = s.locality and x.entry_id = s.entry_id
                              and p.lifted_at is null and p.raised_at <= j.at) as withheld
             from journal_seals s join journal j on j.locality = s.locality and j.id = s.entry_id
             where s.locality = $1 and s.position < $2) e
         where ($3 is null or e.kind = $3 and not e.withheld) and ($4 is null or e.at >= $4) and ($5 is null or e.at < $5)
         order by e.position desc limit $6",
        &locality,
        wanted.before.unwrap_or(i64::MAX),
        wanted.kind.as_deref(),
        wanted.from,
        wanted.until,
        limit
    )?)
}

/// All entries, and those not yet sealed.
pub(super) async fn counts(work: &mut Work) -> Result<(i64, i64)> {
    let locality = work.locality().clone();
    Ok(fetch_one!(
        &mut work.tx,
        (i64, i64),
        "select (select cast(count(*) as bigint) from journal where locality = $1),
                (select cast(count(*) as bigint) from journal_unsealed where locality = $1)",
        &locality
    )?)
}

/// Up to `limit` entries after an instant and id and before an instant, in that order.
pub(super) async fn between(
    work: &mut Work,
    (at, id): (DateTime<Utc>, Uuid),
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, Uuid, String)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (DateTime<Utc>, Uuid, String),
        "select at, id, entry from journal
         where locality = $1 and (at > $2 or at = $2 and id > $3) and at < $4 order by at, id limit $5",
        &locality,
        at,
        id,
        until,
        limit
    )?)
}
