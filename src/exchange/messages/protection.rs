//! Protections of persons. They say that somebody is protected, not why, nor who decided it, nor where the person is.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::values::Person;

/// Most notices one message names.
pub const MOST_NOTICES: usize = 100;

/// `protection.raised`: this person is protected, and is to be hidden at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectionRaised {
    /// The protection; its lifting names it again. The same at every node.
    pub protection: Uuid,
    /// Who.
    pub person: Person,
    /// The residence notices between the two nodes that are about the person, whoever sent them.
    pub notices: Vec<Uuid>,
}

impl ProtectionRaised {
    /// There must be something to find the person by.
    pub(in crate::exchange) fn is_sound(&self) -> bool {
        self.notices.len() <= MOST_NOTICES && (self.person.document.is_some() || !self.notices.is_empty())
    }
}

/// `protection.lifted`: it stands no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectionLifted {
    /// The protection.
    pub protection: Uuid,
}
