//! WHAT HAPPENED: one append-only record of every change, disclosure and search, written in the transaction of
//! what it tells. Entries hold ids, field names, purpose and case, never a sealed value. A sealer gives committed
//! entries their position and hash; whoever follows the journal reads by position and can never skip one.
//!
//! That nothing is changed afterwards can be proven: each entry is a `leaf` of a Merkle `tree`, the node signs
//! `checkpoints` of it ([`note`], `keys`), keeps the last one outside the database, and [`verify()`]s all of it. An
//! `extract` proves single entries to whoever holds the node's public key.

mod check;
mod checkpoints;
mod disclosure;
mod extract;
mod kept;
mod keys;
mod leaf;
pub mod looks;
pub mod note;
mod rules;
mod seal;
mod store;
mod tree;
mod verify;

pub use check::{Checked, check};
pub use checkpoints::{
    Made, Witnessed, confirmed, keep_latest, latest as latest_checkpoint, made, note_confirmed, prove_growth,
    verifiers, witnessed,
};
pub use disclosure::{Disclosure, Reason, disclose, disclose_confidentially, disclose_to_peer};
pub use extract::{Content, Extract, ProvenEntry, Witness, own_extract, prove};
pub(crate) use keys::ensure as ensure_key;
pub use keys::{JournalKey, published as published_keys};
pub use looks::{Look, Seal};
pub use seal::{SealedEntry, Wanted, after, readable, readable_after, seal_all};
pub use tree::continues;
pub use verify::{Finding, Verdict, last_finding, record, verify, verify_and_record};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Credential, Field};
use crate::error::Result;
use crate::work::Work;

/// One thing that happened.
#[derive(Debug)]
pub struct Event<'a> {
    /// Dotted past tense: `tenancy.moved_in`.
    pub kind: &'static str,
    /// The persons it concerns; each sees it in their own log.
    pub subjects: &'a [Uuid],
    /// Ids, codes, days, field names. Never a sealed value, never a name.
    pub details: Value,
}

/// Appends one entry; answers its id.
pub async fn append(work: &mut Work, event: Event<'_>) -> Result<Uuid> {
    append_for(work, event, None).await
}

/// Appends one entry that names why: purpose, basis and case, for the fields the actor is about to be shown.
///
/// # Errors
/// `Invalid` when purpose or basis is not on the locality's list.
pub async fn append_with_reason(work: &mut Work, event: Event<'_>, reason: &Reason, fields: &[Field]) -> Result<Uuid> {
    work.node().purposes.check(reason, work.actor().role, fields)?;
    append_for(work, event, Some(reason)).await
}

async fn append_for(work: &mut Work, event: Event<'_>, reason: Option<&Reason>) -> Result<Uuid> {
    let id = write(work, &event, reason).await?;
    looks::note(work, event.kind, id).await?;
    Ok(id)
}

async fn write(work: &mut Work, event: &Event<'_>, reason: Option<&Reason>) -> Result<Uuid> {
    let id = work.new_id();
    let actor = work.actor();
    let mut entry = json!({
        "id": id,
        "locality": work.locality(),
        "at": work.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "kind": event.kind,
        "actor": { "id": actor.id, "role": actor.role, "office": actor.scope.division() },
        "subjects": event.subjects,
        "details": event.details,
        leaf::SALT: leaf::new_salt()?,
    });
    if let Some(peer) = &actor.peer {
        entry["actor"]["peer"] = json!(peer);
    }
    match actor.credential {
        Some(Credential::Session) => entry["actor"]["by"] = json!("session"),
        Some(Credential::Token(token)) => {
            entry["actor"]["by"] = json!("token");
            entry["actor"]["token"] = json!(token);
        }
        None => {}
    }
    if let Some(reason) = reason {
        entry["purpose"] = json!(reason.purpose);
        entry["basis"] = json!(reason.basis);
        entry["case"] = json!(reason.case);
    }
    store::insert(work, id, event.kind, event.subjects, &entry.to_string()).await?;
    work.note_journaled();
    Ok(id)
}

/// The entries that concern a person, newest first: who looked, who changed what. At most `limit`, before the
/// entry `before` where given. This is what may be shown to that person: of a confidential look whose day has not come
/// it says when it was, when it opens, and nothing else.
pub async fn about(work: &mut Work, subject: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<Value>> {
    let rows = store::about(work, subject, before, limit).await?;
    let today = work.today();
    rows.iter().map(|text| looks::conceal(read(text)?, today)).collect()
}

/// An entry's text without the salt of its proof, which is nobody's to see.
fn read(text: &str) -> Result<Value> {
    let mut entry: Value = serde_json::from_str(text).map_err(crate::error::Error::internal)?;
    if let Some(members) = entry.as_object_mut() {
        members.remove(leaf::SALT);
    }
    Ok(entry)
}

/// Up to `limit` entries of the work's county after an instant and id and before an instant, in that order, sealed or not.
pub async fn between(
    work: &mut Work,
    after: (DateTime<Utc>, Uuid),
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, Uuid, Value)>> {
    let rows = store::between(work, after, until, limit).await?;
    let read = |text: &str| serde_json::from_str(text).map_err(crate::error::Error::internal);
    rows.into_iter().map(|(at, id, text)| Ok((at, id, read(&text)?))).collect()
}
