//! The journal of a county: its verification and its entries, for auditors whose scope covers the county.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::Action;
use crate::error::Error;
use crate::journal::{self, SealedEntry, Verdict};
use crate::values::Page;
use crate::web::{Caller, Door, Problem, Problems, Query};
use crate::work::Work;

/// Most entries on one page.
const MOST: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(verify_journal)).routes(routes!(list_journal_entries))
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
    /// `gap`, `wrong-hash`, `altered-entry` or `missing-seal`; when broken.
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

/// Recompute the chain of seals from the first entry.
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

/// The sealed entries in their order.
#[utoipa::path(get, path = "/journal/entries", tag = "journal", params(Locality, Wanted),
    responses((status = 200, body = Page<Entry>), Problems))]
async fn list_journal_entries(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Page<Entry>>, Problem> {
    let limit = wanted.limit.unwrap_or(50).clamp(1, MOST);
    let mut work = caller.read().await?;
    permit(&work)?;
    let mut rows = journal::after(&mut work, wanted.after.unwrap_or(0), limit + 1).await?;
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
