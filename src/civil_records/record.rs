//! What clerks do: record a marriage or a birth, and correct what this node answers for.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::versions::{self, Version};
use super::{
    Birth, Certificate, Child, Marriage, Part, Party, Place, RecordBody, RecordSummary, Source, Standing, Subject,
    find_in_scope, rules,
};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::residents::documents::Document;
use crate::residents::{self, Match, Resident};
use crate::values::ShortText;
use crate::work::Work;

/// A marriage to record.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMarriage {
    /// What it says.
    pub marriage: StatedMarriage,
    /// Whether it still stands.
    pub standing: Standing,
    /// Where it is known from.
    pub source: Source,
    /// Why documents of people with a file here are opened for it.
    pub reason: Reason,
}

/// A birth to record.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBirth {
    /// What it says.
    pub birth: StatedBirth,
    /// Where it is known from.
    pub source: Source,
    /// Why documents of people with a file here are opened for it.
    pub reason: Reason,
}

/// A marriage as a clerk states it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedMarriage {
    /// The two persons, at least one of whom has a file in the clerk's scope.
    pub spouses: [StatedParty; 2],
    /// Day of the marriage.
    pub married_on: NaiveDate,
    /// Where, if known.
    pub place: Option<Place>,
    /// What proves it, if there is anything.
    pub certificate: Option<Certificate>,
}

/// A birth as a clerk states it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedBirth {
    /// The child.
    pub child: StatedChild,
    /// Where.
    pub place: Place,
    /// None, one or two parents.
    pub parents: Vec<StatedParty>,
    /// What proves it; births before 1996 have no certificate.
    pub certificate: Option<Certificate>,
}

/// A person of a record: by their file, or in words for somebody whose file the clerk cannot see.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatedParty {
    /// The file in the clerk's scope; name, sex, birth and document are taken from it.
    Resident(Uuid),
    /// In words. With document and name the person is found in the county by themselves.
    Person(Party),
}

/// The child of a birth: by their file, or in words.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatedChild {
    /// The file in the clerk's scope; name, sex, birth and document are taken from it.
    Resident(Uuid),
    /// In words.
    Person(Child),
}

/// A record as a clerk states it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatedRecord {
    /// A marriage.
    Marriage(StatedMarriage),
    /// A birth.
    Birth(StatedBirth),
}

/// A correction: the next version of a record. A change of standing is one as well.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// The version it was made from.
    pub version: i32,
    /// What the record says from now on, whole; absent when only its standing or source changes.
    pub record: Option<StatedRecord>,
    /// Whether it still stands.
    pub standing: Standing,
    /// Where this version is known from.
    pub source: Source,
    /// Why it is corrected; kept with the version and shown to its people.
    pub because: ShortText,
    /// Why the record and documents are opened for it.
    pub reason: Reason,
}

/// Records a marriage, for both spouses at once.
///
/// # Errors
/// `Invalid` for impossible days (`in-the-future`, `impossible-date`, `before-birth`) and malformed certificates;
/// `Refused`: `same-person`, `nobody-on-file` (no spouse has a file in the clerk's scope), `certificate-on-record`.
pub async fn record_marriage(work: &mut Work, new: NewMarriage) -> Result<RecordSummary> {
    work.permit(Action::RecordCivil)?;
    record(work, StatedRecord::Marriage(new.marriage), new.standing, new.source, &new.reason).await
}

/// Records a birth, for the child and the parents at once.
///
/// # Errors
/// As [`record_marriage`]; also `before-birth-of-parent`, and `Refused("no-birth-certificate-before-1996")`.
pub async fn record_birth(work: &mut Work, new: NewBirth) -> Result<RecordSummary> {
    work.permit(Action::RecordCivil)?;
    record(work, StatedRecord::Birth(new.birth), Standing::Stands, new.source, &new.reason).await
}

async fn record(
    work: &mut Work,
    stated: StatedRecord,
    standing: Standing,
    source: Source,
    reason: &Reason,
) -> Result<RecordSummary> {
    let (body, matched) = resolve(work, stated, reason).await?;
    let (id, issuer) = (work.new_id(), work.node().code.clone());
    let version = Version { id, version: 1, body, standing, issuer, source, brought_by: None, because: None };
    keep(work, version, &matched, "civil_record.recorded").await
}

/// Corrects a record this node answers for. The version before stays as it was.
///
/// # Errors
/// As [`record_marriage`]; also `Stale` when the record was changed since, `Refused("issued-elsewhere")` for a record
/// a peer answers for, and `Refused("other-kind")` when a marriage would become a birth.
pub async fn correct(work: &mut Work, id: Uuid, correction: Correct) -> Result<RecordSummary> {
    work.permit(Action::RecordCivil)?;
    let before = find_in_scope(work, id).await?;
    let issuer = work.node().code.clone();
    if before.issuer != issuer {
        return Err(Error::Refused("issued-elsewhere"));
    }
    if before.version != correction.version {
        return Err(Error::Stale);
    }
    let (body, matched) = match correction.record {
        Some(stated) => resolve(work, stated, &correction.reason).await?,
        None => (super::view(work, before.clone(), &correction.reason, before.kind.fields()).await?.body, Vec::new()),
    };
    if body.kind() != before.kind {
        return Err(Error::Refused("other-kind"));
    }
    let (standing, source, because) = (correction.standing, correction.source, Some(correction.because));
    let version = before.version + 1;
    let version = Version { id, version, body, standing, issuer, source, brought_by: None, because };
    keep(work, version, &matched, "civil_record.corrected").await
}

