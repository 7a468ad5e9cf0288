//! Checkpoints offered, judged and confirmed, in the course of a sync.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Checkpoints, Contradiction, Held, Judgement, MOST_JOURNALS, Offer, RefusedOffer, judge};
use crate::access::{Action, Actor};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::Reason;
use crate::exchange::cases::{self, NewCase};
use crate::exchange::client::Failure;
use crate::exchange::keys::KeyUse;
use crate::exchange::peers::{Mode, Peer};
use crate::exchange::store::witness as store;
use crate::journal::note::{Checkpoint, SigningKey, Signs, VerifierKey, origin, witness_name};
use crate::journal::{self, Event};
use crate::values::NodeCode;
use crate::work::Work;

/// The kind of a case about a peer's journal.
pub(in crate::exchange) const CASE: &str = "journal-checkpoint";
/// How often a peer that does not call is asked when nothing of ours is new.
const ASK_EVERY: TimeDelta = TimeDelta::hours(1);

/// What this node holds of a peer's journals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PeerJournals {
    /// The newest checkpoint of each that was consistent with all before.
    pub held: Vec<HeldCheckpoint>,
    /// Checkpoints that contradict what is held, newest first: evidence for whoever looks into it.
    pub evidence: Vec<Evidence>,
}

/// A checkpoint of a peer's journal.
#[derive(Debug, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct HeldCheckpoint {
    /// Which journal.
    pub origin: String,
    /// How many entries it covers.
    pub size: i64,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// When the peer stated it, by its clock.
    pub stated_at: DateTime<Utc>,
}

/// Two checkpoints that cannot both be true.
#[derive(Debug, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Evidence {
    /// Which journal.
    pub origin: String,
    /// Why: a stable code.
    pub reason: Contradiction,
    /// The checkpoint held.
    pub held: String,
    /// The one that came then.
    pub offered: String,
    /// When it came.
    pub found_at: DateTime<Utc>,
}

/// What this node holds of a peer's journals, and what contradicts it.
pub async fn of_peer(work: &mut Work, peer: &NodeCode) -> Result<PeerJournals> {
    work.permit(Action::SeeExchange)?;
    Ok(PeerJournals { held: store::held(work, peer).await?, evidence: store::evidence(work, peer).await? })
}

/// Offers what is new to a peer and judges what it offers. Where it holds another checkpoint than was believed, it
/// says so, and is offered again with the proof from there.
///
/// # Errors
/// The outer one is this node's, the inner one the peer's or the network's.
pub async fn sync(app: &App, peer: &Peer) -> Result<std::result::Result<(), Failure>> {
    for attempt in 0..2 {
        let mut said = compose(app, peer).await?;
        if said.offers.is_empty() && (attempt > 0 || !asks(app, peer).await?) {
            return Ok(Ok(()));
        }
        said.holds = holds(app, peer).await?;
        let path = format!("/exchange/v1/streams/{}/checkpoints", app.station().presence.code);
        let answer: Checkpoints = match app.station().client.call(app.station(), &peer.card, &path, &said).await {
            Ok(answer) => answer,
            // A peer from before witnessing exchanges messages all the same; one that does not know us says so again.
            Err(Failure(code)) if code == "refused-not-found" || code == "status-404" => return Ok(Ok(())),
            Err(failure) => return Ok(Err(failure)),
        };
        for refused in answer.refused.iter().flatten() {
            let RefusedOffer { origin, reason } = refused;
            tracing::error!(peer = %peer.code, %origin, %reason, "the peer holds another state of this journal");
        }
        if let Err(reason) = take(app, peer, &answer).await? {
            return Ok(Err(Failure(format!("answer-{reason}"))));
        }
        if answer.refused.is_some_and(|refused| !refused.is_empty()) {
            return Ok(Ok(()));
        }
    }
    Ok(Ok(()))
}

/// Whether a peer that does not call us is to be asked although nothing of ours is new to it.
async fn asks(app: &App, peer: &Peer) -> Result<bool> {
    if peer.mode != Mode::Pull {
        return Ok(false);
    }
    let mut work = app.system_read().await?;
    let last = store::held(&mut work, &peer.code).await?.into_iter().map(|held| held.stated_at).max();
    Ok(last.is_none_or(|last| last + ASK_EVERY <= work.now()))
}

/// Answers what a peer said: what is held of its journals now, what is refused, and what is new of ours.
///
/// # Errors
/// `Refused("invalid-payload")`.
pub async fn answer(app: &App, peer: &Peer, said: &Checkpoints) -> Result<Checkpoints> {
    let refused = take(app, peer, said).await??;
    let mut answer = compose(app, peer).await?;
    answer.holds = holds(app, peer).await?;
    answer.refused = Some(refused);
    Ok(answer)
}

/// This node's journals that went on since the peer confirmed.
async fn compose(app: &App, peer: &Peer) -> Result<Checkpoints> {
    let at = app.node().clock.now();
    let mut offers = Vec::new();
    for county in app.node().counties.iter().take(MOST_JOURNALS) {
        let mut work = app.read(Actor::system(county.clone()), county.clone()).await?;
        let Some(latest) = journal::latest_checkpoint(&mut work).await? else { continue };
        let confirmed = journal::confirmed(&mut work, &peer.code).await?;
        if confirmed.as_ref().is_some_and(|confirmed| confirmed.says_the_same(&latest)) {
            continue;
        }
        let confirmed = confirmed.map_or(0, |confirmed| confirmed.size());
        // Shorter than what the peer confirmed, there is no proof to give: it is for the peer to say so.
        let since = if confirmed <= latest.size() { confirmed } else { 0 };
        let growth = journal::prove_growth(&mut work, since, latest.size()).await.or_else(|error| match error {
            Error::Refused(_) => Ok(Vec::new()),
            error => Err(error),
        })?;
        let keys = journal::verifiers(&mut work).await?.into_iter().filter(|key| latest.signed_by(key));
        let keys = keys.map(|key| key.to_string()).collect();
        offers.push(Offer { checkpoint: latest.to_string(), keys, since, growth });
    }
    Ok(Checkpoints { at, offers, holds: Vec::new(), refused: None })
}

