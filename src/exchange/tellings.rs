//! Who was told what, and whether it arrived: read off our streams, for the person it is about and for the clerk who
//! keeps a record. What was told about a record to the locality of its other people is theirs to know, not this
//! person's: it would say where they live.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::store::tellings::{self, TellingRow};
use super::streams::Verdict;
use super::{messages::Kind, peers};
use crate::access::{Action, Actor};
use crate::civil_records;
use crate::error::{Error, Result};
use crate::residents;
use crate::values::{Label, NodeCode, text_enum};
use crate::work::Work;

text_enum! {
    /// How far a message to another locality has come.
    pub enum TellingState {
        /// 待发送
        Queued => "queued",
        /// 已发出: handed over at least once, and no answer yet.
        Handed => "handed-over",
        /// 已生效
        Applied => "applied",
        /// 对方办理中: a clerk there works on it.
        Case => "case",
        /// 对方退回, with the reason beside it.
        Rejected => "rejected",
    }
}

/// One message to another locality.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Telling {
    /// The message's id, the same at the other locality.
    pub message: Uuid,
    /// The locality told.
    pub peer: NodeCode,
    /// Its name, as its card has it.
    pub peer_name: Label,
    /// What kind of message it is.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// The record, notice, inquiry or doubt it is about.
    pub about: Uuid,
    /// The version of a record that was told.
    pub version: Option<i32>,
    /// When it was written.
    pub queued_at: DateTime<Utc>,
    /// How far it has come.
    pub state: TellingState,
    /// Why it was rejected: the other locality's code.
    pub reason: Option<String>,
    /// When the other locality gave its verdict.
    pub acknowledged_at: Option<DateTime<Utc>>,
}

/// What was told of the person who asks, oldest first.
pub async fn own(work: &mut Work) -> Result<Vec<Telling>> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    of_person(work, own).await
}

/// What was told of a person, for an operation that asked its own permit.
pub(crate) async fn of_person(work: &mut Work, resident: Uuid) -> Result<Vec<Telling>> {
    let actor = as_node(work);
    let own_peers = peers_of(work, resident).await?;
    let mut rows = tellings::of_person(work, resident).await?;
    for record in civil_records::ids_of_resident(work, resident).await? {
        let told = tellings::about(work, record).await?;
        rows.extend(told.into_iter().filter(|row| own_peers.contains(&row.peer)));
    }
    work.act_as(actor);
    rows.sort_by_key(|row| (row.queued_at, row.message_id));
    told(work, rows).await
}

/// What was told of a record in the actor's scope, oldest first. Where one of its people is hidden from the actor, only
/// what was told to the localities of the others.
pub async fn of_record(work: &mut Work, record: Uuid) -> Result<Vec<Telling>> {
    work.permit(Action::ReadResidents)?;
    civil_records::get_summary(work, record).await?;
    let mut rows = tellings::about(work, record).await?;
    if tellings::somebody_is_hidden(work, record).await? {
        let mut known = Vec::new();
        for resident in tellings::visible_people(work, record).await? {
            known.extend(peers_of(work, resident).await?);
        }
        rows.retain(|row| known.contains(&row.peer));
    }
    told(work, rows).await
}

/// What was told of an inquiry in the actor's scope: its question, or its answer.
pub async fn of_inquiry(work: &mut Work, inquiry: Uuid) -> Result<Vec<Telling>> {
    super::inquiries::get(work, inquiry).await?;
    let rows = tellings::about(work, inquiry).await?;
    told(work, rows).await
}

/// The localities a person has to do with: those they live or lived in, those told that they live here, their origin.
async fn peers_of(work: &mut Work, resident: Uuid) -> Result<Vec<NodeCode>> {
    let mut known = tellings::peers_of(work, resident).await?;
    let actor = as_node(work);
    if let Some(resident) = residents::find(work, resident).await?
        && let Some(origin) = peers::serving(work, &resident.origin).await?
    {
        known.push(origin.code);
    }
    work.act_as(actor);
    Ok(known)
}

/// The node itself reads on: whom the record is about, the actor was asked before.
fn as_node(work: &mut Work) -> Actor {
    let locality = work.locality().clone();
    work.act_as(Actor::system(locality))
}

async fn told(work: &mut Work, rows: Vec<TellingRow>) -> Result<Vec<Telling>> {
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let peer_name = match peers::find(work, &row.peer).await? {
            Some(peer) => peer.name,
            None => row.peer.as_str().parse().map_err(Error::internal)?,
        };
        let (state, reason) = match &row.verdict {
            None if row.handed => (TellingState::Handed, None),
            None => (TellingState::Queued, None),
            Some(text) => match text.parse().map_err(Error::internal)? {
                Verdict::Applied => (TellingState::Applied, None),
                Verdict::Case => (TellingState::Case, None),
                Verdict::Rejected(code) => (TellingState::Rejected, Some(code.to_string())),
            },
        };
        told.push(Telling {
            message: row.message_id,
            peer: row.peer,
            peer_name,
            kind: row.kind,
            about: row.about_id,
            version: Some(row.about_version).filter(|version| *version > 0),
            queued_at: row.queued_at,
            state,
            reason,
            acknowledged_at: row.acknowledged_at,
        });
    }
    Ok(told)
}
