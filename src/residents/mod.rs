//! residents

pub mod documents;
