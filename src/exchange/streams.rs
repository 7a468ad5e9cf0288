//! Streams: for each ordered pair of nodes an append-only log of envelopes with consecutive numbers from 1.
//!
//! The receiver remembers the last number it received. A message that cannot be applied is received all the same,
//! with a verdict that says so, and does not stop those behind it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Reason;
use super::messages::Code;
use super::strict::present;
use crate::values::Malformed;

/// The most messages in one batch.
pub const BATCH_MESSAGES: usize = 200;

/// The most bytes of envelopes in one batch: what signing makes of them, a third longer, stays below 1 MiB.
pub const BATCH_BYTES: usize = 760 * 1024;

/// How many of these envelopes, from the first on, go into one batch.
pub fn batch_size<'e>(envelopes: impl IntoIterator<Item = &'e str>) -> usize {
    let mut bytes = 0;
    let fits = |envelope: &&str| {
        bytes += envelope.len();
        bytes <= BATCH_BYTES
    };
    envelopes.into_iter().take(BATCH_MESSAGES).take_while(fits).count()
}

/// What became of a message when it was received. Final: what follows from it later is told by messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Verdict {
    /// It took effect.
    Applied,
    /// A clerk works on it, for example on pairing.
    Case,
    /// It cannot take effect; a [`Reason`] of this version, or a code of the receiver's rules.
    Rejected(Code),
}

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        // Every reason's code is a `Code`; a test keeps it so.
        reason.as_str().parse().map_or(Self::Case, Self::Rejected)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied => f.write_str("applied"),
            Self::Case => f.write_str("case"),
            Self::Rejected(reason) => write!(f, "rejected:{reason}"),
        }
    }
}

impl FromStr for Verdict {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.split_once(':') {
            None if text == "applied" => Ok(Self::Applied),
            None if text == "case" => Ok(Self::Case),
            Some(("rejected", reason)) => Ok(Self::Rejected(reason.parse()?)),
            _ => Err(Malformed("malformed-verdict")),
        }
    }
}

impl TryFrom<String> for Verdict {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Verdict> for String {
    fn from(verdict: Verdict) -> Self {
        verdict.to_string()
    }
}

/// The verdict on the message with this number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeqVerdict {
    /// Its number in the stream.
    pub seq: i64,
    /// What became of it.
    pub verdict: Verdict,
}

/// `POST …/streams/{from}/messages`: the sender hands over what comes next in its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushBody {
    /// The number of the first envelope.
    pub first: i64,
    /// Envelopes with consecutive numbers.
    pub messages: Vec<String>,
}

impl PushBody {
    /// The envelopes that are new to a receiver that has `received`, and the number of the first of them. Nothing
    /// new and a gap both give none: the answer with `received` tells the sender where to go on.
    ///
    /// Refused with `too-large` or `invalid-payload`.
    pub fn fresh(&self, received: i64) -> Result<(i64, &[String]), Reason> {
        if self.messages.len() > BATCH_MESSAGES {
            return Err(Reason::TooLarge);
        }
        if self.first < 1 || received < 0 {
            return Err(Reason::InvalidPayload);
        }
        let next = received.saturating_add(1);
        let known = next - self.first;
        let fresh = usize::try_from(known).ok().and_then(|known| self.messages.get(known..));
        Ok((next, fresh.unwrap_or_default()))
    }
}

/// The answer to [`PushBody`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAnswer {
    /// The last number received, after this batch.
    pub received: i64,
    /// The verdicts on those of the batch that the receiver has, received now or before.
    pub verdicts: Vec<SeqVerdict>,
}

/// `POST …/streams/{to}/pull`: a receiver that cannot be reached asks for what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullBody {
    /// The last number received.
    pub after: i64,
    /// Messages wanted at most, 1–200.
    pub limit: u16,
    /// Verdicts the sender was not told yet.
    pub verdicts: Vec<SeqVerdict>,
}

/// The answer to [`PullBody`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullAnswer {
    /// The number of the first envelope: `after` + 1.
    pub first: i64,
    /// Envelopes with consecutive numbers; none when there is nothing new.
    pub messages: Vec<String>,
    /// The last number of the stream, so that the backlog is one subtraction.
    pub last: i64,
}

