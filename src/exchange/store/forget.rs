//! The tables of inquiries and streams, emptied of what was forgotten.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::values::NodeCode;
use crate::work::Work;

/// The notices told to peers about a person.
pub(in crate::exchange) async fn notices_of(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from residence_notices where locality = $1 and resident_id = $2",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(in crate::exchange) async fn inquiries_of(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from inquiries where locality = $1 and resident_id = $2 order by id",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(in crate::exchange) async fn old_inquiries(
    work: &mut Work,
    answered_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let nothing: &[u8] = &[];
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from inquiries
         where locality = $1 and state = 'answered' and answered_at < $2 and (question <> $3 or answer is not null)
         order by id limit $4",
        &locality,
        answered_before,
        nothing,
        most
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(in crate::exchange) async fn empty_inquiry(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    let nothing: &[u8] = &[];
    execute!(
        &mut work.tx,
        "update inquiries set question = $3, answer = null where locality = $1 and id = $2",
        &locality,
        id,
        nothing
    )?;
    Ok(())
}

/// Empties the question alone; the answer may wait to be sent.
pub(in crate::exchange) async fn empty_question(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    let nothing: &[u8] = &[];
    let sql = "update inquiries set question = $3 where locality = $1 and id = $2";
    execute!(&mut work.tx, sql, &locality, id, nothing)?;
    Ok(())
}

/// Empties one message received.
pub(in crate::exchange) async fn empty_received_at(
    work: &mut Work,
    peer: &NodeCode,
    seq: i64,
    nothing: &str,
) -> Result<()> {
    let seat = work.node().seat.clone();
    let sql = "update stream_in set envelope = $4 where locality = $1 and peer = $2 and seq = $3";
    execute!(&mut work.tx, sql, &seat, peer, seq, nothing)?;
    Ok(())
}

/// Empties the messages sent about a thing.
pub(in crate::exchange) async fn empty_sent(work: &mut Work, about: Uuid, nothing: &str) -> Result<()> {
    let seat = work.node().seat.clone();
    let sql = "update stream_out set envelope = $3 where locality = $1 and about_id = $2";
    execute!(&mut work.tx, sql, &seat, about, nothing)?;
    Ok(())
}

/// Empties the messages received about a thing.
pub(in crate::exchange) async fn empty_received(work: &mut Work, about: Uuid, nothing: &str) -> Result<()> {
    let seat = work.node().seat.clone();
    let sql = "update stream_in set envelope = $3 where locality = $1 and about_id = $2";
    execute!(&mut work.tx, sql, &seat, about, nothing)?;
    Ok(())
}

pub(in crate::exchange) async fn empty_old_messages(
    work: &mut Work,
    before: DateTime<Utc>,
    nothing: &str,
) -> Result<u64> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    let sent = execute!(
        tx,
        "update stream_out set envelope = $3
         where locality = $1 and acknowledged_at < $2 and envelope <> $3
           and seq <= (select p.agreed_through from peers p where p.locality = $1 and p.code = stream_out.peer)",
        &seat,
        before,
        nothing
    )?;
    let received = execute!(
        tx,
        "update stream_in set envelope = $3
         where locality = $1 and received_at < $2 and envelope <> $3
           and not exists (select 1 from cases c where c.locality = $1 and c.peer = stream_in.peer
                             and c.seq = stream_in.seq and (c.state = 'open' or c.closed_at >= $2))",
        &seat,
        before,
        nothing
    )?;
    Ok(sent + received)
}

pub(in crate::exchange) async fn rehash(
    work: &mut Work,
    peer: &NodeCode,
    first: i64,
    nothing: &str,
    hash: &str,
) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update stream_out set hash = $5
         where locality = $1 and peer = $2 and seq >= $3 and envelope = $4 and hash <> $5",
        &seat,
        peer,
        first,
        nothing,
        hash
    )?;
    Ok(())
}
