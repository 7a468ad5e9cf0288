//! The tables of tenancies, disputes and residences elsewhere. A tenancy's scope is that of its dwelling, joined.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{ResidenceElsewhere, Tenancy, Versions};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_one, fetch_optional, is_unique_violation};
use crate::error::{Error, Result};
use crate::values::{DivisionCode, NOBODY, Period, ShortText};
use crate::work::Work;

/// A tenancy's columns with the latest dispute beside them, and a condition on tenancy `t`, dwelling `d`. What others
/// than the person read by it also carries [`visible!`].
macro_rules! tenancies {
    ($($condition:tt)+) => {
        concat!(
            "select t.id, t.version, t.resident_id, t.dwelling_id, t.main, t.moved_in_on, t.moved_out_on, t.said_by,
                    t.undone, t.reason, t.recorded_at, t.recorded_by, t.superseded_at,
                    x.disputed_at, x.reason as dispute_reason, x.settled_at, x.settlement
             from tenancies t
             join dwellings d on d.locality = t.locality and d.id = t.dwelling_id
             left join tenancy_disputes x on x.locality = t.locality and x.tenancy_id = t.id and x.latest
             where t.locality = $1 and ",
            $($condition)+
        )
    };
}

/// Makes changes to one person's tenancies queue up: until the transaction ends nobody else gets past this.
pub(super) async fn take_turn(work: &mut Work, resident: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into tenancy_turns (locality, resident_id, changes) values ($1, $2, 1)
         on conflict (locality, resident_id) do update set changes = tenancy_turns.changes + 1",
        &locality,
        resident
    )?;
    Ok(())
}

pub(super) async fn insert(work: &mut Work, tenancy: &Tenancy) -> Result<()> {
    let locality = work.locality().clone();
    let done = execute!(
        &mut work.tx,
        "insert into tenancies (locality, id, version, resident_id, dwelling_id, main, moved_in_on, moved_out_on,
                                said_by, undone, reason, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &locality,
        tenancy.id,
        tenancy.version,
        tenancy.resident_id,
        tenancy.dwelling_id,
        tenancy.main,
        tenancy.moved_in_on,
        tenancy.moved_out_on,
        tenancy.said_by,
        tenancy.undone,
        &tenancy.reason,
        tenancy.recorded_at,
        tenancy.recorded_by
    );
    match done {
        // The version before was superseded in this transaction, so only the index of open main dwellings is left.
        Err(error) if is_unique_violation(&error) => Err(Error::Refused("second-main-dwelling")),
        other => other.map(drop).map_err(Into::into),
    }
}

/// Ends the knowledge of a version; somebody else did already when it is no longer the present one.
pub(super) async fn supersede(work: &mut Work, id: Uuid, version: i32) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update tenancies set superseded_at = $4
         where locality = $1 and id = $2 and version = $3 and superseded_at is null",
        &locality,
        id,
        version,
        now
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Tenancy>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        Tenancy,
        tenancies!(concat!(
            "t.id = $2 and d.committee between $3 and $4 and t.superseded_at is null and ",
            visible!("t", "resident_id", "$5")
        )),
        &locality,
        id,
        low,
        high,
        viewer
    )?)
}

/// The main dwelling a person lives in now, in whichever committee of the county.
pub(super) async fn find_open_main(work: &mut Work, resident: Uuid) -> Result<Option<Tenancy>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Tenancy,
        tenancies!(
            "t.resident_id = $2 and t.main and not t.undone and t.moved_out_on is null and t.superseded_at is null"
        ),
        &locality,
        resident
    )?)
}

/// The committee of a dwelling, in whosever scope.
pub(super) async fn committee_of(work: &mut Work, dwelling: Uuid) -> Result<DivisionCode> {
    let locality = work.locality().clone();
    let (committee,) = fetch_one!(
        &mut work.tx,
        (DivisionCode,),
        "select committee from dwellings where locality = $1 and id = $2",
        &locality,
        dwelling
    )?;
    Ok(committee)
}

