//! Our stream to a peer: a message is sealed once, gets the next number, and waits until the peer gave its verdict.

use uuid::Uuid;

use super::envelope;
use super::forget;
use super::messages::{Basis, Code, Content, Kind, Message, Reference};
use super::peers::Peer;
use super::station::Station;
use super::store::{self, streams::Outgoing};
use super::streams::{BATCH_MESSAGES, PullAnswer, PushBody, SeqVerdict, batch_size};
use crate::error::Result;
use crate::values::NodeCode;
use crate::work::Work;

/// A message to be written.
pub struct Draft {
    /// What it is about: notice, record or inquiry.
    pub about: Uuid,
    /// The version of that, for records; 0 otherwise.
    pub version: i32,
    /// Why it may leave.
    pub basis: Basis,
    /// What for.
    pub purpose: Code,
    /// The case, where there is one.
    pub case: Option<Reference>,
    /// What it says.
    pub content: Content,
}

/// Seals a message and appends it to the peer's stream; answers its number.
pub async fn queue(work: &mut Work, station: &Station, peer: &Peer, draft: Draft) -> Result<i64> {
    let (message, envelope) = seal(work, station, peer, &draft)?;
    store::streams::append(work, &outgoing(peer, &draft, &message, &envelope)).await
}

/// Seals a message and puts it ahead of all that was not handed over yet; answers its number.
pub async fn queue_first(work: &mut Work, station: &Station, peer: &Peer, draft: Draft) -> Result<i64> {
    let (message, envelope) = seal(work, station, peer, &draft)?;
    store::streams::put_first(work, &outgoing(peer, &draft, &message, &envelope)).await
}

fn seal(work: &Work, station: &Station, peer: &Peer, draft: &Draft) -> Result<(Message, String)> {
    let message = Message {
        id: work.new_id(),
        from: station.presence.code.clone(),
        to: peer.code.clone(),
        sent_at: work.now(),
        basis: draft.basis.clone(),
        purpose: draft.purpose.clone(),
        case: draft.case.clone(),
        content: draft.content.clone(),
    };
    let envelope = envelope::seal(&message, &station.keys, peer.card.peer())?;
    Ok((message, envelope))
}

fn outgoing<'m>(peer: &'m Peer, draft: &Draft, message: &Message, envelope: &'m str) -> Outgoing<'m> {
    let consent = match &message.basis {
        Basis::Consent { consent, .. } => Some(*consent),
        Basis::Statute { .. } => None,
    };
    Outgoing {
        peer: &peer.code,
        message_id: message.id,
        kind: message.content.kind(),
        about: draft.about,
        version: draft.version,
        consent,
        hash: envelope::hash(envelope),
        envelope,
    }
}

/// What comes after a number, as much as one request may carry. From here on it counts as handed over: the caller
/// commits before it sends.
pub async fn batch(work: &mut Work, peer: &NodeCode, after: i64, limit: usize) -> Result<PushBody> {
    let limit = i64::try_from(limit.clamp(1, BATCH_MESSAGES)).unwrap_or(1);
    store::streams::lock_handed(work, peer).await?;
    let mut messages = store::streams::envelopes_after(work, peer, after, limit).await?;
    let fitting = batch_size(messages.iter().map(String::as_str));
    messages.truncate(fitting);
    if messages.iter().any(|message| message == forget::FORGOTTEN) {
        forget::note_handed_again(work, peer, after).await?;
    }
    store::streams::set_handed(work, peer, after.saturating_add(i64::try_from(messages.len()).unwrap_or(0))).await?;
    Ok(PushBody { first: after.saturating_add(1), messages })
}

/// Takes back what was queued on a consent and not yet handed over: a withdrawal stops what has not been sent. Answers
/// whom it was for and what it was.
pub async fn take_back(work: &mut Work, consent: Uuid) -> Result<Vec<(NodeCode, Kind)>> {
    let mut taken = Vec::new();
    for (peer, seq, kind) in store::streams::queued_on_consent(work, consent).await? {
        if seq > store::streams::lock_handed(work, &peer).await? {
            store::streams::take_out(work, &peer, seq).await?;
            taken.push((peer, kind));
        }
    }
    Ok(taken)
}

/// Takes back what was queued about some things and not yet handed over, where its kind, and whether the peer holds an
/// earlier message about the same thing, ask for it. Answers what was taken back.
pub async fn take_back_about(
    work: &mut Work,
    things: &[Uuid],
    unwanted: impl Fn(Kind, bool) -> bool,
) -> Result<Vec<(Kind, Uuid)>> {
    let mut taken = Vec::new();
    for thing in things {
        let queued = store::streams::queued_about(work, *thing).await?;
        // The highest numbers come first, so that those still to be looked at keep theirs.
        for (peer, seq, kind) in &queued {
            let handed = store::streams::lock_handed(work, peer).await?;
            let known = queued.iter().any(|(other, earlier, _)| other == peer && *earlier <= handed);
            if *seq > handed && unwanted(*kind, known) {
                store::streams::take_out(work, peer, *seq).await?;
                taken.push((*kind, *thing));
            }
        }
    }
    Ok(taken)
}

/// The answer to a peer that fetches its stream.
pub async fn pulled(work: &mut Work, peer: &Peer, after: i64, limit: u16) -> Result<PullAnswer> {
    let batch = batch(work, &peer.code, after, usize::from(limit)).await?;
    Ok(PullAnswer { first: batch.first, messages: batch.messages, last: peer.sent })
}

/// Notes the peer's verdicts; answers the number up to which all are known.
pub async fn acknowledge(work: &mut Work, peer: &NodeCode, verdicts: &[SeqVerdict]) -> Result<i64> {
    for verdict in verdicts {
        store::streams::acknowledge(work, peer, verdict).await?;
    }
    store::streams::settle_acknowledged(work, peer).await
}
