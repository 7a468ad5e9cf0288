//! Identity documents and their numbers: read, checked and normalised without asking anybody.
//!
//! What a number says of a person's birth day and sex may be compared with what was entered. **No place is ever
//! derived from a number**: its first digits name where a person was first registered, which is not where they
//! come from today, and a registry that guessed origins would be wrong about people. So there is no such
//! function here, and the table of address codes holds no names.
//!
//! One strictness for all doors: [`Document::parse`] refuses what cannot be a number, [`Document::warnings`] names
//! what deserves a second look. An import that meets a refused number keeps the person as "not yet verified" and
//! reports the row; it may keep the text as [`DocumentKind::Other`] until somebody has seen the document.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::values::{Malformed, Sex, folded, text_enum};

const WRONG_LENGTH: Malformed = Malformed("wrong-length");
const MALFORMED: Malformed = Malformed("malformed-document-number");
const UNKNOWN_REGION: Malformed = Malformed("unknown-region");

/// Provinces of GB/T 2260 that give out citizen numbers.
const PROVINCES: [&str; 31] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
];

/// `code year` per line of twelve bytes, sorted; see `data/idnumbers/README.md`.
const ADDRESS_CODES: &[u8] = include_bytes!("../../data/idnumbers/address_codes.txt");

text_enum! {
    /// Which document identifies a person. Somebody without any is registered as "not yet verified".
    pub enum DocumentKind {
        /// Resident identity card or household register of a citizen: citizen number, GB 11643-1999.
        CitizenId => "citizen-id",
        /// Residence permit for residents of Hong Kong (810000) and Macao (820000), since 2018-09-01.
        HkMacaoResidencePermit => "hk-macao-residence-permit",
        /// Residence permit for residents of Taiwan (830000), since 2018-09-01.
        TaiwanResidencePermit => "taiwan-residence-permit",
        /// Foreign permanent resident identity card: 18 digits since 2023-12-01, before that 3 letters and 12 digits.
        ForeignPermanentResidence => "foreign-permanent-residence",
        /// Passport of any country.
        Passport => "passport",
        /// Medical certificate of birth, for a child that has no citizen number yet.
        BirthCertificate => "birth-certificate",
        /// Any other document that names the person.
        Other => "other",
    }
}

/// The normalised number of a [`Document`]; made by [`Document::parse`] only, never shown by `{:?}`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[schema(value_type = String)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// The whole number: sealed data, for the vault and the exchange only. Show [`Document::masked`].
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DocumentNumber")
    }
}

/// A document that identifies a person: once you hold one, its number is well-formed for its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "RawDocument")]
pub struct Document {
    kind: DocumentKind,
    number: DocumentNumber,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    kind: DocumentKind,
    number: String,
}

impl TryFrom<RawDocument> for Document {
    type Error = Malformed;
    fn try_from(raw: RawDocument) -> Result<Self, Malformed> {
        Self::parse(raw.kind, &raw.number)
    }
}

impl Document {
    /// Reads a number as the kind's rules have it; spaces, hyphens, full-width and lower-case letters do not matter.
    ///
    /// Codes: `wrong-length`, `malformed-document-number`, `unknown-region`, `impossible-date`,
    /// `impossible-sequence`, `wrong-check-digit`.
    pub fn parse(kind: DocumentKind, text: &str) -> Result<Self, Malformed> {
        let number = folded(text);
        let number = match kind {
            DocumentKind::CitizenId => parse_citizen_number(number)?,
            DocumentKind::HkMacaoResidencePermit => {
                parse_identity_number(number, |n| n.starts_with("810000") || n.starts_with("820000"))?
            }
            DocumentKind::TaiwanResidencePermit => parse_identity_number(number, |n| n.starts_with("830000"))?,
            DocumentKind::ForeignPermanentResidence => parse_foreign_number(number)?,
            DocumentKind::Passport => parse_passport_number(number)?,
            DocumentKind::BirthCertificate => parse_birth_certificate_number(&number)?,
            DocumentKind::Other => parse_other_number(&number)?,
        };
        Ok(Self { kind, number: DocumentNumber(number) })
    }

    /// Which document it is.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The number, normalised; a 15-digit citizen number in its 18-digit form.
    pub fn number(&self) -> &DocumentNumber {
        &self.number
    }

    /// The text the blind index is made of: equal for every way of writing the same document.
    pub fn canonical(&self) -> String {
        format!("{}:{}", self.kind, self.number.0)
    }

