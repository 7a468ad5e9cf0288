//! The exchange as people work with it: peers, cases, inquiries. What nodes say to each other is in `web/peer`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{IdempotencyKey, Locality};
use crate::access::Action;
use crate::exchange::answers::{self, AnswerInquiry};
use crate::exchange::cases::{self, Case};
use crate::exchange::inquiries::{self, Direction, Inquiry, NewInquiry, OpenedInquiry};
use crate::exchange::peers::{self, NewPeer, Peer, PeerPlan};
use crate::exchange::sync::{self, Report};
use crate::exchange::witness::{self, PeerJournals};
use crate::journal::Reason;
use crate::values::{NodeCode, Page, PageRequest};
use crate::web::{Body, Caller, Created, Door, Path, Problem, Problems, Query, create};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(own_card))
        .routes(routes!(list_peers, add_peer))
        .routes(routes!(get_peer))
        .routes(routes!(get_peer_journals))
        .routes(routes!(set_peer_plan))
        .routes(routes!(sync_peer))
        .routes(routes!(list_cases))
        .routes(routes!(get_case))
        .routes(routes!(disclose_case))
        .routes(routes!(pair_case))
        .routes(routes!(retry_case))
        .routes(routes!(set_case_aside))
        .routes(routes!(list_inquiries, ask_inquiry))
        .routes(routes!(get_inquiry))
        .routes(routes!(disclose_inquiry))
        .routes(routes!(answer_inquiry))
}

/// This node's card, to be handed to another node's administrator.
#[derive(Serialize, utoipa::ToSchema)]
struct OwnCard {
    /// The card, signed by the node.
    card: String,
    /// Its fingerprint: both administrators read it to each other by telephone.
    fingerprint: String,
}

/// This node's card and fingerprint.
#[utoipa::path(get, path = "/exchange/card", tag = "exchange", responses((status = 200, body = OwnCard), Problems))]
async fn own_card(caller: Caller, State(door): State<Door>) -> Result<Json<OwnCard>, Problem> {
    let work = caller.read().await?;
    work.permit(Action::ManagePeers)?;
    let station = door.app.station();
    Ok(Json(OwnCard { card: station.signed_card(&work)?, fingerprint: station.fingerprint(&work)? }))
}

/// The peers, with backlog and health.
#[utoipa::path(get, path = "/peers", tag = "exchange", responses((status = 200, body = Vec<Peer>), Problems))]
async fn list_peers(caller: Caller) -> Result<Json<Vec<Peer>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(peers::list(&mut work).await?))
}

/// Add a peer by its card and the fingerprint that was compared, or renew its card.
#[utoipa::path(post, path = "/peers", tag = "exchange", request_body = NewPeer,
    responses((status = 200, body = Peer), Problems))]
async fn add_peer(
    caller: Caller,
    State(door): State<Door>,
    Body(new, _): Body<NewPeer>,
) -> Result<Json<Peer>, Problem> {
    let mut work = caller.work().await?;
    let peer = peers::add(&mut work, new).await?;
    work.commit().await?;
    door.app.station().peers_changed.notify_one();
    Ok(Json(peer))
}

/// One peer.
#[utoipa::path(get, path = "/peers/{peer}", tag = "exchange", params(("peer" = String, Path)),
    responses((status = 200, body = Peer), Problems))]
async fn get_peer(caller: Caller, Path(code): Path<NodeCode>) -> Result<Json<Peer>, Problem> {
    let mut work = caller.read().await?;
    work.permit(Action::SeeExchange)?;
    Ok(Json(peers::get(&mut work, &code).await?))
}

/// The checkpoints held of a peer's journals, and what contradicts them.
#[utoipa::path(get, path = "/peers/{peer}/journals", tag = "exchange", params(("peer" = String, Path)),
    responses((status = 200, body = PeerJournals), Problems))]
async fn get_peer_journals(caller: Caller, Path(code): Path<NodeCode>) -> Result<Json<PeerJournals>, Problem> {
    let mut work = caller.read().await?;
    work.permit(Action::SeeExchange)?;
    peers::get(&mut work, &code).await?;
    Ok(Json(witness::of_peer(&mut work, &code).await?))
}

/// Change who calls whom and when, or suspend a peer.
#[utoipa::path(put, path = "/peers/{peer}/plan", tag = "exchange", request_body = PeerPlan,
    params(("peer" = String, Path)), responses((status = 200, body = Peer), Problems))]
async fn set_peer_plan(
    caller: Caller,
    State(door): State<Door>,
    Path(code): Path<NodeCode>,
    Body(plan, _): Body<PeerPlan>,
) -> Result<Json<Peer>, Problem> {
    let mut work = caller.work().await?;
    let peer = peers::set_plan(&mut work, &code, plan).await?;
    work.commit().await?;
    door.app.station().peers_changed.notify_one();
    Ok(Json(peer))
}

/// Sync with a peer now, whatever its schedule and back-off say.
#[utoipa::path(post, path = "/peers/{peer}/sync", tag = "exchange", params(("peer" = String, Path)),
    responses((status = 200, body = Report), Problems))]
async fn sync_peer(
    caller: Caller,
    State(door): State<Door>,
    Path(code): Path<NodeCode>,
) -> Result<Json<Report>, Problem> {
    caller.read().await?.permit(Action::SeeExchange)?;
    Ok(Json(sync::sync(&door.app, &code, true).await?))
}

/// Which cases are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WantedCases {
    /// In which state; open ones by default.
    state: Option<cases::State>,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// Received messages that somebody has to work on.
#[utoipa::path(get, path = "/cases", tag = "exchange", params(WantedCases),
    responses((status = 200, body = Page<Case>), Problems))]
