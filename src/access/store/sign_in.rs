//! The tables of sessions, second factors, recovery codes and notices.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::access::second_factors::Factors;
use crate::access::sessions::OwnSession;
use crate::access::users::{Notice, User};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(in crate::access) struct SessionRow {
    #[sqlx(flatten)]
    pub user: User,
    pub csrf_hash: Vec<u8>,
    pub seen_at: DateTime<Utc>,
    /// When the second factor was confirmed, where there is one.
    pub confirmed_at: Option<DateTime<Utc>>,
}

pub(in crate::access) async fn insert_session(
    work: &mut Work,
    id: Uuid,
    user: Uuid,
    factors: Factors,
    (token, csrf): (&[u8], &[u8]),
    expires: DateTime<Utc>,
) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let tx = &mut work.tx;
    execute!(tx, "delete from sessions where locality = $1 and expires_at < $2", &seat, now)?;
    execute!(
        tx,
        "update users set failed_attempts = 0, locked_until = null where locality = $1 and id = $2",
        &seat,
        user
    )?;
    execute!(
        tx,
        "insert into sessions (locality, token_hash, id, user_id, csrf_hash, factors, created_at, seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        &seat,
        token,
        id,
        user,
        csrf,
        factors,
        now,
        expires
    )?;
    Ok(())
}

pub(in crate::access) async fn keep_newest_sessions(work: &mut Work, user: Uuid, most: i64) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "delete from sessions where locality = $1 and user_id = $2 and token_hash not in
           (select token_hash from sessions where locality = $1 and user_id = $2 order by created_at desc, id desc limit $3)",
        &seat,
        user,
        most
    )?;
    Ok(())
}

/// The living session of a token. One that was begun before sessions had ids has ended.
pub(in crate::access) async fn find_session(
    work: &mut Work,
    token: &[u8],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Option<SessionRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        SessionRow,
        "select u.id, u.login, u.name, u.role, u.scope, u.landlord_id, u.resident_id, u.disabled_at,
                exists (select 1 from protection_officers p where p.locality = u.locality and p.user_id = u.id) as protects,
                s.csrf_hash, s.seen_at, f.confirmed_at
         from sessions s join users u on u.locality = s.locality and u.id = s.user_id
              left join second_factors f on f.locality = s.locality and f.user_id = s.user_id
         where s.locality = $1 and s.token_hash = $2 and s.expires_at > $3 and s.seen_at > $4 and s.id is not null
               and u.disabled_at is null",
        &seat,
        token,
        now,
        idle_since
    )?)
}

pub(in crate::access) async fn list_sessions(
    work: &mut Work,
    user: Uuid,
    asking: &[u8],
    idle_since: DateTime<Utc>,
) -> Result<Vec<OwnSession>> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    Ok(fetch_all!(
        &mut work.tx,
        OwnSession,
        "select id, created_at as begun_at, seen_at, expires_at, factors, token_hash = $3 as current
         from sessions where locality = $1 and user_id = $2 and expires_at > $4 and seen_at > $5 and id is not null
         order by created_at desc, id desc",
        &seat,
        user,
        asking,
        now,
        idle_since
    )?)
}

pub(in crate::access) async fn touch_session(work: &mut Work, token: &[u8]) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update sessions set seen_at = $3 where locality = $1 and token_hash = $2",
        &seat,
        token,
        now
    )?;
    Ok(())
}

pub(in crate::access) async fn delete_session(work: &mut Work, token: &[u8]) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(&mut work.tx, "delete from sessions where locality = $1 and token_hash = $2", &seat, token)?;
    Ok(())
}

pub(in crate::access) async fn delete_session_by_id(work: &mut Work, user: Uuid, id: Uuid) -> Result<u64> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    Ok(execute!(tx, "delete from sessions where locality = $1 and user_id = $2 and id = $3", &seat, user, id)?)
}

/// Deletes a user's sessions, but for the one kept.
pub(in crate::access) async fn delete_sessions(work: &mut Work, user: Uuid, kept: Option<&[u8]>) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "delete from sessions where locality = $1 and user_id = $2 and token_hash <> $3",
        &seat,
        user,
        kept.unwrap_or_default()
    )?;
    Ok(())
}

pub(in crate::access) async fn delete_every_session(work: &mut Work) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(&mut work.tx, "delete from sessions where locality = $1", &seat)?;
    Ok(())
}

