//! What a person takes along: everything on record about them in one JSON document, each fact with where it is from, and
//! the same as a PDF to be read on paper (PIPL art. 45). The person makes it themselves; a clerk hands it out at the
//! counter. Nothing is kept of it but its number and its hash in the journal, by which the office can tell a true
//! extract from another; the PDF carries the JSON as an attachment, and prints its number and hash.

mod identity;
mod pdf;

use chrono::{DateTime, NaiveDate, Utc};
pub use identity::{IdentityFact, IdentitySource};
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::access::{Action, Actor, Role, Scope};
use crate::civil_records::{self, OwnVersion};
use crate::doubts::{self, Doubt};
use crate::dwellings::{self, Address};
use crate::error::{Error, Result};
use crate::exchange::tellings::{self, Telling};
use crate::journal::Look;
use crate::journal::{self, Event, Reason};
use crate::localities;
use crate::reports::{self, ReportAbout};
use crate::residents::documents::DocumentKind;
use crate::residents::{self, Consent, Disclosed, DocumentOnRecord, SealedField};
use crate::tenancies::{self, ResidenceElsewhere, Tenancy, Versions};
use crate::values::{DivisionCode, Label, NodeCode, PageRequest, Phone, text_enum};
use crate::work::Work;

/// The name of the form, in every extract.
const FORMAT: &str = "anju-extract";
/// Its version; a member is only ever added within one.
const VERSION: u16 = 1;

text_enum! {
    /// In which form an extract is taken.
    pub enum Form {
        /// One JSON document.
        Json => "json",
        /// A PDF to be read, with the JSON document attached.
        Pdf => "pdf",
    }
}

/// An extract wanted by the person themselves.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnExtract {
    /// In which form.
    pub form: Form,
    /// Whether the number of the document is written in full; otherwise its middle is hidden.
    #[serde(default)]
    pub number_in_full: bool,
}

/// An extract that an office hands to the person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOut {
    /// In which form.
    pub form: Form,
    /// Whether the number of the document is written in full; otherwise its middle is hidden.
    #[serde(default)]
    pub number_in_full: bool,
    /// Why: at the person's own request, and the case.
    pub reason: Reason,
}

/// Everything on record about one person. Within a version of the form members are only ever added.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Extract {
    /// `anju-extract`.
    pub format: &'static str,
    /// The version of the form, 1.
    pub version: u16,
    /// The extract's own number; it stands in the journal with the hash of this document.
    pub id: Uuid,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The node it was made by.
    pub node: NodeCode,
    /// The node's name.
    pub node_name: Label,
    /// The office that handed it out, or the person's own when they took it themselves.
    pub office: DivisionCode,
    /// Its full name.
    pub office_name: Option<String>,
    /// Who made it: `resident`, or the role of whoever handed it out.
    pub made_by: Role,
    /// The person's id here.
    pub resident_id: Uuid,
    /// The committee that keeps the file.
    pub committee: DivisionCode,
    /// Its full name.
    pub committee_name: Option<String>,
    /// Who the person is, field by field.
    pub identity: Vec<IdentityFact>,
    /// The number of the document on record, in full or with its middle hidden.
    pub document_number: Option<DocumentNumber>,
    /// Documents on record, the present one first.
    pub documents: Vec<DocumentOnRecord>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Every version of every tenancy, with who said it and what was disputed.
    pub tenancies: Vec<TenancyFact>,
    /// Reports of landlords and employers that were accepted for the person.
    pub reports: Vec<ReportAbout>,
    /// Every version of every marriage and birth record, with issuer, source and the message it came in.
    pub civil_records: Vec<OwnVersion>,
    /// What the person consented to.
    pub consents: Vec<Consent>,
    /// Where other localities say the person lives.
    pub residences_elsewhere: Vec<ResidenceElsewhere>,
    /// What is or was in doubt, and what became of it.
    pub doubts: Vec<Doubt>,
    /// Which locality was told what, and whether it arrived.
    pub tellings: Vec<Telling>,
    /// Who looked, newest first.
    pub looks: Vec<Look>,
}

/// A document's number as the extract shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentNumber {
    /// Of which document.
    pub kind: DocumentKind,
    /// The number.
    pub number: String,
    /// Whether it is whole.
    pub in_full: bool,
}

/// One version of a tenancy, and where the dwelling is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TenancyFact {
    /// Where.
    pub place: Option<Address>,
    /// What is recorded, on whose word, and what was said against it.
    #[serde(flatten)]
    pub tenancy: Tenancy,
}

/// An extract as it is handed over.
#[derive(Debug)]
pub struct Made {
    /// Its number.
    pub id: Uuid,
    /// The day it was made.
    pub day: NaiveDate,
    /// In which form.
    pub form: Form,
    /// The document.
    pub content: Vec<u8>,
    /// The SHA-256 of the JSON document, hex.
    pub sha256: String,
}

