//! Who sees protected persons: officers named one by one, beside their role, and the condition that keeps everybody
//! else's queries from finding one.
//!
//! **For whoever writes a query** that answers anything about persons (a row, a count, a name): put
//! `visible!` into its `where`, with the alias and column that hold the resident's id and the number of the
//! placeholder, and bind [`Work::viewer`](crate::work::Work::viewer) there:
//!
//! ```ignore
//! let (locality, viewer) = (work.locality().clone(), work.viewer());
//! fetch_all!(&mut work.tx, Resident,
//!     concat!("select … from residents r where r.locality = $1 and ", visible!("r", "id", "$2")), &locality, viewer)?
//! ```
//!
//! The condition stands in the query and not behind it, so that counts, limits and pages tell nothing either. A test
//! reads the stores and names a query that lacks it.

mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Action, Role, users};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, Label, text_enum};
use crate::work::Work;

/// The SQL condition under which whoever asks may know of a resident: nobody protected, unless the viewer is a named
/// officer (then the placeholder is null), or opened that file themselves. `visible!("r", "id", "$4")` for the column
/// `r.id`; a null column is visible. The placeholder is bound to [`Work::viewer`](crate::work::Work::viewer).
macro_rules! visible {
    ($alias:literal, $column:literal, $viewer:literal) => {
        concat!(
            "(",
            $viewer,
            " is null or not exists (select 1 from protections hidden where hidden.locality = $1 and hidden.locality = ",
            $alias,
            ".locality and hidden.resident_id = ",
            $alias,
            ".",
            $column,
            " and hidden.lifted_at is null and (hidden.opened_by is null or hidden.opened_by <> ",
            $viewer,
            ")))"
        )
    };
}
pub(crate) use visible;

/// Fewest officers there should be: one to raise and another to lift.
const FEWEST_OFFICERS: usize = 2;

text_enum! {
    /// What deserves a look about the officers named.
    pub enum NamingWarning {
        /// Fewer than two: nobody can lift what the only one asked to be lifted.
        TooFew => "too-few-protection-officers",
        /// Nobody is left: protected persons are found by nobody.
        NoneLeft => "no-protection-officer",
    }
}

/// An officer named to see protected persons of their scope.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct NamedOfficer {
    /// The account.
    pub user_id: Uuid,
    /// The officer's name.
    pub name: Label,
    /// Their role.
    pub role: Role,
    /// Where they act.
    pub scope: DivisionCode,
    /// Since when.
    pub named_at: DateTime<Utc>,
}

/// The officers named, and what deserves a look about that.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NamedOfficers {
    /// The officers whose accounts are not disabled, by their names' dates.
    pub officers: Vec<NamedOfficer>,
    /// What deserves a look; it refuses nothing.
    pub warnings: Vec<NamingWarning>,
}

/// Names an officer; naming one again changes nothing. Answers all that are named then.
///
/// # Errors
/// `Refused("user-disabled")`; `Refused("not-an-officer")` for an account that is no clerk's or supervisor's.
pub async fn name(work: &mut Work, user: Uuid) -> Result<NamedOfficers> {
    work.permit(Action::NameProtectionOfficers)?;
    let account = users::get(work, user).await?;
    if account.disabled_at.is_some() {
        return Err(Error::Refused("user-disabled"));
    }
    if !account.role.may(Action::ProtectResidents) {
        return Err(Error::Refused("not-an-officer"));
    }
    if store::insert(work, user).await? {
        note(work, "protection_officer.named", user).await?;
    }
    named(work).await
}

/// Takes the naming back; hearing it twice changes nothing. Answers those left.
pub async fn unname(work: &mut Work, user: Uuid) -> Result<NamedOfficers> {
    work.permit(Action::NameProtectionOfficers)?;
    users::get(work, user).await?;
    if store::delete(work, user).await? {
        note(work, "protection_officer.unnamed", user).await?;
    }
    named(work).await
}

/// All officers named.
pub async fn named(work: &mut Work) -> Result<NamedOfficers> {
    work.permit(Action::NameProtectionOfficers)?;
    let officers = store::list(work).await?;
    let warnings = match officers.len() {
        0 => vec![NamingWarning::NoneLeft],
        n if n < FEWEST_OFFICERS => vec![NamingWarning::TooFew],
        _ => Vec::new(),
    };
    Ok(NamedOfficers { officers, warnings })
}

async fn note(work: &mut Work, kind: &'static str, user: Uuid) -> Result<()> {
    journal::append(work, Event { kind, subjects: &[], details: json!({ "user": user }) }).await?;
    Ok(())
}
