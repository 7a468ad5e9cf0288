//! The tables of exports, and the roll they are made of.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Export, Mark};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::dwellings::DoorCode;
use crate::error::Result;
use crate::residents::Verification;
use crate::values::{DivisionCode, Label, PageRequest, PersonName};
use crate::work::Work;

/// One person's row of the roll.
#[derive(sqlx::FromRow)]
pub(super) struct RollRow {
    pub tenancy_id: Uuid,
    pub resident_id: Uuid,
    pub door_code: DoorCode,
    pub building_name: Label,
    pub label: String,
    pub name: PersonName,
    pub moved_in_on: NaiveDate,
    pub verification: Verification,
}

/// Who lives in a committee's dwellings now, in the order of buildings and doors; nobody protected, whoever asks: a file
/// is read by more than one.
pub(super) async fn roll(work: &mut Work, committee: &DivisionCode, limit: i64) -> Result<Vec<RollRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        RollRow,
        concat!(
            "select t.id as tenancy_id, r.id as resident_id, d.door_code, b.name as building_name, d.label, r.name, t.moved_in_on,
                    r.verification
             from tenancies t
             join dwellings d on d.locality = t.locality and d.id = t.dwelling_id
             join buildings b on b.locality = d.locality and b.id = d.building_id
             join residents r on r.locality = t.locality and r.id = t.resident_id
             where t.locality = $1 and d.committee = $2 and t.superseded_at is null and not t.undone
               and t.moved_out_on is null and ",
            visible!("r", "id", "$3"),
            " order by b.id, d.floor, d.position, t.moved_in_on, t.id limit $4"
        ),
        &locality,
        committee,
        Uuid::nil(),
        limit
    )?)
}

pub(super) async fn insert(work: &mut Work, export: &Export) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into exports (locality, id, committee, purpose, basis, case_ref, exported_by, exported_at, persons)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &locality,
        export.id,
        &export.committee,
        &export.purpose,
        &export.basis,
        &export.case,
        export.exported_by,
        export.exported_at,
        export.persons
    )?;
    Ok(())
}

pub(super) async fn insert_row(work: &mut Work, mark: &Mark, export: Uuid, resident: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into export_rows (locality, mark, export_id, resident_id) values ($1, $2, $3, $4)",
        &locality,
        mark,
        export,
        resident
    )?;
    Ok(())
}

pub(super) async fn list(work: &mut Work, page: &PageRequest) -> Result<Vec<Export>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_all!(
        &mut work.tx,
        Export,
        "select id, committee, purpose, basis, case_ref, exported_by, exported_at, persons from exports
         where locality = $1 and committee between $2 and $3 and id < $4 order by id desc limit $5",
        &locality,
        low,
        high,
        page.after.unwrap_or(Uuid::max()),
        page.rows()
    )?)
}

pub(super) async fn find_by_mark(work: &mut Work, mark: &Mark) -> Result<Option<Export>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Export,
        "select e.id, e.committee, e.purpose, e.basis, e.case_ref, e.exported_by, e.exported_at, e.persons
         from export_rows m join exports e on e.locality = m.locality and e.id = m.export_id
         where m.locality = $1 and m.mark = $2",
        &locality,
        mark
    )?)
}
