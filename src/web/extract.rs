//! Who calls and what they ask for: the extractors of every handler.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tracing::Span;
use tracing::field::display;

use super::{Door, Fault, Problem, json};
use crate::access::budgets::Meter;
use crate::access::sessions::Session;
use crate::access::tokens::Bearer;
use crate::access::users::User;
use crate::access::{Actor, Credential, Secret, sessions, tokens};
use crate::app::App;
use crate::error::Error;
use crate::values::{DivisionCode, LocalityCode, parse_field};
use crate::work::Work;

/// Names the county the request is about, where the caller acts in several.
pub(super) const LOCALITY: &str = "anju-locality";
pub(super) const CSRF: &str = "x-csrf-token";
const FETCH_SITE: &str = "sec-fetch-site";

/// Whoever signed this request, and the county it is about. Id, role and scope come from the session or token and
/// never from what was sent. Who must have a second factor and has none is no caller yet, but a [`Newcomer`].
pub struct Caller {
    app: App,
    user: User,
    actor: Actor,
    locality: LocalityCode,
    credential: Secret,
    second_factor: bool,
    path: String,
    meter: Meter,
}

/// Whoever signed this request, also before they have the second factor their role must have.
pub struct Newcomer(pub Caller);

/// The same without machines, whose tokens touch no account: for the routes about one's own account.
pub struct Owner(pub Caller);

impl Caller {
    /// Begins work that may write. Commit it.
    pub async fn work(&self) -> Result<Work, Error> {
        Ok(self.app.work(self.actor.clone(), self.locality.clone()).await?.metered(self.meter.clone()))
    }

    /// Begins work that only reads and leaves no trace in the journal.
    pub async fn read(&self) -> Result<Work, Error> {
        self.app.read(self.actor.clone(), self.locality.clone()).await
    }

    /// The node.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The account behind the session or token.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The county this request is about.
    pub fn locality(&self) -> &LocalityCode {
        &self.locality
    }

    /// The counties the caller can ask about.
    pub fn localities(&self) -> Vec<LocalityCode> {
        let counties = self.app.node().territory.counties().into_iter();
        counties.filter(|county| touches(&self.actor, county)).collect()
    }

    /// Whether the caller has a second factor.
    pub fn has_second_factor(&self) -> bool {
        self.second_factor
    }

    /// Whether the caller must set up a second factor before anything else.
    pub fn must_enrol(&self) -> bool {
        let rule = self.app.node().sign_in.second_factor;
        self.actor.credential == Some(Credential::Session) && !self.second_factor && rule.asks(self.user.role)
    }

    /// The session or machine token that was presented.
    pub fn credential(&self) -> &Secret {
        &self.credential
    }

    /// The path as it was asked for.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl FromRequestParts<Door> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let caller = sign_in(parts, door).await?;
        if caller.must_enrol() { Err(Fault::SecondFactorMissing.into()) } else { Ok(caller) }
    }
}

impl FromRequestParts<Door> for Newcomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        sign_in(parts, door).await.map(Self)
    }
}

impl FromRequestParts<Door> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let caller = sign_in(parts, door).await?;
        match caller.actor.credential {
            Some(Credential::Session) => Ok(Self(caller)),
            _ => Err(Error::Forbidden("own-account").into()),
        }
    }
}

async fn sign_in(parts: &mut Parts, door: &Door) -> Result<Caller, Problem> {
    let (credential, by_cookie) = credential(&parts.headers, door).ok_or(Fault::NotSignedIn)?;
    let (user, presented, second_factor) = match find_session(&door.app, &credential).await? {
        Some(session) => {
            if by_cookie && !parts.method.is_safe() {
                check_origin(&parts.headers)?;
                check_csrf(&parts.headers, &session)?;
            }
            if session.stale {
                touch(&door.app, &credential).await?;
            }
            (session.user, Credential::Session, session.second_factor)
        }
        None if by_cookie => return Err(Fault::NotSignedIn.into()),
        None => {
            let bearer = find_bearer(&door.app, &credential).await?.ok_or(Fault::NotSignedIn)?;
            (bearer.user, Credential::Token(bearer.token), false)
        }
    };
    Span::current().record("user", display(user.id));
    let actor = user.actor_by(presented);
    let locality = locality(&door.app, &actor, &parts.headers)?;
    let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path()).to_owned();
    let meter = parts.extensions.get::<Meter>().cloned().unwrap_or_default();
    Ok(Caller { app: door.app.clone(), user, actor, locality, credential, second_factor, path, meter })
}