pub(in crate::access) async fn set_pending_seed(
    work: &mut Work,
    user: Uuid,
    seed: &[u8],
    until: DateTime<Utc>,
) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "insert into second_factors (locality, user_id, last_step, pending_seed, pending_until)
         values ($1, $2, 0, $3, $4)
         on conflict (locality, user_id) do update
           set pending_seed = excluded.pending_seed, pending_until = excluded.pending_until",
        &seat,
        user,
        seed,
        until
    )?;
    Ok(())
}

pub(in crate::access) async fn find_pending_seed(work: &mut Work, user: Uuid) -> Result<Option<Vec<u8>>> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let row = fetch_optional!(
        &mut work.tx,
        (Vec<u8>,),
        "select pending_seed from second_factors
         where locality = $1 and user_id = $2 and pending_seed is not null and pending_until > $3",
        &seat,
        user,
        now
    )?;
    Ok(row.map(|(seed,)| seed))
}

/// Makes the pending seed the one that counts; the code of `step` is spent.
pub(in crate::access) async fn confirm_seed(work: &mut Work, user: Uuid, step: i64) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update second_factors set seed = pending_seed, confirmed_at = $3, last_step = $4, pending_seed = null,
                pending_until = null
         where locality = $1 and user_id = $2",
        &seat,
        user,
        now,
        step
    )?;
    Ok(())
}

pub(in crate::access) async fn find_seed(work: &mut Work, user: Uuid) -> Result<Option<Vec<u8>>> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Vec<u8>,),
        "select seed from second_factors where locality = $1 and user_id = $2 and confirmed_at is not null",
        &seat,
        user
    )?;
    Ok(row.map(|(seed,)| seed))
}

pub(in crate::access) async fn list_seeds(work: &mut Work) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Vec<u8>),
        "select user_id, seed from second_factors where locality = $1 and seed is not null order by user_id",
        &seat
    )?)
}

pub(in crate::access) async fn replace_seed(work: &mut Work, user: Uuid, before: &[u8], seed: &[u8]) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update second_factors set seed = $4 where locality = $1 and user_id = $2 and seed = $3",
        &seat,
        user,
        before,
        seed
    )?;
    Ok(())
}

/// Spends the code of a step, unless it or a later one was spent; of two at the same moment one succeeds.
pub(in crate::access) async fn advance_step(work: &mut Work, user: Uuid, step: i64) -> Result<bool> {
    let seat = work.node().seat.clone();
    let rows = execute!(
        &mut work.tx,
        "update second_factors set last_step = $3 where locality = $1 and user_id = $2 and last_step < $3",
        &seat,
        user,
        step
    )?;
    Ok(rows == 1)
}

pub(in crate::access) async fn delete_recovery_code(work: &mut Work, user: Uuid, hash: &[u8]) -> Result<bool> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    let rows = execute!(
        tx,
        "delete from recovery_codes where locality = $1 and user_id = $2 and code_hash = $3",
        &seat,
        user,
        hash
    )?;
    Ok(rows == 1)
}

pub(in crate::access) async fn replace_recovery_codes(work: &mut Work, user: Uuid, hashes: &[Vec<u8>]) -> Result<()> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    execute!(tx, "delete from recovery_codes where locality = $1 and user_id = $2", &seat, user)?;
    for hash in hashes {
        execute!(
            tx,
            "insert into recovery_codes (locality, user_id, code_hash) values ($1, $2, $3)",
            &seat,
            user,
            hash.as_slice()
        )?;
    }
    Ok(())
}

pub(in crate::access) async fn delete_factors(work: &mut Work, user: Uuid) -> Result<()> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    execute!(tx, "delete from recovery_codes where locality = $1 and user_id = $2", &seat, user)?;
    execute!(tx, "delete from second_factors where locality = $1 and user_id = $2", &seat, user)?;
    Ok(())
}

pub(in crate::access) async fn insert_notice(work: &mut Work, id: Uuid, user: Uuid, kind: &str) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into account_notices (locality, id, user_id, kind, at) values ($1, $2, $3, $4, $5)",
        &seat,
        id,
        user,
        kind,
        now
    )?;
    Ok(())
}

pub(in crate::access) async fn take_notices(work: &mut Work, user: Uuid) -> Result<Vec<Notice>> {
    let seat = work.node().seat.clone();
    let tx = &mut work.tx;
    Ok(fetch_all!(
        tx,
        Notice,
        "delete from account_notices where locality = $1 and user_id = $2 returning kind, at",
        &seat,
        user
    )?)
}
