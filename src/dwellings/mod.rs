//! dwellings

pub mod rules;
