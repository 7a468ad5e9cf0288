//! dwellings
