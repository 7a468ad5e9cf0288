//! The security administrator's pages: accounts, invitations, tokens, officers named to see protected persons, and the
//! lists of purposes and bases.

use axum::{Router, routing};
use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, Entry, Form, Page, Said, SecurityAdministrators, Shell};
use crate::access::protection::{self, NamedOfficers};
use crate::access::tokens::{self, Token};
use crate::access::users::{self, Invitation, NewUser, User};
use crate::access::{Action, Purposes, Role, Secret, second_factors, sessions};
use crate::values::{Label, PageRequest};
use crate::web::{Created, Door, Path, Problem, Query, create};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/accounts", routing::get(list))
        .route("/accounts/new", routing::get(ask).post(invite))
        .route("/accounts/purposes", routing::get(purposes))
        .route("/accounts/{id}", routing::get(show))
        .route("/accounts/{id}/invitation", routing::post(invite_again))
        .route("/accounts/{id}/disable", routing::post(disable))
        .route("/accounts/{id}/second-factor", routing::post(reset_second_factor))
        .route("/accounts/{id}/sign-out", routing::post(sign_out))
        .route("/accounts/{id}/protection", routing::post(name_for_protection))
        .route("/accounts/{id}/tokens", routing::post(issue_token))
        .route("/accounts/{id}/tokens/revoke", routing::post(revoke_token))
}

/// Where the page before ended.
#[derive(Deserialize)]
struct After {
    after: Option<Uuid>,
}

#[derive(askama::Template)]
#[template(path = "accounts.html")]
struct Accounts<'a> {
    s: &'a Shell,
    users: Vec<User>,
    next: Option<String>,
    named: NamedOfficers,
}

async fn list(page: SecurityAdministrators, Query(After { after }): Query<After>) -> Answer {
    let mut work = page.read().await?;
    let found = users::list(&mut work, &PageRequest { after, limit: None }).await?;
    let named = protection::named(&mut work).await?;
    page.show(&Accounts { s: &page.shell, users: found.items, next: found.next, named })
}

#[derive(askama::Template)]
#[template(path = "account_new.html")]
struct NewAccount<'a> {
    s: &'a Shell,
    form: Entry,
    once: String,
    roles: Vec<(String, String)>,
}

fn new_account<'p>(page: &'p Page, form: Entry) -> Result<NewAccount<'p>, Problem> {
    let s = &page.shell;
    let people = Role::ALL.iter().filter(|role| !matches!(role, Role::Peer | Role::System));
    let roles = people.map(|role| (role.to_string(), s.w("role", role))).collect();
    Ok(NewAccount { s, form, once: Secret::random()?.reveal().to_owned(), roles })
}

async fn ask(page: SecurityAdministrators) -> Answer {
    let scope = page.actor().scope.division().to_string();
    page.show(&new_account(&page, Entry::of([("scope", scope)]))?)
}

/// Something that is shown once, to be handed over.
#[derive(askama::Template)]
#[template(path = "account_secret.html")]
struct Handed<'a> {
    s: &'a Shell,
    user: User,
    /// `invitation` or `token`.
    what: &'static str,
    /// Absent when a form was sent twice: it is not kept in the clear.
    secret: Option<String>,
}

/// An account and, this once, its code.
struct Invited {
    id: Uuid,
    user: User,
    code: Option<String>,
}

impl From<Invitation> for Invited {
    fn from(Invitation { user, code }: Invitation) -> Self {
        Self { id: user.id, user, code: Some(code.reveal().to_owned()) }
    }
}

impl From<User> for Invited {
    fn from(user: User) -> Self {
        Self { id: user.id, user, code: None }
    }
}

async fn invite(page: SecurityAdministrators, form: Form<NewUser>) -> Answer {
    let invited = match form.said {
        Ok(new) => create_user(&page, new, form.key).await,
        Err(error) => Err(error.into()),
    };
    match invited {
        Ok(Created { resource: Invited { user, code, .. }, .. }) => {
            page.show(&Handed { s: &page.shell, user, what: "invitation", secret: code })
        }
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            page.show_again(&new_account(&page, form)?)
        }
    }
}

async fn create_user(
    page: &Page,
    new: NewUser,
    key: Option<crate::access::idempotency::RequestKey>,
) -> Result<Created<Invited>, Problem> {
    create!(page.caller, key, |work| users::invite(work, new).await.map(Invited::from), |work, id| users::get(work, id)
        .await
        .map(Invited::from),)
}

