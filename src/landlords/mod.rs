//! landlords

pub mod rules;
