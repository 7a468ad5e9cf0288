//! A peer's stream to us. Each message takes its number, has its effect and gets its verdict in one transaction, so
//! a crash between any two steps leaves either all of it or nothing. What cannot be applied is received all the
//! same, becomes a case for a clerk, and does not stop what comes after it.

use super::Reason;
use super::apply::{self, Outcome};
use super::cases::{self, NewCase};
use super::envelope::{self, Opened};
use super::messages::Kind;
use super::peers::{self, Peer};
use super::station::Station;
use super::store::{self, streams::Incoming};
use super::streams::{PushAnswer, PushBody, Verdict};
use crate::access::Actor;
use crate::app::App;
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

/// Receives a batch; answers our number and the verdicts on those of the batch that we have.
///
/// # Errors
/// `Refused` with a [`Reason`] for a batch that is no batch; `NotFound` for an unknown peer; `Unavailable` and
/// `Internal` leave everything up to the failure received and the rest to be sent again.
pub async fn receive(app: &App, station: &Station, peer: &NodeCode, batch: &PushBody) -> Result<PushAnswer> {
    let mut work = begin(app, peer).await?;
    let peer = peers::get(&mut work, peer).await?;
    drop(work);
    let (next, fresh) = batch.fresh(peer.received)?;
    for (seq, envelope) in (next..).zip(fresh) {
        receive_one(app, station, &peer, seq, envelope).await?;
    }
    let mut work = begin(app, &peer.code).await?;
    let received = peers::get(&mut work, &peer.code).await?.received;
    let last = batch.first.saturating_add(i64::try_from(batch.messages.len()).unwrap_or(0)) - 1;
    let verdicts = store::streams::verdicts_given(&mut work, &peer.code, batch.first, last.min(received)).await?;
    Ok(PushAnswer { received, verdicts })
}

async fn begin(app: &App, peer: &NodeCode) -> Result<Work> {
    let seat = &app.node().seat;
    app.work(Actor::peer(peer.clone(), seat.clone()), seat.clone()).await
}

async fn receive_one(app: &App, station: &Station, peer: &Peer, seq: i64, envelope: &str) -> Result<()> {
    let mut work = begin(app, &peer.code).await?;
    if !store::streams::take_number(&mut work, &peer.code, seq).await? {
        return Ok(()); // another receiver of this node was faster
    }
    let opened = envelope::open(envelope, &station.keys, peer.card.peer(), work.now());
    let failure = match &opened {
        Err(reason) => *reason,
        Ok(opened) if store::streams::received_before(&mut work, &peer.code, opened.message.id).await? => {
            Reason::DuplicateId
        }
        Ok(opened) => match apply::apply(&mut work, peer, &opened.message, None).await {
            Ok(outcome) => return finish(work, peer, seq, envelope, opened, outcome).await,
            Err(error) => {
                drop(work); // whatever it had done is undone
                let outcome = Outcome::of_error(error)?;
                let mut work = begin(app, &peer.code).await?;
                if !store::streams::take_number(&mut work, &peer.code, seq).await? {
                    return Ok(());
                }
                return finish(work, peer, seq, envelope, opened, outcome).await;
            }
        },
    };
    refuse(work, peer, seq, envelope, failure).await
}

/// Writes down a message that could be read, with its verdict, and opens a case where somebody has to work on it.
async fn finish(
    mut work: Work,
    peer: &Peer,
    seq: i64,
    envelope: &str,
    opened: &Opened,
    outcome: Outcome,
) -> Result<()> {
    work.move_to(work.node().seat.clone());
    let kind = opened.message.content.kind();
    let about = Some(apply::about(&opened.message.content));
    let (verdict, reason) = outcome.verdict()?;
    let incoming = Incoming {
        peer: &peer.code,
        seq,
        message_id: Some(opened.message.id),
        kind: Some(kind),
        about,
        envelope,
        hash: &opened.hash,
        verdict: &verdict,
    };
    store::streams::insert_received(&mut work, &incoming).await?;
    if let Some(reason) = reason {
        cases::open(&mut work, NewCase { peer: &peer.code, seq, kind: kind.as_str(), about, reason }).await?;
    }
    tell_with_answer(&mut work, peer, seq).await?;
    work.commit().await
}

/// Writes down a message that could not be read.
async fn refuse(mut work: Work, peer: &Peer, seq: i64, envelope: &str, reason: Reason) -> Result<()> {
    let verdict = Verdict::from(reason);
    // The id of a repeated message is on record already; an unreadable one has none.
    let incoming = Incoming {
        peer: &peer.code,
        seq,
        message_id: None,
        kind: None::<Kind>,
        about: None,
        envelope,
        hash: &envelope::hash(envelope),
        verdict: &verdict,
    };
    store::streams::insert_received(&mut work, &incoming).await?;
    let case = NewCase { peer: &peer.code, seq, kind: "unreadable", about: None, reason: reason.as_str() };
    cases::open(&mut work, case).await?;
    tell_with_answer(&mut work, peer, seq).await?;
    work.commit().await
}

/// The answer to a push carries the verdict, and a pull that follows need not repeat it. Should the answer be lost,
/// the peer pushes again and is answered again.
async fn tell_with_answer(work: &mut Work, peer: &Peer, seq: i64) -> Result<()> {
    match peer.mode {
        peers::Mode::Push | peers::Mode::Passive => store::streams::set_told(work, &peer.code, seq).await,
        // We fetch from this peer, so it may not be the one who calls: it is told with the next fetch.
        peers::Mode::Pull => Ok(()),
    }
}

impl Outcome {
    /// What a failed application means for the message. Out of reach is no verdict: the peer sends again.
    fn of_error(error: Error) -> Result<Self> {
        match error {
            Error::Refused(code) => Ok(Self::Rejected(code)),
            Error::Invalid(_) => Ok(Self::Rejected(Reason::InvalidPayload.as_str())),
            Error::NotFound(_) | Error::Forbidden(_) => Ok(Self::Rejected("not-applicable")),
            Error::Internal(reason) => {
                tracing::error!(reason, "applying a message failed; it waits as a case");
                Ok(Self::Case("internal-error"))
            }
            other => Err(other),
        }
    }

    /// The verdict, and the reason for a case where one is opened.
    fn verdict(&self) -> Result<(Verdict, Option<&'static str>)> {
        Ok(match self {
            Self::Applied => (Verdict::Applied, None),
            Self::Case(reason) => (Verdict::Case, Some(reason)),
            Self::Rejected(reason) => (Verdict::Rejected(reason.parse().map_err(Error::internal)?), Some(reason)),
        })
    }
}
