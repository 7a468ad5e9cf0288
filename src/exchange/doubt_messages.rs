//! Doubts as they travel. Whoever holds a record tells the node that answers for it; that node tells every locality that
//! received the record, and later what it decided. A message names the record by its id and says nothing of a person.

use uuid::Uuid;

use super::apply::Outcome;
use super::messages::{Content, DoubtOutcome, DoubtResolved, Kind, RecordDoubted};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection::{Cause, basis_on_wire, code, reference, statute};
use super::station::Station;
use super::store;
use crate::civil_records;
use crate::doubts::{self, Doubt, DoubtState, Fact, Told};
use crate::error::{Error, Result};
use crate::values::NodeCode;
use crate::work::Work;

const PURPOSE: &str = "record-correction";

/// Tells whom a doubt concerns that it was raised: the node that decides, or, where that is this one, everybody who
/// received the record.
pub(super) async fn tell_doubted(work: &mut Work, station: &Station, id: Uuid, cause: &Cause) -> Result<()> {
    let Some(doubt) = doubts::find_told(work, id).await? else { return Ok(()) };
    let decided_here = doubt.decided_by_node == work.node().code;
    let hearers = match (doubt.fact, decided_here, &doubt.from_peer) {
        (Fact::Identity, ..) => Vec::new(),
        (Fact::CivilRecord, true, _) => received_by(work, &doubt).await?,
        (Fact::CivilRecord, false, None) => peers::find(work, &doubt.decided_by_node).await?.into_iter().collect(),
        (Fact::CivilRecord, false, Some(_)) => Vec::new(),
    };
    for peer in hearers {
        tell_one_doubted(work, station, &doubt, &peer, cause).await?;
    }
    Ok(())
}

/// Tells a peer that has just received a record what is in doubt about it.
pub(super) async fn tell_open_doubts(
    work: &mut Work,
    station: &Station,
    record: Uuid,
    peer: &Peer,
    cause: &Cause,
) -> Result<()> {
    for doubt in doubts::find_open_of_record(work, record).await? {
        if doubt.from_peer.as_ref() != Some(&peer.code) {
            tell_one_doubted(work, station, &doubt, peer, cause).await?;
        }
    }
    Ok(())
}

async fn tell_one_doubted(work: &mut Work, station: &Station, doubt: &Doubt, peer: &Peer, cause: &Cause) -> Result<()> {
    let content = Content::RecordDoubted(RecordDoubted {
        doubt: doubt.id,
        record: doubt.about_id,
        version: u32::try_from(doubt.version).map_err(Error::internal)?,
        reason: doubt.reason,
    });
    queue(work, station, doubt, peer, cause, content).await
}

/// Tells everybody who received the record what was decided here, also whoever raised the doubt.
pub(super) async fn tell_resolved(work: &mut Work, station: &Station, id: Uuid, cause: &Cause) -> Result<()> {
    let Some(doubt) = doubts::find_told(work, id).await?.filter(|doubt| doubt.fact == Fact::CivilRecord) else {
        return Ok(());
    };
    let outcome = match (doubt.state, doubt.refusal, doubt.corrected_to) {
        (DoubtState::Corrected, _, Some(version)) => {
            DoubtOutcome::Corrected { version: u32::try_from(version).map_err(Error::internal)? }
        }
        (DoubtState::Refused, Some(reason), _) => DoubtOutcome::Upheld { reason },
        _ => return Ok(()),
    };
    let mut hearers = received_by(work, &doubt).await?;
    if let Some(raised_by) = &doubt.from_peer {
        hearers.extend(peers::find(work, raised_by).await?);
    }
    for peer in hearers {
        let said = DoubtResolved { doubt: doubt.id, record: doubt.about_id, outcome: outcome.clone() };
        queue(work, station, &doubt, &peer, cause, Content::DoubtResolved(said)).await?;
    }
    Ok(())
}

/// The peers that received the record, without the one that raised the doubt.
async fn received_by(work: &mut Work, doubt: &Doubt) -> Result<Vec<Peer>> {
    let mut found = Vec::new();
    for code in store::streams::told_about(work, doubt.about_id).await? {
        if doubt.from_peer.as_ref() != Some(&code) {
            found.extend(peers::find(work, &code).await?);
        }
    }
    Ok(found)
}

async fn queue(
    work: &mut Work,
    station: &Station,
    doubt: &Doubt,
    peer: &Peer,
    cause: &Cause,
    content: Content,
) -> Result<()> {
    let kind: Kind = content.kind();
    let Some(basis) = statute(work, kind).filter(|_| peer.can_be_written_to(work.now())) else { return Ok(()) };
    let draft = Draft {
        about: doubt.about_id,
        version: 0,
        basis: basis_on_wire(&basis)?,
        purpose: code(PURPOSE)?,
        case: reference(&cause.case),
        content,
    };
    outbox::queue(work, station, peer, draft).await.map(drop)
}

/// Takes a doubt in: from the node that answers for the record, or, where that is this one, from a locality that
/// received it. To everybody else the record is as good as unknown.
pub(super) async fn receive_doubted(work: &mut Work, peer: &Peer, said: &RecordDoubted) -> Result<Outcome> {
    let mut known = false;
    for county in work.node().counties.clone() {
        work.move_to(county);
        let Some(summary) = civil_records::summary(work, said.record).await? else { continue };
        let decided_by_node = if summary.issuer == peer.code {
            peer.code.clone()
        } else if summary.issuer == work.node().code && was_told(work, &peer.code, said.record).await? {
            summary.issuer.clone()
        } else {
            continue;
        };
        let version = i32::try_from(said.version).map_err(|_| Error::Refused("invalid-payload"))?;
        let (id, record, reason) = (said.doubt, said.record, said.reason);
        let told = Told { id, record, version, reason, peer: peer.code.clone(), decided_by_node };
        doubts::note_doubted(work, told).await?;
        known = true;
    }
    Ok(if known { Outcome::Applied } else { waits(work, peer, said.record).await? })
}

/// Takes in what the node that answers for a record decided.
pub(super) async fn receive_resolved(work: &mut Work, peer: &Peer, said: &DoubtResolved) -> Result<Outcome> {
    let outcome = match &said.outcome {
        DoubtOutcome::Corrected { version } => {
            doubts::Outcome::Corrected(i32::try_from(*version).map_err(|_| Error::Refused("invalid-payload"))?)
        }
        DoubtOutcome::Upheld { reason } => doubts::Outcome::Refused(*reason),
    };
    let mut known = false;
    for county in work.node().counties.clone() {
        work.move_to(county);
        known |= doubts::note_resolved(work, &peer.code, said.doubt, said.record, outcome).await?;
    }
    Ok(if known { Outcome::Applied } else { waits(work, peer, said.record).await? })
}

/// Where the record itself still waits for a clerk to pair it, so does what is said about it.
async fn waits(work: &mut Work, peer: &Peer, record: Uuid) -> Result<Outcome> {
    let open = store::cases::open_about(work, &peer.code, record).await?;
    Ok(if open.is_empty() { Outcome::Rejected("unknown-record") } else { Outcome::Case("unknown-record") })
}

async fn was_told(work: &mut Work, peer: &NodeCode, record: Uuid) -> Result<bool> {
    Ok(store::streams::version_told(work, peer, record).await? > 0)
}
