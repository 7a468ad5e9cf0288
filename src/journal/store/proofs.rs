//! Tree, checkpoints, keys and findings. Only ever inserted, but for the newest cosigned checkpoint of each peer.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use tlog_tiles::Hash;

use crate::db::{execute, fetch_all, fetch_one, fetch_optional, is_unique_violation, on_both};
use crate::error::{Error, Result};
use crate::journal::{Finding, Made};
use crate::values::NodeCode;
use crate::work::Work;

pub(in crate::journal) async fn last_number(work: &mut Work) -> Result<Option<i64>> {
    let locality = work.locality().clone();
    let (number,) = fetch_one!(
        &mut work.tx,
        (Option<i64>,),
        "select max(number) from journal_tree where locality = $1",
        &locality
    )?;
    Ok(number)
}

/// Writes hashes; `Stale` when another sealer was faster.
pub(in crate::journal) async fn insert_hashes(work: &mut Work, hashes: &[(u64, Hash)]) -> Result<()> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    let done = on_both!(tx, conn => {
        let mut insert = sqlx::QueryBuilder::new("insert into journal_tree (locality, number, hash) ");
        insert.push_values(hashes, |mut row, (number, hash)| {
            row.push_bind(&locality).push_bind(*number as i64).push_bind(hash.0.to_vec());
        });
        insert.build().execute(conn).await.map(drop)
    });
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Stale),
        other => Ok(other?),
    }
}

pub(in crate::journal) async fn find_hash(work: &mut Work, number: i64) -> Result<Option<Vec<u8>>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Vec<u8>,),
        "select hash from journal_tree where locality = $1 and number = $2",
        &locality,
        number
    )?;
    Ok(row.map(|(hash,)| hash))
}

/// The hashes numbered `from` to below `until`, in order.
pub(in crate::journal) async fn hashes(work: &mut Work, from: i64, until: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (i64, Vec<u8>),
        "select number, hash from journal_tree where locality = $1 and number >= $2 and number < $3 order by number",
        &locality,
        from,
        until
    )?)
}

/// Where a hash stands in the tree. Reads the whole tree: for findings only.
pub(in crate::journal) async fn numbers_of(work: &mut Work, hash: &[u8]) -> Result<Vec<i64>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (i64,),
        "select number from journal_tree where locality = $1 and hash = $2 order by number limit 10",
        &locality,
        hash
    )?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Keeps a checkpoint; `Stale` when another sealer was faster.
pub(in crate::journal) async fn insert_checkpoint(work: &mut Work, size: i64, note: &str) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let done = execute!(
        &mut work.tx,
        "insert into journal_checkpoints (locality, size, note, made_at) values ($1, $2, $3, $4)",
        &locality,
        size,
        note,
        now
    );
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Stale),
        other => Ok(other.map(drop)?),
    }
}

pub(in crate::journal) async fn last_checkpoint(work: &mut Work) -> Result<Option<String>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (String,),
        "select note from journal_checkpoints where locality = $1 order by size desc limit 1",
        &locality
    )?;
    Ok(row.map(|(note,)| note))
}

/// The last checkpoints, newest first.
pub(in crate::journal) async fn last_made(work: &mut Work, limit: i64) -> Result<Vec<Made>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Made,
        "select size, made_at from journal_checkpoints where locality = $1 order by size desc limit $2",
        &locality,
        limit
    )?)
}

/// Checkpoints above a size, smallest first.
pub(in crate::journal) async fn checkpoints(work: &mut Work, above: i64, limit: i64) -> Result<Vec<(i64, String)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (i64, String),
        "select size, note from journal_checkpoints where locality = $1 and size > $2 order by size limit $3",
        &locality,
        above,
        limit
    )?)
}

#[derive(sqlx::FromRow)]
pub(in crate::journal) struct KeyRow {
    pub secret: Vec<u8>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: DateTime<Utc>,
}

/// The keys of the node's journals, oldest first.
pub(in crate::journal) async fn keys(work: &mut Work) -> Result<Vec<KeyRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        KeyRow,
        "select secret, valid_from, valid_until from journal_keys where locality = $1 order by valid_from, id",
        &seat
    )?)
}

pub(in crate::journal) async fn insert_key(work: &mut Work, key: &KeyRow) -> Result<()> {
    let (seat, id) = (work.node().seat.clone(), work.new_id());
    execute!(
        &mut work.tx,
        "insert into journal_keys (locality, id, secret, valid_from, valid_until) values ($1, $2, $3, $4, $5)",
        &seat,
        id,
        &key.secret,
        key.valid_from,
        key.valid_until
    )?;
    Ok(())
}

pub(in crate::journal) async fn insert_finding(work: &mut Work, found: &Finding) -> Result<()> {
    let (locality, id) = (work.locality().clone(), work.new_id());
    execute!(
        &mut work.tx,
        "insert into journal_verifications (locality, id, verified_at, entries, position, reason)
         values ($1, $2, $3, $4, $5, $6)",
        &locality,
        id,
        found.verified_at,
        found.entries,
        found.position,
        found.reason.as_deref()
    )?;
    Ok(())
}

pub(in crate::journal) async fn last_finding(work: &mut Work) -> Result<Option<Finding>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Finding,
        "select verified_at, entries, position, reason from journal_verifications where locality = $1
         order by id desc limit 1",
        &locality
    )?)
}

#[derive(sqlx::FromRow)]
pub(in crate::journal) struct CosignedRow {
    pub peer: NodeCode,
    pub size: i64,
    pub note: String,
    pub witness: String,
}

/// The newest checkpoint that each peer confirmed to hold.
pub(in crate::journal) async fn cosigned(work: &mut Work) -> Result<Vec<CosignedRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        CosignedRow,
        "select peer, size, note, witness from journal_cosigned where locality = $1 order by peer",
        &locality
    )?)
}

/// Notes that a peer holds a checkpoint of ours.
pub(in crate::journal) async fn set_cosigned(work: &mut Work, row: &CosignedRow) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into journal_cosigned (locality, peer, size, note, witness, confirmed_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (locality, peer) do update
         set size = excluded.size, note = excluded.note, witness = excluded.witness, confirmed_at = excluded.confirmed_at",
        &locality,
        &row.peer,
        row.size,
        &row.note,
        &row.witness,
        now
    )?;
    Ok(())
}

/// The position and text of an entry that is sealed.
pub(in crate::journal) async fn sealed_entry(work: &mut Work, id: Uuid) -> Result<Option<(i64, String)>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        (i64, String),
        "select s.position, j.entry from journal_seals s
         join journal j on j.locality = s.locality and j.id = s.entry_id
         where s.locality = $1 and s.entry_id = $2",
        &locality,
        id
    )?)
}

/// The sealed entries about a person below a position and within a tree's size, newest first.
pub(in crate::journal) async fn sealed_about(
    work: &mut Work,
    subject: Uuid,
    (below, size): (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, String)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (i64, String),
        "select s.position, j.entry from journal_subjects b
         join journal_seals s on s.locality = b.locality and s.entry_id = b.entry_id
         join journal j on j.locality = b.locality and j.id = b.entry_id
         where b.locality = $1 and b.subject_id = $2 and s.position < $3 and s.position <= $4
         order by s.position desc limit $5",
        &locality,
        subject,
        below,
        size,
        limit
    )?)
}
