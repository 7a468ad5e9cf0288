//! "That is not so." What a person says against a recorded tenancy stands beside it, and what the committee answered.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Tenancy, recorder, statements, store};
use crate::access::{Action, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::notices::{self, Facts, NoticeKind};
use crate::values::ShortText;
use crate::work::Work;

/// What is said to be wrong.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDispute {
    /// What is wrong, in the person's words.
    pub reason: ShortText,
}

/// What the committee answers. A correction or an undoing is registered as such, beside this.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// What was found and done; shown to the person.
    pub answer: ShortText,
}

/// Puts a dispute beside a tenancy: a resident to one of their own, a clerk on somebody's word.
///
/// # Errors
/// `Refused("already-disputed")` while one is not settled; `Refused("tenancy-undone")`.
pub async fn dispute(work: &mut Work, id: Uuid, new: NewDispute) -> Result<Tenancy> {
    work.permit(Action::DisputeTenancies)?;
    let tenancy = get_disputable(work, id).await?;
    if tenancy.undone {
        return Err(Error::Refused("tenancy-undone"));
    }
    if tenancy.disputed_at.is_some() && tenancy.settled_at.is_none() {
        return Err(Error::Refused("already-disputed"));
    }
    put_beside(work, &tenancy, &new.reason).await
}

/// Puts a dispute beside a tenancy on which none waits to be settled.
pub(super) async fn put_beside(work: &mut Work, tenancy: &Tenancy, reason: &ShortText) -> Result<Tenancy> {
    let by = recorder(work);
    store::insert_dispute(work, tenancy.id, reason, by).await?;
    note(work, "tenancy.disputed", tenancy).await?;
    read_again(work, tenancy.id).await
}

/// Settles the dispute beside a tenancy.
///
/// # Errors
/// `Refused("not-disputed")` when there is none to settle.
pub async fn settle_dispute(work: &mut Work, id: Uuid, settlement: Settlement) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = get_disputable(work, id).await?;
    let by = recorder(work);
    store::settle_dispute(work, id, &settlement.answer, by).await?;
    note(work, "tenancy.dispute_settled", &tenancy).await?;
    let (settled, nothing) = (NoticeKind::DisputeSettled, Facts::default());
    notices::tell(work, tenancy.resident_id, settled, tenancy.id, &nothing).await?;
    read_again(work, id).await
}

async fn read_again(work: &mut Work, id: Uuid) -> Result<Tenancy> {
    let tenancy = get_disputable(work, id).await?;
    statements::shown(work, tenancy).await
}

/// A resident's own tenancy, or one in the actor's scope.
pub(super) async fn get_disputable(work: &mut Work, id: Uuid) -> Result<Tenancy> {
    let tenancy = match (work.actor().role, work.actor().subject) {
        (Role::Resident, Some(resident)) => store::find_own(work, id, resident).await?,
        (Role::Resident, None) => None,
        _ => store::find(work, id).await?,
    };
    tenancy.ok_or(Error::NotFound("tenancy"))
}

async fn note(work: &mut Work, kind: &'static str, tenancy: &Tenancy) -> Result<()> {
    let details = json!({ "tenancy": tenancy.id, "dwelling": tenancy.dwelling_id });
    journal::append(work, Event { kind, subjects: &[tenancy.resident_id], details }).await?;
    Ok(())
}
