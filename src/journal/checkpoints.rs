//! Checkpoints: signed statements of how long a county's journal is and what its tree's root is. The node signs one
//! only when it continues the last one it signed; so it never signs two that cannot both be true.

use chrono::{DateTime, Utc};

use super::note::{Checkpoint, VerifierKey, origin};
use super::store::proofs as store;
use super::{kept, keys, tree, verify};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

/// Signs the present state where it is a new one. Answers whether journal and earlier checkpoints agree; nothing is
/// signed when they do not.
pub(super) async fn make(work: &mut Work) -> Result<bool> {
    if !agrees(work).await? {
        return Ok(false);
    }
    let size = tree::signed(tree::size(work).await?)?;
    let last = latest(work).await?.map_or(0, |last| last.size());
    if last < size {
        let root = tree::root_at(work, size).await?.ok_or_else(|| Error::internal("the tree shrank"))?;
        let origin = origin(&work.node().code, work.locality());
        let checkpoint = Checkpoint::sign(&origin, size, root, &keys::signing(work).await?)?;
        store::insert_checkpoint(work, size, &checkpoint.to_string()).await?;
    }
    Ok(true)
}

/// Whether seals, stored tree, last checkpoint, the one kept outside the database and those that peers confirmed fit
/// together: a few reads, however long the journal is. What is altered behind them only [`super::verify()`] finds.
async fn agrees(work: &mut Work) -> Result<bool> {
    let head = super::store::head(work).await?.map_or(0, |(position, _)| position);
    if tree::signed(tree::size(work).await?)? != head {
        return Ok(false);
    }
    let mut notes: Vec<String> = store::cosigned(work).await?.into_iter().map(|row| row.note).collect();
    notes.extend(store::last_checkpoint(work).await?);
    notes.extend(kept::read(work).await?);
    let own = keys::verifiers(work).await?;
    for note in &notes {
        let Some(checkpoint) = own_checkpoint(note, &own) else { return Ok(false) };
        if tree::root_at(work, checkpoint.size()).await? != Some(checkpoint.root()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A note's checkpoint, if one of these keys signed it.
pub(super) fn own_checkpoint(note: &str, own: &[VerifierKey]) -> Option<Checkpoint> {
    let checkpoint: Checkpoint = note.parse().ok()?;
    own.iter().any(|key| checkpoint.signed_by(key)).then_some(checkpoint)
}

/// The last checkpoint of the work's county.
pub async fn latest(work: &mut Work) -> Result<Option<Checkpoint>> {
    let note = store::last_checkpoint(work).await?;
    note.map(|note| note.parse().map_err(|_| Error::internal("a checkpoint is damaged"))).transpose()
}

/// Keeps the last checkpoint outside the database, unless what is kept there is newer or contradicts it.
pub async fn keep_latest(work: &mut Work) -> Result<()> {
    let Some(folder) = work.node().checkpoints.clone() else { return Ok(()) };
    let Some(latest) = latest(work).await? else { return Ok(()) };
    let outside = kept::read(work).await?;
    if outside.as_deref() == Some(latest.to_string().as_str()) {
        return Ok(());
    }
    if let Some(outside) = outside {
        let own = keys::verifiers(work).await?;
        let Some(outside) = own_checkpoint(&outside, &own) else { return Ok(()) };
        let continued = tree::root_at(work, outside.size()).await? == Some(outside.root());
        if !continued || outside.size() > latest.size() {
            return Ok(());
        }
    }
    kept::write(&folder, work.locality(), &latest).await
}

/// The hashes that prove that the tree of size `to` continues the one of size `from`.
///
/// # Errors
/// `Refused("not-in-tree")` unless 0 ≤ from ≤ to ≤ the tree's size.
pub async fn prove_growth(work: &mut Work, from: i64, to: i64) -> Result<Vec<String>> {
    if from < 0 || to < from || to > tree::signed(tree::size(work).await?)? {
        return Err(Error::Refused("not-in-tree"));
    }
    tree::prove_growth(work, from, to).await
}

/// The newest checkpoint of the work's county that a peer confirmed to hold.
pub async fn confirmed(work: &mut Work, peer: &NodeCode) -> Result<Option<Checkpoint>> {
    let row = store::cosigned(work).await?.into_iter().find(|row| row.peer == *peer);
    row.map(|row| row.note.parse().map_err(|_| Error::internal("a checkpoint is damaged"))).transpose()
}

/// Notes that a peer holds a checkpoint of the work's county, which it cosigned with `witness`. One that the journal
/// does not continue is noted, too: then the journal is broken, and is verified at once.
pub async fn note_confirmed(
    work: &mut Work,
    peer: &NodeCode,
    checkpoint: &Checkpoint,
    witness: &VerifierKey,
) -> Result<()> {
    let (note, witness) = (checkpoint.to_string(), witness.to_string());
    store::set_cosigned(work, &store::CosignedRow { peer: peer.clone(), size: checkpoint.size(), note, witness })
        .await?;
    match tree::root_at(work, checkpoint.size()).await? == Some(checkpoint.root()) {
        true => Ok(()),
        false => verify::find_out(work).await,
    }
}

/// A checkpoint that was made.
#[derive(Debug, sqlx::FromRow)]
pub struct Made {
    /// How many entries it covers.
    pub size: i64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// The last checkpoints of the work's county, newest first.
pub async fn made(work: &mut Work, limit: i64) -> Result<Vec<Made>> {
    work.permit(Action::ReadJournal)?;
    store::last_made(work, limit).await
}

/// That a peer holds a checkpoint of the work's county.
#[derive(Debug)]
pub struct Witnessed {
    /// The peer.
    pub peer: NodeCode,
    /// How many entries the checkpoint covers.
    pub size: i64,
    /// When the peer cosigned it, by its own clock; absent when its cosignature does not fit.
    pub cosigned_at: Option<DateTime<Utc>>,
}

/// The newest checkpoint of the work's county that each peer confirmed to hold.
pub async fn witnessed(work: &mut Work) -> Result<Vec<Witnessed>> {
    work.permit(Action::ReadJournal)?;
    let rows = store::cosigned(work).await?;
    let cosigned_at = |row: &store::CosignedRow| {
        let (note, key) = (row.note.parse::<Checkpoint>().ok()?, row.witness.parse::<VerifierKey>().ok()?);
        note.cosigned_by(&key)
    };
    Ok(rows
        .into_iter()
        .map(|row| Witnessed { cosigned_at: cosigned_at(&row), peer: row.peer, size: row.size })
        .collect())
}

/// The public keys that sign the journal of the work's county.
pub async fn verifiers(work: &mut Work) -> Result<Vec<VerifierKey>> {
    keys::verifiers(work).await
}
