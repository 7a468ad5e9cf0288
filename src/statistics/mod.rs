//! Counts without names: who lives in a division today, by sex, age, province of origin and use of the dwelling. Small
//! counts are held back and the others are told to the nearest five, so that no cell tells of one person.

mod rules;
mod store;

use chrono::{Months, NaiveDate};
pub use rules::{SMALLEST, STEP};
use serde::Serialize;

use crate::access::Action;
use crate::error::Result;
use crate::values::DivisionCode;
use crate::work::Work;
use store::Cell;

/// Years at which an age group begins, after the first: children at school, from 14 with their own consent, adults,
/// and from 60.
const AGES: [u32; 4] = [6, 14, 18, 60];

/// How many persons share something. A group of fewer than five does not appear.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Group {
    /// What they share: a word of the API, an age group, or a province's code; `unknown` where it is not on record.
    pub key: String,
    /// How many, to the nearest five.
    pub count: i64,
}

/// Who lives in a division, counted by their main dwellings.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Population {
    /// The division.
    pub division: DivisionCode,
    /// The day it was counted.
    pub counted_on: NaiveDate,
    /// Counts below this are held back.
    pub smallest: i64,
    /// Counts are told to the nearest multiple of this.
    pub step: i64,
    /// Everybody, to the nearest five; absent for fewer than five, none included.
    pub residents: Option<i64>,
    /// By sex.
    pub by_sex: Vec<Group>,
    /// By age today.
    pub by_age: Vec<Group>,
    /// By the province of their household register.
    pub by_origin: Vec<Group>,
    /// By the use of the dwelling.
    pub by_use: Vec<Group>,
    /// By whether somebody has seen the document.
    pub by_verification: Vec<Group>,
}

/// How a committee's dwellings are used.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Occupancy {
    /// The committee.
    pub committee: DivisionCode,
    /// Dwellings that are not closed.
    pub dwellings: i64,
    /// Those somebody lives in, to the nearest five; absent for fewer than five.
    pub occupied: Option<i64>,
    /// Persons with their main dwelling there, to the nearest five; absent for fewer than five.
    pub residents: Option<i64>,
}

/// How dwellings are used in each committee of the actor's scope, in this work's county.
pub async fn occupancy(work: &mut Work) -> Result<Vec<Occupancy>> {
    work.permit(Action::ReadStatistics)?;
    let rows = store::occupancy(work).await?;
    let told = |row: store::OccupancyRow| Occupancy {
        committee: row.committee,
        dwellings: row.dwellings,
        occupied: rules::told(row.occupied),
        residents: rules::told(row.residents),
    };
    Ok(rows.into_iter().map(told).collect())
}

/// Counts who lives in a division of the actor's scope, in this work's county.
///
/// # Errors
/// `NotFound("division")` outside the actor's scope.
pub async fn population(work: &mut Work, division: DivisionCode) -> Result<Population> {
    work.permit(Action::ReadStatistics)?;
    work.within_scope(&division, "division")?;
    let today = work.today();
    let born = AGES.map(|years| today.checked_sub_months(Months::new(years * 12)).unwrap_or(NaiveDate::MIN));
    let cells = store::cells(work, &division, born).await?;
    let grouped = |key: fn(&Cell) -> &str| rules::told_groups(cells.iter().map(|cell| (key(cell), cell.persons)));
    Ok(Population {
        division,
        counted_on: today,
        smallest: SMALLEST,
        step: STEP,
        residents: rules::told(cells.iter().map(|cell| cell.persons).sum()),
        by_sex: grouped(|cell| &cell.sex),
        by_age: grouped(|cell| &cell.age),
        by_origin: grouped(|cell| &cell.province),
        by_use: grouped(|cell| &cell.dwelling_use),
        by_verification: grouped(|cell| &cell.verification),
    })
}
