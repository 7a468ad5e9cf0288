//! Witnessing: each node keeps the newest checkpoint of its peers' journals and cosigns it. A journal that was
//! rewritten or cut off can no longer be made to continue what a peer holds: another city notices.
//!
//! Pure are the forms and `judge`; `exchange` takes part in a sync.

mod exchange;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Reason;
use super::strict::present;
use crate::journal;
use crate::journal::note::{Checkpoint, VerifierKey, origin};
use crate::values::{LocalityCode, NodeCode, text_enum};

pub use exchange::{Evidence, HeldCheckpoint, PeerJournals, answer, of_peer, sync};

/// The most journals of one node: as many as a territory may have codes.
pub const MOST_JOURNALS: usize = 500;
/// The most keys beside a checkpoint.
pub const MOST_KEYS: usize = 20;
/// The most hashes of a proof: a tree of 2^48 entries is not higher.
pub const MOST_HASHES: usize = 100;
/// A shorter journal is believed to be one only when it is stated this long after the longer one: two requests may
/// overtake each other.
const OVERTAKING: TimeDelta = TimeDelta::seconds(60);
/// How long a peer may leave out the proof it was told to give.
const PATIENCE: TimeDelta = TimeDelta::days(1);

/// `POST …/streams/{from}/checkpoints`, and its answer: what each side states of its own journals, and what it holds of
/// the other's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoints {
    /// When this was put together, by the clock of the one who says it.
    pub at: DateTime<Utc>,
    /// Its own journals that went on since the other last confirmed.
    pub offers: Vec<Offer>,
    /// The other's checkpoints that it holds, each with its cosignature.
    pub holds: Vec<String>,
    /// Offers it does not accept; in answers.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub refused: Option<Vec<RefusedOffer>>,
}

/// A checkpoint and the proof that it continues an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// The public keys that signed it.
    pub keys: Vec<String>,
    /// The size the proof begins at: that of the checkpoint the other is believed to hold, 0 for none.
    pub since: i64,
    /// The proof, RFC 6962 2.1.2, base64.
    pub growth: Vec<String>,
}

/// An offer that contradicts what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedOffer {
    /// Which journal.
    pub origin: String,
    /// Why.
    pub reason: Contradiction,
}

text_enum! {
    /// Why a checkpoint cannot be true beside the one held.
    pub enum Contradiction {
        /// As long, and another root.
        Forked => "journal-forked",
        /// Longer, and it does not continue the one held.
        Rewritten => "journal-rewritten",
        /// Shorter than the one held.
        Truncated => "journal-truncated",
        /// For a day no proof from the one held was given.
        Unproven => "journal-unproven",
        /// Signed by none of the keys known.
        UnknownKey => "journal-key-unknown",
    }
}

/// A peer's checkpoint that is held.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub checkpoint: Checkpoint,
    pub keys: Vec<VerifierKey>,
    /// When the peer stated it, by its own clock.
    pub stated_at: DateTime<Utc>,
    /// When it was first told which proof it owes.
    pub told_at: Option<DateTime<Utc>>,
}

/// What becomes of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is held from now on, with these keys.
    Accept(Vec<VerifierKey>),
    /// It is what is held.
    Known,
    /// Its proof begins elsewhere: the peer is told what is held.
    TellWhatIsHeld,
    /// It contradicts what is held.
    Refuse(Contradiction),
}

/// An offer that was read: of a journal of that peer, in the agreed form.
pub(super) struct ReadOffer {
    pub checkpoint: Checkpoint,
    keys: Vec<VerifierKey>,
    since: i64,
    growth: Vec<String>,
}

impl Offer {
    /// Reads an offer of `peer`; refused with `invalid-payload` when it is none of its journals, or signed by none of
    /// the keys beside it.
    pub(super) fn read(&self, peer: &NodeCode) -> Result<ReadOffer, Reason> {
        let invalid = Reason::InvalidPayload;
        if self.keys.len() > MOST_KEYS || self.growth.len() > MOST_HASHES || self.since < 0 {
            return Err(invalid);
        }
        let checkpoint: Checkpoint = self.checkpoint.parse().map_err(|_| invalid)?;
        let county = checkpoint.origin().rsplit('/').next().and_then(|county| county.parse::<LocalityCode>().ok());
        if county.is_none_or(|county| origin(peer, &county) != checkpoint.origin()) {
            return Err(invalid);
        }
        let keys = self.keys.iter().map(|key| key.parse::<VerifierKey>()).collect::<Result<Vec<_>, _>>();
        let keys: Vec<_> = keys.map_err(|_| invalid)?.into_iter().filter(|key| checkpoint.signed_by(key)).collect();
        if keys.is_empty() {
            return Err(invalid);
        }
        Ok(ReadOffer { checkpoint, keys, since: self.since, growth: self.growth.clone() })
    }
}

/// Judges an offer stated at `at` beside what is held.
pub(super) fn judge(held: Option<&Held>, offer: &ReadOffer, at: DateTime<Utc>) -> Judgement {
    let Some(held) = held else { return Judgement::Accept(offer.keys.clone()) };
    let state = |checkpoint: &Checkpoint| (checkpoint.size(), checkpoint.root());
    let (known, offered) = (state(&held.checkpoint), state(&offer.checkpoint));
    let later = |since: DateTime<Utc>, by: TimeDelta| at > since + by;
    if !held.keys.iter().any(|key| offer.checkpoint.signed_by(key)) {
        return Judgement::Refuse(Contradiction::UnknownKey);
    }
    match offered.0.cmp(&known.0) {
        std::cmp::Ordering::Equal if offered == known => Judgement::Known,
        std::cmp::Ordering::Equal => Judgement::Refuse(Contradiction::Forked),
        std::cmp::Ordering::Less if later(held.stated_at, OVERTAKING) => Judgement::Refuse(Contradiction::Truncated),
        std::cmp::Ordering::Less => Judgement::TellWhatIsHeld,
        std::cmp::Ordering::Greater if offer.since != known.0 => match held.told_at {
            Some(told) if later(told, PATIENCE) => Judgement::Refuse(Contradiction::Unproven),
            _ => Judgement::TellWhatIsHeld,
        },
        std::cmp::Ordering::Greater if journal::continues(&offer.growth, known, offered) => {
            let new = offer.keys.iter().filter(|key| !held.keys.contains(key));
            Judgement::Accept(held.keys.iter().chain(new).cloned().collect())
        }
        std::cmp::Ordering::Greater => Judgement::Refuse(Contradiction::Rewritten),
    }
}