    /// The day of birth the number carries; `None` for numbers that carry none (the 15-character form of the
    /// foreign permanent residence has no century).
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.identity_number().and_then(birth_date)
    }

    /// The sex the number carries: GB 11643-1999, an odd sequence is male, an even one female.
    pub fn sex(&self) -> Option<Sex> {
        let last_of_sequence = self.identity_number()?.as_bytes().get(16)?;
        Some(if last_of_sequence % 2 == 1 { Sex::Male } else { Sex::Female })
    }

    /// The form that may be shown without a purpose: `130102********0014`, of other numbers the first character
    /// and the last quarter.
    pub fn masked(&self) -> String {
        let count = self.number.0.chars().count();
        let (head, tail) = if self.identity_number().is_some() { (6, 4) } else { (1, count / 4) };
        let hide = |(i, c)| if i < head || i + tail >= count { c } else { '*' };
        self.number.0.chars().enumerate().map(hide).collect()
    }

    /// Refuses a birth after `today` (`born-in-the-future`), which needs a clock and so is not part of parsing.
    pub fn check_against(&self, today: NaiveDate) -> Result<(), Malformed> {
        if self.birth_date().is_some_and(|day| day > today) { Err(Malformed("born-in-the-future")) } else { Ok(()) }
    }

    /// What deserves a second look but refuses nothing, because codes change every year: `unknown-area-code`, or
    /// `area-code-ended-before-birth`.
    pub fn warnings(&self) -> Vec<&'static str> {
        if self.kind != DocumentKind::CitizenId {
            return Vec::new();
        }
        let born_in = self.birth_date().map_or(0, |day| day.year());
        match self.number.0.get(..6).and_then(area_code_ended_in) {
            None => vec!["unknown-area-code"],
            Some(ended_in) if ended_in < born_in => vec!["area-code-ended-before-birth"],
            Some(_) => Vec::new(),
        }
    }

    /// The number if it has the 18-character layout of GB 11643-1999.
    fn identity_number(&self) -> Option<&str> {
        let layout = match self.kind {
            DocumentKind::CitizenId
            | DocumentKind::HkMacaoResidencePermit
            | DocumentKind::TaiwanResidencePermit
            | DocumentKind::ForeignPermanentResidence => self.number.0.len() == 18,
            DocumentKind::Passport | DocumentKind::BirthCertificate | DocumentKind::Other => false,
        };
        layout.then_some(self.number.0.as_str())
    }
}

/// The layout all 18-character identity numbers share: six characters that depend on the kind, eight of the day of
/// birth, three of sequence, one check character.
fn parse_identity_number(number: String, known_prefix: impl Fn(&str) -> bool) -> Result<String, Malformed> {
    if number.chars().count() != 18 {
        return Err(WRONG_LENGTH);
    }
    let (body, check) = number.split_at_checked(17).ok_or(MALFORMED)?;
    if !is_digits(body) || !(is_digits(check) || check == "X") {
        return Err(MALFORMED);
    }
    if !known_prefix(&number) {
        return Err(UNKNOWN_REGION);
    }
    if birth_date(&number).is_none() {
        return Err(Malformed("impossible-date"));
    }
    if body.ends_with("000") {
        return Err(Malformed("impossible-sequence"));
    }
    if !check.chars().eq([check_character(body)]) {
        return Err(Malformed("wrong-check-digit"));
    }
    Ok(number)
}

/// GB 11643-1999; the 15 digits given out until 1999 lack the century, always 19, and the check character.
fn parse_citizen_number(number: String) -> Result<String, Malformed> {
    let known_province = |n: &str| PROVINCES.iter().any(|province| n.starts_with(province));
    match number.split_at_checked(6) {
        Some((area, rest)) if number.len() == 15 && is_digits(&number) => {
            let body = format!("{area}19{rest}");
            let check = check_character(&body);
            parse_identity_number(format!("{body}{check}"), known_province)
        }
        _ => parse_identity_number(number, known_province),
    }
}

/// National Immigration Administration, machine-readable data of the 2023 edition: `9`, the province of the first
/// application, three digits of nationality (ISO 3166-1), then as a citizen number.
fn parse_foreign_number(number: String) -> Result<String, Malformed> {
    if number.chars().count() == 15 {
        let shaped = number.split_at_checked(3).is_some_and(|(country, rest)| is_letters(country) && is_digits(rest));
        return if shaped { Ok(number) } else { Err(MALFORMED) };
    }
    parse_identity_number(number, |n| {
        n.strip_prefix('9').is_some_and(|n| PROVINCES.iter().any(|province| n.starts_with(province)))
    })
}

