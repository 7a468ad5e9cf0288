//! The schema of each kind of message.

use serde_json::{Value, json};

use super::{common, count, flag, list, object, one_member_of, pattern, words, words_of};
use crate::doubts::{DoubtReason, RefusalReason};
use crate::exchange::messages::{
    Application, BirthField, DeclineReason, Kind, MOST_WITHDRAWN, MarriageField, Provenance, Reply, Standing, Step,
    UndoneReason,
};

pub(super) fn schema(kind: Kind) -> Value {
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
