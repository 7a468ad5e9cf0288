//! Reading what the rules for habits need: looks of a period, where the people looked at live, and who is whose namesake.
//! Names are compared here and leave with no finding.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{self, Finding, LookAt};
use crate::access::users;
use crate::error::{Error, Result};
use crate::journal::looks::{self, OfficersLook};
use crate::residents;
use crate::values::PersonName;
use crate::work::Work;

/// Looks read at once.
const BATCH: i64 = 1000;
/// Longest period, in days.
const LONGEST_PERIOD: i64 = 92;
/// The period when none is named, in days up to today.
const USUAL_PERIOD: u64 = 30;

/// Habits found in a period.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Findings {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// Looks in the period.
    pub looks: usize,
    /// The findings of this page, by kind and officer.
    pub items: Vec<Finding>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<usize>,
}

/// Habits of officers on the days `[from, until)`, the last thirty when not named, in the work's county; the page after
/// so many findings.
///
/// # Errors
/// `Invalid("until", "out-of-range")` when the period is empty or longer than 92 days.
pub async fn patterns(
    work: &mut Work,
    (from, until): (Option<NaiveDate>, Option<NaiveDate>),
    after: usize,
    limit: usize,
) -> Result<Findings> {
    super::permit(work)?;
    let until = until.unwrap_or(work.today() + Days::new(1));
    let from = from.unwrap_or(until - Days::new(USUAL_PERIOD));
    if !(1..=LONGEST_PERIOD).contains(&(until - from).num_days()) {
        return Err(Error::invalid("until", "out-of-range"));
    }
    let looks = read(work, from, until).await?;
    let found = find(work, &looks).await?;
    let next = Some(after.saturating_add(limit)).filter(|next| *next < found.len());
    Ok(Findings { from, until, looks: looks.len(), items: found.into_iter().skip(after).take(limit).collect(), next })
}

async fn read(work: &mut Work, from: NaiveDate, until: NaiveDate) -> Result<Vec<LookAt>> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let batch = looks::in_period(work, from, until, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(found) };
        after = last.entry_id;
        found.extend(batch.into_iter().map(|OfficersLook { entry_id, officer, at, entry, .. }| LookAt {
            entry: entry_id,
            officer,
            at,
            persons: looks::subjects(&entry),
        }));
    }
}

async fn find(work: &mut Work, looks: &[LookAt]) -> Result<Vec<Finding>> {
    let seen: BTreeSet<Uuid> = looks.iter().flat_map(|look| look.persons.iter().copied()).collect();
    let (mut committees, mut persons) = (BTreeMap::new(), BTreeMap::new());
    for known in residents::known_as(work, &seen.into_iter().collect::<Vec<_>>()).await? {
        committees.insert(known.id, known.committee);
        persons.insert(known.id, known.name.folded());
    }
    // The name of an account may be that of an office; then it is nobody's.
    let names = users::officers(work).await?.into_iter();
    let officers: BTreeMap<Uuid, String> =
        names.filter_map(|(id, name)| Some((id, name.as_str().parse::<PersonName>().ok()?.folded()))).collect();
    let (rule, calendar) = (&work.node().measures.patterns, &work.node().calendar);
    let mut found = rules::far_away(looks, &committees, rule);
    found.extend(rules::many_officers(looks, rule));
    found.extend(rules::at_night(looks, rule));
    found.extend(rules::off_days(looks, |day| calendar.is_working_day(day), rule));
    found.extend(rules::acquainted(looks, &officers, &persons, rule));
    Ok(found)
}
