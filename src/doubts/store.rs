//! The table of doubts. One lies in the scope of whoever keeps the file of somebody the fact is about.

use uuid::Uuid;

use super::{Doubt, IdentityField};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::work::Work;

macro_rules! doubts {
    ($($condition:tt)+) => {
        concat!(
            "select x.id, x.fact, x.about_id, x.field, x.version, x.reason, x.resident_id, x.raised_at, x.decided_by_node,
                    x.from_peer, x.due_on, x.state, x.refusal, x.corrected_to, x.closed_at
             from doubts x where x.locality = $1 and ",
            $($condition)+
        )
    };
}

/// That somebody whom the fact is about lives in the scope, placeholders 2 and 3, and may be known of, placeholder 4.
macro_rules! in_scope {
    () => {
        concat!(
            "exists (select 1 from residents r where r.locality = x.locality and r.committee between $2 and $3
                     and (r.id = x.about_id or exists (
                         select 1 from civil_record_subjects s where s.locality = x.locality and s.record_id = x.about_id
                         and s.resident_id = r.id)) and ",
            visible!("r", "id", "$4"),
            ")"
        )
    };
}

pub(super) async fn insert(work: &mut Work, doubt: &Doubt) -> Result<()> {
    let (locality, by) = (work.locality().clone(), Some(work.actor().id).filter(|id| !id.is_nil()));
    execute!(
        &mut work.tx,
        "insert into doubts (locality, id, fact, about_id, field, version, reason, resident_id, raised_at, raised_by,
                             decided_by_node, from_peer, due_on, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &locality,
        doubt.id,
        doubt.fact,
        doubt.about_id,
        doubt.field,
        doubt.version,
        doubt.reason,
        doubt.resident_id,
        doubt.raised_at,
        by,
        &doubt.decided_by_node,
        &doubt.from_peer,
        doubt.due_on,
        doubt.state
    )?;
    Ok(())
}

/// Closes a doubt; `false` when it was closed meanwhile.
pub(super) async fn close(work: &mut Work, decided: &Doubt) -> Result<bool> {
    let (locality, by) = (work.locality().clone(), Some(work.actor().id).filter(|id| !id.is_nil()));
    let rows = execute!(
        &mut work.tx,
        "update doubts set state = $3, refusal = $4, corrected_to = $5, closed_at = $6, closed_by = $7
         where locality = $1 and id = $2 and closed_at is null",
        &locality,
        decided.id,
        decided.state,
        decided.refusal,
        decided.corrected_to,
        decided.closed_at,
        by
    )?;
    Ok(rows == 1)
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Doubt>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(&mut work.tx, Doubt, doubts!("x.id = $2"), &locality, id)?)
}

pub(super) async fn find_in_scope(work: &mut Work, id: Uuid) -> Result<Option<Doubt>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_optional!(&mut work.tx, Doubt, doubts!(in_scope!(), " and x.id = $5"), &locality, low, high, viewer, id)?)
}

pub(super) async fn open_in_scope(work: &mut Work, limit: i64) -> Result<Vec<Doubt>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Doubt,
        doubts!(in_scope!(), " and x.closed_at is null order by x.due_on, x.id limit $5"),
        &locality,
        low,
        high,
        viewer,
        limit
    )?)
}

/// What a person doubts, and what others doubt of records they share.
pub(super) async fn of_person(work: &mut Work, resident: Uuid) -> Result<Vec<Doubt>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Doubt,
        doubts!(
            "(x.resident_id = $2 or x.about_id = $2 or x.about_id in (
                 select s.record_id from civil_record_subjects s where s.locality = $1 and s.resident_id = $2))
             order by x.raised_at desc, x.id desc"
        ),
        &locality,
        resident
    )?)
}

pub(super) async fn open_about(work: &mut Work, about: Uuid) -> Result<Vec<Doubt>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Doubt,
        doubts!("x.about_id = $2 and x.closed_at is null order by x.id"),
        &locality,
        about
    )?)
}

/// Whether this person doubts the same already.
pub(super) async fn is_doubted_by(
    work: &mut Work,
    about: Uuid,
    field: Option<IdentityField>,
    resident: Uuid,
) -> Result<bool> {
    let open = open_about(work, about).await?;
    Ok(open.iter().any(|doubt| doubt.field == field && doubt.resident_id == Some(resident)))
}

pub(super) async fn forget(work: &mut Work, resident: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update doubts set resident_id = null, raised_by = null where locality = $1 and resident_id = $2",
        &locality,
        resident
    )?;
    Ok(())
}