/// The secret that came with the request, and whether a browser sent it by itself. Two at once are none: a proxy could
/// have looked at the other.
fn credential(headers: &HeaderMap, door: &Door) -> Option<(Secret, bool)> {
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return None;
    }
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Secret::presented(token))
    });
    match bearer {
        Some(token) => Some((token, false)),
        None => door.transport.read_cookie(headers).map(|token| (token, true)),
    }
}

/// A browser says by itself where a request came from; a change through a cookie comes from this node's own pages.
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), Fault> {
    let mut said = headers.get_all(FETCH_SITE).into_iter();
    if said.all(|site| site == "same-origin" || site == "none") { Ok(()) } else { Err(Fault::CsrfToken) }
}

/// A foreign page can make a browser send its cookie, but cannot know this token.
fn check_csrf(headers: &HeaderMap, session: &Session) -> Result<(), Fault> {
    let presented = headers.get(CSRF).and_then(|value| value.to_str().ok()).map(Secret::presented);
    match presented {
        Some(token) if same(&token.hash(), &session.csrf_hash) => Ok(()),
        _ => Err(Fault::CsrfToken),
    }
}

async fn find_session(app: &App, token: &Secret) -> Result<Option<Session>, Error> {
    let mut work = app.system_read().await?;
    sessions::find(&mut work, token).await
}

async fn find_bearer(app: &App, token: &Secret) -> Result<Option<Bearer>, Error> {
    let mut work = app.system_read().await?;
    let bearer = tokens::find_bearer(&mut work, token).await?;
    drop(work);
    if let Some(bearer) = bearer.as_ref().filter(|bearer| bearer.stale) {
        let mut work = app.system_work().await?;
        tokens::touch(&mut work, bearer.token).await?;
        work.commit().await?;
    }
    Ok(bearer)
}

async fn touch(app: &App, token: &Secret) -> Result<(), Error> {
    let mut work = app.system_work().await?;
    sessions::touch(&mut work, token).await?;
    work.commit().await
}

/// Compares two hashes in a time that does not depend on where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

/// The county named in the header, which must be served here and touch the actor's scope; else the scope's own
/// county; else the node's seat.
fn locality(app: &App, actor: &Actor, headers: &HeaderMap) -> Result<LocalityCode, Error> {
    let node = app.node();
    let mut named = headers.get_all(LOCALITY).into_iter();
    let Some(first) = named.next() else {
        return Ok(actor.scope.division().locality().unwrap_or_else(|| node.seat.clone()));
    };
    if named.next().is_some() {
        return Err(Error::invalid("Anju-Locality", "duplicate-field"));
    }
    let named: LocalityCode = parse_field("Anju-Locality", first.to_str().unwrap_or_default())?;
    let known = node.territory.counties().contains(&named);
    if known && touches(actor, &named) { Ok(named) } else { Err(Error::NotFound("locality")) }
}

fn touches(actor: &Actor, county: &LocalityCode) -> bool {
    let (scope, county) = (actor.scope.division(), DivisionCode::from(county.clone()));
    scope.covers(&county) || county.covers(scope)
}

/// The query string as a type; faults are named like those of a body.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Door> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(query) => Ok(Self(query.0)),
            Err(rejection) => {
                // "Failed to deserialize query string: limit: invalid digit found in string"
                let text = rejection.body_text();
                let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
                let (path, message) = match text.split_once(": ") {
                    Some((path, message)) if !path.contains(' ') => (path, message),
                    _ => ("", text),
                };
                Err(json::at(path, message).into())
            }
        }
    }
}

/// The variable parts of the path. What does not parse names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Door> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, door).await;
        path.map(|path| Self(path.0)).map_err(|_| Error::NotFound("page").into())
    }
}
