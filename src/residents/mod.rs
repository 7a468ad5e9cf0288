//! Persons: who somebody is, their documents and contact, and what they consented to. A committee keeps a person's
//! file; one document has one file on the whole node. Registration needs no document and is never refused for want
//! of one. What is sealed (document numbers, telephone) is not part of a [`Resident`]: it is opened by
//! [`disclose`], with a reason, and the person sees that it was.
//!
//! There is no list of persons and no search by what they are: only the exact document, or the name inside one's own
//! scope, and every search is written down with whom it found.

pub mod consents;
pub mod disclosure;
pub mod documents;
mod forget;
pub mod identity;
pub mod own;
pub mod protection;
mod rules;
pub mod search;
mod store;
pub mod takeover;

use chrono::{DateTime, NaiveDate, Utc};
pub use consents::{
    Consent, ConsentText, ConsentTexts, GivenAs, get_consent, list_consents, live_consent, own_consents,
};
pub(crate) use disclosure::disclose_confidentially;
pub use disclosure::{
    Disclosed, SealedField, disclose, disclose_own, documents_for_exchange, has_document, has_phone, open_phone,
};
use documents::Document;
pub(crate) use forget::forget;
pub use identity::{AddDocument, ChangeIdentity, add_document, change_identity, set_phone, verify};
pub use own::{DocumentOnRecord, OwnRecord, looks, own_record};
pub use rules::{TextVersion, is_under_fourteen};
pub(crate) use search::ids_by_origin;
pub use search::{
    Criterion, Found, Match, find_by_document, find_by_name, find_exact, find_for_exchange, holder_for_exchange,
    is_holder,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use takeover::{TakeOver, TakenOver, take_over};
use uuid::Uuid;

use crate::access::Action;
use crate::dwellings::check_committee;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, PersonName, Phone, Sex, text_enum};
use crate::work::Work;

text_enum! {
    /// Whether somebody of the office has seen the document the identity rests on.
    pub enum Verification {
        /// 未核实: registered on the person's statement.
        Unverified => "unverified",
        /// 已核实: a clerk compared the file with the document.
        Verified => "verified",
    }
}

/// A person to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResident {
    /// The committee that keeps the file, 12 digits.
    pub committee: DivisionCode,
    /// Name as on the document, or as the person says it.
    pub name: PersonName,
    /// Sex; taken from the document where its number tells it, and then `unknown` may be sent.
    pub sex: Sex,
    /// Day of birth; taken from the document where its number tells it, and then it may be left out.
    pub birth_date: Option<NaiveDate>,
    /// Where the household register lies (户籍地), 6 digits or more, as the person states it. Never derived from a
    /// document number. `710000`, `810000` and `820000` for Taiwan, Hong Kong and Macao, `000000` for abroad.
    pub origin: DivisionCode,
    /// The document that identifies the person, where there is one.
    pub document: Option<Document>,
    /// How to reach the person.
    pub phone: Option<Phone>,
}

/// A person's readable fields.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Resident {
    /// Id.
    pub id: Uuid,
    /// The committee that keeps the file.
    pub committee: DivisionCode,
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Day of birth, where known.
    pub birth_date: Option<NaiveDate>,
    /// Where the household register lies.
    pub origin: DivisionCode,
    /// Whether the document was seen.
    pub verification: Verification,
    /// Counts changes from 1; sent back with a correction, so that none is lost.
    pub version: i32,
    /// When the file was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when a field of the identity is under investigation, because somebody says that it is wrong. Which, the
    /// list of doubts says.
    #[sqlx(default)]
    pub under_investigation_since: Option<DateTime<Utc>>,
}

/// Opens a person's file.
///
/// # Errors
/// `Invalid` for an unknown committee or origin, for a birth in the future, and with `differs-from-document` where
/// sex or birth are not what the document's number says. `Refused("document-on-record")` when a person in the
/// actor's scope has this document; `Refused("document-on-record-elsewhere")` when another office keeps that file:
/// nothing more is told. A file of this county is [taken over](take_over). Somebody [protected](protection) is
/// registered as somebody unknown is.
pub async fn register(work: &mut Work, new: NewResident) -> Result<Resident> {
    work.permit(Action::RegisterResidents)?;
    check_committee(work, &new.committee)?;
    rules::check_origin(&new.origin)?;
    let (sex, birth_date) = rules::told(new.document.as_ref(), new.sex, new.birth_date, work.today())?;
    let resident = Resident {
        id: work.new_id(),
        committee: new.committee,
        name: new.name,
        sex,
        birth_date,
        origin: new.origin,
        verification: Verification::Unverified,
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
        under_investigation_since: None,
    };
    store::insert(work, &resident).await?;
    if let Some(document) = &new.document {
        identity::put_on_record(work, resident.id, document).await?;
    }
    if new.phone.is_some() {
        identity::put_phone(work, resident.id, new.phone.as_ref()).await?;
    }
    let details = json!({
        "resident": resident.id,
        "committee": resident.committee,
        "document_kind": new.document.as_ref().map(Document::kind),
    });
    journal::append(work, Event { kind: "resident.registered", subjects: &[resident.id], details }).await?;
    Ok(resident)
}

/// One person in the actor's scope.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Resident> {
    work.permit(Action::ReadResidents)?;
    find(work, id).await?.ok_or(Error::NotFound("resident"))
}

/// One person in the actor's scope, for other domains' operations, which have asked their own permit.
pub async fn find(work: &mut Work, id: Uuid) -> Result<Option<Resident>> {
    store::find(work, id).await
}

/// Who somebody is to those who look after looks: name and committee, which leave with no answer.
#[derive(sqlx::FromRow)]
pub(crate) struct KnownAs {
    pub id: Uuid,
    pub committee: DivisionCode,
    pub name: PersonName,
}

/// Name and committee of those of the ids that are persons of this county.
pub(crate) async fn known_as(work: &mut Work, ids: &[Uuid]) -> Result<Vec<KnownAs>> {
    work.permit(Action::Oversee)?;
    store::known_as(work, ids).await
}

/// Hands a person's file to another committee of the same county, because they moved there. The operation that
/// moves them asks the permit and writes the journal.
///
/// # Errors
/// `Invalid("committee")` for a committee of another county.
pub(crate) async fn set_committee(work: &mut Work, id: Uuid, committee: &DivisionCode) -> Result<()> {
    if committee.as_str().len() != 12 || committee.locality().as_ref() != Some(work.locality()) {
        return Err(Error::invalid("committee", "outside-locality"));
    }
    store::set_committee(work, id, committee).await
}
