//! What a receiver has to hear of consents.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Messages named in one telling at most; more are told in several.
pub const MOST_WITHDRAWN: usize = 200;

/// `consent.withdrawn`: the consent on which these messages were sent does not stand any more. Ids only: it travels on
/// the very consent it ends, because telling of its end needs no other permission (PIPL art. 15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentWithdrawn {
    /// The consent's id at the sender, as the basis of those messages named it.
    pub consent: Uuid,
    /// What was sent on it.
    pub withdrawn: Vec<Withdrawn>,
}

impl ConsentWithdrawn {
    pub(super) fn is_sound(&self) -> bool {
        (1..=MOST_WITHDRAWN).contains(&self.withdrawn.len())
    }
}

/// A message that is to be used no further, and what came in it alone erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// Its id.
    pub message: Uuid,
    /// What it was about: the notice, record or inquiry it named.
    pub about: Uuid,
}
