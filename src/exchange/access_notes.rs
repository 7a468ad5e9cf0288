//! Accesses become notes to where a person's data come from: the person sees at home who read them here. A note of a
//! confidential access waits for its day. Notes cause no notes: only officers' looks do.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::apply::Outcome;
use super::inquiries::Direction;
use super::messages::{AccessNoted, Basis, Content, Held, Kind};
use super::outbox::{self, Draft};
use super::peers::{self, Peer};
use super::projection::{Cause, PURPOSE, basis_on_wire, code, consent_to, reference, statute};
use super::station::Station;
use super::store;
use crate::access::Role;
use crate::app::App;
use crate::civil_records;
use crate::error::{Error, Result};
use crate::journal::looks::{self, Sealing};
use crate::journal::{self, Event};
use crate::residents;
use crate::tenancies;
use crate::values::{DivisionCode, NodeCode};
use crate::work::Work;

/// Confidential accesses told of in one transaction.
const BATCH: i64 = 50;
/// Digits of a county's code.
const COUNTY: usize = 6;

/// A peer that is owed a note, what it knows the person by, and whom it concerns.
struct Owed {
    peer: NodeCode,
    about: Held,
    persons: Vec<Uuid>,
}

/// Tells of an access, unless it is none of an officer's, or is confidential and its day has not come.
pub(super) async fn tell(work: &mut Work, station: &Station, entry: &Value, cause: &Cause) -> Result<()> {
    let role: Option<Role> = entry["actor"]["role"].as_str().and_then(|role| role.parse().ok());
    if !role.is_some_and(Role::is_officer) || matches!(Sealing::of(entry, work.today())?, Sealing::Until(_)) {
        return Ok(());
    }
    let now = work.now();
    for owed in owed(work, entry).await? {
        let Some(peer) = peers::find(work, &owed.peer).await?.filter(|peer| peer.can_be_written_to(now)) else {
            continue;
        };
        if let Some(basis) = basis_for(work, &owed.persons, &peer).await? {
            queue(work, station, &peer, owed.about, entry, basis, cause).await?;
        }
    }
    Ok(())
}

/// Tells of the confidential accesses of the county whose day has come.
pub(super) async fn tell_opened(app: &App, station: &Station, locality: &crate::values::LocalityCode) -> Result<()> {
    loop {
        let mut work = app.system_work_in(locality).await?;
        let opened = looks::opened(&mut work, BATCH).await?;
        if opened.is_empty() {
            return Ok(());
        }
        for (id, entry) in opened {
            let case = format!("{locality}-{}", work.today().format("%Y%m%d")).parse().map_err(Error::internal)?;
            tell(&mut work, station, &entry, &Cause { case }).await?;
            looks::note_projected(&mut work, id).await?;
        }
        work.commit().await?;
    }
}

/// Whoever a record came from, an inquiry was answered by, or was told where the person lives; each once. A peer that
/// asked is not told that its question was read.
async fn owed(work: &mut Work, entry: &Value) -> Result<Vec<Owed>> {
    let subjects = looks::subjects(entry);
    let (mut found, mut asking): (Vec<Owed>, Vec<NodeCode>) = (Vec::new(), Vec::new());
    for owner in entry["details"]["owners"].as_array().into_iter().flatten() {
        let Some(owner) = owner.as_str().and_then(|id| id.parse().ok()) else { continue };
        if let Some(peer) = civil_records::summary(work, owner).await?.and_then(|record| record.source_peer) {
            found.push(Owed { peer, about: Held::Record(owner), persons: subjects.clone() });
        }
        let Some(row) = store::inquiries::find(work, owner).await? else { continue };
        match row.inquiry.direction {
            Direction::Received => asking.push(row.inquiry.peer),
            Direction::Asked if row.answer.is_some() => {
                found.push(Owed { peer: row.inquiry.peer, about: Held::Inquiry(owner), persons: subjects.clone() });
            }
            Direction::Asked => {}
        }
    }
    let told: BTreeSet<NodeCode> = found.iter().map(|owed| owed.peer.clone()).chain(asking).collect();
    for person in subjects {
        for peer in store::notices::told_of(work, person).await? {
            let notices = store::notices::of_resident(work, person, &peer).await?;
            if let Some(notice) =
                notices.iter().rfind(|notice| notice.until.is_none()).filter(|_| !told.contains(&peer))
            {
                found.push(Owed { peer, about: Held::Notice(notice.id), persons: vec![person] });
            }
        }
    }
    Ok(found)
}

