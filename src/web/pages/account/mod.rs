//! One's own account: where one is logged in, the password, the second factor.

mod second_factor;

use std::ops::Deref;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing;

use super::form::{Entry, Form};
use super::said::Said;
use super::shell::{Answer, Everybody, Page, Shell};
use super::sign_in::hand_over;
use crate::access::sessions::{self, OwnSession};
use crate::web::api::account::{EndSessions, NewPassword, changed_password, end_sessions};
use crate::web::{Door, Owner, Problem};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/account", routing::get(show))
        .route("/account/sessions/end", routing::post(end))
        .route("/account/password", routing::get(show_password).post(change_password))
        .merge(second_factor::routes())
}

/// The owner of an account, also before they have the second factor their role must have.
struct Own(Page);

impl Deref for Own {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.0
    }
}

impl FromRequestParts<Door> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let Owner(caller) = Owner::from_request_parts(parts, door).await?;
        Ok(Self(Page::around(caller, parts, door)))
    }
}

#[derive(askama::Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    s: &'a Shell,
    login: String,
    has_second_factor: bool,
    sessions: Vec<OwnSession>,
    ending: Entry,
}

impl<'a> AccountPage<'a> {
    async fn load(door: &Door, page: &'a Everybody, ending: Entry) -> Result<Self, Problem> {
        let mut work = door.app.system_read().await?;
        let sessions = sessions::list(&mut work, page.user().id, page.credential()).await?;
        let (login, has_second_factor) = (page.user().login.to_string(), page.has_second_factor());
        Ok(Self { s: &page.shell, login, has_second_factor, sessions, ending })
    }
}

async fn show(State(door): State<Door>, page: Everybody) -> Answer {
    page.show(&AccountPage::load(&door, &page, Entry::default()).await?)
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
            page.show_again(&AccountPage::load(&door, &page, ending).await?)
        }
    }
}

#[derive(askama::Template)]
#[template(path = "account_password.html")]
struct PasswordPage<'a> {
    s: &'a Shell,
    login: String,
    wants_code: bool,
    form: Entry,
}

async fn show_password(page: Own) -> Answer {
    let (login, wants_code) = (page.user().login.to_string(), page.has_second_factor());
    page.show(&PasswordPage { s: &page.shell, login, wants_code, form: Entry::default() })
}

async fn change_password(State(door): State<Door>, page: Own, form: Form<NewPassword>) -> Answer {
    let changed = match form.said {
        Ok(wanted) => changed_password(&door, &page, wanted).await,
        Err(error) => Err(error.into()),
    };
    match changed {
        Ok(mut begun) => {
            // Said already.
            begun.notices.retain(|notice| notice.kind != "password-changed");
            let mut response = page.go("/account", Said::done("password-changed"))?;
            hand_over(&door, &begun, &mut response);
            Ok(response)
        }
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            let (login, wants_code) = (page.user().login.to_string(), page.has_second_factor());
            page.show_again(&PasswordPage { s: &page.shell, login, wants_code, form })
        }
    }
}
