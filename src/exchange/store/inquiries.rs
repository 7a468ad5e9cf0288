//! The table of inquiries, asked and received. They belong to the county that keeps the person's file.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::exchange::inquiries::{Direction, Inquiry, State};
use crate::residents::TextVersion;
use crate::values::{NodeCode, PageRequest, Sealed};
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(in crate::exchange) struct InquiryRow {
    #[sqlx(flatten)]
    pub inquiry: Inquiry,
    pub question: Sealed,
    pub answer: Option<Sealed>,
    /// The asker's consent, where it asked on one.
    pub consent_id: Option<Uuid>,
    /// Which edition of the text was agreed to.
    pub consent_text_version: Option<TextVersion>,
}

pub(in crate::exchange) async fn insert(
    work: &mut Work,
    inquiry: &Inquiry,
    consent: Option<(Uuid, &TextVersion)>,
    question: &Sealed,
) -> Result<()> {
    let locality = work.locality().clone();
    let (consent_id, consent_text_version) = consent.unzip();
    let done = execute!(
        &mut work.tx,
        "insert into inquiries (locality, id, direction, peer, resident_id, committee, purpose, basis, case_ref, question,
                                due_on, state, asked_at, consent_id, consent_text_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &locality,
        inquiry.id,
        inquiry.direction,
        &inquiry.peer,
        inquiry.resident_id,
        &inquiry.committee,
        &inquiry.purpose,
        &inquiry.basis,
        &inquiry.case_ref,
        question,
        inquiry.due_on,
        inquiry.state,
        inquiry.asked_at,
        consent_id,
        consent_text_version
    );
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Refused("inquiry-known")),
        other => other.map(drop).map_err(Into::into),
    }
}

/// One inquiry in the actor's scope.
pub(in crate::exchange) async fn find(work: &mut Work, id: Uuid) -> Result<Option<InquiryRow>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        InquiryRow,
        concat!(
            "select id, direction, peer, resident_id, committee, purpose, basis, case_ref, due_on, state, outcome,
                    asked_at, answered_at, question, answer, consent_id, consent_text_version
             from inquiries i where i.locality = $1 and i.id = $2 and i.committee between $3 and $4 and ",
            visible!("i", "resident_id", "$5")
        ),
        &locality,
        id,
        low,
        high,
        viewer
    )?)
}

/// Inquiries in the actor's scope, in the order they were asked.
pub(in crate::exchange) async fn list(
    work: &mut Work,
    direction: Direction,
    state: State,
    page: &PageRequest,
) -> Result<Vec<Inquiry>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Inquiry,
        concat!(
            "select id, direction, peer, resident_id, committee, purpose, basis, case_ref, due_on, state, outcome,
                    asked_at, answered_at
             from inquiries i
             where i.locality = $1 and i.direction = $2 and i.state = $3 and i.committee between $4 and $5
               and i.id > $6 and ",
            visible!("i", "resident_id", "$8"),
            " order by i.id limit $7"
        ),
        &locality,
        direction,
        state,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows(),
        viewer
    )?)
}

/// The open inquiries in the actor's scope, by the day they are due.
pub(in crate::exchange) async fn waiting(
    work: &mut Work,
    direction: Direction,
    page: &PageRequest,
) -> Result<Vec<Inquiry>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Inquiry,
        concat!(
            "select id, direction, peer, resident_id, committee, purpose, basis, case_ref, due_on, state, outcome,
                    asked_at, answered_at
             from inquiries i
             where i.locality = $1 and i.direction = $2 and i.state = 'open' and i.committee between $3 and $4
               and not exists (select 1 from inquiries last where last.locality = $1 and last.id = $5
                               and (i.due_on < last.due_on or i.due_on = last.due_on and i.id <= last.id)) and ",
            visible!("i", "resident_id", "$7"),
            " order by i.due_on, i.id limit $6"
        ),
        &locality,
        direction,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows(),
        viewer
    )?)
}

/// When the inquiries of the actor's scope asked since an instant were due and answered, by peer and direction.
pub(in crate::exchange) async fn terms(
    work: &mut Work,
    since: DateTime<Utc>,
) -> Result<Vec<(NodeCode, Direction, NaiveDate, Option<DateTime<Utc>>)>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        (NodeCode, Direction, NaiveDate, Option<DateTime<Utc>>),
        concat!(
            "select i.peer, i.direction, i.due_on, i.answered_at from inquiries i
             where i.locality = $1 and i.committee between $2 and $3 and i.asked_at >= $4 and ",
            visible!("i", "resident_id", "$5"),
            " order by i.peer, i.direction, i.id"
        ),
        &locality,
        low,
        high,
        since,
        viewer
    )?)
}

/// Inquiries of this county whose message goes to a peer: asked and open, or received and answered.
pub(in crate::exchange) async fn owed_to(work: &mut Work, peer: &NodeCode) -> Result<Vec<(Uuid, Direction)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Direction),
        "select id, direction from inquiries
         where locality = $1 and peer = $2
           and (direction = 'asked' and state = 'open' or direction = 'received' and state = 'answered') order by id",
        &locality,
        peer
    )?)
}

/// The inquiries of a person, with the other locality.
pub(in crate::exchange) async fn of_resident(
    work: &mut Work,
    resident: Uuid,
) -> Result<Vec<(Uuid, Direction, NodeCode)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Direction, NodeCode),
        "select id, direction, peer from inquiries where locality = $1 and resident_id = $2 order by id",
        &locality,
        resident
    )?)
}

/// Answers an open inquiry; `false` when it was answered meanwhile.
pub(in crate::exchange) async fn answer(work: &mut Work, id: Uuid, outcome: &str, answer: &Sealed) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update inquiries set state = 'answered', outcome = $3, answer = $4, answered_at = $5
         where locality = $1 and id = $2 and state = 'open'",
        &locality,
        id,
        outcome,
        answer,
        now
    )?;
    Ok(rows == 1)
}
