//! The nodes, keys and messages of the examples: made-up persons, the specimen document numbers of the standard, two
//! real counties. The secrets are as public as this line and must never serve a real node.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::exchange::directory::{Directory, NodeCard};
use crate::exchange::keys::NodeKeys;
use crate::exchange::messages::Message;

/// When everything in the examples happens.
pub(super) const NOW: &str = "2026-11-02T08:00:00Z";

/// Where the two nodes are reached.
pub(super) const RESIDENCE_URL: &str = "https://anju.residence.example";
pub(super) const ORIGIN_URL: &str = "https://anju.origin.example";

pub(super) fn now() -> Result<DateTime<Utc>> {
    instant(NOW)
}

fn instant(text: &str) -> Result<DateTime<Utc>> {
    text.parse().map_err(Error::internal)
}

/// The node where people live now; its secrets are bytes 0x11 and 0x12.
pub(super) fn residence() -> Result<NodeKeys> {
    keys("130102", 0x11)
}

/// The node where they come from; its secrets are bytes 0x21 and 0x22.
pub(super) fn origin() -> Result<NodeKeys> {
    keys("411421", 0x21)
}

/// The keeper of the directory; its secrets are bytes 0x31 and 0x32.
pub(super) fn keeper() -> Result<NodeKeys> {
    keys("directory", 0x31)
}

fn keys(node: &str, byte: u8) -> Result<NodeKeys> {
    let node = node.parse().map_err(Error::internal)?;
    let (from, until) = (instant("2026-01-01T00:00:00Z")?, instant("2029-01-01T00:00:00Z")?);
    NodeKeys::from_seeds(node, from, until, Zeroizing::new([byte; 32]), Zeroizing::new([byte + 1; 32]))
}

/// The cards of both nodes, residence first.
pub(super) fn cards() -> Result<Vec<NodeCard>> {
    let card = |keys: NodeKeys, name: &str, url: &str, phone: &str| {
        let card = json!({
            "code": keys.node(), "name": name, "base_url": url, "territory": [keys.node()], "keys": keys.public(),
            "office": { "name": format!("{name}流动人口服务站"), "phone": phone },
            "issued_at": NOW, "version": 1,
        });
        serde_json::from_value(card).map_err(Error::internal)
    };
    Ok(vec![
        card(residence()?, "石家庄市长安区", RESIDENCE_URL, "0311-00000000")?,
        card(origin()?, "商丘市民权县", ORIGIN_URL, "0370-0000000")?,
    ])
}

pub(super) fn directory() -> Result<Directory> {
    Ok(Directory { version: 1, issued_at: now()?, nodes: cards()? })
}