#[derive(askama::Template)]
#[template(path = "account_one.html")]
struct OneAccount<'a> {
    s: &'a Shell,
    user: User,
    tokens: Vec<Token>,
    form: Entry,
    /// Whether the account is named to see protected persons; absent where it cannot be.
    named: Option<bool>,
    machines: bool,
    is_oneself: bool,
}

async fn show(page: SecurityAdministrators, Path(id): Path<Uuid>) -> Answer {
    let view = view(&page, id, Entry::default()).await?;
    page.show(&view)
}

async fn view(page: &Page, id: Uuid, form: Entry) -> Result<OneAccount<'_>, Problem> {
    let mut work = page.read().await?;
    let user = users::get(&mut work, id).await?;
    let tokens = tokens::list(&mut work, id).await?;
    let named = protection::named(&mut work).await?.officers.iter().any(|officer| officer.user_id == id);
    let named = user.role.may(Action::ProtectResidents).then_some(named);
    let machines = page.app().node().sign_in.lets_machines_act_as(user.role);
    Ok(OneAccount { s: &page.shell, user, tokens, form, named, machines, is_oneself: page.user().id == id })
}

async fn invite_again(page: SecurityAdministrators, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.work().await?;
    let Invitation { user, code } = users::invite_again(&mut work, id).await?;
    work.commit().await?;
    let secret = Some(code.reveal().to_owned());
    page.show(&Handed { s: &page.shell, user, what: "invitation", secret })
}

async fn disable(page: SecurityAdministrators, Path(id): Path<Uuid>) -> Answer {
    let disabled = async {
        let mut work = page.work().await?;
        users::disable(&mut work, id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, disabled.await, Entry::default(), "user-disabled").await
}

async fn reset_second_factor(page: SecurityAdministrators, Path(id): Path<Uuid>) -> Answer {
    let reset = async {
        let mut work = page.work().await?;
        second_factors::reset(&mut work, id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, reset.await, Entry::default(), "second-factor-reset").await
}

async fn sign_out(page: SecurityAdministrators, Path(id): Path<Uuid>) -> Answer {
    let ended = async {
        let mut work = page.work().await?;
        sessions::sign_out(&mut work, Some(id)).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, ended.await, Entry::default(), "user-signed-out").await
}

/// Whether the officer is to see protected persons.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Naming {
    named: bool,
}

async fn name_for_protection(page: SecurityAdministrators, Path(id): Path<Uuid>, form: Form<Naming>) -> Answer {
    let named = async {
        let mut work = page.work().await?;
        match form.said?.named {
            true => protection::name(&mut work, id).await?,
            false => protection::unname(&mut work, id).await?,
        };
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, named.await, Entry::default(), "protection-officers").await
}

/// What a token is wanted for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    name: Label,
    days: u16,
}

async fn issue_token(page: SecurityAdministrators, Path(id): Path<Uuid>, form: Form<NewToken>) -> Answer {
    let issued = async {
        let NewToken { name, days } = form.said?;
        let mut work = page.work().await?;
        let (_, secret) = tokens::issue(&mut work, id, name, days).await?;
        let user = users::get(&mut work, id).await?;
        work.commit().await?;
        Ok::<_, Problem>((user, secret))
    };
    match issued.await {
        Ok((user, secret)) => {
            let secret = Some(secret.reveal().to_owned());
            page.show(&Handed { s: &page.shell, user, what: "token", secret })
        }
        Err(problem) => done(&page, id, Err(problem), form.entry, "").await,
    }
}

/// Which token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    token: Uuid,
}

async fn revoke_token(page: SecurityAdministrators, Path(id): Path<Uuid>, form: Form<Which>) -> Answer {
    let revoked = async {
        let mut work = page.work().await?;
        tokens::revoke(&mut work, form.said?.token).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    done(&page, id, revoked.await, Entry::default(), "token-revoked").await
}

/// Back to the account, with what was done or what is wrong.
async fn done(page: &Page, id: Uuid, result: Result<(), Problem>, entry: Entry, code: &str) -> Answer {
    match result {
        Ok(()) => page.go(&format!("/accounts/{id}"), Said::done(code)),
        Err(problem) => {
            let view = view(page, id, entry.faulted(problem, page.shell.language)?).await?;
            page.show_again(&view)
        }
    }
}

#[derive(askama::Template)]
#[template(path = "purposes.html")]
struct PurposesPage<'a> {
    s: &'a Shell,
    lists: &'a Purposes,
}

async fn purposes(page: SecurityAdministrators) -> Answer {
    page.show(&PurposesPage { s: &page.shell, lists: &page.app().node().purposes })
}
