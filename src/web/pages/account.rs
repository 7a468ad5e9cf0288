//! One's own account: where one is logged in.

use axum::Router;
use axum::extract::State;
use axum::routing;

use super::form::{Entry, Form};
use super::said::Said;
use super::shell::{Answer, Everybody, Shell};
use crate::access::sessions::{self, OwnSession};
use crate::web::Door;
use crate::web::api::account::{EndSessions, end_sessions};

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/account", routing::get(show)).route("/account/sessions/end", routing::post(end))
}

#[derive(askama::Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    s: &'a Shell,
    sessions: Vec<OwnSession>,
    ending: Entry,
}

async fn show(State(door): State<Door>, page: Everybody) -> Answer {
    let sessions = own_sessions(&door, &page).await?;
    page.show(&AccountPage { s: &page.shell, sessions, ending: Entry::default() })
}

async fn own_sessions(door: &Door, page: &Everybody) -> Result<Vec<OwnSession>, crate::error::Error> {
    let mut work = door.app.system_read().await?;
    sessions::list(&mut work, page.user().id, page.credential()).await
}

async fn end(State(door): State<Door>, page: Everybody, form: Form<EndSessions>) -> Answer {
    let ended = match form.said {
        Ok(wanted) => end_sessions(&door, &page, wanted).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => page.go("/account", Said::done("sessions-ended")),
        Err(problem) => {
            let ending = form.entry.faulted(problem, page.shell.language)?;
            let sessions = own_sessions(&door, &page).await?;
            page.show_again(&AccountPage { s: &page.shell, sessions, ending })
        }
    }
}
