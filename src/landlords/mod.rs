//! Who answers for dwellings: landlords, employers, agents and property managers, and which dwellings from when to
//! when. They file reports for those and see their own list of doors; who lives behind them they never see.

pub(crate) mod forget;
mod responsibilities;
pub mod rules;
mod store;

use chrono::{DateTime, Utc};
pub use responsibilities::{
    Assign, EndResponsibility, OwnDwelling, Responsibility, assign, end_responsibility, list_responsibilities,
    own_dwelling, own_dwelling_behind, own_dwellings, responsible_on,
};
use rules::CreditCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::access::{Action, Field};
use crate::dwellings::check_committee;
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::residents::documents::{Document, DocumentKind};
use crate::residents::{Disclosed, SealedField};
use crate::values::{DivisionCode, Label, Malformed, Page, PageRequest, Phone, text_enum};
use crate::vault::{self, Place};
use crate::work::Work;

text_enum! {
    /// In what capacity somebody answers for dwellings.
    pub enum LandlordKind {
        /// 房东: lets dwellings, owned or not.
        Landlord => "landlord",
        /// 用人单位: houses its own staff.
        Employer => "employer",
        /// 中介: lets for others.
        Agent => "agent",
        /// 物业: manages the building.
        PropertyManager => "property-manager",
    }
}

text_enum! {
    /// Whether a landlord is a human being.
    pub enum LegalForm {
        /// 自然人, known by a document.
        Person => "person",
        /// 法人或其他组织, known by its unified social credit code.
        Organisation => "organisation",
    }
}

/// A landlord to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLandlord {
    /// The committee that keeps the file, 12 digits.
    pub committee: DivisionCode,
    /// In what capacity.
    pub kind: LandlordKind,
    /// Person or organisation.
    pub legal_form: LegalForm,
    /// Name of the person or organisation.
    pub name: Label,
    /// Unified social credit code: required of organisations, not of persons.
    pub credit_code: Option<CreditCode>,
    /// A person's document, where there is one.
    pub document: Option<Document>,
    /// How to reach them.
    pub phone: Option<Phone>,
}

/// A landlord's readable fields.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Landlord {
    /// Id.
    pub id: Uuid,
    /// The committee that keeps the file.
    pub committee: DivisionCode,
    /// In what capacity.
    pub kind: LandlordKind,
    /// Person or organisation.
    pub legal_form: LegalForm,
    /// Name.
    pub name: Label,
    /// Unified social credit code of an organisation.
    pub credit_code: Option<CreditCode>,
    /// Which document of a person is on record.
    pub document_kind: Option<DocumentKind>,
    /// When the file was opened.
    pub created_at: DateTime<Utc>,
}

/// Registers a landlord.
///
/// # Errors
/// `Invalid` for an unknown committee, an organisation without a credit code, or papers of the other legal form;
/// `Refused("landlord-on-record")` when the same papers are on record in the same capacity in the actor's scope,
/// `Refused("landlord-on-record-elsewhere")` when another office of the county keeps that file.
pub async fn register(work: &mut Work, new: NewLandlord) -> Result<Landlord> {
    work.permit(Action::RegisterLandlords)?;
    check_committee(work, &new.committee)?;
    rules::check_papers(&new)?;
    if let Some(document) = &new.document {
        document.check_against(work.today()).map_err(|Malformed(code)| Error::invalid("document", code))?;
    }
    let landlord = Landlord {
        id: work.new_id(),
        committee: new.committee,
        kind: new.kind,
        legal_form: new.legal_form,
        name: new.name,
        credit_code: new.credit_code,
        document_kind: new.document.as_ref().map(Document::kind),
        created_at: work.now(),
    };
    let sealed = seal(work, landlord.id, new.document.as_ref(), new.phone.as_ref()).await?;
    if !store::insert(work, &landlord, &sealed).await? {
        return Err(Error::Refused(match store::find_twin(work, &landlord, &sealed).await? {
            Some(_) => "landlord-on-record",
            None => "landlord-on-record-elsewhere",
        }));
    }
    let details = json!({ "landlord": landlord.id, "committee": landlord.committee, "landlord_kind": landlord.kind });
    journal::append(work, Event { kind: "landlord.registered", subjects: &[landlord.id], details }).await?;
    Ok(landlord)
}

