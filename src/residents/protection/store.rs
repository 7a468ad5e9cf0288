//! The tables of protections and attempts. A protection lies in the county of its person, and its twin at the node's
//! seat, where rows of the node as a whole are compared with it and what a peer told in advance waits. Officers' reads
//! carry the scope of the person's file.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Attempt, AttemptKind, Ground, Protection, Tell};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Result;
use crate::values::{LocalityCode, NodeCode, PageRequest};
use crate::work::Work;

/// A protection about to be kept.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub id: Uuid,
    pub resident_id: Option<Uuid>,
    pub document_index: Option<Vec<u8>>,
    pub source_peer: Option<NodeCode>,
    pub ground: Option<Ground>,
    pub case_ref: Option<String>,
    pub confirmed: bool,
    pub review_on: NaiveDate,
    pub opened_by: Option<Uuid>,
    pub second_of: Option<Uuid>,
    pub lifted: bool,
}

impl New {
    pub(super) fn on(review_on: NaiveDate) -> Self {
        Self {
            id: Uuid::nil(),
            resident_id: None,
            document_index: None,
            source_peer: None,
            ground: None,
            case_ref: None,
            confirmed: false,
            review_on,
            opened_by: None,
            second_of: None,
            lifted: false,
        }
    }
}

/// One that stands, as the rules need it.
#[derive(sqlx::FromRow)]
pub(super) struct Standing {
    pub id: Uuid,
    pub raised_at: DateTime<Utc>,
    pub review_on: NaiveDate,
    pub lift_asked_at: Option<DateTime<Utc>>,
}

/// One that waits for its person.
#[derive(sqlx::FromRow)]
pub(super) struct Awaited {
    pub id: Uuid,
    pub source_peer: Option<NodeCode>,
    pub raised_at: DateTime<Utc>,
    pub review_on: NaiveDate,
}

/// A protection with its person, under a condition.
macro_rules! protections {
    ($condition:literal) => {
        concat!(
            "select p.id, p.resident_id, r.name, r.committee, p.ground, p.case_ref, p.source_peer, p.raised_at,
                    p.raised_by, p.confirmed_at, p.review_on, p.second_of, p.lift_asked_at, p.lift_asked_by, p.lifted_at
             from protections p join residents r on r.locality = p.locality and r.id = p.resident_id
             where p.locality = $1 and r.committee between $2 and $3 and ",
            $condition
        )
    };
}

/// Where a protection is kept: the work's county, and the seat.
fn places(work: &Work) -> Vec<LocalityCode> {
    let (locality, seat) = (work.locality().clone(), work.node().seat.clone());
    if locality == seat { vec![seat] } else { vec![locality, seat] }
}

pub(super) async fn insert(work: &mut Work, new: &New) -> Result<()> {
    let (now, by) = (work.now(), Some(work.actor().id).filter(|id| !id.is_nil()));
    let (confirmed_at, lifted_at) = (new.confirmed.then_some(now), new.lifted.then_some(now));
    let confirmed_by = by.filter(|_| new.confirmed);
    for place in places(work) {
        execute!(
            &mut work.tx,
            "insert into protections (locality, id, resident_id, document_index, source_peer, ground, case_ref, raised_at,
                                      raised_by, confirmed_at, confirmed_by, review_on, opened_by, second_of, lifted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing",
            &place,
            new.id,
            new.resident_id,
            &new.document_index,
            &new.source_peer,
            new.ground,
            &new.case_ref,
            now,
            by,
            confirmed_at,
            confirmed_by,
            new.review_on,
            new.opened_by,
            new.second_of,
            lifted_at
        )?;
    }
    Ok(())
}

/// What stands for a person, the first raised first.
pub(super) async fn standing(work: &mut Work, resident: Uuid) -> Result<Vec<Standing>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Standing,
        "select id, raised_at, review_on, lift_asked_at from protections
         where locality = $1 and resident_id = $2 and lifted_at is null order by raised_at, id",
        &locality,
        resident
    )?)
}

/// The same condition as `visible!`, turned round, for a person in whichever county.
pub(super) async fn is_hidden(
    work: &mut Work,
    locality: &LocalityCode,
    resident: Uuid,
    viewer: Option<Uuid>,
) -> Result<bool> {
    let (standing,) = fetch_one!(
        &mut work.tx,
        (i64,),
        "select cast(count(*) as bigint) from protections
         where locality = $1 and resident_id = $2 and lifted_at is null and $3 is not null
           and (opened_by is null or opened_by <> $3)",
        locality,
        resident,
        viewer
    )?;
    Ok(standing > 0)
}

/// One statement, whether there is something to note or not.
pub(super) async fn note_attempt(
    work: &mut Work,
    kind: AttemptKind,
    locality: &LocalityCode,
    resident: Uuid,
    viewer: Option<Uuid>,
) -> Result<()> {
    let (id, now, actor) = (work.new_id(), work.now(), work.actor().clone());
    execute!(
        &mut work.tx,
        "insert into protection_attempts (locality, id, resident_id, kind, role, office, user_id, peer, at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9
         where exists (select 1 from protections where locality = $1 and resident_id = $3 and lifted_at is null
                         and $10 is not null and (opened_by is null or opened_by <> $10))",
        locality,
        id,
        resident,
        kind,
        actor.role,
        actor.scope.division(),
        actor.id,
        &actor.peer,
        now,
        viewer
    )?;
    Ok(())
}

