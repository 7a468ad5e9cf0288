//! Residence notices: residence → origin. They name the county, never the committee, the building or the flat.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::values::{Office, Person};
use crate::values::{LocalityCode, text_enum};

/// `residence.started`: this person lives in our territory since that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidenceStarted {
    /// The notice; its end and its undoing name it again.
    pub notice: Uuid,
    /// Who.
    pub person: Person,
    /// The county lived in.
    pub locality: LocalityCode,
    /// First day.
    pub since: NaiveDate,
    /// Whom the origin can ask.
    pub office: Office,
    /// Whether the origin is asked to send later changes of the person's records; only where the basis covers it.
    pub asks_for_changes: bool,
}

/// `residence.ended`: that residence ended. The notice says whose it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidenceEnded {
    /// The notice of the start.
    pub notice: Uuid,
    /// First day no longer lived there.
    pub until: NaiveDate,
}

text_enum! {
    /// Which of the two notices is undone.
    pub enum Step {
        /// The start, and with it the whole residence.
        Started => "started",
        /// The end: the residence goes on.
        Ended => "ended",
    }
}

text_enum! {
    /// Why a notice is undone.
    pub enum UndoneReason {
        /// A mistake of the sender.
        EnteredInError => "entered-in-error",
        /// It was said of another person.
        WrongPerson => "wrong-person",
        /// The person disputed it and was right.
        Disputed => "disputed",
    }
}

/// `residence.undone`: that start or end was not so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidenceUndone {
    /// The notice of the start.
    pub notice: Uuid,
    /// What is undone.
    pub step: Step,
    /// Why.
    pub reason: UndoneReason,
}