/// `POST …/streams/{from}/digest`: the sender says what it believes was received, in a range of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestBody {
    /// First number of the range.
    pub first: i64,
    /// Last number of the range, inclusive.
    pub last: i64,
    /// The sender's [`digest`] of it.
    pub digest: String,
    /// Whether the receiver's items are wanted; the range then has 200 numbers at most.
    pub items: bool,
}

/// The answer to [`DigestBody`]: with it both hold the other's signed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestAnswer {
    /// First number of the range.
    pub first: i64,
    /// Last number of the range, inclusive.
    pub last: i64,
    /// How many numbers of the range the receiver has.
    pub count: i64,
    /// The receiver's [`digest`] of them.
    pub digest: String,
    /// The receiver's items, when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub items: Option<Vec<DigestItem>>,
}

/// One message as both sides see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestItem {
    /// Its number.
    pub seq: i64,
    /// The [`super::envelope::hash`] of its envelope.
    pub hash: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// The digest of items in the order of their numbers: SHA-256, base64url, over one line per item,
/// `seq SP hash SP verdict LF`.
pub fn digest<'i>(items: impl IntoIterator<Item = &'i DigestItem>) -> String {
    let mut hasher = Sha256::new();
    for DigestItem { seq, hash, verdict } in items {
        hasher.update(format!("{seq} {hash} {verdict}\n"));
    }
    BASE64.encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_verdict_that_reads_back() {
        for reason in Reason::ALL {
            let verdict = Verdict::from(*reason);
            assert_eq!(verdict.to_string(), format!("rejected:{reason}"));
            assert_eq!(verdict.to_string().parse(), Ok(verdict));
        }
        for bad in ["", "rejected", "rejected:", "applied:x", "Applied"] {
            assert!(bad.parse::<Verdict>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_batch_skips_what_is_known_and_waits_at_a_gap() {
        let batch = PushBody { first: 4, messages: vec!["d".into(), "e".into(), "f".into()] };
        assert_eq!(batch.fresh(3).unwrap(), (4, &batch.messages[..]));
        assert_eq!(batch.fresh(5).unwrap(), (6, &batch.messages[2..]));
        for (received, what) in [(2, "gap"), (0, "gap"), (6, "all known"), (900, "long known"), (i64::MAX, "extreme")] {
            assert!(batch.fresh(received).unwrap().1.is_empty(), "{what}");
        }
        let at = |first: i64| PushBody { first, messages: vec!["a".into()] };
        assert_eq!(at(0).fresh(0).unwrap_err(), Reason::InvalidPayload);
        assert_eq!(at(i64::MIN).fresh(0).unwrap_err(), Reason::InvalidPayload);
        assert!(at(i64::MAX).fresh(0).unwrap().1.is_empty());
        let many = PushBody { first: 1, messages: vec![String::new(); BATCH_MESSAGES + 1] };
        assert_eq!(many.fresh(0).unwrap_err(), Reason::TooLarge);
    }

    #[test]
    fn the_largest_batches_can_be_signed() {
        use crate::exchange::specs::fixtures::{now, origin, residence};
        for length in [1, BATCH_BYTES / BATCH_MESSAGES, crate::exchange::envelope::MESSAGE_BYTES] {
            let envelope = "A".repeat(length);
            let size = batch_size(std::iter::repeat_n(envelope.as_str(), 1000));
            assert!((1..=BATCH_MESSAGES).contains(&size));
            let body = PushBody { first: i64::MAX, messages: vec![envelope; size] };
            let url = "x".repeat(400);
            let signed = crate::exchange::requests::sign_request(
                &body,
                origin().node(),
                &url,
                uuid::Uuid::nil(),
                &residence(),
                now(),
            );
            assert!(signed.is_ok(), "{size} of {length}");
        }
        assert_eq!(batch_size([]), 0);
    }

    #[test]
    fn a_digest_changes_with_number_hash_and_verdict() {
        let item =
            |seq, hash: &str, verdict: &str| DigestItem { seq, hash: hash.into(), verdict: verdict.parse().unwrap() };
        let digests = [
            digest([]),
            digest(&[item(1, "a", "applied")]),
            digest(&[item(2, "a", "applied")]),
            digest(&[item(1, "b", "applied")]),
            digest(&[item(1, "a", "case")]),
            digest(&[item(1, "a", "applied"), item(2, "b", "applied")]),
        ];
        for (n, one) in digests.iter().enumerate() {
            assert!(digests[n + 1..].iter().all(|other| other != one));
        }
        assert_eq!(digests[0], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }
}
