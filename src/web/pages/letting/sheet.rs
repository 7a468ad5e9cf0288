//! Filing a whole sheet: copied out of a spreadsheet program and pasted, or read into the form from a file by the page's
//! script. So the form stays one text, and no file is sent.

use axum::Router;
use axum::routing;
use serde::Deserialize;

use super::super::form::{Entry, Form};
use super::super::shell::{Answer, Landlords, Shell};
use crate::error::Error;
use crate::reports::{self, Column, FiledSheet};
use crate::web::{Door, Problem};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/let/sheet", routing::get(show).post(file))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pasted {
    sheet: String,
}

#[derive(askama::Template)]
#[template(path = "let_sheet.html")]
struct SheetPage<'a> {
    s: &'a Shell,
    form: Entry,
    /// What is wrong, named by row and column.
    faults: Vec<String>,
    filed: Option<FiledSheet>,
    columns: Vec<String>,
}

impl<'a> SheetPage<'a> {
    fn of(s: &'a Shell) -> Self {
        let columns = Column::ALL.iter().map(|column| s.w("let-column", column)).collect();
        Self { s, form: Entry::default(), faults: Vec::new(), filed: None, columns }
    }
}

async fn show(page: Landlords) -> Answer {
    page.show(&SheetPage::of(&page.shell))
}

async fn file(page: Landlords, form: Form<Pasted>) -> Answer {
    let filed = match form.said {
        Ok(pasted) => file_sheet(&page, &pasted.sheet).await,
        Err(error) => Err(error),
    };
    match filed {
        Ok(filed) => page.show(&SheetPage { filed: Some(filed), ..SheetPage::of(&page.shell) }),
        Err(error) => {
            let problem = Problem::from(error);
            let named = problem.fields(page.shell.language);
            let faults = named.iter().map(|fault| at_cell(&page.shell, &fault.field, &fault.message)).collect();
            let form = form.entry.faulted(problem, page.shell.language)?;
            page.show_again(&SheetPage { form, faults, ..SheetPage::of(&page.shell) })
        }
    }
}

async fn file_sheet(page: &Landlords, text: &str) -> Result<FiledSheet, Error> {
    let mut work = page.work().await?;
    let filed = reports::file_sheet(&mut work, text.as_bytes()).await?;
    work.commit().await?;
    Ok(filed)
}

/// A fault in words: `rows[3].name` is row 3, name; `columns.kind` a column that is missing.
fn at_cell(s: &Shell, field: &str, message: &str) -> String {
    let column = |name: &str| s.w("let-column", name.split('.').next_back().unwrap_or(name));
    match field.strip_prefix("rows[").and_then(|rest| rest.split_once("].")) {
        Some((row, name)) => format!("{} {}: {message}", s.t1("let-sheet-row", "row", row), column(name)),
        None if field.starts_with("columns.") => format!("{}: {message}", column(field)),
        None => message.to_owned(),
    }
}
