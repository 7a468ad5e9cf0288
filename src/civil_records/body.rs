//! What a marriage or birth record says. It is all it can say: these types have no other field and read no other.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::certificates::CertificateNumber;
use crate::access::Field;
use crate::residents::documents::Document;
use crate::values::{DivisionCode, Label, PersonName, Sex, text_enum};

text_enum! {
    /// The two kinds of record.
    pub enum RecordKind {
        /// 婚姻记录
        Marriage => "marriage",
        /// 出生记录
        Birth => "birth",
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

text_enum! {
    /// Where the issuer has a version from, best first.
    pub enum Source {
        /// The register that made it.
        Register => "register",
        /// A clerk saw the certificate.
        CertificateSeen => "certificate-seen",
        /// The person said so; not verified yet.
        Statement => "statement",
    }
}

text_enum! {
    /// The kind of authority that issued a certificate.
    pub enum Authority {
        /// A marriage registry (civil affairs).
        CivilAffairs => "civil-affairs",
        /// A court.
        Court => "court",
        /// A hospital or midwifery office.
        Hospital => "hospital",
        /// An authority of another country.
        Foreign => "foreign",
    }
}

text_enum! {
    /// Which person of a record somebody is. The two spouses are in no particular order, nor are the parents.
    pub enum Part {
        /// One spouse.
        SpouseA => "spouse-a",
        /// The other spouse.
        SpouseB => "spouse-b",
        /// The child.
        Child => "child",
        /// One parent.
        ParentA => "parent-a",
        /// The other parent.
        ParentB => "parent-b",
    }
}

impl RecordKind {
    /// The fields a record of this kind can have.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Marriage => {
                &[Field::MarriageSpouses, Field::MarriedOn, Field::MarriagePlace, Field::MarriageCertificate]
            }
            Self::Birth => &[Field::BirthChild, Field::BirthPlace, Field::BirthParents, Field::BirthCertificate],
        }
    }
}

/// A marriage or a birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordBody {
    /// A marriage.
    Marriage(Marriage),
    /// A birth.
    Birth(Birth),
}

/// A marriage: always both spouses, so that it can never be recorded for one alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Marriage {
    /// The two persons.
    pub spouses: [Party; 2],
    /// Day of the marriage.
    pub married_on: NaiveDate,
    /// Where, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What proves it, if there is anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A birth: the child, the place, the parents, the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Birth {
    /// The child.
    pub child: Child,
    /// Where.
    pub place: Place,
    /// None, one or two parents.
    pub parents: Vec<Party>,
    /// What proves it; births before 1996 have no certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A person of a record, by what pairing needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The name as on the document.
    pub name: PersonName,
    /// The document the person is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Sex, where the document's number does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Day of birth, where the document's number does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_on: Option<NaiveDate>,
}

/// The child of a birth record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// The child's own document, when there is one already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A place, no finer than a county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A division of 2, 4 or 6 digits, as it was then: old records name divisions that are no more.
    Division(DivisionCode),
    /// A place outside the country.
    Abroad(Label),
}

/// What proves a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its number; a judgment's case number where a court issued it.
    pub number: CertificateNumber,
    /// The office, court or hospital.
    pub issuer: Label,
    /// What kind of authority that is.
    pub authority: Authority,
}

impl RecordBody {
    /// Which kind of record it is.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Marriage(_) => RecordKind::Marriage,
            Self::Birth(_) => RecordKind::Birth,
        }
    }

    /// What proves it.
    pub fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Marriage(marriage) => marriage.certificate.as_ref(),
            Self::Birth(birth) => birth.certificate.as_ref(),
        }
    }

    /// Everybody in it, by part.
    pub fn people(&self) -> Vec<(Part, Party)> {
        match self {
            Self::Marriage(Marriage { spouses: [a, b], .. }) => {
                vec![(Part::SpouseA, a.clone()), (Part::SpouseB, b.clone())]
            }
            Self::Birth(birth) => {
                let parents = [Part::ParentA, Part::ParentB].into_iter().zip(birth.parents.iter().cloned());
                std::iter::once((Part::Child, birth.child.party())).chain(parents).collect()
            }
        }
    }

    /// The same without anybody's document number: what a person is shown of a record they share with others.
    pub fn without_documents(mut self) -> Self {
        match &mut self {
            Self::Marriage(marriage) => marriage.spouses.iter_mut().for_each(|spouse| spouse.document = None),
            Self::Birth(birth) => {
                birth.child.document = None;
                birth.parents.iter_mut().for_each(|parent| parent.document = None);
            }
        }
        self
    }
}

impl Party {
    /// The day of birth, as given or as the document's number has it.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.born_on.or_else(|| self.document.as_ref()?.birth_date())
    }
}

impl Child {
    /// The child as one person among the record's people.
    pub fn party(&self) -> Party {
        Party {
            name: self.name.clone(),
            document: self.document.clone(),
            sex: Some(self.sex),
            born_on: Some(self.born_on),
        }
    }
}
