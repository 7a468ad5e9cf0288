//! What the registry owes the person themselves: their own record, and who looked at it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::documents::DocumentKind;
use super::{Consent, Resident, consents, store};
use crate::access::{Action, Role};
use crate::error::{Error, Result};
use crate::journal;
use crate::localities;
use crate::values::{DivisionCode, Page, PageRequest};
use crate::work::Work;

/// Journal entries read at once while looking for those that are looks.
const BATCH: i64 = 100;

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

/// That somebody looked at the person's data, sent them to another node, or found the person in a search. Offices stand by their looks; their
/// officers' names are for the office to know.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Look {
    /// The journal entry.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// `data.disclosed`, `data.sent` to another node, `residents.searched`, `resident.exported` to a roll, or
    /// `resident.taken_over` by another office.
    pub kind: String,
    /// The division of the office.
    pub office: DivisionCode,
    /// Its full name, where the published list has it.
    pub office_name: Option<String>,
    /// What the one who looked is.
    pub role: Role,
    /// What it was for.
    pub purpose: Option<String>,
    /// What allowed it.
    pub basis: Option<String>,
    /// The case it belonged to.
    pub case: Option<String>,
    /// The fields looked at, or what the search went by.
    pub fields: Vec<String>,
    /// The code of the node the data were sent to.
    pub recipient: Option<String>,
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
    let wanted = usize::try_from(page.rows()).unwrap_or_default();
    let (mut found, mut before) = (Vec::with_capacity(wanted), page.after);
    while found.len() < wanted {
        let entries = journal::about(work, id, before, BATCH).await?;
        let Some(last) = entries.last() else { break };
        before = Some(serde_json::from_value(last["id"].clone()).map_err(Error::internal)?);
        for entry in &entries {
            found.extend(look(entry)?);
        }
    }
    found.truncate(wanted);
    Ok(page.page(found, |look| look.id))
}

fn own_id(work: &Work) -> Result<Uuid> {
    work.permit(Action::ReadOwnRecord)?;
    work.actor().subject.ok_or(Error::NotFound("resident"))
}

/// A journal entry as the person sees it, if it tells of a look.
fn look(entry: &Value) -> Result<Option<Look>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fields = match entry["kind"].as_str() {
        Some("data.disclosed" | "data.sent" | "resident.exported") => {
            entry["details"]["fields"].as_array().into_iter().flatten().filter_map(text).collect()
        }
        Some("resident.taken_over") => vec!["document".to_owned()],
        Some("residents.searched") => text(&entry["details"]["by"]).into_iter().collect(),
        _ => return Ok(None),
    };
    let read = |value: &Value| serde_json::from_value(value.clone()).map_err(Error::internal);
    let office: DivisionCode = serde_json::from_value(entry["actor"]["office"].clone()).map_err(Error::internal)?;
    Ok(Some(Look {
        id: read(&entry["id"])?,
        at: serde_json::from_value(entry["at"].clone()).map_err(Error::internal)?,
        kind: text(&entry["kind"]).unwrap_or_default(),
        office_name: localities::full_name(&office),
        office,
        role: serde_json::from_value(entry["actor"]["role"].clone()).map_err(Error::internal)?,
        purpose: text(&entry["purpose"]),
        basis: text(&entry["basis"]),
        case: text(&entry["case"]),
        fields,
        recipient: text(&entry["details"]["recipient"]),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(kind: &str, details: Value) -> Value {
        json!({
            "id": Uuid::nil(), "at": "2026-11-23T02:00:00.000000Z", "kind": kind, "details": details,
            "actor": { "id": Uuid::nil(), "role": "system", "office": "130102" }, "purpose": "record-exchange",
        })
    }

    #[test]
    fn data_sent_to_a_node_are_a_look_and_a_change_is_none() {
        let sent = entry("data.sent", json!({ "fields": ["name", "document"], "recipient": "411421" }));
        let sent = look(&sent).unwrap().unwrap();
        assert_eq!((sent.recipient.as_deref(), sent.role), (Some("411421"), Role::System));
        assert_eq!(sent.fields, ["name", "document"]);
        assert!(look(&entry("resident.verified", json!({}))).unwrap().is_none());
    }
}
