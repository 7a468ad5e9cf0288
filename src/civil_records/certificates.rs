//! The numbers on certificates of birth and marriage. Pure: no database, no clock.

use chrono::{Datelike, NaiveDate};

use crate::residents::documents::parse_birth_certificate_number;
use crate::values::{Malformed, folded, parsed_text};

const MALFORMED: Malformed = Malformed("malformed-certificate-number");

parsed_text! {
    /// The number of a medical certificate of birth: one letter and nine digits (all editions up to the 7th, in
    /// force since 2023-04-01). Codes: `wrong-length`, `malformed-document-number`.
    pub struct BirthCertificateNumber = parse_birth_certificate_number;
}

parsed_text! {
    /// A certificate's or judgment's number as its record keeps it: one line of at most 64 characters. Numbers of the
    /// country's own certificates are checked by the two types beside this one before a clerk's record is kept.
    /// Codes: `empty`, `too-long`, `malformed-certificate-number`.
    pub struct CertificateNumber = parse_certificate_number;
}

fn parse_certificate_number(text: &str) -> Result<String, Malformed> {
    line(text, 64)
}

impl BirthCertificateNumber {
    /// Whether somebody born on that day can have one: the certificate exists since 1996-01-01, so nobody born
    /// before may be asked for it.
    pub fn possible_for(born_on: NaiveDate) -> bool {
        born_on.year() >= 1996
    }
}

parsed_text! {
    /// The number of a certificate from the marriage registry: `J` marriage or `L` divorce, before it `B` if issued
    /// again, division (6 digits), year, serial (6 digits), normalised to `J130102-2025-000123`.
    ///
    /// Certificates of earlier years bear numbers each office made up, `（1998）长结字第0123号`: one line of at most
    /// 40 characters, kept as it is. A number that begins as the modern form does must be one.
    /// Codes: `empty`, `too-long`, `malformed-certificate-number`.
    pub struct MarriageCertificateNumber = parse_marriage_certificate_number;
}

fn parse_marriage_certificate_number(text: &str) -> Result<String, Malformed> {
    let number = folded(text);
    if let Some(at) = modern_prefix(&number) {
        let digits = number.get(at..).filter(|rest| rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_digit()));
        let (division, rest) = digits.and_then(|digits| digits.split_at_checked(6)).ok_or(MALFORMED)?;
        let (year, serial) = rest.split_at_checked(4).ok_or(MALFORMED)?;
        return Ok(format!("{}{division}-{year}-{serial}", &number[..at]));
    }
    line(text, 40)
}

fn line(text: &str, most: usize) -> Result<String, Malformed> {
    let number = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match number.chars().count() {
        0 => Err(Malformed("empty")),
        count if count > most => Err(Malformed("too-long")),
        _ if number.chars().any(char::is_control) || !number.chars().any(char::is_alphanumeric) => Err(MALFORMED),
        _ => Ok(number),
    }
}

/// Where the digits begin after `J`, `L`, `BJ` or `BL`.
fn modern_prefix(number: &str) -> Option<usize> {
    let bare = number.strip_prefix('B').unwrap_or(number);
    let digits = bare.strip_prefix(['J', 'L']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(number.len() - digits.len())
}

impl MarriageCertificateNumber {
    /// Whether the number has the free form of earlier years, which cannot be checked.
    pub fn is_legacy(&self) -> bool {
        modern_prefix(self.as_str()).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marriage(text: &str) -> Result<String, &'static str> {
        text.parse::<MarriageCertificateNumber>().map(String::from).map_err(|Malformed(code)| code)
    }

    #[test]
    fn a_birth_certificate_has_a_letter_and_nine_digits() {
        let birth = |text: &str| text.parse::<BirthCertificateNumber>().map(String::from);
        assert_eq!(birth("t000 000 014"), Ok("T000000014".to_owned()));
        assert_eq!(birth("000000014"), Err(Malformed("wrong-length")));
        assert_eq!(birth("0000000014"), Err(Malformed("malformed-document-number")));
    }

    #[test]
    fn nobody_born_before_1996_has_a_birth_certificate() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        assert!(!BirthCertificateNumber::possible_for(day(1995, 12, 31)));
        assert!(BirthCertificateNumber::possible_for(day(1996, 1, 1)));
    }

    #[test]
    fn a_modern_marriage_certificate_is_normalised() {
        for text in ["J130102-2025-000123", "j1301022025000123", "Ｊ１３０１０２ — ２０２５ — ０００１２３"]
        {
            assert_eq!(marriage(text).as_deref(), Ok("J130102-2025-000123"), "{text}");
        }
        assert_eq!(marriage("bl130102-2025-000123").as_deref(), Ok("BL130102-2025-000123"));
        assert!(!"J130102-2025-000123".parse::<MarriageCertificateNumber>().unwrap().is_legacy());
    }

    #[test]
    fn an_old_marriage_certificate_keeps_the_form_its_office_gave_it() {
        let number: MarriageCertificateNumber = " （1998）长结字第0123号 ".parse().unwrap();
        assert_eq!(number.as_str(), "（1998）长结字第0123号");
        assert!(number.is_legacy());
        assert_eq!(marriage("一九五八年字第十二号").as_deref(), Ok("一九五八年字第十二号"));
    }

    #[test]
    fn each_fault_of_a_marriage_certificate_has_its_code() {
        assert_eq!(marriage(" "), Err("empty"));
        assert_eq!(marriage("J130102-2025-00012"), Err("malformed-certificate-number"));
        assert_eq!(marriage("BJ130102-2025-0001234"), Err("malformed-certificate-number"));
        assert_eq!(marriage("—"), Err("malformed-certificate-number"));
        assert_eq!(marriage(&"1".repeat(41)), Err("too-long"));
    }

    proptest! {
        #[test]
        fn a_normalised_certificate_reads_as_itself(text in "\\PC{0,24}|B?[JL][0-9]{6}[- ]?[0-9]{4}[- ]?[0-9]{6}") {
            if let Ok(number) = marriage(&text) {
                prop_assert_eq!(marriage(&number), Ok(number));
            }
        }
    }
}
