//! Inquiries: what is asked about one person's record, and the least answer to it.
//!
//! An inquiry is always about one named person: the child of a birth record, either spouse of a marriage. Nothing
//! here can ask for or count a person's children.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::records::{Certificate, Place};
use super::values::Person;
use crate::access::Field;
pub use crate::civil_records::Reply;
use crate::exchange::strict::present;
use crate::values::text_enum;

/// Fields, questions or replies in one inquiry at most.
const MOST: usize = 10;

/// `record.requested`: residence asks origin. The service the person wants does not wait for the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRequested {
    /// The inquiry; its answer names it again.
    pub inquiry: Uuid,
    /// About whom; always by a document, because nobody is searched for by name across localities.
    pub subject: Person,
    /// What is wanted, and nothing beyond.
    pub wanted: Wanted,
    /// What the person stated here, to be confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub stated: Option<Facts>,
    /// The day by which an answer is due.
    pub due_on: NaiveDate,
}

impl RecordRequested {
    pub(super) fn is_sound(&self) -> bool {
        self.subject.document.is_some() && self.wanted.is_sound() && self.stated.as_ref().is_none_or(Facts::is_sound)
    }
}

/// What an inquiry wants: fields of one record, or yes/no answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// These fields of the marriage that stands.
    Marriage(Vec<MarriageField>),
    /// These fields of the subject's own birth record.
    Birth(Vec<BirthField>),
    /// Yes/no answers, in this order.
    Questions(Vec<Question>),
}

impl Wanted {
    /// The fields and questions by their names in the node's own lists.
    pub(in crate::exchange) fn fields(&self) -> Vec<Field> {
        match self {
            Self::Marriage(fields) => fields.iter().map(|field| field.named()).collect(),
            Self::Birth(fields) => fields.iter().map(|field| field.named()).collect(),
            Self::Questions(questions) => questions.iter().map(Question::field).collect(),
        }
    }

    /// Whether something is wanted, and not more than an inquiry may ask.
    pub(in crate::exchange) fn is_sound(&self) -> bool {
        let count = match self {
            Self::Marriage(fields) => fields.len(),
            Self::Birth(fields) => fields.len(),
            Self::Questions(questions) => questions.len(),
        };
        (1..=MOST).contains(&count)
    }
}

text_enum! {
    /// A field of a marriage record.
    pub enum MarriageField {
        /// The other spouse.
        Spouse => "spouse",
        /// Day of the marriage.
        MarriedOn => "married_on",
        /// Where.
        Place => "place",
        /// Number and issuer of the certificate.
        Certificate => "certificate",
        /// Whether it still stands.
        Stands => "stands",
    }
}

text_enum! {
    /// A field of a birth record.
    pub enum BirthField {
        /// Day of birth.
        BornOn => "born_on",
        /// Where.
        Place => "place",
        /// The parents.
        Parents => "parents",
        /// Number and issuer of the certificate.
        Certificate => "certificate",
    }
}

/// A question that is answered by yes or no, with its person as they travel.
pub type Question = crate::civil_records::Question<Person>;

impl MarriageField {
    fn named(self) -> Field {
        match self {
            Self::Spouse => Field::MarriageSpouses,
            Self::MarriedOn => Field::MarriedOn,
            Self::Place => Field::MarriagePlace,
            Self::Certificate => Field::MarriageCertificate,
            Self::Stands => Field::AskMarriageStands,
        }
    }
}

impl BirthField {
    fn named(self) -> Field {
        match self {
            Self::BornOn => Field::BirthChild,
            Self::Place => Field::BirthPlace,
            Self::Parents => Field::BirthParents,
            Self::Certificate => Field::BirthCertificate,
        }
    }
}

/// Facts of one record, each of them optional: what a person stated, or the fields an answer gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    /// Of a marriage.
    Marriage(MarriageFacts),
    /// Of a birth.
    Birth(BirthFacts),
}

impl Facts {
    /// The fields that were stated, by their names in the node's own lists.
    pub(in crate::exchange) fn fields(&self) -> Vec<Field> {
        let stated = match self {
            Self::Marriage(facts) => vec![
                (facts.spouse.is_some(), Field::MarriageSpouses),
                (facts.married_on.is_some(), Field::MarriedOn),
                (facts.place.is_some(), Field::MarriagePlace),
                (facts.certificate.is_some(), Field::MarriageCertificate),
                (facts.stands.is_some(), Field::AskMarriageStands),
            ],
            Self::Birth(facts) => vec![
                (facts.born_on.is_some(), Field::BirthChild),
                (facts.place.is_some(), Field::BirthPlace),
                (facts.parents.is_some(), Field::BirthParents),
                (facts.certificate.is_some(), Field::BirthCertificate),
            ],
        };
        stated.into_iter().filter_map(|(is_stated, field)| is_stated.then_some(field)).collect()
    }

    /// Whether they keep the rules between fields.
    pub(in crate::exchange) fn is_sound(&self) -> bool {
        match self {
            Self::Marriage(facts) => facts.place.as_ref().is_none_or(Place::is_sound),
            Self::Birth(facts) => {
                facts.place.as_ref().is_none_or(Place::is_sound)
                    && facts.parents.as_ref().is_none_or(|parents| parents.len() <= 2)
            }
        }
    }
}

/// Facts of a marriage record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarriageFacts {
    /// The other spouse.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub spouse: Option<Person>,
    /// Day of the marriage.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub married_on: Option<NaiveDate>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub place: Option<Place>,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub certificate: Option<Certificate>,
    /// Whether it still stands.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub stands: Option<bool>,
}

/// Facts of a birth record; whose it is, the inquiry says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BirthFacts {
    /// Day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub born_on: Option<NaiveDate>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub place: Option<Place>,
    /// The parents.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub parents: Option<Vec<Person>>,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub certificate: Option<Certificate>,
}

/// `record.answered`: the outcome of an inquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordAnswered {
    /// The inquiry answered.
    pub inquiry: Uuid,
    /// The outcome.
    pub outcome: Outcome,
    /// The fields that were wanted, with `confirmed` or `differs` only.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub facts: Option<Facts>,
    /// The replies in the questions' order, with `confirmed` or `differs` only; otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub replies: Option<Vec<Reply>>,
    /// Whether somebody says that what the answer rests on is wrong, and nobody has decided yet; `true` or absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub under_investigation: Option<bool>,
}

impl RecordAnswered {
    pub(super) fn is_sound(&self) -> bool {
        let says_something = self.facts.is_some() || self.replies.is_some();
        let may_say = matches!(self.outcome, Outcome::Confirmed {} | Outcome::Differs {});
        let replies = self.replies.as_ref().is_none_or(|replies| (1..=MOST).contains(&replies.len()));
        let doubted = self.under_investigation.is_none_or(|doubted| doubted && may_say);
        (may_say || !says_something) && replies && doubted && self.facts.as_ref().is_none_or(Facts::is_sound)
    }
}

/// How an inquiry came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// What was stated agrees with the record, or what was asked is answered.
    Confirmed {},
    /// The record says otherwise than stated.
    Differs {},
    /// No such person or record. The same answer is given for a protected person.
    NotFound {},
    /// It could not be found out, for example because the archive is not indexed.
    CannotSay {},
    /// Not answered.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
}

text_enum! {
    /// Why an inquiry is declined. That a person is protected is not among the reasons, on purpose.
    pub enum DeclineReason {
        /// The basis named does not cover the inquiry.
        NoBasis => "no-basis",
        /// The purpose named does not need what was asked.
        TooBroad => "too-broad",
        /// The subject's origin is another node's territory.
        OtherTerritory => "other-territory",
    }
}
