//! The pages people work in: HTML from templates that the compiler checks, every form usable without a script.
//!
//! How to add a page:
//! - its address in `routes()` of its room's file, and a row in `tests/it/endpoints.rs`;
//! - a handler that takes one of the extractors of `shell` ([`Clerks`], [`Landlords`], …): everybody else finds no page;
//! - a template in `templates/`, which extends `layout.html`, names its [`Shell`] `s`, takes its texts from
//!   `locales/*/<room>.ftl` by `s.t("key")` and its parts from `parts.html`;
//! - a form posts to the page's own address and is read by [`Form`]: show what is wrong with [`Page::show_again`], and
//!   after a step that was done go on with [`Page::go`], which says so on the next page.

mod account;
mod accounts;
mod assets;
mod audit;
mod clock;
mod exchange;
mod form;
mod inquiries;
mod letting;
mod matter;
mod my;
mod news;
mod node;
mod overview;
mod problem;
mod reviews;
mod said;
mod shell;
mod sign_in;
mod specimens;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing;

use crate::access::Role;
use crate::error::Error;
use crate::web::{Door, Problem};
pub use form::{Entry, Form};
pub use said::Said;
pub use shell::{
    Answer, Auditors, Clerks, Everybody, Exchangers, Landlords, Officers, Page, Residents, Reviewers,
    SecurityAdministrators, Shell, Supervisors, SystemAdministrators,
};

/// Only this node's own files, no script or style inside a page, and forms that go to this node.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Every page, under what keeps them safe and turns problems into pages.
pub(super) fn router(door: &Door) -> Router<Door> {
    Router::new()
        .route("/", routing::get(start))
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(matter::routes())
        .merge(letting::routes())
        .merge(my::routes())
        .merge(specimens::routes())
        .merge(inquiries::routes())
        .merge(exchange::routes())
        .merge(overview::routes())
        .merge(reviews::routes())
        .merge(audit::routes())
        .merge(accounts::routes())
        .merge(node::routes())
        .layer(from_fn(form::carry_token))
        .layer(from_fn_with_state(door.clone(), shell::render))
        .layer(from_fn(protect))
        .merge(assets::routes())
}

async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
    // With no referrer at all, browsers call the origin of this node's own forms "null".
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    response
}

/// The entries of a role's menu: address, and key of the name. The first is where its work begins.
#[rustfmt::skip] // one line per entry
const fn menu(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Clerk => &[
            ("/inquiries", "menu-inquiries"),
            ("/exchange", "menu-exchange"),
            ("/account", "menu-account"),
        ],
        Role::Supervisor => &[
            ("/overview", "menu-overview"),
            ("/reviews", "menu-reviews"),
            ("/inquiries", "menu-inquiries"),
            ("/exchange", "menu-exchange"),
            ("/account", "menu-account"),
        ],
        Role::Landlord => &[
            ("/let", "menu-let"),
            ("/let/reports", "menu-let-reports"),
            ("/let/sheet", "menu-let-sheet"),
            ("/account", "menu-account"),
        ],
        Role::Resident => &[
            ("/my", "menu-my"),
            ("/my/record", "my-record"),
            ("/my/looks", "my-looks"),
            ("/my/tenancies", "my-tenancies"),
            ("/my/doubts", "my-doubts"),
            ("/my/consents", "my-consents"),
            ("/my/download", "my-download"),
            ("/account", "menu-account"),
        ],
        Role::Auditor => &[
            ("/audit", "menu-audit"),
            ("/reviews", "menu-reviews"),
            ("/account", "menu-account"),
        ],
        Role::SystemAdministrator => &[
            ("/node", "menu-node"),
            ("/exchange", "menu-exchange"),
            ("/account", "menu-account"),
        ],
        Role::SecurityAdministrator => &[
            ("/accounts", "menu-accounts"),
            ("/account", "menu-account"),
        ],
        Role::Peer | Role::System => &[],
    }
}

/// Where the work of whoever is signed in begins.
async fn start(page: Everybody) -> Answer {
    let first = menu(page.user().role).first().ok_or_else(|| Problem::from(Error::NotFound("page")))?;
    Ok(shell::see_other(first.0))
}
