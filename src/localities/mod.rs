//! localities
