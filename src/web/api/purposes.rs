//! What sealed data may be opened for, and what allows it.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Purposes;
use crate::web::{Caller, Door, Problems};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list_purposes))
}

/// The locality's lists of purposes and legal bases, with the fields each purpose opens for the caller's role; whoever
/// looks after the lists, audits, or is looked at sees them for every role.
#[utoipa::path(get, path = "/purposes", tag = "access", responses((status = 200, body = Purposes), Problems))]
async fn list_purposes(caller: Caller) -> Json<Purposes> {
    Json(caller.app().node().purposes.shown_to(caller.actor().role))
}
