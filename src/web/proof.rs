//! Proving who one is: the password, then the second factor. Every failure counts towards the account's lock, and is
//! written into the log with the reason that the person is not told.

use serde::Deserialize;

use super::problem::SECURITY;
use super::{Caller, Door, Fault, Problem};
use crate::access::second_factors::{self, Factors};
use crate::access::users::{self, Credentials, Login, User};
use crate::access::{Actor, passwords};
use crate::app::App;
use crate::error::Error;
use crate::work::Work;

/// Password and, where there is a second factor, a code: asked for again before a change to what one signs in with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// The present password.
    #[schema(format = Password)]
    pub password: String,
    /// A code from the app, or a recovery code; where there is a second factor.
    pub code: Option<String>,
}

/// Somebody whose password was found right.
pub(super) struct Known {
    pub user: User,
    second_factor: bool,
}

/// Checks a password outside any transaction.
///
/// # Errors
/// [`Fault::WrongLogin`] for a wrong password, an unknown or disabled account and a locked one alike.
pub(super) async fn check_password(app: &App, login: &Login, password: String) -> Result<Known, Problem> {
    let mut work = app.system_read().await?;
    let Credentials { user, hash, locked, second_factor } = users::credentials(&mut work, login).await?;
    drop(work);
    // Checked for locked and unknown accounts too, so that the time taken tells nothing.
    let fits = off_the_async_threads(move || passwords::fits(&password, hash.as_deref())).await?;
    let Some(user) = user else {
        tracing::warn!(target: SECURITY, event = "sign-in-failed", reason = "unknown-account");
        return Err(Fault::WrongLogin.into());
    };
    if locked {
        tracing::warn!(target: SECURITY, event = "sign-in-failed", account = %user.id, reason = "locked");
        return Err(Fault::WrongLogin.into());
    }
    if !fits {
        failed(app, &user, "wrong-password").await?;
        return Err(Fault::WrongLogin.into());
    }
    Ok(Known { user, second_factor })
}

/// Checks the second factor of somebody who has one; what they are known by now.
///
/// # Errors
/// [`Fault::SecondFactorNeeded`] when no code came, [`Fault::WrongSecondFactor`] when it is wrong or was used before.
pub(super) async fn check_second_factor(app: &App, known: &Known, code: Option<&str>) -> Result<Factors, Problem> {
    if !known.second_factor {
        return Ok(Factors::Password);
    }
    let code = code.ok_or(Fault::SecondFactorNeeded)?;
    let mut work = account_work(app, known.user.actor()).await?;
    match second_factors::spend(&mut work, known.user.id, code).await? {
        Some(factors) => {
            work.commit().await?;
            Ok(factors)
        }
        None => {
            drop(work);
            failed(app, &known.user, "wrong-code").await?;
            Err(Fault::WrongSecondFactor.into())
        }
    }
}

/// Asks somebody who is signed in for all they sign in with; they stay signed in when it is wrong.
///
/// # Errors
/// `Refused`: `wrong-password`, `second-factor-needed`, `wrong-second-factor`.
pub(super) async fn prove(door: &Door, caller: &Caller, proof: Proof) -> Result<Factors, Problem> {
    let known = prove_password(door, caller, proof.password).await?;
    check_second_factor(&door.app, &known, proof.code.as_deref()).await.map_err(as_refusal)
}

/// Asks somebody who is signed in for the password.
pub(super) async fn prove_password(door: &Door, caller: &Caller, password: String) -> Result<Known, Problem> {
    let login = &caller.user().login;
    door.attempts.admit(login.as_str(), None, door.app.node().clock.now())?;
    check_password(&door.app, login, password).await.map_err(as_refusal)
}

fn as_refusal(problem: Problem) -> Problem {
    match problem.fault() {
        Fault::WrongLogin => Error::Refused("wrong-password").into(),
        Fault::SecondFactorNeeded => Error::Refused("second-factor-needed").into(),
        Fault::WrongSecondFactor => Error::Refused("wrong-second-factor").into(),
        _ => problem,
    }
}

/// Counts a wrong code that confirms nothing yet like any other failure.
pub(super) async fn failed(app: &App, user: &User, reason: &'static str) -> Result<(), Problem> {
    let mut work = app.system_work().await?;
    let locked = users::note_failure(&mut work, user.id).await?;
    work.commit().await?;
    tracing::warn!(target: SECURITY, event = "sign-in-failed", account = %user.id, reason, locked);
    Ok(())
}

/// Work about a user's own account, which the node keeps at its seat.
pub(super) async fn account_work(app: &App, actor: Actor) -> Result<Work, Error> {
    app.work(actor, app.node().seat.clone()).await
}

pub(super) async fn off_the_async_threads<T: Send + 'static>(
    slow: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(slow).await.map_err(|_| Error::internal("checking a password failed"))
}