/// What a landlord is known by.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// An organisation's unified social credit code.
    CreditCode(CreditCode),
    /// A person's document.
    Document(Document),
}

/// The landlords with exactly this paper, one per capacity, whichever committee of the county keeps their file: so that
/// they can be made to answer for a dwelling of another one. Written down with why, and with whom it found.
///
/// # Errors
/// As [`journal::disclose`] for a reason that does not hold.
pub async fn find_exact(work: &mut Work, paper: &Paper, reason: &Reason) -> Result<Vec<Landlord>> {
    work.permit(Action::RegisterLandlords)?;
    let (by, code, document) = match paper {
        Paper::CreditCode(code) => ("credit-code", Some(code), None),
        Paper::Document(document) => ("document", None, Some(index(work, document))),
    };
    let found = store::find_by_paper(work, code, document.as_deref()).await?;
    let subjects: Vec<Uuid> = found.iter().map(|landlord| landlord.id).collect();
    let details = json!({ "by": by, "hits": found.len() });
    let event = Event { kind: "landlords.searched", subjects: &subjects, details };
    journal::append_with_reason(work, event, reason, &[Field::SearchLandlord]).await?;
    Ok(found)
}

fn index(work: &Work, document: &Document) -> Vec<u8> {
    work.node().vault.blind_index("document", &document.canonical())
}

async fn seal(
    work: &mut Work,
    id: Uuid,
    document: Option<&Document>,
    phone: Option<&Phone>,
) -> Result<store::SealedRow> {
    let mut sealed = store::SealedRow { document_number: None, document_index: None, phone: None };
    if let Some(document) = document {
        sealed.document_index = Some(index(work, document));
        sealed.document_number = Some(vault::seal(work, id, number_at(id), document.number().as_str()).await?);
    }
    if let Some(phone) = phone {
        sealed.phone = Some(vault::seal(work, id, phone_at(id), phone.as_str()).await?);
    }
    Ok(sealed)
}

fn number_at(row: Uuid) -> Place {
    Place { column: "landlords.document_number", row }
}

fn phone_at(row: Uuid) -> Place {
    Place { column: "landlords.phone", row }
}

/// One landlord in the actor's scope.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Landlord> {
    work.permit(Action::ReadLandlords)?;
    find(work, id).await?.ok_or(Error::NotFound("landlord"))
}

/// One landlord in the actor's scope, for other domains' operations, which have asked their own permit.
pub async fn find(work: &mut Work, id: Uuid) -> Result<Option<Landlord>> {
    store::find(work, id).await
}

/// The landlords in the actor's scope, in the order they were registered.
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<Landlord>> {
    work.permit(Action::ReadLandlords)?;
    let rows = store::list(work, page).await?;
    Ok(page.page(rows, |landlord| landlord.id))
}

/// Opens the document or telephone of a landlord in the actor's scope.
///
/// # Errors
/// As [`residents::disclose`](crate::residents::disclose).
pub async fn disclose(work: &mut Work, id: Uuid, reason: &Reason, fields: &[SealedField]) -> Result<Disclosed> {
    let landlord = get(work, id).await?;
    let named = SealedField::named(fields)?;
    let disclosure = journal::disclose(work, reason, &[id], &[id], &named).await?;
    let sealed = store::find_sealed(work, id).await?.ok_or(Error::NotFound("landlord"))?;
    let mut disclosed = Disclosed { document: None, phone: None };
    if let (Some(kind), Some(number), true) =
        (landlord.document_kind, &sealed.document_number, fields.contains(&SealedField::Document))
    {
        let number = vault::open(work, &disclosure, id, number_at(id), number).await?;
        disclosed.document = Some(Document::parse(kind, &number).map_err(|Malformed(code)| Error::internal(code))?);
    }
    if let (Some(phone), true) = (&sealed.phone, fields.contains(&SealedField::Phone)) {
        let phone = vault::open(work, &disclosure, id, phone_at(id), phone).await?;
        disclosed.phone = Some(phone.parse().map_err(|Malformed(code)| Error::internal(code))?);
    }
    Ok(disclosed)
}

/// Whose file the landlord who acts has, for other domains' operations, which have asked their own permit.
pub(crate) async fn own(work: &mut Work) -> Result<Landlord> {
    let own = work.actor().subject.ok_or(Error::NotFound("landlord"))?;
    store::find_in_county(work, own).await?.ok_or(Error::NotFound("landlord"))
}
