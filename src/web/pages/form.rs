//! What people send with a form. A field's name is its path in the request (`document.number`, `occupants[0].name`), so
//! a form becomes the same value as a body of the API, parsed by the same types, and every fault finds its field. What
//! was typed stays when something is wrong.
//!
//! Endings say what a text stands for: `version:int`, `main:bool`, and `[]` collects a list. Empty fields are left out.
//! Names beginning with `_` are the form's own: `_csrf`, `_once`.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::access::idempotency::RequestKey;
use crate::error::Error;
use crate::web::extract::CSRF;
use crate::web::problem::FieldProblem;
use crate::web::{Door, Fault, Language, Problem, json};

/// The field that carries the token against cross-site requests.
const TOKEN: &str = "_csrf";
/// The field that makes a form count once, however often it is sent.
const ONCE: &str = "_once";
/// Most entries of one list, and most steps of a path.
const MOST_ENTRIES: usize = 200;
const MOST_STEPS: usize = 8;
/// Largest form.
const LARGEST: usize = 256 * 1024;

/// Carries a form's token into the header where the door looks for it.
pub(super) async fn carry_token(request: Request, next: Next) -> Response {
    use axum::response::IntoResponse;
    if request.method() != Method::POST || !is_form(&request) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
        return Problem::from(Fault::TooLarge).into_response();
    };
    let token = pairs(&bytes).into_iter().find(|(name, _)| name == TOKEN).map(|(_, value)| value);
    if let Some(Ok(mut token)) = token.map(|token| HeaderValue::from_str(&token)) {
        token.set_sensitive(true);
        parts.headers.insert(CSRF, token);
    }
    next.run(Request::from_parts(parts, bytes.into())).await
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.trim().to_owned())).collect()
}

/// A form that was sent: what it says as a `T`, or what is wrong with it, and what was typed.
pub struct Form<T> {
    /// What it says.
    pub said: Result<T, Error>,
    /// What was typed.
    pub entry: Entry,
    /// Makes it count once, where the form has the field for it.
    pub key: Option<RequestKey>,
}

impl<T: DeserializeOwned> FromRequest<Door> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        if !is_form(&request) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let path = request.uri().path().to_owned();
        let pairs = pairs(&json::read_body(request, door, "malformed-form").await?);
        let value = as_value(&pairs);
        let text = value.as_ref().map(Value::to_string).unwrap_or_default();
        let once = pairs.iter().find(|(name, value)| name == ONCE && !value.is_empty());
        let key = once.map(|(_, key)| RequestKey::new(key, &path, text.as_bytes())).transpose()?;
        let said = value.and_then(|_| json::parse(text.as_bytes()));
        Ok(Self { said, entry: Entry { pairs, ..Entry::default() }, key })
    }
}

/// The body of the API that a form stands for.
fn as_value(pairs: &[(String, String)]) -> Result<Value, Error> {
    let mut body = Value::Object(Map::new());
    for (name, text) in pairs.iter().filter(|(name, text)| !name.starts_with('_') && !text.is_empty()) {
        let (path, kind) = name.split_once(':').unwrap_or((name, ""));
        put(&mut body, path, leaf(kind, text)).ok_or_else(|| Error::invalid("body", "malformed-form"))?;
    }
    Ok(body)
}

