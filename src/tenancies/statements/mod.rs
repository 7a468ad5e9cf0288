//! What landlord, resident and committee each say of a tenancy. The three are kept apart and shown beside the registered
//! tenancy, with where they differ; registering stays the committee's decision. A side's new statement takes the place of
//! its own older one and never of another's. A landlord sees what they themselves filed, and nothing of this.

pub(super) mod rules;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use store::Of;
use uuid::Uuid;

use super::{SaidBy, Tenancy, disputes, recorder};
use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::notices::{self, Facts, NoticeKind};
use crate::values::{Malformed, ShortText, text_enum};
use crate::work::Work;

/// The reason of a dispute that follows from what a person states, unless they give one of their own.
const STATED_OTHERWISE: &str = "本人陈述与登记不符 (the person states otherwise)";

text_enum! {
    /// What somebody says of a person's living in a dwelling.
    pub enum Says {
        /// 居住: the person lives there, as far as the one who says so knew on that day.
        LivesHere => "lives-here",
        /// 已搬离
        Left => "left",
        /// 从未居住
        NeverLivedHere => "never-lived-here",
    }
}

text_enum! {
    /// How a statement came.
    pub enum Via {
        /// A report that was accepted.
        Report => "report",
        /// The person's own account.
        OwnAccount => "own-account",
        /// At the counter or on a visit, written down by a clerk.
        Counter => "counter",
        /// Together with the move that a clerk registered on that side's word.
        Registration => "registration",
    }
}

text_enum! {
    /// Whether what is said of one fact agrees: among the three sides, and with what is registered.
    pub enum Agreement {
        /// Nothing contradicts anything.
        Agree => "agree",
        /// Something does.
        Differ => "differ",
    }
}

/// What one side says of a tenancy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Statement {
    /// Id.
    pub id: Uuid,
    /// Of which tenancy.
    #[serde(skip)]
    pub tenancy_id: Uuid,
    /// Whose word it is.
    #[serde(skip)]
    pub side: SaidBy,
    /// What is said.
    pub says: Says,
    /// First day, where that was said.
    pub moved_in_on: Option<NaiveDate>,
    /// First day no longer there, for whoever left.
    pub moved_out_on: Option<NaiveDate>,
    /// How it came.
    pub via: Via,
    /// When it was said.
    pub stated_at: DateTime<Utc>,
    #[serde(skip)]
    report_id: Option<Uuid>,
}

/// The three sides of a tenancy, and where they differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Sides {
    /// The landlord's, employer's, agent's or property manager's word.
    pub landlord: Option<Statement>,
    /// The person's.
    pub resident: Option<Statement>,
    /// The committee's own, from a visit.
    pub committee: Option<Statement>,
    /// Whether the person lived there at all.
    pub lived_here: Agreement,
    /// Since when.
    pub moved_in_on: Agreement,
    /// Whether and since when no longer.
    pub moved_out_on: Agreement,
}

impl Default for Sides {
    fn default() -> Self {
        let agree = Agreement::Agree;
        Self {
            landlord: None,
            resident: None,
            committee: None,
            lived_here: agree,
            moved_in_on: agree,
            moved_out_on: agree,
        }
    }
}

impl Sides {
    /// Whether something differs.
    pub fn differ(&self) -> bool {
        [self.lived_here, self.moved_in_on, self.moved_out_on].contains(&Agreement::Differ)
    }
}

/// What a person says of one of their own tenancies.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateOwn {
    /// What they say.
    pub says: Says,
    /// First day, unless they never lived there; the one they said before, when absent.
    pub moved_in_on: Option<NaiveDate>,
    /// First day no longer there, if they left.
    pub moved_out_on: Option<NaiveDate>,
    /// What is wrong, in their own words; stands beside the tenancy if what they say differs from it.
    pub reason: Option<ShortText>,
}

/// What somebody says at the counter. It changes nothing that is registered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateAtCounter {
    /// Whose word it is.
    pub side: SaidBy,
    /// What they say.
    pub says: Says,
    /// First day, unless the person never lived there; the one that side said before, when absent.
    pub moved_in_on: Option<NaiveDate>,
    /// First day no longer there, if the person left.
    pub moved_out_on: Option<NaiveDate>,
}

/// What is said, by whom, and where from.
pub(super) struct New {
    pub side: SaidBy,
    pub says: Says,
    pub moved_in_on: Option<NaiveDate>,
    pub moved_out_on: Option<NaiveDate>,
    pub via: Via,
    pub report: Option<Uuid>,
}

impl New {
    /// The word on which a clerk registers a move.
    pub(super) fn on_word(
        side: SaidBy,
        moved_in_on: Option<NaiveDate>,
        moved_out_on: Option<NaiveDate>,
        report: Option<Uuid>,
    ) -> Self {
        let says = if moved_out_on.is_some() { Says::Left } else { Says::LivesHere };
        let via = if report.is_some() { Via::Report } else { Via::Registration };
        Self { side, says, moved_in_on, moved_out_on, via, report }
    }
}

/// A person states how it was with one of their own tenancies. If that differs from what is registered, it stands beside
/// it as a dispute until the committee settles it.
///
/// # Errors
/// `NotFound("tenancy")` for another's; `Refused("tenancy-undone")`; `Invalid` for days that do not go with what is said.
pub async fn state_own(work: &mut Work, id: Uuid, request: StateOwn) -> Result<Tenancy> {
    work.permit(Action::ReadOwnRecord)?;
    let tenancy = disputes::get_disputable(work, id).await?;
    let StateOwn { says, moved_in_on, moved_out_on, reason } = request;
    let new = New { side: SaidBy::Resident, says, moved_in_on, moved_out_on, via: Via::OwnAccount, report: None };
    state(work, tenancy, new, reason).await
}

