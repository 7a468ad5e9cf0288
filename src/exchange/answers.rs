//! Answering a peer's inquiry. The clerk decides whether to answer; what the answer says is computed from the
//! records and cut to what was asked, so that nobody can send more than was wanted.

use serde::Deserialize;
use uuid::Uuid;

use super::inquiries::{self, Answered, Asked, Direction, Inquiry, State};
use super::messages::{BirthFacts, BirthField, DeclineReason, Facts, MarriageFacts, MarriageField, Outcome, Wanted};
use super::wire;
use crate::access::{Action, Field};
use crate::civil_records::{self, Birth, Marriage, Part, RecordBody, RecordKind, RecordSummary, RecordView, Standing};
use crate::error::{Error, Result};
use crate::journal::{self, Reason};
use crate::residents;
use crate::values::text_enum;
use crate::work::Work;

text_enum! {
    /// What a clerk does with an inquiry.
    pub enum Decision {
        /// Answer from the records.
        Answer => "answer",
        /// Nobody here is meant.
        NotFound => "not-found",
        /// It cannot be found out.
        CannotSay => "cannot-say",
        /// It is not answered, for the reason given.
        Decline => "decline",
    }
}

/// A clerk's answer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInquiry {
    /// What to do.
    pub decision: Decision,
    /// Why it is declined; with that decision only.
    pub reason: Option<DeclineReason>,
}

/// Answers a received inquiry. The message leaves with the next sync.
///
/// # Errors
/// `Invalid("reason")` when it does not go with the decision; `Refused("inquiry-answered")`;
/// `Refused("nobody-paired")` when records are to be given of somebody nobody found.
pub async fn answer(work: &mut Work, id: Uuid, request: AnswerInquiry) -> Result<Inquiry> {
    work.permit(Action::AnswerPeers)?;
    let row = inquiries::find(work, id).await?;
    if row.inquiry.direction != Direction::Received {
        return Err(Error::NotFound("inquiry"));
    }
    if row.inquiry.state != State::Open {
        return Err(Error::Refused("inquiry-answered"));
    }
    let nothing = |outcome| Answered { outcome, facts: None, replies: None, under_investigation: false };
    let answered = match (request.decision, request.reason) {
        (Decision::Answer, None) => {
            let resident = row.inquiry.resident_id.ok_or(Error::Refused("nobody-paired"))?;
            check_guardian(work, &row.inquiry, resident).await?;
            let reason = inquiries::answering_reason(work, &row.inquiry)?;
            let disclosure = journal::disclose(work, &reason, &[resident], &[id], &[Field::InquiryQuestion]).await?;
            let asked: Asked = inquiries::open(work, &disclosure, id, "inquiries.question", &row.question).await?;
            from_records(work, &asked, resident, &reason).await?
        }
        (Decision::NotFound, None) => nothing(Outcome::NotFound {}),
        (Decision::CannotSay, None) => nothing(Outcome::CannotSay {}),
        (Decision::Decline, Some(reason)) => nothing(Outcome::Declined { reason }),
        (Decision::Decline, None) => return Err(Error::invalid("reason", "missing-field")),
        (_, Some(_)) => return Err(Error::invalid("reason", "goes-with-decline")),
    };
    inquiries::put_answer(work, &row.inquiry, &answered, "inquiry.answered").await?;
    inquiries::get(work, id).await
}

/// About a child under fourteen only an inquiry that rests on the guardian's consent is answered from the records.
async fn check_guardian(work: &mut Work, inquiry: &Inquiry, resident: Uuid) -> Result<()> {
    let resident = residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    let is_child = residents::is_under_fourteen(resident.birth_date, work.today());
    if is_child && inquiry.basis != inquiries::CONSENT { Err(Error::Refused("basis-does-not-cover")) } else { Ok(()) }
}

