//! What localities say to each other: one closed schema per kind, with no room for anything else.
//!
//! A message's place in its stream is not inside it: the stream gives consecutive numbers when it takes a message
//! up, and the number is signed with the request that carries it. So a message stands alone as evidence, and its
//! `id`, unique for ever, is what makes a repetition visible.

mod accesses;
mod consents;
mod doubts;
mod inquiries;
mod protection;
mod records;
mod residence;
mod values;

pub use accesses::{AccessNoted, Held};
pub use consents::{ConsentWithdrawn, MOST_WITHDRAWN, Withdrawn};
pub use doubts::{DoubtOutcome, DoubtResolved, RecordDoubted};
pub use inquiries::{
    BirthFacts, BirthField, DeclineReason, Facts, MarriageFacts, MarriageField, Outcome, Question, RecordAnswered,
    RecordRequested, Reply, Wanted,
};
pub use protection::{MOST_NOTICES, ProtectionLifted, ProtectionRaised};
pub use records::{
    Application, Authority, Birth, Certificate, Child, Marriage, Place, Provenance, Record, RecordSupplied, Spouse,
    Standing,
};
pub use residence::{ResidenceEnded, ResidenceStarted, ResidenceUndone, Step, UndoneReason};
pub use values::{Code, DocumentWire, Office, OfficePhone, Person, Reference};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::directory::NodeCode;
use super::strict::present;
use super::{Reason, strict};
use crate::residents::TextVersion;
use crate::values::text_enum;

/// The version of every message kind here.
pub const VERSION: u16 = 1;

text_enum! {
    /// The kinds of message of version 1.
    pub enum Kind {
        /// A person lives in the sender's territory since a day.
        ResidenceStarted => "residence.started",
        /// That residence ended.
        ResidenceEnded => "residence.ended",
        /// That start or end was not so.
        ResidenceUndone => "residence.undone",
        /// A marriage or birth record.
        RecordSupplied => "record.supplied",
        /// An inquiry about one person's record.
        RecordRequested => "record.requested",
        /// The answer to an inquiry.
        RecordAnswered => "record.answered",
        /// A record looks wrong to somebody, and is under investigation.
        RecordDoubted => "record.doubted",
        /// What the node that answers for the record decided.
        DoubtResolved => "doubt.resolved",
        /// The consent on which something was sent does not stand any more.
        ConsentWithdrawn => "consent.withdrawn",
        /// Data of a person of the receiver's were read at the sender.
        AccessNoted => "access.noted",
        /// A person is protected and to be hidden at once.
        ProtectionRaised => "protection.raised",
        /// That protection stands no longer.
        ProtectionLifted => "protection.lifted",
    }
}

/// One message: who says what to whom, on which basis and for which purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Unique for ever; a UUIDv7 of the sender.
    pub id: Uuid,
    /// The node that says it.
    pub from: NodeCode,
    /// The node it is said to.
    pub to: NodeCode,
    /// When it was written.
    pub sent_at: DateTime<Utc>,
    /// Why personal data may travel.
    pub basis: Basis,
    /// What for: a code of the sender's list of purposes.
    pub purpose: Code,
    /// The sender's case, when there is one.
    pub case: Option<Reference>,
    /// What is said.
    pub content: Content,
}

/// The legal basis of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Basis {
    /// A provision of the sender's configured list.
    Statute {
        /// Its code in that list.
        reference: Code,
    },
    /// The person's (or guardian's) consent to this purpose and recipient.
    Consent {
        /// The consent's id where it was given: at the sender, or for an answer at the asker.
        consent: Uuid,
        /// The version of the text that was agreed to.
        text_version: TextVersion,
    },
}

/// The payload, one variant per [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `residence.started`
    ResidenceStarted(ResidenceStarted),
    /// `residence.ended`
    ResidenceEnded(ResidenceEnded),
    /// `residence.undone`
    ResidenceUndone(ResidenceUndone),
    /// `record.supplied`
    RecordSupplied(RecordSupplied),
    /// `record.requested`
    RecordRequested(RecordRequested),
    /// `record.answered`
    RecordAnswered(RecordAnswered),
    /// `record.doubted`
    RecordDoubted(RecordDoubted),
    /// `doubt.resolved`
    DoubtResolved(DoubtResolved),
    /// `consent.withdrawn`
    ConsentWithdrawn(ConsentWithdrawn),
    /// `access.noted`
    AccessNoted(AccessNoted),
    /// `protection.raised`
    ProtectionRaised(ProtectionRaised),
    /// `protection.lifted`
    ProtectionLifted(ProtectionLifted),
}

