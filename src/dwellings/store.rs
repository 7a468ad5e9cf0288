//! The tables of buildings, dwellings and housing codes. Every read carries the actor's scope as a range of
//! committee codes.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Address, Building, DatedHousingCode, DoorCode, Dwelling, DwellingUse, HousingCode};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::{Error, Result};
use crate::values::PageRequest;
use crate::work::Work;

/// Times a fresh door code is tried before giving up; a second try is already a matter of one in millions.
const DOOR_CODE_TRIES: usize = 5;

pub(super) async fn insert_building(work: &mut Work, building: &Building) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into buildings (locality, id, committee, kind, name, address, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &locality,
        building.id,
        &building.committee,
        building.kind,
        &building.name,
        &building.address,
        building.created_at
    )?;
    Ok(())
}

pub(super) async fn find_building(work: &mut Work, id: Uuid) -> Result<Option<Building>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(
        &mut work.tx,
        Building,
        "select id, committee, kind, name, address, created_at, closed_on from buildings
         where locality = $1 and id = $2 and committee between $3 and $4",
        &locality,
        id,
        low,
        high
    )?)
}

pub(super) async fn list_buildings(work: &mut Work, page: &PageRequest) -> Result<Vec<Building>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_all!(
        &mut work.tx,
        Building,
        "select id, committee, kind, name, address, created_at, closed_on from buildings
         where locality = $1 and committee between $2 and $3 and id > $4 order by id limit $5",
        &locality,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows()
    )?)
}

/// Inserts with a door code nobody has yet, asking for another where the locality already has it.
pub(super) async fn insert_dwelling(
    work: &mut Work,
    mut dwelling: Dwelling,
    another_code: fn() -> Result<DoorCode>,
) -> Result<Dwelling> {
    let locality = work.locality().clone();
    let taken = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from dwellings where locality = $1 and building_id = $2 and label = $3",
        &locality,
        dwelling.building_id,
        &dwelling.label
    )?;
    if taken.is_some() {
        return Err(Error::Refused("label-taken"));
    }
    for _ in 0..DOOR_CODE_TRIES {
        let rows = execute!(
            &mut work.tx,
            "insert into dwellings (locality, id, building_id, committee, door_code, label, floor, position,
                                    dwelling_use, capacity, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (locality, door_code) do nothing",
            &locality,
            dwelling.id,
            dwelling.building_id,
            &dwelling.committee,
            &dwelling.door_code,
            &dwelling.label,
            i32::from(dwelling.floor),
            i32::from(dwelling.position),
            dwelling.dwelling_use,
            dwelling.capacity,
            dwelling.created_at
        )?;
        if rows == 1 {
            return Ok(dwelling);
        }
        dwelling.door_code = another_code()?;
    }
    Err(Error::internal("no free door code was found"))
}

pub(super) async fn find_dwelling(work: &mut Work, id: Uuid) -> Result<Option<Dwelling>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(
        &mut work.tx,
        Dwelling,
        "select id, building_id, committee, door_code, label, floor, position, dwelling_use, capacity, created_at,
                closed_on
         from dwellings where locality = $1 and id = $2 and committee between $3 and $4",
        &locality,
        id,
        low,
        high
    )?)
}

pub(super) async fn find_address(work: &mut Work, id: Uuid) -> Result<Option<Address>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Address,
        "select d.committee, b.name as building_name, b.address, d.label
         from dwellings d join buildings b on b.locality = d.locality and b.id = d.building_id
         where d.locality = $1 and d.id = $2",
        &locality,
        id
    )?)
}

pub(super) async fn find_by_door_code(work: &mut Work, code: &DoorCode) -> Result<Option<Dwelling>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(
        &mut work.tx,
        Dwelling,
        "select id, building_id, committee, door_code, label, floor, position, dwelling_use, capacity, created_at,
                closed_on
         from dwellings where locality = $1 and door_code = $2 and committee between $3 and $4",
        &locality,
        code,
        low,
        high
    )?)
}

pub(super) async fn list_of_building(work: &mut Work, building: Uuid) -> Result<Vec<Dwelling>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Dwelling,
        "select id, building_id, committee, door_code, label, floor, position, dwelling_use, capacity, created_at,
                closed_on
         from dwellings where locality = $1 and building_id = $2 order by floor, position, id",
        &locality,
        building
    )?)
}

pub(super) async fn update_use(work: &mut Work, id: Uuid, dwelling_use: DwellingUse, capacity: i32) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update dwellings set dwelling_use = $3, capacity = $4 where locality = $1 and id = $2",
        &locality,
        id,
        dwelling_use,
        capacity
    )?;
    Ok(())
}

pub(super) async fn set_closed(work: &mut Work, id: Uuid, closed_on: Option<NaiveDate>) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update dwellings set closed_on = $3 where locality = $1 and id = $2",
        &locality,
        id,
        closed_on
    )?;
    Ok(())
}

pub(super) async fn close_building(work: &mut Work, id: Uuid, today: NaiveDate) -> Result<()> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    execute!(tx, "update buildings set closed_on = $3 where locality = $1 and id = $2", &locality, id, today)?;
    execute!(
        tx,
        "update dwellings set closed_on = $3 where locality = $1 and building_id = $2 and closed_on is null",
        &locality,
        id,
        today
    )?;
    Ok(())
}

pub(super) async fn list_housing_codes(work: &mut Work, dwelling: Uuid) -> Result<Vec<DatedHousingCode>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        DatedHousingCode,
        "select housing_code, valid_from, valid_until from housing_codes
         where locality = $1 and dwelling_id = $2 order by valid_from",
        &locality,
        dwelling
    )?)
}

pub(super) async fn insert_housing_code(
    work: &mut Work,
    dwelling: Uuid,
    code: &HousingCode,
    from: NaiveDate,
) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let tx = &mut work.tx;
    execute!(
        tx,
        "update housing_codes set valid_until = $3
         where locality = $1 and dwelling_id = $2 and valid_until is null",
        &locality,
        dwelling,
        from
    )?;
    execute!(
        tx,
        "insert into housing_codes (locality, dwelling_id, valid_from, housing_code, recorded_at)
         values ($1, $2, $3, $4, $5)",
        &locality,
        dwelling,
        from,
        code,
        now
    )?;
    Ok(())
}
