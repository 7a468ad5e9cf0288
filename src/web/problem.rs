//! The only place where an error becomes a status: RFC 9457 problems in the reader's language.
//!
//! | Error | Status | Because |
//! | --- | --- | --- |
//! | not signed in, wrong log-in, second factor asked for or wrong | 401 | with `WWW-Authenticate: Bearer` |
//! | `Forbidden`, second factor not set up, no token against cross-site requests | 403 | the role does not include it |
//! | `NotFound` | 404 | also what may not be known |
//! | `Refused`, `Stale` | 409 | both are about the state things are in; the code tells which. 412 is left to `If-Match` |
//! | `Invalid` | 422 | one entry per field |
//! | `Unavailable`, timed out | 503 | with `Retry-After` |
//! | `Internal` | 500 | the reason is in the log beside the request's id, never in the answer |
//!
//! A handler answers `Result<_, Problem>`; `render` writes the body once the language is known. The texts are in
//! `locales/*/problems.ftl`, by code.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Language;
use super::layers::RequestId;
use crate::error::Error;
use crate::exchange::Reason;

/// The target of log lines about sign-ins, refusals and changes to accounts.
pub(super) const SECURITY: &str = "anju::security";

/// Everything that can go wrong at this door.
#[derive(Debug)]
pub enum Fault {
    /// An operation's error.
    Operation(Error),
    /// A peer's request does not keep the protocol.
    Protocol(Reason),
    /// No living session or token came with the request.
    NotSignedIn,
    /// Log-in name and password do not fit, or the account is locked or disabled: one answer for all.
    WrongLogin,
    /// The password fits; a code of the second factor is asked for, too.
    SecondFactorNeeded,
    /// The code is wrong, was used already, or has passed.
    WrongSecondFactor,
    /// The role must have a second factor, and this account has none yet.
    SecondFactorMissing,
    /// A change through a cookie without the token against cross-site requests, or from another site's page.
    CsrfToken,
    /// The route exists for other methods.
    MethodNotAllowed,
    /// The body is larger than the route takes.
    TooLarge,
    /// The body is not JSON by its `Content-Type`.
    UnsupportedMediaType,
    /// Too many attempts in this minute.
    TooManyAttempts,
    /// The request took too long and was given up.
    TimedOut,
}

/// The status the exchange's specification gives a reason (`exchange-specs/README.md`, section 4).
fn protocol_status(reason: Reason) -> StatusCode {
    match reason {
        Reason::UnknownKey | Reason::ExpiredKey | Reason::BadSignature | Reason::NotFromSender | Reason::NotForUs => {
            StatusCode::UNAUTHORIZED
        }
        Reason::Replayed => StatusCode::CONFLICT,
        Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// What a handler answers instead of a result.
#[derive(Debug, Clone)]
pub struct Problem(Arc<Fault>);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(Arc::new(fault))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Fault::Operation(error).into()
    }
}

/// An RFC 9457 problem as it is sent (`application/problem+json`).
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// `urn:anju:problem:` and the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The status, repeated.
    pub status: u16,
    /// What happened and what to do next.
    pub detail: String,
    /// Stable kebab-case code for programs; for a refusal the rule's own code.
    pub code: &'static str,
    /// The fields at fault; empty unless the input was invalid.
    pub errors: Vec<FieldProblem>,
    /// Names this request in the node's log.
    pub request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// The field's path in the input, for example `document.number`.
    pub field: String,
    /// Stable kebab-case code.
    pub code: &'static str,
    /// What is wrong and how it should be.
    pub message: String,
}

