//! JSON bodies: read strictly, with every fault named by its place and a stable code.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{FromRequest, OriginalUri, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::extract::LOCALITY;
use super::{Door, Fault, Problem};
use crate::access::idempotency::RequestKey;
use crate::error::Error;

/// Longest field name repeated in an answer, in characters.
const LONGEST_NAME: usize = 100;

/// A JSON body, and the `Idempotency-Key` where the sender gave one: `Body(new, key): Body<NewUser>`.
#[derive(Debug)]
pub struct Body<T>(pub T, pub Option<RequestKey>);

impl<T: DeserializeOwned> FromRequest<Door> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap_or_default().to_owned());
        let place = place(&request);
        let bytes = read_body(request, door, "malformed-json").await?;
        let key = key.map(|key| RequestKey::new(&key, &place, &bytes)).transpose()?;
        Ok(Self(parse(&bytes)?, key))
    }
}

/// The whole body; one that breaks off is `malformed`.
pub(super) async fn read_body(request: Request, door: &Door, malformed: &'static str) -> Result<Bytes, Problem> {
    Bytes::from_request(request, door).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge.into(),
        _ => Error::invalid("body", malformed).into(),
    })
}

/// What a repeated request must repeat besides its body: method, path and locality.
fn place(request: &Request) -> String {
    let path = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().path(), |uri| uri.path());
    let locality = request.headers().get(LOCALITY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("{} {path} {locality}", request.method())
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let path = fault.path().to_string();
        let fault = fault.into_inner();
        match fault.classify() {
            Category::Data => at(&path, &fault.to_string()),
            _ => Error::invalid("body", "malformed-json"),
        }
    })?;
    reader.end().map_err(|_| Error::invalid("body", "malformed-json"))?;
    Ok(value)
}

/// The error for what a deserializer said about the value at `path`.
pub(super) fn at(path: &str, message: &str) -> Error {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let code = code(message);
    let parent = if path == "." || path.is_empty() { None } else { Some(path) };
    // These name a field of the object at `path`, which is where the person looks for it.
    let named = match code {
        "missing-field" | "unknown-field" | "duplicate-field" => message.split('`').nth(1),
        _ => None,
    };
    let field = match (parent, named) {
        (Some(parent), Some(name)) if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        (Some(parent), Some(name)) => format!("{parent}.{name}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => "body".to_owned(),
    };
    Error::invalid(field.chars().take(LONGEST_NAME).collect::<String>(), code)
}

/// The stable code of a deserializer's message. Our own values say exactly their code; the rest is told by how the
/// message begins, which serde keeps the same for all formats.
fn code(message: &str) -> &'static str {
    const BEGINNINGS: &[(&str, &str)] = &[
        ("unknown field", "unknown-field"),
        ("missing field", "missing-field"),
        ("duplicate field", "duplicate-field"),
        ("unknown variant", "unknown-word"),
        ("invalid type", "wrong-type"),
        ("invalid length", "wrong-type"),
        ("invalid digit", "wrong-type"),
        ("invalid value", "out-of-range"),
        ("number too large", "out-of-range"),
        ("number too small", "out-of-range"),
    ];
    if let Some(code) = FIELD_CODES.get(message) {
        return code;
    }
    BEGINNINGS.iter().find(|(beginning, _)| message.starts_with(beginning)).map_or("malformed-value", |(_, code)| code)
}

/// Every field code there is, from the file that has a text for each.
static FIELD_CODES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("locales/zh-CN/problems.ftl").lines();
    lines.filter_map(|line| line.strip_prefix("field-")?.split_once(" =")).map(|(code, _)| code).collect()
});

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::values::{DivisionCode, Sex};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        inner: Vec<Inner>,
        count: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        code: DivisionCode,
        sex: Option<Sex>,
        on: Option<chrono::NaiveDate>,
    }

    #[test]
    fn every_fault_is_named_by_place_and_code() {
        for (text, fault) in [
            ("", "body: malformed-json"),
            ("{", "body: malformed-json"),
            ("{'a'}", "body: malformed-json"),
            (r#"{"inner":[]} x"#, "body: malformed-json"),
            ("[]", "body: wrong-type"),
            ("5", "body: wrong-type"),
            ("{}", "inner: missing-field"),
            (r#"{"inner":{}}"#, "inner: wrong-type"),
            (r#"{"inner":[],"innner":1}"#, "innner: unknown-field"),
            (r#"{"inner":[{"code":"13"},{"code":"13","shoe":1}]}"#, "inner[1].shoe: unknown-field"),
            (r#"{"inner":[{}]}"#, "inner[0].code: missing-field"),
            (r#"{"inner":[{"code":13}]}"#, "inner[0].code: wrong-type"),
            (r#"{"inner":[{"code":"1"}]}"#, "inner[0].code: malformed-division-code"),
            (r#"{"inner":[{"code":"13","code":"13"}]}"#, "inner[0].code: duplicate-field"),
            (r#"{"inner":[{"code":"13","sex":"x"}]}"#, "inner[0].sex: unknown-word"),
            (r#"{"inner":[{"code":"13","on":"2026-02-30"}]}"#, "inner[0].on: malformed-value"),
            (r#"{"inner":[],"count":300}"#, "count: out-of-range"),
        ] {
            let error = parse::<Outer>(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid input: {fault}"), "{text}");
        }
    }

    #[test]
    fn only_json_is_taken_as_json() {
        for (kind, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("text/x+json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(is_json(&headers), taken, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