/// ICAO 9303 leaves the number to the issuing state; ASCII letters and digits in all of them.
fn parse_passport_number(number: String) -> Result<String, Malformed> {
    match number.chars().count() {
        5..=20 if number.bytes().all(|b| b.is_ascii_alphanumeric()) && number.bytes().any(|b| b.is_ascii_digit()) => {
            Ok(number)
        }
        5..=20 => Err(MALFORMED),
        _ => Err(WRONG_LENGTH),
    }
}

/// Medical certificate of birth: one letter and nine digits.
pub(crate) fn parse_birth_certificate_number(text: &str) -> Result<String, Malformed> {
    let number = folded(text);
    match number.split_at_checked(1) {
        Some((letter, digits)) if is_letters(letter) && is_digits(digits) && digits.len() == 9 => Ok(number),
        _ if number.chars().count() != 10 => Err(WRONG_LENGTH),
        _ => Err(MALFORMED),
    }
}

/// Letters of any script and digits, three to forty, with at least one digit; punctuation is not compared.
fn parse_other_number(number: &str) -> Result<String, Malformed> {
    let number: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
    match number.chars().count() {
        3..=40 if number.bytes().any(|b| b.is_ascii_digit()) => Ok(number),
        3..=40 => Err(MALFORMED),
        _ => Err(WRONG_LENGTH),
    }
}

/// ISO 7064 MOD 11-2 over the first seventeen digits.
fn check_character(body: &str) -> char {
    let sum = body.bytes().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    char::from_digit((12 - sum) % 11, 10).unwrap_or('X')
}

/// The day in characters 7 to 14. Nobody born before 1800 has ever held a number.
fn birth_date(number: &str) -> Option<NaiveDate> {
    let day: u32 = number.get(6..14)?.parse().ok()?;
    let year = i32::try_from(day / 10_000).ok().filter(|year| *year >= 1800)?;
    NaiveDate::from_ymd_opt(year, day / 100 % 100, day % 100)
}

