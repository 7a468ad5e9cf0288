//! Log-in, log-out, activation, and who one is.

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::SocketAddr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::access::users::{Credentials, Login, User};
use crate::access::{Action, Secret, passwords, sessions, users};
use crate::app::App;
use crate::error::Error;
use crate::values::LocalityCode;
use crate::web::{Body, Caller, Door, Fault, Problem, Problems};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(log_in)).routes(routes!(log_out)).routes(routes!(activate)).routes(routes!(me))
}

/// Log-in name and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LogIn {
    login: Login,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// A session just begun.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionBegun {
    /// Send it as `Authorization: Bearer`, or as the session cookie.
    token: String,
    /// With the cookie, send it as `X-CSRF-Token` with every change.
    csrf_token: String,
    /// Seconds until it ends in any case.
    expires_in: i64,
    /// Seconds without a request after which it ends earlier.
    ends_idle_after: i64,
    user: User,
}

/// Log in.
///
/// An unknown name, a wrong password and a locked account get the same answer. Five wrong passwords in a row lock an
/// account for fifteen minutes.
#[utoipa::path(post, path = "/sessions", tag = "access", request_body = LogIn, security(()),
    responses((status = 201, body = SessionBegun), Problems))]
async fn log_in(
    State(door): State<Door>,
    Address(address): Address,
    Body(wanted, _): Body<LogIn>,
) -> Result<(StatusCode, Json<SessionBegun>), Problem> {
    let LogIn { login, password } = wanted;
    door.attempts.admit(login.as_str(), address.as_deref(), door.app.node().clock.now())?;
    let (user, session) = begin_session(&door.app, &login, password).await?;
    let begun = SessionBegun {
        token: session.token.reveal().to_owned(),
        csrf_token: session.csrf.reveal().to_owned(),
        expires_in: sessions::ABSOLUTE.num_seconds(),
        ends_idle_after: sessions::IDLE.num_seconds(),
        user,
    };
    Ok((StatusCode::CREATED, Json(begun)))
}

/// Reads what the attempt is checked against, checks it outside any transaction, and records the outcome.
async fn begin_session(app: &App, login: &Login, password: String) -> Result<(User, sessions::NewSession), Problem> {
    let mut work = app.system_read().await?;
    let Credentials { user, hash, locked } = users::credentials(&mut work, login).await?;
    drop(work);
    // Checked for locked and unknown accounts too, so that the time taken tells nothing.
    let fits = off_the_async_threads(move || passwords::fits(&password, hash.as_deref())).await?;
    let Some(user) = user.filter(|_| !locked) else { return Err(Fault::WrongLogin.into()) };
    if !fits {
        let mut work = app.system_work().await?;
        users::note_failure(&mut work, user.id).await?;
        work.commit().await?;
        return Err(Fault::WrongLogin.into());
    }
    let mut work = app.work(user.actor(), app.node().seat.clone()).await?;
    let session = sessions::begin(&mut work, user.id).await?;
    work.commit().await?;
    Ok((user, session))
}

async fn off_the_async_threads<T: Send + 'static>(slow: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(slow).await.map_err(|_| Error::internal("checking a password failed"))
}

/// Log out: ends the session at once.
#[utoipa::path(delete, path = "/sessions/current", tag = "access", responses((status = 204), Problems))]
async fn log_out(State(door): State<Door>, caller: Caller) -> Result<(StatusCode, HeaderMap), Problem> {
    let mut work = caller.work().await?;
    sessions::end(&mut work, caller.credential()).await?;
    work.commit().await?;
    let cookie = door.transport.clear_cookie().map(|cookie| (SET_COOKIE, cookie));
    Ok((StatusCode::NO_CONTENT, cookie.into_iter().collect()))
}

/// What the holder of an activation code sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Activation {
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
    Address(address): Address,
    Body(wanted, _): Body<Activation>,
) -> Result<StatusCode, Problem> {
    let Activation { login, code, password } = wanted;
    door.attempts.admit(login.as_str(), address.as_deref(), door.app.node().clock.now())?;
    let name = login.clone();
    let hash = off_the_async_threads(move || passwords::hash(&password, name.as_str())).await??;
    let mut work = door.app.system_work().await?;
    users::activate(&mut work, &login, &Secret::presented_code(&code), &hash).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
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
}

/// Who the caller is.
#[utoipa::path(get, path = "/me", tag = "access", params(Locality), responses((status = 200, body = Me), Problems))]
async fn me(caller: Caller) -> Json<Me> {
    let role = caller.actor().role;
    Json(Me {
        user: caller.user().clone(),
        locality: caller.locality().clone(),
        localities: caller.localities(),
        actions: Action::ALL.iter().filter(|action| role.may(**action)).map(|action| action.as_str()).collect(),
    })
}

/// Where the request came from, when the server tells.
struct Address(Option<String>);

impl FromRequestParts<Door> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string())))
    }
}
