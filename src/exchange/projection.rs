//! The journal becomes messages: what happened here is read by position and laid on the streams of the peers it
//! concerns, in the transaction that moves the cursor on. What has no live basis is dropped.

use serde_json::Value;
use uuid::Uuid;

use super::cases::{self, NewCase};
use super::messages::{Basis, Code, Content, Kind};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::station::Station;
use super::{
    access_notes, doubt_messages, inquiry_messages, messages as wire, protection_messages, residence_notices, store,
    withdrawals,
};
use crate::access::{BasisCode, CaseRef, Field, PurposeCode};
use crate::app::App;
use crate::civil_records::{self, Part, RecordKind, Subject};
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Reason, SealedEntry};
use crate::residents;
use crate::tenancies;
use crate::values::LocalityCode;
use crate::work::Work;

/// Journal entries projected in one transaction.
const BATCH: i64 = 50;
/// What messages sent unasked are for.
pub(super) const PURPOSE: &str = "record-exchange";

/// Projects everything sealed so far, in every county; answers the number of entries read.
pub async fn project(app: &App, station: &Station) -> Result<u64> {
    let mut read = 0;
    for locality in &app.node().counties {
        loop {
            match project_batch(app, station, locality).await? {
                0 => break,
                entries => read += entries,
            }
        }
        access_notes::tell_opened(app, station, locality).await?;
    }
    Ok(read)
}

/// An entry that can never become a message does not keep back those after it: it is tried alone and passed over.
async fn project_batch(app: &App, station: &Station, locality: &LocalityCode) -> Result<u64> {
    match project_some(app, station, locality, BATCH).await {
        Err(error) if is_about_the_entry(&error) => match project_some(app, station, locality, 1).await {
            Err(error) if is_about_the_entry(&error) => pass_over(app, locality, &error).await,
            other => other,
        },
        other => other,
    }
}

async fn project_some(app: &App, station: &Station, locality: &LocalityCode, most: i64) -> Result<u64> {
    let mut work = app.system_work_in(locality).await?;
    let before = store::settings::projected(&mut work).await?;
    let entries = journal::after(&mut work, before, most).await?;
    let Some(last) = entries.last() else { return Ok(0) };
    for entry in &entries {
        project_entry(&mut work, station, entry).await?;
        work.move_to(locality.clone());
    }
    move_on(work, before, last.position).await?;
    Ok(entries.len() as u64)
}

async fn move_on(mut work: Work, before: i64, after: i64) -> Result<()> {
    if !store::settings::set_projected(&mut work, before, after).await? {
        return Err(Error::Stale); // another projector was faster; what this one wrote is dropped
    }
    work.commit().await
}

/// Whether the fault lies in what is to be said. A key of ours that has run out, or a purpose missing from the
/// locality's list (`Invalid`), concerns every entry: they wait until it is put right.
pub(super) fn is_about_the_entry(error: &Error) -> bool {
    match error {
        Error::Refused(code) => *code != super::Reason::ExpiredKey.as_str(),
        Error::NotFound(_) => true,
        _ => false,
    }
}

async fn pass_over(app: &App, locality: &LocalityCode, error: &Error) -> Result<u64> {
    let mut work = app.system_work_in(locality).await?;
    let before = store::settings::projected(&mut work).await?;
    let entries = journal::after(&mut work, before, 1).await?;
    let Some(entry) = entries.first() else { return Ok(0) };
    tracing::error!(%locality, position = entry.position, %error, "an entry of the journal cannot become a message");
    let reason = match error {
        Error::Refused(code) => *code,
        _ => "not-sendable",
    };
    let own = work.node().code.clone();
    let case = NewCase { peer: &own, seq: entry.position, kind: "journal-entry", about: None, reason };
    cases::open(&mut work, case).await?;
    move_on(work, before, entry.position).await?;
    Ok(1)
}

