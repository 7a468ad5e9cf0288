//! Received messages that somebody has to work on: what came, why it waits, whom it means.

use axum::extract::State;
use axum::{Router, routing};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::plain::{first_text, reason_text};
use crate::exchange::cases::{self, Case};
use crate::residents::documents::{Document, DocumentKind};
use crate::residents::{self, Resident};
use crate::values::PageRequest;
use crate::web::pages::{Answer, Clerks, Entry, Form, Page, Said, Shell};
use crate::web::{Door, Path, Problem, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/exchange/cases", routing::get(list))
        .route("/exchange/cases/{id}", routing::get(show))
        .route("/exchange/cases/{id}/open", routing::post(open))
        .route("/exchange/cases/{id}/search", routing::post(search))
        .route("/exchange/cases/{id}/pair", routing::post(pair))
        .route("/exchange/cases/{id}/retry", routing::post(retry))
        .route("/exchange/cases/{id}/set-aside", routing::post(set_aside))
}

/// Which cases are wanted.
#[derive(Deserialize)]
struct Wanted {
    state: Option<cases::State>,
    after: Option<Uuid>,
}

#[derive(askama::Template)]
#[template(path = "cases.html")]
struct List<'a> {
    s: &'a Shell,
    state: cases::State,
    states: &'static [cases::State],
    /// Each with why it waits, in words.
    cases: Vec<(Case, String)>,
    next: Option<String>,
}

async fn list(page: Clerks, Query(wanted): Query<Wanted>) -> Answer {
    let state = wanted.state.unwrap_or(cases::State::Open);
    let mut work = page.read().await?;
    let found = cases::list(&mut work, state, &PageRequest { after: wanted.after, limit: None }).await?;
    let next = found.next.map(|next| format!("{next}&state={state}"));
    let cases = found.items.into_iter().map(|case| (reason_text(&page.shell, &case.reason), case));
    let cases = cases.map(|(reason, case)| (case, reason)).collect();
    page.show(&List { s: &page.shell, state, states: cases::State::ALL, cases, next })
}

#[derive(askama::Template)]
#[template(path = "case.html")]
struct OneCase<'a> {
    s: &'a Shell,
    case: Case,
    reason: String,
    is_open: bool,
    /// What the message says, once it was opened: name of the field, and its value.
    said: Vec<(String, String)>,
    form: Entry,
    /// Whom a search found.
    found: Option<Vec<Resident>>,
}

async fn view(page: &Page, id: Uuid, form: Entry) -> Result<OneCase<'_>, Problem> {
    let mut work = page.read().await?;
    let case = cases::get(&mut work, id).await?;
    let (reason, is_open) = (reason_text(&page.shell, &case.reason), case.state == cases::State::Open);
    Ok(OneCase { s: &page.shell, case, reason, is_open, said: Vec::new(), form, found: None })
}

async fn show(page: Clerks, Path(id): Path<Uuid>) -> Answer {
    let view = view(&page, id, Entry::default()).await?;
    page.show(&view)
}

/// Opens what the message says, for the matter at hand.
async fn open(State(door): State<Door>, page: Clerks, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.work().await?;
    cases::get(&mut work, id).await?;
    let message = cases::disclose(&mut work, door.app.station(), id, &page.reason()?).await?;
    work.commit().await?;
    let (name, number) = person_in(&message).unwrap_or_default();
    let mut view = view(&page, id, Entry::of([("name", name), ("number", number)])).await?;
    flatten(&page.shell, "", &message, &mut view.said);
    page.show(&view)
}

/// Name and document number of the first person a message names.
fn person_in(value: &Value) -> Option<(String, String)> {
    if let (Some(name), Some(number)) = (value["name"].as_str(), value["document"]["number"].as_str()) {
        return Some((name.to_owned(), number.to_owned()));
    }
    match value {
        Value::Object(members) => members.values().find_map(person_in),
        Value::Array(items) => items.iter().find_map(person_in),
        _ => None,
    }
}

