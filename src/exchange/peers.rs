//! The other localities' nodes: adding one after two people compared its fingerprint, its schedule, its health.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::directory::{self, NodeCard, NodeCode};
use super::keys::KeyUse;
use super::station::Station;
use super::store::{self, peers::PeerRow};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{DivisionCode, Label, Malformed, parsed_text, text_enum};
use crate::work::Work;

/// How long a sync may hold a peer's lease: longer than any sync takes, short enough after a crash.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);

/// China's time, seconds east: schedules are written in it.
pub(crate) const OFFSET_SECONDS: i32 = 8 * 3600;

text_enum! {
    /// Who calls whom.
    pub enum Mode {
        /// We hand over what is ours; the peer hands over what is its.
        Push => "push",
        /// We also fetch what is the peer's: for a node that the peer cannot reach, and as a second way otherwise.
        Pull => "pull",
        /// We do not call at all: the peer fetches and hands over.
        Passive => "passive",
    }
}

text_enum! {
    /// Whether a peer takes part.
    pub enum State {
        /// It does.
        Active => "active",
        /// It does not for now; what it is owed waits.
        Suspended => "suspended",
    }
}

parsed_text! {
    /// A schedule: a cron pattern of six fields, seconds first, in China's time: `0 30 1 * * *` is half past one at
    /// night.
    pub struct Schedule = parse_schedule;
}

fn parse_schedule(text: &str) -> std::result::Result<String, Malformed> {
    let pattern = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cron(&pattern).map(|_| pattern).ok_or(Malformed("malformed-schedule"))
}

fn cron(pattern: &str) -> Option<croner::Cron> {
    let seconds = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Required).build();
    seconds.parse(pattern).ok()
}

impl Schedule {
    /// The first turn after an instant; `None` when there is none for years.
    pub fn next_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let china = at.with_timezone(&FixedOffset::east_opt(OFFSET_SECONDS)?);
        cron(&self.0)?.find_next_occurrence(&china, false).ok().map(|next| next.to_utc())
    }
}

impl Default for Schedule {
    /// Every ten minutes.
    fn default() -> Self {
        Self("0 */10 * * * *".to_owned())
    }
}

/// A node to exchange with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPeer {
    /// The node's signed card, as its administrator handed it over.
    pub card: String,
    /// The fingerprint that the two administrators compared by telephone.
    pub fingerprint: String,
    /// Who calls whom; `pull` by default, which also pushes.
    pub mode: Option<Mode>,
    /// When; every ten minutes by default.
    pub schedule: Option<Schedule>,
}

/// A change of how a peer is synced.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeerPlan {
    /// Who calls whom.
    pub mode: Mode,
    /// When.
    pub schedule: Schedule,
    /// Whether it takes part.
    pub state: State,
}

/// A peer and how the exchange with it goes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Peer {
    /// The node's code.
    pub code: NodeCode,
    /// Its name.
    pub name: Label,
    /// The divisions it serves.
    pub territory: Vec<DivisionCode>,
    /// Where it is reached.
    pub base_url: String,
    /// The office to call.
    pub office_name: Label,
    /// Its telephone.
    pub office_phone: String,
    /// Who calls whom.
    pub mode: Mode,
    /// When.
    pub schedule: Schedule,
    /// Whether it takes part.
    pub state: State,
    /// Messages it has not acknowledged yet (待发).
    pub backlog: i64,
    /// The last number of our stream to it.
    pub sent: i64,
    /// The last number of its stream to us.
    pub received: i64,
    /// Up to this number of our stream both sides' digests agreed.
    pub agreed_through: i64,
    /// When a sync last succeeded.
    pub last_success_at: Option<DateTime<Utc>>,
    /// When one last failed.
    pub last_failure_at: Option<DateTime<Utc>>,
    /// Why: a stable code.
    pub last_failure: Option<String>,
    /// Failures in a row.
    pub failures: i32,
    /// Before this instant the schedule leaves it alone; "sync now" does not.
    pub retry_at: Option<DateTime<Utc>>,
    /// Why its journal contradicts what this node holds of it: a stable code, while a case about that is open.
    pub journal_alarm: Option<String>,
    /// Its card.
    #[serde(skip)]
    pub card: NodeCard,
    /// Up to this number of its stream it was told our verdicts.
    #[serde(skip)]
    pub told: i64,
    /// Up to this number it acknowledged ours.
    #[serde(skip)]
    pub acknowledged: i64,
}

impl Peer {
    /// Whether its card has a key that something can be sealed to now. If not, what it is owed waits for its next card.
    pub fn can_be_written_to(&self, now: DateTime<Utc>) -> bool {
        self.card.keys.iter().any(|key| key.usage() == KeyUse::Agreement && key.valid_at(now))
    }

    fn from_row(row: PeerRow) -> Result<Self> {
        let card: NodeCard = serde_json::from_str(&row.card).map_err(Error::internal)?;
        Ok(Self {
            code: card.code.clone(),
            name: card.name.clone(),
            territory: card.territory.clone(),
            base_url: card.base_url.to_string(),
            office_name: card.office.name.clone(),
            office_phone: card.office.phone.to_string(),
            mode: row.mode,
            schedule: Schedule::from_str(&row.schedule).map_err(Error::internal)?,
            state: row.state,
            backlog: row.queued - row.acknowledged,
            sent: row.queued,
            received: row.received,
            agreed_through: row.agreed_through,
            last_success_at: row.last_success_at,
            last_failure_at: row.last_failure_at,
            last_failure: row.last_failure,
            failures: row.failures,
            retry_at: row.retry_at,
            journal_alarm: row.journal_alarm,
            card,
            told: row.told,
            acknowledged: row.acknowledged,
        })
    }
}

