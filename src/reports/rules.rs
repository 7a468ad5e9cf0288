//! Receipts, the days of a report, and what makes two reports the same. Pure: no database, no clock.

use chrono::NaiveDate;
use uuid::Uuid;

use super::NewReport;
use crate::dwellings::{DOOR_CHARACTERS, door_value};
use crate::error::{Error, Result};
use crate::residents::documents::Document;
use crate::values::{Malformed, folded, parsed_text};

parsed_text! {
    /// The number of a report's receipt (回执), `R261123-7K3M4A`: `R`, the day it was filed in China, and six of the
    /// characters of door codes, the last a check character over all that stands before it. The weights are powers
    /// of 5 modulo 23, all different, so that every single wrong character and every two changed over are found.
    /// Codes: `wrong-length`, `malformed-receipt`, `wrong-check-character`.
    pub struct Receipt = parse_receipt;
}

/// Powers of 5 run through all remainders of 23 before they repeat.
const WEIGHT: usize = 5;

fn parse_receipt(text: &str) -> std::result::Result<String, Malformed> {
    let receipt = folded(text);
    if receipt.chars().count() != 13 {
        return Err(Malformed("wrong-length"));
    }
    match receipt.split_at_checked(7) {
        Some((day, code)) if day.starts_with('R') => match sum(day, code) {
            Some(1) => Ok(format!("{day}-{code}")),
            Some(_) => Err(Malformed("wrong-check-character")),
            None => Err(Malformed("malformed-receipt")),
        },
        _ => Err(Malformed("malformed-receipt")),
    }
}

fn sum(day: &str, code: &str) -> Option<usize> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    let sum = day.bytes().skip(1).try_fold(0, |sum, byte| Some((sum * WEIGHT + digit(byte)?) % 23))?;
    code.bytes().try_fold(sum, |sum, byte| Some((sum * WEIGHT + door_value(byte)?) % 23))
}

impl Receipt {
    /// The receipt of a day for eight random bytes.
    pub fn from_random(day: NaiveDate, random: [u8; 8]) -> Self {
        let day = day.format("R%y%m%d").to_string();
        let (mut rest, mut code) = (u64::from_be_bytes(random), String::with_capacity(6));
        for _ in 0..5 {
            code.push(char::from(DOOR_CHARACTERS[usize::try_from(rest % 23).unwrap_or_default()]));
            rest /= 23;
        }
        let before = sum(&day, &code).unwrap_or_default();
        code.push(char::from(DOOR_CHARACTERS[(24 - before * WEIGHT % 23) % 23]));
        Self(format!("{day}-{code}"))
    }
}

/// Refuses a move that has not happened yet, and a lease that ended before it.
pub(super) fn check_days(moved_on: NaiveDate, lease_until: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    if moved_on > today {
        return Err(Error::invalid("moved_on", "in-the-future"));
    }
    match lease_until {
        Some(until) if until <= moved_on => Err(Error::invalid("lease_until", "before-move-in")),
        _ => Ok(()),
    }
}

/// The text by which the same report is known again.
pub(super) fn canonical(landlord: Uuid, new: &NewReport) -> String {
    let document = new.occupant.document.as_ref().map(Document::canonical).unwrap_or_default();
    let name = new.occupant.name.folded();
    format!("{landlord}|{}|{}|{}|{name}|{document}", new.dwelling_id, new.kind, new.moved_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    #[test]
    fn a_receipt_names_its_day_and_is_read_however_it_is_typed() {
        let receipt = Receipt::from_random(day(), [7; 8]);
        assert!(receipt.as_str().starts_with("R261123-") && receipt.as_str().len() == 14, "{}", receipt.as_str());
        let typed = receipt.as_str().to_lowercase().replace('-', " ");
        assert_eq!(typed.parse::<Receipt>(), Ok(receipt));
    }

    #[test]
    fn each_fault_of_a_receipt_has_its_code() {
        let code = |text: &str| text.parse::<Receipt>().map_err(|Malformed(code)| code);
        assert_eq!(code("R261123"), Err("wrong-length"));
        assert_eq!(code("X261123-222222"), Err("malformed-receipt"));
        assert_eq!(code("R261123-22222O"), Err("malformed-receipt"));
        assert_eq!(code("R2611é3-222222"), Err("malformed-receipt"));
    }

    #[test]
    fn the_days_of_a_report_are_in_order() {
        let next = day().succ_opt();
        assert!(check_days(day(), next, day()).is_ok());
        assert!(matches!(check_days(next.unwrap(), None, day()), Err(Error::Invalid(f)) if f[0].field == "moved_on"));
        let ended = check_days(day(), Some(day()), day());
        assert!(matches!(ended, Err(Error::Invalid(f)) if f[0].code == "before-move-in"));
    }

    #[test]
    fn the_same_report_has_one_text_and_another_document_another() {
        let report = |name: &str, number: &str| {
            let text = format!(
                r#"{{"dwelling_id":"{}","kind":"move-in","moved_on":"2026-11-23",
                    "occupant":{{"name":"{name}","document":{{"kind":"citizen-id","number":"{number}"}}}}}}"#,
                Uuid::nil()
            );
            canonical(Uuid::nil(), &serde_json::from_str(&text).unwrap())
        };
        let first = report("安娜·李", "11010519491231002X");
        assert_eq!(first, report(" 安娜•李 ", "110105 19491231 002x"));
        assert_ne!(first, report("安娜·李", "440524188001010014"));
    }

    proptest! {
        #[test]
        fn every_wrong_character_and_every_two_changed_over_are_found(random: [u8; 8], at in 1..14usize, with in 1..14usize) {
            let receipt = Receipt::from_random(day(), random);
            prop_assert_eq!(receipt.as_str().parse::<Receipt>(), Ok(receipt.clone()));
            let bytes = receipt.as_str().as_bytes();
            let read = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().parse::<Receipt>();
            for wrong in "0123456789ACEFHJKMPRTVWXY".bytes().filter(|c| *c != bytes[at] && bytes[at] != b'-') {
                let mut changed = bytes.to_vec();
                changed[at] = wrong;
                prop_assert!(read(&changed).is_err(), "{:?}", changed);
            }
            if bytes[at] != b'-' && bytes[with] != b'-' && bytes[at] != bytes[with] && (at < 7) == (with < 7) {
                let mut changed = bytes.to_vec();
                changed.swap(at, with);
                prop_assert!(read(&changed).is_err(), "{:?}", changed);
            }
        }
    }
}
