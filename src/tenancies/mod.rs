//! WHO LIVES WHERE, from when to when, and who says so. A tenancy is kept in versions: a change or correction makes a
//! new version and ends the knowledge of the one before, so that "who lived here on that day" and "what did we know
//! then" can both be answered.
//!
//! Days are half-open: `moved_in_on` is the first day lived there, `moved_out_on` the first day no longer. Who moves
//! from one dwelling to another on one day therefore leaves the old and enters the new on that same day, without a
//! gap and without two main dwellings. A tenancy of no day at all is not a tenancy: it is undone instead.
//!
//! The committee of a tenancy is that of its dwelling, which can change; so the store reads it, and with it the scope,
//! from the dwelling.

mod amend;
mod disputes;
mod elsewhere;
mod forget;
mod moves;
mod rules;
mod statements;
mod store;

pub use amend::{Correct, Undo, UndoMoveOut, correct, undo, undo_move_out};
use chrono::{DateTime, NaiveDate, Utc};
pub use disputes::{NewDispute, Settlement, dispute, settle_dispute};
pub use elsewhere::{
    NoticeIn, ResidenceElsewhere, end_residence_elsewhere, find_residence_elsewhere, live_peers_of,
    note_consent_withdrawn, note_residence_elsewhere, notices_of, reopen_residence_elsewhere, residences_elsewhere,
    undo_residence_elsewhere,
};
pub(crate) use forget::forget;
pub use moves::{MoveIn, MoveOut, Transfer, move_in, move_out, transfer};
use serde::Serialize;
use serde_json::json;
use statements::Of;
pub use statements::{
    Agreement, Says, Sides, StateAtCounter, StateOwn, Statement, Via, state_at_counter, state_by_report, state_own,
};
use uuid::Uuid;

use crate::access::{Action, Role};
use crate::dwellings::{self, Dwelling};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::notices::{self, Facts, NoticeKind};
use crate::residents;
use crate::values::{DivisionCode, Period, ShortText, text_enum};
use crate::work::Work;

text_enum! {
    /// On whose word something is recorded. Statements of different people are never mixed into one.
    pub enum SaidBy {
        /// The landlord, employer, agent or property manager.
        Landlord => "landlord",
        /// The person.
        Resident => "resident",
        /// The committee, from its own visit.
        Committee => "committee",
    }
}

text_enum! {
    /// What deserves a look but refuses nothing: a registration is never refused for it.
    pub enum Warning {
        /// More people live in the dwelling than it is registered for.
        OverCapacity => "over-capacity",
    }
}

/// A person's living in a dwelling, as one version of the record has it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Tenancy {
    /// Id, the same in all versions.
    pub id: Uuid,
    /// 1 for what was recorded first; to be named when changing it.
    pub version: i32,
    /// Who.
    pub resident_id: Uuid,
    /// Where.
    pub dwelling_id: Uuid,
    /// Whether it is the person's main dwelling; there is one at a time.
    pub main: bool,
    /// First day.
    pub moved_in_on: NaiveDate,
    /// First day no longer there; absent while the person lives there.
    pub moved_out_on: Option<NaiveDate>,
    /// On whose word this version is; who said what before stands in the versions before.
    pub said_by: SaidBy,
    /// Whether it was registered wrongly and never was.
    pub undone: bool,
    /// Why this version was made, where a reason was asked for.
    pub reason: Option<ShortText>,
    /// When this version was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The user who recorded it; absent where the node did.
    pub recorded_by: Option<Uuid>,
    /// When a later version took its place.
    pub superseded_at: Option<DateTime<Utc>>,
    /// When somebody last said that it is wrong.
    pub disputed_at: Option<DateTime<Utc>>,
    /// What they said.
    pub dispute_reason: Option<ShortText>,
    /// When the committee settled that.
    pub settled_at: Option<DateTime<Utc>>,
    /// What the committee answered.
    pub settlement: Option<ShortText>,
    /// What deserves a look; said once, to who registers that somebody moved in.
    #[sqlx(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Warning>,
    /// What landlord, resident and committee each say, and where that differs; what is registered is the committee's
    /// decision.
    #[sqlx(skip)]
    pub sides: Sides,
}