/// What allows a note to leave: a statute of the list; for a child under fourteen the guardian's consent, and nothing
/// else. Of somebody protected nothing is told.
async fn basis_for(work: &mut Work, persons: &[Uuid], peer: &Peer) -> Result<Option<Basis>> {
    for person in persons {
        if residents::protection::is_protected(work, *person).await? {
            return Ok(None);
        }
        let Some(resident) = residents::find(work, *person).await? else { continue };
        if residents::is_under_fourteen(resident.birth_date, work.today()) {
            return Ok(consent_to(work, *person, peer).await?.map(|(_, on_wire)| on_wire));
        }
    }
    statute(work, Kind::AccessNoted).map(|basis| basis_on_wire(&basis)).transpose()
}

async fn queue(
    work: &mut Work,
    station: &Station,
    peer: &Peer,
    about: Held,
    entry: &Value,
    basis: Basis,
    cause: &Cause,
) -> Result<()> {
    let read = |value: &Value| value.as_str().map(str::to_owned).ok_or(Error::Refused("invalid-payload"));
    let access: Uuid = read(&entry["id"])?.parse().map_err(Error::internal)?;
    let office = read(&entry["actor"]["office"])?;
    let fields = entry["details"]["fields"].as_array().into_iter().flatten();
    let content = Content::AccessNoted(AccessNoted {
        access,
        about,
        at: read(&entry["at"])?.parse().map_err(Error::internal)?,
        office: county(&office)?,
        purpose: code(&read(&entry["purpose"])?)?,
        basis: code(&read(&entry["basis"])?)?,
        fields: fields.map(|field| code(&read(field)?)).collect::<Result<_>>()?,
    });
    let purpose = code(PURPOSE)?;
    let draft = Draft { about: access, version: 0, basis, purpose, case: reference(&cause.case), content };
    outbox::queue(work, station, peer, draft).await.map(drop)
}

fn county(office: &str) -> Result<DivisionCode> {
    office.get(..COUNTY).unwrap_or(office).parse().map_err(Error::internal)
}

/// Takes a peer's note in: an entry of the journal here, which the person sees among the looks at them.
pub(super) async fn receive(work: &mut Work, peer: &Peer, said: &AccessNoted) -> Result<Outcome> {
    if !peer.territory.iter().any(|served| served.covers(&said.office) || said.office.covers(served)) {
        return Ok(Outcome::Rejected("outside-the-senders-territory"));
    }
    let mut noted = false;
    for county in work.node().counties.clone() {
        work.move_to(county);
        let persons = known_by(work, peer, said.about).await?;
        if persons.is_empty() {
            continue;
        }
        let details = serde_json::json!({
            "access": said.access, "at": said.at, "office": said.office, "purpose": said.purpose, "basis": said.basis,
            "fields": said.fields,
        });
        journal::append(work, Event { kind: "access.noted", subjects: &persons, details }).await?;
        noted = true;
    }
    // A notice may wait for a clerk to pair its person; then so does what is noted of it.
    Ok(match (noted, said.about) {
        (true, _) => Outcome::Applied,
        (false, Held::Notice(_)) => Outcome::Case("unknown-notice"),
        (false, Held::Record(_) | Held::Inquiry(_)) => Outcome::Rejected("nobody-on-file"),
    })
}

/// Whom something means that this peer and this node hold, in the work's county.
async fn known_by(work: &mut Work, peer: &Peer, held: Held) -> Result<Vec<Uuid>> {
    Ok(match held {
        Held::Notice(id) => {
            let notice = tenancies::find_residence_elsewhere(work, id).await?.filter(|known| known.peer == peer.code);
            notice.map(|notice| notice.resident_id).into_iter().collect()
        }
        Held::Record(id) => {
            let ours = civil_records::summary(work, id).await?.is_some_and(|record| record.source_peer.is_none());
            if !ours || !store::streams::told_about(work, id).await?.contains(&peer.code) {
                return Ok(Vec::new());
            }
            civil_records::subjects(work, id).await?.into_iter().filter_map(|subject| subject.resident_id).collect()
        }
        Held::Inquiry(id) => {
            let inquiry = store::inquiries::find(work, id).await?.map(|row| row.inquiry);
            let inquiry = inquiry.filter(|known| known.direction == Direction::Received && known.peer == peer.code);
            inquiry.and_then(|inquiry| inquiry.resident_id).into_iter().collect()
        }
    })
}
