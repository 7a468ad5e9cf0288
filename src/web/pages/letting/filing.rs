//! Filing that people moved into a dwelling or out of it: one report for each of them, all or none.

use axum::Router;
use axum::routing;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Landlords, Shell};
use crate::error::{Error, FieldError, Result};
use crate::landlords::{self, OwnDwelling};
use crate::reports::{self, NewReport, Occupant, OwnReport, ReportKind, ReportState};
use crate::residents::documents::{Document, DocumentKind};
use crate::values::{Malformed, PersonName, Phone};
use crate::web::{Door, Path, Query};
use crate::work::Work;

/// Which button was pressed: one that asks for room for one person more, and files nothing.
const MORE: &str = "_more";

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/let/dwellings/{id}/move-in", routing::get(show_move_in).post(file_move_in))
        .route("/let/dwellings/{id}/move-out", routing::get(show_move_out).post(file_move_out))
}

/// What the form says. The dwelling and the kind are the page's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filing {
    /// People whom the landlord reported earlier, by the names they filed.
    #[serde(default)]
    who: Vec<PersonName>,
    #[serde(default)]
    occupants: Vec<Typed>,
    moved_on: NaiveDate,
    lease_until: Option<NaiveDate>,
}

/// A person as typed. A form always sends the kind of the document, also where no number is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    name: Option<PersonName>,
    document_kind: Option<DocumentKind>,
    document_number: Option<String>,
    phone: Option<Phone>,
}

impl Filing {
    /// The people, without the rows that were left empty.
    fn people(self) -> Result<Vec<Occupant>> {
        let mut faults = Vec::new();
        let known = self.who.into_iter().map(|name| Occupant { name, document: None, phone: None });
        let mut people: Vec<Occupant> = known.collect();
        for (at, typed) in self.occupants.into_iter().enumerate() {
            let fault = |field: &str, code| FieldError { field: format!("occupants[{at}].{field}"), code };
            let kind = typed.document_kind.unwrap_or(DocumentKind::CitizenId);
            let document = typed.document_number.as_deref().map(|number| Document::parse(kind, number)).transpose();
            match (typed.name, document) {
                (None, Ok(None)) if typed.phone.is_none() => {}
                (Some(name), Ok(document)) => people.push(Occupant { name, document, phone: typed.phone }),
                (name, document) => {
                    faults.extend(name.is_none().then(|| fault("name", "required")));
                    faults.extend(document.err().map(|Malformed(code)| fault("document_number", code)));
                }
            }
        }
        if people.is_empty() && faults.is_empty() {
            faults.push(FieldError { field: "occupants[0].name".to_owned(), code: "required" });
        }
        if faults.is_empty() { Ok(people) } else { Err(Error::Invalid(faults)) }
    }
}

/// The names of one person's fields.
struct Row {
    number: usize,
    name: String,
    document_kind: String,
    document_number: String,
    phone: String,
    /// Whether what most leave empty is shown at once.
    open: bool,
}

impl Row {
    fn of(at: usize, form: &Entry) -> Self {
        let field = |field: &str| format!("occupants[{at}].{field}");
        let (document_kind, phone) = (field("document_kind"), field("phone"));
        let other = !matches!(form.value(&document_kind), "" | "citizen-id");
        let open = other || !form.value(&phone).is_empty() || form.fault(&phone).is_some();
        Self {
            number: at + 1,
            name: field("name"),
            document_number: field("document_number"),
            document_kind,
            phone,
            open,
        }
    }
}

#[derive(askama::Template)]
#[template(path = "let_filing.html")]
struct FilingPage<'a> {
    s: &'a Shell,
    dwelling: OwnDwelling,
    kind: ReportKind,
    /// Who may be leaving: the people this landlord reported as moved in here.
    known: Vec<OwnReport>,
    rows: Vec<Row>,
    kinds: Vec<(String, String)>,
    /// Limits the days to choose from.
    until_today: String,
    again: bool,
    form: Entry,
}

impl<'a> FilingPage<'a> {
    async fn load(
        work: &mut Work,
        s: &'a Shell,
        (dwelling, kind): (Uuid, ReportKind),
        form: Entry,
    ) -> Result<FilingPage<'a>> {
        let dwelling = landlords::own_dwelling(work, dwelling).await?;
        let known = match kind {
            ReportKind::MoveIn => Vec::new(),
            ReportKind::MoveOut => who_may_leave(reports::list_own_of_dwelling(work, dwelling.dwelling_id).await?),
        };
        let typed = (0..).take_while(|at| form.has(&format!("occupants[{at}].name"))).count();
        let rows = typed + usize::from(form.has(MORE) || typed == 0);
        let rows = (0..rows).map(|at| Row::of(at, &form)).collect();
        let kinds = DocumentKind::ALL.iter().map(|kind| (kind.to_string(), s.w("document-kind", kind))).collect();
        let until_today = format!("required max='{}'", s.today);
        Ok(FilingPage { s, dwelling, kind, known, rows, kinds, until_today, again: false, form })
    }
}

