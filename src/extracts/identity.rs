//! Where each field of somebody's identity is from: read off the journal, which wrote down each change.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::journal;
use crate::localities;
use crate::residents::Resident;
use crate::values::{DivisionCode, text_enum};
use crate::work::Work;

/// Journal entries read at once.
const BATCH: i64 = 200;

text_enum! {
    /// On what a field of the identity rests.
    pub enum IdentitySource {
        /// The person said so, and no document tells it.
        Statement => "statement",
        /// The document that was shown.
        Document => "document",
        /// A clerk put it right.
        Correction => "correction",
        /// A clerk compared the file with the document.
        Comparison => "comparison",
    }
}

/// A field of the identity, and where it is from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IdentityFact {
    /// `name`, `sex`, `birth_date`, `origin` or `verification`.
    pub field: &'static str,
    /// What is recorded; absent where nothing is.
    pub value: Option<String>,
    /// On what it rests.
    pub source: Option<IdentitySource>,
    /// Since when it is recorded so.
    pub since: Option<DateTime<Utc>>,
    /// The office that recorded it.
    pub office: Option<DivisionCode>,
    /// Its full name.
    pub office_name: Option<String>,
    /// The journal entry that wrote it down.
    pub entry: Option<Uuid>,
}

/// A person's identity, field by field.
pub(super) async fn facts(work: &mut Work, resident: &Resident) -> Result<Vec<IdentityFact>> {
    let entries = entries_about(work, resident.id).await?;
    let recorded = [
        ("name", Some(resident.name.to_string())),
        ("sex", Some(resident.sex.to_string())),
        ("birth_date", resident.birth_date.map(|day| day.to_string())),
        ("origin", Some(resident.origin.to_string())),
        ("verification", Some(resident.verification.to_string())),
    ];
    recorded.into_iter().map(|(field, value)| fact(field, value, resident.id, &entries)).collect()
}

/// Newest first.
async fn entries_about(work: &mut Work, resident: Uuid) -> Result<Vec<Value>> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let entries = journal::about(work, resident, before, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(all) };
        before = Some(serde_json::from_value(last["id"].clone()).map_err(Error::internal)?);
        all.extend(entries);
    }
}

fn fact(field: &'static str, value: Option<String>, resident: Uuid, entries: &[Value]) -> Result<IdentityFact> {
    let written = entries
        .iter()
        .filter(|entry| entry["details"]["resident"] == resident.to_string())
        .find_map(|entry| Some((entry, source(field, entry)?)));
    let Some((entry, source)) = written else {
        return Ok(IdentityFact {
            field,
            value,
            source: None,
            since: None,
            office: None,
            office_name: None,
            entry: None,
        });
    };
    let office: DivisionCode = serde_json::from_value(entry["actor"]["office"].clone()).map_err(Error::internal)?;
    Ok(IdentityFact {
        field,
        value,
        source: Some(source),
        since: Some(serde_json::from_value(entry["at"].clone()).map_err(Error::internal)?),
        office_name: localities::full_name(&office),
        office: Some(office),
        entry: Some(serde_json::from_value(entry["id"].clone()).map_err(Error::internal)?),
    })
}

/// On what an entry rests this field, if it recorded it.
fn source(field: &str, entry: &Value) -> Option<IdentitySource> {
    let by_document = matches!(field, "sex" | "birth_date");
    let with_document = entry["details"]["document_kind"].is_string();
    match entry["kind"].as_str()? {
        "resident.registered" if by_document && with_document => Some(IdentitySource::Document),
        "resident.registered" => Some(IdentitySource::Statement),
        "resident.document_added" if by_document => Some(IdentitySource::Document),
        "resident.document_added" if field == "verification" => Some(IdentitySource::Statement),
        "resident.verified" if field == "verification" => Some(IdentitySource::Comparison),
        "resident.identity_changed" => {
            let fields = entry["details"]["fields"].as_array()?;
            let names = |name: &str| fields.iter().any(|changed| changed == name);
            let unverified = field == "verification" && fields.iter().any(|changed| changed != "origin");
            (names(field) || unverified).then_some(IdentitySource::Correction)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_from_the_last_entry_that_recorded_it() {
        let registered = json!({ "kind": "resident.registered", "details": { "document_kind": "citizen-id" } });
        assert_eq!(source("sex", &registered), Some(IdentitySource::Document));
        assert_eq!(source("name", &registered), Some(IdentitySource::Statement));
        let changed = json!({ "kind": "resident.identity_changed", "details": { "fields": ["name"] } });
        assert_eq!(source("name", &changed), Some(IdentitySource::Correction));
        assert_eq!(source("origin", &changed), None);
        assert_eq!(source("verification", &changed), Some(IdentitySource::Correction));
        assert_eq!(source("name", &json!({ "kind": "data.disclosed", "details": {} })), None);
    }
}
