//! Counts without names.

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Locality;
use crate::statistics::{self, Population};
use crate::values::DivisionCode;
use crate::web::{Caller, Door, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(count_population))
}

/// What is to be counted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A division of the caller's scope; the whole scope by default.
    division: Option<DivisionCode>,
}

/// Who lives in a division today, counted by sex, age, province of origin and use of the dwelling.
///
/// Counts are told to the nearest five, and groups of fewer than five do not appear. Nobody is listed.
#[utoipa::path(get, path = "/statistics/population", tag = "statistics", params(Locality, Wanted),
    responses((status = 200, body = Population), Problems))]
async fn count_population(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Population>, Problem> {
    let mut work = caller.read().await?;
    let division = wanted.division.unwrap_or_else(|| work.scope().division().clone());
    Ok(Json(statistics::population(&mut work, division).await?))
}
