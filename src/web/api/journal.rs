//! The journal of a county: its entries, its verification and its proofs, for auditors whose scope covers the county; the
//! keys that sign it, for everybody.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::Action;
use crate::error::Error;
use crate::journal::{self, Extract, Finding, JournalKey, SealedEntry, Verdict};
use crate::values::Page;
use crate::web::{Caller, Door, Path, Problem, Problems, Query};
use crate::work::Work;

/// Most entries on one page.
const MOST: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_journal_keys))
        .routes(routes!(get_journal_state))
        .routes(routes!(verify_journal))
        .routes(routes!(list_journal_entries))
        .routes(routes!(prove_journal_entry))
        .routes(routes!(prove_journal_growth))
}

/// The public keys that sign the checkpoints of this node's journals, for everybody to pin.
#[utoipa::path(get, path = "/journal/keys", tag = "journal", security(()),
    responses((status = 200, body = Vec<JournalKey>), Problems))]
async fn list_journal_keys(State(door): State<Door>) -> Result<Json<Vec<JournalKey>>, Problem> {
    let mut work = door.app.system_read().await?;
    Ok(Json(journal::published_keys(&mut work).await?))
}

/// How a county's journal stands.
#[derive(Serialize, utoipa::ToSchema)]
struct JournalState {
    /// The last checkpoint, a signed note.
    checkpoint: Option<String>,
    /// What the last verification of the whole journal found: at the node's start, every night, and when something
    /// did not fit in between.
    verification: Option<Finding>,
}

/// The last checkpoint, and what the node found when it last verified itself.
#[utoipa::path(get, path = "/journal/state", tag = "journal", params(Locality),
    responses((status = 200, body = JournalState), Problems))]
async fn get_journal_state(caller: Caller) -> Result<Json<JournalState>, Problem> {
    let mut work = caller.read().await?;
    permit(&work)?;
    let checkpoint = journal::latest_checkpoint(&mut work).await?.map(|checkpoint| checkpoint.to_string());
    Ok(Json(JournalState { checkpoint, verification: journal::last_finding(&mut work).await? }))
}

/// One entry, with the proof that it stands in the journal.
#[utoipa::path(get, path = "/journal/entries/{id}/proof", tag = "journal", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Extract), Problems))]
async fn prove_journal_entry(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Extract>, Problem> {
    let mut work = caller.read().await?;
    permit(&work)?;
    Ok(Json(journal::prove(&mut work, id).await?))
}

/// Two sizes of the journal's tree.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Sizes {
    /// The smaller one, as an older checkpoint has it.
    from: i64,
    /// The larger one.
    to: i64,
}

/// That a tree continues an earlier one.
#[derive(Serialize, utoipa::ToSchema)]
struct Growth {
    /// The hashes of RFC 6962 2.1.2, base64.
    proof: Vec<String>,
}

/// The proof that the journal at one size continues what it was at a smaller one.
#[utoipa::path(get, path = "/journal/growth", tag = "journal", params(Locality, Sizes),
    responses((status = 200, body = Growth), Problems))]
async fn prove_journal_growth(caller: Caller, Query(sizes): Query<Sizes>) -> Result<Json<Growth>, Problem> {
    let mut work = caller.read().await?;
    permit(&work)?;
    Ok(Json(Growth { proof: journal::prove_growth(&mut work, sizes.from, sizes.to).await? }))
}

/// What a verification found.
#[derive(Default, Serialize, utoipa::ToSchema)]
struct Verification {
    /// Whether every seal fits.
    sound: bool,
    /// Entries sealed; when sound.
    entries: Option<i64>,
    /// Entries committed and still waiting for the sealer; when sound.
    unsealed: Option<i64>,
    /// The last hash in hex; when sound.
    head: Option<String>,
    /// The first position that does not fit; when broken.
    position: Option<i64>,
    /// Why, when broken: `rewritten`, `reordered`, `truncated`, `gap`, `missing-seal`, `altered-entry`, `wrong-hash`,
    /// `wrong-tree` or `wrong-checkpoint`.
    reason: Option<&'static str>,
}

impl From<Verdict> for Verification {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Sound { entries, unsealed, head } => Self {
                sound: true,
                entries: Some(entries),
                unsealed: Some(unsealed),
                head: Some(head),
                ..Self::default()
            },
            Verdict::Broken { position, reason } => {
                Self { position: Some(position), reason: Some(reason), ..Self::default() }
            }
        }
    }
}

/// Verify the whole journal: every entry, the chain, the tree, and every checkpoint ever signed.
#[utoipa::path(get, path = "/journal/verification", tag = "journal", params(Locality),
    responses((status = 200, body = Verification), Problems))]
async fn verify_journal(caller: Caller) -> Result<Json<Verification>, Problem> {
    let mut work = caller.read().await?;
    permit(&work)?;
    Ok(Json(journal::verify(&mut work).await?.into()))
}

/// Which entries are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The `next` of the page before; absent for the first page.
    after: Option<i64>,
    /// Entries per page, 1–200, 50 by default.
    limit: Option<i64>,
}

/// An entry with its place in the order.
#[derive(Serialize, utoipa::ToSchema)]
struct Entry {
    /// 1 for the county's first entry.
    position: i64,
    id: Uuid,
    /// Who did what when, by ids, codes and field names; never a sealed value.
    #[schema(value_type = Object)]
    entry: Value,
}

impl From<SealedEntry> for Entry {
    fn from(SealedEntry { position, id, entry }: SealedEntry) -> Self {
        Self { position, id, entry }
    }
}

/// The sealed entries in their order. What was written about somebody protected is withheld but for its place and id.
#[utoipa::path(get, path = "/journal/entries", tag = "journal", params(Locality, Wanted),
    responses((status = 200, body = Page<Entry>), Problems))]
async fn list_journal_entries(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Page<Entry>>, Problem> {
    let limit = wanted.limit.unwrap_or(50).clamp(1, MOST);
    let mut work = caller.read().await?;
    permit(&work)?;
    let mut rows = journal::readable_after(&mut work, wanted.after.unwrap_or(0), limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    let next = rows.last().filter(|_| more).map(|last| last.position.to_string());
    Ok(Json(Page { items: rows.into_iter().map(Entry::from).collect(), next }))
}

/// The journal is kept per county and cannot be read in parts.
fn permit(work: &Work) -> Result<(), Error> {
    work.permit(Action::ReadJournal)?;
    work.within_scope(&work.locality().clone().into(), "journal")
}
