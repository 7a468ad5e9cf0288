//! People's sessions: a random token in the browser or app, its hash in the database, an idle and an absolute end,
//! and a second token against cross-site requests.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::users::User;
use super::{Secret, store};
use crate::error::Result;
use crate::journal::{self, Event};
use crate::work::Work;

/// A session ends after this long without a request.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// A session ends after this long in any case.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
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
}

/// Begins a session after the password was found right; clears the count of failures.
pub async fn begin(work: &mut Work, user: Uuid) -> Result<NewSession> {
    let session = NewSession { token: Secret::random()?, csrf: Secret::random()? };
    let expires = work.now() + ABSOLUTE;
    store::insert_session(work, user, &session.token.hash(), &session.csrf.hash(), expires).await?;
    journal::append(work, Event { kind: "session.begun", subjects: &[], details: json!({ "user": user }) }).await?;
    Ok(session)
}

/// The living session of a token.
pub async fn find(work: &mut Work, token: &Secret) -> Result<Option<Session>> {
    let (now, idle_since) = (work.now(), work.now() - IDLE);
    let row = store::find_session(work, &token.hash(), now, idle_since).await?;
    Ok(row.map(|row| Session { user: row.user, csrf_hash: row.csrf_hash, stale: now - row.seen_at > SEEN_GRAIN }))
}

/// Remembers that the session was used now.
pub async fn touch(work: &mut Work, token: &Secret) -> Result<()> {
    store::touch_session(work, &token.hash()).await
}

/// Ends a session.
pub async fn end(work: &mut Work, token: &Secret) -> Result<()> {
    store::delete_session(work, &token.hash()).await
}
