//! anju — a housing-keyed resident registry with a signed, scheduled exchange of records between localities.

pub mod civil_records;
pub mod dwellings;
pub mod landlords;
pub mod localities;
pub mod pinyin;
pub mod reports;
pub mod residents;
pub mod tenancies;

pub mod access;
pub mod exchange;
pub mod journal;
pub mod vault;

pub mod cli;
pub mod web;

pub mod app;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod values;
pub mod work;
