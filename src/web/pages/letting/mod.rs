//! A landlord's pages, made for a phone: the doors they answer for, filing who moved in or out, receipts, whole sheets.
//! They show what the landlord filed and how it stands, and nothing else of anybody.

mod filing;
mod receipts;
mod sheet;

use axum::Router;
use axum::routing;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::shell::{Answer, Everybody, Landlords, Shell, see_other};
use crate::access::Role;
use crate::dwellings::DoorCode;
use crate::error::Error;
use crate::landlords::{self, OwnDwelling};
use crate::reports::{self, OwnReport};
use crate::retention;
use crate::values::{Page, PageRequest};
use crate::web::{Door, Path, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/let", routing::get(list))
        .route("/let/report", routing::get(from_door))
        .route("/let/dwellings/{id}", routing::get(show))
        .merge(filing::routes())
        .merge(receipts::routes())
        .merge(sheet::routes())
}

#[derive(askama::Template)]
#[template(path = "let_dwellings.html")]
struct DwellingsPage<'a> {
    s: &'a Shell,
    dwellings: Page<OwnDwelling>,
    /// The last reports, so that what was returned is seen at once.
    returned: Vec<OwnReport>,
    /// When the landlord's own file is deleted.
    delete_on: Option<NaiveDate>,
}

async fn list(page: Landlords, Query(wanted): Query<PageRequest>) -> Answer {
    let mut work = page.read().await?;
    let dwellings = landlords::own_dwellings(&mut work, &wanted).await?;
    let last = reports::list_own(&mut work, &PageRequest::default()).await?.items;
    let returned = last.into_iter().filter(receipts::waits_for_landlord).collect();
    let delete_on = match retention::own_as_landlord(&mut work).await {
        Ok(retention) => retention.delete_on,
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    page.show(&DwellingsPage { s: &page.shell, dwellings, returned, delete_on })
}

#[derive(askama::Template)]
#[template(path = "let_dwelling.html")]
struct DwellingPage<'a> {
    s: &'a Shell,
    dwelling: OwnDwelling,
    reports: Vec<OwnReport>,
}

async fn show(page: Landlords, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.read().await?;
    let dwelling = landlords::own_dwelling(&mut work, id).await?;
    let reports = reports::list_own_of_dwelling(&mut work, id).await?;
    page.show(&DwellingPage { s: &page.shell, dwelling, reports })
}

/// What stands on a door's poster.
#[derive(Deserialize)]
struct AtDoor {
    #[serde(default)]
    door: String,
}

#[derive(askama::Template)]
#[template(path = "let_door.html")]
struct DoorPage<'a> {
    s: &'a Shell,
    role: Role,
}

/// Where a door's poster leads: to the forms of that dwelling for whoever answers for it. Everybody else is told what
/// they can do, and nothing of the dwelling, not even whether there is one.
async fn from_door(page: Everybody, Query(at): Query<AtDoor>) -> Answer {
    let role = page.user().role;
    if let (Role::Landlord, Ok(door)) = (role, at.door.parse::<DoorCode>()) {
        let mut work = page.read().await?;
        match landlords::own_dwelling_behind(&mut work, &door).await {
            Ok(dwelling) => return Ok(see_other(&format!("/let/dwellings/{}", dwelling.dwelling_id))),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    page.show(&DoorPage { s: &page.shell, role })
}
