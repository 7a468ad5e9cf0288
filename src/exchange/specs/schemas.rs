//! JSON Schemas (2020-12) of everything that travels. A test compares them with the types, change by change.

mod checkpoints;

use serde_json::{Map, Value, json};

use crate::doubts::{DoubtReason, RefusalReason};
use crate::exchange::Reason;
use crate::exchange::messages::{
    Application, Authority, BirthField, DeclineReason, Kind, MOST_WITHDRAWN, MarriageField, Provenance, Reply,
    Standing, Step, UndoneReason,
};
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
    schemas.extend(Kind::ALL.iter().map(|kind| (format!("{kind}.json"), message(*kind))));
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

fn message(kind: Kind) -> Value {
    let payload = match kind {
        Kind::ResidenceStarted => object(&[
            ("notice", common("id")),
            ("person", common("person")),
            ("locality", common("county")),
            ("since", common("day")),
            ("office", common("office")),
            ("asks_for_changes", flag()),
        ]),
        Kind::ResidenceEnded => object(&[("notice", common("id")), ("until", common("day"))]),
        Kind::ResidenceUndone => {
            object(&[("notice", common("id")), ("step", words_of!(Step)), ("reason", words_of!(UndoneReason))])
        }
        Kind::RecordSupplied => supplied(),
        Kind::RecordRequested => requested(),
        Kind::RecordAnswered => answered(),
        Kind::RecordDoubted => object(&[
            ("doubt", common("id")),
            ("record", common("id")),
            ("version", count(1, Some(4_294_967_295))),
            ("reason", words_of!(DoubtReason)),
        ]),
        Kind::DoubtResolved => {
            let corrected =
                object(&[("result", json!({ "const": "corrected" })), ("version", count(1, Some(4_294_967_295)))]);
            let upheld = object(&[("result", json!({ "const": "upheld" })), ("reason", words_of!(RefusalReason))]);
            let outcome = json!({ "oneOf": [corrected, upheld] });
            object(&[("doubt", common("id")), ("record", common("id")), ("outcome", outcome)])
        }
        Kind::ConsentWithdrawn => {
            let withdrawn = object(&[("message", common("id")), ("about", common("id"))]);
            object(&[("consent", common("id")), ("withdrawn", list(withdrawn, 1, MOST_WITHDRAWN))])
        }
        Kind::AccessNoted => noted(),
        Kind::ProtectionRaised => protection_raised(),
        Kind::ProtectionLifted => object(&[("protection", common("id"))]),
    };
    let mut schema = object(&[
        ("id", common("id")),
        ("kind", json!({ "const": kind.as_str() })),
        ("version", json!({ "const": 1 })),
        ("from", common("node")),
        ("to", common("node")),
        ("sent_at", common("instant")),
        ("basis", common("basis")),
        ("purpose", common("code")),
        ("case?", common("reference")),
        ("payload", payload),
    ]);
    schema["title"] = json!(format!("Message {kind}, version 1"));
    schema
}

fn protection_raised() -> Value {
    let with = |person: &str, least| {
        object(&[("protection", common("id")), ("person", common(person)), ("notices", list(common("id"), least, 100))])
    };
    json!({ "anyOf": [with("identified-person", 0), with("person", 1)] })
}

fn supplied() -> Value {
    let spouse = object(&[("person", common("person")), ("application", words_of!(Application))]);
    let marriage = object(&[
        ("spouses", list(spouse, 2, 2)),
        ("married_on", common("day")),
        ("place?", common("place")),
        ("certificate?", common("certificate")),
    ]);
    let child = object(&[
        ("document?", common("document")),
        ("name", common("name")),
        ("sex", common("sex")),
        ("born_on", common("day")),
    ]);
    let birth = object(&[
        ("child", child),
        ("place", common("place")),
        ("parents", list(common("person"), 0, 2)),
        ("certificate?", common("certificate")),
    ]);
    object(&[
        ("record", common("id")),
        ("version", count(1, Some(4_294_967_295))),
        ("issuer", common("node")),
        ("provenance", words_of!(Provenance)),
        ("standing", words_of!(Standing)),
        ("about", one_member_of(&[("marriage", marriage), ("birth", birth)])),
    ])
}

fn requested() -> Value {
    let ask = |word: &str, rest: &[(&str, Value)]| {
        let mut members = vec![("ask", json!({ "const": word }))];
        members.extend_from_slice(rest);
        object(&members)
    };
    let question = json!({ "oneOf": [
        ask("marriage-stands", &[]),
        ask("married-to", &[("person", common("person"))]),
        ask("born-since", &[("day", common("day"))]),
        ask("has-parent", &[("person", common("person"))]),
    ] });
    let wanted = one_member_of(&[
        ("marriage", list(words_of!(MarriageField), 1, 10)),
        ("birth", list(words_of!(BirthField), 1, 10)),
        ("questions", list(question, 1, 10)),
    ]);
    object(&[
        ("inquiry", common("id")),
        ("subject", common("identified-person")),
        ("wanted", wanted),
        ("stated?", common("facts")),
        ("due_on", common("day")),
    ])
}

fn answered() -> Value {
    let result = |word: &str| object(&[("result", json!({ "const": word }))]);
    let declined = object(&[("result", json!({ "const": "declined" })), ("reason", words_of!(DeclineReason))]);
    let says = json!({ "oneOf": [result("confirmed"), result("differs")] });
    let silent = json!({ "oneOf": [result("not-found"), result("cannot-say"), declined] });
    let inquiry = ("inquiry", common("id"));
    let with_answer = object(&[
        inquiry.clone(),
        ("outcome", says),
        ("facts?", common("facts")),
        ("replies?", list(words_of!(Reply), 1, 10)),
        ("under_investigation?", json!({ "const": true })),
    ]);
    json!({ "oneOf": [with_answer, object(&[inquiry, ("outcome", silent)])] })
}

fn noted() -> Value {
    object(&[
        ("access", common("id")),
        ("about", one_member_of(&[("notice", common("id")), ("record", common("id")), ("inquiry", common("id"))])),
        ("at", common("instant")),
        ("office", pattern("^([0-9]{2}|[0-9]{4}|[0-9]{6})$")),
        ("purpose", common("code")),
        ("basis", common("code")),
        ("fields", list(common("code"), 1, 20)),
    ])
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
