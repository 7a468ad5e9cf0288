//! JSON Schemas (2020-12) of everything that travels. A test compares them with the types, change by change.

mod checkpoints;
mod messages;

use serde_json::{Map, Value, json};

use crate::exchange::Reason;
use crate::exchange::messages::{Authority, Kind};
use crate::values::Sex;

/// Where the schemas say they live; the names resolve beside each other in the folder.
pub(super) const BASE: &str = "https://anju.example/exchange/v1/schemas/";

/// Every schema by its file name.
pub(super) fn all() -> Vec<(String, Value)> {
    let mut schemas = vec![
        ("common.json".to_owned(), defs("Values and parts that several schemas share", common_defs())),
        ("bodies.json".to_owned(), defs("Bodies of requests and responses", body_defs())),
        ("headers.json".to_owned(), defs("Protected headers of the JWS and JWE forms", header_defs())),
        ("request.json".to_owned(), request()),
        ("response.json".to_owned(), response()),
        ("card.json".to_owned(), card()),
        ("directory.json".to_owned(), directory()),
        ("problem.json".to_owned(), problem()),
    ];
    schemas.extend(Kind::ALL.iter().map(|kind| (format!("{kind}.json"), messages::schema(*kind))));
    for (name, schema) in &mut schemas {
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$id"] = json!(format!("{BASE}{name}"));
    }
    schemas
}

fn defs(title: &str, defs: Value) -> Value {
    json!({ "title": title, "$defs": defs })
}

/// An object that has these members and no others; a `?` behind a name makes it optional.
fn object(members: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone())).collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

/// One of several forms, each an object with one member.
fn one_member_of(members: &[(&str, Value)]) -> Value {
    let forms: Vec<Value> = members.iter().map(|member| object(std::slice::from_ref(member))).collect();
    json!({ "oneOf": forms })
}

fn common(name: &str) -> Value {
    json!({ "$ref": format!("common.json#/$defs/{name}") })
}

fn body(name: &str) -> Value {
    json!({ "$ref": format!("bodies.json#/$defs/{name}") })
}

fn list(items: Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

fn words(words: impl IntoIterator<Item = &'static str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

macro_rules! words_of {
    ($type:ty) => {
        words(<$type>::ALL.iter().map(<$type>::as_str))
    };
}
use words_of;

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn format(format: &str) -> Value {
    json!({ "type": "string", "format": format })
}

fn text(most: usize) -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": most,
        "pattern": "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$",
    })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn count(least: i64, most: Option<i64>) -> Value {
    let mut schema = json!({ "type": "integer", "minimum": least });
    if let Some(most) = most {
        schema["maximum"] = json!(most);
    }
    schema
}

fn common_defs() -> Value {
    let name = "^[^\\s0-9\\u0000-\\u001f\\u007f-\\u009f]([^0-9\\u0000-\\u001f\\u007f-\\u009f]*[^\\s0-9\\u0000-\\u001f\\u007f-\\u009f])?$";
    let mut defs = json!({
        "id": { "type": "string", "format": "uuid", "description": "UUID; a UUIDv7 where the sender makes it" },
        "instant": { "type": "string", "format": "date-time", "description": "RFC 3339, UTC, with Z" },
        "day": format("date"),
        "node": pattern("^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$"),
        "county": pattern("^[0-9]{6}$"),
        "division": pattern("^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"),
        "code": pattern("^[a-z][a-z0-9._-]{0,63}$"),
        "reference": {
            "type": "string", "maxLength": 64, "pattern": "^[\\p{L}\\p{N}\\-_./:()（）〔〕]*[0-9][\\p{L}\\p{N}\\-_./:()（）〔〕]*$",
        },
        "phone": pattern("^(?=.{3,20}$)[0-9+][0-9+ -]*[0-9]$"),
        "label": text(100),
        "name": { "type": "string", "minLength": 1, "maxLength": 60, "pattern": name },
        "sex": words_of!(Sex),
        "hash": pattern("^[A-Za-z0-9_-]{43}$"),
        "jwe": { "type": "string", "maxLength": 65536 },
        "verdict": pattern("^(applied|case|rejected:[a-z][a-z0-9._-]{0,63})$"),
        "office": object(&[("name", common("label")), ("phone", common("phone"))]),
        "document": object(&[("kind", common("code")), ("number", common("reference"))]),
        "person": object(&[
            ("document?", common("document")), ("name", common("name")), ("sex?", common("sex")),
            ("born_on?", common("day")),
        ]),
        "identified-person": object(&[
            ("document", common("document")), ("name", common("name")), ("sex?", common("sex")),
            ("born_on?", common("day")),
        ]),
        "place": one_member_of(&[
            ("division", pattern("^([0-9]{2}|[0-9]{4}|[0-9]{6})$")), ("abroad", common("label")),
        ]),
        "certificate": object(&[
            ("number", common("reference")), ("issuer", common("label")), ("authority", words_of!(Authority)),
        ]),
        "facts": one_member_of(&[
            ("marriage", object(&[
                ("spouse?", common("person")), ("married_on?", common("day")), ("place?", common("place")),
                ("certificate?", common("certificate")), ("stands?", flag()),
            ])),
            ("birth", object(&[
                ("born_on?", common("day")), ("place?", common("place")),
                ("parents?", list(common("person"), 0, 2)), ("certificate?", common("certificate")),
            ])),
        ]),
    });
    defs["basis"] = json!({ "oneOf": [
        object(&[("code", json!({ "const": "statute" })), ("reference", common("code"))]),
        object(&[
            ("code", json!({ "const": "consent" })), ("consent", common("id")), ("text_version", pattern("^[a-z0-9.-]{1,20}$")),
        ]),
    ] });
    defs["key"] = key();
    defs
}