pub(super) async fn find_own(work: &mut Work, id: Uuid, resident: Uuid) -> Result<Option<Tenancy>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Tenancy,
        tenancies!("t.id = $2 and t.resident_id = $3 and t.superseded_at is null"),
        &locality,
        id,
        resident
    )?)
}

pub(super) async fn of_resident(work: &mut Work, resident: Uuid, versions: Versions) -> Result<Vec<Tenancy>> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    Ok(match versions {
        Versions::Current => fetch_all!(
            tx,
            Tenancy,
            tenancies!("t.resident_id = $2 and t.superseded_at is null and not t.undone order by t.moved_in_on, t.id"),
            &locality,
            resident
        )?,
        Versions::KnownAt(at) => fetch_all!(
            tx,
            Tenancy,
            tenancies!(
                "t.resident_id = $2 and t.recorded_at <= $3 and (t.superseded_at is null or t.superseded_at > $3)
                 and not t.undone order by t.moved_in_on, t.id"
            ),
            &locality,
            resident,
            at
        )?,
        Versions::All => {
            fetch_all!(tx, Tenancy, tenancies!("t.resident_id = $2 order by t.id, t.version"), &locality, resident)?
        }
    })
}

pub(super) async fn of_dwelling_on(
    work: &mut Work,
    dwelling: Uuid,
    day: NaiveDate,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Tenancy>> {
    let (locality, viewer) = (work.locality().clone(), work.viewer());
    let tx = &mut work.tx;
    Ok(match known_at {
        None => fetch_all!(
            tx,
            Tenancy,
            tenancies!(concat!(
                "t.dwelling_id = $2 and t.moved_in_on <= $3 and (t.moved_out_on is null or t.moved_out_on > $3)
                 and not t.undone and t.superseded_at is null and ",
                visible!("t", "resident_id", "$4"),
                " order by t.moved_in_on, t.id"
            )),
            &locality,
            dwelling,
            day,
            viewer
        )?,
        Some(at) => fetch_all!(
            tx,
            Tenancy,
            tenancies!(concat!(
                "t.dwelling_id = $2 and t.moved_in_on <= $3 and (t.moved_out_on is null or t.moved_out_on > $3)
                 and not t.undone and t.recorded_at <= $4 and (t.superseded_at is null or t.superseded_at > $4) and ",
                visible!("t", "resident_id", "$5"),
                " order by t.moved_in_on, t.id"
            )),
            &locality,
            dwelling,
            day,
            at,
            viewer
        )?,
    })
}

pub(super) async fn current_of_building(work: &mut Work, building: Uuid) -> Result<Vec<Tenancy>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Tenancy,
        tenancies!(concat!(
            "d.building_id = $2 and d.committee between $3 and $4 and t.moved_out_on is null and not t.undone
             and t.superseded_at is null and ",
            visible!("t", "resident_id", "$5"),
            " order by d.floor, d.position, d.id, t.moved_in_on, t.id"
        )),
        &locality,
        building,
        low,
        high,
        viewer
    )?)
}

/// The periods of a person's main dwellings in the whole locality, leaving one tenancy out where given.
pub(super) async fn mains_of(work: &mut Work, resident: Uuid, except: Option<Uuid>) -> Result<Vec<Period>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (NaiveDate, Option<NaiveDate>),
        "select moved_in_on, moved_out_on from tenancies
         where locality = $1 and resident_id = $2 and id <> $3 and main and not undone and superseded_at is null",
        &locality,
        resident,
        except.unwrap_or_default()
    )?;
    Ok(rows.into_iter().map(|(from, until)| Period { from, until }).collect())
}

/// How many live in a dwelling, as far as the actor may know: a warning that it is full tells of nobody hidden.
pub(super) async fn count_living_in(work: &mut Work, dwelling: Uuid) -> Result<i64> {
    let (locality, viewer) = (work.locality().clone(), work.viewer());
    let (people,) = fetch_one!(
        &mut work.tx,
        (i64,),
        concat!(
            "select cast(count(*) as bigint) from tenancies t
             where t.locality = $1 and t.dwelling_id = $2 and t.moved_out_on is null and not t.undone
               and t.superseded_at is null and ",
            visible!("t", "resident_id", "$3")
        ),
        &locality,
        dwelling,
        viewer
    )?;
    Ok(people)
}

