//! One sync with one peer: show each other the journals' checkpoints, project what happened, hand over what is ours,
//! fetch what is the peer's, compare. No transaction is open during a call, and every step can be repeated: a process
//! killed between any two of them goes on with the next sync.

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;

use super::client::Failure;
use super::peers::{self, LEASE, Mode, Peer, State};
use super::rules::back_off;
use super::streams::{BATCH_MESSAGES, DigestAnswer, DigestBody, PullAnswer, PullBody, PushAnswer, PushBody, digest};
use super::{inbox, outbox, projection, store, witness};
use crate::access::Action;
use crate::app::App;
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

/// The most batches one sync hands over or fetches: a peer that always has one more cannot hold it for ever.
const MOST_BATCHES: usize = 100;

/// How a sync came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Report {
    /// Both sides are up to date.
    Done {
        /// Messages handed over and acknowledged.
        sent: u64,
        /// Messages received.
        received: u64,
        /// Up to this number of our stream both digests agree.
        agreed_through: i64,
    },
    /// It failed; a stable code says why. What is owed waits and is tried again.
    Failed {
        /// Why.
        reason: String,
        /// Before this instant the schedule leaves the peer alone.
        retry_at: DateTime<Utc>,
    },
    /// It was not tried: suspended, the peer is the one who calls, another sync is running, or the back-off is not over.
    Skipped {
        /// Why: `suspended`, `passive`, `running`, `backing-off`.
        reason: String,
    },
}

/// What a sync did so far.
#[derive(Default)]
struct Done {
    sent: u64,
    received: u64,
    agreed_through: i64,
}

