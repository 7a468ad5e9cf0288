//! Civil records as they travel. What these types cannot hold is not exchanged.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::values::{DocumentWire, Person, Reference};
use crate::exchange::directory::NodeCode;
use crate::exchange::strict::present;
use crate::values::{DivisionCode, Label, PersonName, Sex, text_enum};

/// `record.supplied`: a marriage or birth record in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSupplied {
    /// The record; the same in all its versions and at every node.
    pub record: Uuid,
    /// 1, 2, 3 …; a higher one supersedes.
    pub version: u32,
    /// The node that answers for this record, to whom doubts go.
    pub issuer: NodeCode,
    /// Where the issuer has it from.
    pub provenance: Provenance,
    /// Whether it still stands.
    pub standing: Standing,
    /// The record itself.
    pub about: Record,
}

impl RecordSupplied {
    pub(super) fn is_sound(&self) -> bool {
        let content = match &self.about {
            Record::Marriage(marriage) => marriage.place.as_ref().is_none_or(Place::is_sound),
            Record::Birth(birth) => birth.place.is_sound() && birth.parents.len() <= 2,
        };
        self.version >= 1 && content
    }
}

text_enum! {
    /// Where a record comes from, best first.
    pub enum Provenance {
        /// From the register that made it.
        Register => "register",
        /// A clerk saw the certificate.
        CertificateSeen => "certificate-seen",
        /// The person said so; not verified yet.
        Statement => "statement",
    }
}

text_enum! {
    /// Whether a record still stands.
    pub enum Standing {
        /// It does.
        Stands => "stands",
        /// The marriage has ended.
        Dissolved => "dissolved",
        /// What it says never held.
        Annulled => "annulled",
    }
}

/// The two kinds of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// A marriage.
    Marriage(Marriage),
    /// A birth.
    Birth(Birth),
}

/// A marriage: always both spouses, so that it can never be applied to one alone unnoticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marriage {
    /// The two persons, in no particular order.
    pub spouses: [Spouse; 2],
    /// Day of the marriage.
    pub married_on: NaiveDate,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub place: Option<Place>,
    /// The certificate or judgment; absent when the record is the person's statement.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub certificate: Option<Certificate>,
}

/// One side of a marriage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spouse {
    /// Who.
    pub person: Person,
    /// How far the record is with this person at the sender.
    pub application: Application,
}

text_enum! {
    /// Whether a record stands in a person's file at the sender.
    pub enum Application {
        /// It does.
        Applied => "applied",
        /// A clerk is still pairing it.
        Pending => "pending",
        /// The sender keeps no file of this person.
        NotHere => "not-here",
    }
}

/// A birth: the child, the place, the parents, the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Birth {
    /// The child.
    pub child: Child,
    /// Where.
    pub place: Place,
    /// None, one or two parents.
    pub parents: Vec<Person>,
    /// The certificate; absent when the record is a statement.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub certificate: Option<Certificate>,
}

/// The child of a birth record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// The child's own document, when there is one already.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub document: Option<DocumentWire>,
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: NaiveDate,
}

/// A place, no finer than a county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A division of 2, 4 or 6 digits.
    Division(DivisionCode),
    /// A place outside the country.
    Abroad(Label),
}

impl Place {
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Division(code) => code.as_str().len() <= 6,
            Self::Abroad(_) => true,
        }
    }
}

/// What proves a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its number; a judgment's case number where a court issued it.
    pub number: Reference,
    /// The office, court or hospital.
    pub issuer: Label,
    /// What kind of authority that is.
    pub authority: Authority,
}

text_enum! {
    /// The kind of authority that issued a certificate.
    pub enum Authority {
        /// A marriage registry (civil affairs).
        CivilAffairs => "civil-affairs",
        /// A court.
        Court => "court",
        /// A hospital or midwifery office: birth certificates.
        Hospital => "hospital",
        /// An authority of another country.
        Foreign => "foreign",
    }
}
