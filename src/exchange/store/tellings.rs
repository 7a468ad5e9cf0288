//! What our streams say about a thing or a person. Streams carry the node's seat, what they are about its county.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::access::protection::visible;
use crate::db::{fetch_all, fetch_one};
use crate::error::Result;
use crate::exchange::messages::Kind;
use crate::values::NodeCode;
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(in crate::exchange) struct TellingRow {
    pub peer: NodeCode,
    pub message_id: Uuid,
    pub kind: Kind,
    pub about_id: Uuid,
    pub about_version: i32,
    pub queued_at: DateTime<Utc>,
    pub handed: bool,
    pub verdict: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
}

macro_rules! messages {
    ($condition:literal) => {
        concat!(
            "select o.peer, o.message_id, o.kind, o.about_id, o.about_version, o.queued_at, o.seq <= h.handed as handed,
                    o.verdict, o.acknowledged_at
             from stream_out o join stream_heads h on h.locality = o.locality and h.peer = o.peer
             where o.locality = $1 and ",
            $condition,
            " order by o.queued_at, o.peer, o.seq"
        )
    };
}

pub(in crate::exchange) async fn about(work: &mut Work, about: Uuid) -> Result<Vec<TellingRow>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(&mut work.tx, TellingRow, messages!("o.about_id = $2"), &seat, about)?)
}

/// What was said about the person, their residences and the inquiries about them; records apart.
pub(in crate::exchange) async fn of_person(work: &mut Work, resident: Uuid) -> Result<Vec<TellingRow>> {
    let (seat, locality) = (work.node().seat.clone(), work.locality().clone());
    Ok(fetch_all!(
        &mut work.tx,
        TellingRow,
        messages!(
            "(o.about_id = $2
              or o.about_id in (select n.id from residence_notices n where n.locality = $3 and n.resident_id = $2)
              or o.about_id in (select i.id from inquiries i where i.locality = $3 and i.resident_id = $2))"
        ),
        &seat,
        resident,
        &locality
    )?)
}

/// The peers a person lives or lived with, and those that were told that they live here.
pub(in crate::exchange) async fn peers_of(work: &mut Work, resident: Uuid) -> Result<Vec<NodeCode>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (NodeCode,),
        "select peer from residence_notices where locality = $1 and resident_id = $2
         union select peer from residences_elsewhere where locality = $1 and resident_id = $2",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// Whether one of a record's people is hidden from whoever asks.
pub(in crate::exchange) async fn somebody_is_hidden(work: &mut Work, record: Uuid) -> Result<bool> {
    let (locality, viewer) = (work.locality().clone(), work.viewer());
    let (hidden,) = fetch_one!(
        &mut work.tx,
        (i64,),
        concat!(
            "select cast(count(*) as bigint) from civil_record_subjects s where s.locality = $1 and s.record_id = $2
             and not ",
            visible!("s", "resident_id", "$3")
        ),
        &locality,
        record,
        viewer
    )?;
    Ok(hidden > 0)
}

/// The files here of those of a record's people whom the actor may know of.
pub(in crate::exchange) async fn visible_people(work: &mut Work, record: Uuid) -> Result<Vec<Uuid>> {
    let (locality, viewer) = (work.locality().clone(), work.viewer());
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        concat!(
            "select s.resident_id from civil_record_subjects s
             where s.locality = $1 and s.record_id = $2 and s.resident_id is not null and ",
            visible!("s", "resident_id", "$3")
        ),
        &locality,
        record,
        viewer
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
