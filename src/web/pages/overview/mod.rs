//! What a supervisor looks over: how committees' work stands, in charts with their tables; confidential accesses to
//! decide; budgets to raise; files taken out.

mod decide;

use std::collections::BTreeMap;

use axum::{Router, routing};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{Answer, Entry, Page, Shell, Supervisors};
use crate::access::budgets::RaiseReason;
use crate::access::users::{self, Officer};
use crate::exchange::inquiries::{self, Direction, Punctuality};
use crate::exchange::peers;
use crate::exports::{self, Export};
use crate::journal::looks;
use crate::oversight::{self, ConfidentialAccess, ConfidentialState, RefusalReason};
use crate::reports::{self, Waiting};
use crate::statistics::{self, Occupancy};
use crate::values::{DivisionCode, PageRequest};
use crate::web::{Door, Problem};

/// Inquiries asked within so many days are counted.
const COUNTED_DAYS: i64 = 90;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/overview", routing::get(show))
        .route("/overview/confidential/{id}/approve", routing::post(decide::approve))
        .route("/overview/confidential/{id}/refuse", routing::post(decide::refuse))
        .route("/overview/budget", routing::post(decide::raise))
}

#[derive(askama::Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    s: &'a Shell,
    occupancy: Vec<(String, Occupancy)>,
    smallest: i64,
    waiting: Vec<(String, Waiting)>,
    answers: Vec<(String, Punctuality)>,
    /// Confidential accesses that wait for a decision, with who asked.
    asked: Vec<(ConfidentialAccess, String)>,
    refusals: Vec<(String, String)>,
    /// Looks drawn for a second look that wait, and whether there are more.
    drawn: (usize, bool),
    officers: Vec<(String, String)>,
    because: Vec<(String, String)>,
    budget: Entry,
    deciding: Entry,
    exports: Vec<(Export, String)>,
}

async fn show(page: Supervisors) -> Answer {
    let view = view(&page, Entry::default(), Entry::default()).await?;
    page.show(&view)
}

async fn view(page: &Page, budget: Entry, deciding: Entry) -> Result<Overview<'_>, Problem> {
    let s = &page.shell;
    let mut work = page.read().await?;
    let occupancy = statistics::occupancy(&mut work).await?;
    let waiting = reports::waiting_by_age(&mut work).await?;
    let since = work.now() - TimeDelta::days(COUNTED_DAYS);
    let answers = inquiries::punctuality(&mut work, since).await?;
    let peers = peers::list(&mut work).await?;
    let peers: BTreeMap<_, _> = peers.into_iter().map(|peer| (peer.code, peer.name.to_string())).collect();
    let officers = users::officers_of_scope(&mut work).await?;
    let all = PageRequest { after: None, limit: Some(200) };
    let accesses = oversight::list(&mut work, &all).await?.items;
    let drawn = looks::reviews(&mut work, false, &PageRequest::default()).await?;
    let exports = exports::list(&mut work, &PageRequest { after: None, limit: Some(10) }).await?.items;
    let name = |id: Uuid| officer_name(&officers, id);
    Ok(Overview {
        s,
        occupancy: occupancy.into_iter().map(|row| (place(&row.committee), row)).collect(),
        smallest: statistics::SMALLEST,
        waiting: waiting.into_iter().map(|row| (place(&row.committee), row)).collect(),
        answers: answers
            .into_iter()
            .map(|row| (peers.get(&row.peer).cloned().unwrap_or_else(|| row.peer.to_string()), row))
            .collect(),
        asked: accesses
            .into_iter()
            .filter(|access| access.state == ConfidentialState::Asked)
            .map(|access| (name(access.asked_by), access))
            .map(|(who, access)| (access, who))
            .collect(),
        refusals: RefusalReason::ALL.iter().map(|one| (one.to_string(), s.w("refusal", one))).collect(),
        drawn: (drawn.items.len(), drawn.next.is_some()),
        because: RaiseReason::ALL.iter().map(|one| (one.to_string(), s.w("raise", one))).collect(),
        exports: exports
            .into_iter()
            .map(|export| (name(export.exported_by), export))
            .map(|(who, e)| (e, who))
            .collect(),
        officers: officers.iter().map(|one| (one.id.to_string(), officer_words(s, one))).collect(),
        budget,
        deciding,
    })
}

/// The committee's own name: the rest stands above the page.
pub(super) fn place(code: &DivisionCode) -> String {
    crate::localities::divisions::get(code).map_or_else(|| code.to_string(), |division| division.name.to_owned())
}

/// The name of an officer; the end of the account's id where they work elsewhere.
pub(super) fn officer_name(officers: &[Officer], id: Uuid) -> String {
    let known = officers.iter().find(|officer| officer.id == id);
    known.map_or_else(|| short(id), |officer| officer.name.to_string())
}

/// The end of an id, enough to tell two apart on a page.
pub(super) fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    format!("…{}", text.get(24..).unwrap_or_default())
}

fn officer_words(s: &Shell, officer: &Officer) -> String {
    format!("{} · {} · {}", officer.name, s.w("role", officer.role), place(&officer.scope))
}

/// The direction in words, for the table of answers.
impl Overview<'_> {
    fn direction(&self, row: &Punctuality) -> String {
        match row.direction {
            Direction::Asked => self.s.t("overview-they-answer"),
            Direction::Received => self.s.t("overview-we-answer"),
        }
    }
}
