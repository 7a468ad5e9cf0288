//! The examples of the specification, and the specification itself.
mod examples;
#[cfg(test)]
pub(crate) mod fixtures;
