//! Finding a person: by the exact document, or by name inside the actor's scope. Every search names why and is written
//! down with whom it found, so that the person sees it; what was typed is not. One that finds too many shows nobody, and
//! is written down all the same.

use serde_json::{Value, json};
use uuid::Uuid;

use super::documents::Document;
use super::protection::{self, AttemptKind};
use super::{Resident, identity, rules, store};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::values::{DivisionCode, LocalityCode, PersonName, text_enum};
use crate::work::Work;

/// Most persons one search shows; more means that it was too wide.
const MOST_HITS: usize = 10;
/// Why nobody is shown then.
const TOO_MANY: &str = "too-many-hits";

text_enum! {
    /// What a search went by.
    pub enum Criterion {
        /// The exact document.
        Document => "document",
        /// The name.
        Name => "name",
    }
}

impl Criterion {
    fn field(self) -> Field {
        match self {
            Self::Document => Field::SearchByDocument,
            Self::Name => Field::SearchByName,
        }
    }
}

/// What a search came to. Either is in the journal, so the work is committed before the answer is given.
#[derive(Debug)]
pub enum Found {
    /// These, ten at most.
    Residents(Vec<Resident>),
    /// More than ten; none is shown.
    TooMany,
}

impl Found {
    /// The persons found.
    ///
    /// # Errors
    /// `Refused("too-many-hits")`.
    pub fn residents(self) -> Result<Vec<Resident>> {
        match self {
            Self::Residents(residents) => Ok(residents),
            Self::TooMany => Err(Error::Refused(TOO_MANY)),
        }
    }
}

impl From<Option<Resident>> for Found {
    fn from(resident: Option<Resident>) -> Self {
        Self::Residents(resident.into_iter().collect())
    }
}

/// Whom a message from another locality means.
#[derive(Debug, Clone)]
pub enum Match {
    /// This document belongs to this person, and the name agrees.
    Exact(Resident),
    /// The document is on record under another name.
    NameDiffers,
    /// Nobody on this node has the document.
    None,
}

/// The person with this document in the actor's scope. The same statements run whether somebody is found, hidden or
/// unknown.
pub async fn find_by_document(work: &mut Work, document: &Document, reason: &Reason) -> Result<Option<Resident>> {
    work.permit(Action::ReadResidents)?;
    let (index, beside) = (identity::index(work, document), identity::index_beside(work, document));
    let holder = store::find_holder(work, &index).await?;
    let second = store::find_holder(work, &beside).await?;
    let found = protection::find_visible(work, holder.as_ref()).await?;
    let found = found.or(protection::find_visible(work, second.as_ref()).await?);
    protection::note_attempt(work, AttemptKind::Search, holder.as_ref()).await?;
    note_search(work, Criterion::Document, found.as_slice(), reason).await?;
    Ok(found)
}

/// The persons in the actor's scope whose name begins so, in characters or in pinyin.
///
/// # Errors
/// `Invalid("by.name")` for fewer than two characters, or three letters of pinyin.
pub async fn find_by_name(work: &mut Work, name: &str, reason: &Reason) -> Result<Found> {
    work.permit(Action::ReadResidents)?;
    let query = rules::name_query(name)?;
    let found = store::find_by_term(work, &query, MOST_HITS as i64 + 1).await?;
    if found.len() > MOST_HITS {
        let details = json!({ "by": Criterion::Name, "refused": TOO_MANY });
        append_search(work, Criterion::Name, &[], details, reason).await?;
        return Ok(Found::TooMany);
    }
    note_search(work, Criterion::Name, &found, reason).await?;
    Ok(Found::Residents(found))
}

pub(super) async fn note_search(work: &mut Work, by: Criterion, hits: &[Resident], reason: &Reason) -> Result<()> {
    let subjects: Vec<Uuid> = hits.iter().map(|resident| resident.id).collect();
    append_search(work, by, &subjects, json!({ "by": by, "hits": hits.len() }), reason).await
}

async fn append_search(
    work: &mut Work,
    by: Criterion,
    subjects: &[Uuid],
    details: Value,
    reason: &Reason,
) -> Result<()> {
    let event = Event { kind: "residents.searched", subjects, details };
    journal::append_with_reason(work, event, reason, &[by.field()]).await.map(drop)
}

/// Whom a message means.
pub async fn find_for_exchange(work: &mut Work, document: &Document, name: &PersonName) -> Result<Match> {
    work.permit(Action::Exchange)?;
    find_exact(work, document, name).await
}

/// Whose document it is, under whatever name, and in which county of the node: for what must not wait for a clerk who
/// compares names.
pub async fn holder_for_exchange(work: &mut Work, document: &Document) -> Result<Option<(LocalityCode, Uuid)>> {
    work.permit(Action::Exchange)?;
    let index = identity::index(work, document);
    store::find_holder(work, &index).await
}

/// Whether a document is on record as this person's, for pairing where the names are spelled differently.
pub async fn is_holder(work: &mut Work, document: &Document, resident: Uuid) -> Result<bool> {
    work.permit(Action::Exchange)?;
    let index = identity::index(work, document);
    Ok(store::find_holder(work, &index).await?.is_some_and(|(_, holder)| holder == resident))
}

/// Whom document and name mean, in whichever county of the node: exact document and agreeing name, nothing less. The
/// resident's committee tells the county to work in. For other domains' operations, which have asked their own permit
/// and do not tell the actor of anybody outside their scope.
pub async fn find_exact(work: &mut Work, document: &Document, name: &PersonName) -> Result<Match> {
    let index = identity::index(work, document);
    // Whether somebody has the document is not to be told from the statements that follow.
    let holder = store::find_holder(work, &index).await?;
    let (locality, holder) = holder.unwrap_or((work.locality().clone(), Uuid::nil()));
    Ok(match store::find_anywhere(work, &locality, holder).await? {
        Some(resident) if resident.name.folded() == name.folded() => Match::Exact(resident),
        Some(_) => Match::NameDiffers,
        None => Match::None,
    })
}

/// The persons of this county whose household register lies in a division, for telling a node that takes over its
/// side of the exchange. Never for people: nobody is listed by where they come from.
pub(crate) async fn ids_by_origin(work: &mut Work, division: &DivisionCode) -> Result<Vec<Uuid>> {
    work.permit(Action::Exchange)?;
    store::ids_by_origin(work, division).await
}
