//! The table of peers.

use chrono::{DateTime, Utc};

use crate::db::{execute, fetch_all, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::exchange::directory::NodeCode;
use crate::exchange::peers::{Mode, State};
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(in crate::exchange) struct PeerRow {
    pub card: String,
    pub mode: Mode,
    pub schedule: String,
    pub state: State,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_failure_at: Option<DateTime<Utc>>,
    pub last_failure: Option<String>,
    pub failures: i32,
    pub retry_at: Option<DateTime<Utc>>,
    pub agreed_through: i64,
    pub queued: i64,
    pub acknowledged: i64,
    pub received: i64,
    pub told: i64,
    pub journal_alarm: Option<String>,
}

pub(in crate::exchange) async fn list(work: &mut Work) -> Result<Vec<PeerRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        PeerRow,
        "select p.card, p.mode, p.schedule, p.state, p.last_success_at, p.last_failure_at, p.last_failure, p.failures,
                p.retry_at, p.agreed_through, h.queued, h.acknowledged, h.received, h.told,
                (select max(c.reason) from cases c where c.locality = p.locality and c.peer = p.code
                 and c.kind = 'journal-checkpoint' and c.state = 'open') as journal_alarm
         from peers p join stream_heads h on h.locality = p.locality and h.peer = p.code
         where p.locality = $1 order by p.code",
        &seat
    )?)
}

pub(in crate::exchange) async fn find(work: &mut Work, code: &NodeCode) -> Result<Option<PeerRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        PeerRow,
        "select p.card, p.mode, p.schedule, p.state, p.last_success_at, p.last_failure_at, p.last_failure, p.failures,
                p.retry_at, p.agreed_through, h.queued, h.acknowledged, h.received, h.told,
                (select max(c.reason) from cases c where c.locality = p.locality and c.peer = p.code
                 and c.kind = 'journal-checkpoint' and c.state = 'open') as journal_alarm
         from peers p join stream_heads h on h.locality = p.locality and h.peer = p.code
         where p.locality = $1 and p.code = $2",
        &seat,
        code
    )?)
}

pub(in crate::exchange) async fn insert(
    work: &mut Work,
    code: &NodeCode,
    card: &str,
    mode: Mode,
    schedule: &str,
) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let done = execute!(
        &mut work.tx,
        "insert into peers (locality, code, card, mode, schedule, state, failures, agreed_through, added_at)
         values ($1, $2, $3, $4, $5, 'active', 0, 0, $6)",
        &seat,
        code,
        card,
        mode,
        schedule,
        now
    );
    match done {
        Err(error) if is_unique_violation(&error) => return Err(Error::Refused("peer-known")),
        other => other.map(drop)?,
    }
    execute!(
        &mut work.tx,
        "insert into stream_heads (locality, peer, queued, handed, acknowledged, received, told)
         values ($1, $2, 0, 0, 0, 0, 0)",
        &seat,
        code
    )?;
    Ok(())
}

pub(in crate::exchange) async fn set_card(work: &mut Work, code: &NodeCode, card: &str) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(&mut work.tx, "update peers set card = $3 where locality = $1 and code = $2", &seat, code, card)?;
    Ok(())
}

pub(in crate::exchange) async fn set_plan(
    work: &mut Work,
    code: &NodeCode,
    mode: Mode,
    schedule: &str,
    state: State,
) -> Result<bool> {
    let seat = work.node().seat.clone();
    let rows = execute!(
        &mut work.tx,
        "update peers set mode = $3, schedule = $4, state = $5 where locality = $1 and code = $2",
        &seat,
        code,
        mode,
        schedule,
        state
    )?;
    Ok(rows == 1)
}

/// Takes the peer's lease, so that one sync runs at a time even with several processes; `false` when it is taken.
pub(in crate::exchange) async fn take_lease(work: &mut Work, code: &NodeCode, until: DateTime<Utc>) -> Result<bool> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update peers set lease_until = $3 where locality = $1 and code = $2 and (lease_until is null or lease_until <= $4)",
        &seat,
        code,
        until,
        now
    )?;
    Ok(rows == 1)
}

pub(in crate::exchange) async fn note_success(work: &mut Work, code: &NodeCode, agreed_through: i64) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update peers set last_success_at = $3, failures = 0, retry_at = null, lease_until = null, agreed_through = $4
         where locality = $1 and code = $2",
        &seat,
        code,
        now,
        agreed_through
    )?;
    Ok(())
}

/// A peer that calls by itself did so.
pub(in crate::exchange) async fn note_contact(work: &mut Work, code: &NodeCode) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update peers set last_success_at = $3 where locality = $1 and code = $2",
        &seat,
        code,
        now
    )?;
    Ok(())
}

pub(in crate::exchange) async fn note_failure(
    work: &mut Work,
    code: &NodeCode,
    reason: &str,
    failures: i32,
    retry_at: DateTime<Utc>,
) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update peers set last_failure_at = $3, last_failure = $4, failures = $5, retry_at = $6, lease_until = null
         where locality = $1 and code = $2",
        &seat,
        code,
        now,
        reason,
        failures,
        retry_at
    )?;
    Ok(())
}
