//! Yes or no about a marriage or a birth: the least answer. Here an officer asks it of the records at hand; in an
//! inquiry it travels in the same words. The journal names the question and nothing of the record, and the answer says
//! `yes`, `no` or `cannot-say` and nothing besides.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::find;
use super::{
    Birth, Part, Party, RecordBody, RecordKind, Standing, rules, shares_with_protected, store, subjects_of, versions,
};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Reason};
use crate::residents;
use crate::values::text_enum;
use crate::work::Work;

/// Questions asked at once at most.
const MOST: usize = 10;

/// A question that is answered by yes or no; `P` is how a person is described where it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question<P> {
    /// Is there a marriage on record that stands?
    MarriageStands {},
    /// Is the subject married to this person?
    MarriedTo {
        /// The person named.
        person: P,
    },
    /// Was the subject born on or after this day?
    BornSince {
        /// The day.
        day: NaiveDate,
    },
    /// Is this person a parent of the subject?
    HasParent {
        /// The person named.
        person: P,
    },
}

text_enum! {
    /// The reply to one question.
    pub enum Reply {
        /// Yes.
        Yes => "yes",
        /// No, or nobody there who could be found.
        No => "no",
        /// It cannot be found out.
        CannotSay => "cannot-say",
    }
}

impl<P> Question<P> {
    /// The question's name among the fields that purposes open.
    pub const fn field(&self) -> Field {
        match self {
            Self::MarriageStands {} => Field::AskMarriageStands,
            Self::MarriedTo { .. } => Field::AskMarriedTo,
            Self::BornSince { .. } => Field::AskBornSince,
            Self::HasParent { .. } => Field::AskHasParent,
        }
    }

    /// The kind of record that answers it.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::MarriageStands {} | Self::MarriedTo { .. } => RecordKind::Marriage,
            Self::BornSince { .. } | Self::HasParent { .. } => RecordKind::Birth,
        }
    }

    /// The same question with its person described in other terms.
    pub fn with_person<Q>(&self, read: impl Fn(&P) -> Q) -> Question<Q> {
        match self {
            Self::MarriageStands {} => Question::MarriageStands {},
            Self::MarriedTo { person } => Question::MarriedTo { person: read(person) },
            Self::BornSince { day } => Question::BornSince { day: *day },
            Self::HasParent { person } => Question::HasParent { person: read(person) },
        }
    }

    fn person(&self) -> Option<&P> {
        match self {
            Self::MarriedTo { person } | Self::HasParent { person } => Some(person),
            Self::MarriageStands {} | Self::BornSince { .. } => None,
        }
    }

    /// What is answered about somebody of whom no such record is known here.
    pub const fn unknown(&self) -> Reply {
        match self.kind() {
            RecordKind::Marriage => Reply::No,
            RecordKind::Birth => Reply::CannotSay,
        }
    }
}

/// Questions about one person, and why they are asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// Purpose, basis and case.
    pub reason: Reason,
    /// One to ten.
    pub questions: Vec<Question<Party>>,
}

/// Answers questions about a resident in the actor's scope from the records known here, in their order.
///
/// # Errors
/// `Invalid("questions")` for none or more than ten; `Refused("purpose-does-not-open")` for one that the purpose does
/// not ask; otherwise as [`journal::disclose`].
pub async fn ask(work: &mut Work, resident: Uuid, asking: &Asking) -> Result<Vec<Reply>> {
    work.permit(Action::DiscloseCivil)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    if !(1..=MOST).contains(&asking.questions.len()) {
        return Err(Error::invalid("questions", "too-few-or-too-many"));
    }
    replies(work, resident, &asking.reason, &asking.questions).await
}

/// The same for an inquiry's questions, whose count was checked when it came. Whoever a question names and has a file in
/// this county sees it in their log, too: it is about them as well.
pub async fn replies(
    work: &mut Work,
    resident: Uuid,
    reason: &Reason,
    questions: &[Question<Party>],
) -> Result<Vec<Reply>> {
    work.permit(Action::DiscloseCivil)?;
    let mut subjects = vec![resident];
    for person in questions.iter().filter_map(Question::person) {
        subjects.extend(find(work, person).await?.filter(|named| *named != resident));
    }
    let mut summaries = store::list_of_resident(work, resident).await?;
    // What a peer took its consent back for answers nothing any more.
    summaries.retain(|summary| summary.consent_withdrawn_at.is_none());
    summaries.retain(|summary| questions.iter().any(|question| question.kind() == summary.kind));
    let owners: Vec<Uuid> = summaries.iter().map(|summary| summary.id).collect();
    let mut fields: Vec<Field> = questions.iter().map(Question::field).collect();
    fields.sort_unstable();
    fields.dedup();
    let disclosure = journal::disclose(work, reason, &subjects, &owners, &fields).await?;
    let mut known = Vec::with_capacity(summaries.len());
    for summary in &summaries {
        let (body, _) = versions::open(work, &disclosure, summary).await?;
        let subjects = subjects_of(work, summary.id).await?;
        let part = subjects.iter().find(|subject| subject.resident_id == Some(resident)).map(|subject| subject.part);
        known.push((body, summary.standing, part));
    }
    let shielded = shares_with_protected(work, resident).await?;
    let answer = |question: &Question<Party>| match question.person() {
        // The answer of a record that does not tell it well enough.
        Some(_) if shielded => Reply::CannotSay,
        _ => reply(question, &known, work.today()),
    };
    Ok(questions.iter().map(answer).collect())
}

/// A record with the part that the one asked about has in it.
type Known = (RecordBody, Standing, Option<Part>);

fn reply(question: &Question<Party>, known: &[Known], today: NaiveDate) -> Reply {
    let marriages = || known.iter().map(|(body, standing, _)| (body, *standing));
    let answer = match question {
        Question::MarriageStands {} => Some(rules::marriage_stands_on(marriages(), today)),
        Question::MarriedTo { person } => match own_party(known) {
            Some(subject) => rules::is_married_to(marriages(), &subject, person, today),
            None => return question.unknown(),
        },
        Question::BornSince { day } => own_birth(known).map(|birth| rules::born_on_or_after(birth, *day)),
        Question::HasParent { person } => own_birth(known).and_then(|birth| rules::has_parent(birth, person)),
    };
    match answer {
        Some(true) => Reply::Yes,
        Some(false) => Reply::No,
        None => Reply::CannotSay,
    }
}

/// The one asked about, as a marriage of theirs describes them.
fn own_party(known: &[Known]) -> Option<Party> {
    known.iter().find_map(|(body, _, part)| {
        let own = |(of, party): (Part, Party)| (Some(of) == *part).then_some(party);
        body.people().into_iter().filter(|_| body.kind() == RecordKind::Marriage).find_map(own)
    })
}

fn own_birth(known: &[Known]) -> Option<&Birth> {
    known.iter().find_map(|(body, standing, part)| match body {
        RecordBody::Birth(birth) if *part == Some(Part::Child) && *standing == Standing::Stands => Some(birth),
        RecordBody::Birth(_) | RecordBody::Marriage(_) => None,
    })
}
