//! Asking a person's origin: one question by yes or no, or the fields of one record.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::super::matter::{Offered, purposes_for, reason_of};
use super::super::{Answer, Entry, Form, Officers, Said, Shell};
use crate::access::{CaseRef, Field, Secret};
use crate::error::Error;
use crate::exchange::inquiries::{self, Inquiry, NewInquiry};
use crate::exchange::messages::{BirthField, DocumentWire, MarriageField, Person, Question, Reference, Wanted};
use crate::exchange::peers;
use crate::residents;
use crate::values::{PersonName, text_enum};
use crate::web::{Created, Problem, Query, create};

text_enum! {
    /// What is asked, the least answer first.
    pub enum Asking {
        /// Is there a marriage on record that stands?
        MarriageStands => "marriage-stands",
        /// Born on or after a day?
        BornSince => "born-since",
        /// Married to the person named?
        MarriedTo => "married-to",
        /// Is the person named a parent?
        HasParent => "has-parent",
        /// Fields of the marriage.
        Marriage => "marriage",
        /// Fields of the birth record.
        Birth => "birth",
    }
}

impl Asking {
    /// Whether it asks for yes or no and for nothing of the record.
    fn is_least(self) -> bool {
        !matches!(self, Self::Marriage | Self::Birth)
    }
}

/// The form: one thing is asked at a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    resident_id: Uuid,
    grounds: String,
    case: CaseRef,
    what: Asking,
    day: Option<NaiveDate>,
    name: Option<PersonName>,
    number: Option<Reference>,
    #[serde(default)]
    marriage: Vec<MarriageField>,
    #[serde(default)]
    birth: Vec<BirthField>,
}

impl Ask {
    fn wanted(&self) -> Result<Wanted, Error> {
        let questions = |question| Wanted::Questions(vec![question]);
        Ok(match self.what {
            Asking::MarriageStands => questions(Question::MarriageStands {}),
            Asking::BornSince => {
                questions(Question::BornSince { day: self.day.ok_or(Error::invalid("day", "missing-field"))? })
            }
            Asking::MarriedTo => questions(Question::MarriedTo { person: self.person()? }),
            Asking::HasParent => questions(Question::HasParent { person: self.person()? }),
            Asking::Marriage if self.marriage.is_empty() => return Err(Error::invalid("marriage", "missing-field")),
            Asking::Marriage => Wanted::Marriage(self.marriage.clone()),
            Asking::Birth if self.birth.is_empty() => return Err(Error::invalid("birth", "missing-field")),
            Asking::Birth => Wanted::Birth(self.birth.clone()),
        })
    }

    fn person(&self) -> Result<Person, Error> {
        let name = self.name.clone().ok_or(Error::invalid("name", "missing-field"))?;
        let document = match &self.number {
            Some(number) => {
                let kind = "citizen-id".parse().map_err(Error::internal)?;
                Some(DocumentWire { kind, number: number.clone() })
            }
            None => None,
        };
        Ok(Person { document, name, sex: None, born_on: None })
    }
}

#[derive(askama::Template)]
#[template(path = "inquiry_new.html")]
struct AskPage<'a> {
    s: &'a Shell,
    form: Entry,
    once: String,
    purposes: Vec<Offered>,
    resident: Uuid,
    /// The person, masked.
    who: String,
    origin: String,
    /// The node that answers for the origin; without one nothing can be asked.
    peer: Option<String>,
    asks: &'static [Asking],
    marriage_fields: &'static [MarriageField],
    birth_fields: &'static [BirthField],
}

/// Whom it is about.
#[derive(Deserialize)]
pub(super) struct About {
    resident: Uuid,
}

pub(super) async fn show(page: Officers, Query(about): Query<About>) -> Answer {
    let matter = page.shell.matter.as_ref().map(|matter| &matter.reason);
    let grounds = matter.map(|reason| format!("{}|{}", reason.purpose, reason.basis)).unwrap_or_default();
    let case = matter.map(|reason| reason.case.to_string()).unwrap_or_default();
    let form = Entry::of([("grounds", grounds), ("case", case), ("what", "marriage-stands".to_owned())]);
    let view = view(&page, about.resident, form).await?;
    page.show(&view)
}

async fn view(page: &Officers, resident: Uuid, form: Entry) -> Result<AskPage<'_>, Problem> {
    let mut work = page.read().await?;
    let person = residents::get(&mut work, resident).await?;
    let peer = peers::serving(&mut work, &person.origin).await?.map(|peer| peer.name.to_string());
    Ok(AskPage {
        s: &page.shell,
        form,
        once: Secret::random()?.reveal().to_owned(),
        purposes: purposes_for(page, |fields| fields.contains(&Field::InquiryAnswer)),
        resident,
        who: person.name.masked(),
        origin: page.shell.place(&person.origin),
        peer,
        asks: Asking::ALL,
        marriage_fields: MarriageField::ALL,
        birth_fields: BirthField::ALL,
    })
}

pub(super) async fn send(page: Officers, form: Form<Ask>) -> Answer {
    let about = form.entry.value("resident_id").parse().unwrap_or_default();
    let asked = match form.said {
        Ok(ask) => create(&page, ask, form.key).await,
        Err(error) => Err(error.into()),
    };
    match asked {
        Ok(made) => page.go(&format!("/inquiries/{}", made.resource.id), Said::done("inquiry-asked")),
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            let view = view(&page, about, form).await?;
            page.show_again(&view)
        }
    }
}

async fn create(
    page: &Officers,
    ask: Ask,
    key: Option<crate::access::idempotency::RequestKey>,
) -> Result<Created<Inquiry>, Problem> {
    let reason = reason_of(&ask.grounds, ask.case.clone())?;
    let new = NewInquiry { resident_id: ask.resident_id, reason, wanted: ask.wanted()?, stated: None };
    create!(page.caller, key, |work| inquiries::ask(work, new).await, |work, id| inquiries::get(work, id).await)
}