impl Content {
    /// The kind this payload belongs to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::ResidenceStarted(_) => Kind::ResidenceStarted,
            Self::ResidenceEnded(_) => Kind::ResidenceEnded,
            Self::ResidenceUndone(_) => Kind::ResidenceUndone,
            Self::RecordSupplied(_) => Kind::RecordSupplied,
            Self::RecordRequested(_) => Kind::RecordRequested,
            Self::RecordAnswered(_) => Kind::RecordAnswered,
            Self::RecordDoubted(_) => Kind::RecordDoubted,
            Self::DoubtResolved(_) => Kind::DoubtResolved,
            Self::ConsentWithdrawn(_) => Kind::ConsentWithdrawn,
            Self::AccessNoted(_) => Kind::AccessNoted,
            Self::ProtectionRaised(_) => Kind::ProtectionRaised,
            Self::ProtectionLifted(_) => Kind::ProtectionLifted,
        }
    }

    /// Rules between fields that a type of one field cannot keep.
    fn is_sound(&self) -> bool {
        match self {
            Self::ResidenceStarted(_) | Self::ResidenceEnded(_) | Self::ResidenceUndone(_) => true,
            Self::ProtectionRaised(payload) => payload.is_sound(),
            Self::ProtectionLifted(_) => true,
            Self::RecordSupplied(payload) => payload.is_sound(),
            Self::RecordRequested(payload) => payload.is_sound(),
            Self::RecordAnswered(payload) => payload.is_sound(),
            Self::RecordDoubted(payload) => payload.version >= 1,
            Self::DoubtResolved(payload) => payload.is_sound(),
            Self::ConsentWithdrawn(payload) => payload.is_sound(),
            Self::AccessNoted(payload) => payload.is_sound(),
        }
    }
}

/// The message as it is written: all members on one level, the payload under its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<P> {
    id: Uuid,
    kind: Kind,
    version: u16,
    from: NodeCode,
    to: NodeCode,
    sent_at: DateTime<Utc>,
    basis: Basis,
    purpose: Code,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    case: Option<Reference>,
    payload: P,
}

/// What is read first: a kind or version unknown here is another fault than a malformed payload of a known one.
#[derive(Deserialize)]
struct Probe {
    kind: String,
    version: u64,
}

impl Message {
    /// Reads a message; refused with `invalid-payload`, `unsupported-version` or `unknown-kind`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        let probe: Probe = serde_json::from_slice(bytes).map_err(|_| Reason::InvalidPayload)?;
        if probe.version != u64::from(VERSION) {
            return Err(Reason::UnsupportedVersion);
        }
        let message = match probe.kind.parse().map_err(|_| Reason::UnknownKind)? {
            Kind::ResidenceStarted => read(bytes, Content::ResidenceStarted),
            Kind::ResidenceEnded => read(bytes, Content::ResidenceEnded),
            Kind::ResidenceUndone => read(bytes, Content::ResidenceUndone),
            Kind::RecordSupplied => read(bytes, Content::RecordSupplied),
            Kind::RecordRequested => read(bytes, Content::RecordRequested),
            Kind::RecordAnswered => read(bytes, Content::RecordAnswered),
            Kind::RecordDoubted => read(bytes, Content::RecordDoubted),
            Kind::DoubtResolved => read(bytes, Content::DoubtResolved),
            Kind::ConsentWithdrawn => read(bytes, Content::ConsentWithdrawn),
            Kind::AccessNoted => read(bytes, Content::AccessNoted),
            Kind::ProtectionRaised => read(bytes, Content::ProtectionRaised),
            Kind::ProtectionLifted => read(bytes, Content::ProtectionLifted),
        }?;
        message.check()?;
        Ok(message)
    }

    /// Refuses with `invalid-payload` what the schema alone cannot exclude, for example an answer without question.
    pub fn check(&self) -> Result<(), Reason> {
        if self.content.is_sound() { Ok(()) } else { Err(Reason::InvalidPayload) }
    }

    fn wire<'m, P>(&'m self, payload: &'m P) -> Wire<&'m P> {
        Wire {
            id: self.id,
            kind: self.content.kind(),
            version: VERSION,
            from: self.from.clone(),
            to: self.to.clone(),
            sent_at: self.sent_at,
            basis: self.basis.clone(),
            purpose: self.purpose.clone(),
            case: self.case.clone(),
            payload,
        }
    }
}

