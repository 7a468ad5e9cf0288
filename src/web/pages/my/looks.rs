//! 谁看过我的信息: who looked, from which office, when, for what, and at which fields, in plain words; what is kept
//! confidential stands there as sealed, with the day on which it opens.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing;
use serde::Deserialize;

use super::super::shell::{Answer, Residents, Shell};
use super::word;
use crate::access::Role;
use crate::error::Error;
use crate::journal::{self, Look};
use crate::residents;
use crate::values::{DivisionCode, PageRequest};
use crate::web::{Door, Query};

/// Looks on one page.
const AT_ONCE: u16 = 20;

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/my/looks", routing::get(show)).route("/my/looks/log", routing::get(log))
}

/// A look in words.
struct Told {
    when: String,
    /// Who did what.
    what: String,
    /// What it was for.
    purpose: Option<String>,
    /// What allowed it.
    basis: Option<String>,
    case: Option<String>,
    /// Which data.
    fields: String,
    /// Where the data went.
    recipient: Option<String>,
    sealed: bool,
    /// The day on which a sealed look opens.
    opens: String,
    in_anothers_case: bool,
    under_review: bool,
}

#[derive(askama::Template)]
#[template(path = "my_looks.html")]
struct LooksPage<'a> {
    s: &'a Shell,
    looks: Vec<Told>,
    next: Option<String>,
}

async fn show(page: Residents, Query(wanted): Query<PageRequest>) -> Answer {
    let mut work = page.read().await?;
    let wanted = PageRequest { limit: wanted.limit.or(Some(AT_ONCE)), ..wanted };
    let looks = residents::looks(&mut work, &wanted).await?;
    let told = looks.items.iter().map(|look| in_words(&page.shell, look)).collect();
    page.show(&LooksPage { s: &page.shell, looks: told, next: looks.next })
}

fn in_words(s: &Shell, look: &Look) -> Told {
    let office = look.office_name.clone().or_else(|| look.office.as_ref().map(ToString::to_string)).unwrap_or_default();
    let who = match look.role {
        Some(Role::Resident) => s.t("my-look-you"),
        Some(Role::System) => s.t("my-look-node"),
        Some(Role::Peer) | None => office,
        Some(role) => s.t2("my-look-officer", "office", office, "role", s.w("role", role)),
    };
    let fields: Vec<String> = look.fields.iter().map(|field| word(s, "my-data", field)).collect();
    Told {
        when: s.instant(&look.at),
        what: s.t1(&format!("my-look-{}", look.kind.replace(['.', '_'], "-")), "who", who),
        purpose: look.purpose_text.as_ref().map(|text| s.either(text)).or_else(|| look.purpose.clone()),
        basis: match (&look.basis_text, &look.basis_reference) {
            (Some(text), Some(reference)) => Some(format!("{} ({reference})", s.either(text))),
            _ => look.basis.clone(),
        },
        case: look.case.clone(),
        fields: fields.join(s.t("my-comma").as_str()),
        recipient: look.recipient.as_deref().map(|code| locality(s, code)),
        sealed: look.sealed_until.is_some(),
        opens: look.sealed_until.map(|day| s.day(&day)).unwrap_or_default(),
        in_anothers_case: look.in_anothers_case,
        under_review: look.under_review,
    }
}

/// The name of the place whose node has a code, where it is a division's.
pub(super) fn locality(s: &Shell, code: &str) -> String {
    code.parse::<DivisionCode>().map_or_else(|_| code.to_owned(), |division| s.place(&division))
}

/// Where the extract begins.
#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

/// The log's entries about the person with their proofs, as the page at `/verify` reads them.
async fn log(page: Residents, Query(Before { before }): Query<Before>) -> Answer {
    let mut work = page.read().await?;
    let extract = journal::own_extract(&mut work, before).await?;
    let body = serde_json::to_vec_pretty(&extract).map_err(Error::internal)?;
    let name = format!("attachment; filename=\"anju-log-{}.json\"", page.shell.today);
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}