/// Adds a peer, or renews the card of one already known. What the node has for people of its territory is queued by
/// the next projection.
///
/// # Errors
/// `Refused` with the protocol's reason (`wrong-fingerprint`, `bad-signature`, …); `Refused("own-card")`;
/// `Refused("territory-overlaps")` when it claims a division that this node or another peer serves.
pub async fn add(work: &mut Work, new: NewPeer) -> Result<Peer> {
    work.permit(Action::ManagePeers)?;
    let card = directory::verify_card(new.card.trim(), &new.fingerprint, work.now())?;
    put_card(work, &card, new.mode.unwrap_or(Mode::Pull), &new.schedule.unwrap_or_default()).await
}

/// A directory of this node and its active peers, signed by this node as its keeper. Its version is the minute it is
/// written in, so that a later one replaces it.
pub async fn sign_directory(work: &mut Work, station: &Station) -> Result<String> {
    work.permit(Action::ManagePeers)?;
    let own = station.card(work)?;
    let (version, issued_at) = (own.version, own.issued_at);
    let active = list(work).await?.into_iter().filter(|peer| peer.state == State::Active).map(|peer| peer.card);
    let nodes = std::iter::once(own).chain(active).collect();
    directory::Directory { version, issued_at, nodes }.sign(&station.keys, work.now())
}

/// Adds or renews every node of a directory signed by a key this node trusts; answers those added or changed.
pub async fn import_directory(work: &mut Work, jws: &str, trusted: &[super::keys::PublicKey]) -> Result<Vec<Peer>> {
    work.permit(Action::ManagePeers)?;
    let directory = directory::verify_directory(jws.trim(), trusted, work.now())?;
    let mut changed = Vec::new();
    for card in &directory.nodes {
        if is_own(work, card) {
            continue;
        }
        let known = find(work, &card.code).await?;
        if known.as_ref().is_none_or(|peer| peer.card.version < card.version) {
            changed.push(put_card(work, card, Mode::Pull, &Schedule::default()).await?);
        }
    }
    Ok(changed)
}

async fn put_card(work: &mut Work, card: &NodeCard, mode: Mode, schedule: &Schedule) -> Result<Peer> {
    if is_own(work, card) {
        return Err(Error::Refused("own-card"));
    }
    let ours = &work.node().territory;
    let mut taken = ours.codes().to_vec();
    for row in store::peers::list(work).await? {
        let other = Peer::from_row(row)?;
        if other.code != card.code {
            taken.extend(other.territory);
        }
    }
    if card.territory.iter().any(|theirs| taken.contains(theirs)) {
        return Err(Error::Refused("territory-overlaps"));
    }
    let text = serde_json::to_string(card).map_err(Error::internal)?;
    let known = find(work, &card.code).await?;
    match &known {
        Some(peer) if peer.card.version > card.version => return Err(super::Reason::NotNewer.into()),
        Some(_) => store::peers::set_card(work, &card.code, &text).await?,
        None => store::peers::insert(work, &card.code, &text, mode, schedule.as_str()).await?,
    }
    let kind = if known.is_some() { "peer.renewed" } else { "peer.added" };
    let details = json!({ "peer": card.code, "territory": card.territory, "version": card.version });
    journal::append(work, Event { kind, subjects: &[], details }).await?;
    get(work, &card.code).await
}

fn is_own(work: &Work, card: &NodeCard) -> bool {
    card.code.as_str() == work.node().code.as_str()
}

/// Changes how a peer is synced.
pub async fn set_plan(work: &mut Work, code: &NodeCode, plan: PeerPlan) -> Result<Peer> {
    work.permit(Action::ManagePeers)?;
    if !store::peers::set_plan(work, code, plan.mode, plan.schedule.as_str(), plan.state).await? {
        return Err(Error::NotFound("peer"));
    }
    let details = json!({ "peer": code, "mode": plan.mode, "schedule": plan.schedule, "state": plan.state });
    journal::append(work, Event { kind: "peer.plan_changed", subjects: &[], details }).await?;
    get(work, code).await
}

/// All peers.
pub async fn list(work: &mut Work) -> Result<Vec<Peer>> {
    work.permit(Action::SeeExchange)?;
    store::peers::list(work).await?.into_iter().map(Peer::from_row).collect()
}

/// One peer.
pub async fn get(work: &mut Work, code: &NodeCode) -> Result<Peer> {
    find(work, code).await?.ok_or(Error::NotFound("peer"))
}

/// One peer, where there is one; for the exchange's own operations.
pub async fn find(work: &mut Work, code: &NodeCode) -> Result<Option<Peer>> {
    store::peers::find(work, code).await?.map(Peer::from_row).transpose()
}

/// The active peer that serves a division, by the longest matching prefix.
pub async fn serving(work: &mut Work, division: &DivisionCode) -> Result<Option<Peer>> {
    let active: Vec<Peer> = store::peers::list(work)
        .await?
        .into_iter()
        .filter(|row| row.state == State::Active)
        .map(Peer::from_row)
        .collect::<Result<_>>()?;
    let cards: Vec<NodeCard> = active.iter().map(|peer| peer.card.clone()).collect();
    let code = directory::route(&cards, division).map(|card| card.code.clone());
    Ok(code.and_then(|code| active.into_iter().find(|peer| peer.code == code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_in_china_s_time() {
        let schedule: Schedule = "0 30 1 * * *".parse().unwrap();
        let next = schedule.next_after("2026-11-23T17:30:00Z".parse().unwrap()).unwrap();
        assert_eq!(next, "2026-11-24T17:30:00Z".parse::<DateTime<Utc>>().unwrap());
    }
}
