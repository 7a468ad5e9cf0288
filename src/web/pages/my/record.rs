//! What is on record about the person, where each fact is from, and who was told of it. Marriages and births are opened
//! on the person's word, because the look stands in their log.

use axum::Router;
use axum::routing;
use uuid::Uuid;

use super::super::form::Form;
use super::super::shell::{Answer, Residents, Shell};
use super::{Nothing, word};
use crate::civil_records::{self, OwnVersion, Place, RecordBody, RecordSummary};
use crate::exchange::tellings::{self, Telling};
use crate::extracts::{self, IdentityFact};
use crate::residents::{self, OwnRecord};
use crate::retention::{self, Deletion};
use crate::tenancies::{self, ResidenceElsewhere};
use crate::web::Door;
use crate::work::Work;

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/my/record", routing::get(show).post(open))
}

/// A fact in words.
struct Fact {
    /// Its code, by which it is doubted.
    code: &'static str,
    label: String,
    value: String,
    /// Where it is from: on what it rests, since when, from which office.
    from: String,
}

/// An opened marriage or birth in words.
struct Opened {
    id: Uuid,
    facts: Vec<(String, String)>,
}

#[derive(askama::Template)]
#[template(path = "my_record.html")]
struct RecordPage<'a> {
    s: &'a Shell,
    record: OwnRecord,
    facts: Vec<Fact>,
    civil: Vec<RecordSummary>,
    opened: Vec<Opened>,
    elsewhere: Vec<ResidenceElsewhere>,
    tellings: Vec<Telling>,
    deletion: Deletion,
}

impl RecordPage<'_> {
    /// What an opened record says.
    fn facts_of(&self, id: &Uuid) -> &[(String, String)] {
        self.opened.iter().find(|opened| opened.id == *id).map_or(&[], |opened| &opened.facts)
    }
}

async fn show(page: Residents) -> Answer {
    let mut work = page.read().await?;
    let record = load(&mut work, &page.shell, Vec::new()).await?;
    page.show(&record)
}

/// Opens one's own marriages and births.
async fn open(page: Residents, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    let opened = civil_records::own_records(&mut work).await?;
    let record = load(&mut work, &page.shell, opened).await?;
    work.commit().await?;
    page.show(&record)
}

async fn load<'a>(
    work: &mut Work,
    s: &'a Shell,
    opened: Vec<OwnVersion>,
) -> Result<RecordPage<'a>, crate::error::Error> {
    let record = residents::own_record(work).await?;
    let facts = extracts::own_identity(work).await?;
    Ok(RecordPage {
        s,
        facts: facts.iter().map(|fact| in_words(s, fact)).collect(),
        civil: civil_records::own_summaries(work).await?,
        opened: opened.into_iter().filter_map(|version| opened_in_words(s, version)).collect(),
        elsewhere: tenancies::residences_elsewhere(work, record.resident.id).await?,
        tellings: tellings::own(work).await?,
        deletion: retention::own(work).await?.file,
        record,
    })
}

fn in_words(s: &Shell, fact: &IdentityFact) -> Fact {
    let value = fact.value.as_deref().unwrap_or_default();
    let value = match fact.field {
        "sex" => word(s, "my-sex", value),
        "verification" => word(s, "my-verification", value),
        "origin" => value.parse().map_or_else(|_| value.to_owned(), |code| s.place(&code)),
        "birth_date" => value.parse().map_or_else(|_| value.to_owned(), |day| s.day(&day)),
        _ => value.to_owned(),
    };
    let source = fact.source.map(|source| word(s, "my-source", source.as_str()));
    let since = fact.since.map(|at| s.instant(&at));
    let from = [source, since, fact.office_name.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let value = if value.is_empty() { s.t("my-nothing") } else { value };
    Fact { code: fact.field, label: word(s, "my-fact", fact.field), value, from }
}

fn opened_in_words(s: &Shell, version: OwnVersion) -> Option<Opened> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut put = |key: &str, value: String| facts.push((s.t(key), value));
    let certificate = match version.body? {
        RecordBody::Marriage(marriage) => {
            let names: Vec<String> = marriage.spouses.iter().map(|party| party.name.to_string()).collect();
            put("my-civil-spouses", names.join(", "));
            put("my-civil-married-on", s.day(&marriage.married_on));
            if let Some(place) = &marriage.place {
                put("my-civil-place", place_in_words(s, place));
            }
            marriage.certificate
        }
        RecordBody::Birth(birth) => {
            put("my-civil-child", birth.child.name.to_string());
            put("my-civil-born-on", s.day(&birth.child.born_on));
            put("my-civil-place", place_in_words(s, &birth.place));
            let parents: Vec<String> = birth.parents.iter().map(|party| party.name.to_string()).collect();
            put("my-civil-parents", if parents.is_empty() { s.t("my-nothing") } else { parents.join(", ") });
            birth.certificate
        }
    };
    if let Some(certificate) = certificate {
        put("my-civil-certificate", format!("{} · {}", certificate.number, certificate.issuer));
    }
    if let Some(because) = version.because {
        put("my-civil-because", because.to_string());
    }
    Some(Opened { id: version.summary.id, facts })
}

fn place_in_words(s: &Shell, place: &Place) -> String {
    match place {
        Place::Division(code) => s.place(code),
        Place::Abroad(place) => place.to_string(),
    }
}
