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
    /// A person's name as written on the document, surname first: 1–60 characters, no control characters,
    /// spaces collapsed, the middle dot of transliterated names unified to `·`.
    pub struct PersonName = parse_person_name;
}

fn parse_person_name(text: &str) -> Result<String, Malformed> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().map(|c| if matches!(c, '•' | '‧' | '・' | '．') { '·' } else { c }).collect();
    match name.chars().count() {
        0 => Err(Malformed("empty")),
        1..=60 if !name.chars().any(|c| c.is_control() || c.is_ascii_digit()) => Ok(name),
        1..=60 => Err(Malformed("malformed-name")),
        _ => Err(Malformed("too-long")),
    }
}

impl PersonName {
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

fn line(text: &str, most: usize) -> Result<String, Malformed> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().count() {
        0 => Err(Malformed("empty")),
        n if n > most => Err(Malformed("too-long")),
        _ if text.chars().any(char::is_control) => Err(Malformed("control-character")),
        _ => Ok(text),
    }
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
