//! The small values messages are made of, each too narrow to carry free text about a person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::exchange::strict::present;
use crate::values::{Label, Malformed, PersonName, Sex, parsed_text};

parsed_text! {
    /// A word of a list: 1–64 of `a–z 0–9 . _ -`, beginning with a letter.
    pub struct Code = parse_code;
}

fn parse_code(text: &str) -> Result<String, Malformed> {
    let shaped = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-code")) }
}

parsed_text! {
    /// A number given by an authority (document, certificate, case): 1–64 letters, digits and `-_./:()（）〔〕`, with
    /// at least one digit, which keeps sentences out.
    pub struct Reference = parse_reference;
}

fn parse_reference(text: &str) -> Result<String, Malformed> {
    let allowed = |c: char| c.is_alphanumeric() || "-_./:()（）〔〕".contains(c);
    let shaped = text.chars().count() <= 64 && text.chars().all(allowed) && text.contains(|c: char| c.is_ascii_digit());
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-reference")) }
}

parsed_text! {
    /// The telephone of an office: 3–20 of digits, `+`, `-` and spaces.
    pub struct OfficePhone = parse_office_phone;
}

fn parse_office_phone(text: &str) -> Result<String, Malformed> {
    let shaped = (3..=20).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit() || b"+- ".contains(&b))
        && text.starts_with(|c: char| c.is_ascii_digit() || c == '+')
        && text.ends_with(|c: char| c.is_ascii_digit());
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-phone")) }
}

/// An office one can turn to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Its name.
    pub name: Label,
    /// Its telephone.
    pub phone: OfficePhone,
}

/// An identity document, as the sender knows it. The receiver checks the number by the rules of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentWire {
    /// The document's kind, for example `resident-id`.
    pub kind: Code,
    /// Its number.
    pub number: Reference,
}

/// A person, by what pairing needs. Without a document there is no pairing by itself, only a clerk's task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The document the person is known by.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub document: Option<DocumentWire>,
    /// The name as on the document.
    pub name: PersonName,
    /// Sex, when the document's number does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub sex: Option<Sex>,
    /// Day of birth, when the document's number does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub born_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_hold_numbers_and_no_sentences() {
        for good in ["J130102-2020-000123", "11010519491231002X", "〔2020〕民字013号", "2026/117"] {
            assert!(good.parse::<Reference>().is_ok(), "{good}");
        }
        for bad in ["", "no digit", "a sentence with 1 digit", "三个孩子", "1\n2"] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_are_words_of_lists() {
        assert!("residence-service.v2".parse::<Code>().is_ok());
        for bad in ["", "9a", "Upper", "with space", &"a".repeat(65)] {
            assert!(bad.parse::<Code>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_office_phone_is_a_number() {
        assert!("0311-8600 0000".parse::<OfficePhone>().is_ok());
        for bad in ["", "12", "call us", "-12345", "1234-"] {
            assert!(bad.parse::<OfficePhone>().is_err(), "{bad}");
        }
    }
}