/// The peer's checkpoints held here, each cosigned with the key that also signs the node's card.
async fn holds(app: &App, peer: &Peer) -> Result<Vec<String>> {
    let mut work = app.system_read().await?;
    let now = work.now();
    let key = SigningKey::from_seed(app.station().keys.signing(now)?.secret())?;
    let name = witness_name(&app.station().presence.code);
    let mut holds = Vec::new();
    for held in store::held(&mut work, &peer.code).await? {
        let mut checkpoint = read(&held.checkpoint)?;
        checkpoint.cosign(&name, &key, now)?;
        holds.push(checkpoint.to_string());
    }
    Ok(holds)
}

fn read(note: &str) -> Result<Checkpoint> {
    note.parse().map_err(|_| Error::internal("a checkpoint held is damaged"))
}

/// Takes in what a peer said: notes what it holds of ours, judges what it offers. The inner error is the peer's.
async fn take(app: &App, peer: &Peer, said: &Checkpoints) -> Result<std::result::Result<Vec<RefusedOffer>, Reason>> {
    if said.offers.len() > MOST_JOURNALS || said.holds.len() > MOST_JOURNALS {
        return Ok(Err(Reason::InvalidPayload));
    }
    confirm(app, peer, &said.holds).await?;
    let mut offers = Vec::with_capacity(said.offers.len());
    for offer in &said.offers {
        match offer.read(&peer.code) {
            Ok(offer) => offers.push(offer),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let mut work = app.system_work().await?;
    let mut refused = Vec::new();
    for offer in offers {
        let held = store::find_held(&mut work, &peer.code, offer.checkpoint.origin()).await?;
        match judge(held.as_ref(), &offer, said.at) {
            Judgement::Accept(keys) => {
                let held = Held { checkpoint: offer.checkpoint, keys, stated_at: said.at, told_at: None };
                store::set_held(&mut work, &peer.code, &held).await?;
            }
            Judgement::Known => {
                if let Some(held) = held {
                    let stated_at = held.stated_at.max(said.at);
                    store::set_held(&mut work, &peer.code, &Held { stated_at, told_at: None, ..held }).await?;
                }
            }
            Judgement::TellWhatIsHeld => {
                if let Some(held) = held {
                    let told_at = held.told_at.or(Some(said.at));
                    store::set_held(&mut work, &peer.code, &Held { told_at, ..held }).await?;
                }
            }
            Judgement::Refuse(reason) => {
                if let Some(held) = held {
                    raise(&mut work, &peer.code, &held.checkpoint, &offer.checkpoint, reason).await?;
                }
                refused.push(RefusedOffer { origin: offer.checkpoint.origin().to_owned(), reason });
            }
        }
    }
    work.commit().await?;
    Ok(Ok(refused))
}

/// Raises the alarm: the evidence is kept, a case opened and the journal told. While a case about the same journal and
/// reason is open, nothing is added to it.
async fn raise(
    work: &mut Work,
    peer: &NodeCode,
    held: &Checkpoint,
    offered: &Checkpoint,
    reason: Contradiction,
) -> Result<()> {
    let origin = held.origin();
    tracing::error!(%peer, %origin, %reason, held = held.size(), offered = offered.size(), "a peer's journal contradicts itself");
    if store::is_case_open(work, peer, origin, reason).await? {
        return Ok(());
    }
    let evidence: Uuid = work.new_id();
    store::insert_evidence(work, evidence, peer, held, offered, reason).await?;
    let case = NewCase { peer, seq: offered.size(), kind: CASE, about: Some(evidence), reason: reason.as_str() };
    cases::open(work, case).await?;
    let details =
        json!({ "peer": peer, "origin": origin, "reason": reason, "held": held.size(), "offered": offered.size() });
    journal::append(work, Event { kind: "peer.journal_contradicted", subjects: &[], details }).await?;
    Ok(())
}

/// Notes the checkpoints of ours that a peer holds. One that our journal does not continue is noted, too: then it is
/// our journal that is broken, and the verification says so.
async fn confirm(app: &App, peer: &Peer, holds: &[String]) -> Result<()> {
    let name = witness_name(&peer.code);
    let signing = peer.card.keys.iter().filter(|key| key.usage() == KeyUse::Signing);
    let witnesses: Vec<VerifierKey> =
        signing.map(|key| VerifierKey::new(name.clone(), Signs::Cosignatures, *key.x())).collect();
    for note in holds {
        let Ok(checkpoint) = note.parse::<Checkpoint>() else { continue };
        let Some(witness) = witnesses.iter().find(|key| checkpoint.cosigned_by(key).is_some()) else { continue };
        let own = |county: &&_| origin(&app.station().presence.code, county) == checkpoint.origin();
        let Some(county) = app.node().counties.iter().find(own) else { continue };
        let mut work = app.system_work_in(county).await?;
        if journal::verifiers(&mut work).await?.iter().any(|key| checkpoint.signed_by(key)) {
            journal::note_confirmed(&mut work, &peer.code, &checkpoint, witness).await?;
            work.commit().await?;
        }
    }
    Ok(())
}