/// The people last reported as moved in, where that was not returned.
fn who_may_leave(reports: Vec<OwnReport>) -> Vec<OwnReport> {
    let mut seen = Vec::new();
    let mut leaving = Vec::new();
    for report in reports.into_iter().filter(|report| report.state != ReportState::Returned) {
        let name = report.occupant_name.folded();
        if !seen.contains(&name) {
            seen.push(name);
            if report.kind == ReportKind::MoveIn && report.occupant_name.as_str() != crate::values::NOBODY {
                leaving.push(report);
            }
        }
    }
    leaving
}

/// A report that was returned, to be filed again.
#[derive(Deserialize)]
struct Again {
    again: Option<Uuid>,
}

async fn show_move_in(page: Landlords, Path(id): Path<Uuid>, Query(again): Query<Again>) -> Answer {
    show(page, (id, ReportKind::MoveIn), again).await
}

async fn show_move_out(page: Landlords, Path(id): Path<Uuid>, Query(again): Query<Again>) -> Answer {
    show(page, (id, ReportKind::MoveOut), again).await
}

async fn show(page: Landlords, what: (Uuid, ReportKind), Again { again }: Again) -> Answer {
    let mut work = page.read().await?;
    let before = match again {
        Some(report) => Some(reports::get_own(&mut work, report).await?).filter(|r| (r.dwelling_id, r.kind) == what),
        None => None,
    };
    let form = match &before {
        Some(report) => Entry::of([
            ("occupants[0].name", report.occupant_name.to_string()),
            ("moved_on", report.moved_on.to_string()),
            ("lease_until", report.lease_until.map(|day| day.to_string()).unwrap_or_default()),
        ]),
        None => Entry::of([("moved_on", page.shell.today.to_string())]),
    };
    let mut filing = FilingPage::load(&mut work, &page.shell, what, form).await?;
    filing.again = before.is_some();
    page.show(&filing)
}

async fn file_move_in(page: Landlords, Path(id): Path<Uuid>, form: Form<Filing>) -> Answer {
    file(page, (id, ReportKind::MoveIn), form).await
}

async fn file_move_out(page: Landlords, Path(id): Path<Uuid>, form: Form<Filing>) -> Answer {
    file(page, (id, ReportKind::MoveOut), form).await
}

async fn file(page: Landlords, what: (Uuid, ReportKind), form: Form<Filing>) -> Answer {
    if form.entry.has(MORE) {
        let mut work = page.read().await?;
        return page.show(&FilingPage::load(&mut work, &page.shell, what, form.entry).await?);
    }
    let filed = match form.said {
        Ok(filing) => file_all(&page, what, filing).await,
        Err(error) => Err(error),
    };
    match filed {
        Ok(1) => page.go("/let/reports", Said::done("let-filed")),
        Ok(_) => page.go("/let/reports", Said::done("let-filed-all")),
        Err(error) => {
            let entry = form.entry.faulted(error, page.shell.language)?;
            let mut work = page.read().await?;
            page.show_again(&FilingPage::load(&mut work, &page.shell, what, entry).await?)
        }
    }
}

/// Files one report for each person. The same filed again is the first one, so that a form sent twice files once.
async fn file_all(page: &Landlords, (dwelling, kind): (Uuid, ReportKind), filing: Filing) -> Result<usize> {
    let mut work = page.work().await?;
    let dwelling_id = landlords::own_dwelling(&mut work, dwelling).await?.dwelling_id;
    let (moved_on, lease_until) = (filing.moved_on, filing.lease_until);
    let people = filing.people()?;
    let count = people.len();
    for occupant in people {
        let new = NewReport { dwelling_id, kind, occupant, moved_on, lease_until };
        reports::file(&mut work, new).await.map_err(|error| match error {
            // The dwelling is theirs today: so it was not on that day.
            Error::NotFound("dwelling") => Error::invalid("moved_on", "not-yours-on-that-day"),
            other => other,
        })?;
    }
    work.commit().await?;
    Ok(count)
}
