//! For those who look after those who look: alarms, habits, reviews, budgets, confidential accesses.

use axum::Json;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::budgets::{self, Alarm, RaiseBudget, Spent};
use crate::journal::looks::{self, Decision, Review};
use crate::oversight::{self, AskConfidential, ConfidentialAccess, Findings, LookOfOfficer, RefusalReason};
use crate::residents::Disclosed;
use crate::values::{Page, PageRequest};
use crate::web::{Body, Caller, Door, Path, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(ask_confidential_access))
        .routes(routes!(list_confidential_accesses))
        .routes(routes!(get_confidential_access))
        .routes(routes!(approve_confidential_access))
        .routes(routes!(refuse_confidential_access))
        .routes(routes!(open_confidential_access))
        .routes(routes!(list_confidential_accesses_waiting_to_open))
        .routes(routes!(list_reviews))
        .routes(routes!(review_look))
        .routes(routes!(list_alarms))
        .routes(routes!(list_patterns))
        .routes(routes!(list_looks_of_officer))
        .routes(routes!(raise_budget))
}

/// Ask for a look that the person may read of only from a day on. Another officer decides.
#[utoipa::path(post, path = "/residents/{id}/confidential-accesses", tag = "oversight", request_body = AskConfidential,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = ConfidentialAccess), Problems))]
async fn ask_confidential_access(
    caller: Caller,
    Path(resident): Path<Uuid>,
    Body(asked, _): Body<AskConfidential>,
) -> Result<(StatusCode, Json<ConfidentialAccess>), Problem> {
    let mut work = caller.work().await?;
    let access = oversight::ask(&mut work, resident, asked).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(access)))
}

/// The confidential accesses one asked for; a supervisor's list has all of their scope.
#[utoipa::path(get, path = "/confidential-accesses", tag = "oversight", params(Locality, PageRequest),
    responses((status = 200, body = Page<ConfidentialAccess>), Problems))]
async fn list_confidential_accesses(
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ConfidentialAccess>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(oversight::list(&mut work, &page).await?))
}

/// One confidential access.
#[utoipa::path(get, path = "/confidential-accesses/{id}", tag = "oversight", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = ConfidentialAccess), Problems))]
async fn get_confidential_access(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<ConfidentialAccess>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(oversight::get(&mut work, id).await?))
}

/// Approve what another officer asked for: they may open it once, within some days.
#[utoipa::path(post, path = "/confidential-accesses/{id}/approval", tag = "oversight",
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = ConfidentialAccess), Problems))]
async fn approve_confidential_access(
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ConfidentialAccess>, Problem> {
    let mut work = caller.work().await?;
    let access = oversight::approve(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(access))
}

/// Why a confidential access is refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RefuseAccess {
    because: RefusalReason,
}

/// Refuse what another officer asked for.
#[utoipa::path(post, path = "/confidential-accesses/{id}/refusal", tag = "oversight", request_body = RefuseAccess,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = ConfidentialAccess), Problems))]
async fn refuse_confidential_access(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(refusal, _): Body<RefuseAccess>,
) -> Result<Json<ConfidentialAccess>, Problem> {
    let mut work = caller.work().await?;
    let access = oversight::refuse(&mut work, id, refusal.because).await?;
    work.commit().await?;
    Ok(Json(access))
}

/// Open what was approved, once. The person sees at once that there was a look, and on its day the whole of it.
#[utoipa::path(post, path = "/confidential-accesses/{id}/disclosure", tag = "oversight",
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Disclosed), Problems))]
async fn open_confidential_access(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Disclosed>, Problem> {
    let mut work = caller.work().await?;
    let disclosed = oversight::open(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(disclosed))
}

/// The confidential looks whose day has not come.
#[utoipa::path(get, path = "/oversight/confidential-accesses", tag = "oversight", params(Locality, PageRequest),
    responses((status = 200, body = Page<ConfidentialAccess>), Problems))]
async fn list_confidential_accesses_waiting_to_open(
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ConfidentialAccess>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(oversight::waiting_to_open(&mut work, &page).await?))
}

