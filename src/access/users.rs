//! People's log-ins: invitation by a one-time code, activation, lock-out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Action, Actor, Credential, Role, Scope, Secret, sessions, store};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, Label, Malformed, Page, PageRequest, parsed_text};
use crate::work::Work;

/// Failed log-ins in a row after which an account is locked (MLPS level 3 asks for a lock-out).
const FAILURES_ALLOWED: i32 = 5;
/// How long it stays locked.
const LOCKED_FOR: TimeDelta = TimeDelta::minutes(15);
/// How long an activation code is good.
const ACTIVATION_GOOD_FOR: TimeDelta = TimeDelta::days(7);

parsed_text! {
    /// A log-in name: 3–40 letters, digits, `.`, `-`, `_`; case does not matter.
    pub struct Login = parse_login;
}

fn parse_login(text: &str) -> std::result::Result<String, Malformed> {
    let login = text.trim().to_lowercase();
    let shaped = (3..=40).contains(&login.chars().count())
        && login.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        // A document number or phone as a log-in name would put it in the clear.
        && login.chars().filter(char::is_ascii_digit).count() < 10;
    if shaped { Ok(login) } else { Err(Malformed("malformed-login")) }
}

/// What is needed to invite somebody.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Log-in name.
    pub login: Login,
    /// The person's or office's name, shown to colleagues.
    pub name: Label,
    /// What they are; `peer` and `system` are no people.
    pub role: Role,
    /// The division they act in; inside the node's territory.
    pub scope: DivisionCode,
    /// For a landlord: which.
    pub landlord_id: Option<Uuid>,
    /// For a resident: which.
    pub resident_id: Option<Uuid>,
}

/// Somebody with a log-in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// Log-in name.
    pub login: Login,
    /// Name.
    pub name: Label,
    /// Role.
    pub role: Role,
    /// Scope.
    pub scope: DivisionCode,
    /// Which landlord, for that role.
    pub landlord_id: Option<Uuid>,
    /// Which resident, for that role.
    pub resident_id: Option<Uuid>,
    /// When the account was disabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether the account is named to see protected persons; read where somebody signs in, and nowhere shown.
    #[sqlx(default)]
    #[serde(skip)]
    pub(super) protects: bool,
}

/// The result of inviting: the user, and the code to give them once.
pub struct Invitation {
    /// The user.
    pub user: User,
    /// The activation code; not stored in the clear, so not readable again.
    pub code: Secret,
}

impl User {
    /// The actor this user is.
    pub fn actor(&self) -> Actor {
        let (scope, subject) = (Scope::new(self.scope.clone()), self.landlord_id.or(self.resident_id));
        // The naming is of an officer: it does not follow an account into another role.
        let protects = self.protects && self.role.may(Action::ProtectResidents);
        Actor { id: self.id, role: self.role, scope, subject, peer: None, credential: None, protects }
    }

    /// The actor this user is when they present this.
    pub fn actor_by(&self, credential: Credential) -> Actor {
        Actor { credential: Some(credential), ..self.actor() }
    }
}

/// Invites somebody: creates the account and an activation code good for seven days.
///
/// # Errors
/// `Invalid` when the role needs a landlord or resident and none is named (or the reverse) or the scope lies
/// outside the territory; `Refused("login-taken")`.
pub async fn invite(work: &mut Work, new: NewUser) -> Result<Invitation> {
    work.permit(Action::ManageUsers)?;
    check(work, &new)?;
    let code = Secret::readable()?;
    let id = work.new_id();
    let expires = work.now() + ACTIVATION_GOOD_FOR;
    store::insert_user(work, id, &new, &code.hash(), expires).await?;
    let details = json!({ "user": id, "role": new.role, "scope": new.scope });
    journal::append(work, Event { kind: "user.invited", subjects: &[], details }).await?;
    let NewUser { login, name, role, scope, landlord_id, resident_id } = new;
    let user = User { id, login, name, role, scope, landlord_id, resident_id, disabled_at: None, protects: false };
    Ok(Invitation { user, code })
}

fn check(work: &Work, new: &NewUser) -> Result<()> {
    if matches!(new.role, Role::Peer | Role::System) {
        return Err(Error::invalid("role", "not-a-persons-role"));
    }
    if (new.role == Role::Landlord) != new.landlord_id.is_some() {
        return Err(Error::invalid("landlord_id", "goes-with-role-landlord"));
    }
    if (new.role == Role::Resident) != new.resident_id.is_some() {
        return Err(Error::invalid("resident_id", "goes-with-role-resident"));
    }
    let territory = &work.node().territory;
    if !territory.covers(&new.scope) && !territory.codes().iter().any(|code| new.scope.covers(code)) {
        return Err(Error::invalid("scope", "outside-territory"));
    }
    Ok(())
}

/// One user. A protected resident's account is found by nobody but the node itself, at its command line.
pub async fn get(work: &mut Work, id: Uuid) -> Result<User> {
    work.permit(Action::ManageUsers)?;
    store::find_user(work, id).await?.ok_or(Error::NotFound("user"))
}

/// All users, by the order they were invited in.
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<User>> {
    work.permit(Action::ManageUsers)?;
    let rows = store::list_users(work, page).await?;
    Ok(page.page(rows, |user| user.id))
}

