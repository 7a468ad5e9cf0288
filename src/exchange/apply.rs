//! What a message does here. It finds its person by exact document and agreeing name; anything less is a case for a
//! clerk. Everything one message does happens in the transaction that takes its number.

use uuid::Uuid;

use super::messages::{Content, Message, RecordSupplied, ResidenceEnded, ResidenceStarted, ResidenceUndone, Step};
use super::peers::Peer;
use super::{access_notes, doubt_messages, inquiry_messages, protection_messages, wire, withdrawals};
use crate::civil_records::{self, Party, Subject, Supplied};
use crate::error::{Error, Result};
use crate::residents::{self, Match, Resident};
use crate::tenancies::{self, NoticeIn, ResidenceElsewhere};
use crate::values::LocalityCode;
use crate::work::Work;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect.
    Applied,
    /// A clerk has to work on it, for this reason.
    Case(&'static str),
    /// It cannot take effect, for this reason.
    Rejected(&'static str),
}

/// The thing a message is about: later messages about the same thing name it again.
pub fn about(content: &Content) -> Uuid {
    match content {
        Content::ResidenceStarted(said) => said.notice,
        Content::ResidenceEnded(said) => said.notice,
        Content::ResidenceUndone(said) => said.notice,
        Content::RecordSupplied(said) => said.record,
        Content::RecordRequested(said) => said.inquiry,
        Content::RecordAnswered(said) => said.inquiry,
        Content::RecordDoubted(said) => said.record,
        Content::DoubtResolved(said) => said.record,
        Content::ConsentWithdrawn(said) => said.consent,
        Content::AccessNoted(said) => said.access,
        Content::ProtectionRaised(said) => said.protection,
        Content::ProtectionLifted(said) => said.protection,
    }
}

/// Applies a message; `paired` is the person a clerk found it to be about.
pub async fn apply(work: &mut Work, peer: &Peer, message: &Message, paired: Option<&Resident>) -> Result<Outcome> {
    match &message.content {
        Content::ResidenceStarted(said) => residence_started(work, peer, said, paired).await,
        Content::ResidenceEnded(said) => residence_ended(work, peer, said).await,
        Content::ResidenceUndone(said) => residence_undone(work, peer, said).await,
        Content::RecordSupplied(said) => record_supplied(work, peer, message.id, said, paired).await,
        Content::RecordRequested(said) => inquiry_messages::receive_request(work, peer, message, said).await,
        Content::RecordAnswered(said) => inquiry_messages::receive_answer(work, peer, said).await,
        Content::RecordDoubted(said) => doubt_messages::receive_doubted(work, peer, said).await,
        Content::DoubtResolved(said) => doubt_messages::receive_resolved(work, peer, said).await,
        Content::ConsentWithdrawn(said) => withdrawals::receive(work, peer, said).await,
        Content::AccessNoted(said) => access_notes::receive(work, peer, said).await,
        Content::ProtectionRaised(said) => protection_messages::receive_raised(work, peer, said).await,
        Content::ProtectionLifted(said) => protection_messages::receive_lifted(work, peer, said).await,
    }
}

async fn residence_started(
    work: &mut Work,
    peer: &Peer,
    said: &ResidenceStarted,
    paired: Option<&Resident>,
) -> Result<Outcome> {
    let locality = said.locality.clone().into();
    let is_theirs = peer.territory.iter().any(|served| served.covers(&locality));
    if !is_theirs || work.node().territory.covers(&locality) {
        return Ok(Outcome::Rejected("outside-the-senders-territory"));
    }
    let seat = work.locality().clone();
    let known = find_any_notice(work, said.notice).await?;
    work.move_to(seat);
    let resident = match paired {
        Some(resident) => resident.clone(),
        None => match find(work, &said.person).await? {
            Ok(resident) => resident,
            Err(reason) => return Ok(Outcome::Case(reason)),
        },
    };
    if let Some(known) = known {
        let says_the_same = known.since == said.since || known.consent_withdrawn_at.is_some();
        let same = known.peer == peer.code && known.resident_id == resident.id && says_the_same;
        return Ok(if same { Outcome::Applied } else { Outcome::Rejected("notice-known") });
    }
    go_to(work, &resident);
    let notice = NoticeIn {
        id: said.notice,
        resident_id: resident.id,
        peer: peer.code.clone(),
        division: locality,
        contact_office: said.office.name.clone(),
        contact_phone: said.office.phone.as_str().parse().ok(),
        since: said.since,
        asks_for_changes: said.asks_for_changes,
    };
    tenancies::note_residence_elsewhere(work, notice).await?;
    Ok(Outcome::Applied)
}

async fn residence_ended(work: &mut Work, peer: &Peer, said: &ResidenceEnded) -> Result<Outcome> {
    let Some(known) = find_notice(work, peer, said.notice).await? else { return Ok(Outcome::Case("unknown-notice")) };
    tenancies::end_residence_elsewhere(work, known.id, said.until).await?;
    Ok(Outcome::Applied)
}

async fn residence_undone(work: &mut Work, peer: &Peer, said: &ResidenceUndone) -> Result<Outcome> {
    let Some(known) = find_notice(work, peer, said.notice).await? else { return Ok(Outcome::Case("unknown-notice")) };
    match said.step {
        Step::Started => tenancies::undo_residence_elsewhere(work, known.id).await?,
        Step::Ended => tenancies::reopen_residence_elsewhere(work, known.id).await?,
    };
    Ok(Outcome::Applied)
}

/// A notice of this peer taken in before, in whichever county; the work goes on there. Another peer's notice is
/// none of this peer's business and as good as unknown.
pub(super) async fn find_notice(work: &mut Work, peer: &Peer, notice: Uuid) -> Result<Option<ResidenceElsewhere>> {
    Ok(find_any_notice(work, notice).await?.filter(|known| known.peer == peer.code))
}

async fn find_any_notice(work: &mut Work, notice: Uuid) -> Result<Option<ResidenceElsewhere>> {
    for county in work.node().counties.clone() {
        work.move_to(county);
        if let Some(known) = tenancies::find_residence_elsewhere(work, notice).await? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

async fn record_supplied(
    work: &mut Work,
    peer: &Peer,
    message: Uuid,
    said: &RecordSupplied,
    paired: Option<&Resident>,
) -> Result<Outcome> {
    if said.issuer != peer.code {
        return Ok(Outcome::Rejected("not-the-issuer"));
    }
    let body = wire::read_record(&said.about)?;
    let mut subjects: Vec<(LocalityCode, Subject)> = Vec::new();
    let mut missing = "nobody-on-file";
    for (part, party) in body.people() {
        let found = match (find_party(work, &party).await?, paired) {
            (Err(_), Some(resident)) if is_meant(work, resident, &party).await? => Ok(resident.clone()),
            (found, _) => found,
        };
        match found {
            Ok(resident) => {
                let county = resident.committee.locality().ok_or_else(|| Error::internal("a file without a county"))?;
                subjects.push((county, Subject { part, resident_id: Some(resident.id) }));
            }
            Err("name-differs") => missing = "name-differs",
            Err(_) => {}
        }
    }
    if subjects.is_empty() {
        return Ok(Outcome::Case(missing));
    }
    let mut counties: Vec<LocalityCode> = subjects.iter().map(|(county, _)| county.clone()).collect();
    counties.sort();
    counties.dedup();
    let mut supplied = Supplied {
        record_id: said.record,
        version: i32::try_from(said.version).map_err(|_| Error::Refused("invalid-payload"))?,
        body,
        standing: said.standing.as_str().parse().map_err(Error::internal)?,
        issuer: said.issuer.clone(),
        source: said.provenance.as_str().parse().map_err(Error::internal)?,
        source_peer: peer.code.clone(),
        source_message: message,
        subjects: Vec::new(),
    };
    // Spouses whose files two counties of this node keep: each county holds the record, in the one transaction.
    for county in counties {
        let here = subjects.iter().filter(|(of, _)| *of == county);
        supplied.subjects = here.map(|(_, subject)| *subject).collect();
        work.move_to(county);
        civil_records::apply_supplied(work, supplied.clone()).await?;
    }
    Ok(Outcome::Applied)
}

/// Whom a person in a message is here, or why nobody is.
pub(super) async fn find(
    work: &mut Work,
    person: &super::messages::Person,
) -> Result<std::result::Result<Resident, &'static str>> {
    let Some(document) = &person.document else { return Ok(Err("no-document")) };
    let Some(document) = wire::read_document(document) else { return Ok(Err("unsound-document")) };
    Ok(match residents::find_for_exchange(work, &document, &person.name).await? {
        Match::Exact(resident) => Ok(resident),
        Match::NameDiffers => Err("name-differs"),
        Match::None => Err("nobody-on-file"),
    })
}

async fn find_party(work: &mut Work, party: &Party) -> Result<std::result::Result<Resident, &'static str>> {
    let Some(document) = &party.document else { return Ok(Err("no-document")) };
    Ok(match residents::find_for_exchange(work, document, &party.name).await? {
        Match::Exact(resident) => Ok(resident),
        Match::NameDiffers => Err("name-differs"),
        Match::None => Err("nobody-on-file"),
    })
}

/// Whether a person a clerk named is this one of a record's people: by the document, however the name is spelled, or by
/// the name.
async fn is_meant(work: &mut Work, resident: &Resident, party: &Party) -> Result<bool> {
    let by_name = resident.name.folded() == party.name.folded();
    match &party.document {
        Some(document) => Ok(by_name || residents::is_holder(work, document, resident.id).await?),
        None => Ok(by_name),
    }
}

/// Goes on in the county that keeps the person's file.
pub(super) fn go_to(work: &mut Work, resident: &Resident) {
    if let Some(locality) = resident.committee.locality() {
        work.move_to(locality);
    }
}
