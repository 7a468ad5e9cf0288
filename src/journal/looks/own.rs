//! Looks as the person sees them. In another person's case they see that their data were reached and what allowed it,
//! and nothing that leads to the other. A confidential look is a sealed line until its day, and whole from then on.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{store, subjects};
use crate::access::{Bilingual, Category, Purposes, Role};
use crate::error::{Error, Result};
use crate::localities;
use crate::values::{DivisionCode, NodeCode, Page, PageRequest};
use crate::work::Work;

/// Journal entries read at once while looking for those that are looks.
const BATCH: i64 = 100;
/// What stands in the place of a confidential look before its day.
const SEALED: &str = "access.sealed";
/// What is shown of a look at a record in another person's case, whichever record it was.
const A_RECORD: &str = "civil-record";

/// That somebody looked at the person's data, sent them to another node, or found the person in a search. Offices stand
/// by their looks; their officers' names are for the office to know.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Look {
    /// The journal entry.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// `data.disclosed`, `data.sent` to another node, `residents.searched`, `inquiry.asked` of another node,
    /// `resident.taken_over` by another office, `resident.exported` to a roll, `access.noted` by another node that looked there, or `access.sealed`:
    /// a confidential look that opens on a day.
    pub kind: String,
    /// The division of the office; absent while sealed.
    pub office: Option<DivisionCode>,
    /// Its full name, where the published list has it.
    pub office_name: Option<String>,
    /// What the one who looked is; absent while sealed, and for a look at another node.
    pub role: Option<Role>,
    /// What it was for; absent in another person's case.
    pub purpose: Option<String>,
    /// The purpose in words, where it is on the list here.
    pub purpose_text: Option<Bilingual>,
    /// What kind of work that purpose belongs to, where it is on the list here.
    pub category: Option<Category>,
    /// What allowed it.
    pub basis: Option<String>,
    /// The basis in words, where it is on the list here.
    pub basis_text: Option<Bilingual>,
    /// The rule as it is cited.
    pub basis_reference: Option<String>,
    /// The case it belonged to; absent in another person's case.
    pub case: Option<String>,
    /// The fields looked at, or what the search went by.
    pub fields: Vec<String>,
    /// The code of the node the data were sent to.
    pub recipient: Option<String>,
    /// The code of the node that looked and told of it.
    pub noted_by: Option<NodeCode>,
    /// The day on which a sealed look opens.
    pub sealed_until: Option<NaiveDate>,
    /// Whether it was in a case that is, or may be, another person's.
    pub in_anothers_case: bool,
    /// Whether a reviewer objected to it.
    pub under_review: bool,
}

/// Who looked at a person's data, newest first. Asks no permit: the operations do.
pub async fn looks_at(work: &mut Work, person: Uuid, page: &PageRequest) -> Result<Page<Look>> {
    let wanted = usize::try_from(page.rows()).unwrap_or_default();
    let (mut found, mut before) = (Vec::with_capacity(wanted), page.after);
    while found.len() < wanted {
        let entries = crate::journal::about(work, person, before, BATCH).await?;
        let Some(last) = entries.last() else { break };
        before = Some(read(&last["id"])?);
        for entry in &entries {
            found.extend(look(entry, &work.node().purposes)?);
        }
    }
    found.truncate(wanted);
    let objected = store::objected(work, person).await?;
    for look in found.iter_mut().filter(|look| look.sealed_until.is_none()) {
        look.under_review = objected.contains(&look.id);
    }
    Ok(page.page(found, |look| look.id))
}

/// Whether an entry is to be kept from the persons it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// It never was.
    Open,
    /// It was, and its day has come.
    Opened,
    /// It is until this day.
    Until(NaiveDate),
}

impl Sealing {
    /// Of an entry, as of a day in China.
    ///
    /// # Errors
    /// `Internal` when the entry's day cannot be read: what may be sealed is then not shown at all.
    pub fn of(entry: &Value, today: NaiveDate) -> Result<Self> {
        match &entry["details"]["sealed_until"] {
            Value::Null => Ok(Self::Open),
            until => {
                let until: NaiveDate = read(until)?;
                Ok(if today < until { Self::Until(until) } else { Self::Opened })
            }
        }
    }
}

/// An entry as the persons it concerns may have it on a day: one that is sealed says when it was and when it opens.
pub fn conceal(entry: Value, today: NaiveDate) -> Result<Value> {
    Ok(match Sealing::of(&entry, today)? {
        Sealing::Until(until) => json!({
            "id": entry["id"], "locality": entry["locality"], "at": entry["at"], "kind": SEALED,
            "details": { "sealed_until": until },
        }),
        Sealing::Open | Sealing::Opened => entry,
    })
}

