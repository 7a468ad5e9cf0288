//! The auditor's pages: the state of the journal, the journal as it happened, proofs and their witnesses; what officers
//! looked at; incidents.

mod incidents;
mod kinds;
mod officers;

use std::time::Instant;

use axum::extract::State;
use axum::{Router, routing};
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::overview::{officer_name, short};
use super::{Answer, Auditors, Page, Shell};
use crate::access::budgets;
use crate::access::users::{self, Officer};
use crate::error::Error;
use crate::journal::{self, Finding, JournalKey, Made, SealedEntry, Verdict, Wanted, Witnessed};
use crate::oversight::{self, ConfidentialAccess};
use crate::values::PageRequest;
use crate::web::{Door, Problem, Query};
use kinds::KINDS;

/// Entries on a page.
const ENTRIES: i64 = 50;
/// Days of alarms and habits on the first page.
const DAYS: u64 = 30;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/audit", routing::get(show))
        .route("/audit/journal", routing::get(list))
        .route("/audit/proofs", routing::get(proofs))
        .route("/audit/verification", routing::post(verify))
        .merge(officers::routes())
        .merge(incidents::routes())
}

#[derive(askama::Template)]
#[template(path = "audit.html")]
struct Audit<'a> {
    s: &'a Shell,
    finding: Option<Finding>,
    checkpoint: Option<i64>,
    /// What a verification found just now, and how many milliseconds it took.
    verified: Option<(Verdict, u128)>,
    alarms: usize,
    patterns: usize,
    waiting: usize,
    reviews: usize,
}

async fn show(page: Auditors) -> Answer {
    let view = view(&page, None).await?;
    page.show(&view)
}

async fn view(page: &Page, verified: Option<(Verdict, u128)>) -> Result<Audit<'_>, Problem> {
    let mut work = page.read().await?;
    work.within_scope(&work.locality().clone().into(), "journal")?;
    let until = work.today() + Days::new(1);
    Ok(Audit {
        s: &page.shell,
        finding: journal::last_finding(&mut work).await?,
        checkpoint: journal::latest_checkpoint(&mut work).await?.map(|checkpoint| checkpoint.size()),
        verified,
        alarms: budgets::alarms(&mut work, until - Days::new(DAYS), until).await?.len(),
        patterns: oversight::patterns(&mut work, (None, None), 0, usize::MAX).await?.items.len(),
        waiting: oversight::waiting_to_open(&mut work, &PageRequest { after: None, limit: Some(200) })
            .await?
            .items
            .len(),
        reviews: journal::looks::reviews(&mut work, false, &PageRequest { after: None, limit: Some(200) })
            .await?
            .items
            .len(),
    })
}

/// Verifies the whole journal of the county, and records what is found. It goes on when nobody waits for it any more.
async fn verify(State(door): State<Door>, page: Auditors) -> Answer {
    let work = page.read().await?;
    work.permit(crate::access::Action::ReadJournal)?;
    work.within_scope(&work.locality().clone().into(), "journal")?;
    drop(work);
    let (app, county, begun) = (door.app.clone(), page.locality().clone(), Instant::now());
    let verdict = tokio::spawn(async move { app.verify_journal(&county).await }).await.map_err(Error::internal)??;
    let view = view(&page, Some((verdict, begun.elapsed().as_millis()))).await?;
    page.show(&view)
}

/// Which entries are wanted. A form sends empty what was not chosen.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    day: String,
    #[serde(default)]
    kind: String,
    after: Option<i64>,
}

/// An entry in words.
struct Row {
    position: i64,
    id: Uuid,
    withheld: bool,
    at: String,
    kind: String,
    who: String,
    subjects: String,
    case: String,
    details: String,
}

