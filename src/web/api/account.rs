//! One's own account: password, second factor, sessions. A change to what one signs in with asks for all of it again,
//! ends every session, and answers a new one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::sessions::{SessionBegun, begin, hash};
use crate::access::second_factors::{self, Enrolment, Factors};
use crate::access::sessions::{self, OwnSession};
use crate::access::{Secret, users};
use crate::error::Error;
use crate::web::problem::SECURITY;
use crate::web::proof::{Proof, account_work, failed, prove, prove_password};
use crate::web::{Body, Caller, Door, Owner, Problem, Problems};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(enrol_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(remove_second_factor))
        .routes(routes!(list_own_sessions))
        .routes(routes!(end_own_sessions))
}

/// The present password and a new one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewPassword {
    /// What one signs in with at present.
    proof: Proof,
    /// The new password, 10–128 characters of any kind.
    #[schema(format = Password)]
    password: String,
}

/// Change one's own password. Ends all one's sessions and answers a new one.
#[utoipa::path(put, path = "/me/password", tag = "access", request_body = NewPassword,
    responses((status = 200, body = SessionBegun), Problems))]
async fn change_password(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(wanted, _): Body<NewPassword>,
) -> Result<Json<SessionBegun>, Problem> {
    changed_password(&door, &caller, wanted).await.map(Json)
}

/// Changes one's own password; the session that goes on.
pub(in crate::web) async fn changed_password(
    door: &Door,
    caller: &Caller,
    wanted: NewPassword,
) -> Result<SessionBegun, Problem> {
    let hash = hash(&door.app, &caller.user().login, wanted.password).await?;
    let factors = prove(door, caller, wanted.proof).await?;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    users::change_password(&mut work, caller.user().id, &hash).await?;
    let begun = begin(&mut work, caller.user(), factors).await?;
    work.commit().await?;
    tracing::info!(target: SECURITY, event = "password-set", by = "its-owner");
    Ok(begun)
}

/// A second factor being set up; shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct SecondFactorBegun {
    /// For typing into an authenticator app: base 32.
    secret: String,
    /// For the app to read from a picture: `otpauth://…`.
    uri: String,
    /// Until when it may be confirmed.
    confirm_until: DateTime<Utc>,
}

/// Begin setting up a second factor, or another one. It counts once it is confirmed.
#[utoipa::path(post, path = "/me/second-factor", tag = "access", request_body = Proof,
    responses((status = 201, body = SecondFactorBegun), Problems))]
async fn enrol_second_factor(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(proof, _): Body<Proof>,
) -> Result<(StatusCode, Json<SecondFactorBegun>), Problem> {
    let enrolment = enrolled(&door, &caller, proof).await?;
    let begun = SecondFactorBegun {
        secret: enrolment.secret.to_string(),
        uri: enrolment.uri.to_string(),
        confirm_until: enrolment.confirm_until,
    };
    Ok((StatusCode::CREATED, Json(begun)))
}

/// Begins setting up a second factor.
pub(in crate::web) async fn enrolled(door: &Door, caller: &Caller, proof: Proof) -> Result<Enrolment, Problem> {
    prove(door, caller, proof).await?;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    let enrolment = second_factors::enrol(&mut work, caller.user()).await?;
    work.commit().await?;
    Ok(enrolment)
}

/// A code from the app.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct FirstCode {
    /// Six digits.
    code: String,
}

/// Recovery codes; shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct RecoveryCodes {
    /// Each stands for one code from the app, once. Keep them on paper.
    recovery_codes: Vec<String>,
}

impl From<Vec<Secret>> for RecoveryCodes {
    fn from(codes: Vec<Secret>) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.reveal().to_owned()).collect() }
    }
}

/// A second factor that counts from now on.
#[derive(Serialize, utoipa::ToSchema)]
struct SecondFactorConfirmed {
    #[serde(flatten)]
    codes: RecoveryCodes,
    /// All sessions were ended; this one goes on.
    session: SessionBegun,
}

/// Confirm a second factor with a first code from the app.
#[utoipa::path(post, path = "/me/second-factor/confirmation", tag = "access", request_body = FirstCode,
    responses((status = 200, body = SecondFactorConfirmed), Problems))]
async fn confirm_second_factor(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(first, _): Body<FirstCode>,
) -> Result<Json<SecondFactorConfirmed>, Problem> {
    let (codes, session) = confirmed(&door, &caller, first).await?;
    Ok(Json(SecondFactorConfirmed { codes: codes.into(), session }))
}

