//! Order and hash chain. Entries become visible at commit, which is not the order of their ids; so a sealer gives
//! committed entries consecutive positions, and each seal's hash covers the entry and the hash before it:
//! `hash(n) = SHA-256(hash(n-1) ‖ entry(n))`, `hash(0)` being 32 zero bytes. The chain is per locality.

use chrono::{DateTime, Utc};
use ring::digest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{checkpoints, store, tree, verify};
use crate::access::Action;
use crate::error::Result;
use crate::work::Work;

/// Entries sealed in one transaction at most.
pub(super) const BATCH: i64 = 500;

/// An entry with its place in the order.
#[derive(Debug)]
pub struct SealedEntry {
    /// 1 for the first entry of the locality.
    pub position: i64,
    /// The entry's id.
    pub id: Uuid,
    /// The whole entry.
    pub entry: Value,
}

/// Seals what was committed, up to a batch, puts it into the tree and, when nothing is left to do, signs a checkpoint.
/// Answers how many entries that were. Call until it answers 0. Run in a unit of work of its own.
pub async fn seal_all(work: &mut Work) -> Result<u64> {
    let entries = store::unsealed(work, BATCH).await?;
    if !entries.is_empty() {
        let (mut position, mut hash) = store::head(work).await?.unwrap_or((0, vec![0; 32]));
        for (id, entry) in &entries {
            position += 1;
            hash = chain(&hash, entry);
            store::insert_seal(work, position, *id, &hash).await?;
        }
    }
    let done = tree::grow(work, BATCH).await?.max(entries.len() as u64);
    if (1..BATCH as u64).contains(&done) && !checkpoints::make(work).await? {
        verify::find_out(work).await?;
    }
    Ok(done)
}

/// Up to `limit` sealed entries after a position, in order.
pub async fn after(work: &mut Work, position: i64, limit: i64) -> Result<Vec<SealedEntry>> {
    let rows = store::sealed_after(work, position, limit).await?;
    rows.into_iter()
        .map(|row| Ok(SealedEntry { position: row.position, id: row.entry_id, entry: super::read(&row.entry)? }))
        .collect()
}

/// The same for readers: what was written about somebody protected, while they are, is withheld but for its place and id.
/// Its hash stays, and so does what is proved by it. What was written before stays as it was read then, so that nobody
/// learns from what vanishes.
pub async fn readable_after(work: &mut Work, position: i64, limit: i64) -> Result<Vec<SealedEntry>> {
    let withheld = store::withheld_after(work, position, limit).await?;
    let mut entries = after(work, position, limit).await?;
    for entry in entries.iter_mut().filter(|entry| withheld.contains(&entry.position)) {
        entry.entry = json!({ "id": entry.id, "withheld": true });
    }
    Ok(entries)
}

/// Which sealed entries are wanted.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Those below this position; the newest when absent.
    pub before: Option<i64>,
    /// Of this instant and later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Of this kind. Entries that are withheld have none.
    pub kind: Option<String>,
}

/// Up to `limit` sealed entries, newest first; withheld as [`readable_after`] does.
pub async fn readable(work: &mut Work, wanted: &Wanted, limit: i64) -> Result<Vec<SealedEntry>> {
    work.permit(Action::ReadJournal)?;
    work.within_scope(&work.locality().clone().into(), "journal")?;
    let rows = store::sealed_before(work, wanted, limit).await?;
    let entry = |row: &store::ReadableRow| match row.withheld {
        true => Ok(json!({ "id": row.entry_id, "withheld": true })),
        false => super::read(&row.entry),
    };
    rows.iter().map(|row| Ok(SealedEntry { position: row.position, id: row.entry_id, entry: entry(row)? })).collect()
}

pub(super) fn chain(before: &[u8], entry: &str) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(before);
    context.update(entry.as_bytes());
    context.finish().as_ref().to_vec()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
