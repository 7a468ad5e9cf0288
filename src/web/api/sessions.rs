//! Log-in, log-out, activation, and who one is.

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::SocketAddr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::access::passwords::{self, KnownWords};
use crate::access::second_factors::Factors;
use crate::access::users::{Login, Notice, User};
use crate::access::{Action, Secret, sessions, users};
use crate::app::App;
use crate::error::Error;
use crate::values::LocalityCode;
use crate::web::problem::SECURITY;
use crate::web::proof::{account_work, check_password, check_second_factor, off_the_async_threads};
use crate::web::{Body, Door, Newcomer, Owner, Problem, Problems};
use crate::work::Work;

/// Tells a browser to forget what it kept of this host.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(log_in)).routes(routes!(log_out)).routes(routes!(activate)).routes(routes!(me))
}

/// Log-in name, password, and a code of the second factor where there is one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct LogIn {
    pub login: Login,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
    /// Six digits from the app, or a recovery code. Without it an account with a second factor is answered
    /// `second-factor-needed`: send the same again with the code.
    pub code: Option<String>,
}

/// A session just begun.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::web) struct SessionBegun {
    /// Send it as `Authorization: Bearer`, or as the session cookie.
    pub token: String,
    /// With the cookie, send it as `X-CSRF-Token` with every change.
    pub csrf_token: String,
    /// Seconds until it ends in any case.
    pub expires_in: i64,
    /// Seconds without a request after which it ends earlier.
    ends_idle_after: i64,
    user: User,
    /// What was signed in with.
    factors: Factors,
    /// The role must have a second factor: until it is set up, nothing else is answered.
    pub must_set_up_second_factor: bool,
    /// What happened to the account since the last log-in; told once.
    pub notices: Vec<Notice>,
}

/// Begins a session of somebody who has proved who they are.
pub(super) async fn begin(work: &mut Work, user: &User, factors: Factors) -> Result<SessionBegun, Error> {
    let session = sessions::begin(work, user.id, factors).await?;
    let notices = users::take_notices(work, user.id).await?;
    let rules = work.node().sign_in;
    tracing::info!(target: SECURITY, event = "signed-in", account = %user.id, factors = factors.as_str());
    Ok(SessionBegun {
        token: session.token.reveal().to_owned(),
        csrf_token: session.csrf.reveal().to_owned(),
        expires_in: rules.absolute.num_seconds(),
        ends_idle_after: rules.idle.num_seconds(),
        user: user.clone(),
        factors,
        must_set_up_second_factor: factors == Factors::Password && rules.second_factor.asks(user.role),
        notices,
    })
}

/// Log in.
///
/// An unknown name, a wrong password and a locked account get the same answer. Five failures in a row, at the password
/// or the code, lock an account for fifteen minutes.
#[utoipa::path(post, path = "/sessions", tag = "access", request_body = LogIn, security(()),
    responses((status = 201, body = SessionBegun), Problems))]
async fn log_in(
    State(door): State<Door>,
    address: Address,
    Body(wanted, _): Body<LogIn>,
) -> Result<(StatusCode, Json<SessionBegun>), Problem> {
    Ok((StatusCode::CREATED, Json(signed_in(&door, address, wanted).await?)))
}

/// The session of somebody who proved who they are.
pub(in crate::web) async fn signed_in(
    door: &Door,
    Address(address): Address,
    wanted: LogIn,
) -> Result<SessionBegun, Problem> {
    let LogIn { login, password, code } = wanted;
    door.attempts.admit(login.as_str(), address.as_deref(), door.app.node().clock.now())?;
    let known = check_password(&door.app, &login, password).await?;
    let factors = check_second_factor(&door.app, &known, code.as_deref()).await?;
    let mut work = account_work(&door.app, known.user.actor()).await?;
    let begun = begin(&mut work, &known.user, factors).await?;
    work.commit().await?;
    Ok(begun)
}

