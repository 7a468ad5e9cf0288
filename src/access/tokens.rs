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
    let secret = Secret::random()?;
    let token = Token {
        id: work.new_id(),
        name,
        user_id: user,
        expires_at: work.now() + TimeDelta::days(days.into()),
        revoked_at: None,
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

/// Revokes a token at once.
pub async fn revoke(work: &mut Work, id: Uuid) -> Result<()> {
    work.permit(Action::ManageUsers)?;
    if !store::revoke_token(work, id).await? {
        return Err(Error::NotFound("token"));
    }
    journal::append(work, Event { kind: "token.revoked", subjects: &[], details: json!({ "token": id }) }).await?;
    Ok(())
}

/// The user a living token acts as, and the token's id.
pub async fn find_user(work: &mut Work, token: &Secret) -> Result<Option<(User, Uuid)>> {
    let row = store::find_token_user(work, &token.hash()).await?;
    Ok(row.map(|row| (row.user, row.token_id)))
}
