//! The second factor: set up with an app that reads a picture, confirmed by a first code, with recovery codes to print.
//! Whoever must have one and has none comes here first, and finds everything else closed.

use axum::Router;
use axum::extract::State;
use axum::routing;
use chrono::{DateTime, Utc};
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Shell};
use super::super::sign_in::hand_over;
use super::Own;
use crate::access::Secret;
use crate::access::second_factors::Enrolment;
use crate::error::Error;
use crate::web::api::account::{FirstCode, confirmed, enrolled, removed_second_factor, renewed_recovery_codes};
use crate::web::proof::Proof;
use crate::web::{Door, Problem};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/account/second-factor", routing::get(show).post(begin))
        .route("/account/second-factor/confirmation", routing::post(confirm))
        .route("/account/second-factor/recovery-codes", routing::post(renew))
        .route("/account/second-factor/removal", routing::post(remove))
}

#[derive(askama::Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage<'a> {
    s: &'a Shell,
    has: bool,
    /// Whether the role must have one.
    must: bool,
    form: Entry,
}

impl<'a> SecondFactorPage<'a> {
    fn of(page: &'a Own, form: Entry) -> Self {
        let must = page.app().node().sign_in.second_factor.asks(page.user().role);
        Self { s: &page.shell, has: page.has_second_factor(), must, form }
    }
}

async fn show(page: Own) -> Answer {
    page.show(&SecondFactorPage::of(&page, Entry::default()))
}

#[derive(askama::Template)]
#[template(path = "second_factor_confirm.html")]
struct ConfirmPage<'a> {
    s: &'a Shell,
    /// Absent once it was shown.
    begun: Option<Begun>,
    form: Entry,
}

/// What the app needs; never shown again.
struct Begun {
    /// The picture, as SVG.
    picture: String,
    /// For typing, in groups of four.
    secret: String,
    until: DateTime<Utc>,
}

impl Begun {
    fn of(enrolment: &Enrolment) -> Result<Self, Error> {
        let code = QRBuilder::new(enrolment.uri.as_str()).ecl(ECL::M).build().map_err(Error::internal)?;
        let picture = SvgBuilder::default().margin(4).to_str(&code);
        let mut secret = String::new();
        for (at, letter) in enrolment.secret.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                secret.push(' ');
            }
            secret.push(letter);
        }
        Ok(Self { picture, secret, until: enrolment.confirm_until })
    }
}

async fn begin(State(door): State<Door>, page: Own, form: Form<Proof>) -> Answer {
    let begun = match form.said {
        Ok(proof) => enrolled(&door, &page, proof).await,
        Err(error) => Err(error.into()),
    };
    match begun {
        Ok(enrolment) => {
            let begun = Some(Begun::of(&enrolment)?);
            page.show(&ConfirmPage { s: &page.shell, begun, form: Entry::default() })
        }
        Err(problem) => again(&page, form.entry, problem),
    }
}

fn again(page: &Own, entry: Entry, problem: Problem) -> Answer {
    let form = entry.faulted(problem, page.shell.language)?;
    page.show_again(&SecondFactorPage::of(page, form))
}

#[derive(askama::Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage<'a> {
    s: &'a Shell,
    login: String,
    codes: Vec<String>,
}

fn readable(codes: &[Secret]) -> Vec<String> {
    codes.iter().map(|code| code.reveal().to_owned()).collect()
}

async fn confirm(State(door): State<Door>, mut page: Own, form: Form<FirstCode>) -> Answer {
    let done = match form.said {
        Ok(first) => confirmed(&door, &page, first).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok((codes, begun)) => {
            // The forms of this page already belong to the new session.
            page.0.shell.csrf.clone_from(&begun.csrf_token);
            let login = page.user().login.to_string();
            let mut response = page.show(&CodesPage { s: &page.shell, login, codes: readable(&codes) })?;
            hand_over(&door, &begun, &mut response);
            Ok(response)
        }
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            page.show_again(&ConfirmPage { s: &page.shell, begun: None, form })
        }
    }
}

async fn renew(State(door): State<Door>, page: Own, form: Form<Proof>) -> Answer {
    let renewed = match form.said {
        Ok(proof) => renewed_recovery_codes(&door, &page, proof).await,
        Err(error) => Err(error.into()),
    };
    match renewed {
        Ok(codes) => {
            let login = page.user().login.to_string();
            page.show(&CodesPage { s: &page.shell, login, codes: readable(&codes) })
        }
        Err(problem) => again(&page, form.entry, problem),
    }
}

async fn remove(State(door): State<Door>, page: Own, form: Form<Proof>) -> Answer {
    let removed = match form.said {
        Ok(proof) => removed_second_factor(&door, &page, proof).await,
        Err(error) => Err(error.into()),
    };
    match removed {
        Ok(begun) => {
            let mut response = page.go("/account", Said::done("second-factor-removed"))?;
            hand_over(&door, &begun, &mut response);
            Ok(response)
        }
        Err(problem) => again(&page, form.entry, problem),
    }
}
