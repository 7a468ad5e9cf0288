//! One unit of work: a transaction, who acts, in which locality, now. Every operation takes `&mut Work` and goes
//! **permit → load → rule → store → journal**; the door commits. Dropped without [`Work::commit`], nothing happened.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::Notify;
use uuid::{ContextV7, Uuid};

use crate::access::budgets::Meter;
use crate::access::{Action, Actor, Measures, Purposes, Scope, SignInRules};
use crate::chance::Chance;
use crate::clock::{Clock, china_day};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::localities::{Calendar, Territory};
use crate::residents::ConsentTexts;
use crate::retention::ledger::Ledger;
use crate::retention::policies::Policies;
use crate::values::{DivisionCode, Label, LocalityCode, NodeCode};
use crate::vault::Vault;

/// What every unit of work on this node shares.
#[derive(Debug)]
pub struct Node {
    /// The node's code in the directory, often that of its county.
    pub code: NodeCode,
    /// The node's name as peers and people see it.
    pub name: Label,
    /// The divisions it serves.
    pub territory: Territory,
    /// The counties any part of which it serves, in the order of their codes; its data are kept per county.
    pub counties: Vec<LocalityCode>,
    /// The first of these: rows that belong to the node as a whole carry it as their locality.
    pub seat: LocalityCode,
    /// Seals and opens.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Clock,
    /// Purposes and bases this locality works under.
    pub purposes: Purposes,
    /// What people are shown before they consent.
    pub consent_texts: ConsentTexts,
    /// How closely looks at people's data are watched.
    pub measures: Measures,
    /// Draws lots.
    pub chance: Chance,
    /// Working days.
    pub calendar: Calendar,
    /// What is kept how long.
    pub retention: Policies,
    /// Who was forgotten, outside the database; in no file unless it is given one.
    pub forgotten: Ledger,
    /// The folder outside the database that keeps the last checkpoint of each journal; `None` keeps none.
    pub checkpoints: Option<PathBuf>,
    /// How people sign in.
    pub sign_in: SignInRules,
    /// Working days within which a doubt about a fact is answered.
    pub days_to_answer_doubts: u16,
    /// Counts ids up inside a millisecond, so that what one work does keeps its order.
    ids: Mutex<ContextV7>,
    /// Woken when journal entries were committed, for the sealer and what reads after it.
    pub journaled: Notify,
    /// Woken when something was committed that peers must hear of at once.
    pub urgent: Notify,
}

impl Node {
    /// A node with the shipped purposes and calendar.
    ///
    /// # Errors
    /// `Invalid("territory")` when no county of the published list lies in it.
    pub fn new(code: NodeCode, name: Label, territory: Territory, vault: Vault, clock: Clock) -> Result<Self> {
        let counties = territory.counties();
        let seat = counties.first().cloned().ok_or_else(|| Error::invalid("territory", "unknown-division"))?;
        let (purposes, calendar) = (Purposes::built_in()?, Calendar::built_in().clone());
        let (retention, forgotten) = (Policies::built_in()?, Ledger::default());
        let checkpoints = None;
        let (consent_texts, sign_in) = (ConsentTexts::built_in()?, SignInRules::default());
        let (measures, chance) = (Measures::built_in()?, Chance::system());
        let (ids, journaled, urgent) = (Mutex::new(ContextV7::new()), Notify::new(), Notify::new());
        Ok(Self {
            code,
            name,
            territory,
            counties,
            seat,
            vault,
            clock,
            purposes,
            consent_texts,
            measures,
            chance,
            calendar,
            retention,
            forgotten,
            checkpoints,
            sign_in,
            days_to_answer_doubts: crate::doubts::DAYS_TO_ANSWER,
            ids,
            journaled,
            urgent,
        })
    }
}

/// One unit of work.
pub struct Work {
    /// The open transaction; only stores use it.
    pub(crate) tx: Tx,
    node: Arc<Node>,
    actor: Actor,
    locality: LocalityCode,
    now: DateTime<Utc>,
    journaled: bool,
    meter: Meter,
    urgent: bool,
}

impl Work {
    /// Begins work of `actor` in `locality` inside `tx`.
    pub fn new(tx: Tx, node: Arc<Node>, actor: Actor, locality: LocalityCode) -> Self {
        let now = node.clock.now();
        Self { tx, node, actor, locality, now, journaled: false, urgent: false, meter: Meter::default() }
    }

    /// Shows on a meter of the door's what the looks of this work come to.
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = meter;
        self
    }

    /// Where looks past a limit are shown.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Refuses unless the actor's role includes the action. The first line of every operation.
    pub fn permit(&self, action: Action) -> Result<()> {
        if self.actor.role.may(action) { Ok(()) } else { Err(Error::Forbidden(action.as_str())) }
    }

    /// Refuses, as not found, unless the division lies in the actor's scope.
    pub fn within_scope(&self, division: &DivisionCode, what: &'static str) -> Result<()> {
        if self.actor.scope.covers(division) { Ok(()) } else { Err(Error::NotFound(what)) }
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The divisions the actor may see, for the conditions of a query.
    pub fn scope(&self) -> &Scope {
        &self.actor.scope
    }

    /// What [`visible!`](crate::access::protection) is bound to: nothing for whoever is named to see protected persons,
    /// and for the node itself; the account of everybody else.
    pub fn viewer(&self) -> Option<Uuid> {
        if self.actor.protects { None } else { Some(self.actor.id) }
    }

    /// The county whose data this work is about.
    pub fn locality(&self) -> &LocalityCode {
        &self.locality
    }

    /// The node's shared parts.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The instant of this work; the same for all it does.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The day of this work in China.
    pub fn today(&self) -> NaiveDate {
        china_day(self.now)
    }

    /// A new id, ordered by time and, on this node, by when it was asked for (UUIDv7 with a counter, RFC 9562 6.2).
    pub fn new_id(&self) -> Uuid {
        let seconds = u64::try_from(self.now.timestamp()).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.node.ids, seconds, self.now.timestamp_subsec_nanos()))
    }

    /// Goes on in another county of the territory, inside the same transaction. Only the node itself does so, when a
    /// peer's message turns out to be about a person of that county.
    pub(crate) fn move_to(&mut self, locality: LocalityCode) {
        self.actor.scope = Scope::new(locality.clone().into());
        self.locality = locality;
    }

    /// Goes on as somebody else and answers who it was: a clerk pairs a peer's message, and then it takes effect on the
    /// peer's word.
    pub(crate) fn act_as(&mut self, actor: Actor) -> Actor {
        std::mem::replace(&mut self.actor, actor)
    }

    /// Notes that a journal entry was written, so that the sealer is woken on commit.
    pub(crate) fn note_journaled(&mut self) {
        self.journaled = true;
    }

    /// Notes that peers must hear of this at once, not with the next turn of the schedule.
    pub(crate) fn note_urgent(&mut self) {
        self.urgent = true;
    }

    /// Makes it all durable.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        if self.journaled {
            self.node.journaled.notify_one();
        }
        if self.urgent {
            self.node.urgent.notify_one();
        }
        Ok(())
    }
}
