//! A withdrawn consent between two nodes: who sent something on it tells, who received it erases it.

use serde_json::json;
use uuid::Uuid;

use super::apply::{self, Outcome};
use super::cases;
use super::forget::FORGOTTEN;
use super::inquiries::{self, Answered, Direction};
use super::messages::{Basis, ConsentWithdrawn, Content, DeclineReason, Kind, MOST_WITHDRAWN, Withdrawn};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection::code;
use super::station::Station;
use super::{messages as wire, store};
use crate::civil_records;
use crate::error::Result;
use crate::journal::{self, Event};
use crate::notices::{self, Facts, NoticeKind};
use crate::residents::Consent;
use crate::residents::consents;
use crate::tenancies;
use crate::values::NodeCode;
use crate::vault;
use crate::work::Work;

/// Stops what still waits on a consent that was withdrawn, and tells everybody to whom something was handed over.
pub(super) async fn tell(work: &mut Work, station: &Station, id: Uuid) -> Result<()> {
    outbox::take_back(work, id).await?;
    let Some(consent) = consents::find(work, id).await? else { return Ok(()) };
    let mut told: Vec<NodeCode> = Vec::new();
    for sent in store::streams::sent_on_consent(work, id).await? {
        if told.contains(&sent.recipient) {
            continue;
        }
        if let Some(peer) = peers::find(work, &sent.recipient).await? {
            tell_peer(work, station, &peer, &consent).await?;
        }
        told.push(sent.recipient);
    }
    Ok(())
}

/// Tells a peer what it could not be told while its card had no valid key.
pub(super) async fn catch_up(work: &mut Work, station: &Station, peer: &Peer) -> Result<()> {
    for id in store::streams::consents_behind(work, &peer.code).await? {
        if let Some(consent) = consents::find(work, id).await?
            && consent.withdrawn_at.is_some()
            && consent.replaced_by.is_none()
        {
            tell_peer(work, station, peer, &consent).await?;
        }
    }
    Ok(())
}

async fn tell_peer(work: &mut Work, station: &Station, peer: &Peer, consent: &Consent) -> Result<()> {
    if !peer.can_be_written_to(work.now()) {
        return Ok(());
    }
    let sent = store::streams::sent_on_consent(work, consent.id).await?;
    let untold: Vec<_> =
        sent.iter().filter(|sent| sent.recipient == peer.code && sent.withdrawal_told_at.is_none()).collect();
    for some in untold.chunks(MOST_WITHDRAWN) {
        let withdrawn = some.iter().map(|sent| Withdrawn { message: sent.message, about: sent.about_id }).collect();
        let draft = Draft {
            about: consent.id,
            version: 0,
            basis: Basis::Consent { consent: consent.id, text_version: consent.text_version.clone() },
            purpose: code(consent.purpose.as_str())?,
            case: None,
            content: Content::ConsentWithdrawn(wire::ConsentWithdrawn { consent: consent.id, withdrawn }),
        };
        outbox::queue(work, station, peer, draft).await?;
    }
    store::streams::set_withdrawal_told(work, &peer.code, consent.id).await?;
    // A new consent begins a new notice; this one is over for both sides.
    for sent in untold.iter().filter(|sent| sent.kind == Kind::ResidenceStarted) {
        store::notices::undo(work, sent.about_id).await?;
    }
    let recipients = json!({ "consent": consent.id, "recipient": peer.code });
    let subjects = [consent.resident_id, consent.given_by];
    let event = Event { kind: "consent.withdrawal_told", subjects: &subjects, details: recipients };
    journal::append(work, event).await.map(drop)
}

/// Erases what came on the consent alone, wherever it is kept, and the messages it came in; that it came, and was withdrawn,
/// stays. What never came from this peer is passed over.
pub(super) async fn receive(work: &mut Work, peer: &Peer, said: &ConsentWithdrawn) -> Result<Outcome> {
    for one in &said.withdrawn {
        let Some(seq) = store::streams::received_seq(work, &peer.code, one.message).await? else { continue };
        if let Some(notice) = apply::find_notice(work, peer, one.about).await?
            && tenancies::note_consent_withdrawn(work, notice.id).await?
        {
            tell_person(work, notice.resident_id, one.about).await?;
        }
        for county in work.node().counties.clone() {
            work.move_to(county);
            for person in civil_records::note_consent_withdrawn(work, one.about, &peer.code, one.message).await? {
                tell_person(work, person, one.about).await?;
            }
            end_inquiry(work, peer, one.about).await?;
        }
        work.move_to(work.node().seat.clone());
        for case in store::cases::open_about(work, &peer.code, one.about).await? {
            if case.seq == seq {
                cases::close(work, &case, cases::State::SetAside, None).await?;
            }
        }
        store::forget::empty_received_at(work, &peer.code, seq, FORGOTTEN).await?;
    }
    Ok(Outcome::Applied)
}

async fn tell_person(work: &mut Work, person: Uuid, about: Uuid) -> Result<()> {
    notices::tell(work, person, NoticeKind::ConsentWithdrawnElsewhere, about, &Facts::default()).await
}

/// An inquiry that rested on the consent loses its question and, if there was one, its answer. Not answered yet, it gets
/// none from the records.
async fn end_inquiry(work: &mut Work, peer: &Peer, id: Uuid) -> Result<()> {
    let Some(row) = store::inquiries::find(work, id).await? else { return Ok(()) };
    if row.inquiry.direction != Direction::Received || row.inquiry.peer != peer.code || row.consent_id.is_none() {
        return Ok(());
    }
    if row.inquiry.state == inquiries::State::Open {
        let outcome = wire::Outcome::Declined { reason: DeclineReason::NoBasis };
        let declined = Answered { outcome, facts: None, replies: None, under_investigation: false };
        inquiries::put_answer(work, &row.inquiry, &declined, "inquiry.answered").await?;
        return store::forget::empty_question(work, id).await;
    }
    vault::shred(work, id).await?;
    store::forget::empty_inquiry(work, id).await
}
