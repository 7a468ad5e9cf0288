//! Incidents: whom an account, a token or a peer reached, and where a page that turned up elsewhere comes from.

use axum::{Router, routing};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone as _, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::overview::{officer_name, place, short};
use super::super::{Answer, Auditors, Entry, Form, Page, Shell};
use crate::access::users;
use crate::breach::{self, Affected, Named};
use crate::error::Error;
use crate::exports::{self, Export, Trace};
use crate::values::{PageRequest, parse_field, text_enum};
use crate::web::{Door, Problem, Query};

/// Persons on the page at most; the command line writes all of them.
const MOST_SHOWN: usize = 500;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/audit/affected", routing::get(ask).post(affected))
        .route("/audit/exports", routing::get(list).post(trace))
}

text_enum! {
    /// What is believed to have been misused.
    pub enum By {
        /// An account, by its log-in name.
        Account => "account",
        /// A machine token, by its id.
        Token => "token",
        /// A peer, by its code.
        Peer => "peer",
    }
}

/// The form of an incident; times in China.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    by: By,
    which: String,
    from: String,
    until: String,
}

#[derive(askama::Template)]
#[template(path = "audit_affected.html")]
struct AffectedPage<'a> {
    s: &'a Shell,
    form: Entry,
    kinds: Vec<(String, String)>,
    found: Option<Found>,
}

/// Whom it reached.
struct Found {
    persons: usize,
    /// Each in short, with the committee, the ways and the fields in words.
    rows: Vec<(Affected, String, String, String)>,
}

fn page_of<'p>(page: &'p Page, form: Entry, found: Option<Found>) -> AffectedPage<'p> {
    let s = &page.shell;
    let kinds = By::ALL.iter().map(|by| (by.to_string(), s.w("affected-by", by))).collect();
    AffectedPage { s, form, kinds, found }
}

async fn ask(page: Auditors) -> Answer {
    page.show(&page_of(&page, Entry::of([("by", "account".to_owned())]), None))
}

async fn affected(page: Auditors, form: Form<Asked>) -> Answer {
    let found = match form.said {
        Ok(asked) => find(&page, asked).await,
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(found) => page.show(&page_of(&page, form.entry, Some(found))),
        Err(problem) => {
            let entry = form.entry.faulted(at_which(problem), page.shell.language)?;
            page.show_again(&page_of(&page, entry, None))
        }
    }
}

/// An account or token that never was is told at its field.
fn at_which(problem: Problem) -> Problem {
    match problem.fault() {
        crate::web::Fault::Operation(Error::NotFound("user" | "token")) => {
            Error::invalid("which", "not-on-record").into()
        }
        _ => problem,
    }
}

async fn find(page: &Page, asked: Asked) -> Result<Found, Problem> {
    let by = match asked.by {
        By::Account => Named::Account(parse_field("which", &asked.which)?),
        By::Token => Named::Token(asked.which.parse::<Uuid>().map_err(|_| Error::invalid("which", "malformed-value"))?),
        By::Peer => Named::Peer(parse_field("which", &asked.which)?),
    };
    let (from, until) = (instant("from", &asked.from)?, instant("until", &asked.until)?);
    let mut work = page.work().await?;
    let found = breach::affected(&mut work, &by, from, until).await?;
    work.commit().await?;
    let s = &page.shell;
    let persons = found.len();
    let rows = found.into_iter().take(MOST_SHOWN).map(|person| {
        let committee = person.committee.as_ref().map_or_else(|| s.t("affected-no-committee"), place);
        let ways = person.reached.ways.iter().map(|(way, times)| format!("{} × {times}", s.w("way", way)));
        let fields = person.reached.fields.iter().map(|field| s.field(field));
        let (ways, fields) = (ways.collect::<Vec<_>>().join(" · "), fields.collect::<Vec<_>>().join(" · "));
        (person, committee, ways, fields)
    });
    Ok(Found { persons, rows: rows.collect() })
}

/// An instant as a browser's field writes it, in China's time: `2026-11-23T14:05`.
fn instant(field: &str, text: &str) -> Result<DateTime<Utc>, Error> {
    const CHINA: i32 = 8 * 3600;
    let wrong = || Error::invalid(field, "malformed-day");
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map_err(|_| wrong())?;
    let china = FixedOffset::east_opt(CHINA).ok_or_else(wrong)?;
    china.from_local_datetime(&local).single().map(|at| at.to_utc()).ok_or_else(wrong)
}

#[derive(askama::Template)]
#[template(path = "audit_exports.html")]
struct Exports<'a> {
    s: &'a Shell,
    form: Entry,
    /// The export a mark led to.
    traced: Vec<(Export, String)>,
    rows: Vec<(Export, String)>,
    next: Option<String>,
}

/// Where the page before ended.
#[derive(Deserialize)]
struct After {
    after: Option<Uuid>,
}

async fn list(page: Auditors, Query(After { after }): Query<After>) -> Answer {
    let view = exports_view(&page, after, Entry::default(), None).await?;
    page.show(&view)
}

async fn exports_view(
    page: &Page,
    after: Option<Uuid>,
    form: Entry,
    traced: Option<Export>,
) -> Result<Exports<'_>, Problem> {
    let mut work = page.read().await?;
    let found = exports::list(&mut work, &PageRequest { after, limit: None }).await?;
    let officers = users::officers_of_scope(&mut work).await?;
    let named = |export: Export| {
        let who = officer_name(&officers, export.exported_by);
        (export, who)
    };
    let rows = found.items.into_iter().map(named).collect();
    Ok(Exports { s: &page.shell, form, traced: traced.into_iter().map(named).collect(), rows, next: found.next })
}

async fn trace(page: Auditors, form: Form<Trace>) -> Answer {
    let traced = async {
        let wanted = form.said?;
        let mut work = page.work().await?;
        let export = exports::trace(&mut work, &wanted).await?;
        work.commit().await?;
        Ok::<_, Problem>(export)
    };
    match traced.await {
        Ok(export) => {
            let view = exports_view(&page, None, form.entry, Some(export)).await?;
            page.show(&view)
        }
        Err(problem) => {
            let problem = match problem.fault() {
                crate::web::Fault::Operation(Error::NotFound("export")) => {
                    Error::invalid("mark", "not-on-record").into()
                }
                _ => problem,
            };
            let view = exports_view(&page, None, form.entry.faulted(problem, page.shell.language)?, None).await?;
            page.show_again(&view)
        }
    }
}

impl AffectedPage<'_> {
    fn short(&self, id: &Uuid) -> String {
        short(*id)
    }
}
