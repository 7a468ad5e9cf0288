//! "This is wrong": what the person doubts, until when it is answered, and what became of it.

use axum::Router;
use axum::routing;
use serde::Deserialize;

use super::super::clock::Clock;
use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Residents, Shell};
use super::word;
use crate::civil_records;
use crate::doubts::{self, About, Doubt, DoubtReason, IdentityField, NewDoubt};
use crate::error::{Error, Result};
use crate::web::{Door, Query};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/my/doubts", routing::get(show).post(raise))
}

/// The form: `about` is a field of the identity or the id of a record, because a choice has one name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doubting {
    about: String,
    reason: DoubtReason,
}

impl Doubting {
    fn read(self) -> Result<NewDoubt> {
        let about = match self.about.parse::<IdentityField>() {
            Ok(field) => About::Identity(field),
            Err(_) => {
                let record = self.about.parse().map_err(|_| Error::invalid("about", "unknown-word"))?;
                About::CivilRecord(record)
            }
        };
        Ok(NewDoubt { about, reason: self.reason })
    }
}

/// What the page is opened for.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    about: String,
}

/// A doubt with its clock, while it is open.
struct Told {
    doubt: Doubt,
    clock: Option<Clock>,
}

#[derive(askama::Template)]
#[template(path = "my_doubts.html")]
struct DoubtsPage<'a> {
    s: &'a Shell,
    doubts: Vec<Told>,
    abouts: Vec<(String, String)>,
    reasons: Vec<(String, String)>,
    form: Entry,
}

impl<'a> DoubtsPage<'a> {
    async fn load(page: &'a Residents, form: Entry) -> Result<Self> {
        let (s, mut work) = (&page.shell, page.read().await?);
        let doubts = doubts::list_own(&mut work).await?.into_iter();
        let doubts = doubts.map(|doubt| Told { clock: doubt.is_open().then(|| Clock::of(page, doubt.due_on)), doubt });
        let doubts = doubts.collect();
        let mut abouts: Vec<(String, String)> =
            IdentityField::ALL.iter().map(|field| (field.to_string(), word(s, "my-fact", field.as_str()))).collect();
        for record in civil_records::own_summaries(&mut work).await? {
            let words = format!("{} · {}", s.w("my-civil", record.kind), s.instant(&record.recorded_at));
            abouts.push((record.id.to_string(), words));
        }
        let reasons = DoubtReason::ALL.iter().map(|code| (code.to_string(), s.w("my-doubt-reason", code))).collect();
        Ok(Self { s, doubts, abouts, reasons, form })
    }

    /// What a doubt is about, in words.
    fn about(&self, doubt: &Doubt) -> String {
        match doubt.field {
            Some(field) => word(self.s, "my-fact", field.as_str()),
            None => {
                let record = doubt.about_id.to_string();
                let known = self.abouts.iter().find(|(id, _)| *id == record).map(|(_, words)| words.clone());
                known.unwrap_or_else(|| self.s.t("my-civil-record"))
            }
        }
    }
}

async fn show(page: Residents, Query(wanted): Query<Wanted>) -> Answer {
    let form = Entry::of([("about", wanted.about)]);
    page.show(&DoubtsPage::load(&page, form).await?)
}

async fn raise(page: Residents, form: Form<Doubting>) -> Answer {
    let raised = match form.said.and_then(Doubting::read) {
        Ok(new) => put(&page, new).await,
        Err(error) => Err(error),
    };
    match raised {
        Ok(()) => page.go("/my/doubts", Said::done("my-doubted")),
        Err(error) => {
            let form = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&DoubtsPage::load(&page, form).await?)
        }
    }
}

async fn put(page: &Residents, new: NewDoubt) -> Result<()> {
    let mut work = page.work().await?;
    doubts::raise_own(&mut work, new).await?;
    work.commit().await
}
