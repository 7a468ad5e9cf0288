//! What officers looked at: alarms of budgets, unusual patterns, one officer's day, confidential looks not open yet.

use axum::{Router, routing};
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use uuid::Uuid;

use super::super::overview::{officer_name, place, short};
use super::super::{Answer, Auditors, Shell};
use super::{DAYS, waiting_to_open};
use crate::access::budgets::{self, Alarm};
use crate::access::users;
use crate::error::Error;
use crate::oversight::{self, ConfidentialAccess, Finding, LookOfOfficer};
use crate::web::{Door, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/audit/officers", routing::get(show)).route("/audit/confidential", routing::get(confidential))
}

/// Whose day.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    officer: String,
    #[serde(default)]
    day: String,
    after: Option<usize>,
}

#[derive(askama::Template)]
#[template(path = "audit_officers.html")]
struct Officers<'a> {
    s: &'a Shell,
    alarms: Vec<(Alarm, String, String)>,
    findings: Vec<(Finding, String)>,
    next: Option<String>,
    from: NaiveDate,
    until: NaiveDate,
    officers: Vec<(String, String)>,
    officer: String,
    day: String,
    /// The looks of the officer and day that were asked for, each with whom it found, in short.
    looks: Option<Vec<(LookOfOfficer, String)>>,
}

async fn show(page: Auditors, Query(wanted): Query<Wanted>) -> Answer {
    const FINDINGS: usize = 50;
    let s = &page.shell;
    let mut work = page.read().await?;
    let until = work.today() + Days::new(1);
    let officers = users::officers_of_scope(&mut work).await?;
    let alarms = budgets::alarms(&mut work, until - Days::new(DAYS), until).await?;
    let found = oversight::patterns(&mut work, (None, None), wanted.after.unwrap_or(0), FINDINGS).await?;
    let looks = match (wanted.officer.parse::<Uuid>(), wanted.day.as_str()) {
        (Err(_), _) => None,
        (Ok(officer), day) => {
            let day = match day {
                "" => work.today(),
                text => text.parse().map_err(|_| Error::invalid("day", "malformed-day"))?,
            };
            let looks = oversight::looks_of(&mut work, officer, day).await?.into_iter();
            let whom = |look: &LookOfOfficer| look.subjects.iter().map(|id| short(*id)).collect::<Vec<_>>().join(" ");
            Some(looks.map(|look| (whom(&look), look)).map(|(whom, look)| (look, whom)).collect())
        }
    };
    let name = |id: Uuid| officer_name(&officers, id);
    let view = Officers {
        s,
        alarms: alarms
            .into_iter()
            .map(|alarm| (name(alarm.officer), place(&alarm.office), alarm))
            .map(|(who, office, alarm)| (alarm, who, office))
            .collect(),
        findings: found
            .items
            .into_iter()
            .map(|finding| (finding.officer.map(name).unwrap_or_default(), finding))
            .map(|(who, finding)| (finding, who))
            .collect(),
        next: found.next.map(|next| next.to_string()),
        from: found.from,
        until: found.until - Days::new(1),
        officers: officers
            .iter()
            .map(|one| (one.id.to_string(), format!("{} · {}", one.name, place(&one.scope))))
            .collect(),
        officer: wanted.officer,
        day: if wanted.day.is_empty() { s.today.to_string() } else { wanted.day },
        looks,
    };
    page.show(&view)
}

/// Where the page before ended.
#[derive(Deserialize)]
struct After {
    after: Option<Uuid>,
}

#[derive(askama::Template)]
#[template(path = "audit_confidential.html")]
struct Confidential<'a> {
    s: &'a Shell,
    accesses: Vec<(ConfidentialAccess, String)>,
    next: Option<String>,
}

async fn confidential(page: Auditors, Query(After { after }): Query<After>) -> Answer {
    let (accesses, next) = waiting_to_open(&page, after).await?;
    page.show(&Confidential { s: &page.shell, accesses, next })
}
