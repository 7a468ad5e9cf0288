//! Administrative divisions by code and by name, and the working-day calendar. Neither is personal.

use axum::Json;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::localities::{self, Division, Due, divisions};
use crate::values::DivisionCode;
use crate::web::{Caller, Door, Path, Problem, Problems, Query};

/// Most divisions one search answers.
const MOST_FOUND: usize = 20;

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(search_divisions))
        .routes(routes!(get_division))
        .routes(routes!(list_division_children))
        .routes(routes!(count_due_day))
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Characters, pinyin or initials of a name, or digits of a code; without it the provinces are answered.
    q: Option<String>,
    /// The division to look in; without it sub-districts and committees are left out.
    within: Option<DivisionCode>,
}

/// The divisions that fit, at most twenty, the best first.
#[utoipa::path(get, path = "/divisions", tag = "divisions", params(Search),
    responses((status = 200, body = Vec<Division>), Problems))]
async fn search_divisions(_: Caller, Query(search): Query<Search>) -> Json<Vec<Division>> {
    Json(match search.q {
        Some(q) => localities::search(&q, search.within.as_ref(), MOST_FOUND),
        None => divisions::provinces(),
    })
}

/// A division and where it lies.
#[derive(Serialize, utoipa::ToSchema)]
struct Located {
    #[serde(flatten)]
    division: Division,
    /// Its name with those of all divisions above.
    full_name: String,
    /// The divisions from the province down to this one.
    path: Vec<Division>,
}

/// One division.
#[utoipa::path(get, path = "/divisions/{division}", tag = "divisions", params(("division" = DivisionCode, Path)),
    responses((status = 200, body = Located), Problems))]
async fn get_division(_: Caller, Path(code): Path<DivisionCode>) -> Result<Json<Located>, Problem> {
    let division = divisions::get(&code).ok_or(Error::NotFound("division"))?;
    let full_name = localities::full_name(&code).unwrap_or_default();
    Ok(Json(Located { division, full_name, path: divisions::path(&code) }))
}

/// The divisions directly below one, in the order of their codes.
#[utoipa::path(get, path = "/divisions/{division}/children", tag = "divisions", params(("division" = DivisionCode, Path)),
    responses((status = 200, body = Vec<Division>), Problems))]
async fn list_division_children(_: Caller, Path(code): Path<DivisionCode>) -> Result<Json<Vec<Division>>, Problem> {
    divisions::get(&code).ok_or(Error::NotFound("division"))?;
    Ok(Json(divisions::children(&code)))
}

/// A term in working days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Term {
    /// The day of receipt, which is not counted.
    received: NaiveDate,
    /// So many working days.
    working_days: u16,
}

/// The last day of a term, by the node's calendar.
#[utoipa::path(get, path = "/calendar/due", tag = "divisions", params(Term),
    responses((status = 200, body = Due), Problems))]
async fn count_due_day(caller: Caller, Query(term): Query<Term>) -> Json<Due> {
    Json(caller.app().node().calendar.due_on(term.received, term.working_days))
}