/// A journal entry as the person sees it, if it tells of a look.
fn look(entry: &Value, purposes: &Purposes) -> Result<Option<Look>> {
    let details = &entry["details"];
    let in_anothers_case = subjects(entry).len() > 1;
    let fields = match entry["kind"].as_str() {
        Some(SEALED) => return sealed(entry).map(Some),
        Some("data.disclosed" | "data.sent" | "access.noted") if in_anothers_case => vec![A_RECORD.to_owned()],
        Some("data.disclosed" | "data.sent" | "access.noted" | "resident.exported") => {
            details["fields"].as_array().into_iter().flatten().filter_map(text).collect()
        }
        Some("resident.taken_over") => vec!["document".to_owned()],
        Some("inquiry.asked") => Vec::new(),
        Some("residents.searched") => text(&details["by"]).into_iter().collect(),
        _ => return Ok(None),
    };
    let noted = entry["kind"] == "access.noted";
    let told = if noted { details } else { entry };
    let office: DivisionCode = read(if noted { &details["office"] } else { &entry["actor"]["office"] })?;
    let purpose = purposes.purposes.iter().find(|purpose| told["purpose"] == purpose.code.as_str());
    let basis = purposes.bases.iter().find(|basis| told["basis"] == basis.code.as_str());
    Ok(Some(Look {
        id: read(&entry["id"])?,
        at: read(&told["at"])?,
        kind: text(&entry["kind"]).unwrap_or_default(),
        office_name: localities::full_name(&office),
        office: Some(office),
        role: if noted { None } else { Some(read(&entry["actor"]["role"])?) },
        purpose: text(&told["purpose"]).filter(|_| !in_anothers_case),
        purpose_text: purpose.filter(|_| !in_anothers_case).map(|purpose| purpose.text.clone()),
        category: purpose.map(|purpose| purpose.category),
        basis: text(&told["basis"]),
        basis_text: basis.map(|basis| basis.text.clone()),
        basis_reference: basis.map(|basis| basis.reference.clone()),
        case: text(&entry["case"]).filter(|_| !in_anothers_case),
        fields,
        recipient: text(&details["recipient"]).or_else(|| text(&details["peer"])),
        noted_by: if noted { Some(read(&entry["actor"]["peer"])?) } else { None },
        sealed_until: None,
        in_anothers_case,
        under_review: false,
    }))
}

fn sealed(entry: &Value) -> Result<Look> {
    Ok(Look {
        id: read(&entry["id"])?,
        at: read(&entry["at"])?,
        kind: SEALED.to_owned(),
        office: None,
        office_name: None,
        role: None,
        purpose: None,
        purpose_text: None,
        category: None,
        basis: None,
        basis_text: None,
        basis_reference: None,
        case: None,
        fields: Vec::new(),
        recipient: None,
        noted_by: None,
        sealed_until: Some(read(&entry["details"]["sealed_until"])?),
        in_anothers_case: false,
        under_review: false,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn entry(kind: &str, subjects: &[Uuid], details: Value) -> Value {
        json!({
            "id": Uuid::nil(), "at": "2026-11-23T02:00:00.000000Z", "kind": kind, "details": details,
            "actor": { "id": Uuid::nil(), "role": "system", "office": "130102" }, "subjects": subjects,
            "purpose": "childcare-subsidy", "basis": "family-planning-law-14", "case": "2026-12",
        })
    }

    fn seen(entry: &Value) -> Option<Look> {
        look(entry, &Purposes::built_in().unwrap()).unwrap()
    }

    #[test]
    fn data_sent_to_a_node_are_a_look_and_a_change_is_none() {
        let sent = entry("data.sent", &[ME], json!({ "fields": ["name", "document"], "recipient": "411421" }));
        let sent = seen(&sent).unwrap();
        assert_eq!((sent.recipient.as_deref(), sent.role), (Some("411421"), Some(Role::System)));
        assert_eq!(sent.fields, ["name", "document"]);
        assert_eq!(sent.purpose_text.unwrap().en, "Claiming the childcare subsidy");
        assert!(seen(&entry("resident.verified", &[ME], json!({}))).is_none());
    }

    #[test]
    fn in_anothers_case_only_category_and_basis_are_seen() {
        let owner = Uuid::from_u128(77);
        let look =
            seen(&entry("data.disclosed", &[ME, OTHER], json!({ "fields": ["birth.child"], "owners": [owner] })));
        let shown = serde_json::to_value(look.unwrap()).unwrap();
        assert_eq!((&shown["category"], &shown["basis"]), (&json!("public-service"), &json!("family-planning-law-14")));
        assert_eq!((&shown["in_anothers_case"], &shown["fields"]), (&json!(true), &json!(["civil-record"])));
        for telling in ["2026-12", "childcare", "birth", &OTHER.to_string(), &owner.to_string()] {
            assert!(!shown.to_string().contains(telling), "{telling}: {shown}");
        }
    }

    #[test]
    fn a_sealed_entry_says_when_it_opens_and_nothing_else_before_that_day() {
        let details = json!({ "fields": ["phone"], "owners": [ME], "sealed_until": "2027-01-01" });
        let whole = entry("data.disclosed", &[ME], details);
        let (before, day) = ("2026-12-31".parse().unwrap(), "2027-01-01".parse().unwrap());
        let concealed = conceal(whole.clone(), before).unwrap();
        assert_eq!(
            concealed,
            json!({ "id": Uuid::nil(), "locality": null, "at": "2026-11-23T02:00:00.000000Z", "kind": "access.sealed",
                    "details": { "sealed_until": "2027-01-01" } })
        );
        assert!(seen(&concealed).unwrap().office.is_none());
        assert_eq!(conceal(whole.clone(), day).unwrap(), whole);
        let damaged = entry("data.disclosed", &[ME], json!({ "sealed_until": "soon" }));
        assert!(conceal(damaged, day).is_err());
    }
}