/// The least answer: what is opened, and stands in the log, is what was wanted and what was stated to be compared.
async fn from_records(work: &mut Work, asked: &Asked, resident: Uuid, reason: &Reason) -> Result<Answered> {
    let not_found = Answered { outcome: Outcome::NotFound {}, facts: None, replies: None, under_investigation: false };
    let mut named = asked.wanted.fields();
    named.extend(asked.stated.iter().flat_map(Facts::fields));
    named.sort_unstable();
    named.dedup();
    // Who somebody protected is married to, or a parent of, is not told, and what was stated of it not compared.
    let of_others = named.iter().any(|field| matches!(field, Field::MarriageSpouses | Field::BirthParents));
    if of_others && civil_records::shares_with_protected(work, resident).await? {
        return Ok(Answered { outcome: Outcome::CannotSay {}, facts: None, replies: None, under_investigation: false });
    }
    Ok(match &asked.wanted {
        Wanted::Marriage(fields) => {
            let records = records(work, resident, RecordKind::Marriage, reason, &named).await?;
            let Some((view, marriage, part)) = standing_marriage(&records, resident) else { return Ok(not_found) };
            let facts = wire::marriage_facts(view, marriage, part, fields);
            let agrees = match &asked.stated {
                Some(Facts::Marriage(stated)) => marriage_agrees(stated, view, marriage, part),
                _ => true,
            };
            given(agrees, Facts::Marriage(facts), is_doubted(&view.summary))
        }
        Wanted::Birth(fields) => {
            let records = records(work, resident, RecordKind::Birth, reason, &named).await?;
            let Some(birth) = own_birth(&records, resident) else { return Ok(not_found) };
            let agrees = match &asked.stated {
                Some(Facts::Birth(stated)) => birth_agrees(stated, birth),
                _ => true,
            };
            let doubted = records.iter().any(|view| is_doubted(&view.summary));
            given(agrees, Facts::Birth(wire::birth_facts(birth, fields)), doubted)
        }
        Wanted::Questions(questions) => {
            let questions: Vec<_> = questions.iter().map(|question| question.with_person(wire::read_party)).collect();
            let replies = civil_records::replies(work, resident, reason, &questions).await?;
            // A question can rest on any of the person's records, also on one that says nothing about them.
            let under_investigation = civil_records::of_person(work, resident).await?.iter().any(is_doubted);
            Answered { outcome: Outcome::Confirmed {}, facts: None, replies: Some(replies), under_investigation }
        }
    })
}

/// The person's records of a kind.
async fn records(
    work: &mut Work,
    resident: Uuid,
    kind: RecordKind,
    reason: &Reason,
    fields: &[Field],
) -> Result<Vec<RecordView>> {
    civil_records::disclose_of_resident(work, resident, kind, reason, fields).await
}

fn is_doubted(record: &RecordSummary) -> bool {
    record.under_investigation_since.is_some()
}

fn given(agrees: bool, facts: Facts, under_investigation: bool) -> Answered {
    let outcome = if agrees { Outcome::Confirmed {} } else { Outcome::Differs {} };
    Answered { outcome, facts: Some(facts), replies: None, under_investigation }
}

fn part_of(view: &RecordView, resident: Uuid) -> Option<Part> {
    view.subjects.iter().find(|subject| subject.resident_id == Some(resident)).map(|subject| subject.part)
}

fn standing_marriage(records: &[RecordView], resident: Uuid) -> Option<(&RecordView, &Marriage, Part)> {
    records.iter().find_map(|view| match &view.body {
        RecordBody::Marriage(marriage) if view.summary.standing == Standing::Stands => {
            Some((view, marriage, part_of(view, resident)?))
        }
        _ => None,
    })
}

fn own_birth(records: &[RecordView], resident: Uuid) -> Option<&Birth> {
    records.iter().find_map(|view| match &view.body {
        RecordBody::Birth(birth)
            if part_of(view, resident) == Some(Part::Child) && view.summary.standing == Standing::Stands =>
        {
            Some(birth)
        }
        _ => None,
    })
}

/// Whether nothing that was stated contradicts the record; what was not stated is not compared.
fn marriage_agrees(stated: &MarriageFacts, view: &RecordView, marriage: &Marriage, part: Part) -> bool {
    let held = wire::marriage_facts(view, marriage, part, MarriageField::ALL);
    let same_spouse = match (&stated.spouse, &held.spouse) {
        (Some(stated), Some(held)) => civil_records::is_same_person(&wire::read_party(stated), &wire::read_party(held))
            .unwrap_or(stated.name.folded() == held.name.folded()),
        _ => true,
    };
    same_spouse
        && agree(&stated.married_on, &held.married_on)
        && agree(&stated.stands, &held.stands)
        && agree(&stated.certificate.as_ref().map(|c| &c.number), &held.certificate.as_ref().map(|c| &c.number))
}

fn birth_agrees(stated: &BirthFacts, birth: &Birth) -> bool {
    let held = wire::birth_facts(birth, BirthField::ALL);
    agree(&stated.born_on, &held.born_on)
        && agree(&stated.certificate.as_ref().map(|c| &c.number), &held.certificate.as_ref().map(|c| &c.number))
}

fn agree<T: PartialEq>(stated: &Option<T>, held: &Option<T>) -> bool {
    stated.is_none() || stated == held
}
