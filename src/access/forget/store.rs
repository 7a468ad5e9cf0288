//! The tables of log-ins, emptied of one person, and of what is over.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::values::NOBODY;
use crate::work::Work;

pub(super) async fn users_of(work: &mut Work, subject: Uuid) -> Result<Vec<Uuid>> {
    let seat = work.node().seat.clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from users where locality = $1 and (resident_id = $2 or landlord_id = $2)",
        &seat,
        subject
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn forget(work: &mut Work, user: Uuid, login: &str) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let tx = &mut work.tx;
    execute!(tx, "delete from sessions where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from tokens where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from recovery_codes where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from second_factors where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from account_notices where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from answered_requests where locality = $1 and actor_id = $2", &seat, user)?;
    execute!(
        tx,
        "update users set login = $3, name = $4, password_hash = null, activation_hash = null,
                          activation_expires_at = null, disabled_at = coalesce(disabled_at, $5)
         where locality = $1 and id = $2",
        &seat,
        user,
        login,
        NOBODY,
        now
    )?;
    Ok(())
}

/// The key of the request that opened the file holds a digest of what was sent.
pub(super) async fn forget_answered(work: &mut Work, created: Uuid) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(&mut work.tx, "delete from answered_requests where locality = $1 and created_id = $2", &seat, created)?;
    Ok(())
}

pub(super) async fn delete_old(
    work: &mut Work,
    ended_before: DateTime<Utc>,
    seen_before: DateTime<Utc>,
    answered_before: DateTime<Utc>,
) -> Result<u64> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    let sessions = execute!(
        tx,
        "delete from sessions where locality = $1 and (expires_at < $2 or seen_at < $3)",
        &seat,
        ended_before,
        seen_before
    )?;
    let answered =
        execute!(tx, "delete from answered_requests where locality = $1 and answered_at < $2", &seat, answered_before)?;
    Ok(sessions + answered)
}
