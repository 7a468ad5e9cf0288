//! How much one officer may look up in a day (China's time). Every look is counted in its own transaction, whichever
//! session or machine token it came by. Past the soft limit the answer carries a warning and the auditor finds an alarm;
//! past the hard limit nothing opens, and that is written down as well.

mod store;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Action, Actor, CaseRef, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, LocalityCode, text_enum};
use crate::work::Work;

/// Most that one raise adds.
const MOST_RAISED: i32 = 1000;
/// Longest period of alarms read at once, in days.
const LONGEST_PERIOD: i64 = 366;

/// What a request came to: the door reads it when the work is done or undone.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Reading>>);

/// What stands on a [`Meter`].
#[derive(Debug, Clone, Default)]
pub enum Reading {
    /// Within the soft limit.
    #[default]
    Within,
    /// Past the soft limit.
    PastSoft {
        /// Looks today.
        used: i32,
        /// The hard limit today.
        hard: i32,
    },
    /// Refused at the hard limit. The work in which it was found is undone: it has to be written down in another.
    Spent {
        /// Who.
        officer: Actor,
        /// In which county.
        locality: LocalityCode,
    },
}

impl Meter {
    /// What it shows.
    pub fn reading(&self) -> Reading {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, reading: Reading) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reading;
    }
}

/// Looks of an officer on a day and the limits they are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Spent {
    /// Looks so far.
    pub used: i32,
    /// The soft limit of the day.
    pub soft: i32,
    /// The hard limit of the day.
    pub hard: i32,
}

/// An officer who passed a limit on a day.
#[derive(Debug, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Alarm {
    /// The account.
    pub officer: Uuid,
    /// What they are.
    pub role: Role,
    /// The division they act for.
    pub office: DivisionCode,
    /// The day in China.
    pub day: NaiveDate,
    /// Looks that day.
    pub used: i32,
    /// What was added to the limits for that day.
    pub raised: i32,
    /// Requests refused at the hard limit.
    pub refused: i32,
    /// When the soft limit was passed.
    pub warned_at: Option<DateTime<Utc>>,
}

text_enum! {
    /// Why a budget is raised.
    pub enum RaiseReason {
        /// Many people at once: a term begins, a campaign, a move of a whole building.
        Rush => "rush",
        /// Fewer colleagues than planned.
        Standby => "standby",
        /// Something that does not wait.
        Emergency => "emergency",
    }
}

/// A budget to be raised for today.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseBudget {
    /// Looks added to both limits, 1–1000.
    pub by: i32,
    /// Why.
    pub because: RaiseReason,
    /// The case or order it rests on.
    pub case: CaseRef,
}

/// Counts one look of the actor.
///
/// # Errors
/// `Refused("budget-spent")` past the hard limit.
pub(crate) async fn count_look(work: &mut Work) -> Result<Spent> {
    let (officer, role) = (work.actor().id, work.actor().role);
    let (used, raised) = store::count_look(work, officer).await?;
    let spent = held_against(work, role, used, raised)?;
    if spent.used > spent.hard {
        let (officer, locality) = (work.actor().clone(), work.locality().clone());
        work.meter().show(Reading::Spent { officer, locality });
        return Err(Error::Refused("budget-spent"));
    }
    if spent.used > spent.soft {
        work.meter().show(Reading::PastSoft { used: spent.used, hard: spent.hard });
    }
    Ok(spent)
}

/// Notes that an officer passed the soft limit; `false` when that was noted today before.
pub(crate) async fn warn(work: &mut Work) -> Result<bool> {
    let officer = work.actor().id;
    store::warn(work, officer).await
}

/// Writes down that the actor was refused at the hard limit, in a unit of work of its own.
pub async fn note_refusal(work: &mut Work) -> Result<()> {
    let officer = work.actor().id;
    store::count_refusal(work, officer).await?;
    journal::append(work, Event { kind: "budget.refused", subjects: &[], details: json!({ "day": work.today() }) })
        .await?;
    Ok(())
}

/// Raises an officer's limits for today.
///
/// # Errors
/// `NotFound("user")` unless they are an officer whose office lies in the actor's scope; `Refused("own-budget")`;
/// `Invalid("by", "out-of-range")`.
pub async fn raise(work: &mut Work, user: Uuid, request: RaiseBudget) -> Result<Spent> {
    work.permit(Action::RaiseBudgets)?;
    let officer = store::find_user(work, user).await?.ok_or(Error::NotFound("user"))?;
    work.within_scope(&officer.scope, "user")?;
    if !officer.role.is_officer() {
        return Err(Error::NotFound("user"));
    }
    if officer.id == work.actor().id {
        return Err(Error::Refused("own-budget"));
    }
    if !(1..=MOST_RAISED).contains(&request.by) {
        return Err(Error::invalid("by", "out-of-range"));
    }
    let (used, raised) = store::raise(work, user, request.by).await?;
    let details = json!({
        "user": user, "day": work.today(), "by": request.by, "because": request.because, "case": request.case,
    });
    journal::append(work, Event { kind: "budget.raised", subjects: &[], details }).await?;
    held_against(work, officer.role, used, raised)
}

/// The officers of the actor's scope who passed a limit on the days `[from, until)`, newest first.
///
/// # Errors
/// `Invalid("until", "out-of-range")` when the period is empty or longer than a year.
pub async fn alarms(work: &mut Work, from: NaiveDate, until: NaiveDate) -> Result<Vec<Alarm>> {
    work.permit(Action::Oversee)?;
    if !(1..=LONGEST_PERIOD).contains(&(until - from).num_days()) {
        return Err(Error::invalid("until", "out-of-range"));
    }
    let mut found = store::alarms(work, from, until).await?;
    found.retain(|alarm| work.scope().covers(&alarm.office));
    Ok(found)
}

fn held_against(work: &Work, role: Role, used: i32, raised: i32) -> Result<Spent> {
    let budget = work.node().measures.budget(role).ok_or_else(|| Error::internal("a look without a budget"))?;
    Ok(Spent { used, soft: budget.soft.saturating_add(raised), hard: budget.hard.saturating_add(raised) })
}
