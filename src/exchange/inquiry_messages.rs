//! Inquiries as they travel: the request that asks, the answer that comes back, and both as they are taken in.

use uuid::Uuid;

use super::apply::{self, Outcome};
use super::inquiries::{self, Answered, Asked, Direction, Inquiry, State};
use super::messages::{Basis, Code, Content, Message, RecordAnswered, RecordRequested};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection;
use super::protection_messages;
use super::station::Station;
use super::store;
use crate::access::Field;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::residents::{self, protection};
use crate::work::Work;

/// Writes the message of an inquiry that was asked; nothing where the consent was withdrawn, or purpose or basis taken
/// off the locality's list, meanwhile.
pub(super) async fn queue_request(work: &mut Work, station: &Station, id: Uuid) -> Result<()> {
    let Some(row) = store::inquiries::find(work, id).await? else { return Ok(()) };
    let Some(peer) = recipient(work, &row.inquiry).await? else { return Ok(()) };
    let Some(resident) = row.inquiry.resident_id else { return Ok(()) };
    let Some(resident) = residents::find(work, resident).await? else { return Ok(()) };
    if protection_messages::hides_from(work, resident.id, &peer.code).await? {
        return Ok(());
    }
    let reason = inquiries::reason_of(&row.inquiry)?;
    let fields = [Field::Name, Field::Document, Field::InquiryQuestion];
    if work.node().purposes.check(&reason, work.actor().role, &fields).is_err() {
        return Ok(());
    }
    let basis = match inquiries::basis_on_wire(work, &resident, &reason.purpose, &reason.basis, &peer.code).await {
        Err(Error::Refused(_)) => return Ok(()),
        other => other?,
    };
    let owners = [id, resident.id];
    let disclosure = journal::disclose_to_peer(work, &reason, &[resident.id], &owners, &fields, &peer.code).await?;
    let asked: Asked = inquiries::open(work, &disclosure, id, "inquiries.question", &row.question).await?;
    let document = residents::documents_for_exchange(work, &disclosure, resident.id).await?;
    let content = Content::RecordRequested(RecordRequested {
        inquiry: id,
        subject: super::wire::person(&resident, document.as_ref()),
        wanted: asked.wanted,
        stated: asked.stated,
        due_on: row.inquiry.due_on,
    });
    let draft = Draft {
        about: id,
        version: 0,
        basis,
        purpose: code(&row.inquiry.purpose)?,
        case: row.inquiry.case_ref.parse().ok(),
        content,
    };
    outbox::queue(work, station, &peer, draft).await.map(drop)
}

/// Writes the message of an answer that was given.
pub(super) async fn queue_answer(work: &mut Work, station: &Station, id: Uuid) -> Result<()> {
    let Some(row) = store::inquiries::find(work, id).await? else { return Ok(()) };
    let Some(peer) = recipient(work, &row.inquiry).await? else { return Ok(()) };
    let Some(sealed) = &row.answer else { return Ok(()) };
    let reason = inquiries::answering_reason(work, &row.inquiry)?;
    let basis = match (row.inquiry.basis == inquiries::CONSENT, row.consent_id, row.consent_text_version) {
        (true, Some(consent), Some(text_version)) => Basis::Consent { consent, text_version },
        (true, ..) => return Err(Error::Refused("basis-does-not-cover")),
        (false, ..) => Basis::Statute { reference: code(reason.basis.as_str())? },
    };
    let subjects: Vec<Uuid> = row.inquiry.resident_id.into_iter().collect();
    let disclosure =
        journal::disclose_to_peer(work, &reason, &subjects, &[id], &[Field::InquiryAnswer], &peer.code).await?;
    let answer: Answered = inquiries::open(work, &disclosure, id, "inquiries.answer", sealed).await?;
    let content = Content::RecordAnswered(RecordAnswered {
        inquiry: id,
        outcome: answer.outcome,
        facts: answer.facts,
        replies: answer.replies,
        under_investigation: answer.under_investigation.then_some(true),
    });
    let draft = Draft {
        about: id,
        version: 0,
        basis,
        purpose: code(&row.inquiry.purpose)?,
        case: row.inquiry.case_ref.parse().ok(),
        content,
    };
    outbox::queue(work, station, &peer, draft).await.map(drop)
}

