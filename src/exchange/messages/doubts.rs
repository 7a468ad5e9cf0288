//! Doubts about a record: by its id, with a word of a list. Nothing here says anything of a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::doubts::{DoubtReason, RefusalReason};

/// `record.doubted`: whoever holds a copy tells the node that answers for the record; that node tells all who received
/// it. Until it is resolved the record shows as under investigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordDoubted {
    /// The doubt; the same at every node.
    pub doubt: Uuid,
    /// The record.
    pub record: Uuid,
    /// The version that looks wrong.
    pub version: u32,
    /// Why.
    pub reason: DoubtReason,
}

/// `doubt.resolved`: what the node that answers for the record decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtResolved {
    /// The doubt.
    pub doubt: Uuid,
    /// The record.
    pub record: Uuid,
    /// What was decided.
    pub outcome: DoubtOutcome,
}

impl DoubtResolved {
    pub(super) fn is_sound(&self) -> bool {
        !matches!(self.outcome, DoubtOutcome::Corrected { version: 0 })
    }
}

/// What became of a doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DoubtOutcome {
    /// This version corrects it; it travels as `record.supplied`.
    Corrected {
        /// The version.
        version: u32,
    },
    /// The record stays as it is.
    Upheld {
        /// Why.
        reason: RefusalReason,
    },
}
