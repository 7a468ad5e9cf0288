//! The matter an officer works on: purpose, basis and case, chosen once and named with every look and search until
//! another is chosen. It lives in the browser, and every look is judged by what came with it.

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use axum::routing;
use chrono::TimeDelta;
use serde::Deserialize;

use super::form::{Entry, Form};
use super::shell::{Answer, Officers, see_other};
use crate::access::{Bilingual, CaseRef, Field, PurposeCode, Role};
use crate::error::Error;
use crate::journal::Reason;
use crate::values::parse_field;
use crate::web::{Door, Problem};

const COOKIE: &str = "anju-matter";
/// A working day.
const KEPT: TimeDelta = TimeDelta::hours(12);

/// What an officer is working on.
pub struct Matter {
    /// Purpose, basis, case.
    pub reason: Reason,
    /// The purpose in words.
    pub purpose: Bilingual,
}

impl Matter {
    /// The matter that came with the request, when the lists still have it.
    pub(super) fn read(door: &Door, headers: &HeaderMap, role: Role) -> Option<Self> {
        let text = door.transport.read(COOKIE, headers)?;
        let (purpose, rest) = text.split_once('|')?;
        let (basis, case) = rest.split_once('|')?;
        let reason = Reason { purpose: purpose.parse().ok()?, basis: basis.parse().ok()?, case: case.parse().ok()? };
        let purposes = &door.app.node().purposes;
        purposes.check(&reason, role, &[]).ok()?;
        let purpose = purposes.purposes.iter().find(|known| known.code == reason.purpose)?.text.clone();
        Some(Self { reason, purpose })
    }
}

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/matter", routing::get(show).post(choose))
}

#[derive(askama::Template)]
#[template(path = "matter.html")]
struct MatterPage<'a> {
    s: &'a super::Shell,
    form: Entry,
    purposes: Vec<Offered>,
}

/// A purpose in words, and its choices: the value of the form, and the basis in words.
pub(super) struct Offered {
    pub words: String,
    pub grounds: Vec<(String, String)>,
}

/// What the officer chose. The purpose and its basis are one choice: `purpose|basis`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choose {
    grounds: String,
    case: CaseRef,
    back: Option<String>,
}

/// Asks for the matter at hand.
async fn show(page: Officers, headers: HeaderMap) -> Answer {
    // The page one came from, when it is one of this node's; the door sends no referrer elsewhere.
    let back = headers.get("hx-current-url").and_then(|url| url.to_str().ok()).unwrap_or_default().to_owned();
    let case = page.shell.matter.as_ref().map(|matter| matter.reason.case.to_string()).unwrap_or_default();
    let grounds = page.shell.matter.as_ref().map(|m| format!("{}|{}", m.reason.purpose, m.reason.basis));
    let form = Entry::of([("case", case), ("grounds", grounds.unwrap_or_default()), ("back", back)]);
    page.show(&MatterPage { s: &page.shell, form, purposes: purposes(&page) })
}

fn purposes(page: &Officers) -> Vec<Offered> {
    purposes_for(page, |_| true)
}

/// The purposes of the role that open something for it.
pub(super) fn purposes_for(page: &Officers, opens: impl Fn(&[Field]) -> bool) -> Vec<Offered> {
    let role = page.user().role;
    let lists = page.app().node().purposes.shown_to(role);
    let purposes = lists.purposes.iter().filter(|purpose| purpose.opens.get(&role).is_some_and(|fields| opens(fields)));
    purposes
        .map(|purpose| {
            let bases = purpose.bases.iter().filter_map(|code| lists.basis(code));
            let grounds =
                bases.map(|basis| (format!("{}|{}", purpose.code, basis.code), page.shell.either(&basis.text)));
            Offered { words: page.shell.either(&purpose.text), grounds: grounds.collect() }
        })
        .collect()
}

/// The reason that a form's choice of grounds and a case make.
pub(super) fn reason_of(grounds: &str, case: CaseRef) -> Result<Reason, Error> {
    let (purpose, basis) = grounds.split_once('|').unwrap_or((grounds, ""));
    let purpose: PurposeCode = parse_field("grounds", purpose)?;
    Ok(Reason { purpose, basis: parse_field("grounds", basis)?, case })
}

async fn choose(page: Officers, form: Form<Choose>) -> Answer {
    let role = page.user().role;
    let chosen = form.said.and_then(|chosen| {
        let reason = reason_of(&chosen.grounds, chosen.case)?;
        page.app().node().purposes.check(&reason, role, &[])?;
        Ok((reason, chosen.back))
    });
    match chosen {
        Ok((reason, back)) => Ok(remember(&page, &reason, back.as_deref().unwrap_or("/"))),
        Err(error) => {
            let form = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&MatterPage { s: &page.shell, form, purposes: purposes(&page) })
        }
    }
}

fn remember(page: &Officers, reason: &Reason, back: &str) -> Response {
    let own = if back.starts_with('/') && !back.starts_with("//") { back } else { "/" };
    let mut response = see_other(own);
    let text = format!("{}|{}|{}", reason.purpose, reason.basis, reason.case);
    if let Some(cookie) = page.remembers(COOKIE, &text, KEPT) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

impl super::Page {
    /// The matter at hand.
    ///
    /// # Errors
    /// `Refused("no-matter")` when none is chosen yet.
    pub fn reason(&self) -> Result<Reason, Problem> {
        let matter = self.shell.matter.as_ref().ok_or(crate::error::Error::Refused("no-matter"))?;
        Ok(matter.reason.clone())
    }
}
