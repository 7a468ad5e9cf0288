//! Second factors: an app that makes one-time codes, enrolled with the password and confirmed by a first code, and
//! recovery codes for the day it is lost. A code works once. Whoever changes their factors ends all their sessions.
//!
//! The one-time code is the cryptographic factor of two that GB/T 22239-2019 asks of level 3: an HMAC over a secret
//! which the app keeps. It does not withstand a page that imitates the node and passes the code on.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::totp::Seed;
use super::users::{self, User};
use super::{Action, Secret, sessions, store};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::text_enum;
use crate::work::Work;

/// How long somebody may take from seeing a seed to confirming it.
const PENDING_FOR: TimeDelta = TimeDelta::minutes(15);
/// Recovery codes given out together.
const RECOVERY_CODES: usize = 10;
/// What a seed is sealed as.
const SEALED_AS: &str = "second_factors.seed";

text_enum! {
    /// What somebody signed in with.
    pub enum Factors {
        /// The password alone.
        Password => "password",
        /// The password and a one-time code.
        OneTimeCode => "password+one-time-code",
        /// The password and a recovery code.
        RecoveryCode => "password+recovery-code",
    }
}

/// A second factor being set up; shown once.
pub struct Enrolment {
    /// For typing into the app, base 32.
    pub secret: Zeroizing<String>,
    /// For the app to read from a picture, `otpauth://…`.
    pub uri: Zeroizing<String>,
    /// Until when it may be confirmed.
    pub confirm_until: DateTime<Utc>,
}

/// Begins setting up a second factor, for oneself. What was there before stays until the new one is confirmed.
pub async fn enrol(work: &mut Work, user: &User) -> Result<Enrolment> {
    let seed = Seed::generate()?;
    let sealed = seal(work, user.id, &seed)?;
    let confirm_until = work.now() + PENDING_FOR;
    store::set_pending_seed(work, user.id, &sealed, confirm_until).await?;
    journal::append(work, event("second_factor.begun", user.id)).await?;
    let uri = seed.uri(&work.node().name, &user.login)?;
    Ok(Enrolment { secret: seed.text()?, uri, confirm_until })
}

/// Confirms a second factor with a first code from the app; ends all the user's sessions and answers new recovery
/// codes. `None` when the code is wrong or nothing waits to be confirmed.
pub async fn confirm(work: &mut Work, user: Uuid, code: &str) -> Result<Option<Vec<Secret>>> {
    let Some(sealed) = store::find_pending_seed(work, user).await? else { return Ok(None) };
    let seed = open(work, user, &sealed)?;
    let Some(step) = seed.step_of(plain(code).as_str(), work.now())? else { return Ok(None) };
    store::confirm_seed(work, user, step).await?;
    journal::append(work, event("second_factor.confirmed", user)).await?;
    sessions::end_all(work, user).await?;
    new_recovery_codes(work, user).await.map(Some)
}

/// Spends a one-time or recovery code; answers which it was, `None` when it is wrong or was used before.
pub async fn spend(work: &mut Work, user: Uuid, code: &str) -> Result<Option<Factors>> {
    let code = plain(code);
    if code.len() == 6 {
        let Some(sealed) = store::find_seed(work, user).await? else { return Ok(None) };
        let step = open(work, user, &sealed)?.step_of(code.as_str(), work.now())?;
        let Some(step) = step else { return Ok(None) };
        return Ok(store::advance_step(work, user, step).await?.then_some(Factors::OneTimeCode));
    }
    if !store::delete_recovery_code(work, user, &Secret::presented_code(&code).hash()).await? {
        return Ok(None);
    }
    journal::append(work, event("recovery_code.used", user)).await?;
    users::notify(work, user, "recovery-code-used").await?;
    Ok(Some(Factors::RecoveryCode))
}

/// Replaces the recovery codes of a user; each works once.
pub async fn new_recovery_codes(work: &mut Work, user: Uuid) -> Result<Vec<Secret>> {
    let codes = (0..RECOVERY_CODES).map(|_| Secret::recovery()).collect::<Result<Vec<_>>>()?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(Secret::hash).collect();
    store::replace_recovery_codes(work, user, &hashes).await?;
    journal::append(work, event("recovery_codes.renewed", user)).await?;
    Ok(codes)
}

/// Takes away one's own second factor and ends all one's sessions.
///
/// # Errors
/// `Refused("second-factor-required")` when one's role must have one here.
pub async fn remove(work: &mut Work, user: &User) -> Result<()> {
    if work.node().sign_in.second_factor.asks(user.role) {
        return Err(Error::Refused("second-factor-required"));
    }
    store::delete_factors(work, user.id).await?;
    journal::append(work, event("second_factor.removed", user.id)).await?;
    sessions::end_all(work, user.id).await
}

/// Takes away somebody's second factor, whose identity the office has made sure of as at the first invitation: they
/// enrol anew at the next log-in and are told. Ends their sessions.
///
/// # Errors
/// `NotFound`; `Refused("not-ones-own-factor")`: an administrator's own factor another one resets.
pub async fn reset(work: &mut Work, user: Uuid) -> Result<()> {
    work.permit(Action::ManageUsers)?;
    users::get(work, user).await?;
    if work.actor().id == user {
        return Err(Error::Refused("not-ones-own-factor"));
    }
    store::delete_factors(work, user).await?;
    journal::append(work, event("second_factor.reset", user)).await?;
    users::notify(work, user, "second-factor-reset").await?;
    sessions::end_all(work, user).await
}

/// Seals all seeds anew, under the active node key; answers how many.
pub async fn reseal(work: &mut Work) -> Result<usize> {
    work.permit(Action::RenewNodeKey)?;
    let seeds = store::list_seeds(work).await?;
    for (user, sealed) in &seeds {
        let again = seal(work, *user, &open(work, *user, sealed)?)?;
        store::replace_seed(work, *user, sealed, &again).await?;
    }
    Ok(seeds.len())
}

fn event(kind: &'static str, user: Uuid) -> Event<'static> {
    Event { kind, subjects: &[], details: json!({ "user": user }) }
}

/// A code as it was typed, without the spaces and dashes that make it readable.
fn plain(code: &str) -> Zeroizing<String> {
    Zeroizing::new(code.chars().filter(char::is_ascii_alphanumeric).collect())
}

/// The user's id is sealed with the seed, so that a seed put beside another user does not open.
fn seal(work: &Work, user: Uuid, seed: &Seed) -> Result<Vec<u8>> {
    let bytes = Zeroizing::new([user.as_bytes(), seed.bytes()].concat());
    work.node().vault.seal_secret(SEALED_AS, &bytes)
}

fn open(work: &Work, user: Uuid, sealed: &[u8]) -> Result<Seed> {
    let bytes = work.node().vault.open_secret(SEALED_AS, sealed)?;
    let seed = bytes.strip_prefix(user.as_bytes()).ok_or_else(|| Error::internal("a seed is another user's"))?;
    Seed::from_bytes(seed)
}