/// A clerk writes down what a side says, without changing what is registered. What the person says and differs from it
/// stands beside it as a dispute.
///
/// # Errors
/// `NotFound("tenancy")`; `Refused("tenancy-undone")`; `Invalid` for days that do not go with what is said.
pub async fn state_at_counter(work: &mut Work, id: Uuid, request: StateAtCounter) -> Result<Tenancy> {
    work.permit(Action::KeepTenancies)?;
    let tenancy = disputes::get_disputable(work, id).await?;
    let StateAtCounter { side, says, moved_in_on, moved_out_on } = request;
    let new = New { side, says, moved_in_on, moved_out_on, via: Via::Counter, report: None };
    state(work, tenancy, new, None).await
}

/// A landlord's accepted report of somebody who is registered there already: their word beside the tenancy, which stays.
pub async fn state_by_report(work: &mut Work, id: Uuid, moved_in_on: NaiveDate, report: Uuid) -> Result<Tenancy> {
    work.permit(Action::ReviewReports)?;
    let tenancy = disputes::get_disputable(work, id).await?;
    state(work, tenancy, New::on_word(SaidBy::Landlord, Some(moved_in_on), None, Some(report)), None).await
}

async fn state(work: &mut Work, tenancy: Tenancy, new: New, reason: Option<ShortText>) -> Result<Tenancy> {
    if tenancy.undone {
        return Err(Error::Refused("tenancy-undone"));
    }
    rules::check(new.says, new.moved_in_on, new.moved_out_on, work.today())?;
    let (side, says, via) = (new.side, new.says, new.via);
    let (moved_in_on, moved_out_on) = (new.moved_in_on, new.moved_out_on);
    record(work, tenancy.id, new).await?;
    let details = json!({
        "tenancy": tenancy.id, "dwelling": tenancy.dwelling_id, "side": side, "says": says, "via": via,
        "moved_in_on": moved_in_on, "moved_out_on": moved_out_on,
    });
    let event = Event { kind: "tenancy.stated", subjects: &[tenancy.resident_id], details };
    journal::append(work, event).await?;
    if side != SaidBy::Resident {
        let facts = Facts { said_by: Some(side.to_string()), ..Facts::default() };
        notices::tell(work, tenancy.resident_id, NoticeKind::StatedByOther, tenancy.id, &facts).await?;
    }
    let tenancy = shown(work, tenancy).await?;
    let settled = tenancy.disputed_at.is_none() || tenancy.settled_at.is_some();
    if side == SaidBy::Resident && settled && rules::contradicts(&tenancy) {
        let reason = match reason {
            Some(reason) => reason,
            None => STATED_OTHERWISE.parse().map_err(|Malformed(code)| Error::internal(code))?,
        };
        return disputes::put_beside(work, &tenancy, &reason).await;
    }
    Ok(tenancy)
}

/// Keeps a side's word in the place of its own older one; a first day it does not repeat it still says.
pub(super) async fn record(work: &mut Work, tenancy: Uuid, new: New) -> Result<()> {
    let older = store::current(work, Of::Tenancy(tenancy), work.now()).await?;
    let older = older.into_iter().find(|older| older.side == new.side);
    let carried = older.as_ref().and_then(|older| older.moved_in_on).filter(|_| new.says != Says::NeverLivedHere);
    if older.is_some() {
        store::supersede(work, tenancy, new.side).await?;
    }
    let statement = Statement {
        id: work.new_id(),
        tenancy_id: tenancy,
        side: new.side,
        says: new.says,
        moved_in_on: new.moved_in_on.or(carried),
        moved_out_on: new.moved_out_on,
        via: new.via,
        stated_at: work.now(),
        report_id: new.report,
    };
    let by = recorder(work);
    store::insert(work, &statement, by).await
}

/// A move-out that a clerk registered on a side's word is taken back, and that word with it; what a
/// landlord reported stays the landlord's word.
pub(super) async fn take_back_leaving(work: &mut Work, tenancy: &Tenancy) -> Result<()> {
    let said = store::current(work, Of::Tenancy(tenancy.id), work.now()).await?;
    let mistaken = said.into_iter().find(|said| said.side == tenancy.said_by);
    if mistaken.is_some_and(|said| said.says == Says::Left && said.via == Via::Registration) {
        record(work, tenancy.id, New::on_word(tenancy.said_by, None, None, None)).await?;
    }
    Ok(())
}

/// One tenancy with its three sides.
pub(super) async fn shown(work: &mut Work, tenancy: Tenancy) -> Result<Tenancy> {
    let said = store::current(work, Of::Tenancy(tenancy.id), work.now()).await?;
    Ok(rules::beside(tenancy, said))
}

/// Tenancies with their three sides, as they are known now or were at an instant. The list was read in scope; statements
/// about tenancies that are not in it are left aside.
pub(super) async fn beside(
    work: &mut Work,
    tenancies: Vec<Tenancy>,
    of: Of,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Tenancy>> {
    if tenancies.is_empty() {
        return Ok(tenancies);
    }
    let said = store::current(work, of, known_at.unwrap_or(work.now())).await?;
    let with = |tenancy: Tenancy| {
        let of_it = said.iter().filter(|said| said.tenancy_id == tenancy.id).cloned().collect();
        rules::beside(tenancy, of_it)
    };
    Ok(tenancies.into_iter().map(with).collect())
}
