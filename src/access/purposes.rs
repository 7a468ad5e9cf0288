//! What people's data may be opened for, by whom, which fields, and what allows it: a list per locality, shipped with
//! defaults and replaced by the locality's own file. Every look and every search is checked against it before it is
//! written down, so that nothing is opened that its purpose does not open for that role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Category, Field, Role};
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

/// Looks that nobody chooses a purpose for: those of reports, of the exchange, of protections, of telling people, and
/// the person's own. A list without one of them would shut people out of what they are owed.
const INDISPENSABLE: [(&str, &str, Role, &[Field]); 8] = [
    (
        "tenancy-registration",
        "housing-rental-regulations",
        Role::Clerk,
        &[Field::SearchByDocument, Field::Document, Field::Phone],
    ),
    ("record-exchange", "consent", Role::System, &[Field::Name, Field::Document, Field::InquiryAnswer]),
    ("record-exchange", "consent", Role::System, RECORDS),
    ("record-exchange", "consent", Role::Clerk, &[Field::InquiryQuestion]),
    ("person-request", "personal-information-law-45", Role::Resident, RECORDS),
    ("person-request", "personal-information-law-45", Role::Resident, &[Field::Document, Field::Phone]),
    ("notice-delivery", "personal-information-law-17", Role::System, &[Field::Phone]),
    ("record-exchange", "anti-domestic-violence-law", Role::System, &[Field::Name, Field::Document]),
];

/// All that marriage and birth records say.
const RECORDS: &[Field] = &[
    Field::MarriageSpouses,
    Field::MarriedOn,
    Field::MarriagePlace,
    Field::MarriageCertificate,
    Field::BirthChild,
    Field::BirthPlace,
    Field::BirthParents,
    Field::BirthCertificate,
];

fn parsed<T: std::str::FromStr<Err = Malformed>>(code: &str) -> Result<T> {
    code.parse().map_err(|Malformed(fault)| Error::internal(fault))
}

