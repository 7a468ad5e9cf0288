//! Both streams with a peer. A number and its effect are written in one transaction.

mod incoming;
mod outgoing;

pub(in crate::exchange) use incoming::{
    Incoming, insert_received, received_before, received_envelope, received_items, received_seq, set_told, take_number,
    verdicts_given,
};
pub(in crate::exchange) use outgoing::{
    Outgoing, acknowledge, append, consents_behind, envelopes_after, lock_handed, put_first, queued_about,
    queued_on_consent, sent_items, sent_on_consent, set_handed, set_withdrawal_told, settle_acknowledged, take_out,
    told_about, version_told,
};

use crate::error::{Error, Result};
use crate::exchange::streams::{DigestItem, SeqVerdict, Verdict};
use crate::values::text_column;

/// A verdict as a text column.
#[derive(Debug, Clone)]
struct VerdictText(String);

impl VerdictText {
    fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for VerdictText {
    type Err = crate::values::Malformed;
    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        text.parse::<Verdict>().map(|verdict| Self(verdict.to_string()))
    }
}

impl From<&Verdict> for VerdictText {
    fn from(verdict: &Verdict) -> Self {
        Self(verdict.to_string())
    }
}

text_column!(VerdictText);

#[derive(sqlx::FromRow)]
struct SeqVerdictRow {
    seq: i64,
    verdict: VerdictText,
}

#[derive(sqlx::FromRow)]
struct ItemRow {
    seq: i64,
    hash: String,
    verdict: VerdictText,
}

fn verdict_of(text: &VerdictText) -> Result<Verdict> {
    text.0.parse().map_err(Error::internal)
}

fn seq_verdicts(rows: Vec<SeqVerdictRow>) -> Result<Vec<SeqVerdict>> {
    rows.iter().map(|row| Ok(SeqVerdict { seq: row.seq, verdict: verdict_of(&row.verdict)? })).collect()
}

fn items(rows: Vec<ItemRow>) -> Result<Vec<DigestItem>> {
    rows.into_iter()
        .map(|row| Ok(DigestItem { seq: row.seq, verdict: verdict_of(&row.verdict)?, hash: row.hash }))
        .collect()
}
