//! THE KEY: people move, houses do not. Buildings and sites of each kind, the dwellings in them, the code on each
//! door, and how a dwelling is used. A dwelling's id is its own and never changes; committee and housing codes do.

mod rules;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use ring::rand::{SecureRandom, SystemRandom};
pub use rules::{
    BuildingKind, DoorCode, DwellingUse, HousingCode, HousingCodeParts, Numbering, PlannedUnit, UnitPlan, Units,
};
pub(crate) use rules::{DOOR_CHARACTERS, door_value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::localities;
use crate::values::{DivisionCode, Label, Malformed, Page, PageRequest};
use crate::work::Work;

/// Most people a dwelling is registered for.
const LARGEST_CAPACITY: i32 = 200;

/// A building or site to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBuilding {
    /// The committee it belongs to, 12 digits.
    pub committee: DivisionCode,
    /// What it is.
    pub kind: BuildingKind,
    /// What people call it: `谈固小区3号楼`.
    pub name: Label,
    /// Street and number.
    pub address: Label,
}

/// A building or site.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Building {
    /// Id.
    pub id: Uuid,
    /// The committee it belongs to.
    pub committee: DivisionCode,
    /// What it is.
    pub kind: BuildingKind,
    /// What people call it.
    pub name: Label,
    /// Street and number.
    pub address: Label,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// The day it was closed (torn down, site cleared).
    pub closed_on: Option<NaiveDate>,
}

/// The dwellings of a building, to be made in one step.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDwellings {
    /// Floors and units.
    pub plan: UnitPlan,
    /// How they are used.
    pub dwelling_use: DwellingUse,
    /// People each is registered for, 1–200.
    pub capacity: i32,
}

/// A dwelling: a flat, a room, a bed.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Dwelling {
    /// Id; never changes.
    pub id: Uuid,
    /// The building it is in.
    pub building_id: Uuid,
    /// The committee it belongs to.
    pub committee: DivisionCode,
    /// The code on its door.
    pub door_code: DoorCode,
    /// The text on its door: `1单元101`.
    pub label: String,
    /// Floor; negative below ground.
    #[sqlx(try_from = "i32")]
    pub floor: i16,
    /// Place on its floor, from 1.
    #[sqlx(try_from = "i32")]
    pub position: i16,
    /// How it is used.
    pub dwelling_use: DwellingUse,
    /// People it is registered for.
    pub capacity: i32,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// The day it was closed.
    pub closed_on: Option<NaiveDate>,
}

/// Where a dwelling is, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Address {
    /// The committee.
    pub committee: DivisionCode,
    /// What people call the building.
    pub building_name: Label,
    /// Its street and number.
    pub address: Label,
    /// The text on the door.
    pub label: String,
}

/// A change of how a dwelling is used.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUse {
    /// How it is used from now on.
    pub dwelling_use: DwellingUse,
    /// People it is registered for, 1–200.
    pub capacity: i32,
}

/// A 25-digit housing code given to a dwelling from a day on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignHousingCode {
    /// The code.
    pub housing_code: HousingCode,
    /// First day.
    pub from: NaiveDate,
}

/// A housing code with its time.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct DatedHousingCode {
    /// The code.
    pub housing_code: HousingCode,
    /// First day.
    #[sqlx(rename = "valid_from")]
    pub from: NaiveDate,
    /// First day it no longer holds.
    #[sqlx(rename = "valid_until")]
    pub until: Option<NaiveDate>,
}

/// Registers a building or site.
///
/// # Errors
/// `Invalid("committee")` when there is no such committee in this locality; `NotFound` outside the scope.
pub async fn register_building(work: &mut Work, new: NewBuilding) -> Result<Building> {
    work.permit(Action::RegisterDwellings)?;
    check_committee(work, &new.committee)?;
    let building = Building {
        id: work.new_id(),
        committee: new.committee,
        kind: new.kind,
        name: new.name,
        address: new.address,
        created_at: work.now(),
        closed_on: None,
    };
    store::insert_building(work, &building).await?;
    let details = json!({ "building": building.id, "committee": building.committee, "building_kind": building.kind });
    journal::append(work, Event { kind: "building.registered", subjects: &[], details }).await?;
    Ok(building)
}

