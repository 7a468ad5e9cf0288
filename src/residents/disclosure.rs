//! Opening what is sealed of a person: for a reason, for as few fields as it takes, and written down.

use serde::Serialize;
use uuid::Uuid;

use super::documents::Document;
use super::{identity, store};
use crate::access::{Action, Field};
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Reason, Seal};
use crate::values::{Malformed, Phone, text_enum};
use crate::vault;
use crate::work::Work;

text_enum! {
    /// A sealed field of a person.
    pub enum SealedField {
        /// Kind and number of the document on record.
        Document => "document",
        /// Telephone.
        Phone => "phone",
    }
}

impl SealedField {
    /// The fields' names as the journal has them, each once; refuses to open nothing.
    pub(crate) fn named(fields: &[Self]) -> Result<Vec<Field>> {
        let wanted = Self::ALL.iter().filter(|field| fields.contains(field));
        let named: Vec<_> = wanted
            .map(|field| match field {
                Self::Document => Field::Document,
                Self::Phone => Field::Phone,
            })
            .collect();
        if named.is_empty() { Err(Error::invalid("fields", "empty")) } else { Ok(named) }
    }
}

/// What was opened; a field that was not asked for, or that nobody recorded, is absent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Disclosed {
    /// The document on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// Opens sealed fields of a person in the actor's scope.
///
/// # Errors
/// `Invalid` when no field is named, or purpose or basis are not on the locality's list; `Refused("erased")` when
/// the person was forgotten.
pub async fn disclose(work: &mut Work, id: Uuid, reason: &Reason, fields: &[SealedField]) -> Result<Disclosed> {
    work.permit(Action::DiscloseResident)?;
    store::find(work, id).await?.ok_or(Error::NotFound("resident"))?;
    write_down_and_open(work, id, reason, fields).await
}

/// Opens sealed fields of the person who asks.
pub async fn disclose_own(work: &mut Work, fields: &[SealedField]) -> Result<Disclosed> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    write_down_and_open(work, own, &Reason::own_request()?, fields).await
}

async fn write_down_and_open(work: &mut Work, id: Uuid, reason: &Reason, fields: &[SealedField]) -> Result<Disclosed> {
    let named = SealedField::named(fields)?;
    let disclosure = journal::disclose(work, reason, &[id], &[id], &named).await?;
    open(work, id, fields, &disclosure).await
}

/// The same, kept from the person until the seal's day; answers the journal entry besides. For the operation that
/// looks after confidential accesses.
pub(crate) async fn disclose_confidentially(
    work: &mut Work,
    id: Uuid,
    reason: &Reason,
    fields: &[SealedField],
    seal: Seal,
) -> Result<(Disclosed, Uuid)> {
    work.permit(Action::DiscloseResident)?;
    store::find(work, id).await?.ok_or(Error::NotFound("resident"))?;
    let named = SealedField::named(fields)?;
    let disclosure = journal::disclose_confidentially(work, reason, &[id], &[id], &named, seal).await?;
    Ok((open(work, id, fields, &disclosure).await?, disclosure.entry()))
}

async fn open(work: &mut Work, id: Uuid, fields: &[SealedField], disclosure: &Disclosure) -> Result<Disclosed> {
    let mut disclosed = Disclosed { document: None, phone: None };
    if fields.contains(&SealedField::Document) {
        disclosed.document = documents_for_exchange(work, disclosure, id).await?;
    }
    if fields.contains(&SealedField::Phone) {
        disclosed.phone = open_phone(work, disclosure, id).await?;
    }
    Ok(disclosed)
}

/// Opens the document on record with a disclosure that was obtained already.
pub async fn documents_for_exchange(work: &mut Work, disclosure: &Disclosure, id: Uuid) -> Result<Option<Document>> {
    let Some(row) = store::current_document(work, id).await? else { return Ok(None) };
    let number = vault::open(work, disclosure, id, identity::number_at(row.id), &row.number).await?;
    Document::parse(row.kind, &number).map(Some).map_err(|Malformed(code)| Error::internal(code))
}

/// Whether a person has a document on record, for other domains' operations.
pub async fn has_document(work: &mut Work, id: Uuid) -> Result<bool> {
    Ok(store::current_document(work, id).await?.is_some())
}

/// Whether a person has a telephone on record, for other domains' operations.
pub async fn has_phone(work: &mut Work, id: Uuid) -> Result<bool> {
    Ok(store::find_phone(work, id).await?.is_some())
}

/// Opens the telephone on record with a disclosure that was obtained already.
pub async fn open_phone(work: &mut Work, disclosure: &Disclosure, id: Uuid) -> Result<Option<Phone>> {
    let Some(sealed) = store::find_phone(work, id).await? else { return Ok(None) };
    let phone = vault::open(work, disclosure, id, identity::phone_at(id), &sealed).await?;
    phone.parse().map(Some).map_err(|Malformed(code)| Error::internal(code))
}
