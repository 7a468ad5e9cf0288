//! Received messages that a person has to work on: nobody was found, the name differs, the envelope could not be
//! read. A clerk of the county's office pairs them with a person here or sets them aside; nothing is lost meanwhile.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Reason as Protocol;
use super::apply::{self, Outcome};
use super::envelope::{self, Opened};
use super::forget;
use super::peers;
use super::station::Station;
use super::store;
use crate::access::{Action, Actor, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::residents::{self, Resident};
use crate::values::{NodeCode, Page, PageRequest, text_enum};
use crate::work::Work;

text_enum! {
    /// Where a case stands.
    pub enum State {
        /// Waiting for somebody.
        Open => "open",
        /// The message took effect for the person a clerk named.
        Paired => "paired",
        /// The message took effect when it was tried again.
        Applied => "applied",
        /// Set aside: nobody here is meant, or it cannot be read.
        SetAside => "set-aside",
    }
}

/// A case about to be opened.
pub(super) struct NewCase<'a> {
    pub peer: &'a NodeCode,
    pub seq: i64,
    pub kind: &'a str,
    pub about: Option<Uuid>,
    pub reason: &'a str,
}

/// A message somebody has to work on; what it says is opened apart, with a reason.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Case {
    /// Id.
    pub id: Uuid,
    /// The peer it came from; this node itself for a journal entry that could not be sent.
    pub peer: NodeCode,
    /// Its number in that peer's stream, or the entry's in the journal.
    pub seq: i64,
    /// The message's kind; `unreadable` where it could not be opened, `journal-entry` for one of our own.
    pub kind: String,
    /// The notice, record or inquiry it is about.
    pub about_id: Option<Uuid>,
    /// Why it waits: a stable code.
    pub reason: String,
    /// Where it stands.
    pub state: State,
    /// Whom it was paired with.
    pub resident_id: Option<Uuid>,
    /// When it came.
    pub opened_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

pub(super) async fn open(work: &mut Work, case: NewCase<'_>) -> Result<()> {
    let id = work.new_id();
    store::cases::insert(work, id, &case).await?;
    let details = json!({ "case": id, "peer": case.peer, "seq": case.seq, "reason": case.reason });
    journal::append(work, Event { kind: "case.opened", subjects: &[], details }).await?;
    Ok(())
}

/// Cases in a state, oldest first.
pub async fn list(work: &mut Work, state: State, page: &PageRequest) -> Result<Page<Case>> {
    permit(work)?;
    let rows = store::cases::list(work, state, page).await?;
    Ok(page.page(rows, |case| case.id))
}

/// One case.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Case> {
    permit(work)?;
    store::cases::find(work, id).await?.ok_or(Error::NotFound("case"))
}

/// Cases are about people nobody found, so no committee's scope contains them: the county's office works on them.
fn permit(work: &Work) -> Result<()> {
    work.permit(Action::AnswerPeers)?;
    work.within_scope(&work.node().seat.clone().into(), "case")
}

/// Opens what the message of a case says, for the reason given.
///
/// # Errors
/// `Refused` with the protocol's reason when it cannot be read.
pub async fn disclose(work: &mut Work, station: &Station, id: Uuid, reason: &Reason) -> Result<Value> {
    let case = get(work, id).await?;
    journal::disclose(work, reason, &[], &[id], &[Field::Message]).await?;
    let opened = reopen(work, station, &case).await?;
    serde_json::to_value(&opened.message).map_err(Error::internal)
}

/// Pairs a case with a person here: its message takes effect for them, and so do later ones about the same thing.
///
/// # Errors
/// `Refused("case-closed")`; `Refused("cannot-pair")` when the message still cannot take effect, or is not about
/// somebody whom pairing could help.
pub async fn pair(work: &mut Work, station: &Station, id: Uuid, resident: Uuid) -> Result<Case> {
    let case = get(work, id).await?;
    let resident = residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    if case.state != State::Open {
        return Err(Error::Refused("case-closed"));
    }
    if try_again(work, station, &case, Some(&resident)).await? != Outcome::Applied {
        return Err(Error::Refused("cannot-pair"));
    }
    close(work, &case, State::Paired, Some(resident.id)).await?;
    if let Some(about) = case.about_id {
        for later in store::cases::open_about(work, &case.peer, about).await? {
            match try_again(work, station, &later, Some(&resident)).await {
                Ok(Outcome::Applied) => close(work, &later, State::Applied, Some(resident.id)).await?,
                // It waits on as a case of its own: what is wrong with it does not undo this pairing.
                Ok(_) | Err(Error::Refused(_) | Error::Invalid(_) | Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    get(work, id).await
}

/// Tries a case again as it is: the person may have been registered since.
///
/// # Errors
/// `Refused("case-closed")`; `Refused("still-not-applicable")`.
pub async fn retry(work: &mut Work, station: &Station, id: Uuid) -> Result<Case> {
    let case = get(work, id).await?;
    if case.state != State::Open {
        return Err(Error::Refused("case-closed"));
    }
    match try_again(work, station, &case, None).await? {
        Outcome::Applied => close(work, &case, State::Applied, None).await?,
        _ => return Err(Error::Refused("still-not-applicable")),
    }
    get(work, id).await
}

/// Sets a case aside: nobody here is meant, or the message cannot be read.
pub async fn set_aside(work: &mut Work, id: Uuid) -> Result<Case> {
    let case = get(work, id).await?;
    close(work, &case, State::SetAside, None).await?;
    get(work, id).await
}

pub(super) async fn close(work: &mut Work, case: &Case, state: State, resident: Option<Uuid>) -> Result<()> {
    if !store::cases::close(work, case.id, state, resident).await? {
        return Err(Error::Refused("case-closed"));
    }
    let subjects: Vec<Uuid> = resident.into_iter().collect();
    let details = json!({ "case": case.id, "state": state });
    journal::append(work, Event { kind: "case.closed", subjects: &subjects, details }).await?;
    Ok(())
}

/// Applies the message of a case once more, on the peer's word; the clerk's own part is in the journal.
async fn try_again(work: &mut Work, station: &Station, case: &Case, paired: Option<&Resident>) -> Result<Outcome> {
    if case.reason == Protocol::DuplicateId.as_str() {
        return Ok(Outcome::Rejected(Protocol::DuplicateId.as_str())); // the first message with this id is the word
    }
    let opened = reopen(work, station, case).await?;
    let peer = peers::get(work, &case.peer).await?;
    let locality = work.locality().clone();
    let clerk = work.act_as(Actor::peer(case.peer.clone(), locality.clone()));
    let outcome = apply::apply(work, &peer, &opened.message, paired).await;
    work.move_to(locality);
    work.act_as(clerk);
    outcome
}

/// Opens the envelope of a case as it was received.
async fn reopen(work: &mut Work, station: &Station, case: &Case) -> Result<Opened> {
    let peer = peers::get(work, &case.peer).await?;
    let envelope = store::streams::received_envelope(work, &case.peer, case.seq).await?;
    if envelope == forget::FORGOTTEN {
        return Err(Error::Refused("erased"));
    }
    Ok(envelope::open(&envelope, &station.keys, peer.card.peer(), work.now())?)
}
