//! The table of wrapped data keys.

use uuid::Uuid;

use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::work::Work;

pub(super) async fn find_key(work: &mut Work, owner: Uuid) -> Result<Option<Vec<u8>>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Vec<u8>,),
        "select wrapped from data_keys where locality = $1 and owner_id = $2",
        &locality,
        owner
    )?;
    Ok(row.map(|(wrapped,)| wrapped))
}

pub(super) async fn insert_key(work: &mut Work, owner: Uuid, key_id: &str, wrapped: &[u8]) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into data_keys (locality, owner_id, node_key_id, wrapped, created_at) values ($1, $2, $3, $4, $5)",
        &locality,
        owner,
        key_id,
        wrapped,
        now
    )?;
    Ok(())
}

/// Data keys that another node key than `active` wraps.
pub(super) async fn find_keys_under_others(work: &mut Work, active: &str, limit: i64) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Vec<u8>),
        "select owner_id, wrapped from data_keys where locality = $1 and node_key_id <> $2 order by owner_id limit $3",
        &locality,
        active,
        limit
    )?)
}

/// Puts a key wrapped anew in the place of the one that was read; not in that of one destroyed meanwhile.
pub(super) async fn replace_key(
    work: &mut Work,
    owner: Uuid,
    before: &[u8],
    (key_id, wrapped): (&str, &[u8]),
) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update data_keys set node_key_id = $4, wrapped = $5 where locality = $1 and owner_id = $2 and wrapped = $3",
        &locality,
        owner,
        before,
        key_id,
        wrapped
    )?;
    Ok(())
}

pub(super) async fn delete_key(work: &mut Work, owner: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(&mut work.tx, "delete from data_keys where locality = $1 and owner_id = $2", &locality, owner)?;
    Ok(())
}
