//! Confidential accesses: a look the person is told of at once and may read only from a day on. One officer asks, another
//! approves, and the one who asked opens it once. Until the day comes no entry of the journal about it names the person,
//! but for the look itself, which is concealed from them.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, AccessRow};
use crate::access::{Action, Field, Role};
use crate::app::App;
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason, Seal};
use crate::notices::{self, Facts, NoticeKind};
use crate::residents::{self, Disclosed, SealedField};
use crate::values::{DivisionCode, Page, PageRequest, text_enum};
use crate::work::Work;

const ACCESS: Error = Error::NotFound("confidential-access");
/// People told in one transaction.
const BATCH: i64 = 50;

text_enum! {
    /// Where a confidential access stands.
    pub enum ConfidentialState {
        /// Waits for another officer.
        Asked => "asked",
        /// May be opened, once.
        Approved => "approved",
        /// Was not approved.
        Refused => "refused",
        /// Was approved and not opened in time.
        Expired => "expired",
        /// Was opened.
        Used => "used",
    }
}

text_enum! {
    /// Why a confidential access is not approved.
    pub enum RefusalReason {
        /// The look may be told of at once.
        NotNeeded => "not-needed",
        /// Nothing allows to keep it from the person.
        NoBasis => "no-basis",
        /// Fewer fields would do.
        TooManyFields => "too-many-fields",
        /// A nearer day would do.
        TooLong => "too-long",
    }
}

/// A confidential access to ask for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskConfidential {
    /// Purpose, basis and case.
    pub reason: Reason,
    /// As few fields as it takes.
    pub fields: Vec<SealedField>,
    /// The first day on which the person may read of it.
    pub until: NaiveDate,
}

/// A confidential access.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfidentialAccess {
    /// Id.
    pub id: Uuid,
    /// Whose data.
    pub resident_id: Uuid,
    /// Who asked.
    pub asked_by: Uuid,
    /// The division they act for.
    pub office: DivisionCode,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What for.
    pub purpose: String,
    /// What allows it.
    pub basis: String,
    /// The case it belongs to.
    pub case: String,
    /// The fields asked for.
    pub fields: Vec<SealedField>,
    /// The first day on which the person may read of it.
    pub until: NaiveDate,
    /// Where it stands.
    pub state: ConfidentialState,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was not approved.
    pub refusal: Option<RefusalReason>,
    /// Until when an approval may be used.
    pub good_until: Option<DateTime<Utc>>,
    /// When it was opened.
    pub used_at: Option<DateTime<Utc>>,
    /// The look in the journal.
    pub look: Option<Uuid>,
}

/// Asks for a confidential access to somebody of the actor's scope.
///
/// # Errors
/// `Invalid` when no field is named (`fields`), purpose or basis are not on the list, or the day is not after today or
/// later than the locality's measures allow (`until`, `out-of-range`).
pub async fn ask(work: &mut Work, resident: Uuid, asked: AskConfidential) -> Result<ConfidentialAccess> {
    work.permit(Action::DiscloseResident)?;
    residents::find(work, resident).await?.ok_or(Error::NotFound("resident"))?;
    let named = SealedField::named(&asked.fields)?;
    let longest = Days::new(work.node().measures.confidential.longest_days.into());
    if asked.until <= work.today() || work.today() + longest < asked.until {
        return Err(Error::invalid("until", "out-of-range"));
    }
    let id = work.new_id();
    let row = AccessRow {
        id,
        resident_id: resident,
        asked_by: work.actor().id,
        office: work.scope().division().clone(),
        asked_at: work.now(),
        purpose: asked.reason.purpose.clone(),
        basis: asked.reason.basis.clone(),
        case_ref: asked.reason.case.clone(),
        fields: named.iter().map(Field::as_str).collect::<Vec<_>>().join(" "),
        sealed_until: asked.until,
        decided_by: None,
        decided_at: None,
        approved: None,
        refusal: None,
        good_until: None,
        used_at: None,
        entry_id: None,
    };
    store::insert(work, &row).await?;
    let details = json!({ "access": id, "fields": named, "until": asked.until });
    let event = Event { kind: "confidential_access.asked", subjects: &[], details };
    journal::append_with_reason(work, event, &asked.reason, &named).await?;
    row.shown(work.now())
}

