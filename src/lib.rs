//! anju — a housing-keyed resident registry with a signed, scheduled exchange of records between localities.

pub mod dwellings;
pub mod error;
pub mod exchange;
pub mod landlords;
pub mod localities;
pub mod pinyin;
pub mod residents;
pub mod values;
