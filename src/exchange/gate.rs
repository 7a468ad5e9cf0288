//! What a peer may ask of this node: hand over, fetch, compare. Each request is verified and remembered before
//! anything else; each answer is signed and names the request it answers.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::envelope::Peer as Party;
use super::peers::{self, Mode, Peer, State};
use super::requests::{self, VerifiedRequest};
use super::station::Station;
use super::streams::{BATCH_MESSAGES, DigestAnswer, DigestBody, PullAnswer, PullBody, PushAnswer, PushBody, digest};
use super::witness::{self, Checkpoints};
use super::{Reason, inbox, outbox, store, sync};
use crate::access::{Action, Actor};
use crate::app::App;
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

/// A request that was found to be a peer's, meant for us, and new.
pub struct Accepted<B> {
    peer: Peer,
    jti: Uuid,
    body: B,
}

/// Verifies a request that `peer` posted to `path` and remembers it, so that it is not accepted again.
///
/// # Errors
/// `NotFound` for a node that is no active peer; `Refused` with the protocol's reason.
async fn accept<B: Serialize + DeserializeOwned>(
    app: &App,
    peer: &NodeCode,
    path: &str,
    jws: &str,
) -> Result<Accepted<B>> {
    let mut work = begin(app, peer).await?;
    work.permit(Action::Exchange)?;
    let peer = peers::get(&mut work, peer).await?;
    if peer.state != State::Active {
        return Err(Error::NotFound("peer"));
    }
    let presence = &app.station().presence;
    let url = format!("{}{path}", presence.base_url);
    let party = Party { code: &peer.code, keys: &peer.card.keys };
    let VerifiedRequest { jti, exp, body, .. } =
        requests::verify_request(jws, &url, &presence.code, party, work.now())?;
    if !store::settings::remember_request(&mut work, &peer.code, jti, exp).await? {
        return Err(Reason::Replayed.into());
    }
    if peer.mode == Mode::Passive {
        store::peers::note_contact(&mut work, &peer.code).await?;
    }
    work.commit().await?;
    Ok(Accepted { peer, jti, body })
}

fn reply<B, R: Serialize + DeserializeOwned>(app: &App, accepted: &Accepted<B>, body: &R) -> Result<String> {
    let now = app.node().clock.now();
    requests::sign_response(body, &accepted.peer.code, accepted.jti, &app.station().keys, now)
}

async fn begin(app: &App, peer: &NodeCode) -> Result<Work> {
    let seat = app.node().seat.clone();
    app.work(Actor::peer(peer.clone(), seat.clone()), seat).await
}

/// `POST /exchange/v1/streams/{from}/messages`: the peer hands over what comes next in its stream.
pub async fn push(app: &App, peer: &NodeCode, path: &str, jws: &str) -> Result<String> {
    let accepted = accept::<PushBody>(app, peer, path, jws).await?;
    let answer: PushAnswer = inbox::receive(app, app.station(), peer, &accepted.body).await?;
    reply(app, &accepted, &answer)
}

/// `POST /exchange/v1/streams/{to}/pull`: the peer tells its verdicts and fetches what comes next in our stream.
pub async fn pull(app: &App, peer: &NodeCode, path: &str, jws: &str) -> Result<String> {
    let accepted = accept::<PullBody>(app, peer, path, jws).await?;
    let PullBody { after, limit, verdicts } = &accepted.body;
    let sound = (0..i64::MAX).contains(after) && (1..=BATCH_MESSAGES).contains(&usize::from(*limit));
    if !sound || verdicts.len() > BATCH_MESSAGES {
        return Err(Reason::InvalidPayload.into());
    }
    // What happened a moment ago is fetched, too, and what was withdrawn a moment ago is not.
    sync::prepare(app).await?;
    let mut work = begin(app, peer).await?;
    let party = peers::get(&mut work, peer).await?;
    outbox::acknowledge(&mut work, peer, verdicts).await?;
    let answer: PullAnswer = outbox::pulled(&mut work, &party, *after, *limit).await?;
    work.commit().await?;
    reply(app, &accepted, &answer)
}

/// `POST /exchange/v1/streams/{from}/digest`: the peer compares what it sent with what we have of it.
pub async fn compare(app: &App, peer: &NodeCode, path: &str, jws: &str) -> Result<String> {
    let accepted = accept::<DigestBody>(app, peer, path, jws).await?;
    let DigestBody { first, last, items: wanted, .. } = accepted.body;
    let most = BATCH_MESSAGES as i64;
    if first < 1 || last < first || (wanted && last - first >= most) {
        return Err(Reason::InvalidPayload.into());
    }
    let mut work = begin(app, peer).await?;
    let items = store::streams::received_items(&mut work, peer, first, last).await?;
    let count = i64::try_from(items.len()).map_err(Error::internal)?;
    let answer = DigestAnswer { first, last, count, digest: digest(&items), items: wanted.then_some(items) };
    reply(app, &accepted, &answer)
}

/// `POST /exchange/v1/streams/{from}/checkpoints`: the peer offers the checkpoints of its journals and is answered with ours.
pub async fn checkpoints(app: &App, peer: &NodeCode, path: &str, jws: &str) -> Result<String> {
    let accepted = accept::<Checkpoints>(app, peer, path, jws).await?;
    let answer = witness::answer(app, &accepted.peer, &accepted.body).await?;
    reply(app, &accepted, &answer)
}

/// `GET /exchange/v1/card`: the node's card, signed by itself.
pub async fn card(app: &App) -> Result<String> {
    let work = app.system_read().await?;
    let station: &Station = app.station();
    station.signed_card(&work)
}