/// The last year in which the address code was given out, 9999 while it stands; `None` if there never was one.
fn area_code_ended_in(code: &str) -> Option<i32> {
    let (lines, _) = ADDRESS_CODES.as_chunks::<12>();
    let line = lines.binary_search_by(|line| line[..6].cmp(code.as_bytes())).ok().and_then(|at| lines.get(at))?;
    std::str::from_utf8(&line[7..11]).ok()?.parse().ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_letters(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Numbers in these tests are published specimens, or births in the 1800s under an address code that was never
    // given out (119999): none can be a living person's.
    const CITIZEN: &str = "11010519491231002X";
    const OLDEST: &str = "440524188001010014";

    fn parse(kind: DocumentKind, text: &str) -> Result<Document, &'static str> {
        Document::parse(kind, text).map_err(|Malformed(code)| code)
    }

    fn citizen(text: &str) -> Result<String, &'static str> {
        parse(DocumentKind::CitizenId, text).map(|document| document.number.0)
    }

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn every_published_specimen_is_read_with_its_birth_and_sex() {
        use DocumentKind::{CitizenId, ForeignPermanentResidence, HkMacaoResidencePermit, TaiwanResidencePermit};
        for (kind, number, born, sex) in [
            (CitizenId, CITIZEN, day(1949, 12, 31), Sex::Female),
            (CitizenId, OLDEST, day(1880, 1, 1), Sex::Male),
            (ForeignPermanentResidence, "932682198501010017", day(1985, 1, 1), Sex::Male),
            (ForeignPermanentResidence, "911124198108030024", day(1981, 8, 3), Sex::Female),
            (HkMacaoResidencePermit, "810000199408230021", day(1994, 8, 23), Sex::Female),
            (TaiwanResidencePermit, "830000199201300022", day(1992, 1, 30), Sex::Female),
        ] {
            let document = parse(kind, number).unwrap();
            assert_eq!(document.birth_date(), born, "{number}");
            assert_eq!(document.sex(), Some(sex), "{number}");
            assert_eq!(document.number().as_str(), number);
            assert!(document.warnings().is_empty(), "{number}");
        }
    }

    #[test]
    fn every_false_specimen_is_refused_with_its_reason() {
        assert_eq!(citizen("110105194912310021"), Err("wrong-check-digit"));
        assert_eq!(citizen("11010519490231002X"), Err("impossible-date"));
        assert_eq!(citizen("110105194912310"), Err("impossible-date"));
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for text in [
            "11010519491231002x",
            " 110105 19491231 002X ",
            "１１０１０５１９４９１２３１００２ｘ",
            "110105-19491231-002X",
        ] {
            assert_eq!(citizen(text).as_deref(), Ok(CITIZEN), "{text}");
        }
    }

    #[test]
    fn both_forms_of_a_citizen_number_have_one_index() {
        let old = parse(DocumentKind::CitizenId, "110105491231002").unwrap();
        assert_eq!(old, parse(DocumentKind::CitizenId, CITIZEN).unwrap());
        assert_eq!(old.canonical(), "citizen-id:11010519491231002X");
    }

    #[test]
    fn each_fault_of_a_citizen_number_has_its_code() {
        assert_eq!(citizen(""), Err("wrong-length"));
        assert_eq!(citizen("1101051949123100"), Err("wrong-length"));
        assert_eq!(citizen("11010519491231002Y"), Err("malformed-document-number"));
        assert_eq!(citizen("1101051949123100é2"), Err("malformed-document-number"));
        assert_eq!(citizen("11010549123100X"), Err("wrong-length"));
        assert_eq!(citizen("990105188001010014"), Err("unknown-region"));
        assert_eq!(citizen("810000199408230021"), Err("unknown-region"));
        assert_eq!(citizen("119999188001010000"), Err("impossible-sequence"));
        assert_eq!(citizen("119999179912310010"), Err("impossible-date"));
        assert_eq!(citizen("119999188902290010"), Err("impossible-date"));
    }

    #[test]
    fn a_permit_is_not_read_as_another_permit() {
        assert_eq!(parse(DocumentKind::TaiwanResidencePermit, "810000199408230021"), Err("unknown-region"));
        assert_eq!(parse(DocumentKind::HkMacaoResidencePermit, "830000199201300022"), Err("unknown-region"));
        assert_eq!(parse(DocumentKind::ForeignPermanentResidence, OLDEST), Err("unknown-region"));
        assert_eq!(parse(DocumentKind::ForeignPermanentResidence, "932682198501010018"), Err("wrong-check-digit"));
    }

    #[test]
    fn the_old_foreign_residence_number_is_kept_as_it_is() {
        let document = parse(DocumentKind::ForeignPermanentResidence, "xxx 110000000000").unwrap();
        assert_eq!(document.canonical(), "foreign-permanent-residence:XXX110000000000");
        assert_eq!((document.birth_date(), document.sex()), (None, None));
        assert_eq!(document.masked(), "X***********000");
        assert_eq!(parse(DocumentKind::ForeignPermanentResidence, "XX1110000000000"), Err("malformed-document-number"));
    }

    #[test]
    fn free_numbers_are_folded_and_bounded() {
        let number = |kind, text| parse(kind, text).map(|document| document.number.0);
        assert_eq!(number(DocumentKind::Passport, " e-0000 0014").as_deref(), Ok("E00000014"));
        assert_eq!(number(DocumentKind::Passport, "E014"), Err("wrong-length"));
        assert_eq!(number(DocumentKind::Passport, "护照00014"), Err("malformed-document-number"));
        assert_eq!(number(DocumentKind::Passport, "PASSPORT"), Err("malformed-document-number"));
        assert_eq!(number(DocumentKind::BirthCertificate, "t 000 000 014").as_deref(), Ok("T000000014"));
        assert_eq!(number(DocumentKind::BirthCertificate, "T00000014"), Err("wrong-length"));
        assert_eq!(number(DocumentKind::BirthCertificate, "TT00000014"), Err("malformed-document-number"));
        assert_eq!(number(DocumentKind::Other, "军字第（0014）号").as_deref(), Ok("军字第0014号"));
        assert_eq!(number(DocumentKind::Other, "none"), Err("malformed-document-number"));
        assert_eq!(number(DocumentKind::Other, &"1".repeat(41)), Err("wrong-length"));
    }

    #[test]
    fn a_masked_number_hides_the_birth_and_a_printed_one_all() {
        let document = parse(DocumentKind::CitizenId, OLDEST).unwrap();
        assert_eq!(document.masked(), "440524********0014");
        assert_eq!(parse(DocumentKind::Passport, "E00000014").unwrap().masked(), "E******14");
        assert_eq!(format!("{document:?}"), "Document { kind: CitizenId, number: DocumentNumber }");
    }

    #[test]
    fn nobody_is_born_in_the_future() {
        let document = parse(DocumentKind::CitizenId, OLDEST).unwrap();
        assert_eq!(document.check_against(day(1880, 1, 1).unwrap()), Ok(()));
        assert_eq!(document.check_against(day(1879, 12, 31).unwrap()), Err(Malformed("born-in-the-future")));
    }

    #[test]
    fn an_area_code_unknown_or_ended_is_flagged_and_not_refused() {
        assert_eq!(
            parse(DocumentKind::CitizenId, &made("119999", "18800101", 1)).unwrap().warnings(),
            ["unknown-area-code"]
        );
        assert_eq!(area_code_ended_in("440524"), Some(1992));
        assert_eq!(area_code_ended_in("130102"), Some(9999));
        // A made-up birth in 2999 under a code that ended in 1992.
        let late = parse(DocumentKind::CitizenId, &made("440524", "29990101", 1)).unwrap();
        assert_eq!(late.warnings(), ["area-code-ended-before-birth"]);
    }

    #[test]
    fn the_table_of_address_codes_can_be_searched_in_place() {
        let (lines, rest) = ADDRESS_CODES.as_chunks::<12>();
        assert!(rest.is_empty() && lines.len() > 6_000 && lines.is_sorted());
        for line in lines {
            let code = std::str::from_utf8(&line[..6]).unwrap();
            assert!(PROVINCES.iter().any(|province| code.starts_with(province)), "{code}");
            assert!(area_code_ended_in(code).is_some_and(|year| (1980..=9999).contains(&year)), "{code}");
            assert_eq!((line[6], line[11]), (b' ', b'\n'));
        }
    }

    #[test]
    fn a_document_in_json_is_checked_and_says_what_is_wrong() {
        let read = |text: &str| serde_json::from_str::<Document>(text).map_err(|error| error.to_string());
        let document = read(r#"{"kind":"citizen-id","number":"110105 19491231 002x"}"#).unwrap();
        assert_eq!(serde_json::to_string(&document).unwrap(), r#"{"kind":"citizen-id","number":"11010519491231002X"}"#);
        let error = read(r#"{"kind":"citizen-id","number":"110105194912310021"}"#).unwrap_err();
        assert!(error.starts_with("wrong-check-digit") && !error.contains("1949"), "{error}");
        assert!(read(r#"{"kind":"citizen-id","number":"11010519491231002X","origin":"x"}"#).is_err());
    }

    fn made(area: &str, born: &str, sequence: u32) -> String {
        let body = format!("{area}{born}{sequence:03}");
        let check = check_character(&body);
        format!("{body}{check}")
    }

    fn births_in_the_1800s() -> impl Strategy<Value = String> {
        (1800..1900, 0..365u32, 1..1000u32).prop_map(|(year, nth, sequence)| {
            let born = NaiveDate::from_yo_opt(year, nth + 1).unwrap().format("%Y%m%d").to_string();
            made("119999", &born, sequence)
        })
    }

    proptest! {
        #[test]
        fn every_single_wrong_character_is_refused(number in births_in_the_1800s()) {
            prop_assert_eq!(citizen(&number), Ok(number.clone()));
            for at in 0..18 {
                for wrong in "0123456789X".chars().filter(|c| Some(*c) != number.chars().nth(at)) {
                    let text: String = number.chars().enumerate().map(|(i, c)| if i == at { wrong } else { c }).collect();
                    prop_assert!(citizen(&text).is_err(), "{}", text);
                }
            }
        }

        #[test]
        fn two_neighbours_changed_over_are_refused(number in births_in_the_1800s(), at in 0..17usize) {
            let mut bytes = number.clone().into_bytes();
            bytes.swap(at, at + 1);
            let text = String::from_utf8(bytes).unwrap();
            prop_assert!(text == number || citizen(&text).is_err(), "{}", text);
        }

        #[test]
        fn a_number_of_fifteen_digits_is_found_by_its_eighteen(nth in 1..366u32, year in 1900..2000, sequence in 1..1000u32) {
            // Only an address code that was never given out may carry these births.
            let born = NaiveDate::from_yo_opt(year, nth).unwrap().format("%y%m%d").to_string();
            let short = parse(DocumentKind::CitizenId, &format!("119999{born}{sequence:03}")).unwrap();
            let long = parse(DocumentKind::CitizenId, &made("119999", &format!("{}{}", year / 100, born), sequence)).unwrap();
            prop_assert_eq!(short.canonical(), long.canonical());
        }

        #[test]
        fn no_text_makes_reading_fail_badly(text in "\\PC{0,24}") {
            for kind in DocumentKind::ALL {
                if let Ok(document) = parse(*kind, &text) {
                    prop_assert_eq!(parse(*kind, document.number().as_str()), Ok(document.clone()));
                    prop_assert!(document.masked().contains('*') || document.number().as_str().chars().count() < 3);
                }
            }
        }
    }
}
