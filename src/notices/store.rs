//! The table of notices.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Delivery, NoticeKind, Row};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Result;
use crate::values::PageRequest;
use crate::work::Work;

/// A notice's columns with a condition on notice `n`.
macro_rules! notices {
    ($condition:expr) => {
        concat!(
            "select n.id, n.resident_id, n.kind, n.about_id, n.details, n.told_at, n.read_at, n.delivery, n.attempts
             from notices n where n.locality = $1 and ",
            $condition
        )
    };
}

/// What reached nobody, of people with their file between two committees and no account that was ever opened.
macro_rules! untold {
    ($condition:literal, $deliveries:literal, $order:literal) => {
        notices!(concat!(
            $condition,
            " and n.read_at is null and n.delivery in ",
            $deliveries,
            " and exists (select 1 from residents r where r.locality = n.locality and r.id = n.resident_id
                                                     and r.committee between $3 and $4)
             and not exists (select 1 from users u where u.locality = $5 and u.resident_id = n.resident_id
                                                     and u.disabled_at is null and u.password_hash is not null)
             and ",
            visible!("n", "resident_id", "$6"),
            $order
        ))
    };
}

pub(super) async fn insert(
    work: &mut Work,
    resident: Uuid,
    kind: NoticeKind,
    about: Uuid,
    details: &str,
) -> Result<()> {
    let (locality, id, now) = (work.locality().clone(), work.new_id(), work.now());
    execute!(
        &mut work.tx,
        "insert into notices (locality, id, resident_id, kind, about_id, details, told_at, delivery, attempts, try_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
        &locality,
        id,
        resident,
        kind,
        about,
        details,
        now,
        Delivery::Waiting,
        now
    )?;
    Ok(())
}

pub(super) async fn of(work: &mut Work, resident: Uuid, page: &PageRequest) -> Result<Vec<Row>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Row,
        notices!("n.resident_id = $2 and n.id < $3 order by n.id desc limit $4"),
        &locality,
        resident,
        page.after.unwrap_or(Uuid::max()),
        page.rows()
    )?)
}

pub(super) async fn unread(work: &mut Work, resident: Uuid) -> Result<i64> {
    let locality = work.locality().clone();
    let (count,) = fetch_one!(
        &mut work.tx,
        (i64,),
        "select cast(count(*) as bigint) from notices where locality = $1 and resident_id = $2 and read_at is null",
        &locality,
        resident
    )?;
    Ok(count)
}

pub(super) async fn find_own(work: &mut Work, resident: Uuid, id: Uuid) -> Result<Option<Row>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(&mut work.tx, Row, notices!("n.resident_id = $2 and n.id = $3"), &locality, resident, id)?)
}

pub(super) async fn mark_read(work: &mut Work, resident: Uuid, id: Uuid) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update notices set read_at = $4
         where locality = $1 and resident_id = $2 and id = $3 and read_at is null",
        &locality,
        resident,
        id,
        now
    )?;
    Ok(())
}

pub(super) async fn untold(work: &mut Work, page: &PageRequest) -> Result<Vec<Row>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Row,
        untold!("n.id > $2", "('waiting', 'no-phone', 'given-up')", " order by n.id limit $7"),
        &locality,
        page.after.unwrap_or_default(),
        low,
        high,
        &seat,
        viewer,
        page.rows()
    )?)
}

/// One that stands on that list, or did until somebody told the person.
pub(super) async fn find_listed(work: &mut Work, id: Uuid) -> Result<Option<Row>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Row,
        untold!("n.id = $2", "('waiting', 'no-phone', 'given-up', 'in-person')", ""),
        &locality,
        id,
        low,
        high,
        &seat,
        viewer
    )?)
}

/// Notices whose turn has come, oldest first.
pub(super) async fn due(work: &mut Work, most: i64) -> Result<Vec<Row>> {
    let (locality, now) = (work.locality().clone(), work.now());
    Ok(fetch_all!(
        &mut work.tx,
        Row,
        notices!("n.delivery = 'waiting' and n.try_at <= $2 order by n.try_at, n.id limit $3"),
        &locality,
        now,
        most
    )?)
}

/// Takes a notice's turn: until `next` nobody else tries it. `false` when somebody was faster.
pub(super) async fn take_turn(work: &mut Work, row: &Row, next: DateTime<Utc>) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "update notices set attempts = attempts + 1, try_at = $4
         where locality = $1 and id = $2 and attempts = $3 and delivery = 'waiting'",
        &locality,
        row.id,
        row.attempts,
        next
    )?;
    Ok(rows == 1)
}

/// Says how it ended; a message that was handed over stays so.
pub(super) async fn settle(work: &mut Work, id: Uuid, delivery: Delivery) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update notices set delivery = $3, delivered_at = $4 where locality = $1 and id = $2 and delivery <> 'sent'",
        &locality,
        id,
        delivery,
        now
    )?;
    Ok(())
}

pub(super) async fn forget(work: &mut Work, resident: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(&mut work.tx, "delete from notices where locality = $1 and resident_id = $2", &locality, resident)?;
    Ok(())
}
