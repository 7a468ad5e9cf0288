//! A peer's stream to us.

use uuid::Uuid;

use super::{ItemRow, SeqVerdictRow, VerdictText, items, seq_verdicts};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::exchange::directory::NodeCode;
use crate::exchange::messages::Kind;
use crate::exchange::streams::{DigestItem, SeqVerdict, Verdict};
use crate::work::Work;

/// Takes the next number of the incoming stream; `false` when another receiver took it first.
pub(in crate::exchange) async fn take_number(work: &mut Work, peer: &NodeCode, seq: i64) -> Result<bool> {
    let seat = work.node().seat.clone();
    let rows = execute!(
        &mut work.tx,
        "update stream_heads set received = $3 where locality = $1 and peer = $2 and received = $4",
        &seat,
        peer,
        seq,
        seq - 1
    )?;
    Ok(rows == 1)
}

/// Whether a message with this id came from this peer already.
pub(in crate::exchange) async fn received_before(work: &mut Work, peer: &NodeCode, message: Uuid) -> Result<bool> {
    Ok(received_seq(work, peer, message).await?.is_some())
}

/// The number under which a message with this id came from this peer.
pub(in crate::exchange) async fn received_seq(work: &mut Work, peer: &NodeCode, message: Uuid) -> Result<Option<i64>> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        (i64,),
        "select seq from stream_in where locality = $1 and peer = $2 and message_id = $3",
        &seat,
        peer,
        message
    )?;
    Ok(row.map(|(seq,)| seq))
}

/// A message received.
pub(in crate::exchange) struct Incoming<'a> {
    pub peer: &'a NodeCode,
    pub seq: i64,
    pub message_id: Option<Uuid>,
    pub kind: Option<Kind>,
    pub about: Option<Uuid>,
    pub envelope: &'a str,
    pub hash: &'a str,
    pub verdict: &'a Verdict,
}

pub(in crate::exchange) async fn insert_received(work: &mut Work, message: &Incoming<'_>) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let done = execute!(
        &mut work.tx,
        "insert into stream_in (locality, peer, seq, message_id, kind, envelope, hash, received_at, verdict,
                                about_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &seat,
        message.peer,
        message.seq,
        message.message_id,
        message.kind,
        message.envelope,
        message.hash,
        now,
        VerdictText::from(message.verdict),
        message.about
    );
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Stale),
        other => other.map(drop).map_err(Into::into),
    }
}

/// The envelope with a number of the incoming stream.
pub(in crate::exchange) async fn received_envelope(work: &mut Work, peer: &NodeCode, seq: i64) -> Result<String> {
    let seat = work.node().seat.clone();
    let (envelope,) = fetch_one!(
        &mut work.tx,
        (String,),
        "select envelope from stream_in where locality = $1 and peer = $2 and seq = $3",
        &seat,
        peer,
        seq
    )?;
    Ok(envelope)
}

/// Verdicts given on numbers `first..=last`.
pub(in crate::exchange) async fn verdicts_given(
    work: &mut Work,
    peer: &NodeCode,
    first: i64,
    last: i64,
) -> Result<Vec<SeqVerdict>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        SeqVerdictRow,
        "select seq, verdict from stream_in where locality = $1 and peer = $2 and seq between $3 and $4 order by seq",
        &seat,
        peer,
        first,
        last
    )?;
    seq_verdicts(rows)
}

/// Notes that the peer was told our verdicts up to a number.
pub(in crate::exchange) async fn set_told(work: &mut Work, peer: &NodeCode, told: i64) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update stream_heads set told = $3 where locality = $1 and peer = $2 and told < $3",
        &seat,
        peer,
        told
    )?;
    Ok(())
}

/// Our side of the incoming stream in a range.
pub(in crate::exchange) async fn received_items(
    work: &mut Work,
    peer: &NodeCode,
    first: i64,
    last: i64,
) -> Result<Vec<DigestItem>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        ItemRow,
        "select seq, hash, verdict from stream_in
         where locality = $1 and peer = $2 and seq between $3 and $4 order by seq",
        &seat,
        peer,
        first,
        last
    )?;
    items(rows)
}