async fn project_entry(work: &mut Work, station: &Station, entry: &SealedEntry) -> Result<()> {
    let details = &entry.entry["details"];
    let cause = Cause::of(entry)?;
    match entry.entry["kind"].as_str().unwrap_or_default() {
        "tenancy.moved_in"
        | "tenancy.moved_out"
        | "tenancy.move_out_undone"
        | "tenancy.undone"
        | "tenancy.corrected"
        | "resident.identity_changed"
        | "resident.document_added" => {
            for subject in subjects(entry) {
                residence_notices::tell_residence(work, station, subject, &cause).await?;
            }
        }
        "civil_record.recorded" | "civil_record.corrected" => {
            supply_everywhere(work, station, id(details, "record")?, &cause).await?;
        }
        "residence_elsewhere.noted" | "consent.given" => {
            for subject in subjects(entry) {
                protection_messages::tell_all_of(work, station, subject, &cause).await?;
                residence_notices::tell_residence(work, station, subject, &cause).await?;
                supply_all_of(work, station, subject, &cause).await?;
            }
        }
        "civil_record.supplied" => {
            for subject in subjects(entry) {
                protection_messages::tell_all_of(work, station, subject, &cause).await?;
            }
        }
        kind @ ("protection.raised" | "protection.received" | "protection.lifted") => {
            let standing = kind != "protection.lifted";
            tell_protection(work, station, id(details, "protection")?, standing, &cause).await?;
        }
        "consent.withdrawn" => withdrawals::tell(work, station, id(details, "consent")?).await?,
        "peer.added" | "peer.renewed" | "peer.plan_changed" => {
            for locality in work.node().counties.clone() {
                work.move_to(locality);
                catch_up(work, station, &details["peer"], &cause).await?;
            }
        }
        "data.disclosed" => access_notes::tell(work, station, &entry.entry, &cause).await?,
        "doubt.raised" | "doubt.received" => {
            doubt_messages::tell_doubted(work, station, id(details, "doubt")?, &cause).await?;
        }
        "doubt.resolved" => doubt_messages::tell_resolved(work, station, id(details, "doubt")?, &cause).await?,
        "inquiry.asked" => inquiry_messages::queue_request(work, station, id(details, "inquiry")?).await?,
        "inquiry.answered" => inquiry_messages::queue_answer(work, station, id(details, "inquiry")?).await?,
        _ => {}
    }
    Ok(())
}

/// Supplies a record to whom it is for, and its next version to everybody who has one.
async fn supply_everywhere(work: &mut Work, station: &Station, record: Uuid, cause: &Cause) -> Result<()> {
    let mut recipients = recipients_of(work, record).await?;
    for told in store::streams::told_about(work, record).await? {
        if !recipients.iter().any(|peer| peer.code == told) {
            recipients.extend(peers::find(work, &told).await?);
        }
    }
    for peer in recipients {
        supply(work, station, record, &peer, cause).await?;
    }
    Ok(())
}

/// Tells of a protection, or of its end, and then how things went on meanwhile.
async fn tell_protection(
    work: &mut Work,
    station: &Station,
    protection: Uuid,
    standing: bool,
    cause: &Cause,
) -> Result<()> {
    if standing {
        return protection_messages::tell(work, station, protection, cause).await;
    }
    if let Some(free) = protection_messages::tell_lifted(work, station, protection, cause).await? {
        residence_notices::tell_residence(work, station, free, cause).await?;
        supply_all_of(work, station, free, cause).await?;
    }
    Ok(())
}

/// The entry that made a message necessary; its place in the journal is the message's case.
pub(super) struct Cause {
    pub case: CaseRef,
}

impl Cause {
    fn of(entry: &SealedEntry) -> Result<Self> {
        let locality = entry.entry["locality"].as_str().unwrap_or_default();
        Ok(Self { case: format!("{locality}-J{}", entry.position).parse().map_err(Error::internal)? })
    }
}

