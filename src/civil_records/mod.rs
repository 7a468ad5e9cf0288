//! Marriages and births, their corrections and where each fact came from.

pub mod certificates;
