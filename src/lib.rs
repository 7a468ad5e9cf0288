//! anju — a housing-keyed resident registry with a signed, scheduled exchange of records between localities.
//!
//! The map, in reading order. A domain is a folder with three rooms: `mod.rs` (types and operations), `rules.rs`
//! (pure) and `store.rs` (the SQL of its tables). Every operation goes permit → load → rule → store → journal
//! inside one [`work::Work`]. Doors parse, call one operation, commit and render.
//!
//! - The ground: [`localities`] (divisions, territories, working days), [`pinyin`].
//! - The register: [`dwellings`] (the key), [`landlords`], [`residents`], [`tenancies`], [`reports`],
//!   [`civil_records`], [`doubts`] (what is under investigation), [`statistics`], [`exports`].
//! - What people are told: [`notices`].
//! - Trust: [`access`] (who may), [`vault`] (sealed fields), [`journal`] (what happened), [`oversight`] (who looks after
//!   those who look), [`never_held`].
//! - Between localities: [`exchange`]; what a person takes along: [`extracts`].
//! - In the end: [`retention`] (what is kept how long, and forgetting); [`breach`] (whom one reached).
//! - Doors: [`web`] (HTTP), [`cli`] (the command line).
//! - Plumbing: [`app`], [`work`], [`db`], [`config`], [`clock`], [`chance`], [`error`], [`values`].

pub mod civil_records;
pub mod doubts;
pub mod dwellings;
pub mod exports;
pub mod landlords;
pub mod localities;
pub mod notices;
pub mod oversight;
pub mod pinyin;
pub mod reports;
pub mod residents;
pub mod statistics;
pub mod tenancies;

pub mod access;
pub mod breach;
pub mod exchange;
pub mod extracts;
pub mod journal;
pub mod never_held;
pub mod retention;
pub mod vault;

pub mod cli;
pub mod web;

pub mod app;
pub mod chance;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod values;
pub mod work;