fn subjects(entry: &SealedEntry) -> Vec<Uuid> {
    let listed = entry.entry["subjects"].as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

fn id(details: &Value, name: &str) -> Result<Uuid> {
    details[name].as_str().and_then(|text| text.parse().ok()).ok_or_else(|| Error::internal(format!("no {name}")))
}

/// The peers a record concerns: the origins of its people, and the localities they live in that asked for changes.
async fn recipients_of(work: &mut Work, record: Uuid) -> Result<Vec<Peer>> {
    let mut recipients: Vec<Peer> = Vec::new();
    for resident in civil_records::subjects(work, record).await?.into_iter().filter_map(|s| s.resident_id) {
        for peer in peers_of(work, resident).await? {
            if !recipients.iter().any(|known| known.code == peer.code) {
                recipients.push(peer);
            }
        }
    }
    Ok(recipients)
}

async fn peers_of(work: &mut Work, resident: Uuid) -> Result<Vec<Peer>> {
    let mut found = Vec::new();
    for code in tenancies::live_peers_of(work, resident).await? {
        found.extend(peers::find(work, &code).await?);
    }
    if let Some(resident) = residents::find(work, resident).await?
        && !work.node().territory.covers(&resident.origin)
        && let Some(peer) = peers::serving(work, &resident.origin).await?
        && !found.iter().any(|known: &Peer| known.code == peer.code)
    {
        found.push(peer);
    }
    Ok(found)
}

async fn supply_all_of(work: &mut Work, station: &Station, resident: Uuid, cause: &Cause) -> Result<()> {
    for peer in peers_of(work, resident).await? {
        for record in civil_records::ids_of_resident(work, resident).await? {
            supply(work, station, record, &peer, cause).await?;
        }
    }
    Ok(())
}

/// Supplies a record this node answers for, in its current version, unless the peer has that already or nothing
/// allows it: a statute for a marriage, the guardian's consent for the birth of a child under fourteen.
async fn supply(work: &mut Work, station: &Station, record: Uuid, peer: &Peer, cause: &Cause) -> Result<()> {
    let Some(summary) = civil_records::summary(work, record).await? else { return Ok(()) };
    let told_before = store::streams::version_told(work, &peer.code, record).await?;
    if summary.source_peer.is_some() || told_before >= summary.version {
        return Ok(());
    }
    if !peer.can_be_written_to(work.now()) {
        return Ok(());
    }
    let subjects = civil_records::subjects(work, record).await?;
    for resident in subjects.iter().filter_map(|subject| subject.resident_id) {
        // The record tells that its people are known here: of somebody protected, only to who knows that they are.
        if protection_messages::hides_from(work, resident, &peer.code).await? {
            return Ok(());
        }
    }
    let people: Vec<Uuid> = subjects.iter().filter_map(|subject| subject.resident_id).collect();
    let Some((basis, on_wire)) = basis_for(work, summary.kind, &subjects, peer).await? else { return Ok(()) };
    let fields = summary.kind.fields();
    let disclosure = open_for(work, peer, &basis, cause, &people, record, fields).await?;
    let view = civil_records::current(work, &disclosure, record).await?;
    let content = Content::RecordSupplied(wire::RecordSupplied {
        record,
        version: u32::try_from(summary.version).map_err(Error::internal)?,
        issuer: summary.issuer.clone(),
        provenance: summary.source.as_str().parse().map_err(Error::internal)?,
        standing: summary.standing.as_str().parse().map_err(Error::internal)?,
        about: super::wire::record(&view),
    });
    let draft = Draft {
        about: record,
        version: summary.version,
        basis: on_wire,
        purpose: code(PURPOSE)?,
        case: reference(&cause.case),
        content,
    };
    outbox::queue(work, station, peer, draft).await?;
    match told_before {
        0 => doubt_messages::tell_open_doubts(work, station, record, peer, cause).await,
        _ => Ok(()),
    }
}

async fn basis_for(
    work: &mut Work,
    kind: RecordKind,
    subjects: &[Subject],
    peer: &Peer,
) -> Result<Option<(BasisCode, Basis)>> {
    if kind == RecordKind::Marriage {
        return match statute(work, Kind::RecordSupplied) {
            Some(basis) => Ok(Some((basis.clone(), basis_on_wire(&basis)?))),
            None => Ok(None),
        };
    }
    // It is the child's record: a consent that a parent gave to exchange their own does not reach it.
    for child in subjects.iter().filter(|subject| subject.part == Part::Child).filter_map(|child| child.resident_id) {
        if let Some(found) = consent_to(work, child, peer).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A person's (or for a child the guardian's) living consent to exchange with a peer, as a basis.
pub(super) async fn consent_to(work: &mut Work, person: Uuid, peer: &Peer) -> Result<Option<(BasisCode, Basis)>> {
    let purpose: PurposeCode = PURPOSE.parse().map_err(Error::internal)?;
    let Some(consent) = residents::live_consent(work, person, &purpose, &peer.code).await? else { return Ok(None) };
    let basis = "consent".parse().map_err(Error::internal)?;
    Ok(Some((basis, Basis::Consent { consent: consent.id, text_version: consent.text_version })))
}

/// Tells a peer that was just added, renewed or taken up again all that concerns it and that it does not know.
async fn catch_up(work: &mut Work, station: &Station, peer: &Value, cause: &Cause) -> Result<()> {
    let Some(code) = peer.as_str().and_then(|code| code.parse().ok()) else { return Ok(()) };
    let Some(peer) = peers::find(work, &code).await?.filter(|peer| peer.state == peers::State::Active) else {
        return Ok(());
    };
    protection_messages::catch_up(work, station, &peer, cause).await?;
    for division in &peer.territory {
        for resident in residents::ids_by_origin(work, division).await? {
            residence_notices::tell_residence(work, station, resident, cause).await?;
            supply_all_of(work, station, resident, cause).await?;
        }
    }
    withdrawals::catch_up(work, station, &peer).await?;
    inquiry_messages::catch_up(work, station, &peer).await
}

/// Writes down that data leave for a peer, and answers the permission to open them.
pub(super) async fn open_for(
    work: &mut Work,
    peer: &Peer,
    basis: &BasisCode,
    cause: &Cause,
    people: &[Uuid],
    owner: Uuid,
    fields: &[Field],
) -> Result<Disclosure> {
    let purpose = PURPOSE.parse().map_err(Error::internal)?;
    let reason = Reason { purpose, basis: basis.clone(), case: cause.case.clone() };
    journal::disclose_to_peer(work, &reason, people, &[owner], fields, &peer.code).await
}

pub(super) fn statute(work: &Work, kind: Kind) -> Option<BasisCode> {
    work.node().purposes.statutory_basis(kind.as_str()).map(|basis| basis.code.clone())
}

pub(super) fn basis_on_wire(basis: &BasisCode) -> Result<Basis> {
    Ok(Basis::Statute { reference: code(basis.as_str())? })
}

pub(super) fn code(text: &str) -> Result<Code> {
    text.parse().map_err(|_| Error::Refused("invalid-payload"))
}

pub(super) fn reference(case: &CaseRef) -> Option<wire::Reference> {
    case.as_str().parse().ok()
}