/// Confirms a second factor; its recovery codes, and the session that goes on.
pub(in crate::web) async fn confirmed(
    door: &Door,
    caller: &Caller,
    first: FirstCode,
) -> Result<(Vec<Secret>, SessionBegun), Problem> {
    let user = caller.user();
    door.attempts.admit(user.login.as_str(), None, door.app.node().clock.now())?;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    let Some(codes) = second_factors::confirm(&mut work, user.id, &first.code).await? else {
        drop(work);
        failed(&door.app, user, "wrong-first-code").await?;
        return Err(Error::Refused("wrong-second-factor").into());
    };
    let session = begin(&mut work, user, Factors::OneTimeCode).await?;
    work.commit().await?;
    tracing::info!(target: SECURITY, event = "second-factor-set");
    Ok((codes, session))
}

/// Replace the recovery codes.
#[utoipa::path(post, path = "/me/second-factor/recovery-codes", tag = "access", request_body = Proof,
    responses((status = 200, body = RecoveryCodes), Problems))]
async fn renew_recovery_codes(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(proof, _): Body<Proof>,
) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(renewed_recovery_codes(&door, &caller, proof).await?.into()))
}

/// Replaces one's own recovery codes.
pub(in crate::web) async fn renewed_recovery_codes(
    door: &Door,
    caller: &Caller,
    proof: Proof,
) -> Result<Vec<Secret>, Problem> {
    if !caller.has_second_factor() {
        return Err(Error::Refused("no-second-factor").into());
    }
    prove(door, caller, proof).await?;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    let codes = second_factors::new_recovery_codes(&mut work, caller.user().id).await?;
    work.commit().await?;
    Ok(codes)
}

/// Take away one's own second factor, where the role may do without. Ends all one's sessions and answers a new one.
#[utoipa::path(post, path = "/me/second-factor/removal", tag = "access", request_body = Proof,
    responses((status = 200, body = SessionBegun), Problems))]
async fn remove_second_factor(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(proof, _): Body<Proof>,
) -> Result<Json<SessionBegun>, Problem> {
    removed_second_factor(&door, &caller, proof).await.map(Json)
}

/// Takes one's own second factor away; the session that goes on.
pub(in crate::web) async fn removed_second_factor(
    door: &Door,
    caller: &Caller,
    proof: Proof,
) -> Result<SessionBegun, Problem> {
    prove(door, caller, proof).await?;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    second_factors::remove(&mut work, caller.user()).await?;
    let begun = begin(&mut work, caller.user(), Factors::Password).await?;
    work.commit().await?;
    tracing::info!(target: SECURITY, event = "second-factor-removed");
    Ok(begun)
}

/// One's own sessions, newest first.
#[utoipa::path(get, path = "/me/sessions", tag = "access",
    responses((status = 200, body = Vec<OwnSession>), Problems))]
async fn list_own_sessions(State(door): State<Door>, Owner(caller): Owner) -> Result<Json<Vec<OwnSession>>, Problem> {
    let mut work = door.app.system_read().await?;
    Ok(Json(sessions::list(&mut work, caller.user().id, caller.credential()).await?))
}

/// Which sessions to end.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct EndSessions {
    /// The present password.
    #[schema(format = Password)]
    pub password: String,
    /// One of one's sessions; all but the one that asks when absent.
    pub session: Option<Uuid>,
}

/// End one of one's own sessions, or all others.
#[utoipa::path(post, path = "/me/sessions/end", tag = "access", request_body = EndSessions,
    responses((status = 204), Problems))]
async fn end_own_sessions(
    State(door): State<Door>,
    Owner(caller): Owner,
    Body(wanted, _): Body<EndSessions>,
) -> Result<StatusCode, Problem> {
    end_sessions(&door, &caller, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of somebody's sessions, or all others.
pub(in crate::web) async fn end_sessions(door: &Door, caller: &Caller, wanted: EndSessions) -> Result<(), Problem> {
    let user = prove_password(door, caller, wanted.password).await?.user;
    let mut work = account_work(&door.app, caller.actor().clone()).await?;
    match wanted.session {
        Some(session) => sessions::end_one(&mut work, user.id, session).await?,
        None => sessions::end_others(&mut work, user.id, caller.credential()).await?,
    }
    work.commit().await?;
    Ok(())
}