/// The confidential accesses the actor asked for; for a supervisor, all of their scope. In the order of asking.
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<ConfidentialAccess>> {
    work.permit(Action::DiscloseResident)?;
    let all = work.actor().role.may(Action::ApproveConfidential);
    let (now, rows) = (work.now(), store::list(work, all, page).await?);
    let shown: Vec<_> = rows.into_iter().map(|row| row.shown(now)).collect::<Result<_>>()?;
    Ok(page.page(shown, |access| access.id))
}

/// One confidential access of those the actor may list.
pub async fn get(work: &mut Work, id: Uuid) -> Result<ConfidentialAccess> {
    work.permit(Action::DiscloseResident)?;
    let row = store::find(work, id).await?.ok_or(ACCESS)?;
    let own = row.asked_by == work.actor().id;
    let of_scope = work.actor().role == Role::Supervisor && work.scope().covers(&row.office);
    if own || of_scope { row.shown(work.now()) } else { Err(ACCESS) }
}

/// Approves what another officer asked for: they may open it once, within the hours the locality's measures give.
///
/// # Errors
/// As [`refuse`]; also `Refused("access-out-of-time")` when the day has come meanwhile.
pub async fn approve(work: &mut Work, id: Uuid) -> Result<ConfidentialAccess> {
    let row = to_be_decided(work, id).await?;
    if row.sealed_until <= work.today() {
        return Err(Error::Refused("access-out-of-time"));
    }
    let hours = TimeDelta::hours(work.node().measures.confidential.approval_hours.into());
    let good_until = Some(work.now() + hours);
    decide(work, id, "confidential_access.approved", None, good_until).await
}

/// Refuses what another officer asked for.
///
/// # Errors
/// `NotFound("confidential-access")` unless asker and person lie in the actor's scope; `Refused("own-access")`: nobody
/// decides about their own; `Refused("access-decided")`.
pub async fn refuse(work: &mut Work, id: Uuid, because: RefusalReason) -> Result<ConfidentialAccess> {
    to_be_decided(work, id).await?;
    decide(work, id, "confidential_access.refused", Some(because), None).await
}

async fn to_be_decided(work: &mut Work, id: Uuid) -> Result<AccessRow> {
    work.permit(Action::ApproveConfidential)?;
    let row = store::find(work, id).await?.ok_or(ACCESS)?;
    work.within_scope(&row.office, "confidential-access")?;
    residents::find(work, row.resident_id).await?.ok_or(ACCESS)?;
    if row.asked_by == work.actor().id {
        return Err(Error::Refused("own-access"));
    }
    if row.decided_at.is_some() { Err(Error::Refused("access-decided")) } else { Ok(row) }
}

async fn decide(
    work: &mut Work,
    id: Uuid,
    kind: &'static str,
    refusal: Option<RefusalReason>,
    good_until: Option<DateTime<Utc>>,
) -> Result<ConfidentialAccess> {
    if !store::decide(work, id, refusal, good_until).await? {
        return Err(Error::Refused("access-decided"));
    }
    let details = json!({ "access": id, "refusal": refusal });
    journal::append(work, Event { kind, subjects: &[], details }).await?;
    let row = store::find(work, id).await?.ok_or(ACCESS)?;
    row.shown(work.now())
}

