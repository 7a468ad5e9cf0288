//! Our stream to a peer.

use uuid::Uuid;

use super::{ItemRow, VerdictText, items};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Result;
use crate::exchange::consents::Sent;
use crate::exchange::directory::NodeCode;
use crate::exchange::messages::Kind;
use crate::exchange::streams::{DigestItem, SeqVerdict};
use crate::values::LocalityCode;
use crate::work::Work;

/// A message about to enter a peer's stream.
pub(in crate::exchange) struct Outgoing<'a> {
    pub peer: &'a NodeCode,
    pub message_id: Uuid,
    pub kind: Kind,
    pub about: Uuid,
    pub version: i32,
    pub consent: Option<Uuid>,
    pub envelope: &'a str,
    pub hash: String,
}

/// Appends to the peer's stream; answers the number.
pub(in crate::exchange) async fn append(work: &mut Work, message: &Outgoing<'_>) -> Result<i64> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let (seq,) = fetch_one!(
        &mut work.tx,
        (i64,),
        "update stream_heads set queued = queued + 1 where locality = $1 and peer = $2 returning queued",
        &seat,
        message.peer
    )?;
    execute!(
        &mut work.tx,
        "insert into stream_out (locality, peer, seq, message_id, kind, about_id, about_version, envelope, hash, queued_at,
                                 consent_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &seat,
        message.peer,
        seq,
        message.message_id,
        message.kind,
        message.about,
        message.version,
        message.envelope,
        &message.hash,
        now,
        message.consent
    )?;
    Ok(seq)
}

/// Puts a message before all that was not handed over yet, which moves down; answers the number.
pub(in crate::exchange) async fn put_first(work: &mut Work, message: &Outgoing<'_>) -> Result<i64> {
    let seat = work.node().seat.clone();
    let first = lock_handed(work, message.peer).await? + 1;
    let last = append(work, message).await?;
    if last == first {
        return Ok(first);
    }
    // Its own place is cleared by a number that no message has, then each of the others moves down by one.
    renumber(work, &seat, message.peer, last, 0).await?;
    for seq in (first..last).rev() {
        renumber(work, &seat, message.peer, seq, seq + 1).await?;
    }
    renumber(work, &seat, message.peer, 0, first).await?;
    Ok(first)
}

async fn renumber(work: &mut Work, seat: &LocalityCode, peer: &NodeCode, seq: i64, to: i64) -> Result<()> {
    execute!(
        &mut work.tx,
        "update stream_out set seq = $4 where locality = $1 and peer = $2 and seq = $3",
        seat,
        peer,
        seq,
        to
    )?;
    Ok(())
}

/// What was said about a thing, by peer, the highest numbers first.
pub(in crate::exchange) async fn queued_about(work: &mut Work, about: Uuid) -> Result<Vec<(NodeCode, i64, Kind)>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        (NodeCode, i64, Kind),
        "select peer, seq, kind from stream_out where locality = $1 and about_id = $2 order by peer, seq desc",
        &seat,
        about
    )?)
}

/// The last number that was handed over at least once. The row stays locked until the end of the transaction, so that
/// handing over and taking back exclude each other.
pub(in crate::exchange) async fn lock_handed(work: &mut Work, peer: &NodeCode) -> Result<i64> {
    let seat = work.node().seat.clone();
    let (handed,) = fetch_one!(
        &mut work.tx,
        (i64,),
        "update stream_heads set handed = handed where locality = $1 and peer = $2 returning handed",
        &seat,
        peer
    )?;
    Ok(handed)
}

/// Notes that everything up to a number is about to be handed over.
pub(in crate::exchange) async fn set_handed(work: &mut Work, peer: &NodeCode, handed: i64) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update stream_heads set handed = $3 where locality = $1 and peer = $2 and handed < $3",
        &seat,
        peer,
        handed
    )?;
    Ok(())
}

/// What was queued on a consent, by peer, the highest numbers first. The telling of its withdrawal is not of it.
pub(in crate::exchange) async fn queued_on_consent(
    work: &mut Work,
    consent: Uuid,
) -> Result<Vec<(NodeCode, i64, Kind)>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        (NodeCode, i64, Kind),
        "select peer, seq, kind from stream_out
         where locality = $1 and consent_id = $2 and kind <> 'consent.withdrawn' order by peer, seq desc",
        &seat,
        consent
    )?)
}

/// What lies in the streams on a consent, in order; after a withdrawal that is what was handed over.
pub(in crate::exchange) async fn sent_on_consent(work: &mut Work, consent: Uuid) -> Result<Vec<Sent>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Sent,
        "select peer as recipient, message_id as message, kind, about_id, queued_at as sent_at,
                acknowledged_at as received_at, consent_withdrawn_at as withdrawal_told_at from stream_out
         where locality = $1 and consent_id = $2 and kind <> 'consent.withdrawn' order by peer, seq",
        &seat,
        consent
    )?)
}