/// Log out: ends the session at once.
#[utoipa::path(delete, path = "/sessions/current", tag = "access", responses((status = 204), Problems))]
async fn log_out(State(door): State<Door>, owner: Owner) -> Result<(StatusCode, HeaderMap), Problem> {
    Ok((StatusCode::NO_CONTENT, end_session(&door, owner).await?))
}

/// Ends the session, and tells a browser to forget it.
pub(in crate::web) async fn end_session(door: &Door, Owner(caller): Owner) -> Result<HeaderMap, Problem> {
    let mut work = caller.work().await?;
    sessions::end(&mut work, caller.credential()).await?;
    work.commit().await?;
    tracing::info!(target: SECURITY, event = "signed-out");
    let cookie = door.transport.clear_cookie().map(|cookie| (SET_COOKIE, cookie));
    let forget = (CLEAR_SITE_DATA, HeaderValue::from_static(r#""cache", "cookies", "storage""#));
    Ok(cookie.into_iter().chain([forget]).collect())
}

/// What the holder of an activation code sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Activation {
    login: Login,
    /// The code on the invitation; case, spaces and dashes do not matter.
    code: String,
    /// The new password, 10–128 characters.
    #[schema(format = Password)]
    password: String,
}

/// Set a first or new password with an activation code, which works once.
#[utoipa::path(post, path = "/activations", tag = "access", request_body = Activation, security(()),
    responses((status = 204), Problems))]
async fn activate(
    State(door): State<Door>,
    address: Address,
    Body(wanted, _): Body<Activation>,
) -> Result<StatusCode, Problem> {
    activated(&door, address, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the password that comes with a good code.
pub(in crate::web) async fn activated(
    door: &Door,
    Address(address): Address,
    wanted: Activation,
) -> Result<(), Problem> {
    let Activation { login, code, password } = wanted;
    door.attempts.admit(login.as_str(), address.as_deref(), door.app.node().clock.now())?;
    let hash = hash(&door.app, &login, password).await?;
    let mut work = door.app.system_work().await?;
    let activated = users::activate(&mut work, &login, &Secret::presented_code(&code), &hash).await;
    match &activated {
        Ok(user) => {
            tracing::info!(target: SECURITY, event = "password-set", account = %user.id, by = "activation-code")
        }
        Err(_) => tracing::warn!(target: SECURITY, event = "activation-failed"),
    }
    activated?;
    work.commit().await?;
    Ok(())
}

/// The hash of a new password, made off the async threads.
pub(super) async fn hash(app: &App, login: &Login, password: String) -> Result<String, Error> {
    let (name, known) = (login.clone(), KnownWords::of(app.node()));
    off_the_async_threads(move || passwords::hash(&password, name.as_str(), &known)).await?
}

/// Who the caller is and what they may do.
#[derive(Serialize, utoipa::ToSchema)]
struct Me {
    user: User,
    /// The county this request was about.
    locality: LocalityCode,
    /// The counties the caller can name in `Anju-Locality`.
    localities: Vec<LocalityCode>,
    /// What the caller's role includes.
    actions: Vec<&'static str>,
    /// Whether the caller has a second factor.
    second_factor: bool,
    /// The role must have one: until it is set up, nothing else is answered.
    must_set_up_second_factor: bool,
}

/// Who the caller is.
#[utoipa::path(get, path = "/me", tag = "access", params(Locality), responses((status = 200, body = Me), Problems))]
async fn me(Newcomer(caller): Newcomer) -> Json<Me> {
    let role = caller.actor().role;
    Json(Me {
        user: caller.user().clone(),
        locality: caller.locality().clone(),
        localities: caller.localities(),
        actions: Action::ALL.iter().filter(|action| role.may(**action)).map(|action| action.as_str()).collect(),
        second_factor: caller.has_second_factor(),
        must_set_up_second_factor: caller.must_enrol(),
    })
}

/// Where the request came from, when the server tells. This machine is none: it is a proxy, for everybody behind it.
pub(in crate::web) struct Address(Option<String>);

impl FromRequestParts<Door> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self(address.filter(|address| !address.is_loopback()).map(|address| address.to_string())))
    }
}
