//! The tables of users, tokens and answered requests; sessions and second factors stand in `store/sign_in.rs`. All carry the node's seat as their locality.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

mod sign_in;

pub(super) use sign_in::*;

use super::protection::visible;
use super::tokens::Token;
use super::users::{Login, NewUser, Officer, User};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::values::{Label, PageRequest};
use crate::work::Work;

/// How long a request's key is remembered; nobody repeats a request after a week.
const KEYS_KEPT_FOR: TimeDelta = TimeDelta::days(7);

#[derive(sqlx::FromRow)]
pub(super) struct CredentialsRow {
    #[sqlx(flatten)]
    pub user: User,
    pub password_hash: Option<String>,
    pub locked_until: Option<DateTime<Utc>>,
    /// When the second factor was confirmed, where there is one.
    pub confirmed_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
pub(super) struct TokenRow {
    pub token_id: Uuid,
    pub used_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    pub user: User,
}

pub(super) async fn insert_user(
    work: &mut Work,
    id: Uuid,
    new: &NewUser,
    activation: &[u8],
    expires: DateTime<Utc>,
) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let done = execute!(
        &mut work.tx,
        "insert into users (locality, id, login, name, role, scope, landlord_id, resident_id, failed_attempts,
                            activation_hash, activation_expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)",
        &seat,
        id,
        &new.login,
        &new.name,
        new.role,
        &new.scope,
        new.landlord_id,
        new.resident_id,
        activation,
        expires,
        now
    );
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Refused("login-taken")),
        other => other.map(drop).map_err(Into::into),
    }
}

pub(super) async fn find_user(work: &mut Work, id: Uuid) -> Result<Option<User>> {
    let (seat, viewer) = (work.node().seat.clone(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        User,
        concat!(
            "select id, login, name, role, scope, landlord_id, resident_id, disabled_at
             from users u where u.locality = $1 and u.id = $2 and ",
            visible!("u", "resident_id", "$3")
        ),
        &seat,
        id,
        viewer
    )?)
}

pub(super) async fn list_users(work: &mut Work, page: &PageRequest) -> Result<Vec<User>> {
    let (seat, viewer) = (work.node().seat.clone(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        User,
        concat!(
            "select id, login, name, role, scope, landlord_id, resident_id, disabled_at
             from users u where u.locality = $1 and u.id > $2 and ",
            visible!("u", "resident_id", "$4"),
            " order by u.id limit $3"
        ),
        &seat,
        page.after.unwrap_or_default(),
        page.rows(),
        viewer
    )?)
}

/// Everybody who is neither a landlord nor a resident.
pub(super) async fn list_officers(work: &mut Work) -> Result<Vec<(Uuid, Label)>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Label),
        "select id, name from users where locality = $1 and landlord_id is null and resident_id is null order by id",
        &seat
    )?)
}

/// The clerks and supervisors of the actor's scope.
pub(super) async fn list_officers_of_scope(work: &mut Work) -> Result<Vec<Officer>> {
    let (seat, division) = (work.node().seat.clone(), work.scope().division().clone());
    let digits = i32::try_from(division.as_str().len()).map_err(Error::internal)?;
    Ok(fetch_all!(
        &mut work.tx,
        Officer,
        "select id, name, role, scope from users
         where locality = $1 and role in ('clerk', 'supervisor') and disabled_at is null
           and substr(scope, 1, $2) = $3
         order by id",
        &seat,
        digits,
        &division
    )?)
}

pub(super) async fn any_user(work: &mut Work) -> Result<bool> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(&mut work.tx, (Uuid,), "select id from users where locality = $1 limit 1", &seat)?;
    Ok(row.is_some())
}

pub(super) async fn set_activation(work: &mut Work, id: Uuid, hash: &[u8], expires: DateTime<Utc>) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update users set activation_hash = $3, activation_expires_at = $4, failed_attempts = 0, locked_until = null
         where locality = $1 and id = $2",
        &seat,
        id,
        hash,
        expires
    )?;
    Ok(())
}

pub(super) async fn disable_user(work: &mut Work, id: Uuid) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let tx = &mut work.tx;
    execute!(tx, "update users set disabled_at = $3 where locality = $1 and id = $2", &seat, id, now)?;
    execute!(tx, "delete from sessions where locality = $1 and user_id = $2", &seat, id)?;
    execute!(
        tx,
        "update tokens set revoked_at = $3 where locality = $1 and user_id = $2 and revoked_at is null",
        &seat,
        id,
        now
    )?;
    Ok(())
}

pub(super) async fn activate(work: &mut Work, login: &Login, code: &[u8], password: &str) -> Result<Option<User>> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let user = fetch_optional!(
        &mut work.tx,
        User,
        "update users set password_hash = $5, activation_hash = null, activation_expires_at = null,
                          failed_attempts = 0, locked_until = null
         where locality = $1 and login = $2 and activation_hash = $3 and activation_expires_at > $4
               and disabled_at is null
         returning id, login, name, role, scope, landlord_id, resident_id, disabled_at",
        &seat,
        login,
        code,
        now,
        password
    )?;
    if let Some(user) = &user {
        // Whoever held a session under the old password holds it no longer.
        execute!(&mut work.tx, "delete from sessions where locality = $1 and user_id = $2", &seat, user.id)?;
    }
    Ok(user)
}

