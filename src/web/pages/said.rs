//! What was just done, said on the next page, and the way to undo it: kept in the browser for one page.

use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use chrono::TimeDelta;

use crate::web::{Door, Transport};

const COOKIE: &str = "anju-said";

/// What was just done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The key of the text, without its `said-`.
    pub code: String,
    /// Where a form without fields goes that undoes it, and the version it undoes.
    pub undo: Option<(String, i64)>,
}

impl Said {
    /// Something that was done, by the key of its text without `said-`.
    pub fn done(code: &str) -> Self {
        Self { code: code.to_owned(), undo: None }
    }

    /// With the page's path that undoes it, as long as the version is this one.
    #[must_use]
    pub fn undone_at(mut self, path: &str, version: i64) -> Self {
        self.undo = Some((path.to_owned(), version));
        self
    }

    /// The cookie: `code` or `code|version|/path`. It names no person; an undoing path holds an id at most.
    pub(super) fn cookie(&self, transport: Transport) -> Option<HeaderValue> {
        let undo = self.undo.as_ref().map_or_else(String::new, |(path, version)| format!("|{version}|{path}"));
        transport.set(COOKIE, &format!("{}{undo}", self.code), TimeDelta::minutes(1))
    }

    pub(super) fn read(transport: Transport, headers: &HeaderMap) -> Option<Self> {
        let text = transport.read(COOKIE, headers)?;
        let is_code = |code: &str| code.len() < 60 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let mut parts = text.splitn(3, '|');
        let code = parts.next().filter(|code| is_code(code))?.to_owned();
        let undo = parts.next().zip(parts.next()).and_then(|(version, path)| {
            // Only a path of this node's own.
            let own = path.starts_with('/') && !path.starts_with("//");
            own.then_some(()).and_then(|()| Some((path.to_owned(), version.parse().ok()?)))
        });
        Some(Self { code, undo })
    }

    /// Once a page has said it, it is not said again.
    pub(super) fn forget_shown(door: &Door, headers: &HeaderMap, response: &mut Response) {
        let is_page =
            response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let is_part = headers.contains_key("hx-request");
        if is_page
            && !is_part
            && Self::read(door.transport, headers).is_some()
            && let Some(cookie) = door.transport.set(COOKIE, "", TimeDelta::zero())
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}
