//! The table of cases.

use uuid::Uuid;

use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::exchange::cases::{Case, NewCase, State};
use crate::values::{NodeCode, PageRequest};
use crate::work::Work;

pub(in crate::exchange) async fn insert(work: &mut Work, id: Uuid, case: &NewCase<'_>) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "insert into cases (locality, id, peer, seq, kind, about_id, reason, state, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'open', $8)",
        &seat,
        id,
        case.peer,
        case.seq,
        case.kind,
        case.about,
        case.reason,
        now
    )?;
    Ok(())
}

pub(in crate::exchange) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Case>> {
    let (seat, viewer) = (work.node().seat.clone(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        Case,
        concat!(
            "select id, peer, seq, kind, about_id, reason, state, resident_id, opened_at, closed_at from cases c
             where c.locality = $1 and c.id = $2 and ",
            visible!("c", "resident_id", "$3"),
            " and ($3 is null or c.withheld_at is null)"
        ),
        &seat,
        id,
        viewer
    )?)
}

pub(in crate::exchange) async fn list(work: &mut Work, state: State, page: &PageRequest) -> Result<Vec<Case>> {
    let (seat, viewer) = (work.node().seat.clone(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Case,
        concat!(
            "select id, peer, seq, kind, about_id, reason, state, resident_id, opened_at, closed_at from cases c
             where c.locality = $1 and c.state = $2 and c.id > $3 and ",
            visible!("c", "resident_id", "$5"),
            " and ($5 is null or c.withheld_at is null) order by c.id limit $4"
        ),
        &seat,
        state,
        page.after.unwrap_or_default(),
        page.rows(),
        viewer
    )?)
}

/// Open cases of a peer's messages about the same thing, in the order they came.
pub(in crate::exchange) async fn open_about(work: &mut Work, peer: &NodeCode, about: Uuid) -> Result<Vec<Case>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Case,
        "select id, peer, seq, kind, about_id, reason, state, resident_id, opened_at, closed_at from cases
         where locality = $1 and peer = $2 and about_id = $3 and state = 'open' order by seq",
        &seat,
        peer,
        about
    )?)
}

/// Leaves the cases of a peer's messages about a thing to named officers.
pub(in crate::exchange) async fn withhold(work: &mut Work, peer: &NodeCode, about: Uuid) -> Result<()> {
    let (seat, now) = (work.node().seat.clone(), work.now());
    execute!(
        &mut work.tx,
        "update cases set withheld_at = $4
         where locality = $1 and peer = $2 and about_id = $3 and withheld_at is null",
        &seat,
        peer,
        about,
        now
    )?;
    Ok(())
}

/// Closes an open case; `false` when it was closed meanwhile.
pub(in crate::exchange) async fn close(
    work: &mut Work,
    id: Uuid,
    state: State,
    resident: Option<Uuid>,
) -> Result<bool> {
    let (seat, now, by) = (work.node().seat.clone(), work.now(), work.actor().id);
    let rows = execute!(
        &mut work.tx,
        "update cases set state = $3, resident_id = $4, closed_at = $5, closed_by = $6
         where locality = $1 and id = $2 and state = 'open'",
        &seat,
        id,
        state,
        resident,
        now,
        by
    )?;
    Ok(rows == 1)
}
