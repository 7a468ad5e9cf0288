//! Secrets and settings of the node as a whole, and the memory of requests seen.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{execute, fetch_optional};
use crate::error::Result;
use crate::exchange::directory::NodeCode;
use crate::work::Work;

pub(in crate::exchange) async fn find(work: &mut Work, name: &str) -> Result<Option<Vec<u8>>> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Vec<u8>,),
        "select value from node_settings where locality = $1 and name = $2",
        &seat,
        name
    )?;
    Ok(row.map(|(value,)| value))
}

pub(in crate::exchange) async fn insert(work: &mut Work, name: &str, value: &[u8]) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "insert into node_settings (locality, name, value) values ($1, $2, $3)",
        &seat,
        name,
        value
    )?;
    Ok(())
}

/// Remembers a request; `false` when it was seen before. Forgets those that have expired.
pub(in crate::exchange) async fn remember_request(
    work: &mut Work,
    peer: &NodeCode,
    jti: Uuid,
    expires: DateTime<Utc>,
) -> Result<bool> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(&mut work.tx, "delete from seen_requests where locality = $1 and expires_at < $2", &seat, now)?;
    let rows = execute!(
        &mut work.tx,
        "insert into seen_requests (locality, peer, jti, expires_at) values ($1, $2, $3, $4) on conflict do nothing",
        &seat,
        peer,
        jti,
        expires
    )?;
    Ok(rows == 1)
}

/// How far a county's journal was projected.
pub(in crate::exchange) async fn projected(work: &mut Work) -> Result<i64> {
    let locality = work.locality().clone();
    let row = fetch_optional!(&mut work.tx, (i64,), "select position from projections where locality = $1", &locality)?;
    Ok(row.map_or(0, |(position,)| position))
}

/// Moves the projection on; `false` when another projector was faster, and this one's work must be dropped.
pub(in crate::exchange) async fn set_projected(work: &mut Work, before: i64, after: i64) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = if before == 0 {
        execute!(
            &mut work.tx,
            "insert into projections (locality, position) values ($1, $2) on conflict do nothing",
            &locality,
            after
        )?
    } else {
        execute!(
            &mut work.tx,
            "update projections set position = $3 where locality = $1 and position = $2",
            &locality,
            before,
            after
        )?
    };
    Ok(rows == 1)
}
