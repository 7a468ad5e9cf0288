//! Who calls and what they ask for: the extractors of every handler.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::{Door, Fault, Problem, json};
use crate::access::sessions::Session;
use crate::access::users::User;
use crate::access::{Actor, Credential, Secret, sessions, tokens};
use crate::app::App;
use crate::error::Error;
use crate::values::{DivisionCode, LocalityCode, parse_field};
use crate::work::Work;

/// Names the county the request is about, where the caller acts in several.
pub(super) const LOCALITY: &str = "anju-locality";
const CSRF: &str = "x-csrf-token";

/// Whoever signed this request, and the county it is about. Id, role and scope come from the session or token and
/// never from what was sent.
pub struct Caller {
    app: App,
    user: User,
    actor: Actor,
    locality: LocalityCode,
    credential: Secret,
    path: String,
}

impl Caller {
    /// Begins work that may write. Commit it.
    pub async fn work(&self) -> Result<Work, Error> {
        self.app.work(self.actor.clone(), self.locality.clone()).await
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
        let (credential, by_cookie) = credential(&parts.headers, door).ok_or(Fault::NotSignedIn)?;
        let (user, presented) = match find_session(&door.app, &credential).await? {
            Some(session) => {
                if by_cookie && !parts.method.is_safe() {
                    check_csrf(&parts.headers, &session)?;
                }
                if session.stale {
                    touch(&door.app, &credential).await?;
                }
                (session.user, Credential::Session)
            }
            None if by_cookie => return Err(Fault::NotSignedIn.into()),
            None => find_token_user(&door.app, &credential).await?.ok_or(Fault::NotSignedIn)?,
        };
        let actor = user.actor_by(presented);
        let locality = locality(&door.app, &actor, &parts.headers)?;
        let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path()).to_owned();
        Ok(Self { app: door.app.clone(), user, actor, locality, credential, path })
    }
}

/// The secret that came with the request, and whether a browser sent it by itself.
fn credential(headers: &HeaderMap, door: &Door) -> Option<(Secret, bool)> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Secret::presented(token))
    });
    match bearer {
        Some(token) => Some((token, false)),
        None => door.transport.read_cookie(headers).map(|token| (token, true)),
    }
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

async fn find_token_user(app: &App, token: &Secret) -> Result<Option<(User, Credential)>, Error> {
    let mut work = app.system_read().await?;
    let found = tokens::find_user(&mut work, token).await?;
    Ok(found.map(|(user, id)| (user, Credential::Token(id))))
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
