//! 信息保护: whether the person's whereabouts are hidden, who asked for them meanwhile, asking for it and asking for its
//! end.

use axum::Router;
use axum::routing;

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Residents, Shell};
use super::Nothing;
use crate::residents::protection::{self, OwnProtection};
use crate::web::Door;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/my/protection", routing::get(show).post(request))
        .route("/my/protection/lift", routing::post(ask_to_lift))
}

#[derive(askama::Template)]
#[template(path = "my_protection.html")]
struct ProtectionPage<'a> {
    s: &'a Shell,
    own: OwnProtection,
    form: Entry,
}

async fn show(page: Residents) -> Answer {
    let own = protection::own(&mut page.read().await?).await?;
    page.show(&ProtectionPage { s: &page.shell, own, form: Entry::default() })
}

async fn request(page: Residents, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    protection::request(&mut work).await?;
    work.commit().await?;
    page.go("/my/protection", Said::done("my-protected"))
}

async fn ask_to_lift(page: Residents, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    match protection::ask_to_lift_own(&mut work).await {
        Ok(_) => {
            work.commit().await?;
            page.go("/my/protection", Said::done("my-lift-asked"))
        }
        Err(error) => {
            drop(work);
            let form = form.entry.faulted(error, page.shell.language)?;
            let own = protection::own(&mut page.read().await?).await?;
            page.show_again(&ProtectionPage { s: &page.shell, own, form })
        }
    }
}