/// The consents on which a peer was sent something and of whose end, if they ended, it was not told.
pub(in crate::exchange) async fn consents_behind(work: &mut Work, peer: &NodeCode) -> Result<Vec<Uuid>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select distinct consent_id from stream_out
         where locality = $1 and peer = $2 and consent_id is not null and consent_withdrawn_at is null
           and kind <> 'consent.withdrawn'",
        &seat,
        peer
    )?;
    Ok(rows.into_iter().map(|(consent,)| consent).collect())
}

/// Notes that a peer was told of the end of a consent.
pub(in crate::exchange) async fn set_withdrawal_told(work: &mut Work, peer: &NodeCode, consent: Uuid) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update stream_out set consent_withdrawn_at = $4
         where locality = $1 and peer = $2 and consent_id = $3 and consent_withdrawn_at is null
           and kind <> 'consent.withdrawn'",
        &seat,
        peer,
        consent,
        now
    )?;
    Ok(())
}

/// Takes a message that was never handed over out of its stream; those behind it move up.
pub(in crate::exchange) async fn take_out(work: &mut Work, peer: &NodeCode, seq: i64) -> Result<()> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    execute!(tx, "delete from stream_out where locality = $1 and peer = $2 and seq = $3", &seat, peer, seq)?;
    let behind = fetch_all!(
        tx,
        (i64,),
        "select seq from stream_out where locality = $1 and peer = $2 and seq > $3 order by seq",
        &seat,
        peer,
        seq
    )?;
    for (seq,) in behind {
        execute!(
            tx,
            "update stream_out set seq = $4 where locality = $1 and peer = $2 and seq = $3",
            &seat,
            peer,
            seq,
            seq - 1
        )?;
    }
    execute!(tx, "update stream_heads set queued = queued - 1 where locality = $1 and peer = $2", &seat, peer)?;
    Ok(())
}

/// Up to `limit` envelopes after a number, in order.
pub(in crate::exchange) async fn envelopes_after(
    work: &mut Work,
    peer: &NodeCode,
    after: i64,
    limit: i64,
) -> Result<Vec<String>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        (String,),
        "select envelope from stream_out where locality = $1 and peer = $2 and seq > $3 order by seq limit $4",
        &seat,
        peer,
        after,
        limit
    )?;
    Ok(rows.into_iter().map(|(envelope,)| envelope).collect())
}

/// Peers to which something about `about` was said.
pub(in crate::exchange) async fn told_about(work: &mut Work, about: Uuid) -> Result<Vec<NodeCode>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        (NodeCode,),
        "select distinct peer from stream_out where locality = $1 and about_id = $2 order by peer",
        &seat,
        about
    )?;
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// Notes a verdict the peer gave. Verdicts are final, but a peer restored from a backup gives them anew.
pub(in crate::exchange) async fn acknowledge(work: &mut Work, peer: &NodeCode, verdict: &SeqVerdict) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update stream_out set verdict = $4, acknowledged_at = $5
         where locality = $1 and peer = $2 and seq = $3 and (verdict is null or verdict <> $4)",
        &seat,
        peer,
        verdict.seq,
        VerdictText::from(&verdict.verdict),
        now
    )?;
    Ok(())
}

/// Moves the acknowledged number to the end of the verdicts known without a gap.
pub(in crate::exchange) async fn settle_acknowledged(work: &mut Work, peer: &NodeCode) -> Result<i64> {
    let seat = work.node().seat.clone();
    let open = fetch_optional!(
        &mut work.tx,
        (i64,),
        "select o.seq from stream_out o join stream_heads h on h.locality = o.locality and h.peer = o.peer
         where o.locality = $1 and o.peer = $2 and o.seq > h.acknowledged and o.verdict is null
         order by o.seq limit 1",
        &seat,
        peer
    )?;
    let (acknowledged,) = fetch_one!(
        &mut work.tx,
        (i64,),
        "update stream_heads set acknowledged = case when $3 > 0 then $3 - 1 else queued end
         where locality = $1 and peer = $2 returning acknowledged",
        &seat,
        peer,
        open.map_or(0, |(seq,)| seq)
    )?;
    Ok(acknowledged)
}

/// The highest version of `about` that this peer was told and may still use; 0 when none.
pub(in crate::exchange) async fn version_told(work: &mut Work, peer: &NodeCode, about: Uuid) -> Result<i32> {
    let seat = work.node().seat.clone();
    let (version,) = fetch_one!(
        &mut work.tx,
        (i32,),
        "select coalesce(max(about_version), 0) from stream_out
         where locality = $1 and peer = $2 and about_id = $3 and consent_withdrawn_at is null",
        &seat,
        peer,
        about
    )?;
    Ok(version)
}

/// Our side of the outgoing stream in a range, as far as verdicts are known.
pub(in crate::exchange) async fn sent_items(
    work: &mut Work,
    peer: &NodeCode,
    first: i64,
    last: i64,
) -> Result<Vec<DigestItem>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        ItemRow,
        "select seq, hash, verdict from stream_out
         where locality = $1 and peer = $2 and seq between $3 and $4 and verdict is not null order by seq",
        &seat,
        peer,
        first,
        last
    )?;
    items(rows)
}
