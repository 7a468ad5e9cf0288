//! Taking along and forgetting: everything on record as a PDF or as JSON, the day on which the file is deleted, and the
//! request to delete it earlier.

use axum::Router;
use axum::routing;

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Residents, Shell};
use super::Nothing;
use crate::error::Result;
use crate::extracts::{self, Made, OwnExtract};
use crate::retention::{self, Retention};
use crate::web::Door;
use crate::web::api::extracts::file;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/my/download", routing::get(show).post(download))
        .route("/my/erasure", routing::post(ask))
        .route("/my/erasure/take-back", routing::post(take_back))
}

#[derive(askama::Template)]
#[template(path = "my_download.html")]
struct TakePage<'a> {
    s: &'a Shell,
    retention: Retention,
    taking: Entry,
    erasing: Entry,
}

impl<'a> TakePage<'a> {
    async fn load(page: &'a Residents, taking: Entry, erasing: Entry) -> Result<Self> {
        let mut work = page.read().await?;
        Ok(Self { s: &page.shell, retention: retention::own(&mut work).await?, taking, erasing })
    }
}

async fn show(page: Residents) -> Answer {
    page.show(&TakePage::load(&page, Entry::default(), Entry::default()).await?)
}

async fn download(page: Residents, form: Form<OwnExtract>) -> Answer {
    let made = match form.said {
        Ok(wanted) => make(&page, wanted).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => Ok(file(made)),
        Err(error) => {
            let taking = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&TakePage::load(&page, taking, Entry::default()).await?)
        }
    }
}

async fn make(page: &Residents, wanted: OwnExtract) -> Result<Made> {
    let mut work = page.work().await?;
    let made = extracts::make_own(&mut work, wanted).await?;
    work.commit().await?;
    Ok(made)
}

async fn ask(page: Residents, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    match retention::ask_own_erasure(&mut work).await {
        Ok(_) => {
            work.commit().await?;
            page.go("/my/download", Said::done("my-erasure-asked"))
        }
        Err(error) => {
            drop(work);
            let erasing = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&TakePage::load(&page, Entry::default(), erasing).await?)
        }
    }
}

async fn take_back(page: Residents, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    match retention::take_back_own_erasure(&mut work).await {
        Ok(_) => {
            work.commit().await?;
            page.go("/my/download", Said::done("my-erasure-taken-back"))
        }
        Err(error) => {
            drop(work);
            let erasing = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&TakePage::load(&page, Entry::default(), erasing).await?)
        }
    }
}