fn other() -> Category {
    Category::Other
}

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
    /// The bases that can carry it.
    pub bases: Vec<BasisCode>,
    /// Who may name it, and the fields it opens for them.
    pub opens: BTreeMap<Role, Vec<Field>>,
    /// The kind of work it belongs to: all that somebody learns of it in another person's case.
    #[serde(default = "other")]
    pub category: Category,
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
    /// `Internal`, with the line or the code at fault, when they cannot be read, name a code twice or a basis that is
    /// not among them, or lack something that the node itself goes by.
    pub fn parse(text: &str) -> Result<Self> {
        let fault = |what: String| Error::internal(format!("the list of purposes: {what}"));
        let lists: Self = toml::from_str(text).map_err(|error| fault(error.to_string().trim().to_owned()))?;
        let purposes = lists.purposes.iter().map(|purpose| purpose.code.as_str());
        let mut codes: Vec<&str> = purposes.chain(lists.bases.iter().map(|basis| basis.code.as_str())).collect();
        codes.sort_unstable();
        if let Some(twice) = codes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fault(format!("`{}` stands in it twice", twice[0])));
        }
        for purpose in &lists.purposes {
            if let Some(basis) = purpose.bases.iter().find(|basis| lists.basis(basis).is_none()) {
                return Err(fault(format!("`{}` names the basis `{basis}`, which is not in it", purpose.code)));
            }
        }
        for (purpose, basis, role, fields) in INDISPENSABLE {
            let (code, on) = (parsed(purpose)?, parsed(basis)?);
            if lists.check_codes(&code, &on, role, fields).is_err() {
                let fields: Vec<&str> = fields.iter().map(Field::as_str).collect();
                let fields = fields.join(", ");
                return Err(fault(format!(
                    "the node itself needs `{purpose}` on `{basis}` to open for {role}: {fields}"
                )));
            }
        }
        Ok(lists)
    }

    /// Refuses a reason for which this role may not open these fields.
    ///
    /// # Errors
    /// `Invalid` for a purpose or basis that is not on the list; `Refused`: `purpose-not-for-role`,
    /// `basis-does-not-cover` when the basis does not carry the purpose, `purpose-does-not-open` one of the fields.
    pub fn check(&self, reason: &Reason, role: Role, fields: &[Field]) -> Result<()> {
        self.check_codes(&reason.purpose, &reason.basis, role, fields)
    }

    fn check_codes(&self, purpose: &PurposeCode, basis: &BasisCode, role: Role, fields: &[Field]) -> Result<()> {
        let mut faults = Vec::new();
        let known = self.purposes.iter().find(|known| known.code == *purpose);
        if known.is_none() {
            faults.push(FieldError { field: "purpose".into(), code: "unknown-purpose" });
        }
        if self.basis(basis).is_none() {
            faults.push(FieldError { field: "basis".into(), code: "unknown-basis" });
        }
        let Some(purpose) = known.filter(|_| faults.is_empty()) else { return Err(Error::Invalid(faults)) };
        let opened = purpose.opens.get(&role).ok_or(Error::Refused("purpose-not-for-role"))?;
        if !purpose.bases.contains(basis) {
            return Err(Error::Refused("basis-does-not-cover"));
        }
        let all = fields.iter().all(|field| opened.contains(field));
        if all { Ok(()) } else { Err(Error::Refused("purpose-does-not-open")) }
    }

    /// The lists as a role is shown them: officers with what is opened for themselves, whoever looks after the lists or
    /// is looked at with all of it.
    #[must_use]
    pub fn shown_to(&self, role: Role) -> Self {
        let mut shown = self.clone();
        if !matches!(role, Role::SecurityAdministrator | Role::Auditor | Role::Resident | Role::System) {
            shown.purposes.iter_mut().for_each(|purpose| purpose.opens.retain(|other, _| *other == role));
        }
        shown
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
    fn a_list_without_what_the_node_goes_by_or_that_contradicts_itself_is_refused() {
        let shipped = include_str!("purposes.toml");
        assert!(Purposes::parse(shipped).is_ok());
        for (from, to, told) in [
            ("code = \"person-request\"", "code = \"something-else\"", "the node itself needs `person-request`"),
            ("resident = [\"document\"", "auditor = [\"document\"", "to open for resident: marriage.spouses"),
            ("code = \"identity-check\"", "code = \"marriage-check\"", "`marriage-check` stands in it twice"),
            ("code = \"birth-registration-guidance\"", "code = \"x\"", "names the basis `birth-registration-guidance`"),
            ("\"take-over\"", "\"ethnic-group\"", "unknown variant `ethnic-group`"),
            ("bases = [\"residence-permit-regulations\", \"housing", "basis = [\"housing", "TOML parse error at line"),
        ] {
            assert!(shipped.contains(from), "{from}");
            let fault = Purposes::parse(&shipped.replace(from, to)).unwrap_err().to_string();
            assert!(fault.contains(told), "{fault}");
        }
    }

    #[test]
    fn each_purpose_opens_for_each_role_what_it_is_meant_to() {
        let mut matrix = String::new();
        for purpose in Purposes::built_in().unwrap().purposes {
            let bases: Vec<&str> = purpose.bases.iter().map(BasisCode::as_str).collect();
            matrix.push_str(&format!("{} on {}\n", purpose.code, bases.join(", ")));
            for (role, fields) in purpose.opens {
                let fields: Vec<&str> = fields.iter().map(Field::as_str).collect();
                matrix.push_str(&format!("  {role}: {}\n", fields.join(" ")));
            }
        }
        insta::assert_snapshot!(matrix);
    }

    #[test]
    fn a_reason_opens_for_a_role_what_its_purpose_opens_and_nothing_else() {
        let lists = Purposes::built_in().unwrap();
        let check = |purpose: &str, basis: &str, role, field| {
            let checked = lists.check_codes(&purpose.parse().unwrap(), &basis.parse().unwrap(), role, &[field]);
            checked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        let (law, consent) = ("family-planning-law-14", "consent");
        assert_eq!(check("childcare-subsidy", consent, Role::Clerk, Field::AskBornSince), "");
        for (purpose, basis, role, field, fault) in [
            ("childcare-subsidy", consent, Role::Clerk, Field::BirthChild, "refused: purpose-does-not-open"),
            (
                "childcare-subsidy",
                "housing-rental-regulations",
                Role::Clerk,
                Field::AskBornSince,
                "refused: basis-does-not-cover",
            ),
            ("marriage-check", law, Role::Resident, Field::MarriedOn, "refused: purpose-not-for-role"),
            ("person-request", consent, Role::SecurityAdministrator, Field::Document, "refused: purpose-not-for-role"),
            ("curiosity", law, Role::Clerk, Field::Document, "invalid input: purpose: unknown-purpose"),
            ("identity-check", "because", Role::Clerk, Field::Document, "invalid input: basis: unknown-basis"),
        ] {
            assert_eq!(check(purpose, basis, role, field), fault, "{purpose}");
        }
    }

    #[test]
    fn a_case_number_cannot_smuggle_a_document_number() {
        assert!("11010519491231002X".parse::<CaseRef>().is_err());
        assert!("长安居登〔2026〕第12号".parse::<CaseRef>().is_ok());
    }
}
