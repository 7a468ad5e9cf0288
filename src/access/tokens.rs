//! Machines' tokens: issued to a user (an employer's personnel system, a script), shown once, kept as a hash.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::users::{self, User};
use super::{Action, Secret, store};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::Label;
use crate::work::Work;

/// Longest a token is good, in days.
const LONGEST_DAYS: u16 = 366;
/// How exactly the last use is remembered.
const USED_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// A token as it is listed; the secret itself is shown once, when it is issued.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Token {
    /// Id.
    pub id: Uuid,
    /// What it is for.
    pub name: Label,
    /// Whose it is.
    pub user_id: Uuid,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to a minute.
    pub used_at: Option<DateTime<Utc>>,
}

/// Issues a token that acts as `user` for `days` (1–366).
pub async fn issue(work: &mut Work, user: Uuid, name: Label, days: u16) -> Result<(Token, Secret)> {
    work.permit(Action::ManageUsers)?;
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(Error::invalid("days", "out-of-range"));
    }
    let owner = users::get(work, user).await?;
    if owner.disabled_at.is_some() {
        return Err(Error::Refused("user-disabled"));
    }
    if !work.node().sign_in.lets_machines_act_as(owner.role) {
        return Err(Error::Refused("no-machine-for-staff"));
    }
    let secret = Secret::random()?;
    let token = Token {
        id: work.new_id(),
        name,
        user_id: user,
        expires_at: work.now() + TimeDelta::days(days.into()),
        revoked_at: None,
        used_at: None,
    };
    store::insert_token(work, &token, &secret.hash()).await?;
    let details = json!({ "token": token.id, "user": user });
    journal::append(work, Event { kind: "token.issued", subjects: &[], details }).await?;
    Ok((token, secret))
}

/// One token.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Token> {
    work.permit(Action::ManageUsers)?;
    store::find_token(work, id).await?.ok_or(Error::NotFound("token"))
}

/// The tokens of a user, newest first.
pub async fn list(work: &mut Work, user: Uuid) -> Result<Vec<Token>> {
    work.permit(Action::ManageUsers)?;
    users::get(work, user).await?;
    store::list_tokens(work, user).await
}

/// Remembers that a token was used now; to a minute, so that not every request becomes a write.
pub async fn touch(work: &mut Work, id: Uuid) -> Result<()> {
    store::touch_token(work, id).await
}

/// Revokes a token at once.
pub async fn revoke(work: &mut Work, id: Uuid) -> Result<()> {
    work.permit(Action::ManageUsers)?;
    if !store::revoke_token(work, id).await? {
        return Err(Error::NotFound("token"));
    }
    journal::append(work, Event { kind: "token.revoked", subjects: &[], details: json!({ "token": id }) }).await?;
    Ok(())
}

/// Whom a living token acts as.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The user.
    pub user: User,
    /// The token.
    pub token: Uuid,
    /// Whether [`touch`] is due.
    pub stale: bool,
}

/// Whom a token acts as; nobody where the node lets no machine act in that role.
pub async fn find_bearer(work: &mut Work, token: &Secret) -> Result<Option<Bearer>> {
    let (now, rules) = (work.now(), work.node().sign_in);
    let row = store::find_token_user(work, &token.hash()).await?;
    let row = row.filter(|row| rules.lets_machines_act_as(row.user.role));
    Ok(row.map(|row| Bearer {
        stale: row.used_at.is_none_or(|used| now - used > USED_GRAIN),
        user: row.user,
        token: row.token_id,
    }))
}

/// Whether a token was ever issued, for operations that asked their own permit.
pub(crate) async fn exists(work: &mut Work, id: Uuid) -> Result<bool> {
    Ok(store::find_token(work, id).await?.is_some())
}