fn key() -> Value {
    let of = |usage: &str, curve: &str| {
        let jwk =
            object(&[("crv", json!({ "const": curve })), ("kty", json!({ "const": "OKP" })), ("x", common("hash"))]);
        object(&[
            ("kid", common("hash")),
            ("use", json!({ "const": usage })),
            ("jwk", jwk),
            ("from", common("instant")),
            ("until", common("instant")),
        ])
    };
    json!({ "oneOf": [of("sig", "Ed25519"), of("enc", "X25519")] })
}

fn body_defs() -> Value {
    let seq = || count(1, None);
    let received = || count(0, None);
    let envelopes = || list(common("jwe"), 0, 200);
    let verdicts = list(object(&[("seq", seq()), ("verdict", common("verdict"))]), 0, 200);
    let item = object(&[("seq", seq()), ("hash", common("hash")), ("verdict", common("verdict"))]);
    json!({
        "push": object(&[("first", seq()), ("messages", envelopes())]),
        "push-answer": object(&[("received", received()), ("verdicts", verdicts.clone())]),
        "pull": object(&[("after", received()), ("limit", count(1, Some(200))), ("verdicts", verdicts)]),
        "pull-answer": object(&[("first", seq()), ("messages", envelopes()), ("last", received())]),
        "digest": object(&[("first", seq()), ("last", seq()), ("digest", common("hash")), ("items", flag())]),
        "digest-answer": object(&[
            ("first", seq()), ("last", seq()), ("count", received()), ("digest", common("hash")),
            ("items?", list(item, 0, 200)),
        ]),
        "checkpoints": checkpoints::body(),
    })
}

fn header_defs() -> Value {
    let types = ["message", "request", "response", "card", "directory"].map(|of| format!("anju-{of}+jws"));
    let epk =
        object(&[("crv", json!({ "const": "X25519" })), ("kty", json!({ "const": "OKP" })), ("x", common("hash"))]);
    json!({
        "jws": object(&[
            ("alg", json!({ "const": "EdDSA" })), ("kid", common("hash")), ("typ", json!({ "enum": types })),
        ]),
        "jwe": object(&[
            ("alg", json!({ "const": "ECDH-ES" })), ("cty", json!({ "const": "JOSE" })),
            ("enc", json!({ "const": "A256GCM" })), ("epk", epk), ("kid", common("hash")),
            ("suite", json!({ "const": "anju-1" })),
        ]),
    })
}

fn request() -> Value {
    let second = || count(0, None);
    let mut schema = object(&[
        ("from", common("node")),
        ("to", common("node")),
        ("url", json!({ "type": "string", "maxLength": 400 })),
        ("iat", second()),
        ("exp", second()),
        ("jti", common("id")),
        ("body", json!({ "oneOf": [body("push"), body("pull"), body("digest"), body("checkpoints")] })),
    ]);
    schema["title"] = json!("Payload of a signed request");
    schema
}

fn response() -> Value {
    let mut schema = object(&[
        ("from", common("node")),
        ("to", common("node")),
        ("iat", count(0, None)),
        ("in_reply_to", common("id")),
        (
            "body",
            json!({ "oneOf": [body("push-answer"), body("pull-answer"), body("digest-answer"), body("checkpoints")] }),
        ),
    ]);
    schema["title"] = json!("Payload of a signed response");
    schema
}

fn card() -> Value {
    let url = "^(https://[A-Za-z0-9._~-]+|http://(127\\.0\\.0\\.1|localhost))(:[0-9]+)?(/[A-Za-z0-9._~-]+)*$";
    let mut schema = object(&[
        ("code", common("node")),
        ("name", common("label")),
        ("base_url", json!({ "type": "string", "maxLength": 200, "pattern": url })),
        ("territory", list(common("division"), 1, 500)),
        ("keys", list(common("key"), 2, 20)),
        ("office", common("office")),
        ("issued_at", common("instant")),
        ("version", count(1, Some(4_294_967_295))),
    ]);
    schema["title"] = json!("Payload of a signed node card");
    schema
}

fn directory() -> Value {
    let mut schema = object(&[
        ("version", count(1, Some(4_294_967_295))),
        ("issued_at", common("instant")),
        ("nodes", json!({ "type": "array", "items": { "$ref": "card.json" } })),
    ]);
    schema["title"] = json!("Payload of a signed directory");
    schema
}

/// A problem is open for additional members by RFC 9457; a client must rely on these only.
fn problem() -> Value {
    json!({
        "title": "Problem (RFC 9457)", "type": "object", "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" },
            "code": { "type": "string", "examples": Reason::ALL.iter().map(Reason::as_str).collect::<Vec<_>>() },
        },
    })
}
