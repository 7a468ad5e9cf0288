//! What the person agreed may be sent: the text shown before, giving, reading again word for word, and withdrawing in one
//! step with what that stopped.

use axum::Router;
use axum::routing;
use serde::Deserialize;
use uuid::Uuid;

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Residents, Shell};
use super::Nothing;
use super::looks::locality;
use crate::access::PurposeCode;
use crate::error::{Error, Result};
use crate::exchange::consents::{self, AgreedConsent, GiveConsent, Preview, TakenBack};
use crate::exchange::tellings;
use crate::residents::{self, Consent, TextVersion};
use crate::values::NodeCode;
use crate::web::{Door, Path};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/my/consents", routing::get(list).post(give))
        .route("/my/consents/preview", routing::post(preview))
        .route("/my/consents/{id}", routing::get(show))
        .route("/my/consents/{id}/withdrawal", routing::post(withdraw))
}

#[derive(askama::Template)]
#[template(path = "my_consents.html")]
struct ConsentsPage<'a> {
    s: &'a Shell,
    own: Uuid,
    consents: Vec<Consent>,
    purposes: Vec<(String, String)>,
    recipients: Vec<(String, String)>,
    form: Entry,
}

impl<'a> ConsentsPage<'a> {
    async fn load(page: &'a Residents, form: Entry) -> Result<Self> {
        let (s, mut work) = (&page.shell, page.read().await?);
        let consents = residents::own_consents(&mut work).await?;
        let own = residents::own_record(&mut work).await?.resident;
        // The places one has to do with: the household register's, and those that were told something.
        let mut codes: Vec<String> = own.origin.locality().map(|county| county.to_string()).into_iter().collect();
        codes.extend(tellings::own(&mut work).await?.iter().map(|told| told.peer.to_string()));
        codes.extend(consents.iter().map(|consent| consent.recipient.to_string()));
        let here = work.node().code.to_string();
        let mut recipients: Vec<(String, String)> = Vec::new();
        for code in codes.into_iter().filter(|code| *code != here) {
            if !recipients.iter().any(|(known, _)| *known == code) {
                recipients.push((code.clone(), locality(s, &code)));
            }
        }
        Ok(Self { s, own: own.id, purposes: purposes(page), recipients, consents, form })
    }

    /// What a consent is for, in words.
    fn purpose(&self, code: &PurposeCode) -> String {
        let known = self.purposes.iter().find(|(known, _)| known == code.as_str());
        known.map_or_else(|| code.to_string(), |(_, words)| words.clone())
    }
}

/// The purposes that have a text today.
fn purposes(page: &Residents) -> Vec<(String, String)> {
    let (node, s) = (page.app().node(), &page.shell);
    let offered = node.purposes.purposes.iter();
    let offered = offered.filter(|purpose| node.consent_texts.current(&purpose.code, s.today).is_ok());
    offered.map(|purpose| (purpose.code.to_string(), s.either(&purpose.text))).collect()
}

async fn list(page: Residents) -> Answer {
    page.show(&ConsentsPage::load(&page, Entry::default()).await?)
}

/// A consent that is being considered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Considered {
    purpose: PurposeCode,
    recipient: NodeCode,
}

#[derive(askama::Template)]
#[template(path = "my_consent_text.html")]
struct TextPage<'a> {
    s: &'a Shell,
    shown: Preview,
    form: Entry,
}

/// Shows what one would agree to; nothing is given yet.
async fn preview(page: Residents, form: Form<Considered>) -> Answer {
    let shown = match form.said {
        Ok(Considered { purpose, recipient }) => consents::preview(&mut page.read().await?, purpose, recipient).await,
        Err(error) => Err(error),
    };
    match shown {
        Ok(shown) => page.show(&TextPage { s: &page.shell, shown, form: Entry::default() }),
        Err(error) => {
            let form = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&ConsentsPage::load(&page, form).await?)
        }
    }
}

/// What was shown, and that the person agrees.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    purpose: PurposeCode,
    recipient: NodeCode,
    text_version: TextVersion,
    #[serde(default)]
    agrees: bool,
}

async fn give(page: Residents, form: Form<Agreed>) -> Answer {
    let (given, seen) = match form.said {
        Ok(agreed) => {
            let seen = (agreed.purpose.clone(), agreed.recipient.clone());
            (keep(&page, agreed).await, Some(seen))
        }
        Err(error) => (Err(error), None),
    };
    let error = match given {
        Ok(id) => return page.go(&format!("/my/consents/{id}"), Said::done("my-consented")),
        Err(error) => error,
    };
    let form = form.entry.faulted(error, page.shell.language)?;
    let shown = match seen {
        Some((purpose, recipient)) => consents::preview(&mut page.read().await?, purpose, recipient).await.ok(),
        None => None,
    };
    match shown {
        Some(shown) => page.show_again(&TextPage { s: &page.shell, shown, form }),
        None => page.show_again(&ConsentsPage::load(&page, form).await?),
    }
}

async fn keep(page: &Residents, agreed: Agreed) -> Result<Uuid> {
    if !agreed.agrees {
        return Err(Error::invalid("agrees", "required"));
    }
    let mut work = page.work().await?;
    let own = page.actor().subject.ok_or(Error::NotFound("resident"))?;
    let Agreed { purpose, recipient, text_version, .. } = agreed;
    let new = GiveConsent { resident_id: own, given_by: own, guardian_stated: false, purpose, recipient, text_version };
    let consent = consents::give_consent(&mut work, new).await?;
    work.commit().await?;
    Ok(consent.id)
}

#[derive(askama::Template)]
#[template(path = "my_consent.html")]
struct ConsentPage<'a> {
    s: &'a Shell,
    agreed: AgreedConsent,
    purpose: String,
    /// What a withdrawal just stopped.
    stopped: Option<Vec<TakenBack>>,
}

impl<'a> ConsentPage<'a> {
    fn of(page: &'a Residents, agreed: AgreedConsent, stopped: Option<Vec<TakenBack>>) -> Self {
        let code = agreed.consent.purpose.as_str();
        let known = page.app().node().purposes.purposes.iter().find(|purpose| purpose.code.as_str() == code);
        let purpose = known.map_or_else(|| code.to_owned(), |known| page.shell.either(&known.text));
        Self { s: &page.shell, agreed, purpose, stopped }
    }
}

async fn show(page: Residents, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.read().await?;
    let agreed = consents::get_agreed(&mut work, id).await?;
    page.show(&ConsentPage::of(&page, agreed, None))
}

async fn withdraw(page: Residents, Path(id): Path<Uuid>, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    let withdrawal = consents::withdraw_consent(&mut work, id).await?;
    let agreed = consents::get_agreed(&mut work, id).await?;
    work.commit().await?;
    page.show(&ConsentPage::of(&page, agreed, Some(withdrawal.taken_back)))
}
