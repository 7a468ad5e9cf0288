//! Deciding: what was wrong has been corrected, or nothing is, for a reason.

use serde::Deserialize;
use uuid::Uuid;

use super::raise::note;
use super::{Doubt, DoubtState, Fact, RefusalReason, find_in_scope, store};
use crate::access::Action;
use crate::civil_records;
use crate::error::{Error, Result};
use crate::residents;
use crate::values::text_enum;
use crate::work::Work;

text_enum! {
    /// How a doubt is decided.
    pub enum Decision {
        /// What was wrong has been corrected, in a later version.
        Corrected => "corrected",
        /// Nothing is corrected, for the reason given.
        Refused => "refused",
    }
}

/// A clerk's decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// What is decided.
    pub decision: Decision,
    /// Why nothing is corrected; with that decision, and only with it.
    pub reason: Option<RefusalReason>,
}

/// Decides a doubt about a fact that this node answers for. The person sees it, and every locality that received the
/// fact is told.
///
/// # Errors
/// `Invalid("reason")` when it is missing from a refusal or stands beside a correction; `Refused`: `doubt-decided`,
/// `decided-elsewhere` (another node answers for the record), `nothing-corrected` (there is no later version).
pub async fn resolve(work: &mut Work, id: Uuid, resolution: Resolution) -> Result<Doubt> {
    work.permit(Action::ResolveDoubts)?;
    let doubt = find_in_scope(work, id).await?;
    match doubt.state {
        DoubtState::Open => {}
        DoubtState::Forwarded => return Err(Error::Refused("decided-elsewhere")),
        DoubtState::Corrected | DoubtState::Refused => return Err(Error::Refused("doubt-decided")),
    }
    let (state, refusal, corrected_to) = match (resolution.decision, resolution.reason) {
        (Decision::Refused, Some(reason)) => (DoubtState::Refused, Some(reason), None),
        (Decision::Refused, None) => return Err(Error::invalid("reason", "missing-field")),
        (Decision::Corrected, Some(_)) => return Err(Error::invalid("reason", "goes-with-refusal")),
        (Decision::Corrected, None) => {
            let now = version_now(work, &doubt).await?;
            if now <= doubt.version {
                return Err(Error::Refused("nothing-corrected"));
            }
            (DoubtState::Corrected, None, Some(now))
        }
    };
    close(work, Doubt { state, refusal, corrected_to, ..doubt }, "doubt.resolved").await
}

pub(super) async fn close(work: &mut Work, decided: Doubt, kind: &'static str) -> Result<Doubt> {
    let decided = Doubt { closed_at: Some(work.now()), ..decided };
    if !store::close(work, &decided).await? {
        return Err(Error::Refused("doubt-decided"));
    }
    let concerned = concerned(work, &decided).await?;
    note(work, kind, &decided, &concerned).await?;
    Ok(decided.seen(work))
}

/// The persons whom a doubt is about.
pub(super) async fn concerned(work: &mut Work, doubt: &Doubt) -> Result<Vec<Uuid>> {
    Ok(match doubt.fact {
        Fact::Identity => vec![doubt.about_id],
        Fact::CivilRecord => civil_records::people_of(work, doubt.about_id).await?,
    })
}

async fn version_now(work: &mut Work, doubt: &Doubt) -> Result<i32> {
    Ok(match doubt.fact {
        Fact::Identity => residents::get(work, doubt.about_id).await?.version,
        Fact::CivilRecord => civil_records::get_summary(work, doubt.about_id).await?.version,
    })
}