/// Refuses a committee that does not exist, lies in another county, or outside the actor's scope.
pub fn check_committee(work: &Work, committee: &DivisionCode) -> Result<()> {
    if committee.as_str().len() != 12 || !localities::exists(committee) {
        return Err(Error::invalid("committee", "unknown-division"));
    }
    if committee.locality().as_ref() != Some(work.locality()) {
        return Err(Error::invalid("committee", "outside-locality"));
    }
    work.within_scope(committee, "committee")
}

/// One building in the actor's scope.
pub async fn get_building(work: &mut Work, id: Uuid) -> Result<Building> {
    work.permit(Action::ReadDwellings)?;
    store::find_building(work, id).await?.ok_or(Error::NotFound("building"))
}

/// The buildings in the actor's scope, in the order they were registered.
pub async fn list_buildings(work: &mut Work, page: &PageRequest) -> Result<Page<Building>> {
    work.permit(Action::ReadDwellings)?;
    let rows = store::list_buildings(work, page).await?;
    Ok(page.page(rows, |building| building.id))
}

/// Makes the dwellings of a building from a plan, all or none.
///
/// # Errors
/// `Invalid("plan")` for a plan that does not work out; `Refused("building-closed")`;
/// `Refused("label-taken")` when the building already has a dwelling of that label.
pub async fn generate_dwellings(work: &mut Work, building: Uuid, new: NewDwellings) -> Result<Vec<Dwelling>> {
    work.permit(Action::RegisterDwellings)?;
    let building = get_building(work, building).await?;
    if building.closed_on.is_some() {
        return Err(Error::Refused("building-closed"));
    }
    check_capacity(new.capacity)?;
    let units = new.plan.generate().map_err(|Malformed(code)| Error::invalid("plan", code))?;
    let mut dwellings = Vec::with_capacity(units.len());
    for unit in units {
        let dwelling = dwelling(work, &building, &new, unit)?;
        dwellings.push(store::insert_dwelling(work, dwelling, random_door_code).await?);
    }
    let details = json!({ "building": building.id, "dwellings": dwellings.len() });
    journal::append(work, Event { kind: "dwellings.generated", subjects: &[], details }).await?;
    Ok(dwellings)
}

fn dwelling(work: &Work, building: &Building, new: &NewDwellings, unit: PlannedUnit) -> Result<Dwelling> {
    Ok(Dwelling {
        id: work.new_id(),
        building_id: building.id,
        committee: building.committee.clone(),
        door_code: random_door_code()?,
        label: unit.label,
        floor: unit.floor,
        position: unit.position,
        dwelling_use: new.dwelling_use,
        capacity: new.capacity,
        created_at: work.now(),
        closed_on: None,
    })
}

fn random_door_code() -> Result<DoorCode> {
    let mut random = [0; 8];
    SystemRandom::new().fill(&mut random).map_err(|_| Error::internal("no randomness"))?;
    Ok(DoorCode::from_random(random))
}

fn check_capacity(capacity: i32) -> Result<()> {
    if (1..=LARGEST_CAPACITY).contains(&capacity) { Ok(()) } else { Err(Error::invalid("capacity", "out-of-range")) }
}

/// One dwelling in the actor's scope.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    work.permit(Action::ReadDwellings)?;
    find(work, id).await?.ok_or(Error::NotFound("dwelling"))
}

/// One dwelling in the actor's scope, for other domains' operations, which have asked their own permit.
pub async fn find(work: &mut Work, id: Uuid) -> Result<Option<Dwelling>> {
    store::find_dwelling(work, id).await
}

/// The dwelling with this code on its door, for other domains' operations, which have asked their own permit.
pub async fn find_by_door_code(work: &mut Work, code: &DoorCode) -> Result<Option<Dwelling>> {
    store::find_by_door_code(work, code).await
}

/// Where a dwelling is, as one says it to the people who live or lived there; for other domains' operations, which have
/// asked their own permit.
pub async fn address(work: &mut Work, id: Uuid) -> Result<Option<Address>> {
    store::find_address(work, id).await
}

