//! landlords
