//! Notes of accesses: that data of the receiver's person were read at the sender, so that the person sees it at home.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::values::Code;
use crate::values::DivisionCode;

/// Fields named in one note at most.
const MOST: usize = 20;

/// `access.noted`: an officer of the sender's opened data of somebody. Whom is said by something the receiver holds
/// itself; neither name nor number travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessNoted {
    /// The sender's number of the access.
    pub access: Uuid,
    /// What both sides hold of the person.
    pub about: Held,
    /// When it was.
    pub at: DateTime<Utc>,
    /// The county, or what is wider, of the office that looked: finer would tell where the person lives.
    pub office: DivisionCode,
    /// What for: a code of the sender's list of purposes.
    pub purpose: Code,
    /// What allowed it: a code of the sender's list of bases.
    pub basis: Code,
    /// The fields read.
    pub fields: Vec<Code>,
}

/// What both sides hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// The sender's notice of where the person lives.
    Notice(Uuid),
    /// A record the receiver answers for.
    Record(Uuid),
    /// The sender's inquiry, which the receiver answered.
    Inquiry(Uuid),
}

impl AccessNoted {
    pub(super) fn is_sound(&self) -> bool {
        (1..=MOST).contains(&self.fields.len()) && self.office.as_str().len() <= 6
    }
}
