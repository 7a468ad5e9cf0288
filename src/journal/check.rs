//! An extract verified, with nothing at hand but the file and a key that was pinned before.

use serde::Serialize;

use super::extract::{Extract, FORMAT};
use super::note::{Checkpoint, VerifierKey};
use super::tree;
use crate::error::{Error, Result};

/// What the verification of an extract found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Which journal.
    pub origin: String,
    /// Entries the checkpoint covers.
    pub size: i64,
    /// The key that signed the checkpoint.
    pub key: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether that is the key that was pinned; `None` when none was given.
    pub pinned: Option<bool>,
    /// Positions that are proven.
    pub proven: Vec<i64>,
    /// Positions that are not: the entry, its place or its proof was altered.
    pub unproven: Vec<i64>,
    /// Witnesses whose cosignature and growth fit, with the size each holds.
    pub witnesses: Vec<(String, i64)>,
    /// Witnesses where they do not.
    pub unfitting_witnesses: Vec<String>,
}

impl Checked {
    /// Whether all of it holds.
    pub fn holds(&self) -> bool {
        self.unproven.is_empty() && self.unfitting_witnesses.is_empty() && self.pinned != Some(false)
    }
}

/// Verifies an extract. `pinned` is a key's text or its fingerprint, as it was published.
///
/// # Errors
/// `Invalid("extract", …)` with `unknown-format`, `malformed-checkpoint`, or `not-signed` when no key of the file
/// signed the checkpoint.
pub fn check(extract: &Extract, pinned: Option<&str>) -> Result<Checked> {
    if extract.format != FORMAT {
        return Err(Error::invalid("extract", "unknown-format"));
    }
    let checkpoint: Checkpoint =
        extract.checkpoint.parse().map_err(|_| Error::invalid("extract", "malformed-checkpoint"))?;
    let keys = extract.keys.iter().filter_map(|key| key.parse::<VerifierKey>().ok());
    let signers: Vec<VerifierKey> = keys.filter(|key| checkpoint.signed_by(key)).collect();
    let is_pinned = |key: &&VerifierKey| pinned.is_some_and(|pinned| is(key, pinned));
    let key = signers.iter().find(is_pinned).or(signers.first()).ok_or(Error::invalid("extract", "not-signed"))?;
    let mut checked = Checked {
        origin: checkpoint.origin().to_owned(),
        size: checkpoint.size(),
        key: key.to_string(),
        fingerprint: key.fingerprint(),
        pinned: pinned.map(|pinned| is(key, pinned)),
        proven: Vec::new(),
        unproven: Vec::new(),
        witnesses: Vec::new(),
        unfitting_witnesses: Vec::new(),
    };
    let root = (checkpoint.size(), checkpoint.root());
    for entry in &extract.entries {
        let leaf = entry.content.leaf();
        let holds = leaf.is_some_and(|leaf| tree::is_entry(&entry.proof, root, entry.position, leaf));
        if holds { &mut checked.proven } else { &mut checked.unproven }.push(entry.position);
    }
    for witness in &extract.witnesses {
        let held = witness.checkpoint.parse::<Checkpoint>().ok().filter(|held| {
            let key = witness.key.parse::<VerifierKey>().ok();
            held.origin() == checkpoint.origin() && key.is_some_and(|key| held.cosigned_by(&key).is_some())
        });
        match held.filter(|held| tree::continues(&witness.growth, (held.size(), held.root()), root)) {
            Some(held) => checked.witnesses.push((witness.node.to_string(), held.size())),
            None => checked.unfitting_witnesses.push(witness.node.to_string()),
        }
    }
    Ok(checked)
}

/// Whether that is the key that was pinned, by its text or its fingerprint however grouped.
fn is(key: &VerifierKey, pinned: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let shaped = pinned.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '-');
    pinned.trim() == key.to_string() || (shaped && digits(pinned) == digits(&key.fingerprint()))
}
