//! Where people live becomes messages to where they come from: the county, never the flat; each change once.

use uuid::Uuid;

use super::messages::{self as wire, Basis, Content, Kind};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection::{Cause, PURPOSE, basis_on_wire, code, consent_to, open_for, reference, statute};
use super::rules::{self, Change, Notice};
use super::station::Station;
use super::store;
use crate::access::{BasisCode, Field};
use crate::error::Result;
use crate::residents::{self, Resident};
use crate::tenancies;
use crate::work::Work;

/// Tells a person's origin what changed in where they live: the county, never the flat. Nothing is told of somebody
/// without a document, whom the origin could only find by name. An earlier origin hears how what it was told went on,
/// and nothing new. Of somebody protected nothing is told, not even to who knows something.
pub(super) async fn tell_residence(work: &mut Work, station: &Station, resident: Uuid, cause: &Cause) -> Result<()> {
    let Some(resident) = residents::find(work, resident).await? else { return Ok(()) };
    if residents::protection::is_protected(work, resident.id).await? {
        return Ok(());
    }
    let origin = match work.node().territory.covers(&resident.origin) {
        true => None,
        false => peers::serving(work, &resident.origin).await?,
    };
    let mut hearers: Vec<Peer> = Vec::new();
    for code in store::notices::told_of(work, resident.id).await? {
        hearers.extend(peers::find(work, &code).await?);
    }
    if let Some(origin) = &origin
        && !hearers.iter().any(|peer| peer.code == origin.code)
    {
        hearers.push(origin.clone());
    }
    let stays = tenancies::stays(work, resident.id).await?;
    let now = work.now();
    for peer in hearers.into_iter().filter(|peer| peer.can_be_written_to(now)) {
        let is_origin = origin.as_ref().is_some_and(|origin| origin.code == peer.code);
        let told = store::notices::of_resident(work, resident.id, &peer.code).await?;
        for change in rules::changes(&told, &stays) {
            if is_origin || !matches!(change, Change::Start(_)) {
                tell_change(work, station, &resident, &peer, change, cause).await?;
            }
        }
    }
    Ok(())
}

async fn tell_change(
    work: &mut Work,
    station: &Station,
    resident: &Resident,
    peer: &Peer,
    change: Change,
    cause: &Cause,
) -> Result<()> {
    let kind = match &change {
        Change::Start(_) => Kind::ResidenceStarted,
        Change::End(..) => Kind::ResidenceEnded,
        Change::Reopen(_) | Change::Undo(_) => Kind::ResidenceUndone,
    };
    let Some((basis, on_wire)) = basis_for(work, resident, peer, kind).await? else { return Ok(()) };
    let (notice, content) = match change {
        Change::Start(stay) => {
            let notice = Notice { id: work.new_id(), since: stay.from, until: None };
            let started = started(work, station, resident, peer, &notice, &basis, cause).await?;
            let Some(content) = started else { return Ok(()) };
            (notice, content)
        }
        Change::End(notice, until) => {
            let ended = wire::ResidenceEnded { notice: notice.id, until };
            (Notice { until: Some(until), ..notice }, Content::ResidenceEnded(ended))
        }
        Change::Reopen(notice) => {
            let content = undone(&notice, wire::Step::Ended);
            (Notice { until: None, ..notice }, content)
        }
        Change::Undo(notice) => {
            let content = undone(&notice, wire::Step::Started);
            (notice, content)
        }
    };
    if let Content::ResidenceUndone(wire::ResidenceUndone { step: wire::Step::Started, .. }) = &content {
        store::notices::undo(work, notice.id).await?;
    } else {
        store::notices::put(work, resident.id, &peer.code, &notice).await?;
    }
    let draft = Draft {
        about: notice.id,
        version: 0,
        basis: on_wire,
        purpose: code(PURPOSE)?,
        case: reference(&cause.case),
        content,
    };
    outbox::queue(work, station, peer, draft).await.map(drop)
}

fn undone(notice: &Notice, step: wire::Step) -> Content {
    let reason = wire::UndoneReason::EnteredInError;
    Content::ResidenceUndone(wire::ResidenceUndone { notice: notice.id, step, reason })
}

/// What allows a notice to leave: a statute of the list; for a child under fourteen the guardian's consent, and nothing
/// else.
async fn basis_for(
    work: &mut Work,
    resident: &Resident,
    peer: &Peer,
    kind: Kind,
) -> Result<Option<(BasisCode, Basis)>> {
    if !residents::is_under_fourteen(resident.birth_date, work.today()) {
        return match statute(work, kind) {
            Some(basis) => Ok(Some((basis.clone(), basis_on_wire(&basis)?))),
            None => Ok(None),
        };
    }
    consent_to(work, resident.id, peer).await
}

/// The start of a residence, with the document opened for the peer; `None` for a person without one.
async fn started(
    work: &mut Work,
    station: &Station,
    resident: &Resident,
    peer: &Peer,
    notice: &Notice,
    basis: &BasisCode,
    cause: &Cause,
) -> Result<Option<Content>> {
    if !residents::has_document(work, resident.id).await? {
        return Ok(None);
    }
    let asks_for_changes = work.node().purposes.basis(basis).is_some_and(|basis| basis.covers_changes);
    let fields = [Field::Name, Field::Document];
    let disclosure = open_for(work, peer, basis, cause, &[resident.id], resident.id, &fields).await?;
    let Some(document) = residents::documents_for_exchange(work, &disclosure, resident.id).await? else {
        return Ok(None);
    };
    Ok(Some(Content::ResidenceStarted(wire::ResidenceStarted {
        notice: notice.id,
        person: super::wire::person(resident, Some(&document)),
        locality: work.locality().clone(),
        since: notice.since,
        office: station.presence.office.clone(),
        asks_for_changes,
    })))
}
