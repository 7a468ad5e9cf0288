//! What sealed data may be opened for and what allows it: a list per locality, shipped with defaults and replaced
//! by the locality's own file. Codes in requests are checked against it.

use serde::{Deserialize, Serialize};

use super::{Field, Role};
use crate::error::{Error, FieldError, Result};
use crate::journal::Reason;
use crate::values::{Malformed, parsed_text};

parsed_text! {
    /// The code of a purpose (查阅目的), for example `tenancy-registration`.
    pub struct PurposeCode = parse_code;
}

parsed_text! {
    /// The code of a legal basis (依据), for example `family-planning-law-14`, or `consent`.
    pub struct BasisCode = parse_code;
}

parsed_text! {
    /// The number of a case or file (事由编号) as the office writes it: 1–40 characters.
    pub struct CaseRef = parse_case;
}

/// Purposes and bases the node itself goes by: reports, the exchange, and the person's look at their own record. A list
/// without one of them would shut people out of what they are owed.
const INDISPENSABLE: [&str; 6] = [
    "tenancy-registration",
    "housing-rental-regulations",
    "record-exchange",
    "consent",
    "person-request",
    "personal-information-law-45",
];

fn parse_code(text: &str) -> std::result::Result<String, Malformed> {
    let shaped = (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-code")) }
}

fn parse_case(text: &str) -> std::result::Result<String, Malformed> {
    let text = text.trim();
    let length = text.chars().count();
    let shaped =
        (1..=40).contains(&length) && text.chars().all(|c| c.is_alphanumeric() || "-/〔〕()（）号第".contains(c));
    // A case number is no place for a document number: those are sealed, and the journal is not.
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match (length, shaped, digits) {
        (0, ..) => Err(Malformed("empty")),
        (_, true, 0..15) => Ok(text.to_owned()),
        (_, true, _) => Err(Malformed("looks-like-a-document-number")),
        _ => Err(Malformed("malformed-case")),
    }
}

/// A text in both languages of the registry.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One purpose of the list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its code.
    pub code: PurposeCode,
    /// Its text.
    pub text: Bilingual,
}

/// One legal basis of the list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Its code.
    pub code: BasisCode,
    /// Its text.
    pub text: Bilingual,
    /// The rule, as it is cited.
    pub reference: String,
    /// Kinds of messages that may leave on this basis alone.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Whether `residence.started` may ask for later changes on it.
    #[serde(default)]
    pub covers_changes: bool,
}

/// The locality's lists.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Purposes {
    /// Purposes.
    #[serde(rename = "purpose")]
    pub purposes: Vec<Purpose>,
    /// Bases.
    #[serde(rename = "basis")]
    pub bases: Vec<Basis>,
}

impl Purposes {
    /// The lists that are shipped.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("purposes.toml"))
    }

    /// Reads a locality's own lists (TOML).
    ///
    /// # Errors
    /// `Internal` when they cannot be read or lack a code that the node itself goes by.
    pub fn parse(text: &str) -> Result<Self> {
        let lists: Self =
            toml::from_str(text).map_err(|e| Error::internal(format!("the list of purposes: {}", e.message())))?;
        let purposes = lists.purposes.iter().map(|purpose| purpose.code.as_str());
        let bases = lists.bases.iter().map(|basis| basis.code.as_str());
        let known: Vec<&str> = purposes.chain(bases).collect();
        match INDISPENSABLE.iter().find(|code| !known.contains(*code)) {
            Some(code) => Err(Error::internal(format!("the list of purposes lacks {code}"))),
            None => Ok(lists),
        }
    }

    /// Refuses a purpose or basis that is not on the list.
    pub fn check(&self, reason: &Reason, _role: Role, _fields: &[Field]) -> Result<()> {
        let Reason { purpose, basis, .. } = reason;
        let mut faults = Vec::new();
        if !self.purposes.iter().any(|p| p.code == *purpose) {
            faults.push(FieldError { field: "purpose".into(), code: "unknown-purpose" });
        }
        if self.basis(basis).is_none() {
            faults.push(FieldError { field: "basis".into(), code: "unknown-basis" });
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// The basis with a code.
    pub fn basis(&self, code: &BasisCode) -> Option<&Basis> {
        self.bases.iter().find(|b| b.code == *code)
    }

    /// The first basis on which messages of a kind may leave without the person's consent.
    pub fn statutory_basis(&self, kind: &str) -> Option<&Basis> {
        self.bases.iter().find(|b| b.covers.iter().any(|k| k == kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_lists_parse_and_cover_the_residence_notices() {
        let purposes = Purposes::built_in().unwrap();
        for kind in ["residence.started", "residence.ended", "residence.undone", "record.requested", "record.answered"]
        {
            assert!(purposes.statutory_basis(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn a_list_without_what_the_node_goes_by_is_refused() {
        let shipped = include_str!("purposes.toml");
        assert!(Purposes::parse(&shipped.replace("person-request", "something-else")).is_err());
        assert!(Purposes::parse(shipped).is_ok());
    }

    #[test]
    fn a_case_number_cannot_smuggle_a_document_number() {
        assert!("11010519491231002X".parse::<CaseRef>().is_err());
        assert!("长安居登〔2026〕第12号".parse::<CaseRef>().is_ok());
    }
}
