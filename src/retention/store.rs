//! The tables of holds and requests, and the facts a deletion follows from: those are read from other rooms' tables in
//! one pass, and written by their rooms alone.

use chrono::NaiveDate;
use uuid::Uuid;

use super::holds::Hold;
use super::rules::Facts;
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::work::Work;

/// The facts of residents `r` of county `$1` on day `$2`, with a condition.
macro_rules! facts {
    ($($condition:expr),+) => {
        concat!(
            "select r.id, r.committee, r.origin, r.created_at,
                    exists (select 1 from tenancies t
                            where t.locality = $1 and t.locality = r.locality and t.resident_id = r.id
                              and t.superseded_at is null and not t.undone
                              and (t.moved_out_on is null or t.moved_out_on > $2))
                    or exists (select 1 from residences_elsewhere e
                               where e.locality = $1 and e.locality = r.locality and e.resident_id = r.id
                                 and not e.undone and e.consent_withdrawn_at is null
                                 and (e.until is null or e.until > $2)) as resides,
                    (select max(t.moved_out_on) from tenancies t
                     where t.locality = $1 and t.locality = r.locality and t.resident_id = r.id
                       and t.superseded_at is null and not t.undone) as left_here_on,
                    (select max(e.until) from residences_elsewhere e
                     where e.locality = $1 and e.locality = r.locality and e.resident_id = r.id
                       and not e.undone and e.consent_withdrawn_at is null) as left_there_on,
                    exists (select 1 from tenancy_disputes x
                            join tenancies t on t.locality = x.locality and t.id = x.tenancy_id
                            where x.locality = $1 and x.locality = r.locality and t.resident_id = r.id
                              and t.superseded_at is null and x.latest and x.settled_at is null) as disputed,
                    exists (select 1 from doubts d
                            where d.locality = $1 and d.locality = r.locality and d.closed_at is null
                              and (d.resident_id = r.id or d.about_id = r.id or d.about_id in (
                                  select s.record_id from civil_record_subjects s
                                  where s.locality = $1 and s.locality = r.locality and s.resident_id = r.id)))
                        as doubted,
                    exists (select 1 from inquiries i
                            where i.locality = $1 and i.locality = r.locality and i.resident_id = r.id
                              and i.state = 'open') as inquired,
                    (select max(h.until) from erasure_holds h
                     where h.locality = $1 and h.locality = r.locality and h.resident_id = r.id
                       and h.lifted_at is null and h.until >= $2) as held_until,
                    (select max(q.asked_on) from erasure_requests q
                     where q.locality = $1 and q.locality = r.locality and q.resident_id = r.id) as asked_on
             from residents r
             where r.locality = $1 and r.forgotten_at is null and ",
            $($condition),+
        )
    };
}

/// The facts of one person, in whosever scope.
pub(super) async fn facts_of(work: &mut Work, resident: Uuid) -> Result<Option<Facts>> {
    let (locality, today) = (work.locality().clone(), work.today());
    Ok(fetch_optional!(&mut work.tx, Facts, facts!("r.id = $3"), &locality, today, resident)?)
}

/// The facts of up to `limit` persons of the actor's scope whom the actor may know of, after a file, in the order of their files.
pub(super) async fn facts_after(work: &mut Work, after: Uuid, limit: i64) -> Result<Vec<Facts>> {
    let (locality, today, (low, high)) = (work.locality().clone(), work.today(), work.scope().range());
    let viewer = work.viewer();
    Ok(fetch_all!(
        &mut work.tx,
        Facts,
        facts!(
            "r.id > $3 and r.committee between $4 and $5 and ",
            visible!("r", "id", "$7"),
            " order by r.id limit $6"
        ),
        &locality,
        today,
        after,
        low,
        high,
        limit,
        viewer
    )?)
}

/// Whether a person has a file here that is not forgotten.
pub(super) async fn remembered(work: &mut Work, resident: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from residents where locality = $1 and id = $2 and forgotten_at is null",
        &locality,
        resident
    )?;
    Ok(row.is_some())
}

pub(super) async fn insert_hold(work: &mut Work, hold: &Hold) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into erasure_holds (locality, id, resident_id, case_ref, until, placed_by, placed_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &locality,
        hold.id,
        hold.resident_id,
        &hold.case,
        hold.until,
        hold.placed_by,
        hold.placed_at
    )?;
    Ok(())
}

pub(super) async fn find_hold(work: &mut Work, id: Uuid) -> Result<Option<Hold>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Hold,
        "select id, resident_id, case_ref, until, placed_by, placed_at, lifted_at from erasure_holds
         where locality = $1 and id = $2",
        &locality,
        id
    )?)
}

pub(super) async fn holds_of(work: &mut Work, resident: Uuid) -> Result<Vec<Hold>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Hold,
        "select id, resident_id, case_ref, until, placed_by, placed_at, lifted_at from erasure_holds
         where locality = $1 and resident_id = $2 order by id desc",
        &locality,
        resident
    )?)
}

/// Whether the hold still stood.
pub(super) async fn lift_hold(work: &mut Work, id: Uuid) -> Result<bool> {
    let (locality, now, by) = (work.locality().clone(), work.now(), work.actor().id);
    let rows = execute!(
        &mut work.tx,
        "update erasure_holds set lifted_at = $3, lifted_by = $4
         where locality = $1 and id = $2 and lifted_at is null",
        &locality,
        id,
        now,
        by
    )?;
    Ok(rows == 1)
}

pub(super) async fn put_request(work: &mut Work, resident: Uuid, asked_on: NaiveDate) -> Result<()> {
    let (locality, now, by) = (work.locality().clone(), work.now(), work.actor().id);
    execute!(
        &mut work.tx,
        "insert into erasure_requests (locality, resident_id, asked_on, asked_at, asked_by) values ($1, $2, $3, $4, $5)
         on conflict (locality, resident_id) do update
         set asked_on = excluded.asked_on, asked_at = excluded.asked_at, asked_by = excluded.asked_by",
        &locality,
        resident,
        asked_on,
        now,
        by
    )?;
    Ok(())
}

/// Deletes what was noted of telling the person of days to come.
pub(super) async fn delete_tellings(work: &mut Work, resident: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "delete from erasure_tellings where locality = $1 and resident_id = $2",
        &locality,
        resident
    )?;
    Ok(())
}

/// Whether there was a request.
pub(super) async fn delete_request(work: &mut Work, resident: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "delete from erasure_requests where locality = $1 and resident_id = $2",
        &locality,
        resident
    )?;
    Ok(rows == 1)
}

/// Whether the person was not told of this day before.
pub(super) async fn insert_telling(work: &mut Work, resident: Uuid, day: NaiveDate) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "insert into erasure_tellings (locality, resident_id, delete_on, told_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        &locality,
        resident,
        day,
        now
    )?;
    Ok(rows == 1)
}
