//! The whole journal of a county verified: every entry against chain and tree, every checkpoint ever signed against
//! the entries, those kept outside the database included.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use tlog_tiles::Hash;

use super::checkpoints::own_checkpoint;
use super::note::{Checkpoint, VerifierKey};
use super::seal::{BATCH, chain, hex};
use super::store::{self, SealRow};
use super::tree::{self, Frontier};
use super::{Event, kept, keys, leaf};
use crate::error::Result;
use crate::work::Work;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything fits; `head` is the chain's last hash in hex.
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
        /// The position; for `rewritten` that only a checkpoint shows, the first one it can be.
        position: i64,
        /// A stable code: `rewritten`, `reordered`, `truncated`, `gap`, `missing-seal`, `altered-entry`, `wrong-hash`,
        /// `wrong-tree`, `wrong-checkpoint`.
        reason: &'static str,
    },
}

/// What the last verification of a county found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Finding {
    /// When it was made.
    pub verified_at: DateTime<Utc>,
    /// Entries verified, when all fit.
    pub entries: Option<i64>,
    /// The first position that does not fit, when one does not.
    pub position: Option<i64>,
    /// Why: a stable code.
    pub reason: Option<String>,
}

/// A verification on its way through the journal.
struct Walk {
    position: i64,
    hash: Vec<u8>,
    frontier: Frontier,
    /// The largest size at which a checkpoint agreed.
    agreed: i64,
    own: Vec<VerifierKey>,
    /// Checkpoints that others keep: the file, and what witnesses confirmed.
    outside: Vec<Checkpoint>,
}

