//! Whom a breach reached: the persons whose data an account, a machine token or a peer opened, found, was sent, told of or
//! changed in a period, read off the journal; and the notices that are owed to them (Personal Information Protection Law
//! art. 57). Ids, fields and counts only: names are for the office that writes to the person. Asking is itself written
//! down.

pub mod drafts;
mod rules;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
pub use rules::{Reached, Suspect, Way};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::access::users::{self, Login};
use crate::access::{Action, tokens};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::residents;
use crate::values::{DivisionCode, NodeCode};
use crate::work::Work;

/// Journal entries read at once.
const BATCH: i64 = 500;

/// A person who was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Affected {
    /// Their file.
    pub resident_id: Uuid,
    /// The committee that keeps it, and that can reach them; absent when the person was forgotten since, or is protected.
    pub committee: Option<DivisionCode>,
    /// How, how often, which fields, when.
    #[serde(flatten)]
    pub reached: Reached,
}

/// Whom it is asked about, in the words of who asks.
#[derive(Debug, Clone)]
pub enum Named {
    /// An account's log-in name.
    Account(Login),
    /// A machine token's id.
    Token(Uuid),
    /// A peer's code.
    Peer(NodeCode),
}

/// The persons of the work's county whom the suspect reached from one instant until before another, in the order of
/// their files.
///
/// # Errors
/// `NotFound` for an account or token that never was, and for a county outside the actor's scope; `Invalid("until")`
/// with `ends-before-it-begins`.
pub async fn affected(work: &mut Work, by: &Named, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Affected>> {
    work.permit(Action::ExamineBreaches)?;
    work.within_scope(&work.locality().clone().into(), "journal")?;
    if until <= from {
        return Err(Error::invalid("until", "ends-before-it-begins"));
    }
    let suspect = find(work, by).await?;
    let mut reached: BTreeMap<Uuid, Reached> = BTreeMap::new();
    let mut after = (from, Uuid::nil());
    loop {
        let batch = journal::between(work, after, until, BATCH).await?;
        let Some((at, id, _)) = batch.last() else { break };
        after = (*at, *id);
        for (_, _, entry) in &batch {
            let Some(way) = rules::way(entry, &suspect) else { continue };
            for subject in rules::subjects(entry) {
                reached.entry(subject).or_default().add(way, entry);
            }
        }
    }
    let mut found = Vec::with_capacity(reached.len());
    for (resident_id, reached) in reached {
        let committee = residents::find(work, resident_id).await?.map(|file| file.committee);
        found.push(Affected { resident_id, committee, reached });
    }
    note(work, &suspect, from, until, found.len()).await?;
    Ok(found)
}

async fn find(work: &mut Work, by: &Named) -> Result<Suspect> {
    Ok(match by {
        Named::Account(login) => {
            let user = users::id_of(work, login).await?;
            Suspect::Account(user.ok_or(Error::NotFound("user"))?)
        }
        Named::Token(id) => {
            tokens::exists(work, *id).await?.then_some(()).ok_or(Error::NotFound("token"))?;
            Suspect::Token(*id)
        }
        Named::Peer(code) => Suspect::Peer(code.clone()),
    })
}

/// The persons do not find it in their log: it concerns the suspect, and they hear of it by the notice.
async fn note(work: &mut Work, by: &Suspect, from: DateTime<Utc>, until: DateTime<Utc>, persons: usize) -> Result<()> {
    let by = match by {
        Suspect::Account(user) => json!({ "account": user }),
        Suspect::Token(token) => json!({ "token": token }),
        Suspect::Peer(peer) => json!({ "peer": peer }),
    };
    let details = json!({ "by": by, "from": from, "until": until, "persons": persons });
    journal::append(work, Event { kind: "breach.examined", subjects: &[], details }).await?;
    Ok(())
}