/// Rule, store and journal of a version made here.
async fn keep(work: &mut Work, mut new: Version, matched: &[Subject], kind: &'static str) -> Result<RecordSummary> {
    new.body = rules::check_entered(new.body, new.source)?;
    rules::check(&new.body, new.standing, work.today())?;
    let (id, version, record_kind) = (new.id, new.version, new.body.kind());
    let concerned = versions::put(work, new, matched).await?;
    let details = json!({ "record": id, "version": version, "record_kind": record_kind });
    journal::append(work, Event { kind, subjects: &concerned, details }).await?;
    match find_in_scope(work, id).await {
        Err(Error::NotFound(_)) => Err(Error::Refused("nobody-on-file")),
        kept => kept,
    }
}

/// The record in words, and the files here of those of its people who were given by file or are found by document.
async fn resolve(work: &mut Work, stated: StatedRecord, reason: &Reason) -> Result<(RecordBody, Vec<Subject>)> {
    let mut matched = Vec::new();
    let body = match stated {
        StatedRecord::Marriage(StatedMarriage { spouses: [a, b], married_on, place, certificate }) => {
            let a = party(work, a, Part::SpouseA, reason, &mut matched).await?;
            let b = party(work, b, Part::SpouseB, reason, &mut matched).await?;
            RecordBody::Marriage(Marriage { spouses: [a, b], married_on, place, certificate })
        }
        StatedRecord::Birth(StatedBirth { child, place, parents: stated, certificate }) => {
            let child = self::child(work, child, reason, &mut matched).await?;
            if stated.len() > 2 {
                return Err(Error::invalid("birth.parents", "too-many"));
            }
            let mut parents = Vec::new();
            for (part, parent) in [Part::ParentA, Part::ParentB].into_iter().zip(stated) {
                parents.push(party(work, parent, part, reason, &mut matched).await?);
            }
            RecordBody::Birth(Birth { child, place, parents, certificate })
        }
    };
    Ok((body, matched))
}

async fn party(
    work: &mut Work,
    stated: StatedParty,
    part: Part,
    reason: &Reason,
    matched: &mut Vec<Subject>,
) -> Result<Party> {
    match stated {
        StatedParty::Resident(id) => {
            let (resident, document) = on_file(work, id, reason).await?;
            matched.push(Subject { part, resident_id: Some(id) });
            // What the number says of sex and birth is not said twice.
            let sex = document.as_ref().is_none_or(|document| document.sex().is_none()).then_some(resident.sex);
            let told = document.as_ref().is_some_and(|document| document.birth_date().is_some());
            let born_on = resident.birth_date.filter(|_| !told);
            Ok(Party { name: resident.name, document, sex, born_on })
        }
        StatedParty::Person(party) => {
            let resident_id = find(work, &party).await?;
            matched.push(Subject { part, resident_id });
            Ok(party)
        }
    }
}

async fn child(work: &mut Work, stated: StatedChild, reason: &Reason, matched: &mut Vec<Subject>) -> Result<Child> {
    let part = Part::Child;
    match stated {
        StatedChild::Resident(id) => {
            let (resident, document) = on_file(work, id, reason).await?;
            matched.push(Subject { part, resident_id: Some(id) });
            let born_on = resident.birth_date.ok_or(Error::Refused("birth-date-missing"))?;
            Ok(Child { name: resident.name, sex: resident.sex, born_on, document })
        }
        StatedChild::Person(child) => {
            let resident_id = find(work, &child.party()).await?;
            matched.push(Subject { part, resident_id });
            Ok(child)
        }
    }
}

/// A file in the clerk's scope with its document, the look at which is written down.
async fn on_file(work: &mut Work, id: Uuid, reason: &Reason) -> Result<(Resident, Option<Document>)> {
    let resident = residents::find(work, id).await?.ok_or(Error::NotFound("resident"))?;
    let disclosure = journal::disclose(work, reason, &[id], &[id], &[Field::Document]).await?;
    let document = residents::documents_for_exchange(work, &disclosure, id).await?;
    Ok((resident, document))
}

/// The file in this county of somebody stated in words, whichever committee keeps it: a record belongs to each of its
/// people, and the clerk is not told whether there is one.
pub(super) async fn find(work: &mut Work, party: &Party) -> Result<Option<Uuid>> {
    let Some(document) = &party.document else { return Ok(None) };
    Ok(match residents::find_exact(work, document, &party.name).await? {
        Match::Exact(resident) if resident.committee.locality().as_ref() == Some(work.locality()) => Some(resident.id),
        Match::Exact(_) | Match::NameDiffers | Match::None => None,
    })
}