/// Gives a new activation code, which also unlocks the account and ends its sessions; the old password stops working
/// when the code is used. A second factor stays: the code does not replace it.
pub async fn invite_again(work: &mut Work, id: Uuid) -> Result<Invitation> {
    let user = get(work, id).await?;
    let code = Secret::readable()?;
    let expires = work.now() + ACTIVATION_GOOD_FOR;
    store::set_activation(work, id, &code.hash(), expires).await?;
    sessions::end_all(work, id).await?;
    notify(work, id, "activation-code-made").await?;
    journal::append(work, Event { kind: "user.invited_again", subjects: &[], details: json!({ "user": id }) }).await?;
    Ok(Invitation { user, code })
}

/// Disables an account and ends its sessions and tokens.
pub async fn disable(work: &mut Work, id: Uuid) -> Result<User> {
    get(work, id).await?;
    if work.actor().id == id {
        return Err(Error::Refused("cannot-disable-oneself"));
    }
    store::disable_user(work, id).await?;
    journal::append(work, Event { kind: "user.disabled", subjects: &[], details: json!({ "user": id }) }).await?;
    get(work, id).await
}

/// Sets the password of whoever holds the activation code. `hash` comes from
/// [`passwords::hash`](super::passwords::hash).
///
/// # Errors
/// `Refused("wrong-activation")` whatever the reason: unknown log-in, wrong, used or expired code.
pub async fn activate(work: &mut Work, login: &Login, code: &Secret, hash: &str) -> Result<User> {
    let user = store::activate(work, login, &code.hash(), hash).await?.ok_or(Error::Refused("wrong-activation"))?;
    journal::append(work, Event { kind: "user.activated", subjects: &[], details: json!({ "user": user.id }) }).await?;
    Ok(user)
}

/// Replaces one's own password, after the present one was found right; ends all one's sessions. `hash` comes from
/// [`passwords::hash`](super::passwords::hash).
pub async fn change_password(work: &mut Work, user: Uuid, hash: &str) -> Result<()> {
    store::set_password(work, user, hash).await?;
    sessions::end_all(work, user).await?;
    let details = json!({ "user": user });
    journal::append(work, Event { kind: "user.password_changed", subjects: &[], details }).await?;
    notify(work, user, "password-changed").await
}

/// Something about their account that a user is told at the next log-in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Notice {
    /// What happened: `password-changed`, `activation-code-made`, `second-factor-reset`, `recovery-code-used`,
    /// `account-locked`.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Leaves a user a notice for the next log-in.
pub(super) async fn notify(work: &mut Work, user: Uuid, kind: &'static str) -> Result<()> {
    let id = work.new_id();
    store::insert_notice(work, id, user, kind).await
}

/// The notices that wait for a user, oldest first; they are told once.
pub async fn take_notices(work: &mut Work, user: Uuid) -> Result<Vec<Notice>> {
    let mut notices = store::take_notices(work, user).await?;
    notices.sort_by_key(|notice| notice.at);
    Ok(notices)
}

/// The accounts that act for an office, with their names; to tell colleagues from others who are looked at.
pub(crate) async fn officers(work: &mut Work) -> Result<Vec<(Uuid, Label)>> {
    work.permit(Action::Oversee)?;
    store::list_officers(work).await
}

/// An officer, as colleagues who look over their work know them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Officer {
    /// The account.
    pub id: Uuid,
    /// Name.
    pub name: Label,
    /// Role.
    pub role: Role,
    /// The division they act for.
    pub scope: DivisionCode,
}

/// The clerks and supervisors whose accounts work in the actor's scope, in the order they were invited in.
pub async fn officers_of_scope(work: &mut Work) -> Result<Vec<Officer>> {
    work.permit(Action::ReviewLooks)?;
    store::list_officers_of_scope(work).await
}

/// Whether the node has any user yet.
pub async fn any(work: &mut Work) -> Result<bool> {
    store::any_user(work).await
}

/// The id of the account with a log-in name, also of a disabled one, for operations that asked their own permit.
pub(crate) async fn id_of(work: &mut Work, login: &Login) -> Result<Option<Uuid>> {
    Ok(store::find_credentials(work, login).await?.map(|row| row.user.id))
}

/// What a log-in attempt is checked against.
#[derive(Debug)]
pub struct Credentials {
    /// The user, where there is an active one of that name.
    pub user: Option<User>,
    /// The stored hash to check the password against.
    pub hash: Option<String>,
    /// Whether the account is locked now.
    pub locked: bool,
    /// Whether a second factor is asked for, too.
    pub second_factor: bool,
}

/// Reads what a log-in attempt is checked against.
pub async fn credentials(work: &mut Work, login: &Login) -> Result<Credentials> {
    let row = store::find_credentials(work, login).await?;
    let now = work.now();
    Ok(match row {
        Some(row) if row.user.disabled_at.is_none() => Credentials {
            locked: row.locked_until.is_some_and(|until| now < until),
            hash: row.password_hash,
            second_factor: row.confirmed_at.is_some(),
            user: Some(row.user),
        },
        _ => Credentials { user: None, hash: None, locked: false, second_factor: false },
    })
}

/// Counts a failed attempt, at the password or at the second factor; the fifth in a row locks the account for fifteen
/// minutes. Answers whether it is locked now.
pub async fn note_failure(work: &mut Work, user: Uuid) -> Result<bool> {
    let until = work.now() + LOCKED_FOR;
    let failures = store::count_failure(work, user, FAILURES_ALLOWED, until).await?;
    if failures < FAILURES_ALLOWED {
        return Ok(false);
    }
    journal::append(work, Event { kind: "user.locked", subjects: &[], details: json!({ "user": user }) }).await?;
    notify(work, user, "account-locked").await?;
    Ok(true)
}
