//! Every part of the pages in every state, for those who draw pages, and for the test that looks at them.

use axum::Router;
use axum::routing;

use super::form::Entry;
use super::shell::{Answer, Everybody, Shell};
use crate::error::Error;
use crate::web::Door;

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/specimens", routing::get(show))
}

#[derive(askama::Template)]
#[template(path = "specimens.html")]
struct SpecimensPage<'a> {
    s: &'a Shell,
    form: Entry,
    faulty: Entry,
    options: Vec<(String, String)>,
}

async fn show(page: Everybody) -> Answer {
    let form = Entry::of([("name", "李娜".to_owned()), ("main:bool", "true".to_owned())]);
    let faulty = Entry::of([("number", "1301020000".to_owned())])
        .faulted(Error::invalid("number", "wrong-check-digit"), page.shell.language)?;
    let options = [("a", "甲"), ("b", "乙")].map(|(value, words)| (value.to_owned(), words.to_owned())).into();
    page.show(&SpecimensPage { s: &page.shell, form, faulty, options })
}