async fn list_cases(caller: Caller, Query(wanted): Query<WantedCases>) -> Result<Json<Page<Case>>, Problem> {
    let mut work = caller.read().await?;
    let page = PageRequest { after: wanted.after, limit: wanted.limit };
    Ok(Json(cases::list(&mut work, wanted.state.unwrap_or(cases::State::Open), &page).await?))
}

/// One case.
#[utoipa::path(get, path = "/cases/{id}", tag = "exchange", params(("id" = Uuid, Path)),
    responses((status = 200, body = Case), Problems))]
async fn get_case(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Case>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(cases::get(&mut work, id).await?))
}

/// Open what the message of a case says, for a reason.
#[utoipa::path(post, path = "/cases/{id}/disclosures", tag = "exchange", request_body = Reason,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), Problems))]
async fn disclose_case(
    caller: Caller,
    State(door): State<Door>,
    Path(id): Path<Uuid>,
    Body(reason, _): Body<Reason>,
) -> Result<Json<Value>, Problem> {
    let mut work = caller.work().await?;
    let message = cases::disclose(&mut work, door.app.station(), id, &reason).await?;
    work.commit().await?;
    Ok(Json(message))
}

/// Whom a case is about.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Pairing {
    /// The person here.
    resident_id: Uuid,
}

/// Pair a case with a person here: its message takes effect.
#[utoipa::path(post, path = "/cases/{id}/pairing", tag = "exchange", request_body = Pairing,
    params(("id" = Uuid, Path)), responses((status = 200, body = Case), Problems))]
async fn pair_case(
    caller: Caller,
    State(door): State<Door>,
    Path(id): Path<Uuid>,
    Body(pairing, _): Body<Pairing>,
) -> Result<Json<Case>, Problem> {
    let mut work = caller.work().await?;
    let case = cases::pair(&mut work, door.app.station(), id, pairing.resident_id).await?;
    work.commit().await?;
    Ok(Json(case))
}

/// Try a case again as it is: the person may have been registered since.
#[utoipa::path(post, path = "/cases/{id}/retry", tag = "exchange", params(("id" = Uuid, Path)),
    responses((status = 200, body = Case), Problems))]
async fn retry_case(caller: Caller, State(door): State<Door>, Path(id): Path<Uuid>) -> Result<Json<Case>, Problem> {
    let mut work = caller.work().await?;
    let case = cases::retry(&mut work, door.app.station(), id).await?;
    work.commit().await?;
    Ok(Json(case))
}

/// Set a case aside: nobody here is meant.
#[utoipa::path(post, path = "/cases/{id}/set-aside", tag = "exchange", params(("id" = Uuid, Path)),
    responses((status = 200, body = Case), Problems))]
async fn set_case_aside(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Case>, Problem> {
    let mut work = caller.work().await?;
    let case = cases::set_aside(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(case))
}

/// Which inquiries are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WantedInquiries {
    /// Which way they go; those received by default.
    direction: Option<Direction>,
    /// In which state; open ones by default.
    state: Option<inquiries::State>,
    /// The `next` of the page before; absent for the first page.
    after: Option<Uuid>,
    /// Items per page, 1–200, 50 by default.
    limit: Option<u16>,
}

/// Inquiries of the caller's scope.
#[utoipa::path(get, path = "/inquiries", tag = "exchange", params(Locality, WantedInquiries),
    responses((status = 200, body = Page<Inquiry>), Problems))]
async fn list_inquiries(caller: Caller, Query(wanted): Query<WantedInquiries>) -> Result<Json<Page<Inquiry>>, Problem> {
    let mut work = caller.read().await?;
    let page = PageRequest { after: wanted.after, limit: wanted.limit };
    let direction = wanted.direction.unwrap_or(Direction::Received);
    let state = wanted.state.unwrap_or(inquiries::State::Open);
    Ok(Json(inquiries::list(&mut work, direction, state, &page).await?))
}

/// Ask a person's origin for fields of a record, or yes or no. Nothing waits for the answer.
#[utoipa::path(post, path = "/inquiries", tag = "exchange", request_body = NewInquiry,
    params(IdempotencyKey, Locality), responses((status = 201, body = Inquiry), Problems))]
async fn ask_inquiry(caller: Caller, Body(new, key): Body<NewInquiry>) -> Result<Created<Inquiry>, Problem> {
    create!(caller, key, |work| inquiries::ask(work, new).await, |work, id| inquiries::get(work, id).await)
}

/// One inquiry, unopened.
#[utoipa::path(get, path = "/inquiries/{id}", tag = "exchange", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Inquiry), Problems))]
async fn get_inquiry(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Inquiry>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(inquiries::get(&mut work, id).await?))
}

/// Open what an inquiry asks and what was answered, for a reason.
#[utoipa::path(post, path = "/inquiries/{id}/disclosures", tag = "exchange", request_body = Reason,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = OpenedInquiry), Problems))]
async fn disclose_inquiry(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(reason, _): Body<Reason>,
) -> Result<Json<OpenedInquiry>, Problem> {
    let mut work = caller.work().await?;
    let opened = inquiries::disclose(&mut work, id, &reason).await?;
    work.commit().await?;
    Ok(Json(opened))
}

/// Answer a received inquiry: from the records, or that nobody is meant, or why not.
#[utoipa::path(post, path = "/inquiries/{id}/answer", tag = "exchange", request_body = AnswerInquiry,
    params(Locality, ("id" = Uuid, Path)), responses((status = 200, body = Inquiry), Problems))]
async fn answer_inquiry(
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(answer, _): Body<AnswerInquiry>,
) -> Result<Json<Inquiry>, Problem> {
    let mut work = caller.work().await?;
    let inquiry = answers::answer(&mut work, id, answer).await?;
    work.commit().await?;
    Ok(Json(inquiry))
}
