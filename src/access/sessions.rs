//! People's sessions: a random token in the browser or app, its hash in the database, an idle and an absolute end by
//! the node's [`SignInRules`](super::SignInRules), and a second token against cross-site requests. Nothing about the
//! device is kept.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::second_factors::Factors;
use super::users::User;
use super::{Action, Secret, store};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::work::Work;

/// Sessions of one account at once; one more ends the oldest.
const MOST_AT_ONCE: i64 = 20;
/// How exactly the last request is remembered: not every read becomes a write.
const SEEN_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// A session just begun.
pub struct NewSession {
    /// Identifies the session.
    pub token: Secret,
    /// Must accompany every change made through a cookie.
    pub csrf: Secret,
}

/// Who a session belongs to.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user.
    pub user: User,
    /// SHA-256 of the token against cross-site requests.
    pub csrf_hash: Vec<u8>,
    /// Whether [`touch`] is due.
    pub stale: bool,
    /// Whether the user has a second factor; if so the session was begun with it.
    pub second_factor: bool,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct OwnSession {
    /// Id; not the token.
    pub id: Uuid,
    /// When the log-in was.
    pub begun_at: DateTime<Utc>,
    /// The last request, to a minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends in any case.
    pub expires_at: DateTime<Utc>,
    /// What the log-in was done with.
    pub factors: Factors,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Begins a session after all that was asked for was found right; clears the count of failures.
pub async fn begin(work: &mut Work, user: Uuid, factors: Factors) -> Result<NewSession> {
    let session = NewSession { token: Secret::random()?, csrf: Secret::random()? };
    let (id, expires) = (work.new_id(), work.now() + work.node().sign_in.absolute);
    store::insert_session(work, id, user, factors, (&session.token.hash(), &session.csrf.hash()), expires).await?;
    store::keep_newest_sessions(work, user, MOST_AT_ONCE).await?;
    let details = json!({ "user": user, "session": id, "factors": factors });
    journal::append(work, Event { kind: "session.begun", subjects: &[], details }).await?;
    Ok(session)
}

/// The living session of a token.
pub async fn find(work: &mut Work, token: &Secret) -> Result<Option<Session>> {
    let now = work.now();
    let idle_since = now - work.node().sign_in.idle;
    let row = store::find_session(work, &token.hash(), now, idle_since).await?;
    Ok(row.map(|row| Session {
        user: row.user,
        csrf_hash: row.csrf_hash,
        stale: now - row.seen_at > SEEN_GRAIN,
        second_factor: row.confirmed_at.is_some(),
    }))
}

/// Remembers that the session was used now.
pub async fn touch(work: &mut Work, token: &Secret) -> Result<()> {
    store::touch_session(work, &token.hash()).await
}

/// Ends a session.
pub async fn end(work: &mut Work, token: &Secret) -> Result<()> {
    store::delete_session(work, &token.hash()).await
}

/// The living sessions of a user, newest first; `token` is the one that asks.
pub async fn list(work: &mut Work, user: Uuid, token: &Secret) -> Result<Vec<OwnSession>> {
    let idle_since = work.now() - work.node().sign_in.idle;
    store::list_sessions(work, user, &token.hash(), idle_since).await
}

/// Ends one of a user's sessions.
pub async fn end_one(work: &mut Work, user: Uuid, id: Uuid) -> Result<()> {
    if store::delete_session_by_id(work, user, id).await? == 0 {
        return Err(Error::NotFound("session"));
    }
    journal::append(work, ended(user)).await?;
    Ok(())
}

/// Ends a user's sessions but the one of `token`.
pub async fn end_others(work: &mut Work, user: Uuid, token: &Secret) -> Result<()> {
    store::delete_sessions(work, user, Some(&token.hash())).await?;
    journal::append(work, ended(user)).await?;
    Ok(())
}

/// Ends all of a user's sessions. Part of every change of what they sign in with, which the journal tells.
pub(super) async fn end_all(work: &mut Work, user: Uuid) -> Result<()> {
    store::delete_sessions(work, user, None).await
}

/// Signs somebody out everywhere, or everybody.
pub async fn sign_out(work: &mut Work, user: Option<Uuid>) -> Result<()> {
    work.permit(Action::ManageUsers)?;
    match user {
        Some(user) => {
            super::users::get(work, user).await?;
            end_all(work, user).await?;
        }
        None => store::delete_every_session(work).await?,
    }
    let details = json!({ "user": user });
    journal::append(work, Event { kind: "sessions.ended", subjects: &[], details }).await?;
    Ok(())
}

fn ended(user: Uuid) -> Event<'static> {
    Event { kind: "sessions.ended", subjects: &[], details: json!({ "user": user }) }
}