pub(super) async fn insert_dispute(work: &mut Work, tenancy: Uuid, reason: &ShortText, by: Option<Uuid>) -> Result<()> {
    let (locality, now, id) = (work.locality().clone(), work.now(), work.new_id());
    let tx = &mut work.tx;
    execute!(
        tx,
        "update tenancy_disputes set latest = false
         where locality = $1 and tenancy_id = $2 and latest and settled_at is not null",
        &locality,
        tenancy
    )?;
    let done = execute!(
        tx,
        "insert into tenancy_disputes (locality, id, tenancy_id, latest, reason, disputed_at, disputed_by)
         values ($1, $2, $3, true, $4, $5, $6)",
        &locality,
        id,
        tenancy,
        reason,
        now,
        by
    );
    match done {
        Err(error) if is_unique_violation(&error) => Err(Error::Refused("already-disputed")),
        other => other.map(drop).map_err(Into::into),
    }
}

pub(super) async fn settle_dispute(
    work: &mut Work,
    tenancy: Uuid,
    settlement: &ShortText,
    by: Option<Uuid>,
) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update tenancy_disputes set settlement = $3, settled_at = $4, settled_by = $5
         where locality = $1 and tenancy_id = $2 and latest and settled_at is null",
        &locality,
        tenancy,
        settlement,
        now,
        by
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::Refused("not-disputed")) }
}

/// Whether the notice was new.
pub(super) async fn insert_elsewhere(work: &mut Work, new: &ResidenceElsewhere) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into residences_elsewhere (locality, id, resident_id, peer, division, contact_office, contact_phone,
                                           since, until, undone, asks_for_changes, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (locality, id) do nothing",
        &locality,
        new.id,
        new.resident_id,
        &new.peer,
        &new.division,
        &new.contact_office,
        &new.contact_phone,
        new.since,
        new.until,
        new.undone,
        new.asks_for_changes,
        new.updated_at
    )?;
    Ok(rows == 1)
}

pub(super) async fn update_elsewhere(work: &mut Work, changed: &ResidenceElsewhere) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update residences_elsewhere set until = $3, undone = $4, updated_at = $5, asks_for_changes = $6
         where locality = $1 and id = $2",
        &locality,
        changed.id,
        changed.until,
        changed.undone,
        changed.updated_at,
        changed.asks_for_changes
    )?;
    Ok(())
}

/// Empties what a peer told: of the place its province stays, of the days those of an empty period, today.
pub(super) async fn erase_elsewhere(work: &mut Work, id: Uuid) -> Result<()> {
    let (locality, now, today) = (work.locality().clone(), work.now(), work.today());
    execute!(
        &mut work.tx,
        "update residences_elsewhere set division = substr(division, 1, 2), contact_office = $3, contact_phone = null,
                since = $4, until = $4, asks_for_changes = false, updated_at = $5, consent_withdrawn_at = $5
         where locality = $1 and id = $2",
        &locality,
        id,
        NOBODY,
        today,
        now
    )?;
    Ok(())
}

pub(super) async fn find_elsewhere(work: &mut Work, id: Uuid) -> Result<Option<ResidenceElsewhere>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        ResidenceElsewhere,
        "select id, resident_id, peer, division, contact_office, contact_phone, since, until, undone,
                asks_for_changes, updated_at, consent_withdrawn_at
         from residences_elsewhere where locality = $1 and id = $2",
        &locality,
        id
    )?)
}

pub(super) async fn list_elsewhere(work: &mut Work, resident: Uuid) -> Result<Vec<ResidenceElsewhere>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        ResidenceElsewhere,
        "select id, resident_id, peer, division, contact_office, contact_phone, since, until, undone,
                asks_for_changes, updated_at, consent_withdrawn_at
         from residences_elsewhere where locality = $1 and resident_id = $2 and not undone order by since, id",
        &locality,
        resident
    )?)
}