pub(super) async fn attempts(work: &mut Work, resident: Uuid) -> Result<Vec<Attempt>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Attempt,
        "select id, kind, role, office, peer, at from protection_attempts
         where locality = $1 and resident_id = $2 order by id desc limit 100",
        &locality,
        resident
    )?)
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Protection>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(&mut work.tx, Protection, protections!("p.id = $4"), &locality, low, high, id)?)
}

pub(super) async fn list(work: &mut Work, waiting: bool, page: &PageRequest) -> Result<Vec<Protection>> {
    let (locality, (low, high), today) = (work.locality().clone(), work.scope().range(), work.today());
    Ok(fetch_all!(
        &mut work.tx,
        Protection,
        protections!(
            "p.lifted_at is null and p.id > $4
             and (not $6 or p.review_on <= $7 or p.confirmed_at is null and p.source_peer is null
                  or p.lift_asked_at is not null)
             order by p.id limit $5"
        ),
        &locality,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows(),
        waiting,
        today
    )?)
}

pub(super) async fn review(work: &mut Work, id: Uuid, next: NaiveDate) -> Result<()> {
    let (now, by) = (work.now(), work.actor().id);
    for place in places(work) {
        execute!(
            &mut work.tx,
            "update protections set review_on = $3, confirmed_at = $4, confirmed_by = $5 where locality = $1 and id = $2",
            &place,
            id,
            next,
            now,
            by
        )?;
    }
    Ok(())
}

pub(super) async fn ask_to_lift(work: &mut Work, id: Uuid) -> Result<()> {
    let (now, by) = (work.now(), work.actor().id);
    for place in places(work) {
        execute!(
            &mut work.tx,
            "update protections set lift_asked_at = $3, lift_asked_by = $4 where locality = $1 and id = $2",
            &place,
            id,
            now,
            by
        )?;
    }
    Ok(())
}

pub(super) async fn lift(work: &mut Work, id: Uuid) -> Result<()> {
    let (now, by) = (work.now(), work.actor().id);
    for place in places(work) {
        execute!(
            &mut work.tx,
            "update protections set lifted_at = $3, lifted_by = $4
             where locality = $1 and id = $2 and lifted_at is null",
            &place,
            id,
            now,
            by
        )?;
    }
    Ok(())
}

/// Lifts, in the work's county, what this peer raised; answers whether it stood.
pub(super) async fn lift_of_peer(work: &mut Work, id: Uuid, peer: &NodeCode) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update protections set lifted_at = $4
         where locality = $1 and id = $2 and source_peer = $3 and lifted_at is null",
        &locality,
        id,
        peer,
        now
    )?;
    Ok(rows > 0)
}

/// Whether this node knows the protection, of whomever.
pub(super) async fn is_known(work: &mut Work, id: Uuid) -> Result<bool> {
    let seat = work.node().seat.clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from protections where locality = $1 and id = $2",
        &seat,
        id
    )?;
    Ok(row.is_some())
}

/// What stands for a document whose person has no file here yet.
pub(super) async fn awaited(work: &mut Work, document_index: &[u8]) -> Result<Vec<Awaited>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Awaited,
        "select id, source_peer, raised_at, review_on from protections
         where locality = $1 and document_index = $2 and resident_id is null and lifted_at is null order by id",
        &seat,
        document_index
    )?)
}

/// Gives what waited its person, here and at the seat.
pub(super) async fn attach(work: &mut Work, awaited: &Awaited, resident: Uuid) -> Result<()> {
    let by = Some(work.actor().id).filter(|id| !id.is_nil());
    for place in places(work) {
        execute!(
            &mut work.tx,
            "insert into protections (locality, id, resident_id, source_peer, raised_at, review_on, opened_by)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (locality, id) do update set resident_id = excluded.resident_id, opened_by = excluded.opened_by",
            &place,
            awaited.id,
            resident,
            &awaited.source_peer,
            awaited.raised_at,
            awaited.review_on,
            by
        )?;
    }
    Ok(())
}

/// A protection of somebody with a file in the work's county.
pub(super) async fn tell(work: &mut Work, id: Uuid) -> Result<Option<Tell>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Tell,
        "select p.id, p.resident_id, p.source_peer, p.lifted_at is not null as lifted
         from protections p join residents r on r.locality = p.locality and r.id = p.resident_id
         where p.locality = $1 and p.id = $2",
        &locality,
        id
    )?)
}

/// What stands in the work's county, of one person where given. A second file is nobody's whom a peer knows.
pub(super) async fn tell_of(work: &mut Work, resident: Option<Uuid>) -> Result<Vec<Tell>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Tell,
        "select p.id, p.resident_id, p.source_peer, p.lifted_at is not null as lifted
         from protections p join residents r on r.locality = p.locality and r.id = p.resident_id
         where p.locality = $1 and p.lifted_at is null and ($2 is null or p.resident_id = $2) order by p.id",
        &locality,
        resident
    )?)
}