/// The other locality, unless it was told already, or its card has no key to write to: then the message waits for its
/// next card.
async fn recipient(work: &mut Work, inquiry: &Inquiry) -> Result<Option<Peer>> {
    let now = work.now();
    if store::streams::told_about(work, inquiry.id).await?.contains(&inquiry.peer) {
        return Ok(None);
    }
    Ok(peers::find(work, &inquiry.peer).await?.filter(|peer| peer.can_be_written_to(now)))
}

/// Queues what a peer is owed of inquiries and was never written: asked or answered while its card had no valid key.
pub(super) async fn catch_up(work: &mut Work, station: &Station, peer: &Peer) -> Result<()> {
    for (id, direction) in store::inquiries::owed_to(work, &peer.code).await? {
        let queued = match direction {
            Direction::Asked => queue_request(work, station, id).await,
            Direction::Received => queue_answer(work, station, id).await,
        };
        match queued {
            Err(error) if projection::is_about_the_entry(&error) => {
                tracing::error!(inquiry = %id, %error, "an inquiry cannot become a message");
            }
            queued => queued?,
        }
    }
    Ok(())
}

/// Takes a peer's inquiry in: for the person's committee, or for the county's office when nobody was found. The same
/// statements run whether somebody is protected or unknown.
pub(super) async fn receive_request(
    work: &mut Work,
    peer: &Peer,
    message: &Message,
    said: &RecordRequested,
) -> Result<Outcome> {
    // Somebody protected is nobody to the asker, and to the clerk who works on it.
    let found = apply::find(work, &said.subject).await?.ok();
    let found = if protection::is_sought(work, found.as_ref()).await? { None } else { found };
    if let Some(resident) = &found {
        apply::go_to(work, resident);
    }
    let office = format!("{:0<12}", work.node().seat.as_str()).parse().map_err(Error::internal)?;
    let (basis, consent) = match &message.basis {
        Basis::Statute { reference } => (reference.to_string(), None),
        Basis::Consent { consent, text_version } => (inquiries::CONSENT.to_owned(), Some((*consent, text_version))),
    };
    let inquiry = Inquiry {
        id: said.inquiry,
        direction: Direction::Received,
        peer: peer.code.clone(),
        resident_id: found.as_ref().map(|resident| resident.id),
        committee: found.as_ref().map_or(office, |resident| resident.committee.clone()),
        purpose: message.purpose.to_string(),
        basis,
        case_ref: message.case.as_ref().map(ToString::to_string).unwrap_or_default(),
        due_on: said.due_on,
        state: State::Open,
        outcome: None,
        asked_at: message.sent_at,
        answered_at: None,
    };
    let asked = Asked { subject: Some(said.subject.clone()), wanted: said.wanted.clone(), stated: said.stated.clone() };
    let question = inquiries::seal(work, inquiry.id, "inquiries.question", &asked).await?;
    store::inquiries::insert(work, &inquiry, consent, &question).await?;
    let subjects: Vec<Uuid> = inquiry.resident_id.into_iter().collect();
    let details = serde_json::json!({ "inquiry": inquiry.id, "peer": inquiry.peer, "peers_purpose": inquiry.purpose,
                                       "peers_basis": inquiry.basis });
    journal::append(work, Event { kind: "inquiry.received", subjects: &subjects, details }).await?;
    Ok(Outcome::Applied)
}

/// Takes the answer to our inquiry in.
pub(super) async fn receive_answer(work: &mut Work, peer: &Peer, said: &RecordAnswered) -> Result<Outcome> {
    for county in work.node().counties.clone() {
        work.move_to(county);
        let Some(row) = store::inquiries::find(work, said.inquiry).await? else { continue };
        let inquiry = row.inquiry;
        if inquiry.direction != Direction::Asked || inquiry.peer != peer.code || inquiry.state != State::Open {
            continue;
        }
        let answered = Answered {
            outcome: said.outcome.clone(),
            facts: said.facts.clone(),
            replies: said.replies.clone(),
            under_investigation: said.under_investigation.unwrap_or_default(),
        };
        inquiries::put_answer(work, &inquiry, &answered, "inquiry.answer_received").await?;
        return Ok(Outcome::Applied);
    }
    Ok(Outcome::Rejected("unknown-inquiry"))
}

fn code(text: &str) -> Result<Code> {
    text.parse().map_err(|_| Error::Refused("invalid-payload"))
}
