//! The cookies of browsers: the session, and what pages remember between one and the next.

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
        self.raw(self.cookie_name(), headers).map(Secret::presented)
    }

    /// What another cookie of the node's own pages says.
    pub(super) fn read(self, name: &str, headers: &HeaderMap) -> Option<String> {
        let name = format!("{}{name}", self.prefix());
        let (text, _) = form_urlencoded::parse(self.raw(&name, headers)?.as_bytes()).next()?;
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }

    /// `Set-Cookie` that gives a browser its session.
    pub fn set_cookie(self, token: &Secret, good_for: TimeDelta) -> Option<HeaderValue> {
        self.header(self.cookie_name(), token.reveal(), good_for)
    }

    /// `Set-Cookie` that takes it away.
    pub fn clear_cookie(self) -> Option<HeaderValue> {
        self.header(self.cookie_name(), "", TimeDelta::zero())
    }

    /// `Set-Cookie` for another cookie of the node's own pages; for no time takes it away.
    pub(super) fn set(self, name: &str, text: &str, good_for: TimeDelta) -> Option<HeaderValue> {
        let value: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        self.header(&format!("{}{name}", self.prefix()), &value, good_for)
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Https => "__Host-",
            Self::Http => "",
        }
    }

    fn raw<'h>(self, name: &str, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn header(self, name: &str, value: &str, good_for: TimeDelta) -> Option<HeaderValue> {
        let secure = if self == Self::Https { "; Secure" } else { "" };
        let seconds = good_for.num_seconds();
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}
