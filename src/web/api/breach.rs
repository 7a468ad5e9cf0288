//! Whom a breach reached, for the auditor.

use axum::Json;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::users::Login;
use crate::breach::{self, Affected, Named};
use crate::values::{NodeCode, Page, PageRequest};
use crate::web::{Body, Caller, Door, Problem, Problems};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list_affected))
}

/// Who is believed to have got where they should not; one of the three.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// An account's log-in name.
    Account(Login),
    /// A machine token's id.
    Token(Uuid),
    /// A peer's code.
    Peer(NodeCode),
}

/// Whom a breach reached is asked so.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// By whom.
    by: By,
    /// From this instant.
    from: DateTime<Utc>,
    /// Until before this one.
    until: DateTime<Utc>,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Persons per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// The persons an account, token or peer reached in a period: ids, ways, fields and counts. Asking is written down.
#[utoipa::path(post, path = "/journal/affected", tag = "journal", request_body = Asked, params(Locality),
    responses((status = 200, body = Page<Affected>), Problems))]
async fn list_affected(caller: Caller, Body(asked, _): Body<Asked>) -> Result<Json<Page<Affected>>, Problem> {
    let Asked { by, from, until, after, limit } = asked;
    let by = match by {
        By::Account(login) => Named::Account(login),
        By::Token(id) => Named::Token(id),
        By::Peer(code) => Named::Peer(code),
    };
    let mut work = caller.work().await?;
    let mut found = breach::affected(&mut work, &by, from, until).await?;
    work.commit().await?;
    found.retain(|person| after.is_none_or(|after| person.resident_id > after));
    Ok(Json(PageRequest { after, limit }.page(found, |person| person.resident_id)))
}