/// The dwelling with a code on its door, in the actor's scope.
pub async fn get_by_door_code(work: &mut Work, code: &DoorCode) -> Result<Dwelling> {
    work.permit(Action::ReadDwellings)?;
    find_by_door_code(work, code).await?.ok_or(Error::NotFound("dwelling"))
}

/// The dwellings of a building, from the lowest floor up.
pub async fn list_of_building(work: &mut Work, building: Uuid) -> Result<Vec<Dwelling>> {
    let building = get_building(work, building).await?;
    store::list_of_building(work, building.id).await
}

/// Changes how a dwelling is used and for how many people.
pub async fn change_use(work: &mut Work, id: Uuid, change: ChangeUse) -> Result<Dwelling> {
    work.permit(Action::RegisterDwellings)?;
    let dwelling = get_open(work, id).await?;
    check_capacity(change.capacity)?;
    store::update_use(work, dwelling.id, change.dwelling_use, change.capacity).await?;
    let details = json!({ "dwelling": id, "dwelling_use": change.dwelling_use, "capacity": change.capacity });
    journal::append(work, Event { kind: "dwelling.use_changed", subjects: &[], details }).await?;
    get(work, id).await
}

/// Gives a dwelling a housing code from a day on; the code before it ends on that day.
///
/// # Errors
/// `Invalid("from")` when a later code is on record already; `Invalid("housing_code")` when it names another committee.
pub async fn assign_housing_code(work: &mut Work, id: Uuid, new: AssignHousingCode) -> Result<Vec<DatedHousingCode>> {
    work.permit(Action::RegisterDwellings)?;
    let dwelling = get_open(work, id).await?;
    if !new.housing_code.lies_in(&dwelling.committee) {
        return Err(Error::invalid("housing_code", "other-committee"));
    }
    let known = store::list_housing_codes(work, id).await?;
    if known.iter().any(|code| code.from >= new.from) {
        return Err(Error::invalid("from", "later-code-on-record"));
    }
    store::insert_housing_code(work, id, &new.housing_code, new.from).await?;
    let details = json!({ "dwelling": id, "housing_code": new.housing_code, "from": new.from });
    journal::append(work, Event { kind: "dwelling.housing_code_assigned", subjects: &[], details }).await?;
    store::list_housing_codes(work, id).await
}

/// The housing codes a dwelling has and had, oldest first.
pub async fn housing_codes(work: &mut Work, id: Uuid) -> Result<Vec<DatedHousingCode>> {
    let dwelling = get(work, id).await?;
    store::list_housing_codes(work, dwelling.id).await
}

/// Closes a dwelling: nobody moves in any more. People who live there still do until they move out.
pub async fn close(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    work.permit(Action::RegisterDwellings)?;
    get_open(work, id).await?;
    let today = work.today();
    store::set_closed(work, id, Some(today)).await?;
    journal::append(work, Event { kind: "dwelling.closed", subjects: &[], details: json!({ "dwelling": id }) }).await?;
    get(work, id).await
}

/// Opens a closed dwelling again.
pub async fn reopen(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    work.permit(Action::RegisterDwellings)?;
    let dwelling = get(work, id).await?;
    if get_building(work, dwelling.building_id).await?.closed_on.is_some() {
        return Err(Error::Refused("building-closed"));
    }
    store::set_closed(work, id, None).await?;
    journal::append(work, Event { kind: "dwelling.reopened", subjects: &[], details: json!({ "dwelling": id }) })
        .await?;
    get(work, id).await
}

/// Closes a building and all its dwellings.
pub async fn close_building(work: &mut Work, id: Uuid) -> Result<Building> {
    work.permit(Action::RegisterDwellings)?;
    let building = get_building(work, id).await?;
    if building.closed_on.is_some() {
        return Err(Error::Refused("building-closed"));
    }
    let today = work.today();
    store::close_building(work, id, today).await?;
    journal::append(work, Event { kind: "building.closed", subjects: &[], details: json!({ "building": id }) }).await?;
    get_building(work, id).await
}

async fn get_open(work: &mut Work, id: Uuid) -> Result<Dwelling> {
    let dwelling = get(work, id).await?;
    if dwelling.closed_on.is_some() { Err(Error::Refused("dwelling-closed")) } else { Ok(dwelling) }
}
