//! Taking over a file from another committee of the county, because the person stands at the counter and lives here
//! now. The file moves at their word and on their document; the office that kept it is not asked, and sees it.

use serde::Deserialize;
use serde_json::json;

use super::documents::Document;
use super::protection::{self, AttemptKind};
use super::search::{Criterion, Match, find_exact, note_search};
use super::{Resident, get, set_committee};
use crate::access::{Action, Field};
use crate::dwellings::check_committee;
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::values::{DivisionCode, LocalityCode, PersonName};
use crate::work::Work;

/// A file to take over.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOver {
    /// The document the person shows.
    pub document: Document,
    /// The name on it.
    pub name: PersonName,
    /// The committee that keeps the file from now on, 12 digits.
    pub committee: DivisionCode,
    /// Purpose, basis and case.
    pub reason: Reason,
}

/// What came of it. Each is in the journal, so the work is committed before the answer is given.
#[derive(Debug)]
pub enum TakenOver {
    /// The committee keeps this file now.
    File(Resident),
    /// Another county of the node keeps the file.
    OtherCounty,
    /// Nobody has this document under this name. Which of the two is wrong is not told.
    Nobody,
}

impl TakenOver {
    /// The file.
    ///
    /// # Errors
    /// `NotFound("resident")` for nobody; `Refused("file-in-other-county")`.
    pub fn file(self) -> Result<Resident> {
        match self {
            Self::File(resident) => Ok(resident),
            Self::OtherCounty => Err(Error::Refused("file-in-other-county")),
            Self::Nobody => Err(Error::NotFound("resident")),
        }
    }
}

/// Moves a person's file to a committee of the actor's, whichever committee of the county kept it: exact document and
/// agreeing name. Each attempt that finds nobody is written down as the search it is.
///
/// # Errors
/// `Invalid("committee")` for one that does not exist or lies in another county, `NotFound("committee")` outside the
/// actor's scope.
pub async fn take_over(work: &mut Work, request: TakeOver) -> Result<TakenOver> {
    work.permit(Action::RegisterResidents)?;
    // Before anybody is looked for, so that a refusal does not tell whether somebody was found.
    work.node().purposes.check(&request.reason, work.actor().role, &[Field::TakeOver])?;
    check_committee(work, &request.committee)?;
    let found = match find_exact(work, &request.document, &request.name).await? {
        Match::Exact(resident) => Some(resident),
        Match::NameDiffers | Match::None => None,
    };
    let holder = found.as_ref().and_then(|found| Some((found.committee.locality()?, found.id)));
    let hidden = protection::is_hidden(work, holder.as_ref()).await?;
    protection::note_attempt(work, AttemptKind::TakeOver, holder.as_ref()).await?;
    let Some(resident) = found.filter(|_| !hidden) else {
        note_search(work, Criterion::Document, &[], &request.reason).await?;
        return Ok(TakenOver::Nobody);
    };
    match resident.committee.locality() {
        Some(county) if county == *work.locality() => {}
        Some(county) => {
            note_search_in(work, county, &resident, &request.reason).await?;
            return Ok(TakenOver::OtherCounty);
        }
        None => return Err(Error::internal("a file lies with no county")),
    }
    if resident.committee == request.committee {
        note_search(work, Criterion::Document, std::slice::from_ref(&resident), &request.reason).await?;
        return Ok(TakenOver::File(resident));
    }
    set_committee(work, resident.id, &request.committee).await?;
    let details = json!({ "resident": resident.id, "from": resident.committee, "to": request.committee });
    let event = Event { kind: "resident.taken_over", subjects: &[resident.id], details };
    journal::append_with_reason(work, event, &request.reason, &[Field::TakeOver]).await?;
    get(work, resident.id).await.map(TakenOver::File)
}

/// Writes the search down in the county of the person, where they see it.
async fn note_search_in(work: &mut Work, county: LocalityCode, resident: &Resident, reason: &Reason) -> Result<()> {
    let (here, actor) = (work.locality().clone(), work.actor().clone());
    work.move_to(county);
    work.act_as(actor.clone());
    note_search(work, Criterion::Document, std::slice::from_ref(resident), reason).await?;
    work.move_to(here);
    work.act_as(actor);
    Ok(())
}
