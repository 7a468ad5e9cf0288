//! Values that can only be built by parsing: once you hold one it is well-formed. They travel unchanged
//! between JSON, the operations and both databases (as text).

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why a text is not the value it should be: a stable kebab-case code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Makes a type with `as_str` and `FromStr` travel as a text column on both databases.
macro_rules! text_column {
    ($type:ty) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $type
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as sqlx::Type<DB>>::compatible(ty)
            }
        }
        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $type
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> std::result::Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <String as sqlx::Encode<'q, DB>>::encode(self.as_str().to_owned(), buf)
            }
        }
        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $type
        where
            String: sqlx::Decode<'r, DB>,
        {
            fn decode(
                value: <DB as sqlx::Database>::ValueRef<'r>,
            ) -> std::result::Result<Self, sqlx::error::BoxDynError> {
                Ok(<String as sqlx::Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    };
}
pub(crate) use text_column;

/// A closed list of words, kept as text: `text_enum! { /// doc pub enum Use { /// doc Rented => "rented" } }`.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            /// Every member of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word as it is stored and sent.
            pub const fn as_str(&self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::values::Malformed;
            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err($crate::values::Malformed("unknown-word")) }
            }
        }
        $crate::values::text_column!($name);
    };
}
pub(crate) use text_enum;

/// A text that can only be built by its parser, a function `fn(&str) -> Result<String, Malformed>` that
/// also normalises: `parsed_text! { /// doc pub struct PersonName = parse_person_name; }`.
macro_rules! parsed_text {
    ($(#[$meta:meta])* pub struct $name:ident = $parse:path;) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(String);
        impl $name {
            /// The normalised text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::values::Malformed;
            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> { $parse(text).map(Self) }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::values::Malformed;
            fn try_from(text: String) -> std::result::Result<Self, Self::Error> { text.parse() }
        }
        impl From<$name> for String { fn from(value: $name) -> String { value.0 } }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl std::fmt::Debug for $name {
            /// The type's name only: values can be personal and must not reach a log through `{:?}`.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(stringify!($name)) }
        }
        $crate::values::text_column!($name);
    };
}
pub(crate) use parsed_text;

parsed_text! {
    /// An administrative division code of 2, 4, 6, 9 or 12 digits (province, city, county, sub-district,
    /// committee), GB/T 2260 and the statistical continuation. Well-formed, not necessarily existing:
    /// existence is asked of `localities`.
    pub struct DivisionCode = parse_division_code;
}

fn parse_division_code(text: &str) -> Result<String, Malformed> {
    let text = text.trim();
    let shaped = matches!(text.len(), 2 | 4 | 6 | 9 | 12) && text.bytes().all(|b| b.is_ascii_digit());
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-division-code")) }
}

impl DivisionCode {
    /// Whether `other` lies in this division (or is it).
    pub fn covers(&self, other: &DivisionCode) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The county (6 digits) this division lies in; `None` for provinces and cities.
    pub fn locality(&self) -> Option<LocalityCode> {
        self.0.get(..6).map(|code| LocalityCode(code.to_owned()))
    }

    /// The smallest and largest committee code inside this division, both inclusive, for range conditions.
    pub fn committee_range(&self) -> (String, String) {
        (format!("{:0<12}", self.0), format!("{:9<12}", self.0))
    }
}

parsed_text! {
    /// A county's code of six digits: the key every row of a locality's data carries.
    pub struct LocalityCode = parse_locality_code;
}

fn parse_locality_code(text: &str) -> Result<String, Malformed> {
    let code = parse_division_code(text).map_err(|_| Malformed("malformed-locality-code"))?;
    if code.len() == 6 { Ok(code) } else { Err(Malformed("malformed-locality-code")) }
}

impl From<LocalityCode> for DivisionCode {
    fn from(code: LocalityCode) -> Self {
        DivisionCode(code.0)
    }
}

parsed_text! {
    /// A node's code: 2–32 of `a–z 0–9 -`, beginning and ending with a letter or digit; often its county's code. It
    /// stands in URLs.
    pub struct NodeCode = parse_node_code;
}

fn parse_node_code(text: &str) -> Result<String, Malformed> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let shaped = (2..=32).contains(&text.len())
        && text.bytes().all(|b| plain(b) || b == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().next_back().is_some_and(plain);
    if shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-node-code")) }
}

parsed_text! {
    /// A person's name as written on the document, surname first: 1–60 characters, no control characters,
    /// spaces collapsed, the middle dot of transliterated names unified to `·`.
    pub struct PersonName = parse_person_name;
}

fn parse_person_name(text: &str) -> Result<String, Malformed> {
    let name = unified(text);
    let name: String = name.chars().map(|c| if matches!(c, '•' | '‧' | '・' | '．') { '·' } else { c }).collect();
    match name.chars().count() {
        0 => Err(Malformed("empty")),
        1..=60 if !name.chars().any(|c| c.is_control() || c.is_ascii_digit()) => Ok(name),
        1..=60 => Err(Malformed("malformed-name")),
        _ => Err(Malformed("too-long")),
    }
}

/// What stands in the place of a name or a reason that was forgotten.
pub(crate) const NOBODY: &str = "—";

impl PersonName {
    /// The name as lists show it: the first character, and that there is more.
    pub fn masked(&self) -> String {
        self.0.chars().take(1).chain(['*']).collect()
    }

    /// The form names are compared in: no spaces, no dots, ASCII letters lower-cased.
    pub fn folded(&self) -> String {
        self.0.chars().filter(|c| !c.is_whitespace() && *c != '·').flat_map(char::to_lowercase).collect()
    }
}

parsed_text! {
    /// A name of a thing, place or office: 1–100 characters on one line.
    pub struct Label = parse_label;
}

fn parse_label(text: &str) -> Result<String, Malformed> {
    line(text, 100)
}

parsed_text! {
    /// A short reason or note attached to a case or report, at most 300 characters; it is shown to the person.
    pub struct ShortText = parse_short_text;
}

fn parse_short_text(text: &str) -> Result<String, Malformed> {
    line(text, 300)
}

/// The text on one line with single spaces, without what nobody sees: marks that turn the direction of writing around or
/// join and tag invisibly, by which two texts could look alike and differ (Unicode TR 36). Joiners between letters stay.
fn unified(text: &str) -> String {
    let unseen = |c: &char| {
        matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                    | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let seen: String = text.chars().filter(|c| !unseen(c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn line(text: &str, most: usize) -> Result<String, Malformed> {
    let text = unified(text);
    match text.chars().count() {
        0 => Err(Malformed("empty")),
        n if n > most => Err(Malformed("too-long")),
        _ if text.chars().any(char::is_control) => Err(Malformed("control-character")),
        _ => Ok(text),
    }
}

mod phone;
pub use phone::Phone;

/// The form codes and numbers are read in: full-width characters become ASCII, lower-case letters upper-case;
/// white space, hyphens and invisible characters of copied text are dropped.
pub(crate) fn folded(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    let dropped = |c: &char| {
        c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
    };
    text.chars().map(narrow).filter(|c| !dropped(c)).map(|c| c.to_ascii_uppercase()).collect()
}

text_enum! {
    /// Sex as on the document (GB/T 2261.1: 0, 1, 2, 9).
    pub enum Sex {
        /// 0 未知的性别
        Unknown => "unknown",
        /// 1 男性
        Male => "male",
        /// 2 女性
        Female => "female",
        /// 9 未说明的性别
        Unstated => "unstated",
    }
}

/// A half-open period of days: `from` belongs to it, `until` no longer does; open-ended without `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// First day after; absent while it lasts.
    pub until: Option<NaiveDate>,
}

impl Period {
    /// A period; refuses an end before or on its beginning.
    pub fn new(from: NaiveDate, until: Option<NaiveDate>) -> Result<Self, Malformed> {
        match until {
            Some(until) if until <= from => Err(Malformed("ends-before-it-begins")),
            _ => Ok(Self { from, until }),
        }
    }

    /// Whether the day lies inside.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Whether the two share at least one day.
    pub fn overlaps(&self, other: &Period) -> bool {
        other.until.is_none_or(|until| self.from < until) && self.until.is_none_or(|until| other.from < until)
    }
}

/// One page of a list, read by keyset: pass `next` back as `after` to read on.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// The `next` of the page before; absent for the first page.
    pub after: Option<uuid::Uuid>,
    /// Items per page, 1–200, 50 by default.
    pub limit: Option<u16>,
}

impl PageRequest {
    /// Rows to read: one more than is shown, so that the last page is known.
    pub fn rows(&self) -> i64 {
        self.size() as i64 + 1
    }

    /// The page from the rows read with [`PageRequest::rows`], `key` naming an item's place in the order.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> uuid::Uuid) -> Page<T> {
        let more = rows.len() > self.size();
        rows.truncate(self.size());
        let next = if more { rows.last().map(|last| key(last).to_string()) } else { None };
        Page { items: rows, next }
    }

    fn size(&self) -> usize {
        usize::from(self.limit.unwrap_or(50).clamp(1, 200))
    }
}

/// Parses `text` as `T`, naming the field on failure.
pub fn parse_field<T: FromStr<Err = Malformed>>(field: &str, text: &str) -> crate::error::Result<T> {
    text.parse().map_err(|Malformed(code)| crate::error::Error::invalid(field, code))
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// A sealed value as it lies in a column; only `vault` makes and opens one.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(pub(crate) Vec<u8>);

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn parsed<T: FromStr<Err = Malformed>>(text: &str) -> Result<T, &'static str> {
        text.parse().map_err(|Malformed(code)| code)
    }

    fn phone(text: &str) -> Result<String, &'static str> {
        parsed::<Phone>(text).map(String::from)
    }

    #[test]
    fn a_division_code_has_one_of_five_lengths() {
        for code in ["13", "1301", "130102", "130102007", "130102007029"] {
            assert_eq!(parsed::<DivisionCode>(code).unwrap().as_str(), code);
        }
        for text in ["", "1", "130", "13010", "1301020070", "13010a", "1301020070291", "１３"] {
            assert_eq!(parsed::<DivisionCode>(text), Err("malformed-division-code"), "{text}");
        }
    }

    #[test]
    fn a_division_covers_itself_and_what_lies_in_it() {
        let county: DivisionCode = "130102".parse().unwrap();
        let committee: DivisionCode = "130102007029".parse().unwrap();
        assert!(county.covers(&committee) && county.covers(&county));
        assert!(!committee.covers(&county));
        assert_eq!(committee.locality(), Some("130102".parse().unwrap()));
        assert_eq!(parsed::<DivisionCode>("1301").unwrap().locality(), None);
        assert_eq!(county.committee_range(), ("130102000000".to_owned(), "130102999999".to_owned()));
        assert_eq!(parsed::<LocalityCode>("1301"), Err("malformed-locality-code"));
    }

    #[test]
    fn a_name_is_unified_but_keeps_its_spelling() {
        let name = |text: &str| parsed::<PersonName>(text).map(String::from);
        assert_eq!(name("  Anna   Maria "), Ok("Anna Maria".to_owned()));
        assert_eq!(name("阿依•古丽"), Ok("阿依·古丽".to_owned()));
        assert_eq!(name("王\u{202e}芳\u{feff}"), Ok("王芳".to_owned()));
        assert_eq!(name(" \u{200b}"), Err("empty"));
        assert_eq!(name("张3"), Err("malformed-name"));
        assert_eq!(name("张\u{7}三"), Err("malformed-name"));
        assert_eq!(name(&"张".repeat(60)), Ok("张".repeat(60)));
        assert_eq!(name(&"张".repeat(61)), Err("too-long"));
        assert_eq!(parsed::<PersonName>("Anna MARIA·Li").unwrap().folded(), "annamariali");
    }

    #[test]
    fn a_value_travels_through_json_and_is_checked_on_the_way_in() {
        let name: PersonName = serde_json::from_str("\" 张  三 \"").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"张 三\"");
        assert!(serde_json::from_str::<PersonName>("\"\"").unwrap_err().to_string().starts_with("empty"));
        assert_eq!(format!("{name:?}"), "PersonName");
        assert_eq!(parsed::<Sex>("male"), Ok(Sex::Male));
        assert_eq!(parsed::<Sex>("Male"), Err("unknown-word"));
    }

    #[test]
    fn a_phone_is_read_in_the_forms_people_write() {
        for text in [
            "15400000014",
            "154 0000 0014",
            "+86 154-0000-0014",
            "008615400000014",
            "8615400000014",
            "１５４０００００014",
        ] {
            assert_eq!(phone(text), Ok("+8615400000014".to_owned()), "{text}");
        }
        for text in ["0311-0000 0014", "(0311) 00000014", "+86 311 00000014"] {
            assert_eq!(phone(text), Ok("+8631100000014".to_owned()), "{text}");
        }
        assert_eq!(phone("010-00000014"), Ok("+861000000014".to_owned()));
        assert_eq!(phone("+1 202-555-0114"), Ok("+12025550114".to_owned()));
        assert_eq!(phone("00 44 20 7946 0014"), Ok("+442079460014".to_owned()));
    }

    #[test]
    fn what_cannot_be_dialled_is_no_phone() {
        for text in
            ["", "12400000014", "1540000001", "154000000145", "+123456", "+1234567890123456", "+0123456789", "abc"]
        {
            assert_eq!(phone(text), Err("malformed-phone"), "{text}");
        }
        assert_eq!(phone("0000 0014"), Err("malformed-phone"));
        assert_eq!(phone("8000 0014"), Err("missing-area-code"));
    }

    #[test]
    fn a_masked_phone_hides_four_digits_and_a_printed_one_all() {
        let masked = |text: &str| parsed::<Phone>(text).unwrap().masked();
        assert_eq!(masked("15400000014"), "154****0014");
        assert_eq!(masked("0311-00000014"), "0311****0014");
        assert_eq!(masked("+12025550114"), "+120****0114");
        assert_eq!(masked("+1234567"), "****4567");
        assert_eq!(format!("{:?}", parsed::<Phone>("15400000014").unwrap()), "Phone");
    }

    #[test]
    fn a_period_ends_after_it_begins() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 1, d).unwrap();
        assert_eq!(Period::new(day(2), Some(day(2))), Err(Malformed("ends-before-it-begins")));
        assert_eq!(Period::new(day(2), Some(day(1))), Err(Malformed("ends-before-it-begins")));
        let period = Period::new(day(2), Some(day(4))).unwrap();
        assert_eq!([1, 2, 3, 4].map(|d| period.contains(day(d))), [false, true, true, false]);
        assert!(Period::new(day(2), None).unwrap().contains(NaiveDate::MAX));
    }

    fn periods() -> impl Strategy<Value = Period> {
        (0..30u64, prop::option::of(1..10u64)).prop_map(|(from, days)| {
            let from = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(from);
            Period::new(from, days.map(|days| from + Days::new(days))).unwrap()
        })
    }

    proptest! {
        #[test]
        fn two_periods_overlap_exactly_when_they_share_a_day(a in periods(), b in periods()) {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let shared = first.iter_days().take(60).any(|day| a.contains(day) && b.contains(day));
            prop_assert_eq!(a.overlaps(&b), shared);
            prop_assert_eq!(b.overlaps(&a), shared);
        }

        #[test]
        fn a_normalised_phone_reads_as_itself(text in "(\\+|00|0|86|)[1-9][0-9]{6,13}") {
            if let Ok(normal) = phone(&text) {
                prop_assert_eq!(phone(&normal), Ok(normal));
            }
        }

        #[test]
        fn pages_of_any_size_show_every_item_once(count in 0..60u128, limit in 1..20u16) {
            let all: Vec<Uuid> = (1..=count).map(Uuid::from_u128).collect();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let request = PageRequest { after, limit: Some(limit) };
                let rows = all.iter().filter(|id| after.is_none_or(|after| **id > after)).copied();
                let page = request.page(rows.take(usize::try_from(request.rows()).unwrap()).collect(), |id| *id);
                prop_assert!(page.items.len() <= usize::from(limit));
                seen.extend(page.items);
                match page.next {
                    Some(next) => after = Some(next.parse().unwrap()),
                    None => break,
                }
            }
            prop_assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_page_has_fifty_items_by_default_and_two_hundred_at_most() {
        let rows = |limit| PageRequest { after: None, limit }.rows();
        assert_eq!([rows(None), rows(Some(0)), rows(Some(999))], [51, 2, 201]);
    }
}
