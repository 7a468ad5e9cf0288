//! Changes of who somebody is: corrections, documents, verification, telephone.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::documents::Document;
use super::protection::{self, AttemptKind};
use super::store::{self, DocumentRow};
use super::{Resident, Verification, get, rules};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, LocalityCode, PersonName, Phone, Sex};
use crate::vault::{self, Place};
use crate::work::Work;

/// The domain of the blind index of documents.
const INDEX: &str = "document";
/// The domain of the blind index of documents that find a second file.
const INDEX_BESIDE: &str = "document-beside";

/// A corrected identity, whole.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeIdentity {
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Where the household register lies.
    pub origin: DivisionCode,
    /// The version the correction was made from.
    pub version: i32,
}

/// A document that takes the place of the one before.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDocument {
    /// The document.
    pub document: Document,
    /// Whether the number on record was wrong. A wrong number stops finding this person at once; a document that
    /// was merely replaced (a passport renewed, a birth certificate before the card) still finds them.
    #[serde(default)]
    pub corrects: bool,
}

/// Corrects who somebody is. A changed name, sex or birth has to be compared with the document again.
///
/// # Errors
/// `Stale` when the file was changed since; `Invalid` with `differs-from-document` for a sex or birth other than
/// the number of the document on record says (correct the document instead).
pub async fn change_identity(work: &mut Work, id: Uuid, change: ChangeIdentity) -> Result<Resident> {
    work.permit(Action::RegisterResidents)?;
    let before = get(work, id).await?;
    if before.version != change.version {
        return Err(Error::Stale);
    }
    if change.origin != before.origin {
        rules::check_origin(&change.origin)?;
    }
    rules::told(None, change.sex, change.birth_date, work.today())?;
    let bound = store::current_document(work, id).await?.is_some_and(|document| document.tells_birth);
    let fields = rules::changed(&before, &change, bound)?;
    let verification =
        if fields.iter().any(|field| *field != "origin") { Verification::Unverified } else { before.verification };
    let ChangeIdentity { name, sex, birth_date, origin, .. } = change;
    let after = Resident { name, sex, birth_date, origin, verification, ..before };
    save(work, &after).await?;
    let details = json!({ "resident": id, "fields": fields });
    journal::append(work, Event { kind: "resident.identity_changed", subjects: &[id], details }).await?;
    get(work, id).await
}

async fn save(work: &mut Work, resident: &Resident) -> Result<()> {
    if store::update_identity(work, resident).await? { Ok(()) } else { Err(Error::Stale) }
}

/// Puts a document on record in the place of the one before. Sex and birth become what its number says; somebody
/// has yet to see it.
///
/// # Errors
/// As [`register`](super::register): `Refused("document-on-record")`, `Refused("document-on-record-elsewhere")`.
pub async fn add_document(work: &mut Work, id: Uuid, new: AddDocument) -> Result<Resident> {
    work.permit(Action::RegisterResidents)?;
    let before = get(work, id).await?;
    let document = &new.document;
    let (sex, birth_date) = rules::told(Some(document), Sex::Unknown, None, work.today())?;
    let after = Resident {
        sex: document.sex().map_or(before.sex, |_| sex),
        birth_date: birth_date.or(before.birth_date),
        verification: Verification::Unverified,
        ..before
    };
    let replaced = store::current_document(work, id).await?;
    if let Some(wrong) = replaced.filter(|_| new.corrects) {
        store::release_document(work, &wrong.blind_index, id).await?;
    }
    put_on_record(work, id, document).await?;
    save(work, &after).await?;
    let details = json!({ "resident": id, "document_kind": document.kind(), "corrects": new.corrects });
    journal::append(work, Event { kind: "resident.document_added", subjects: &[id], details }).await?;
    get(work, id).await
}

