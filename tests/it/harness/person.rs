//! Somebody who uses the node through its router.

use anju::access::sessions::NewSession;
use anju::access::users::User;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request};
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// Somebody with or without a session.
#[derive(Clone)]
pub struct Person {
    router: Router,
    user: Option<User>,
    token: Option<String>,
    csrf: Option<String>,
}

impl Person {
    /// Nobody in particular.
    pub fn stranger(router: Router) -> Self {
        Self { router, user: None, token: None, csrf: None }
    }

    /// Somebody whose session has begun.
    pub fn signed_in(router: Router, user: User, session: NewSession) -> Self {
        let (token, csrf) = (session.token.reveal().to_owned(), session.csrf.reveal().to_owned());
        Self { router, user: Some(user), token: Some(token), csrf: Some(csrf) }
    }

    /// The same door with another session or machine token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..Self::stranger(self.router.clone()) }
    }

    /// The account.
    pub fn user(&self) -> &User {
        self.user.as_ref().expect("a stranger has no account")
    }

    /// The account's id.
    pub fn id(&self) -> Uuid {
        self.user().id
    }

    /// The session's token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a stranger has no token")
    }

    /// The session's token against cross-site requests.
    pub fn csrf(&self) -> &str {
        self.csrf.as_deref().expect("a stranger has no token")
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.request(Method::POST, path).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.request(Method::PUT, path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path).send().await
    }

    /// A request to be completed with headers and body.
    pub fn request(&self, method: Method, path: &str) -> Asking {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        Asking { router: self.router.clone(), request, body: Vec::new() }
    }
}

/// A request being made.
pub struct Asking {
    router: Router,
    request: axum::http::request::Builder,
    body: Vec<u8>,
}

impl Asking {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.header(CONTENT_TYPE, kind);
        self.body = body.into();
        self
    }

    pub async fn send(self) -> Reply {
        let request = self.request.body(Body::from(self.body)).unwrap();
        let asked = format!("{} {}", request.method(), request.uri());
        let (parts, body) = self.router.oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Reply { asked, status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; `null` when there is none or it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Fails the test unless the status is this; answers the body.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{} answered {} {body}", self.asked, self.status);
        self.json()
    }

    /// Fails the test unless this is a problem with this status and code; answers it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.asked);
        assert_eq!(problem["code"], code, "{} answered {problem}", self.asked);
        problem
    }

    /// Fails the test unless the input was found invalid in this field for this reason.
    #[track_caller]
    pub fn invalid(&self, field: &str, code: &str) {
        let problem = self.refused(422, "invalid");
        let faults = problem["errors"].as_array().unwrap();
        let found = faults.iter().any(|fault| fault["field"] == field && fault["code"] == code);
        assert!(found, "{} answered {problem}", self.asked);
    }
}
