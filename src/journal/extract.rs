//! Entries to take along, each with the proof that it stands in the journal as shown. Verified offline, by `anju
//! journal verify-extract`, by the page at `/verify`, or by any program that follows RFC 6962 and C2SP.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::checkpoints::{self, own_checkpoint};
use super::leaf::{Part, part_digest, parts};
use super::rules::{Shown, shown_to};
use super::store::proofs as store;
use super::{keys, leaf, tree};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::values::{Label, NodeCode};
use crate::work::Work;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The form described here.
pub(super) const FORMAT: &str = "anju-journal-extract/1";
/// Entries in one extract at most.
const MOST: i64 = 1000;

/// Entries of a county's journal with their proofs against one checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// `anju-journal-extract/1`.
    pub format: String,
    /// The node's name, for people.
    pub node: Label,
    /// The checkpoint all proofs lead to, a signed note (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// The public keys the node signs with. Whoever verifies compares them with what they pinned elsewhere.
    pub keys: Vec<String>,
    /// Other localities that hold a checkpoint of this journal.
    pub witnesses: Vec<Witness>,
    /// The entries, newest first.
    pub entries: Vec<ProvenEntry>,
    /// Whether there are older ones: ask again with `before` = the last position.
    pub more: bool,
}

/// That another locality's node holds a checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The node's code.
    pub node: NodeCode,
    /// Its public key in C2SP's form.
    pub key: String,
    /// The checkpoint with its cosignature.
    pub checkpoint: String,
    /// The hashes that prove that the extract's checkpoint continues it (RFC 6962 2.1.2), base64.
    pub growth: Vec<String>,
}

/// An entry and the proof that it stands at its position.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenEntry {
    /// Its place in the journal, 1 for the first entry.
    pub position: i64,
    /// What is shown of it.
    pub content: Content,
    /// The hashes from its leaf to the root (RFC 6962 2.1.1), base64.
    pub proof: Vec<String>,
}

/// What is shown of an entry: enough to compute its leaf.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    /// Parts that are shown, each a JSON text `["salt","name",value]`, and SHA-256 digests of those that are not.
    Parts {
        /// The texts whose SHA-256 is a part's digest.
        shown: Vec<String>,
        /// Digests of the other parts, base64.
        withheld: Vec<String>,
    },
    /// The text of an entry from before entries had parts.
    Whole(String),
    /// The leaf's hash, base64, of such an entry that concerns others, too.
    Hash(String),
}

/// The extract of the person who asks: the entries that concern them, newest first, those before the position
/// `before` where given. Other persons in them, and what leads to others, are withheld.
///
/// # Errors
/// `Refused("no-checkpoint-yet")` while nothing is sealed.
pub async fn own_extract(work: &mut Work, before: Option<i64>) -> Result<Extract> {
    work.permit(Action::ReadOwnRecord)?;
    let person = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let today = work.today();
    let (mut extract, size) = empty(work).await?;
    let below = before.unwrap_or(i64::MAX);
    let mut entries = store::sealed_about(work, person, (below, size), MOST + 1).await?;
    extract.more = entries.len() as i64 > MOST;
    entries.truncate(MOST as usize);
    for (position, entry) in entries {
        let shown = shown_to(person, &serde_json::from_str(&entry).map_err(Error::internal)?, today);
        let content = content(&entry, &shown)?;
        let proof = tree::prove_entry(work, size, position - 1).await?;
        extract.entries.push(ProvenEntry { position, content, proof });
    }
    Ok(extract)
}

