//! What makes a person's file agree with itself. Pure: no database, no clock.

use chrono::NaiveDate;

use super::documents::Document;
use super::{ChangeIdentity, Resident};
use crate::error::{Error, Result};
use crate::localities;
use crate::values::{DivisionCode, Malformed, Sex, parsed_text};

parsed_text! {
    /// The edition of a consent's text, for example `2026-01`: 1–20 small letters, digits, dots and hyphens.
    pub struct TextVersion = parse_text_version;
}

fn parse_text_version(text: &str) -> std::result::Result<String, Malformed> {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let shaped = (1..=20).contains(&text.len()) && text.bytes().all(known);
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-text-version")) }
}

/// Places people come from that the published list of divisions leaves out: Taiwan, Hong Kong and Macao by their
/// codes of GB/T 2260, and `000000` for abroad.
const BEYOND_THE_LIST: [&str; 4] = ["710000", "810000", "820000", "000000"];

/// Below this age a guardian consents (PIPL art. 31).
const AGE_OF_OWN_CONSENT: u32 = 14;

/// Fewest characters of a name to search by.
const FEWEST_CHARACTERS: usize = 2;

/// Fewest letters of a name's pinyin to search by.
const FEWEST_LETTERS: usize = 3;

/// Refuses an origin that is no county or smaller division, or does not exist.
pub(super) fn check_origin(origin: &DivisionCode) -> Result<()> {
    if origin.as_str().len() < 6 {
        return Err(Error::invalid("origin", "county-or-smaller"));
    }
    let known = BEYOND_THE_LIST.contains(&origin.as_str()) || localities::exists(origin);
    if known { Ok(()) } else { Err(Error::invalid("origin", "unknown-division")) }
}

/// Sex and day of birth as the document tells them, or as stated where it does not.
pub(super) fn told(
    document: Option<&Document>,
    sex: Sex,
    birth_date: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(Sex, Option<NaiveDate>)> {
    let (told_sex, told_birth) = document.map_or((None, None), |document| (document.sex(), document.birth_date()));
    if let Some(document) = document {
        document.check_against(today).map_err(|Malformed(code)| Error::invalid("document", code))?;
    }
    if birth_date.is_some_and(|day| day > today) {
        return Err(Error::invalid("birth_date", "born-in-the-future"));
    }
    if told_birth.is_some() && birth_date.is_some() && told_birth != birth_date {
        return Err(Error::invalid("birth_date", "differs-from-document"));
    }
    match (told_sex, sex) {
        (Some(told), Sex::Unknown | Sex::Unstated) => Ok((told, told_birth)),
        (Some(told), stated) if told != stated => Err(Error::invalid("sex", "differs-from-document")),
        _ => Ok((sex, told_birth.or(birth_date))),
    }
}

/// What a name is searched by, folded; refuses what is too short to mean one person.
pub(super) fn name_query(text: &str) -> Result<String> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid("by.name", "malformed-name"));
    }
    let query = crate::pinyin::fold(text);
    let fewest = if query.is_ascii() { FEWEST_LETTERS } else { FEWEST_CHARACTERS };
    match query.chars().count() {
        0 => Err(Error::invalid("by.name", "empty")),
        n if n < fewest => Err(Error::invalid("by.name", "name-too-short")),
        n if n > 60 => Err(Error::invalid("by.name", "too-long")),
        _ => Ok(query),
    }
}

/// Full years of age on a day.
pub(super) fn age(born: NaiveDate, on: NaiveDate) -> u32 {
    on.years_since(born).unwrap_or_default()
}

/// Whether a person has not turned fourteen yet: what leaves about them leaves on a guardian's consent only (PIPL art. 31).
pub fn is_under_fourteen(birth_date: Option<NaiveDate>, today: NaiveDate) -> bool {
    birth_date.is_some_and(|born| age(born, today) < AGE_OF_OWN_CONSENT)
}

/// The fields a correction changes. Sex and birth are `bound` while the number of the document on record tells them.
pub(super) fn changed(before: &Resident, change: &ChangeIdentity, bound: bool) -> Result<Vec<&'static str>> {
    let changes = [
        ("name", before.name != change.name),
        ("sex", before.sex != change.sex),
        ("birth_date", before.birth_date != change.birth_date),
        ("origin", before.origin != change.origin),
    ];
    let fields: Vec<_> = changes.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect();
    match fields.iter().find(|field| bound && matches!(**field, "sex" | "birth_date")) {
        Some(field) => Err(Error::invalid(*field, "differs-from-document")),
        None => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::residents::documents::DocumentKind;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn fault<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string().replace("invalid input: ", "")
    }

    #[test]
    fn the_document_tells_sex_and_birth_and_is_not_contradicted() {
        let card = Document::parse(DocumentKind::CitizenId, "440524188001010014").unwrap();
        let passport = Document::parse(DocumentKind::Passport, "E00000014").unwrap();
        let (born, today) = (day(1880, 1, 1), day(2026, 11, 23));
        for (sex, birth) in [(Sex::Unknown, None), (Sex::Unstated, Some(born)), (Sex::Male, None)] {
            assert_eq!(told(Some(&card), sex, birth, today).unwrap(), (Sex::Male, Some(born)));
        }
        assert_eq!(told(Some(&passport), Sex::Female, None, today).unwrap(), (Sex::Female, None));
        assert_eq!(told(None, Sex::Unknown, Some(today), today).unwrap(), (Sex::Unknown, Some(today)));
        assert_eq!(fault(told(Some(&card), Sex::Female, None, today)), "sex: differs-from-document");
        assert_eq!(fault(told(Some(&card), Sex::Male, Some(today), today)), "birth_date: differs-from-document");
        assert_eq!(fault(told(Some(&card), Sex::Male, None, day(1879, 12, 31))), "document: born-in-the-future");
    }

    #[test]
    fn somebody_born_on_a_leap_day_is_a_year_older_on_the_first_of_march() {
        assert_eq!(age(day(2012, 2, 29), day(2026, 2, 28)), 13);
        assert_eq!(age(day(2012, 2, 29), day(2026, 3, 1)), 14);
    }

    #[test]
    fn an_origin_is_a_county_or_smaller_or_beyond_the_list() {
        for origin in ["411421", "130102001", "130102001001", "710000", "810000", "820000", "000000"] {
            assert!(check_origin(&origin.parse().unwrap()).is_ok(), "{origin}");
        }
        assert_eq!(fault(check_origin(&"1301".parse().unwrap())), "origin: county-or-smaller");
        assert_eq!(fault(check_origin(&"419999".parse().unwrap())), "origin: unknown-division");
    }
}
