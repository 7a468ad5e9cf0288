//! Peers' checkpoints held here, and what contradicted them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::{Error, Result};
use crate::exchange::witness::{Contradiction, Evidence, Held, HeldCheckpoint};
use crate::journal::note::Checkpoint;
use crate::values::NodeCode;
use crate::work::Work;

pub(in crate::exchange) async fn held(work: &mut Work, peer: &NodeCode) -> Result<Vec<HeldCheckpoint>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        HeldCheckpoint,
        "select origin, size, note as checkpoint, stated_at from witnessed_checkpoints
         where locality = $1 and peer = $2 order by origin",
        &seat,
        peer
    )?)
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    note: String,
    keys: String,
    stated_at: DateTime<Utc>,
    told_at: Option<DateTime<Utc>>,
}

pub(in crate::exchange) async fn find_held(work: &mut Work, peer: &NodeCode, origin: &str) -> Result<Option<Held>> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        HeldRow,
        "select note, keys, stated_at, told_at from witnessed_checkpoints
         where locality = $1 and peer = $2 and origin = $3",
        &seat,
        peer,
        origin
    )?;
    row.map(|row| {
        let damaged = |_| Error::internal("a checkpoint held is damaged");
        let keys = row.keys.lines().map(|key| key.parse().map_err(damaged)).collect::<Result<_>>()?;
        let checkpoint = row.note.parse().map_err(damaged)?;
        Ok(Held { checkpoint, keys, stated_at: row.stated_at, told_at: row.told_at })
    })
    .transpose()
}

/// Holds a checkpoint in the place of the one before it.
pub(in crate::exchange) async fn set_held(work: &mut Work, peer: &NodeCode, held: &Held) -> Result<()> {
    let seat = work.node().seat.clone();
    let keys = held.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    execute!(
        &mut work.tx,
        "insert into witnessed_checkpoints (locality, peer, origin, size, note, keys, stated_at, told_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (locality, peer, origin) do update
         set size = excluded.size, note = excluded.note, keys = excluded.keys, stated_at = excluded.stated_at,
             told_at = excluded.told_at",
        &seat,
        peer,
        held.checkpoint.origin(),
        held.checkpoint.size(),
        held.checkpoint.to_string(),
        keys,
        held.stated_at,
        held.told_at
    )?;
    Ok(())
}

pub(in crate::exchange) async fn insert_evidence(
    work: &mut Work,
    id: Uuid,
    peer: &NodeCode,
    held: &Checkpoint,
    offered: &Checkpoint,
    reason: Contradiction,
) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into witness_evidence (locality, id, peer, origin, reason, held, offered, found_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &seat,
        id,
        peer,
        held.origin(),
        reason,
        held.to_string(),
        offered.to_string(),
        now
    )?;
    Ok(())
}

pub(in crate::exchange) async fn evidence(work: &mut Work, peer: &NodeCode) -> Result<Vec<Evidence>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Evidence,
        "select origin, reason, held, offered, found_at from witness_evidence
         where locality = $1 and peer = $2 order by id desc limit 100",
        &seat,
        peer
    )?)
}

/// Whether a case about such a contradiction is open.
pub(in crate::exchange) async fn is_case_open(
    work: &mut Work,
    peer: &NodeCode,
    origin: &str,
    reason: Contradiction,
) -> Result<bool> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select c.id from witness_evidence e
         join cases c on c.locality = e.locality and c.about_id = e.id and c.state = 'open'
         where e.locality = $1 and e.peer = $2 and e.origin = $3 and e.reason = $4 limit 1",
        &seat,
        peer,
        origin,
        reason
    )?;
    Ok(row.is_some())
}