/// Why a sync stopped: the peer or network failed, or this node did.
enum Stop {
    Peer(Failure),
    Own(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Peer(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

/// Syncs with a peer. `now` set means that somebody asked for it: the back-off is ignored.
pub async fn sync(app: &App, code: &NodeCode, now: bool) -> Result<Report> {
    prepare(app).await?;
    let peer = match take(app, code, now).await? {
        Ok(peer) => peer,
        Err(reason) => return Ok(Report::Skipped { reason: reason.to_owned() }),
    };
    let mut done = Done { agreed_through: peer.agreed_through, ..Done::default() };
    let result = exchange(app, &peer, &mut done).await;
    let mut work = system(app).await?;
    match result {
        Ok(()) => {
            store::peers::note_success(&mut work, code, done.agreed_through).await?;
            work.commit().await?;
            Ok(Report::Done { sent: done.sent, received: done.received, agreed_through: done.agreed_through })
        }
        Err(stop) => {
            let reason = match stop {
                Stop::Peer(Failure(reason)) => reason,
                Stop::Own(error) => {
                    tracing::warn!(peer = %code, %error, "a sync stopped on this side");
                    "own-failure".to_owned()
                }
            };
            let failures = peer.failures.saturating_add(1);
            let retry_at = work.now() + back_off(failures.unsigned_abs(), chance());
            store::peers::note_failure(&mut work, code, &reason, failures, retry_at).await?;
            work.commit().await?;
            Ok(Report::Failed { reason, retry_at })
        }
    }
}

/// Seals and projects what was committed, so that it is on the streams before they are handed over.
pub async fn prepare(app: &App) -> Result<()> {
    app.seal_journal().await?;
    match projection::project(app, app.station()).await {
        // Another process projects at the same time: what it lays on the streams is there for us, too.
        Ok(_) | Err(Error::Stale) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn system(app: &App) -> Result<Work> {
    let work = app.system_work().await?;
    work.permit(Action::Exchange)?;
    Ok(work)
}

async fn take(app: &App, code: &NodeCode, now: bool) -> Result<std::result::Result<Peer, &'static str>> {
    let mut work = system(app).await?;
    let peer = peers::get(&mut work, code).await?;
    if peer.state == State::Suspended {
        return Ok(Err("suspended"));
    }
    if peer.mode == Mode::Passive {
        return Ok(Err("passive"));
    }
    if !now && peer.retry_at.is_some_and(|at| work.now() < at) {
        return Ok(Err("backing-off"));
    }
    let until = work.now() + LEASE;
    if !store::peers::take_lease(&mut work, code, until).await? {
        return Ok(Err("running"));
    }
    work.commit().await?;
    Ok(Ok(peer))
}

async fn exchange(app: &App, peer: &Peer, done: &mut Done) -> std::result::Result<(), Stop> {
    // First, so that also a journal that was cut off together with the streams is noticed.
    witness::sync(app, peer).await??;
    hand_over(app, peer, done).await?;
    if peer.mode == Mode::Pull {
        fetch(app, peer, done).await?;
    }
    compare(app, peer, done).await
}

/// Pushes batch after batch. The first may be empty: it asks where the peer is. The peer's number decides where to go
/// on: after a restored backup it is lower than what it had acknowledged, and the rest is handed over and compared
/// again.
async fn hand_over(app: &App, peer: &Peer, done: &mut Done) -> std::result::Result<(), Stop> {
    let path = format!("/exchange/v1/streams/{}/messages", app.station().presence.code);
    let mut after = peer.acknowledged;
    let mut went_back = false;
    for _ in 0..MOST_BATCHES {
        let mut work = system(app).await?;
        let batch: PushBody = outbox::batch(&mut work, &peer.code, after, BATCH_MESSAGES).await?;
        work.commit().await?;
        let last = after + batch.messages.len() as i64;
        let answer: PushAnswer = app.station().client.call(app.station(), &peer.card, &path, &batch).await?;
        let mut work = system(app).await?;
        let queued = peers::get(&mut work, &peer.code).await?.sent;
        if !(0..=queued).contains(&answer.received) {
            // It has more of our stream than we: we are the restored one, and would give its numbers out again.
            return Err(Failure("peer-is-ahead".to_owned()).into());
        }
        outbox::acknowledge(&mut work, &peer.code, &answer.verdicts).await?;
        work.commit().await?;
        if answer.received < after {
            if std::mem::replace(&mut went_back, true) {
                return Err(Failure("no-progress".to_owned()).into());
            }
            done.agreed_through = done.agreed_through.min(answer.received);
            after = answer.received;
            continue;
        }
        // What the peer has beyond this batch is pushed again all the same: its verdicts come with that.
        let next = answer.received.min(last);
        match (last > after, next > after) {
            (false, _) => return Ok(()),
            (true, false) => return Err(Failure("no-progress".to_owned()).into()),
            (true, true) => done.sent += next.abs_diff(after),
        }
        after = next;
    }
    Ok(())
}

/// Fetches batch after batch, telling with each request the verdicts the peer does not know yet.
async fn fetch(app: &App, peer: &Peer, done: &mut Done) -> std::result::Result<(), Stop> {
    let path = format!("/exchange/v1/streams/{}/pull", app.station().presence.code);
    for _ in 0..MOST_BATCHES {
        let mut work = system(app).await?;
        let now = peers::get(&mut work, &peer.code).await?;
        let last = now.received.min(now.told + BATCH_MESSAGES as i64);
        let verdicts = store::streams::verdicts_given(&mut work, &peer.code, now.told + 1, last).await?;
        drop(work);
        let body = PullBody { after: now.received, limit: BATCH_MESSAGES as u16, verdicts };
        let answer: PullAnswer = app.station().client.call(app.station(), &peer.card, &path, &body).await?;
        if answer.last < now.received {
            // It lost the end of its own stream and will give those numbers to other messages.
            return Err(Failure("peer-is-behind".to_owned()).into());
        }
        let mut work = system(app).await?;
        store::streams::set_told(&mut work, &peer.code, last).await?;
        work.commit().await?;
        let fetched = answer.messages.len();
        let batch = PushBody { first: answer.first, messages: answer.messages };
        let received = inbox::receive(app, app.station(), &peer.code, &batch).await.map_err(|error| match error {
            Error::Refused(code) => Stop::Peer(Failure(format!("answer-{code}"))),
            own => Stop::Own(own),
        })?;
        let received = received.received;
        done.received += u64::try_from(received - now.received).unwrap_or(0);
        match (fetched, last == now.received) {
            (0, true) => return Ok(()),
            (1.., _) if received == now.received => return Err(Failure("no-progress".to_owned()).into()),
            _ => {}
        }
    }
    Ok(())
}

/// Compares digests of what the peer acknowledged since they last agreed.
async fn compare(app: &App, peer: &Peer, done: &mut Done) -> std::result::Result<(), Stop> {
    let mut work = system(app).await?;
    let (first, last) = (done.agreed_through + 1, peers::get(&mut work, &peer.code).await?.acknowledged);
    if last < first {
        return Ok(());
    }
    let ours = digest(&store::streams::sent_items(&mut work, &peer.code, first, last).await?);
    drop(work);
    let path = format!("/exchange/v1/streams/{}/digest", app.station().presence.code);
    let body = DigestBody { first, last, digest: ours.clone(), items: false };
    let answer: DigestAnswer = app.station().client.call(app.station(), &peer.card, &path, &body).await?;
    if answer.digest != ours || answer.count != last - first + 1 {
        return Err(Failure("digests-differ".to_owned()).into());
    }
    done.agreed_through = last;
    Ok(())
}

/// A random number from 0 to 1.
fn chance() -> f64 {
    let mut random = [0; 4];
    match SystemRandom::new().fill(&mut random) {
        Ok(()) => f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}
