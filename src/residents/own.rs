//! What the registry owes the person themselves: their own record, and who looked at it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::documents::DocumentKind;
use super::{Consent, Resident, consents, store};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Look};
use crate::values::{Page, PageRequest};
use crate::work::Work;

/// That a document is or was on record; not its number.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct DocumentOnRecord {
    /// Which document.
    pub kind: DocumentKind,
    /// Since when.
    pub recorded_at: DateTime<Utc>,
    /// Until when, where another took its place.
    pub superseded_at: Option<DateTime<Utc>>,
}

/// What is on record about the person who asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwnRecord {
    /// Who they are.
    pub resident: Resident,
    /// Their documents, the present one first.
    pub documents: Vec<DocumentOnRecord>,
    /// Whether a telephone number is on record.
    pub has_phone: bool,
    /// What they consented to, the newest first.
    pub consents: Vec<Consent>,
}

/// The record of the person who asks.
pub async fn own_record(work: &mut Work) -> Result<OwnRecord> {
    let id = own_id(work)?;
    let locality = work.locality().clone();
    let resident = store::find_anywhere(work, &locality, id).await?.ok_or(Error::NotFound("resident"))?;
    Ok(OwnRecord {
        resident,
        documents: store::list_documents(work, id).await?,
        has_phone: store::find_phone(work, id).await?.is_some(),
        consents: consents::of(work, id).await?,
    })
}

/// Who looked at the data of the person who asks, newest first.
pub async fn looks(work: &mut Work, page: &PageRequest) -> Result<Page<Look>> {
    let id = own_id(work)?;
    journal::looks::looks_at(work, id, page).await
}

fn own_id(work: &Work) -> Result<Uuid> {
    work.permit(Action::ReadOwnRecord)?;
    work.actor().subject.ok_or(Error::NotFound("resident"))
}
