//! anju — a housing-keyed resident registry with a signed, scheduled exchange of records between localities.

pub mod civil_records;
pub mod dwellings;
pub mod error;
pub mod exchange;
pub mod landlords;
pub mod localities;
pub mod residents;
pub mod values;
