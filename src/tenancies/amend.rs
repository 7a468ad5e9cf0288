//! Putting right what was registered wrongly. Nothing is overwritten: what was believed before stays readable.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::statements::New;
use super::{
    SaidBy, Step, Tenancy, check_main, find_dwelling, find_open_dwelling, get_for_change, move_file, note, revise,
    rules, statements,
};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::values::ShortText;
use crate::work::Work;

/// The tenancy was registered wrongly and never was.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The version that was seen.
    pub version: i32,
    /// Why; shown to the person.
    pub reason: ShortText,
}

/// The person did not leave after all.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoMoveOut {
    /// The version that was seen.
    pub version: i32,
}

/// What the tenancy should have said.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// First day.
    pub moved_in_on: NaiveDate,
    /// First day no longer there; absent while the person lives there.
    pub moved_out_on: Option<NaiveDate>,
    /// The dwelling, if it was another one.
    pub dwelling_id: Option<Uuid>,
    /// Whether it is the main dwelling, if that was wrong.
    pub main: Option<bool>,
    /// On whose word the corrected facts are.
    pub said_by: SaidBy,
    /// The version that was seen.
    pub version: i32,
}

/// Undoes a wrong registration. That is final: who does live there is registered again.
pub async fn undo(work: &mut Work, id: Uuid, request: Undo) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_for_change(work, id, request.version).await?;
    let dwelling = find_dwelling(work, tenancy.dwelling_id).await?;
    let undone = revise(work, Tenancy { undone: true, reason: Some(request.reason), ..tenancy }).await?;
    note(work, "tenancy.undone", &undone, &dwelling.committee, Step::Alone).await?;
    statements::shown(work, undone).await
}

/// Takes a move-out back: the person lives there still.
///
/// # Errors
/// `Refused("not-moved-out")`; `Refused("second-main-dwelling")` when the person has another main dwelling since;
/// `Refused("tenancy-undone")`; `Stale`.
pub async fn undo_move_out(work: &mut Work, id: Uuid, request: UndoMoveOut) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_for_change(work, id, request.version).await?;
    if tenancy.moved_out_on.is_none() {
        return Err(Error::Refused("not-moved-out"));
    }
    let dwelling = find_dwelling(work, tenancy.dwelling_id).await?;
    let reopened = Tenancy { moved_out_on: None, reason: None, ..tenancy };
    check_main(work, &reopened).await?;
    let reopened = revise(work, reopened).await?;
    move_file(work, &reopened, &dwelling.committee).await?;
    statements::take_back_leaving(work, &reopened).await?;
    note(work, "tenancy.move_out_undone", &reopened, &dwelling.committee, Step::Alone).await?;
    statements::shown(work, reopened).await
}

/// Corrects a tenancy. The corrected version says what is now known of the same days.
///
/// # Errors
/// `Invalid` with `in-the-future` or `before-move-in`; `Refused("dwelling-closed")` for somebody who is to live in a
/// closed dwelling that the tenancy did not name before; `Refused("second-main-dwelling")`;
/// `Refused("tenancy-undone")`; `Stale`.
pub async fn correct(work: &mut Work, id: Uuid, request: Correct) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_for_change(work, id, request.version).await?;
    let today = work.today();
    rules::check_day("moved_in_on", request.moved_in_on, today)?;
    if let Some(day) = request.moved_out_on {
        rules::check_day("moved_out_on", day, today)?;
        rules::check_end("moved_out_on", request.moved_in_on, day)?;
    }
    let dwelling = match request.dwelling_id {
        Some(other) if other != tenancy.dwelling_id && request.moved_out_on.is_none() => {
            find_open_dwelling(work, other).await?
        }
        other => find_dwelling(work, other.unwrap_or(tenancy.dwelling_id)).await?,
    };
    let corrected = Tenancy {
        dwelling_id: dwelling.id,
        main: request.main.unwrap_or(tenancy.main),
        moved_in_on: request.moved_in_on,
        moved_out_on: request.moved_out_on,
        said_by: request.said_by,
        reason: None,
        ..tenancy
    };
    check_main(work, &corrected).await?;
    let corrected = revise(work, corrected).await?;
    move_file(work, &corrected, &dwelling.committee).await?;
    let word = New::on_word(corrected.said_by, Some(corrected.moved_in_on), corrected.moved_out_on, None);
    statements::record(work, corrected.id, word).await?;
    note(work, "tenancy.corrected", &corrected, &dwelling.committee, Step::Alone).await?;
    statements::shown(work, corrected).await
}