/// Which reviews are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WantedReviews {
    /// Those decided instead of those that wait.
    #[serde(default)]
    decided: bool,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// The looks drawn for review.
#[utoipa::path(get, path = "/oversight/reviews", tag = "oversight", params(Locality, WantedReviews),
    responses((status = 200, body = Page<Review>), Problems))]
async fn list_reviews(caller: Caller, Query(wanted): Query<WantedReviews>) -> Result<Json<Page<Review>>, Problem> {
    let WantedReviews { decided, after, limit } = wanted;
    let mut work = caller.read().await?;
    Ok(Json(looks::reviews(&mut work, decided, &PageRequest { after, limit }).await?))
}

/// Confirm somebody else's look, or object to it: the person then sees it as under review.
#[utoipa::path(post, path = "/oversight/reviews/{id}", tag = "oversight", request_body = Decision,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Review), Problems))]
async fn review_look(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(decision, _): Body<Decision>,
) -> Result<Json<Review>, Problem> {
    let mut work = caller.work().await?;
    let review = looks::review(&mut work, id, decision).await?;
    work.commit().await?;
    Ok(Json(review))
}

/// The days meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Days {
    /// The first day.
    from: NaiveDate,
    /// The day after the last.
    until: NaiveDate,
}

/// The officers who passed a limit of their budget.
#[utoipa::path(get, path = "/oversight/alarms", tag = "oversight", params(Locality, Days),
    responses((status = 200, body = Vec<Alarm>), Problems))]
async fn list_alarms(caller: Caller, Query(days): Query<Days>) -> Result<Json<Vec<Alarm>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(budgets::alarms(&mut work, days.from, days.until).await?))
}

/// Which habits are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WantedPatterns {
    /// The first day; thirty days before the end when absent.
    from: Option<NaiveDate>,
    /// The day after the last; tomorrow when absent.
    until: Option<NaiveDate>,
    /// The `next` of the page before; absent for the first page.
    after: Option<usize>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<usize>,
}

/// Habits that raise a question: far away, many officers at one person, nights, days off, colleagues and namesakes.
#[utoipa::path(get, path = "/oversight/patterns", tag = "oversight", params(Locality, WantedPatterns),
    responses((status = 200, body = Findings), Problems))]
async fn list_patterns(caller: Caller, Query(wanted): Query<WantedPatterns>) -> Result<Json<Findings>, Problem> {
    let limit = wanted.limit.unwrap_or(50).clamp(1, 200);
    let mut work = caller.read().await?;
    let period = (wanted.from, wanted.until);
    Ok(Json(oversight::patterns(&mut work, period, wanted.after.unwrap_or(0), limit).await?))
}

/// The day meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Day {
    /// A day in China.
    on: NaiveDate,
}

/// The looks of one officer on a day.
#[utoipa::path(get, path = "/oversight/officers/{id}/looks", tag = "oversight",
    params(Locality, Day, ("id" = Uuid, Path, description = "The account")),
    responses((status = 200, body = Vec<LookOfOfficer>), Problems))]
async fn list_looks_of_officer(
    caller: Caller,
    Path(officer): Path<Uuid>,
    Query(day): Query<Day>,
) -> Result<Json<Vec<LookOfOfficer>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(oversight::looks_of(&mut work, officer, day.on).await?))
}

/// Raise another officer's budget of looks for today.
#[utoipa::path(post, path = "/oversight/officers/{id}/budget", tag = "oversight", request_body = RaiseBudget,
    params(Locality, ("id" = Uuid, Path, description = "The account")),
    responses((status = 200, body = Spent), Problems))]
async fn raise_budget(
    caller: Caller,
    Path(officer): Path<Uuid>,
    Body(request, _): Body<RaiseBudget>,
) -> Result<Json<Spent>, Problem> {
    let mut work = caller.work().await?;
    let spent = budgets::raise(&mut work, officer, request).await?;
    work.commit().await?;
    Ok(Json(spent))
}