impl Tenancy {
    /// The days lived there.
    pub fn period(&self) -> Period {
        Period { from: self.moved_in_on, until: self.moved_out_on }
    }

    /// Whether the person lives there now, as far as is known.
    pub fn is_open(&self) -> bool {
        self.moved_out_on.is_none() && !self.undone
    }
}

/// Which versions of a person's tenancies are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// What stands now, without what was undone.
    Current,
    /// What stood at an instant, as it was known then.
    KnownAt(DateTime<Utc>),
    /// Everything that was ever recorded, also what was superseded or undone.
    All,
}

impl Versions {
    /// What stood at the instant, or what stands now without one.
    pub fn known_at(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Current, Self::KnownAt)
    }
}

/// One tenancy in the actor's scope, its present version.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Tenancy> {
    work.permit(Action::ReadTenancies)?;
    let tenancy = store::find(work, id).await?.ok_or(Error::NotFound("tenancy"))?;
    statements::shown(work, tenancy).await
}

/// Where a person lives and lived in this locality, oldest first; the file of the person lies in the actor's scope.
pub async fn of_resident(work: &mut Work, resident: Uuid, versions: Versions) -> Result<Vec<Tenancy>> {
    permit_about(work, resident).await?;
    let tenancies = store::of_resident(work, resident, versions).await?;
    let known_at = if let Versions::KnownAt(at) = versions { Some(at) } else { None };
    statements::beside(work, tenancies, Of::Resident(resident), known_at).await
}

/// Where the acting resident lives and lived in this locality, oldest first.
pub async fn own(work: &mut Work) -> Result<Vec<Tenancy>> {
    work.permit(Action::ReadOwnRecord)?;
    let resident = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let tenancies = store::of_resident(work, resident, Versions::Current).await?;
    statements::beside(work, tenancies, Of::Resident(resident), None).await
}

