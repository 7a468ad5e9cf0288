//! The exchange as people follow it: peers with their health, one peer's stream and journals, sync now.

mod cases;
pub(super) mod plain;

use axum::extract::State;
use axum::{Router, routing};

use super::{Answer, Exchangers, Said, Shell};
use crate::access::Role;
use crate::exchange::cases as domain;
use crate::exchange::peers::{self, Peer};
use crate::exchange::sync::{self, Report};
use crate::exchange::witness::{self, PeerJournals};
use crate::values::{NodeCode, PageRequest};
use crate::web::{Door, Path};
use plain::Health;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/exchange", routing::get(board))
        .route("/exchange/peers/{peer}", routing::get(show))
        .route("/exchange/peers/{peer}/sync", routing::post(sync_now))
        .merge(cases::routes())
}

#[derive(askama::Template)]
#[template(path = "exchange.html")]
struct Board<'a> {
    s: &'a Shell,
    peers: Vec<(Peer, Health)>,
    /// Messages that wait for somebody, for who may work on them; and whether there are more.
    cases: Option<(usize, bool)>,
    backlog: i64,
    may_manage: bool,
}

async fn board(page: Exchangers) -> Answer {
    let mut work = page.read().await?;
    let found = peers::list(&mut work).await?;
    let cases = match page.user().role {
        Role::Clerk if page.actor().scope.covers(&work.node().seat.clone().into()) => {
            let open = domain::list(&mut work, domain::State::Open, &PageRequest::default()).await?;
            Some((open.items.len(), open.next.is_some()))
        }
        _ => None,
    };
    let backlog = found.iter().map(|peer| peer.backlog).sum();
    let peers = found.into_iter().map(|peer| (Health::of(&page, &peer), peer)).map(|(health, peer)| (peer, health));
    let may_manage = page.user().role == Role::SystemAdministrator;
    page.show(&Board { s: &page.shell, peers: peers.collect(), cases, backlog, may_manage })
}

#[derive(askama::Template)]
#[template(path = "peer.html")]
struct OnePeer<'a> {
    s: &'a Shell,
    peer: Peer,
    health: Health,
    territory: Vec<String>,
    journals: PeerJournals,
    may_manage: bool,
}

async fn show(page: Exchangers, Path(code): Path<NodeCode>) -> Answer {
    let mut work = page.read().await?;
    let peer = peers::get(&mut work, &code).await?;
    let journals = witness::of_peer(&mut work, &code).await?;
    let territory = peer.territory.iter().map(|division| page.shell.place(division)).collect();
    let may_manage = page.user().role == Role::SystemAdministrator;
    page.show(&OnePeer { s: &page.shell, health: Health::of(&page, &peer), territory, journals, may_manage, peer })
}

async fn sync_now(State(door): State<Door>, page: Exchangers, Path(code): Path<NodeCode>) -> Answer {
    let mut work = page.read().await?;
    peers::get(&mut work, &code).await?;
    drop(work);
    let report = sync::sync(&door.app, &code, true).await?;
    page.go(&format!("/exchange/peers/{code}"), said(&report))
}

/// What a sync came to, for the next page.
pub(super) fn said(report: &Report) -> Said {
    let code = match report {
        Report::Done { .. } => "sync-done",
        Report::Failed { .. } => "sync-failed",
        Report::Skipped { reason } => match reason.as_str() {
            "suspended" => "sync-suspended",
            "passive" => "sync-passive",
            _ => "sync-running",
        },
    };
    Said::done(code)
}
