//! Moving in, moving out, and both in one step.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::statements::New;
use super::{
    SaidBy, Sides, Step, Tenancy, Warning, check_main, find_dwelling, find_open_dwelling, get_for_change, move_file,
    note, recorder, revise, rules, statements, store,
};
use crate::access::Action;
use crate::dwellings::Dwelling;
use crate::error::{Error, Result};
use crate::residents;
use crate::work::Work;

/// A person moves into a dwelling.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveIn {
    /// Who.
    pub resident_id: Uuid,
    /// Where.
    pub dwelling_id: Uuid,
    /// First day; not in the future.
    pub on: NaiveDate,
    /// Whether it is the person's main dwelling; it is unless said otherwise.
    #[serde(default = "yes")]
    pub main: bool,
    /// Whether the person left the main dwelling they had in this county on the same day: it is ended with this
    /// step, whichever committee it belongs to.
    #[serde(default)]
    pub ends_previous: bool,
    /// On whose word.
    pub said_by: SaidBy,
    /// The accepted report that says so.
    #[serde(skip)]
    pub report: Option<Uuid>,
}

fn yes() -> bool {
    true
}

/// A person leaves a dwelling.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveOut {
    /// First day no longer there; after the first day there, not in the future.
    pub on: NaiveDate,
    /// On whose word.
    pub said_by: SaidBy,
    /// The version that was seen.
    pub version: i32,
    /// The accepted report that says so.
    #[serde(skip)]
    pub report: Option<Uuid>,
}

/// A person goes from one dwelling to another in one step.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Where to.
    pub to_dwelling: Uuid,
    /// First day in the new dwelling, and first day no longer in the old.
    pub on: NaiveDate,
    /// On whose word.
    pub said_by: SaidBy,
    /// The version that was seen.
    pub version: i32,
}

/// Registers that a person moved into a dwelling. The file of a person follows to the committee of the main dwelling.
///
/// # Errors
/// `NotFound` for a person or dwelling outside the scope; `Invalid("on", "in-the-future")`;
/// `Refused("dwelling-closed")`; `Refused("second-main-dwelling")` when the person has another main dwelling on any
/// of these days. With `ends_previous` also `Invalid("ends_previous", "goes-with-main")`,
/// `Invalid("dwelling_id", "same-dwelling")`, and `Invalid("on", "before-move-in")` for a day that is not after the one
/// on which the person moved into the dwelling they had.
pub async fn move_in(work: &mut Work, request: MoveIn) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    residents::find(work, request.resident_id).await?.ok_or(Error::NotFound("resident"))?;
    let dwelling = find_open_dwelling(work, request.dwelling_id).await?;
    store::take_turn(work, request.resident_id).await?;
    begin(work, request, &dwelling, Step::Alone).await
}

async fn begin(work: &mut Work, request: MoveIn, dwelling: &Dwelling, step: Step) -> Result<Tenancy> {
    rules::check_day("on", request.on, work.today())?;
    let tenancy = Tenancy {
        id: work.new_id(),
        version: 1,
        resident_id: request.resident_id,
        dwelling_id: dwelling.id,
        main: request.main,
        moved_in_on: request.on,
        moved_out_on: None,
        said_by: request.said_by,
        undone: false,
        reason: None,
        recorded_at: work.now(),
        recorded_by: recorder(work),
        superseded_at: None,
        disputed_at: None,
        dispute_reason: None,
        settled_at: None,
        settlement: None,
        warnings: Vec::new(),
        sides: Sides::default(),
    };
    if request.ends_previous {
        end_previous(work, &tenancy).await?;
    }
    check_main(work, &tenancy).await?;
    store::insert(work, &tenancy).await?;
    statements::record(work, tenancy.id, New::on_word(request.said_by, Some(request.on), None, request.report)).await?;
    move_file(work, &tenancy, &dwelling.committee).await?;
    note(work, "tenancy.moved_in", &tenancy, &dwelling.committee, step).await?;
    let warnings = warnings(work, dwelling).await?;
    statements::shown(work, Tenancy { warnings, ..tenancy }).await
}

/// Ends the main dwelling the person had, also one of another committee, which sees it in its occupancy and history.
async fn end_previous(work: &mut Work, next: &Tenancy) -> Result<()> {
    if !next.main {
        return Err(Error::invalid("ends_previous", "goes-with-main"));
    }
    let Some(previous) = store::find_open_main(work, next.resident_id).await? else { return Ok(()) };
    if previous.dwelling_id == next.dwelling_id {
        return Err(Error::invalid("dwelling_id", "same-dwelling"));
    }
    rules::check_end("on", previous.moved_in_on, next.moved_in_on)?;
    let committee = store::committee_of(work, previous.dwelling_id).await?;
    let (moved_out_on, said_by) = (Some(next.moved_in_on), next.said_by);
    let ended = revise(work, Tenancy { moved_out_on, said_by, reason: None, ..previous }).await?;
    statements::record(work, ended.id, New::on_word(said_by, None, moved_out_on, None)).await?;
    note(work, "tenancy.moved_out", &ended, &committee, Step::MoveIn(next.id)).await
}

async fn warnings(work: &mut Work, dwelling: &Dwelling) -> Result<Vec<Warning>> {
    let crowded = store::count_living_in(work, dwelling.id).await? > i64::from(dwelling.capacity);
    Ok(if crowded { vec![Warning::OverCapacity] } else { Vec::new() })
}

/// Registers that a person left a dwelling.
///
/// # Errors
/// `Invalid("on")` with `in-the-future` or `before-move-in`; `Refused("already-moved-out")`,
/// `Refused("tenancy-undone")`; `Stale`.
pub async fn move_out(work: &mut Work, id: Uuid, request: MoveOut) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_for_change(work, id, request.version).await?;
    end(work, tenancy, request, Step::Alone).await
}

async fn end(work: &mut Work, tenancy: Tenancy, request: MoveOut, step: Step) -> Result<Tenancy> {
    let MoveOut { on, said_by, report, .. } = request;
    if tenancy.moved_out_on.is_some() {
        return Err(Error::Refused("already-moved-out"));
    }
    rules::check_day("on", on, work.today())?;
    rules::check_end("on", tenancy.moved_in_on, on)?;
    let dwelling = find_dwelling(work, tenancy.dwelling_id).await?;
    let ended = revise(work, Tenancy { moved_out_on: Some(on), said_by, reason: None, ..tenancy }).await?;
    statements::record(work, ended.id, New::on_word(said_by, None, Some(on), report)).await?;
    note(work, "tenancy.moved_out", &ended, &dwelling.committee, step).await?;
    statements::shown(work, ended).await
}

/// Registers that a person went from one dwelling to another: both or nothing. Answers the new tenancy.
///
/// # Errors
/// Those of [`move_out`] and [`move_in`]; `Invalid("to_dwelling", "same-dwelling")`.
pub async fn transfer(work: &mut Work, id: Uuid, request: Transfer) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_for_change(work, id, request.version).await?;
    if tenancy.dwelling_id == request.to_dwelling {
        return Err(Error::invalid("to_dwelling", "same-dwelling"));
    }
    let dwelling = find_open_dwelling(work, request.to_dwelling).await?;
    let (resident_id, main, Transfer { on, said_by, version, .. }) = (tenancy.resident_id, tenancy.main, request);
    end(work, tenancy, MoveOut { on, said_by, version, report: None }, Step::Transfer).await?;
    let into = MoveIn { resident_id, dwelling_id: dwelling.id, on, main, ends_previous: false, said_by, report: None };
    begin(work, into, &dwelling, Step::Transfer).await
}
