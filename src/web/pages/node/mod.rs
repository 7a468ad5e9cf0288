//! The system administrator's pages: the node's first steps, its card, its health, and the peers.

mod peers;

use axum::extract::State;
use axum::{Router, routing};
use chrono::{DateTime, Datelike, Utc};

use super::{Answer, Shell, SystemAdministrators};
use crate::access::Action;
use crate::exchange::peers as domain;
use crate::web::Door;

pub(super) fn routes() -> Router<Door> {
    Router::new().route("/node", routing::get(show)).merge(peers::routes())
}

/// One of the first steps.
struct Step {
    done: bool,
    /// The key of its words; `<key>-detail` says how it is done.
    key: &'static str,
    /// Where.
    href: &'static str,
}

#[derive(askama::Template)]
#[template(path = "node.html")]
struct NodePage<'a> {
    s: &'a Shell,
    steps: [Step; 4],
    card: String,
    fingerprint: String,
    code: String,
    url: String,
    /// The last year whose calendar is published.
    calendar: Option<i32>,
    broken: bool,
    peers: usize,
    failing: usize,
    backlog: i64,
    version: &'static str,
    now: DateTime<Utc>,
}

async fn show(State(door): State<Door>, page: SystemAdministrators) -> Answer {
    let mut work = page.read().await?;
    work.permit(Action::ManagePeers)?;
    let station = door.app.station();
    let (card, fingerprint) = (station.signed_card(&work)?, station.fingerprint(&work)?);
    let found = domain::list(&mut work).await?;
    let node = door.app.node();
    let calendar = node.calendar.last_published_year();
    let synced = found.iter().any(|peer| peer.last_success_at.is_some());
    let covered = calendar.is_some_and(|year| year >= page.shell.today.year());
    let broken = door.app.is_journal_broken().await?;
    let step = |done, key, href| Step { done, key, href };
    page.show(&NodePage {
        s: &page.shell,
        steps: [
            step(!found.is_empty(), "step-peers", "/node/peers/new"),
            step(synced, "step-sync", "/exchange"),
            step(covered, "step-calendar", "#calendar"),
            step(node.checkpoints.is_some() && !broken, "step-journal", "#journal"),
        ],
        card,
        fingerprint,
        code: node.code.to_string(),
        url: station.presence.base_url.to_string(),
        calendar,
        broken,
        peers: found.len(),
        failing: found.iter().filter(|peer| peer.failures > 0).count(),
        backlog: found.iter().map(|peer| peer.backlog).sum(),
        version: env!("CARGO_PKG_VERSION"),
        now: node.clock.now(),
    })
}