/// Opens what was approved, once, for exactly the fields asked for. The person sees at once that there was a confidential
/// look, and on its day the whole of it.
///
/// # Errors
/// `NotFound` for anybody but the one who asked; `Refused`: `access-not-approved`, `access-expired`, `access-used`.
pub async fn open(work: &mut Work, id: Uuid) -> Result<Disclosed> {
    work.permit(Action::DiscloseResident)?;
    let row = store::find(work, id).await?.ok_or(ACCESS)?;
    if row.asked_by != work.actor().id {
        return Err(ACCESS);
    }
    match row.state(work.now()) {
        ConfidentialState::Approved => {}
        ConfidentialState::Expired => return Err(Error::Refused("access-expired")),
        ConfidentialState::Used => return Err(Error::Refused("access-used")),
        ConfidentialState::Asked | ConfidentialState::Refused => return Err(Error::Refused("access-not-approved")),
    }
    let reason = Reason { purpose: row.purpose.clone(), basis: row.basis.clone(), case: row.case_ref.clone() };
    let seal = Seal { until: row.sealed_until, access: id };
    let (disclosed, look) =
        residents::disclose_confidentially(work, row.resident_id, &reason, &row.fields()?, seal).await?;
    if store::use_once(work, id, look).await? { Ok(disclosed) } else { Err(Error::Refused("access-used")) }
}

/// The confidential looks of the county whose day has not come, by when they were asked for; for the auditor.
pub async fn waiting_to_open(work: &mut Work, page: &PageRequest) -> Result<Page<ConfidentialAccess>> {
    super::permit(work)?;
    let (now, rows) = (work.now(), store::waiting_to_open(work, page).await?);
    let shown: Vec<_> = rows.into_iter().map(|row| row.shown(now)).collect::<Result<_>>()?;
    Ok(page.page(shown, |access| access.id))
}

/// Tells everybody whose confidential look is open now, each of each once; answers how many were told. Whoever was
/// forgotten meanwhile is told nothing.
pub async fn tell_opened(app: &App) -> Result<u64> {
    let mut told = 0;
    for county in &app.node().counties {
        loop {
            let mut work = app.system_work_in(county).await?;
            work.permit(Action::TellPeople)?;
            let opened = store::opened_untold(&mut work, BATCH).await?;
            if opened.is_empty() {
                break;
            }
            for (access, person, look) in opened {
                if store::note_opening_told(&mut work, access).await? {
                    notices::tell(&mut work, person, NoticeKind::AccessOpened, look, &Facts::default()).await?;
                    let details = json!({ "access": access, "look": look });
                    let event = Event { kind: "confidential_access.opening_told", subjects: &[person], details };
                    journal::append(&mut work, event).await?;
                    told += 1;
                }
            }
            work.commit().await?;
        }
    }
    Ok(told)
}

impl AccessRow {
    fn state(&self, now: DateTime<Utc>) -> ConfidentialState {
        match (self.used_at, self.approved, self.good_until) {
            (Some(_), ..) => ConfidentialState::Used,
            (None, Some(true), Some(until)) if now < until => ConfidentialState::Approved,
            (None, Some(true), _) => ConfidentialState::Expired,
            (None, Some(false), _) => ConfidentialState::Refused,
            (None, None, _) => ConfidentialState::Asked,
        }
    }

    fn fields(&self) -> Result<Vec<SealedField>> {
        self.fields.split(' ').map(|field| field.parse().map_err(Error::internal)).collect()
    }

    fn shown(&self, now: DateTime<Utc>) -> Result<ConfidentialAccess> {
        Ok(ConfidentialAccess {
            id: self.id,
            resident_id: self.resident_id,
            asked_by: self.asked_by,
            office: self.office.clone(),
            asked_at: self.asked_at,
            purpose: self.purpose.to_string(),
            basis: self.basis.to_string(),
            case: self.case_ref.to_string(),
            fields: self.fields()?,
            until: self.sealed_until,
            state: self.state(now),
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            refusal: self.refusal,
            good_until: self.good_until,
            used_at: self.used_at,
            look: self.entry_id,
        })
    }
}
