//! Peers: added by card and fingerprint, and when they are synced.

use axum::extract::State;
use axum::{Router, routing};
use serde::Deserialize;

use crate::error::Error;
use crate::exchange::peers::{self, Mode, NewPeer, Peer, PeerPlan, Schedule, State as Part};
use crate::values::{NodeCode, parse_field};
use crate::web::pages::exchange::plain::{Health, USUAL};
use crate::web::pages::{Answer, Entry, Form, Page, Said, Shell, SystemAdministrators};
use crate::web::{Door, Path, Problem};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/node/peers/new", routing::get(ask).post(add))
        .route("/node/peers/{peer}", routing::get(show).post(plan))
}

/// A schedule that is written by hand.
const OWN: &str = "own";

/// The choices of modes, of schedules.
fn choices(s: &Shell) -> [Vec<(String, String)>; 2] {
    let modes = Mode::ALL.iter().map(|mode| (mode.to_string(), s.w("peer-mode", mode))).collect();
    let usual = USUAL.iter().map(|(key, pattern)| ((*pattern).to_owned(), s.t(key)));
    [modes, usual.chain([(OWN.to_owned(), s.t("schedule-own"))]).collect()]
}

/// The schedule chosen, or written.
fn schedule(chosen: &str, own: Option<&str>) -> Result<Schedule, Error> {
    match chosen {
        OWN => parse_field("own", own.unwrap_or_default()),
        pattern => parse_field("schedule", pattern),
    }
}

#[derive(askama::Template)]
#[template(path = "peer_new.html")]
struct NewPeerPage<'a> {
    s: &'a Shell,
    form: Entry,
    modes: Vec<(String, String)>,
    schedules: Vec<(String, String)>,
}

fn new_peer(page: &Page, form: Entry) -> NewPeerPage<'_> {
    let [modes, schedules] = choices(&page.shell);
    NewPeerPage { s: &page.shell, form, modes, schedules }
}

async fn ask(page: SystemAdministrators) -> Answer {
    let form = Entry::of([("mode", Mode::Pull.to_string()), ("schedule", Schedule::default().to_string())]);
    page.show(&new_peer(&page, form))
}

/// The card, the fingerprint that was heard, and when to sync.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    card: String,
    fingerprint: String,
    mode: Mode,
    schedule: String,
    own: Option<String>,
}

async fn add(State(door): State<Door>, page: SystemAdministrators, form: Form<Add>) -> Answer {
    let added = async {
        let Add { card, fingerprint, mode, schedule: chosen, own } = form.said?;
        let schedule = Some(schedule(&chosen, own.as_deref())?);
        let new = NewPeer { card: card_in(&card), fingerprint, mode: Some(mode), schedule };
        let mut work = page.work().await?;
        let peer = peers::add(&mut work, new).await?;
        work.commit().await?;
        door.app.station().peers_changed.notify_one();
        Ok::<_, Problem>(peer)
    };
    match added.await {
        Ok(peer) => page.go(&format!("/exchange/peers/{}", peer.code), Said::done("peer-added")),
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            page.show_again(&new_peer(&page, form))
        }
    }
}

/// The card of what was pasted: the card itself, or the API's answer that holds it.
fn card_in(text: &str) -> String {
    let answer = serde_json::from_str::<serde_json::Value>(text).ok();
    answer.and_then(|answer| Some(answer["card"].as_str()?.to_owned())).unwrap_or_else(|| text.to_owned())
}

#[derive(askama::Template)]
#[template(path = "peer_plan.html")]
struct PlanPage<'a> {
    s: &'a Shell,
    peer: Peer,
    health: Health,
    form: Entry,
    modes: Vec<(String, String)>,
    schedules: Vec<(String, String)>,
    states: Vec<(String, String)>,
}

async fn view<'p>(page: &'p Page, code: &NodeCode, form: Option<Entry>) -> Result<PlanPage<'p>, Problem> {
    let s = &page.shell;
    let mut work = page.read().await?;
    let peer = peers::get(&mut work, code).await?;
    let [modes, schedules] = choices(s);
    let pattern = peer.schedule.to_string();
    let usual = USUAL.iter().any(|(_, known)| *known == pattern);
    let chosen = if usual { pattern.clone() } else { OWN.to_owned() };
    let form = form.unwrap_or_else(|| {
        let (mode, state) = (peer.mode.to_string(), peer.state.to_string());
        Entry::of([("mode", mode), ("state", state), ("schedule", chosen), ("own", pattern)])
    });
    let states = Part::ALL.iter().map(|state| (state.to_string(), s.w("peer-state", state))).collect();
    Ok(PlanPage { s, health: Health::of(page, &peer), peer, form, modes, schedules, states })
}

async fn show(page: SystemAdministrators, Path(code): Path<NodeCode>) -> Answer {
    let view = view(&page, &code, None).await?;
    page.show(&view)
}

/// When to sync, and whether.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    mode: Mode,
    state: Part,
    schedule: String,
    own: Option<String>,
}

async fn plan(
    State(door): State<Door>,
    page: SystemAdministrators,
    Path(code): Path<NodeCode>,
    form: Form<Plan>,
) -> Answer {
    let planned = async {
        let Plan { mode, state, schedule: chosen, own } = form.said?;
        let plan = PeerPlan { mode, state, schedule: schedule(&chosen, own.as_deref())? };
        let mut work = page.work().await?;
        peers::set_plan(&mut work, &code, plan).await?;
        work.commit().await?;
        door.app.station().peers_changed.notify_one();
        Ok::<_, Problem>(())
    };
    match planned.await {
        Ok(()) => page.go(&format!("/exchange/peers/{code}"), Said::done("peer-planned")),
        Err(problem) => {
            let form = form.entry.faulted(problem, page.shell.language)?;
            let view = view(&page, &code, Some(form)).await?;
            page.show_again(&view)
        }
    }
}
