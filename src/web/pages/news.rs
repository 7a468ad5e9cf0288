//! What happened to an account since its last log-in, told on the first page after it: kept in the browser until then.

use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};

use crate::access::users::Notice;
use crate::web::{Door, Transport};

const COOKIE: &str = "anju-news";
/// Most that are told at once; the last ones matter most.
const MOST: usize = 10;

/// Something that happened to the account.
#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// What, by the key of its text without `account-news-`.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl News {
    /// The cookie: `kind@seconds`, with commas between.
    pub(super) fn cookie(notices: &[Notice], transport: Transport) -> Option<HeaderValue> {
        let last = notices.iter().rev().take(MOST).rev();
        let told: Vec<String> = last.map(|notice| format!("{}@{}", notice.kind, notice.at.timestamp())).collect();
        if told.is_empty() { None } else { transport.set(COOKIE, &told.join(","), TimeDelta::hours(1)) }
    }

    pub(super) fn read(transport: Transport, headers: &HeaderMap) -> Vec<Self> {
        let text = transport.read(COOKIE, headers).unwrap_or_default();
        let is_kind = |kind: &str| kind.len() < 60 && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let read = |told: &str| {
            let (kind, at) = told.split_once('@')?;
            let at = DateTime::from_timestamp(at.parse().ok()?, 0)?;
            is_kind(kind).then(|| Self { kind: kind.to_owned(), at })
        };
        text.split(',').take(MOST).filter_map(read).collect()
    }

    /// Once a page has told it, it is not told again.
    pub(super) fn forget_shown(door: &Door, headers: &HeaderMap, response: &mut Response) {
        let is_page =
            response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let is_new = response.headers().get_all(SET_COOKIE).iter().any(|set| {
            let set = String::from_utf8_lossy(set.as_bytes());
            set.contains(COOKIE)
        });
        if is_page
            && !is_new
            && door.transport.read(COOKIE, headers).is_some()
            && let Some(cookie) = door.transport.set(COOKIE, "", TimeDelta::zero())
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}
