//! The session cookie of browsers.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;

use crate::access::Secret;

/// How people reach the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Encrypted, by this process or a proxy before it.
    Https,
    /// In the clear: on one machine, for a demonstration.
    Http,
}

impl Transport {
    /// The session cookie's name. A browser takes a `__Host-` cookie only over HTTPS and from this very host, so
    /// that no neighbouring host can plant one.
    pub const fn cookie_name(self) -> &'static str {
        match self {
            Self::Https => "__Host-anju",
            Self::Http => "anju",
        }
    }

    /// The session token of a request's cookie.
    pub(super) fn read_cookie(self, headers: &HeaderMap) -> Option<Secret> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.cookie_name()).map(|(_, value)| Secret::presented(value))
    }

    /// `Set-Cookie` that gives a browser its session.
    pub fn set_cookie(self, token: &Secret, good_for: TimeDelta) -> Option<HeaderValue> {
        self.header(token.reveal(), good_for.num_seconds())
    }

    /// `Set-Cookie` that takes it away.
    pub fn clear_cookie(self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self == Self::Https { "; Secure" } else { "" };
        let name = self.cookie_name();
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}
