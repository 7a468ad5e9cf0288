//! Protections as they travel. A protection goes to every peer that holds something about the person, ahead of all that
//! was not handed over yet; and nothing about the person leaves for a peer that does not know of it.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::apply::{self, Outcome};
use super::inquiries::Direction;
use super::messages::{self as wire, Content, Kind};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection::{Cause, PURPOSE, basis_on_wire, code, open_for, reference, statute};
use super::station::Station;
use super::store;
use crate::access::Field;
use crate::civil_records;
use crate::error::{Error, Result};
use crate::journal;
use crate::residents::protection::{self, Received, Tell};
use crate::residents::{self, Resident};
use crate::tenancies;
use crate::values::{LocalityCode, NodeCode};
use crate::work::Work;

/// Entries of the journal read at once.
const AT_ONCE: i64 = 200;

/// Tells of a protection that was raised here or that a peer told of.
pub(super) async fn tell(work: &mut Work, station: &Station, id: Uuid, cause: &Cause) -> Result<()> {
    let Some(raised) = protection::tell(work, id).await?.filter(|raised| !raised.lifted) else { return Ok(()) };
    take_back(work, raised.resident_id).await?;
    for peer in holders(work, raised.resident_id).await? {
        tell_peer(work, station, &raised, &peer, cause).await?;
    }
    Ok(())
}

/// Tells of all that stands for a person whom another peer turned out to know.
pub(super) async fn tell_all_of(work: &mut Work, station: &Station, resident: Uuid, cause: &Cause) -> Result<()> {
    for raised in protection::tell_of(work, resident).await? {
        for peer in holders(work, resident).await? {
            tell_peer(work, station, &raised, &peer, cause).await?;
        }
    }
    Ok(())
}

/// Tells a peer that could not be written to of what it ought to know.
pub(super) async fn catch_up(work: &mut Work, station: &Station, peer: &Peer, cause: &Cause) -> Result<()> {
    for raised in protection::standing_in_county(work).await? {
        if holders(work, raised.resident_id).await?.contains(&peer.code) {
            tell_peer(work, station, &raised, &peer.code, cause).await?;
        }
    }
    Ok(())
}

/// Tells everybody who was told that a protection was lifted; answers the person if nothing else protects them.
pub(super) async fn tell_lifted(work: &mut Work, station: &Station, id: Uuid, cause: &Cause) -> Result<Option<Uuid>> {
    let Some(lifted) = protection::tell(work, id).await?.filter(|lifted| lifted.lifted) else { return Ok(None) };
    for code in store::streams::told_about(work, id).await? {
        let Some(peer) = peers::find(work, &code).await?.filter(|peer| peer.can_be_written_to(work.now())) else {
            continue;
        };
        let content = Content::ProtectionLifted(wire::ProtectionLifted { protection: id });
        let draft = draft(work, id, Kind::ProtectionLifted, content, cause)?;
        outbox::queue(work, station, &peer, draft).await?;
    }
    let free = !protection::is_protected(work, lifted.resident_id).await?;
    Ok(free.then_some(lifted.resident_id))
}

/// Whether somebody is protected and this peer does not know it: then it hears nothing of them.
pub(super) async fn hides_from(work: &mut Work, resident: Uuid, peer: &NodeCode) -> Result<bool> {
    for standing in protection::tell_of(work, resident).await? {
        if standing.source_peer.as_ref() != Some(peer)
            && !store::streams::told_about(work, standing.id).await?.contains(peer)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn tell_peer(work: &mut Work, station: &Station, raised: &Tell, peer: &NodeCode, cause: &Cause) -> Result<()> {
    let known =
        raised.source_peer.as_ref() == Some(peer) || store::streams::told_about(work, raised.id).await?.contains(peer);
    let peer = peers::find(work, peer).await?.filter(|peer| peer.can_be_written_to(work.now()));
    let (Some(peer), false) = (peer, known) else { return Ok(()) };
    let Some(resident) = residents::find(work, raised.resident_id).await? else { return Ok(()) };
    let Some(content) = content(work, raised, &resident, &peer, cause).await? else { return Ok(()) };
    let draft = draft(work, raised.id, Kind::ProtectionRaised, content, cause)?;
    outbox::queue_first(work, station, &peer, draft).await.map(drop)
}

async fn content(
    work: &mut Work,
    raised: &Tell,
    resident: &Resident,
    peer: &Peer,
    cause: &Cause,
) -> Result<Option<Content>> {
    let Some(basis) = statute(work, Kind::ProtectionRaised) else { return Ok(None) };
    let mut notices: Vec<Uuid> = tenancies::notices_of(work, resident.id)
        .await?
        .into_iter()
        .filter(|told| told.peer == peer.code)
        .map(|told| told.id)
        .collect();
    let told = store::notices::all_of(work, resident.id).await?;
    notices.extend(told.into_iter().filter(|(_, to)| *to == peer.code).map(|(id, _)| id));
    notices.truncate(wire::MOST_NOTICES);
    let fields = [Field::Name, Field::Document];
    let disclosure = open_for(work, peer, &basis, cause, &[resident.id], resident.id, &fields).await?;
    let document = residents::documents_for_exchange(work, &disclosure, resident.id).await?;
    let person = super::wire::person(resident, document.as_ref());
    let raised = wire::ProtectionRaised { protection: raised.id, person, notices };
    Ok(raised.is_sound().then_some(Content::ProtectionRaised(raised)))
}

/// What is told is told on a statute also of a child: it says no more than who must be hidden, to whom holds them already.
fn draft(work: &Work, id: Uuid, kind: Kind, content: Content, cause: &Cause) -> Result<Draft> {
    let basis = statute(work, kind).ok_or(Error::Refused("basis-does-not-cover"))?;
    let (basis, purpose) = (basis_on_wire(&basis)?, code(PURPOSE)?);
    Ok(Draft { about: id, version: 0, basis, purpose, case: reference(&cause.case), content })
}

/// The journal's entries about a person: notes of accesses are about one of them each.
async fn looks_at(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let page = journal::about(work, resident, before, AT_ONCE).await?;
        entries.extend(page.iter().filter_map(|entry| entry["id"].as_str()?.parse::<Uuid>().ok()));
        if page.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
            return Ok(entries);
        }
        before = entries.last().copied();
    }
}

