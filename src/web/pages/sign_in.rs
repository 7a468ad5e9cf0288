//! Log-in, activation, log-out, and the choice of language: the pages for somebody who is not signed in.

use axum::Router;
use axum::extract::State;
use axum::http::header::{HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use axum::routing;
use chrono::TimeDelta;
use serde::Deserialize;

use super::form::{Entry, Form};
use super::news::News;
use super::said::Said;
use super::shell::{Answer, Shell, see_other};
use crate::access::Secret;
use crate::access::users::Login;
use crate::web::api::sessions::{Activation, Address, LogIn, SessionBegun, activated, end_session, signed_in};
use crate::web::extract::check_origin;
use crate::web::language::LANGUAGE_COOKIE;
use crate::web::{Door, Fault, Language, Owner, Problem};

/// Keeps the token that every form of the session carries.
pub(super) const CSRF_COOKIE: &str = "anju-csrf";
/// How long a chosen language is remembered.
const YEAR: TimeDelta = TimeDelta::days(365);

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/sign-in", routing::get(show).post(sign_in))
        .route("/activate", routing::get(show_activation).post(activate))
        .route("/sign-out", routing::post(sign_out))
        .route("/language", routing::post(choose_language))
}

#[derive(askama::Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    s: &'a Shell,
    form: Entry,
    next: String,
    wants_code: bool,
}

#[derive(askama::Template)]
#[template(path = "activate.html")]
struct ActivatePage<'a> {
    s: &'a Shell,
    form: Entry,
}

/// The log-in in place of a page that needs one; afterwards that page is shown.
pub(super) fn instead(shell: Shell, next: String, status: StatusCode) -> Answer {
    shell.show(status, &SignInPage { s: &shell, form: Entry::default(), next, wants_code: false })
}

async fn show(State(door): State<Door>, headers: HeaderMap, uri: Uri) -> Answer {
    let shell = Shell::open(&door, &headers, uri.path());
    shell.show(StatusCode::OK, &SignInPage { s: &shell, form: Entry::default(), next: "/".into(), wants_code: false })
}

/// Log-in name, password, code where there is a second factor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    login: Login,
    password: String,
    code: Option<String>,
}

async fn sign_in(
    State(door): State<Door>,
    address: Address,
    headers: HeaderMap,
    uri: Uri,
    form: Form<SignIn>,
) -> Answer {
    check_sender(&headers)?;
    let shell = Shell::open(&door, &headers, uri.path());
    let next = form.entry.value("_next").to_owned();
    let begun = match form.said {
        Ok(SignIn { login, password, code }) => signed_in(&door, address, LogIn { login, password, code }).await,
        Err(error) => Err(error.into()),
    };
    match begun {
        Ok(begun) => Ok(welcome(&door, &begun, &next)),
        Err(problem) => {
            let fault = problem.fault();
            let wants_code = matches!(fault, Fault::SecondFactorNeeded | Fault::WrongSecondFactor);
            let status = if wants_code { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let form = form.entry.faulted(problem, shell.language)?;
            shell.show(status, &SignInPage { s: &shell, form, next, wants_code })
        }
    }
}

/// On to where the person wanted to go, with the cookies of the new session.
fn welcome(door: &Door, begun: &SessionBegun, next: &str) -> Response {
    let own = next.starts_with('/') && !next.starts_with("//") && next != "/sign-in";
    let must = begun.must_set_up_second_factor;
    let mut response = see_other(if must {
        "/account/second-factor"
    } else if own {
        next
    } else {
        "/"
    });
    hand_over(door, begun, &mut response);
    response
}

/// The cookies of a new session, and what happened to the account before it, for the browser to keep.
pub(super) fn hand_over(door: &Door, begun: &SessionBegun, response: &mut Response) {
    let age = TimeDelta::seconds(begun.expires_in);
    let session = door.transport.set_cookie(&Secret::presented(&begun.token), age);
    let csrf = door.transport.set(CSRF_COOKIE, &begun.csrf_token, age);
    let news = News::cookie(&begun.notices, door.transport);
    for cookie in [session, csrf, news].into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

async fn show_activation(State(door): State<Door>, headers: HeaderMap, uri: Uri) -> Answer {
    let shell = Shell::open(&door, &headers, uri.path());
    shell.show(StatusCode::OK, &ActivatePage { s: &shell, form: Entry::default() })
}

async fn activate(
    State(door): State<Door>,
    address: Address,
    headers: HeaderMap,
    uri: Uri,
    form: Form<Activation>,
) -> Answer {
    check_sender(&headers)?;
    let shell = Shell::open(&door, &headers, uri.path());
    let done = match form.said {
        Ok(wanted) => activated(&door, address, wanted).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => {
            let mut response = see_other("/sign-in");
            if let Some(cookie) = Said::done("activated").cookie(door.transport) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(problem) => {
            let form = form.entry.faulted(problem, shell.language)?;
            shell.show(StatusCode::UNPROCESSABLE_ENTITY, &ActivatePage { s: &shell, form })
        }
    }
}

async fn sign_out(State(door): State<Door>, owner: Owner) -> Answer {
    let headers = end_session(&door, owner).await?;
    let mut response = see_other("/sign-in");
    response.headers_mut().extend(headers);
    Ok(response)
}

/// The language somebody chose, and the page they were on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChooseLanguage {
    language: String,
    back: String,
}

async fn choose_language(headers: HeaderMap, form: Form<ChooseLanguage>) -> Answer {
    check_sender(&headers)?;
    let ChooseLanguage { language, back } = form.said?;
    let own = back.starts_with('/') && !back.starts_with("//");
    let mut response = see_other(if own { &back } else { "/" });
    if let Some(language) = Language::by_tag(&language) {
        // Without a `__Host-`: it is no secret, and both doors read it alike.
        let text =
            format!("{LANGUAGE_COOKIE}={}; Path=/; Max-Age={}; SameSite=Lax", language.tag(), YEAR.num_seconds());
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_str(&text).map_err(crate::error::Error::internal)?);
    }
    Ok(response)
}

/// A form of nobody in particular comes from this node's own pages: a browser says so by itself.
fn check_sender(headers: &HeaderMap) -> Result<(), Problem> {
    check_origin(headers)?;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let foreign = |origin: &str| {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        Some(host) != text(HOST)
    };
    if text(ORIGIN).is_some_and(foreign) { Err(Fault::CsrfToken.into()) } else { Ok(()) }
}
