//! Whom a journal entry says somebody reached, and how. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::values::{NodeCode, text_enum};

/// Who is believed to have got where they should not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspect {
    /// An account, by the user's id, with whatever it presented.
    Account(Uuid),
    /// One machine token; what its owner did otherwise is not meant.
    Token(Uuid),
    /// Another locality's node.
    Peer(NodeCode),
}

text_enum! {
    /// How a person was reached.
    pub enum Way {
        /// Sealed data were opened.
        Disclosed => "disclosed",
        /// A search found them.
        Found => "found",
        /// Their data were sent to the peer.
        Sent => "sent",
        /// The peer told something of them, which may be wrong.
        Received => "received",
        /// Something on their file was changed.
        Changed => "changed",
    }
}

/// What reached one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reached {
    /// In which ways, and how often each.
    #[schema(value_type = std::collections::HashMap<String, u32>)]
    pub ways: BTreeMap<Way, u32>,
    /// The fields opened, sent or searched by.
    pub fields: BTreeSet<String>,
    /// The first time.
    pub first_at: Option<DateTime<Utc>>,
    /// The last time.
    pub last_at: Option<DateTime<Utc>>,
}

impl Reached {
    /// Counts an entry in.
    pub fn add(&mut self, way: Way, entry: &Value) {
        *self.ways.entry(way).or_default() += 1;
        let listed = entry["details"]["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.fields.extend(listed.map(str::to_owned));
        let at = entry["at"].as_str().and_then(|text| text.parse().ok());
        self.first_at = self.first_at.or(at);
        self.last_at = at.or(self.last_at);
    }
}

/// How the suspect reached the persons an entry concerns; `None` when the entry is not the suspect's doing.
pub fn way(entry: &Value, suspect: &Suspect) -> Option<Way> {
    let actor = &entry["actor"];
    let kind = entry["kind"].as_str().unwrap_or_default();
    let is = |value: &Value, id: &Uuid| value.as_str().is_some_and(|text| text.parse() == Ok(*id));
    match suspect {
        Suspect::Peer(peer) if actor["peer"] == peer.as_str() => Some(Way::Received),
        Suspect::Peer(peer) if entry["details"]["recipient"] == peer.as_str() => Some(Way::Sent),
        Suspect::Account(user) if is(&actor["id"], user) => Some(way_of(kind)),
        Suspect::Token(token) if is(&actor["token"], token) => Some(way_of(kind)),
        _ => None,
    }
}

fn way_of(kind: &str) -> Way {
    match kind {
        "data.disclosed" => Way::Disclosed,
        "data.sent" => Way::Sent,
        kind if kind.ends_with(".searched") => Way::Found,
        _ => Way::Changed,
    }
}

/// The persons an entry concerns.
pub fn subjects(entry: &Value) -> impl Iterator<Item = Uuid> {
    entry["subjects"].as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn by(kind: &str, actor: Value) -> Value {
        json!({ "kind": kind, "actor": actor, "details": {}, "at": "2026-11-23T02:00:00.000000Z" })
    }

    #[test]
    fn a_token_is_not_its_owner_and_a_peer_sends_and_receives() {
        let (user, token) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let by_token = by("data.disclosed", json!({ "id": user, "by": "token", "token": token }));
        let by_hand = by("residents.searched", json!({ "id": user, "by": "session" }));
        assert_eq!(way(&by_token, &Suspect::Token(token)), Some(Way::Disclosed));
        assert_eq!(way(&by_hand, &Suspect::Token(token)), None);
        assert_eq!(way(&by_token, &Suspect::Account(user)), Some(Way::Disclosed));
        assert_eq!(way(&by_hand, &Suspect::Account(user)), Some(Way::Found));
        let peer = Suspect::Peer("411421".parse().unwrap());
        let told = by("civil_record.supplied", json!({ "id": Uuid::nil(), "peer": "411421" }));
        assert_eq!(way(&told, &peer), Some(Way::Received));
        let mut sent = by("data.sent", json!({ "id": Uuid::nil() }));
        assert_eq!(way(&sent, &peer), None);
        sent["details"]["recipient"] = json!("411421");
        assert_eq!(way(&sent, &peer), Some(Way::Sent));
    }

    #[test]
    fn times_ways_and_fields_add_up() {
        let mut reached = Reached::default();
        for (at, field) in [("2026-11-23T02:00:00.000000Z", "phone"), ("2026-11-24T02:00:00.000000Z", "document")] {
            reached.add(Way::Disclosed, &json!({ "at": at, "details": { "fields": [field] } }));
        }
        assert_eq!(reached.ways[&Way::Disclosed], 2);
        assert_eq!(reached.fields.iter().collect::<Vec<_>>(), ["document", "phone"]);
        assert!(reached.first_at < reached.last_at);
    }
}