/// One entry, whole, with its proof: for who may read the journal. Of what was written about somebody protected only
/// the id is shown.
///
/// # Errors
/// `NotFound`; `Refused("no-checkpoint-yet")` while the entry waits for its checkpoint.
pub async fn prove(work: &mut Work, id: Uuid) -> Result<Extract> {
    work.permit(Action::ReadJournal)?;
    let (position, entry) = store::sealed_entry(work, id).await?.ok_or(Error::NotFound("journal-entry"))?;
    let (mut extract, size) = empty(work).await?;
    if position > size {
        return Err(Error::Refused("no-checkpoint-yet"));
    }
    // What is done about somebody protected is for no reader; the proof of it stays.
    let withheld = !super::store::withheld_after(work, position - 1, 1).await?.is_empty();
    let shown = if withheld { Shown::Shared(vec!["id".to_owned()]) } else { Shown::All };
    let content = content(&entry, &shown)?;
    let proof = tree::prove_entry(work, size, position - 1).await?;
    extract.entries.push(ProvenEntry { position, content, proof });
    Ok(extract)
}

/// An extract without entries against the last checkpoint, and that checkpoint's size.
async fn empty(work: &mut Work) -> Result<(Extract, i64)> {
    let checkpoint = checkpoints::latest(work).await?.ok_or(Error::Refused("no-checkpoint-yet"))?;
    let own = keys::verifiers(work).await?;
    let mut witnesses = Vec::new();
    for row in store::cosigned(work).await? {
        let held = own_checkpoint(&row.note, &own).filter(|held| held.size() <= checkpoint.size());
        if let Some(held) = held {
            let growth = tree::prove_growth(work, held.size(), checkpoint.size()).await?;
            witnesses.push(Witness { node: row.peer, key: row.witness, checkpoint: row.note, growth });
        }
    }
    let extract = Extract {
        format: FORMAT.to_owned(),
        node: work.node().name.clone(),
        checkpoint: checkpoint.to_string(),
        keys: own.iter().filter(|key| checkpoint.signed_by(key)).map(ToString::to_string).collect(),
        witnesses,
        entries: Vec::new(),
        more: false,
    };
    Ok((extract, checkpoint.size()))
}

fn content(entry: &str, shown: &Shown) -> Result<Content> {
    let Some(parts) = parts(entry)? else {
        return Ok(match shown {
            Shown::All | Shown::Alone(_) => Content::Whole(entry.to_owned()),
            Shown::Shared(_) => Content::Hash(BASE64.encode(leaf::leaf_hash(entry).0)),
        });
    };
    let visible = |part: &Part| match shown {
        Shown::All => true,
        Shown::Alone(names) | Shown::Shared(names) => names.contains(&part.name),
    };
    let (shown, withheld): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(visible);
    let mut withheld: Vec<String> = withheld.iter().map(|part| part_digest(&part.disclosure)).collect();
    // Their order would tell which is which.
    withheld.sort_unstable();
    Ok(Content::Parts { shown: shown.into_iter().map(|part| part.disclosure).collect(), withheld })
}

impl Content {
    /// The leaf this computes to.
    pub(super) fn leaf(&self) -> Option<tlog_tiles::Hash> {
        match self {
            Self::Parts { shown, withheld } => {
                let digests = shown.iter().map(|text| part_digest(text)).chain(withheld.iter().cloned());
                leaf::hash_of_digests(digests.collect())
            }
            Self::Whole(text) => {
                let object = serde_json::from_str::<Value>(text).is_ok_and(|entry| entry.is_object());
                object.then(|| tlog_tiles::record_hash(text.as_bytes()))
            }
            Self::Hash(text) => tlog_tiles::Hash::parse_hash(text).ok(),
        }
    }

    /// A part that is shown, for the one who reads it.
    pub fn part(&self, name: &str) -> Option<Value> {
        match self {
            Self::Parts { shown, .. } => shown.iter().find_map(|text| {
                let (_, found, value): (String, String, Value) = serde_json::from_str(text).ok()?;
                (found == name).then_some(value)
            }),
            Self::Whole(text) => {
                let entry: Value = serde_json::from_str(text).ok()?;
                entry.pointer(&format!("/{name}")).cloned()
            }
            Self::Hash(_) => None,
        }
    }
}