/// Seals a document and makes it find this person, unless it finds somebody else.
pub(super) async fn put_on_record(work: &mut Work, resident: Uuid, document: &Document) -> Result<()> {
    let blind_index = index(work, document);
    if store::claim_document(work, &blind_index, resident).await? {
        protection::attach_awaited(work, &blind_index, resident).await?;
    } else {
        let holder = store::find_holder(work, &blind_index).await?;
        match holder.filter(|(_, holder)| *holder != resident) {
            Some(other) if protection::is_hidden(work, Some(&other)).await? => {
                put_beside(work, resident, document, other).await?;
            }
            Some(other) => return Err(refusal(work, &other).await?),
            None => {}
        }
    }
    let id = work.new_id();
    let number = vault::seal(work, resident, number_at(id), document.number().as_str()).await?;
    let tells_birth = document.birth_date().is_some();
    let row = DocumentRow { id, kind: document.kind(), number, blind_index, tells_birth };
    store::insert_document(work, resident, &row).await
}

/// Says no more than the actor may know about whom a document belongs to.
async fn refusal(work: &mut Work, (locality, holder): &(LocalityCode, Uuid)) -> Result<Error> {
    let known = locality == work.locality() && store::find(work, *holder).await?.is_some();
    Ok(Error::Refused(if known { "document-on-record" } else { "document-on-record-elsewhere" }))
}

/// Makes a document that finds somebody hidden find this file for the actor alone, who cannot know of the other; unless
/// they opened such a file before.
async fn put_beside(work: &mut Work, resident: Uuid, document: &Document, of: (LocalityCode, Uuid)) -> Result<()> {
    let beside = index_beside(work, document);
    protection::note_attempt(work, AttemptKind::Register, Some(&of)).await?;
    if store::claim_document(work, &beside, resident).await? {
        return protection::open_second(work, resident, of.1).await;
    }
    match store::find_holder(work, &beside).await? {
        Some((_, own)) if own == resident => Ok(()),
        Some(own) => Err(refusal(work, &own).await?),
        None => Err(Error::Stale),
    }
}

pub(super) fn index(work: &Work, document: &Document) -> Vec<u8> {
    work.node().vault.blind_index(INDEX, &document.canonical())
}

/// What a document is found by for the actor alone.
pub(super) fn index_beside(work: &Work, document: &Document) -> Vec<u8> {
    let text = format!("{}|{}", work.actor().id, document.canonical());
    work.node().vault.blind_index(INDEX_BESIDE, &text)
}

pub(super) fn number_at(row: Uuid) -> Place {
    Place { column: "resident_documents.number", row }
}

pub(super) fn phone_at(row: Uuid) -> Place {
    Place { column: "residents.phone", row }
}

/// Notes that the clerk compared the file with the document on record.
///
/// # Errors
/// `Refused("no-document")` while there is none on record.
pub async fn verify(work: &mut Work, id: Uuid) -> Result<Resident> {
    work.permit(Action::RegisterResidents)?;
    let before = get(work, id).await?;
    let Some(document) = store::current_document(work, id).await? else { return Err(Error::Refused("no-document")) };
    if before.verification == Verification::Verified {
        return Ok(before);
    }
    save(work, &Resident { verification: Verification::Verified, ..before }).await?;
    let details = json!({ "resident": id, "document_kind": document.kind });
    journal::append(work, Event { kind: "resident.verified", subjects: &[id], details }).await?;
    get(work, id).await
}

/// Notes how to reach a person, or that there is no number any more.
pub async fn set_phone(work: &mut Work, id: Uuid, phone: Option<Phone>) -> Result<()> {
    work.permit(Action::RegisterResidents)?;
    get(work, id).await?;
    put_phone(work, id, phone.as_ref()).await?;
    let details = json!({ "resident": id, "fields": ["phone"] });
    journal::append(work, Event { kind: "resident.contact_changed", subjects: &[id], details }).await?;
    Ok(())
}

pub(super) async fn put_phone(work: &mut Work, id: Uuid, phone: Option<&Phone>) -> Result<()> {
    let sealed = match phone {
        Some(phone) => Some(vault::seal(work, id, phone_at(id), phone.as_str()).await?),
        None => None,
    };
    store::set_phone(work, id, sealed).await
}