/// Takes back what was queued about a person and would tell somebody something new.
async fn take_back(work: &mut Work, resident: Uuid) -> Result<()> {
    let mut things: Vec<Uuid> = store::notices::all_of(work, resident).await?.into_iter().map(|(id, _)| id).collect();
    things.extend(civil_records::ids_of_resident(work, resident).await?);
    things.extend(asked_of(work, resident).await?.into_iter().map(|(id, _)| id));
    things.extend(looks_at(work, resident).await?);
    let unwanted = |kind: Kind, known: bool| match kind {
        Kind::ResidenceStarted | Kind::ResidenceEnded | Kind::AccessNoted => true,
        Kind::RecordSupplied | Kind::RecordRequested => !known,
        _ => false,
    };
    for (kind, notice) in outbox::take_back_about(work, &things, unwanted).await? {
        match kind {
            Kind::ResidenceStarted => store::notices::forget(work, notice).await?,
            Kind::ResidenceEnded => store::notices::forget_end(work, notice).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn asked_of(work: &mut Work, resident: Uuid) -> Result<Vec<(Uuid, NodeCode)>> {
    let inquiries = store::inquiries::of_resident(work, resident).await?.into_iter();
    Ok(inquiries.filter(|(_, direction, _)| *direction == Direction::Asked).map(|(id, _, peer)| (id, peer)).collect())
}

/// The peers that hold something about a person: were told where they live, or told it; were sent a record, or sent it;
/// were asked, or asked.
async fn holders(work: &mut Work, resident: Uuid) -> Result<BTreeSet<NodeCode>> {
    let mut holders: BTreeSet<NodeCode> = store::notices::told_of(work, resident).await?.into_iter().collect();
    holders.extend(tenancies::notices_of(work, resident).await?.into_iter().map(|told| told.peer));
    for record in civil_records::ids_of_resident(work, resident).await? {
        holders.extend(store::streams::told_about(work, record).await?);
        holders.extend(civil_records::summary(work, record).await?.and_then(|summary| summary.source_peer));
    }
    for (inquiry, direction, peer) in store::inquiries::of_resident(work, resident).await? {
        let asked =
            direction == Direction::Received || store::streams::told_about(work, inquiry).await?.contains(&peer);
        holders.extend(asked.then_some(peer));
    }
    Ok(holders)
}

/// Takes in that a peer protects somebody: at once, under whatever name, and also for whoever is registered later.
pub(super) async fn receive_raised(work: &mut Work, peer: &Peer, said: &wire::ProtectionRaised) -> Result<Outcome> {
    for notice in &said.notices {
        store::cases::withhold(work, &peer.code, *notice).await?;
    }
    let document = said.person.document.as_ref().and_then(super::wire::read_document);
    let found = match &document {
        Some(document) => residents::holder_for_exchange(work, document).await?,
        None => None,
    };
    let found = match found {
        Some(found) => Some(found),
        None => by_notice(work, peer, &said.notices).await?,
    };
    let seat = work.node().seat.clone();
    let (county, resident) = found.map_or((seat, None), |(county, id)| (county, Some(id)));
    work.move_to(county);
    let (id, document) = (said.protection, document.as_ref());
    protection::raised_by_peer(work, Received { id, peer: &peer.code, document, resident }).await?;
    Ok(Outcome::Applied)
}

/// Whom one of the notices between the two nodes is about.
async fn by_notice(work: &mut Work, peer: &Peer, notices: &[Uuid]) -> Result<Option<(LocalityCode, Uuid)>> {
    for notice in notices {
        if let Some(told) = apply::find_notice(work, peer, *notice).await? {
            return Ok(Some((work.locality().clone(), told.resident_id)));
        }
        for county in work.node().counties.clone() {
            work.move_to(county.clone());
            if let Some(resident) = store::notices::told_to(work, *notice, &peer.code).await? {
                return Ok(Some((county, resident)));
            }
        }
    }
    Ok(None)
}

/// Takes in that a peer lifted what it told of.
pub(super) async fn receive_lifted(work: &mut Work, peer: &Peer, said: &wire::ProtectionLifted) -> Result<Outcome> {
    protection::lifted_by_peer(work, said.protection, &peer.code).await?;
    Ok(Outcome::Applied)
}