#[derive(askama::Template)]
#[template(path = "audit_journal.html")]
struct Journal<'a> {
    s: &'a Shell,
    day: String,
    kind: String,
    kinds: Vec<(String, String)>,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(page: Auditors, Query(filter): Query<Filter>) -> Answer {
    let day = match filter.day.as_str() {
        "" => None,
        text => Some(text.parse::<NaiveDate>().map_err(|_| Error::invalid("day", "malformed-day"))?),
    };
    // A day in China, as instants.
    let starts = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8);
    let kind = Some(filter.kind.clone()).filter(|kind| !kind.is_empty());
    let wanted = Wanted {
        before: filter.after,
        from: day.map(starts),
        until: day.map(|day| starts(day + Days::new(1))),
        kind: kind.clone(),
    };
    let mut work = page.read().await?;
    let mut found = journal::readable(&mut work, &wanted, ENTRIES + 1).await?;
    let officers = users::officers_of_scope(&mut work).await?;
    let more = found.len() as i64 > ENTRIES;
    found.truncate(ENTRIES as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let (day, kind) = (&filter.day, &filter.kind);
        format!("{}&day={day}&kind={kind}", last.position)
    });
    let s = &page.shell;
    let mut kinds: Vec<_> = KINDS.iter().map(|kind| ((*kind).to_owned(), s.kind(kind))).collect();
    kinds.sort_by(|a, b| a.1.cmp(&b.1));
    let rows = found.iter().map(|entry| row(s, &officers, entry)).collect();
    page.show(&Journal { s, day: filter.day, kind: kind.unwrap_or_default(), kinds, rows, next })
}

fn row(s: &Shell, officers: &[Officer], SealedEntry { position, id, entry }: &SealedEntry) -> Row {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = entry["at"].as_str().and_then(|at| at.parse().ok()).map(|at| s.instant(&at)).unwrap_or_default();
    let role = entry["actor"]["role"].as_str().unwrap_or_default();
    let actor = entry["actor"]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
    let who = match (entry["actor"]["peer"].as_str(), role) {
        (Some(peer), _) => peer.to_owned(),
        (None, "system" | "") => s.t("audit-node"),
        (None, role) => format!("{} · {}", s.w("role", role), officer_name(officers, actor)),
    };
    let subjects = entry["subjects"].as_array().into_iter().flatten();
    let subjects = subjects.filter_map(|id| id.as_str()?.parse().ok()).map(short).collect::<Vec<_>>().join(" ");
    let mut details = Vec::new();
    for (name, value) in entry["details"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        details.push(format!("{name}: {value}"));
    }
    Row {
        position: *position,
        id: *id,
        withheld: entry["withheld"] == true,
        at,
        kind: s.kind(&text(&entry["kind"])),
        who,
        subjects,
        case: text(&entry["case"]),
        details: details.join(" · "),
    }
}

#[derive(askama::Template)]
#[template(path = "audit_proofs.html")]
struct Proofs<'a> {
    s: &'a Shell,
    keys: Vec<JournalKey>,
    made: Vec<Made>,
    witnessed: Vec<Witnessed>,
    note: Option<String>,
}

async fn proofs(page: Auditors) -> Answer {
    const LAST: i64 = 20;
    let mut work = page.read().await?;
    work.within_scope(&work.locality().clone().into(), "journal")?;
    let made = journal::made(&mut work, LAST).await?;
    let witnessed = journal::witnessed(&mut work).await?;
    let note = journal::latest_checkpoint(&mut work).await?.map(|checkpoint| checkpoint.to_string());
    let county = work.locality().clone();
    let keys = journal::published_keys(&mut work).await?.into_iter().filter(|key| key.county == county).collect();
    page.show(&Proofs { s: &page.shell, keys, made, witnessed, note })
}

/// Confidential looks whose day has not come, with who asked.
async fn waiting_to_open(
    page: &Page,
    after: Option<Uuid>,
) -> Result<(Vec<(ConfidentialAccess, String)>, Option<String>), Problem> {
    let mut work = page.read().await?;
    let found = oversight::waiting_to_open(&mut work, &PageRequest { after, limit: None }).await?;
    let officers = users::officers_of_scope(&mut work).await?;
    let named = found.items.into_iter().map(|access| (officer_name(&officers, access.asked_by), access));
    Ok((named.map(|(who, access)| (access, who)).collect(), found.next))
}