/// A number that is none stays a text, so that its type is told to be wrong at its field.
fn leaf(kind: &str, text: &str) -> Value {
    match kind {
        "int" => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        "bool" => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

/// Puts a leaf at its path; `None` when the path contradicts itself or is out of bounds.
fn put(body: &mut Value, path: &str, leaf: Value) -> Option<()> {
    let mut place = body;
    let steps: Vec<&str> = path.split(['.', '[']).collect();
    if steps.len() > MOST_STEPS {
        return None;
    }
    for step in steps {
        place = match step.strip_suffix(']') {
            None => object(place)?.entry(step.to_owned()).or_insert(Value::Null),
            Some(index) => {
                let list = list(place)?;
                let index = if index.is_empty() { list.len() } else { index.parse().ok()? };
                if index >= MOST_ENTRIES || index > list.len() {
                    return None;
                }
                if index == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(index)?
            }
        };
    }
    *place = leaf;
    Some(())
}

fn object(place: &mut Value) -> Option<&mut Map<String, Value>> {
    if place.is_null() {
        *place = Value::Object(Map::new());
    }
    place.as_object_mut()
}

fn list(place: &mut Value) -> Option<&mut Vec<Value>> {
    if place.is_null() {
        *place = Value::Array(Vec::new());
    }
    place.as_array_mut()
}

/// What a form shows: what was typed, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Entry {
    pairs: Vec<(String, String)>,
    faults: Vec<FieldProblem>,
    problem: Option<(String, String)>,
}

impl Entry {
    /// A form with these values filled in.
    pub fn of<const N: usize>(filled: [(&str, String); N]) -> Self {
        let pairs = filled.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { pairs, ..Self::default() }
    }

    /// What was typed into a field; the last where several have the name.
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether a field of this name came with the form, empty or not.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// Whether a choice was made.
    pub fn chose(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(known, typed)| known == name && typed == value)
    }

    /// What is wrong with a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        let path = name.split(':').next().unwrap_or(name).trim_end_matches("[]");
        self.faults.iter().find(|fault| fault.field == path).map(|fault| fault.message.as_str())
    }

    /// All that is wrong with fields.
    pub fn faults(&self) -> &[FieldProblem] {
        &self.faults
    }

    /// What is wrong with the whole: title, and what to do next.
    pub fn problem(&self) -> Option<&(String, String)> {
        self.problem.as_ref()
    }

    /// Whether there is anything to say above the form.
    pub fn is_wrong(&self) -> bool {
        self.problem.is_some()
    }

    /// Shows an error where it can be mended: at the form. What is not the form's matter goes on as a problem.
    ///
    /// # Errors
    /// What no form can show: not found, not permitted, out of reach, failed.
    pub fn faulted(mut self, error: impl Into<Problem>, language: Language) -> Result<Self, Problem> {
        let problem = error.into();
        if !matches!(
            problem.fault(),
            Fault::Operation(Error::Invalid(_) | Error::Refused(_) | Error::Stale)
                | Fault::WrongLogin
                | Fault::SecondFactorNeeded
                | Fault::WrongSecondFactor
                | Fault::TooManyAttempts
        ) {
            return Err(problem);
        }
        self.problem = Some(problem.words(language));
        self.faults = problem.fields(language);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value_of(text: &str) -> Option<Value> {
        as_value(&pairs(text.as_bytes())).ok()
    }

    #[test]
    fn a_form_becomes_the_body_that_its_names_describe() {
        for (form, body) in [
            ("", Some(json!({}))),
            ("name=+%E6%9D%8E%E5%A8%9C+&_csrf=x&phone=", Some(json!({ "name": "李娜" }))),
            (
                "document.kind=citizen-id&document.number=1",
                Some(json!({ "document": { "kind": "citizen-id", "number": "1" } })),
            ),
            ("version:int=3&main:bool=true&n:int=x", Some(json!({ "version": 3, "main": true, "n": "x" }))),
            ("wanted.marriage[]=a&wanted.marriage[]=b", Some(json!({ "wanted": { "marriage": ["a", "b"] } }))),
            (
                "o[0].name=a&o[1].name=b&o[0].age:int=1",
                Some(json!({ "o": [{ "name": "a", "age": 1 }, { "name": "b" }] })),
            ),
            ("main:bool=false&main:bool=true", Some(json!({ "main": true }))),
            ("a=1&a.b=2", None),
            ("a[7]=1", None),
            ("a.b.c.d.e.f.g.h.i=1", None),
        ] {
            assert_eq!(value_of(form), body, "{form}");
        }
    }
}