/// Every kind of message, by the name of its file.
pub(super) fn messages() -> Result<Vec<(&'static str, Message)>> {
    let notices = residence_notices().into_iter().chain(records()).chain(inquiries());
    let written = notices.chain(consents()).chain(accesses()).chain(doubts()).chain(protections());
    let read = |(n, (name, value)): (usize, (&'static str, Value))| {
        let message = complete(name, n + 1, value);
        Ok((name, Message::parse(message.to_string().as_bytes()).map_err(Error::internal)?))
    };
    written.enumerate().map(read).collect()
}

/// The members every message has, before what is special to this one.
fn complete(name: &str, n: usize, special: Value) -> Value {
    let from_origin =
        ["record.supplied", "record.answered", "consent", "doubt"].iter().any(|kind| name.starts_with(kind));
    let (from, to) = if from_origin { ("411421", "130102") } else { ("130102", "411421") };
    let kind: Vec<&str> = name.splitn(3, '.').take(2).collect();
    let mut message = json!({
        "id": id(n), "kind": kind.join("."), "version": 1, "from": from, "to": to, "sent_at": NOW,
        "basis": { "code": "statute", "reference": "residence-permit-regulations-2015" },
        "purpose": "residence-registration", "payload": special,
    });
    if name.starts_with("record.supplied") || name.starts_with("consent") {
        message["basis"] = json!({ "code": "consent", "consent": id(900), "text_version": "civil-records.v1" });
    }
    if name.starts_with("record.doubted") || name.starts_with("doubt") {
        message["basis"] = json!({ "code": "statute", "reference": "personal-information-law-46" });
        message["purpose"] = json!("record-correction");
    }
    if name.starts_with("record.requested") {
        message["case"] = json!("130102-2026-000117");
    }
    message
}

fn id(n: usize) -> String {
    format!("019a3000-0000-7000-8000-{n:012}")
}

fn woman() -> Value {
    json!({ "document": { "kind": "resident-id", "number": "11010519491231002X" }, "name": "李样本" })
}

fn man() -> Value {
    json!({
        "document": { "kind": "resident-id", "number": "440524188001010014" },
        "name": "张示例", "sex": "male", "born_on": "1880-01-01",
    })
}

fn marriage_certificate() -> Value {
    json!({ "number": "J411421-2020-000123", "issuer": "民权县民政局", "authority": "civil-affairs" })
}

fn birth_certificate() -> Value {
    json!({ "number": "T410000001", "issuer": "民权县人民医院", "authority": "hospital" })
}

fn residence_notices() -> Vec<(&'static str, Value)> {
    vec![
        (
            "residence.started",
            json!({
                "notice": id(500), "person": man(), "locality": "130102", "since": "2026-10-20",
                "office": { "name": "长安区流动人口服务站", "phone": "0311-00000000" }, "asks_for_changes": true,
            }),
        ),
        ("residence.ended", json!({ "notice": id(500), "until": "2026-11-01" })),
        ("residence.undone", json!({ "notice": id(500), "step": "ended", "reason": "entered-in-error" })),
    ]
}

fn records() -> Vec<(&'static str, Value)> {
    vec![
        (
            "record.supplied.marriage",
            json!({
                "record": id(600), "version": 1, "issuer": "411421", "provenance": "register", "standing": "stands",
                "about": { "marriage": {
                    "spouses": [
                        { "person": man(), "application": "applied" },
                        { "person": woman(), "application": "pending" },
                    ],
                    "married_on": "2020-05-20", "place": { "division": "411421" },
                    "certificate": marriage_certificate(),
                } },
            }),
        ),
        (
            "record.supplied.birth",
            json!({
                "record": id(601), "version": 2, "issuer": "411421", "provenance": "certificate-seen", "standing": "stands",
                "about": { "birth": {
                    "child": { "name": "张小例", "sex": "female", "born_on": "2023-03-08" },
                    "place": { "division": "411421" }, "parents": [man(), woman()],
                    "certificate": birth_certificate(),
                } },
            }),
        ),
    ]
}

fn accesses() -> Vec<(&'static str, Value)> {
    vec![(
        "access.noted",
        json!({
            "access": id(800), "about": { "notice": id(500) }, "at": "2026-11-02T03:20:00Z", "office": "130102",
            "purpose": "service-entitlement", "basis": "residence-permit-regulations-2015", "fields": ["document"],
        }),
    )]
}

fn protections() -> Vec<(&'static str, Value)> {
    vec![
        ("protection.raised", json!({ "protection": id(810), "person": woman(), "notices": [id(500)] })),
        ("protection.lifted", json!({ "protection": id(810) })),
    ]
}

fn inquiries() -> Vec<(&'static str, Value)> {
    let questions = json!([
        { "ask": "marriage-stands" }, { "ask": "married-to", "person": woman() },
        { "ask": "born-since", "day": "1970-01-01" }, { "ask": "has-parent", "person": { "name": "张前例" } },
    ]);
    vec![
        (
            "record.requested.fields",
            json!({
                "inquiry": id(700), "subject": man(), "wanted": { "marriage": ["married_on", "certificate"] },
                "stated": { "marriage": { "spouse": woman(), "married_on": "2020-05-20" } }, "due_on": "2026-11-23",
            }),
        ),
        (
            "record.requested.questions",
            json!({
                "inquiry": id(701), "subject": man(), "wanted": { "questions": questions }, "due_on": "2026-11-23",
            }),
        ),
        (
            "record.answered.facts",
            json!({
                "inquiry": id(700), "outcome": { "result": "confirmed" },
                "facts": { "marriage": { "married_on": "2020-05-20", "certificate": marriage_certificate() } },
            }),
        ),
        (
            "record.answered.replies",
            json!({
                "inquiry": id(701), "outcome": { "result": "confirmed" },
                "replies": ["yes", "yes", "no", "cannot-say"],
            }),
        ),
        (
            "record.answered.declined",
            json!({ "inquiry": id(702), "outcome": { "result": "declined", "reason": "too-broad" } }),
        ),
    ]
}

/// The consent on which the two records were sent is withdrawn.
fn consents() -> Vec<(&'static str, Value)> {
    let withdrawn = json!([{ "message": id(4), "about": id(600) }, { "message": id(5), "about": id(601) }]);
    vec![("consent.withdrawn", json!({ "consent": id(900), "withdrawn": withdrawn }))]
}

/// A marriage is doubted where the wife lives, and corrected; a birth is doubted, and stays as it is.
fn doubts() -> Vec<(&'static str, Value)> {
    let (corrected, upheld) =
        (json!({ "result": "corrected", "version": 2 }), json!({ "result": "upheld", "reason": "register-agrees" }));
    vec![
        ("record.doubted", json!({ "doubt": id(800), "record": id(600), "version": 1, "reason": "wrong-day" })),
        ("doubt.resolved.corrected", json!({ "doubt": id(800), "record": id(600), "outcome": corrected })),
        ("doubt.resolved.upheld", json!({ "doubt": id(801), "record": id(601), "outcome": upheld })),
    ]
}
