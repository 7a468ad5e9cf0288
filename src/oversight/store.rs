//! The table of confidential accesses.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::RefusalReason;
use crate::access::{BasisCode, CaseRef, PurposeCode};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::{DivisionCode, PageRequest};
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(super) struct AccessRow {
    pub id: Uuid,
    pub resident_id: Uuid,
    pub asked_by: Uuid,
    pub office: DivisionCode,
    pub asked_at: DateTime<Utc>,
    pub purpose: PurposeCode,
    pub basis: BasisCode,
    pub case_ref: CaseRef,
    pub fields: String,
    pub sealed_until: NaiveDate,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub approved: Option<bool>,
    pub refusal: Option<RefusalReason>,
    pub good_until: Option<DateTime<Utc>>,
    pub used_at: Option<DateTime<Utc>>,
    pub entry_id: Option<Uuid>,
}

pub(super) async fn insert(work: &mut Work, row: &AccessRow) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into confidential_accesses (locality, id, resident_id, asked_by, office, asked_at, purpose, basis,
                                            case_ref, fields, sealed_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &locality,
        row.id,
        row.resident_id,
        row.asked_by,
        &row.office,
        row.asked_at,
        &row.purpose,
        &row.basis,
        &row.case_ref,
        &row.fields,
        row.sealed_until
    )?;
    Ok(())
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<AccessRow>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        AccessRow,
        "select id, resident_id, asked_by, office, asked_at, purpose, basis, case_ref, fields, sealed_until, decided_by,
                decided_at, approved, refusal, good_until, used_at, entry_id
         from confidential_accesses where locality = $1 and id = $2",
        &locality,
        id
    )?)
}

/// Those the actor asked for and, with `all`, those of the offices in their scope.
pub(super) async fn list(work: &mut Work, all: bool, page: &PageRequest) -> Result<Vec<AccessRow>> {
    let (locality, own) = (work.locality().clone(), work.actor().id);
    let scope = work.scope().division().to_string();
    let length = i32::try_from(scope.len()).unwrap_or_default();
    Ok(fetch_all!(
        &mut work.tx,
        AccessRow,
        "select id, resident_id, asked_by, office, asked_at, purpose, basis, case_ref, fields, sealed_until, decided_by,
                decided_at, approved, refusal, good_until, used_at, entry_id
         from confidential_accesses
         where locality = $1 and id > $2 and (asked_by = $3 or ($4 and substr(office, 1, $5) = $6))
         order by id limit $7",
        &locality,
        page.after.unwrap_or_default(),
        own,
        all,
        length,
        scope,
        page.rows()
    )?)
}

/// Notes the decision, with how long an approval is good; `false` when somebody else decided meanwhile.
pub(super) async fn decide(
    work: &mut Work,
    id: Uuid,
    refusal: Option<RefusalReason>,
    good_until: Option<DateTime<Utc>>,
) -> Result<bool> {
    let (locality, officer, now) = (work.locality().clone(), work.actor().id, work.now());
    let rows = execute!(
        &mut work.tx,
        "update confidential_accesses
         set decided_by = $3, decided_at = $4, approved = $5, refusal = $6, good_until = $7
         where locality = $1 and id = $2 and decided_at is null",
        &locality,
        id,
        officer,
        now,
        good_until.is_some(),
        refusal,
        good_until
    )?;
    Ok(rows == 1)
}

/// Notes that it was opened; `false` when it was before.
pub(super) async fn use_once(work: &mut Work, id: Uuid, look: Uuid) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update confidential_accesses set used_at = $3, entry_id = $4
         where locality = $1 and id = $2 and used_at is null",
        &locality,
        id,
        now,
        look
    )?;
    Ok(rows == 1)
}

pub(super) async fn waiting_to_open(work: &mut Work, page: &PageRequest) -> Result<Vec<AccessRow>> {
    let (locality, today) = (work.locality().clone(), work.today());
    Ok(fetch_all!(
        &mut work.tx,
        AccessRow,
        "select id, resident_id, asked_by, office, asked_at, purpose, basis, case_ref, fields, sealed_until, decided_by,
                decided_at, approved, refusal, good_until, used_at, entry_id
         from confidential_accesses
         where locality = $1 and id > $2 and used_at is not null and sealed_until > $3 order by id limit $4",
        &locality,
        page.after.unwrap_or_default(),
        today,
        page.rows()
    )?)
}

/// Confidential looks whose day has come and whose person was not told: the access, the person, the look. Whoever was
/// forgotten is left out.
pub(super) async fn opened_untold(work: &mut Work, limit: i64) -> Result<Vec<(Uuid, Uuid, Uuid)>> {
    let (locality, today) = (work.locality().clone(), work.today());
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, Uuid, Uuid),
        "select c.id, c.resident_id, c.entry_id from confidential_accesses c
         join residents r on r.locality = c.locality and r.id = c.resident_id and r.forgotten_at is null
         where c.locality = $1 and c.used_at is not null and c.opening_told_at is null and c.sealed_until <= $2
         order by c.id limit $3",
        &locality,
        today,
        limit
    )?)
}

/// Notes that the person is told; `false` when they were already.
pub(super) async fn note_opening_told(work: &mut Work, id: Uuid) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update confidential_accesses set opening_told_at = $3
         where locality = $1 and id = $2 and opening_told_at is null",
        &locality,
        id,
        now
    )?;
    Ok(rows == 1)
}