/// Who lived in a dwelling on a day, as is known now or was known at an instant.
pub async fn of_dwelling_on(
    work: &mut Work,
    dwelling: Uuid,
    day: NaiveDate,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Tenancy>> {
    work.permit(Action::ReadTenancies)?;
    find_dwelling(work, dwelling).await?;
    let tenancies = store::of_dwelling_on(work, dwelling, day, known_at).await?;
    statements::beside(work, tenancies, Of::Dwelling(dwelling), known_at).await
}

/// Who lives in the dwellings of a building now, dwelling by dwelling.
pub async fn current_of_building(work: &mut Work, building: Uuid) -> Result<Vec<Tenancy>> {
    work.permit(Action::ReadTenancies)?;
    dwellings::get_building(work, building).await?;
    let tenancies = store::current_of_building(work, building).await?;
    statements::beside(work, tenancies, Of::Building(building), None).await
}

/// The times a person lived in this locality without a gap, oldest first, from the main dwellings as they are known
/// now: what another locality may learn. For the node itself, which is bound to no scope.
pub async fn stays(work: &mut Work, resident: Uuid) -> Result<Vec<Period>> {
    work.permit(Action::Exchange)?;
    let mains = store::mains_of(work, resident, None).await?;
    Ok(rules::merged(mains))
}

/// Refuses unless the actor may see this person's tenancies: the person, or an office that keeps the file.
async fn permit_about(work: &mut Work, resident: Uuid) -> Result<()> {
    let known = if work.actor().role == Role::Resident {
        work.permit(Action::ReadOwnRecord)?;
        work.actor().subject == Some(resident)
    } else {
        work.permit(Action::ReadTenancies)?;
        residents::find(work, resident).await?.is_some()
    };
    if known { Ok(()) } else { Err(Error::NotFound("resident")) }
}

async fn find_dwelling(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    dwellings::find(work, id).await?.ok_or(Error::NotFound("dwelling"))
}

async fn find_open_dwelling(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    let dwelling = find_dwelling(work, id).await?;
    if dwelling.closed_on.is_some() { Err(Error::Refused("dwelling-closed")) } else { Ok(dwelling) }
}

/// The version somebody saw and wants changed, from now on until the end of the work changed by nobody else.
async fn get_for_change(work: &mut Work, id: Uuid, version: i32) -> Result<Tenancy> {
    let tenancy = store::find(work, id).await?.ok_or(Error::NotFound("tenancy"))?;
    if tenancy.undone {
        return Err(Error::Refused("tenancy-undone"));
    }
    if tenancy.version != version {
        return Err(Error::Stale);
    }
    store::take_turn(work, tenancy.resident_id).await?;
    Ok(tenancy)
}

/// Refuses a second main dwelling at any time. The caller holds the person's turn.
async fn check_main(work: &mut Work, tenancy: &Tenancy) -> Result<()> {
    if !tenancy.main {
        return Ok(());
    }
    let others = store::mains_of(work, tenancy.resident_id, Some(tenancy.id)).await?;
    rules::check_main(&tenancy.period(), &others)
}

/// Puts a version in the place of the one before it.
async fn revise(work: &mut Work, changed: Tenancy) -> Result<Tenancy> {
    store::supersede(work, changed.id, changed.version).await?;
    let next = Tenancy {
        version: changed.version + 1,
        recorded_at: work.now(),
        recorded_by: recorder(work),
        superseded_at: None,
        ..changed
    };
    store::insert(work, &next).await?;
    Ok(next)
}

fn recorder(work: &Work) -> Option<Uuid> {
    Some(work.actor().id).filter(|id| !id.is_nil())
}

/// A person's file lies with the committee they mainly live in.
async fn move_file(work: &mut Work, tenancy: &Tenancy, committee: &DivisionCode) -> Result<()> {
    if tenancy.main && tenancy.is_open() {
        residents::set_committee(work, tenancy.resident_id, committee).await?;
    }
    Ok(())
}

/// What a change to a tenancy is part of.
#[derive(Clone, Copy)]
enum Step {
    /// Nothing else.
    Alone,
    /// A transfer: it is one of the two halves.
    Transfer,
    /// The move into the main dwelling of this tenancy, which ends the one before.
    MoveIn(Uuid),
}

/// What the person is told of a change; of both halves of a transfer at once.
fn told_of(kind: &str, step: Step) -> Option<NoticeKind> {
    match (kind, step) {
        ("tenancy.moved_in", Step::Transfer) => Some(NoticeKind::Transferred),
        ("tenancy.moved_in", _) => Some(NoticeKind::MovedIn),
        ("tenancy.moved_out", Step::Transfer) => None,
        ("tenancy.moved_out", _) => Some(NoticeKind::MovedOut),
        ("tenancy.corrected", _) => Some(NoticeKind::Corrected),
        ("tenancy.undone", _) => Some(NoticeKind::Undone),
        ("tenancy.move_out_undone", _) => Some(NoticeKind::MoveOutUndone),
        _ => None,
    }
}

/// Writes a change down, marking what it is part of, and tells the person.
async fn note(
    work: &mut Work,
    kind: &'static str,
    tenancy: &Tenancy,
    committee: &DivisionCode,
    step: Step,
) -> Result<()> {
    let mut details = json!({
        "tenancy": tenancy.id,
        "dwelling": tenancy.dwelling_id,
        "committee": committee,
        "moved_in_on": tenancy.moved_in_on,
        "moved_out_on": tenancy.moved_out_on,
        "main": tenancy.main,
        "said_by": tenancy.said_by,
    });
    let facts = Facts {
        on: Some(tenancy.moved_in_on),
        until: tenancy.moved_out_on,
        said_by: Some(tenancy.said_by.to_string()),
        ..Facts::default()
    };
    if let Some(told) = told_of(kind, step) {
        notices::tell(work, tenancy.resident_id, told, tenancy.id, &facts).await?;
    }
    match step {
        Step::Alone => {}
        Step::Transfer => details["transfer"] = json!(true),
        Step::MoveIn(into) => details["by_move_in"] = json!(into),
    }
    journal::append(work, Event { kind, subjects: &[tenancy.resident_id], details }).await?;
    Ok(())
}
