//! Which dwellings a landlord answers for, from when to when.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{get, store};
use crate::access::Action;
use crate::dwellings::{self, DoorCode};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{Label, Malformed, Page, PageRequest, Period};
use crate::work::Work;

/// A dwelling to answer for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// First day.
    pub from: NaiveDate,
}

/// The end of a responsibility.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndResponsibility {
    /// First day on which the landlord no longer answers for the dwelling.
    pub until: NaiveDate,
}

/// That a landlord answers for a dwelling.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Responsibility {
    /// Id.
    pub id: Uuid,
    /// The landlord.
    pub landlord_id: Uuid,
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// First day.
    #[sqlx(rename = "valid_from")]
    pub from: NaiveDate,
    /// First day it no longer holds.
    #[sqlx(rename = "valid_until")]
    pub until: Option<NaiveDate>,
    /// When it was put on record.
    pub recorded_at: DateTime<Utc>,
}

/// A dwelling as the landlord who answers for it sees it: the door, not the people.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct OwnDwelling {
    /// The dwelling.
    pub dwelling_id: Uuid,
    /// The code on its door.
    pub door_code: DoorCode,
    /// The text on its door.
    pub label: String,
    /// What people call the building.
    pub building_name: Label,
    /// Street and number.
    pub address: Label,
}

/// Makes a landlord of the county answer for a dwelling of the actor's scope from a day on.
///
/// # Errors
/// `NotFound` for a landlord of another county or a dwelling outside the scope; `Refused("dwelling-closed")`;
/// `Refused("already-responsible")` when the same landlord answers for it on that day or a later one.
pub async fn assign(work: &mut Work, landlord: Uuid, new: Assign) -> Result<Responsibility> {
    work.permit(Action::RegisterLandlords)?;
    let landlord = store::find_in_county(work, landlord).await?.ok_or(Error::NotFound("landlord"))?;
    let dwelling = dwellings::find(work, new.dwelling_id).await?.ok_or(Error::NotFound("dwelling"))?;
    if dwelling.closed_on.is_some() {
        return Err(Error::Refused("dwelling-closed"));
    }
    let responsibility = Responsibility {
        id: work.new_id(),
        landlord_id: landlord.id,
        dwelling_id: dwelling.id,
        from: new.from,
        until: None,
        recorded_at: work.now(),
    };
    let wanted = Period { from: new.from, until: None };
    let known = store::periods(work, landlord.id, dwelling.id).await?;
    if known.iter().any(|period| period.overlaps(&wanted))
        || !store::insert_responsibility(work, &responsibility).await?
    {
        return Err(Error::Refused("already-responsible"));
    }
    let details = json!({
        "responsibility": responsibility.id, "landlord": landlord.id, "dwelling": dwelling.id, "from": new.from,
    });
    let event = Event { kind: "responsibility.assigned", subjects: &[landlord.id], details };
    journal::append(work, event).await?;
    Ok(responsibility)
}

/// Ends a responsibility for a dwelling in the actor's scope.
///
/// # Errors
/// `Invalid("until")` for an end before the first day or on it; `Refused("responsibility-ended")`.
pub async fn end_responsibility(work: &mut Work, id: Uuid, end: EndResponsibility) -> Result<Responsibility> {
    work.permit(Action::RegisterLandlords)?;
    let before = store::find_responsibility(work, id).await?.ok_or(Error::NotFound("responsibility"))?;
    Period::new(before.from, Some(end.until)).map_err(|Malformed(code)| Error::invalid("until", code))?;
    if !store::end_responsibility(work, id, end.until).await? {
        return Err(Error::Refused("responsibility-ended"));
    }
    let details = json!({ "responsibility": id, "until": end.until });
    let event = Event { kind: "responsibility.ended", subjects: &[before.landlord_id], details };
    journal::append(work, event).await?;
    Ok(Responsibility { until: Some(end.until), ..before })
}

/// Whether a landlord answers for a dwelling on a day, for other domains' operations.
pub async fn responsible_on(work: &mut Work, landlord: Uuid, dwelling: Uuid, day: NaiveDate) -> Result<bool> {
    Ok(store::periods(work, landlord, dwelling).await?.iter().any(|period| period.contains(day)))
}

/// What a landlord answers and answered for, of the dwellings in the actor's scope, in the order it was put on record.
/// A landlord of another committee is found once they answer for a dwelling here.
pub async fn list_responsibilities(
    work: &mut Work,
    landlord: Uuid,
    page: &PageRequest,
) -> Result<Page<Responsibility>> {
    work.permit(Action::ReadLandlords)?;
    let rows = store::list_responsibilities(work, landlord, page).await?;
    if rows.is_empty() {
        get(work, landlord).await?;
    }
    Ok(page.page(rows, |responsibility| responsibility.id))
}

/// The doors the landlord who acts answers for today.
pub async fn own_dwellings(work: &mut Work, page: &PageRequest) -> Result<Page<OwnDwelling>> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = work.actor().subject.ok_or(Error::NotFound("landlord"))?;
    let rows = store::dwellings_of(work, landlord, work.today(), page).await?;
    Ok(page.page(rows, |dwelling| dwelling.dwelling_id))
}

/// One of the doors the landlord who acts answers for today.
pub async fn own_dwelling(work: &mut Work, dwelling: Uuid) -> Result<OwnDwelling> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = work.actor().subject.ok_or(Error::NotFound("dwelling"))?;
    let today = work.today();
    store::dwelling_of(work, landlord, today, dwelling).await?.ok_or(Error::NotFound("dwelling"))
}

/// The door with this code, when the landlord who acts answers for it today.
pub async fn own_dwelling_behind(work: &mut Work, door: &DoorCode) -> Result<OwnDwelling> {
    work.permit(Action::ReadOwnReports)?;
    let landlord = work.actor().subject.ok_or(Error::NotFound("dwelling"))?;
    let today = work.today();
    store::dwelling_behind(work, landlord, today, door).await?.ok_or(Error::NotFound("dwelling"))
}