impl Problem {
    /// What went wrong, for a door that renders it otherwise.
    pub fn fault(&self) -> &Fault {
        &self.0
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        match &*self.0 {
            Fault::Operation(error) => match error {
                Error::NotFound(_) => StatusCode::NOT_FOUND,
                Error::Forbidden(_) => StatusCode::FORBIDDEN,
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::Refused(_) | Error::Stale => StatusCode::CONFLICT,
                Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Fault::Protocol(reason) => protocol_status(*reason),
            Fault::NotSignedIn | Fault::WrongLogin | Fault::SecondFactorNeeded | Fault::WrongSecondFactor => {
                StatusCode::UNAUTHORIZED
            }
            Fault::CsrfToken | Fault::SecondFactorMissing => StatusCode::FORBIDDEN,
            Fault::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Fault::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Fault::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The kind of problem: names its type and its title.
    fn kind(&self) -> &'static str {
        match &*self.0 {
            Fault::Operation(error) => match error {
                Error::NotFound(_) => "not-found",
                Error::Forbidden(_) => "forbidden",
                Error::Invalid(_) => "invalid",
                Error::Refused(_) => "refused",
                Error::Stale => "stale",
                Error::Unavailable(_) => "unavailable",
                Error::Internal(_) => "internal",
            },
            Fault::Protocol(_) => "protocol",
            Fault::NotSignedIn => "not-signed-in",
            Fault::WrongLogin => "wrong-login",
            Fault::SecondFactorNeeded => "second-factor-needed",
            Fault::WrongSecondFactor => "wrong-second-factor",
            Fault::SecondFactorMissing => "second-factor-missing",
            Fault::CsrfToken => "csrf-token",
            Fault::MethodNotAllowed => "method-not-allowed",
            Fault::TooLarge => "too-large",
            Fault::UnsupportedMediaType => "unsupported-media-type",
            Fault::TooManyAttempts => "too-many-attempts",
            Fault::TimedOut => "timed-out",
        }
    }

    /// The code programs go by.
    pub fn code(&self) -> &'static str {
        match &*self.0 {
            Fault::Operation(Error::Refused(code)) => code,
            Fault::Protocol(reason) => reason.as_str(),
            _ => self.kind(),
        }
    }

    /// Title and detail for people, in their language.
    pub fn words(&self, language: Language) -> (String, String) {
        let kind = self.kind();
        let specific = match &*self.0 {
            Fault::Operation(Error::Refused(code)) => language.find(&format!("refused-{code}")),
            Fault::Operation(Error::NotFound(what)) => language.find(&format!("not-found-{what}")),
            _ => None,
        };
        let title = language.find(&format!("title-{kind}")).unwrap_or_default();
        (title, specific.or_else(|| language.find(kind)).unwrap_or_default())
    }

    /// The fields at fault, in words.
    pub fn fields(&self, language: Language) -> Vec<FieldProblem> {
        let Fault::Operation(Error::Invalid(faults)) = &*self.0 else { return Vec::new() };
        let general = || language.find("field-malformed-value").unwrap_or_default();
        faults
            .iter()
            .map(|fault| FieldProblem {
                field: fault.field.clone(),
                code: fault.code,
                message: language.find(&format!("field-{}", fault.code)).unwrap_or_else(general),
            })
            .collect()
    }

    /// The document to send.
    pub(super) fn document(&self, language: Language, request_id: String) -> Document {
        let (title, detail) = self.words(language);
        Document {
            kind: format!("urn:anju:problem:{}", self.kind()),
            title,
            status: self.status().as_u16(),
            detail,
            code: self.code(),
            errors: self.fields(language),
            request_id,
        }
    }

    /// What the answer's headers say besides.
    fn hint(&self) -> Option<(HeaderName, &'static str)> {
        match &*self.0 {
            Fault::NotSignedIn | Fault::WrongLogin | Fault::SecondFactorNeeded | Fault::WrongSecondFactor => {
                Some((WWW_AUTHENTICATE, "Bearer"))
            }
            Fault::Operation(Error::Unavailable(_)) | Fault::TimedOut => Some((RETRY_AFTER, "10")),
            Fault::TooManyAttempts => Some((RETRY_AFTER, "60")),
            _ => None,
        }
    }

    /// The one place where reasons that people do not see are written down, and refusals that can be somebody trying:
    /// codes only, never what was sent.
    pub(super) fn log(&self) {
        let code = self.code();
        match &*self.0 {
            Fault::Operation(Error::Internal(reason)) => tracing::error!(reason, "a request failed"),
            Fault::Operation(Error::Unavailable(part)) => tracing::warn!(part, "a part is out of reach"),
            Fault::TimedOut => tracing::warn!("a request took too long"),
            Fault::Operation(Error::Forbidden(action)) => {
                tracing::warn!(target: SECURITY, event = "access-denied", action);
            }
            Fault::NotSignedIn | Fault::CsrfToken | Fault::SecondFactorMissing => {
                tracing::warn!(target: SECURITY, event = "access-denied", code);
            }
            Fault::Operation(Error::Invalid(faults)) => {
                let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
                tracing::info!(target: SECURITY, event = "input-refused", codes = codes.join(" "));
            }
            Fault::TooLarge | Fault::UnsupportedMediaType | Fault::MethodNotAllowed => {
                tracing::info!(target: SECURITY, event = "input-refused", codes = code);
            }
            Fault::Protocol(_) => tracing::warn!(target: SECURITY, event = "peer-refused", code),
            Fault::TooManyAttempts => tracing::warn!(target: SECURITY, event = "too-many-attempts"),
            // The sign-in writes its own lines, with the reason that is not told.
            _ => {}
        }
    }
}

impl IntoResponse for Problem {
    /// The status alone, with the problem as an extension: `render` writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of every problem that passes, in the language of its request.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let id = request.extensions().get::<RequestId>().map(|id| id.0.to_string());
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    problem.log();
    let document = problem.document(language, id.unwrap_or_default());
    let body = serde_json::to_vec(&document).unwrap_or_default();
    *response.body_mut() = body.into();
    let headers = response.headers_mut();
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    if let Some((name, value)) = problem.hint() {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The problems any signed-in route can answer, for its documentation: `responses((status = 200, …), Problems)`.
pub struct Problems;

impl utoipa::IntoResponses for Problems {
    fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        let problem = || utoipa::openapi::Ref::from_response_name("Problem").into();
        ["401", "403", "404", "409", "422", "500", "503"].map(|status| (status.to_owned(), problem())).into()
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