/// Makes the extract of the person who asks. The look at what is sealed stands in their log.
///
/// # Errors
/// `NotFound("resident")`; `Refused("erased")` when the person was forgotten.
pub async fn make_own(work: &mut Work, wanted: OwnExtract) -> Result<Made> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let sealed = residents::disclose_own(work, SealedField::ALL).await?;
    let records = civil_records::versions_to_hand_out(work, own, &Reason::own_request()?).await?;
    make(work, own, wanted.form, wanted.number_in_full, sealed, records).await
}

/// Who the person who asks is, field by field, and where each field is from.
pub async fn own_identity(work: &mut Work) -> Result<Vec<IdentityFact>> {
    let own = residents::own_record(work).await?;
    identity::facts(work, &own.resident).await
}

/// Makes the extract of a person in the actor's scope, to be handed to that person.
///
/// # Errors
/// `NotFound("resident")`; `Invalid` when the reason is not on the locality's list; `Refused("erased")` when the person
/// was forgotten.
pub async fn hand_out(work: &mut Work, resident: Uuid, wanted: HandOut) -> Result<Made> {
    work.permit(Action::HandOutExtracts)?;
    let sealed = residents::disclose(work, resident, &wanted.reason, SealedField::ALL).await?;
    let records = civil_records::versions_to_hand_out(work, resident, &wanted.reason).await?;
    make(work, resident, wanted.form, wanted.number_in_full, sealed, records).await
}

async fn make(
    work: &mut Work,
    resident: Uuid,
    form: Form,
    in_full: bool,
    sealed: Disclosed,
    records: Vec<OwnVersion>,
) -> Result<Made> {
    let (id, made_by, office) = (work.new_id(), work.actor().role, work.scope().division().clone());
    let number = sealed.document.map(|document| DocumentNumber {
        kind: document.kind(),
        number: if in_full { document.number().as_str().to_owned() } else { document.masked() },
        in_full,
    });
    // What is open is read as the person would read it, whoever hands it out.
    let actor = as_the_person(work, resident);
    let gathered = gather(work, resident).await;
    work.act_as(actor);
    let extract = Extract {
        id,
        made_by,
        office_name: localities::full_name(&office),
        office,
        document_number: number,
        phone: sealed.phone,
        civil_records: records,
        ..gathered?
    };
    let json = serde_json::to_vec_pretty(&extract).map_err(Error::internal)?;
    let sha256 = hex(digest::digest(&digest::SHA256, &json).as_ref());
    let details = json!({ "extract": id, "form": form, "sha256": sha256, "number_in_full": in_full });
    journal::append(work, Event { kind: "extract.made", subjects: &[resident], details }).await?;
    let content = match form {
        Form::Json => json,
        Form::Pdf => pdf::render(&extract, &json, &sha256, &work.node().purposes)?,
    };
    Ok(Made { id, day: work.today(), form, content, sha256 })
}

fn as_the_person(work: &mut Work, resident: Uuid) -> Actor {
    let county = Scope::new(work.locality().clone().into());
    let person = Actor { role: Role::Resident, scope: county, subject: Some(resident), ..work.actor().clone() };
    work.act_as(person)
}

/// All that is not sealed.
async fn gather(work: &mut Work, resident: Uuid) -> Result<Extract> {
    let own = residents::own_record(work).await?;
    let mut lived = Vec::new();
    for tenancy in tenancies::of_resident(work, resident, Versions::All).await? {
        lived.push(TenancyFact { place: dwellings::address(work, tenancy.dwelling_id).await?, tenancy });
    }
    Ok(Extract {
        format: FORMAT,
        version: VERSION,
        id: Uuid::nil(),
        made_at: work.now(),
        node: work.node().code.clone(),
        node_name: work.node().name.clone(),
        office: work.scope().division().clone(),
        office_name: None,
        made_by: Role::Resident,
        resident_id: resident,
        committee_name: localities::full_name(&own.resident.committee),
        committee: own.resident.committee.clone(),
        identity: identity::facts(work, &own.resident).await?,
        document_number: None,
        documents: own.documents,
        phone: None,
        tenancies: lived,
        reports: reports::accepted_for(work, resident).await?,
        civil_records: Vec::new(),
        consents: own.consents,
        residences_elsewhere: tenancies::residences_elsewhere(work, resident).await?,
        doubts: doubts::list_own(work).await?,
        tellings: tellings::own(work).await?,
        looks: all_looks(work).await?,
    })
}

async fn all_looks(work: &mut Work) -> Result<Vec<Look>> {
    let mut all = Vec::new();
    let mut page = PageRequest { after: None, limit: Some(200) };
    loop {
        let read = residents::looks(work, &page).await?;
        all.extend(read.items);
        let Some(next) = read.next else { return Ok(all) };
        page.after = Some(next.parse().map_err(Error::internal)?);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