fn read<P: DeserializeOwned + Serialize>(bytes: &[u8], content: impl FnOnce(P) -> Content) -> Result<Message, Reason> {
    let wire: Wire<P> = strict::read(bytes)?;
    Ok(Message {
        id: wire.id,
        from: wire.from,
        to: wire.to,
        sent_at: wire.sent_at,
        basis: wire.basis,
        purpose: wire.purpose,
        case: wire.case,
        content: content(wire.payload),
    })
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::ResidenceStarted(payload) => self.wire(payload).serialize(serializer),
            Content::ResidenceEnded(payload) => self.wire(payload).serialize(serializer),
            Content::ResidenceUndone(payload) => self.wire(payload).serialize(serializer),
            Content::RecordSupplied(payload) => self.wire(payload).serialize(serializer),
            Content::RecordRequested(payload) => self.wire(payload).serialize(serializer),
            Content::RecordAnswered(payload) => self.wire(payload).serialize(serializer),
            Content::RecordDoubted(payload) => self.wire(payload).serialize(serializer),
            Content::DoubtResolved(payload) => self.wire(payload).serialize(serializer),
            Content::ConsentWithdrawn(payload) => self.wire(payload).serialize(serializer),
            Content::AccessNoted(payload) => self.wire(payload).serialize(serializer),
            Content::ProtectionRaised(payload) => self.wire(payload).serialize(serializer),
            Content::ProtectionLifted(payload) => self.wire(payload).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::exchange::specs::fixtures;

    fn parse(value: &Value) -> Result<Message, Reason> {
        Message::parse(value.to_string().as_bytes())
    }

    #[test]
    fn every_kind_reads_back_as_it_was_written() {
        let messages = fixtures::messages();
        for kind in Kind::ALL {
            assert!(messages.iter().any(|message| message.content.kind() == *kind), "no example of {kind}");
        }
        for message in messages {
            let written = serde_json::to_vec(&message).unwrap();
            assert!(Message::parse(&written).unwrap() == message);
        }
    }

    #[test]
    fn an_unknown_kind_or_version_is_not_an_invalid_payload() {
        let known = serde_json::to_value(fixtures::started()).unwrap();
        let with = |field: &str, value: Value| {
            let mut message = known.clone();
            message[field] = value;
            parse(&message).unwrap_err()
        };
        assert_eq!(with("kind", json!("rumour.heard")), Reason::UnknownKind);
        assert_eq!(with("version", json!(2)), Reason::UnsupportedVersion);
        assert_eq!(with("payload", json!({})), Reason::InvalidPayload);
        assert_eq!(with("case", Value::Null), Reason::InvalidPayload);
        assert_eq!(Message::parse(b"[]").unwrap_err(), Reason::InvalidPayload);
    }

    #[test]
    fn a_repeated_member_is_refused() {
        let once = serde_json::to_string(&fixtures::started()).unwrap();
        let twice = once.replacen("\"since\":", "\"since\":\"2020-01-01\",\"since\":", 1);
        assert_ne!(once, twice);
        assert_eq!(Message::parse(twice.as_bytes()).unwrap_err(), Reason::InvalidPayload);
    }

    #[test]
    fn a_residence_names_no_place_below_the_county() {
        let mut message = serde_json::to_value(fixtures::started()).unwrap();
        for finer in ["130102001", "130102001001"] {
            message["payload"]["locality"] = json!(finer);
            assert_eq!(parse(&message).unwrap_err(), Reason::InvalidPayload);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Message::parse(&bytes);
        }

        #[test]
        fn any_change_of_a_message_is_read_or_refused(at in 0_usize..2000, byte in any::<u8>(), which in 0_usize..20) {
            let messages = fixtures::messages();
            let mut bytes = serde_json::to_vec(&messages[which % messages.len()]).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Message::parse(&bytes);
        }
    }
}
