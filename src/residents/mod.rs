//! residents