/// Why the walk stopped: the verdict's position and reason.
type Fault = (i64, &'static str);

/// Verifies the journal of the work's county from its first entry.
pub async fn verify(work: &mut Work) -> Result<Verdict> {
    let own = keys::verifiers(work).await?;
    let mut walk =
        Walk { position: 0, hash: vec![0; 32], frontier: Frontier::default(), agreed: 0, own, outside: Vec::new() };
    Ok(match walk.go(work).await? {
        Some((position, reason)) => Verdict::Broken { position, reason },
        None => {
            let (_, unsealed) = store::counts(work).await?;
            Verdict::Sound { entries: walk.position, unsealed, head: hex(&walk.hash) }
        }
    })
}

impl Walk {
    async fn go(&mut self, work: &mut Work) -> Result<Option<Fault>> {
        let tree_size = tree::signed(tree::size(work).await?)?;
        let mut notes: Vec<String> = store::proofs::cosigned(work).await?.into_iter().map(|row| row.note).collect();
        notes.extend(kept::read(work).await?);
        for note in notes {
            match own_checkpoint(&note, &self.own) {
                Some(checkpoint) => self.outside.push(checkpoint),
                None => return Ok(Some((1, "wrong-checkpoint"))),
            }
        }
        loop {
            let rows = store::sealed_after(work, self.position, BATCH).await?;
            if rows.is_empty() {
                return self.end(work, tree_size).await;
            }
            if let Some(fault) = self.batch(work, &rows, tree_size).await? {
                return Ok(Some(fault));
            }
        }
    }

    async fn batch(&mut self, work: &mut Work, rows: &[SealRow], tree_size: i64) -> Result<Option<Fault>> {
        let checkpoints = store::proofs::checkpoints(work, self.position, BATCH).await?;
        let mut checkpoints = checkpoints.into_iter().peekable();
        let mut stored = self.stored_hashes(work, rows.len()).await?.into_iter();
        for row in rows {
            let position = self.position + 1;
            if row.position != position {
                return Ok(Some((position, "gap")));
            }
            if !agrees(row) {
                return Ok(Some((position, "altered-entry")));
            }
            let leaf = leaf::leaf_hash(&row.entry);
            self.hash = chain(&self.hash, &row.entry);
            if self.hash != row.hash {
                return Ok(Some((position, what_happened(work, position, leaf, "wrong-hash").await?)));
            }
            for completed in self.frontier.push(leaf) {
                // A tree that is still growing over an older journal lacks the end; nothing before may differ.
                if position <= tree_size && stored.next().is_none_or(|(_, hash)| hash != completed.0) {
                    return Ok(Some((position, what_happened(work, position, leaf, "wrong-tree").await?)));
                }
            }
            self.position = position;
            while let Some((size, note)) = checkpoints.next_if(|(size, _)| *size <= position) {
                if let Some(fault) = self.checkpoint(size, &note) {
                    return Ok(Some(fault));
                }
            }
            if self.outside.iter().any(|kept| kept.size() == position && kept.root() != self.frontier.root()) {
                return Ok(Some((self.agreed + 1, "rewritten")));
            }
        }
        Ok(None)
    }

    async fn stored_hashes(&self, work: &mut Work, entries: usize) -> Result<Vec<(i64, Vec<u8>)>> {
        let first = self.frontier.size();
        let (from, until) = (tree::first_number(first), tree::first_number(first + entries as u64));
        store::proofs::hashes(work, tree::signed(from)?, tree::signed(until)?).await
    }

    fn checkpoint(&mut self, size: i64, note: &str) -> Option<Fault> {
        let signed = own_checkpoint(note, &self.own).filter(|checkpoint| checkpoint.size() == size);
        let Some(checkpoint) = signed else { return Some((size, "wrong-checkpoint")) };
        if checkpoint.root() != self.frontier.root() {
            return Some((self.agreed + 1, "rewritten"));
        }
        self.agreed = size;
        None
    }

    /// What must not be there after the last entry.
    async fn end(&self, work: &mut Work, tree_size: i64) -> Result<Option<Fault>> {
        let (entries, unsealed) = store::counts(work).await?;
        if entries != self.position + unsealed {
            return Ok(Some((self.position + 1, "missing-seal")));
        }
        let longer = tree_size > self.position
            || !store::proofs::checkpoints(work, self.position, 1).await?.is_empty()
            || self.outside.iter().any(|kept| kept.size() > self.position);
        Ok(longer.then_some((self.position + 1, "truncated")))
    }
}

/// Tells an entry that was written anew from one that was moved; `otherwise` when the entry is as the tree knows it.
async fn what_happened(work: &mut Work, position: i64, leaf: Hash, otherwise: &'static str) -> Result<&'static str> {
    let index = tree::unsigned(position - 1)?;
    let numbers = store::proofs::numbers_of(work, &leaf.0).await?;
    let places: Vec<u64> =
        numbers.into_iter().filter_map(|number| u64::try_from(number).ok()).filter_map(tree::leaf_of).collect();
    Ok(match places.as_slice() {
        [] => "rewritten",
        places if places.contains(&index) => otherwise,
        _ => "reordered",
    })
}

/// Whether the columns repeat what the hashed text says.
fn agrees(row: &SealRow) -> bool {
    let Ok(entry) = serde_json::from_str::<Value>(&row.entry) else { return false };
    entry["id"] == row.entry_id.to_string() && entry["kind"] == row.kind
}

/// Verifies the work's county and records what was found.
pub async fn verify_and_record(work: &mut Work) -> Result<Verdict> {
    let verdict = verify(work).await?;
    record(work, &verdict).await?;
    Ok(verdict)
}

/// Verifies the work's county because something does not fit, unless that is known already.
pub(super) async fn find_out(work: &mut Work) -> Result<()> {
    if last_finding(work).await?.is_none_or(|finding| finding.reason.is_none()) {
        verify_and_record(work).await?;
    }
    Ok(())
}

/// Records what a verification found; the first time the journal is found broken, the journal says so, too.
pub async fn record(work: &mut Work, verdict: &Verdict) -> Result<()> {
    let before = last_finding(work).await?.and_then(|finding| finding.reason);
    let (entries, position, reason) = match verdict {
        Verdict::Sound { entries, .. } => (Some(*entries), None, None),
        Verdict::Broken { position, reason } => (None, Some(*position), Some((*reason).to_owned())),
    };
    if let (Some(position), Some(reason)) = (position, &reason) {
        tracing::error!(county = %work.locality(), position, reason, "the journal is broken");
        if before.is_none() {
            let details = json!({ "position": position, "reason": reason });
            super::append(work, Event { kind: "journal.found_broken", subjects: &[], details }).await?;
        }
    }
    let finding = Finding { verified_at: work.now(), entries, position, reason };
    store::proofs::insert_finding(work, &finding).await
}

/// What the last recorded verification of the work's county found.
pub async fn last_finding(work: &mut Work) -> Result<Option<Finding>> {
    store::proofs::last_finding(work).await
}
