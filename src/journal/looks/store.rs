//! The tables of looks: by officer and day, drawn for review, and sealed for a while.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::reviews::Objection;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::{DivisionCode, PageRequest};
use crate::work::Work;

#[derive(sqlx::FromRow)]
pub(super) struct LookRow {
    pub entry_id: Uuid,
    pub actor_id: Uuid,
    pub office: DivisionCode,
    pub at: DateTime<Utc>,
    pub entry: String,
}

#[derive(sqlx::FromRow)]
pub(super) struct ReviewRow {
    #[sqlx(flatten)]
    pub look: LookRow,
    pub review_due_on: NaiveDate,
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<DateTime<Utc>>,
    pub objection: Option<Objection>,
}

pub(super) async fn insert(work: &mut Work, entry: Uuid, due: Option<NaiveDate>) -> Result<()> {
    let (locality, officer, office) = (work.locality().clone(), work.actor().id, work.scope().division().clone());
    let (day, now) = (work.today(), work.now());
    execute!(
        &mut work.tx,
        "insert into journal_looks (locality, entry_id, actor_id, office, day, at, review_due_on)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &locality,
        entry,
        officer,
        &office,
        day,
        now,
        due
    )?;
    Ok(())
}

pub(super) async fn of_officer(work: &mut Work, officer: Uuid, day: NaiveDate) -> Result<Vec<LookRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        LookRow,
        "select l.entry_id, l.actor_id, l.office, l.at, j.entry from journal_looks l
         join journal j on j.locality = l.locality and j.id = l.entry_id
         where l.locality = $1 and l.actor_id = $2 and l.day = $3 order by l.entry_id",
        &locality,
        officer,
        day
    )?)
}

pub(super) async fn in_period(
    work: &mut Work,
    from: NaiveDate,
    until: NaiveDate,
    after: Uuid,
    limit: i64,
) -> Result<Vec<LookRow>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        LookRow,
        "select l.entry_id, l.actor_id, l.office, l.at, j.entry from journal_looks l
         join journal j on j.locality = l.locality and j.id = l.entry_id
         where l.locality = $1 and l.day >= $2 and l.day < $3 and l.entry_id > $4 order by l.entry_id limit $5",
        &locality,
        from,
        until,
        after,
        limit
    )?)
}

/// Looks drawn for review whose office lies in the actor's scope; those decided too where asked for.
pub(super) async fn drawn(work: &mut Work, decided: bool, page: &PageRequest) -> Result<Vec<ReviewRow>> {
    let (locality, scope) = (work.locality().clone(), work.scope().division().to_string());
    let length = i32::try_from(scope.len()).unwrap_or_default();
    Ok(fetch_all!(
        &mut work.tx,
        ReviewRow,
        "select l.entry_id, l.actor_id, l.office, l.at, j.entry,
                l.review_due_on, l.reviewed_by, l.reviewed_at, l.objection
         from journal_looks l join journal j on j.locality = l.locality and j.id = l.entry_id
         where l.locality = $1 and l.review_due_on is not null and l.entry_id > $2
           and substr(l.office, 1, $3) = $4 and (l.reviewed_at is not null) = $5
         order by l.entry_id limit $6",
        &locality,
        page.after.unwrap_or_default(),
        length,
        scope,
        decided,
        page.rows()
    )?)
}

pub(super) async fn find_drawn(work: &mut Work, entry: Uuid) -> Result<Option<ReviewRow>> {
    let (locality, scope) = (work.locality().clone(), work.scope().division().to_string());
    let length = i32::try_from(scope.len()).unwrap_or_default();
    Ok(fetch_optional!(
        &mut work.tx,
        ReviewRow,
        "select l.entry_id, l.actor_id, l.office, l.at, j.entry,
                l.review_due_on, l.reviewed_by, l.reviewed_at, l.objection
         from journal_looks l join journal j on j.locality = l.locality and j.id = l.entry_id
         where l.locality = $1 and l.entry_id = $2 and l.review_due_on is not null and substr(l.office, 1, $3) = $4",
        &locality,
        entry,
        length,
        scope
    )?)
}

/// Notes a review's outcome; `false` when somebody else did meanwhile.
pub(super) async fn decide(work: &mut Work, entry: Uuid, objection: Option<Objection>) -> Result<bool> {
    let (locality, reviewer, now) = (work.locality().clone(), work.actor().id, work.now());
    let rows = execute!(
        &mut work.tx,
        "update journal_looks set reviewed_by = $3, reviewed_at = $4, objection = $5
         where locality = $1 and entry_id = $2 and reviewed_at is null",
        &locality,
        entry,
        reviewer,
        now,
        objection
    )?;
    Ok(rows == 1)
}

/// The looks at a person that somebody objected to.
pub(super) async fn objected(work: &mut Work, subject: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select l.entry_id from journal_subjects s
         join journal_looks l on l.locality = s.locality and l.entry_id = s.entry_id
         where s.locality = $1 and s.subject_id = $2 and l.objection is not null",
        &locality,
        subject
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn insert_sealed(work: &mut Work, entry: Uuid, opens_on: NaiveDate) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into journal_sealed (locality, entry_id, opens_on) values ($1, $2, $3)",
        &locality,
        entry,
        opens_on
    )?;
    Ok(())
}

pub(super) async fn opened(work: &mut Work, limit: i64) -> Result<Vec<(Uuid, String)>> {
    let (locality, today) = (work.locality().clone(), work.today());
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, String),
        "select s.entry_id, j.entry from journal_sealed s
         join journal j on j.locality = s.locality and j.id = s.entry_id
         where s.locality = $1 and s.opens_on <= $2 and s.projected_at is null order by s.entry_id limit $3",
        &locality,
        today,
        limit
    )?)
}

pub(super) async fn set_projected(work: &mut Work, entry: Uuid) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update journal_sealed set projected_at = $3 where locality = $1 and entry_id = $2",
        &locality,
        entry,
        now
    )?;
    Ok(())
}
