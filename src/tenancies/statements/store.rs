//! The table of statements.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{SaidBy, Statement};
use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::work::Work;

/// Statements about which tenancies.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// One tenancy.
    Tenancy(Uuid),
    /// All of a person.
    Resident(Uuid),
    /// All of a dwelling.
    Dwelling(Uuid),
    /// All in a building.
    Building(Uuid),
}

/// A statement's columns, as they were known at an instant, with a condition on statement `s`.
macro_rules! statements {
    ($condition:literal) => {
        concat!(
            "select s.id, s.tenancy_id, s.side, s.says, s.moved_in_on, s.moved_out_on, s.via, s.stated_at, s.report_id
             from tenancy_statements s
             where s.locality = $1 and s.stated_at <= $3 and (s.superseded_at is null or s.superseded_at > $3) and ",
            $condition
        )
    };
}

pub(super) async fn current(work: &mut Work, of: Of, at: DateTime<Utc>) -> Result<Vec<Statement>> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    Ok(match of {
        Of::Tenancy(id) => fetch_all!(tx, Statement, statements!("s.tenancy_id = $2"), &locality, id, at)?,
        Of::Resident(id) => fetch_all!(
            tx,
            Statement,
            statements!("s.tenancy_id in (select t.id from tenancies t where t.locality = $1 and t.resident_id = $2)"),
            &locality,
            id,
            at
        )?,
        Of::Dwelling(id) => fetch_all!(
            tx,
            Statement,
            statements!("s.tenancy_id in (select t.id from tenancies t where t.locality = $1 and t.dwelling_id = $2)"),
            &locality,
            id,
            at
        )?,
        Of::Building(id) => fetch_all!(
            tx,
            Statement,
            statements!(
                "s.tenancy_id in (select t.id from tenancies t
                                  join dwellings d on d.locality = t.locality and d.id = t.dwelling_id
                                  where t.locality = $1 and d.building_id = $2 and t.superseded_at is null
                                    and t.moved_out_on is null)"
            ),
            &locality,
            id,
            at
        )?,
    })
}

/// Ends what a side says now of a tenancy.
pub(super) async fn supersede(work: &mut Work, tenancy: Uuid, side: SaidBy) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update tenancy_statements set superseded_at = $4
         where locality = $1 and tenancy_id = $2 and side = $3 and superseded_at is null",
        &locality,
        tenancy,
        side,
        now
    )?;
    Ok(())
}

pub(super) async fn insert(work: &mut Work, new: &Statement, by: Option<Uuid>) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into tenancy_statements (locality, id, tenancy_id, side, says, moved_in_on, moved_out_on, via,
                                         report_id, stated_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &locality,
        new.id,
        new.tenancy_id,
        new.side,
        new.says,
        new.moved_in_on,
        new.moved_out_on,
        new.via,
        new.report_id,
        new.stated_at,
        by
    )?;
    Ok(())
}
