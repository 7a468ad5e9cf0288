//! Order and hash chain. Entries become visible at commit, which is not the order of their ids; so a sealer gives
//! committed entries consecutive positions, and each seal's hash covers the entry and the hash before it:
//! `hash(n) = SHA-256(hash(n-1) ‖ entry(n))`, `hash(0)` being 32 zero bytes. The chain is per locality.

use ring::digest;
use serde_json::Value;
use uuid::Uuid;

use super::store;
use crate::error::{Error, Result};
use crate::work::Work;

/// Entries sealed in one transaction at most.
const BATCH: i64 = 500;

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

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every seal fits; `head` is the last hash in hex.
    Sound {
        /// Entries sealed.
        entries: i64,
        /// Entries committed and still waiting for the sealer.
        unsealed: i64,
        /// Last hash, hex.
        head: String,
    },
    /// The first position that does not fit, and why.
    Broken {
        /// The position.
        position: i64,
        /// A stable code: `gap`, `wrong-hash`, `altered-entry`, `missing-seal`.
        reason: &'static str,
    },
}

/// Seals what was committed, up to a batch; answers how many entries that were. Call until it answers 0.
/// Run in a unit of work of its own.
pub async fn seal_all(work: &mut Work) -> Result<u64> {
    let entries = store::unsealed(work, BATCH).await?;
    if entries.is_empty() {
        return Ok(0);
    }
    let (mut position, mut hash) = store::head(work).await?.unwrap_or((0, vec![0; 32]));
    for (id, entry) in &entries {
        position += 1;
        hash = chain(&hash, entry);
        store::insert_seal(work, position, *id, &hash).await?;
    }
    Ok(entries.len() as u64)
}

/// Up to `limit` sealed entries after a position, in order.
pub async fn after(work: &mut Work, position: i64, limit: i64) -> Result<Vec<SealedEntry>> {
    let rows = store::sealed_after(work, position, limit).await?;
    rows.into_iter()
        .map(|row| {
            let entry = serde_json::from_str(&row.entry).map_err(Error::internal)?;
            Ok(SealedEntry { position: row.position, id: row.entry_id, entry })
        })
        .collect()
}

/// Recomputes the chain of the work's locality from its first entry.
pub async fn verify(work: &mut Work) -> Result<Verdict> {
    let (mut position, mut hash) = (0, vec![0; 32]);
    loop {
        let rows = store::sealed_after(work, position, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            position += 1;
            if row.position != position {
                return Ok(Verdict::Broken { position, reason: "gap" });
            }
            if !agrees(&row) {
                return Ok(Verdict::Broken { position, reason: "altered-entry" });
            }
            hash = chain(&hash, &row.entry);
            if hash != row.hash {
                return Ok(Verdict::Broken { position, reason: "wrong-hash" });
            }
        }
    }
    let (entries, unsealed) = store::counts(work).await?;
    if entries != position + unsealed {
        return Ok(Verdict::Broken { position: position + 1, reason: "missing-seal" });
    }
    Ok(Verdict::Sound { entries: position, unsealed, head: hex(&hash) })
}

/// Whether the columns repeat what the hashed text says.
fn agrees(row: &store::SealRow) -> bool {
    let Ok(entry) = serde_json::from_str::<Value>(&row.entry) else { return false };
    entry["id"] == row.entry_id.to_string() && entry["kind"] == row.kind
}

fn chain(before: &[u8], entry: &str) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(before);
    context.update(entry.as_bytes());
    context.finish().as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