pub(super) async fn find_credentials(work: &mut Work, login: &Login) -> Result<Option<CredentialsRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        CredentialsRow,
        "select u.id, u.login, u.name, u.role, u.scope, u.landlord_id, u.resident_id, u.disabled_at,
                exists (select 1 from protection_officers p where p.locality = u.locality and p.user_id = u.id) as protects,
                u.password_hash, u.locked_until, f.confirmed_at
         from users u left join second_factors f on f.locality = u.locality and f.user_id = u.id
         where u.locality = $1 and u.login = $2",
        &seat,
        login
    )?)
}

pub(super) async fn count_failure(work: &mut Work, id: Uuid, allowed: i32, until: DateTime<Utc>) -> Result<i32> {
    let seat = work.node().seat.clone();
    let (failures,) = fetch_one!(
        &mut work.tx,
        (i32,),
        "update users set failed_attempts = failed_attempts + 1,
                          locked_until = case when failed_attempts + 1 >= $3 then $4 else locked_until end
         where locality = $1 and id = $2 returning failed_attempts",
        &seat,
        id,
        allowed,
        until
    )?;
    Ok(failures)
}

pub(super) async fn set_password(work: &mut Work, id: Uuid, hash: &str) -> Result<()> {
    let seat = work.node().seat.clone();
    execute!(
        &mut work.tx,
        "update users set password_hash = $3, activation_hash = null, activation_expires_at = null
         where locality = $1 and id = $2",
        &seat,
        id,
        hash
    )?;
    Ok(())
}

pub(super) async fn insert_token(work: &mut Work, token: &Token, hash: &[u8]) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into tokens (locality, id, token_hash, user_id, name, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &seat,
        token.id,
        hash,
        token.user_id,
        &token.name,
        now,
        token.expires_at
    )?;
    Ok(())
}

pub(super) async fn find_token(work: &mut Work, id: Uuid) -> Result<Option<Token>> {
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Token,
        "select id, name, user_id, expires_at, revoked_at, used_at from tokens where locality = $1 and id = $2",
        &seat,
        id
    )?)
}

pub(super) async fn list_tokens(work: &mut Work, user: Uuid) -> Result<Vec<Token>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Token,
        "select id, name, user_id, expires_at, revoked_at, used_at from tokens
         where locality = $1 and user_id = $2 order by id desc",
        &seat,
        user
    )?)
}

pub(super) async fn touch_token(work: &mut Work, id: Uuid) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(&mut work.tx, "update tokens set used_at = $3 where locality = $1 and id = $2", &seat, id, now)?;
    Ok(())
}

pub(super) async fn revoke_token(work: &mut Work, id: Uuid) -> Result<bool> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update tokens set revoked_at = $3 where locality = $1 and id = $2 and revoked_at is null",
        &seat,
        id,
        now
    )?;
    Ok(rows == 1)
}

pub(super) async fn find_token_user(work: &mut Work, hash: &[u8]) -> Result<Option<TokenRow>> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    Ok(fetch_optional!(
        &mut work.tx,
        TokenRow,
        "select t.id as token_id, t.used_at, u.id, u.login, u.name, u.role, u.scope, u.landlord_id, u.resident_id, u.disabled_at,
                exists (select 1 from protection_officers p where p.locality = u.locality and p.user_id = u.id) as protects
         from tokens t join users u on u.locality = t.locality and u.id = t.user_id
         where t.locality = $1 and t.token_hash = $2 and t.expires_at > $3 and t.revoked_at is null
               and u.disabled_at is null",
        &seat,
        hash,
        now
    )?)
}

pub(super) async fn find_answered(work: &mut Work, key: &str) -> Result<Option<(Vec<u8>, Uuid)>> {
    let (seat, actor) = (work.node().seat.clone(), work.actor().id);
    Ok(fetch_optional!(
        &mut work.tx,
        (Vec<u8>, Uuid),
        "select request_hash, created_id from answered_requests where locality = $1 and actor_id = $2 and key = $3",
        &seat,
        actor,
        key
    )?)
}

pub(super) async fn insert_answered(work: &mut Work, key: &str, hash: &[u8], created: Uuid) -> Result<()> {
    let (seat, actor, now) = (work.node().seat.clone(), work.actor().id, work.now());
    execute!(
        &mut work.tx,
        "delete from answered_requests where locality = $1 and actor_id = $2 and answered_at < $3",
        &seat,
        actor,
        now - KEYS_KEPT_FOR
    )?;
    let done = execute!(
        &mut work.tx,
        "insert into answered_requests (locality, actor_id, key, request_hash, created_id, answered_at)
         values ($1, $2, $3, $4, $5, $6)",
        &seat,
        actor,
        key,
        hash,
        created,
        now
    );
    match done {
        // The same request is being answered at this moment: its repetition may simply come again.
        Err(error) if is_unique_violation(&error) => Err(Error::Stale),
        other => other.map(drop).map_err(Into::into),
    }
}