/// What the message says, field by field; its envelope's own fields are told apart.
fn flatten(s: &Shell, name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    const OWN: [&str; 6] = ["id", "kind", "version", "from", "to", "sent_at"];
    let words = |name: &str| first_text(s, &[format!("message-{name}")]).unwrap_or_else(|| name.replace('_', " "));
    match value {
        Value::Object(members) => {
            for (member, value) in
                members.iter().filter(|(member, _)| !name.is_empty() || !OWN.contains(&member.as_str()))
            {
                let whole = if name.is_empty() { words(member) } else { format!("{name} · {}", words(member)) };
                flatten(s, if member == "payload" { " " } else { &whole }, value, rows);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(s, name, item, rows)),
        Value::String(text) => rows.push((name.trim_start_matches([' ', '·']).to_owned(), text.clone())),
        Value::Null => {}
        other => rows.push((name.trim_start_matches([' ', '·']).to_owned(), other.to_string())),
    }
}

/// Whom to look for here: by the document, or else by the name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    name: Option<String>,
    number: Option<String>,
}

async fn search(page: Clerks, Path(id): Path<Uuid>, form: Form<Search>) -> Answer {
    let found = match form.said {
        Ok(search) => find(&page, id, search).await,
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(found) => {
            let mut view = view(&page, id, form.entry).await?;
            view.found = Some(found);
            page.show(&view)
        }
        Err(problem) => {
            let view = view(&page, id, form.entry.faulted(problem, page.shell.language)?).await?;
            page.show_again(&view)
        }
    }
}

async fn find(page: &Page, id: Uuid, search: Search) -> Result<Vec<Resident>, Problem> {
    let reason = page.reason()?;
    let mut work = page.work().await?;
    cases::get(&mut work, id).await?;
    let found = match (search.number, search.name) {
        (Some(number), _) => {
            let document = Document::parse(DocumentKind::CitizenId, &number)
                .or_else(|_| Document::parse(DocumentKind::Other, &number))
                .map_err(|fault| crate::error::Error::invalid("number", fault.0))?;
            residents::find_by_document(&mut work, &document, &reason).await?.into()
        }
        (None, name) => {
            residents::find_by_name(&mut work, &name.unwrap_or_default(), &reason).await.map_err(at_name)?
        }
    };
    // A search is written down whatever it comes to.
    work.commit().await?;
    Ok(found.residents()?)
}

/// The API's path of the name, at this form's field.
fn at_name(error: crate::error::Error) -> crate::error::Error {
    use crate::error::Error;
    match error {
        Error::Invalid(mut faults) => {
            faults.iter_mut().filter(|fault| fault.field == "by.name").for_each(|fault| fault.field = "name".into());
            Error::Invalid(faults)
        }
        other => other,
    }
}

/// Whom a case is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairing {
    resident_id: Uuid,
}

async fn pair(State(door): State<Door>, page: Clerks, Path(id): Path<Uuid>, form: Form<Pairing>) -> Answer {
    let paired = async {
        let pairing = form.said?;
        let mut work = page.work().await?;
        cases::pair(&mut work, door.app.station(), id, pairing.resident_id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, paired.await, "case-paired").await
}

async fn retry(State(door): State<Door>, page: Clerks, Path(id): Path<Uuid>) -> Answer {
    let tried = async {
        let mut work = page.work().await?;
        cases::retry(&mut work, door.app.station(), id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, tried.await, "case-applied").await
}

async fn set_aside(page: Clerks, Path(id): Path<Uuid>) -> Answer {
    let set = async {
        let mut work = page.work().await?;
        cases::set_aside(&mut work, id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, set.await, "case-set-aside").await
}

/// On to the cases that are left, or back to this one with what is wrong.
async fn done(page: &Page, id: Uuid, result: Result<(), Problem>, code: &str) -> Answer {
    match result {
        Ok(()) => page.go("/exchange/cases", Said::done(code)),
        Err(problem) => {
            let view = view(page, id, Entry::default().faulted(problem, page.shell.language)?).await?;
            page.show_again(&view)
        }
    }
}
