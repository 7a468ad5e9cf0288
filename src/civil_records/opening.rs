//! Opening a record for a reason: the fields that were named come back, and only they.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Birth, Certificate, Child, Marriage, Part, Party, Place, RECORD, RecordBody, RecordKind, RecordSummary, Subject,
    find_in_scope, store, subjects_in_scope, subjects_of, versions,
};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Reason};
use crate::values::ShortText;
use crate::work::Work;

/// What of a record is opened, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Purpose, basis and case.
    pub reason: Reason,
    /// The fields that are needed, one at least: those of its kind, and `because`.
    pub fields: Vec<Field>,
    /// A version other than the current one.
    pub version: Option<i32>,
}

/// A version with the fields that were opened.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OpenedRecord {
    /// What may be seen without opening.
    pub summary: RecordSummary,
    /// Whose record it is, of the persons opened.
    pub subjects: Vec<Subject>,
    /// What it says in those fields.
    pub body: RecordParts,
    /// Why it was corrected; where that was asked for and there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<ShortText>,
}

/// The opened fields of a marriage or a birth.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordParts {
    /// Of a marriage.
    Marriage(MarriageParts),
    /// Of a birth.
    Birth(BirthParts),
}

/// The opened fields of a marriage.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MarriageParts {
    /// The two persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spouses: Option<[Party; 2]>,
    /// Day of the marriage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub married_on: Option<NaiveDate>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// The opened fields of a birth.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BirthParts {
    /// The child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<Child>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// None, one or two parents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parents: Option<Vec<Party>>,
    /// What proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl RecordParts {
    fn of(body: RecordBody, fields: &[Field]) -> Self {
        let opens = |field| fields.contains(&field);
        match body {
            RecordBody::Marriage(Marriage { spouses, married_on, place, certificate }) => {
                Self::Marriage(MarriageParts {
                    spouses: opens(Field::MarriageSpouses).then_some(spouses),
                    married_on: opens(Field::MarriedOn).then_some(married_on),
                    place: place.filter(|_| opens(Field::MarriagePlace)),
                    certificate: certificate.filter(|_| opens(Field::MarriageCertificate)),
                })
            }
            RecordBody::Birth(Birth { child, place, parents, certificate }) => Self::Birth(BirthParts {
                child: opens(Field::BirthChild).then_some(child),
                place: opens(Field::BirthPlace).then_some(place),
                parents: opens(Field::BirthParents).then_some(parents),
                certificate: certificate.filter(|_| opens(Field::BirthCertificate)),
            }),
        }
    }
}

/// Opens the fields named of a record, in its current version or another. Everybody it is about sees the look.
///
/// # Errors
/// `Invalid("fields")` for none, or one that this kind of record has not; otherwise as [`journal::disclose`].
pub async fn open(work: &mut Work, id: Uuid, opening: &Opening) -> Result<OpenedRecord> {
    work.permit(Action::DiscloseCivil)?;
    let current = find_in_scope(work, id).await?;
    let summary = match opening.version {
        Some(version) => {
            let versions = store::list_versions(work, id).await?;
            versions.into_iter().find(|known| known.version == version).ok_or(RECORD)?
        }
        None => current,
    };
    let fields = checked(summary.kind, &opening.fields)?;
    let known: Vec<Uuid> = subjects_of(work, id).await?.iter().filter_map(|subject| subject.resident_id).collect();
    let disclosure = journal::disclose(work, &opening.reason, &known, &[id], &fields).await?;
    let (body, because) = versions::open(work, &disclosure, &summary).await?;
    let mut subjects = subjects_in_scope(work, id).await?;
    subjects.retain(|subject| fields.contains(&shown_by(subject.part)));
    let because = because.filter(|_| fields.contains(&Field::Because));
    Ok(OpenedRecord { summary, subjects, body: RecordParts::of(body, &fields), because })
}

/// The fields in the record's own order, each once.
fn checked(kind: RecordKind, asked: &[Field]) -> Result<Vec<Field>> {
    let possible: Vec<Field> = kind.fields().iter().copied().chain([Field::Because]).collect();
    if asked.is_empty() {
        return Err(Error::invalid("fields", "empty"));
    }
    if asked.iter().any(|field| !possible.contains(field)) {
        return Err(Error::invalid("fields", "not-of-this-record"));
    }
    Ok(possible.into_iter().filter(|field| asked.contains(field)).collect())
}

/// The field that says who somebody of the record is.
fn shown_by(part: Part) -> Field {
    match part {
        Part::SpouseA | Part::SpouseB => Field::MarriageSpouses,
        Part::Child => Field::BirthChild,
        Part::ParentA | Part::ParentB => Field::BirthParents,
    }
}
