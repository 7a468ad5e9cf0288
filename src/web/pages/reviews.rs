//! Looks drawn by chance for a second look, by a supervisor or an auditor.

use axum::{Router, routing};
use serde::Deserialize;
use uuid::Uuid;

use super::clock::Clock;
use super::overview::{officer_name, place, short};
use super::{Answer, Entry, Form, Page, Reviewers, Said, Shell};
use crate::access::users;
use crate::journal::looks::{self, Decision, Objection, Review};
use crate::values::PageRequest;
use crate::web::{Door, Path, Problem, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/reviews", routing::get(show)).route("/reviews/{id}", routing::post(decide))
}

/// Which reviews are wanted.
#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    decided: bool,
    after: Option<Uuid>,
}

/// A look in words.
struct Row {
    review: Review,
    officer: String,
    office: String,
    clock: Clock,
    purpose: String,
    fields: String,
    subjects: String,
}

#[derive(askama::Template)]
#[template(path = "reviews.html")]
struct Reviews<'a> {
    s: &'a Shell,
    decided: bool,
    rows: Vec<Row>,
    next: Option<String>,
    objections: Vec<(String, String)>,
    form: Entry,
}

async fn show(page: Reviewers, Query(wanted): Query<Wanted>) -> Answer {
    let view = view(&page, &wanted, Entry::default()).await?;
    page.show(&view)
}

async fn view<'p>(page: &'p Page, wanted: &Wanted, form: Entry) -> Result<Reviews<'p>, Problem> {
    let s = &page.shell;
    let mut work = page.read().await?;
    let request = PageRequest { after: wanted.after, limit: None };
    let found = looks::reviews(&mut work, wanted.decided, &request).await?;
    let officers = users::officers_of_scope(&mut work).await?;
    let next = found.next.map(|next| if wanted.decided { format!("{next}&decided=true") } else { next });
    let purposes = &page.app().node().purposes.purposes;
    let rows = found.items.into_iter().map(|review| {
        let purpose = purposes.iter().find(|known| Some(known.code.as_str()) == review.purpose.as_deref());
        Row {
            officer: officer_name(&officers, review.officer),
            office: place(&review.office),
            clock: Clock::of(page, review.due_on),
            purpose: purpose.map_or_else(String::new, |purpose| s.either(&purpose.text)),
            fields: review.fields.iter().map(|field| s.field(field)).collect::<Vec<_>>().join(" · "),
            subjects: review.subjects.iter().map(|id| short(*id)).collect::<Vec<_>>().join(" "),
            review,
        }
    });
    let objections = Objection::ALL.iter().map(|one| (one.to_string(), s.w("objection", one))).collect();
    Ok(Reviews { s, decided: wanted.decided, rows: rows.collect(), next, objections, form })
}

async fn decide(page: Reviewers, Path(id): Path<Uuid>, form: Form<Decision>) -> Answer {
    let decided = async {
        let decision = form.said?;
        let mut work = page.work().await?;
        looks::review(&mut work, id, decision).await?;
        work.commit().await?;
        Ok::<_, Problem>(if decision.objection.is_some() { "look-objected" } else { "look-confirmed" })
    };
    match decided.await {
        Ok(code) => page.go("/reviews", Said::done(code)),
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            let view = view(&page, &Wanted::default(), form).await?;
            page.show_again(&view)
        }
    }
}
