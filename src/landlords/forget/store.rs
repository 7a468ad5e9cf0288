//! The table of landlords, emptied of one, and who answers for nothing any more.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::clock::china_day;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::NOBODY;
use crate::work::Work;

/// A landlord who is a human being and answers for no dwelling.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Free {
    /// Whose file it is.
    pub id: Uuid,
    created_at: DateTime<Utc>,
    last_until: Option<NaiveDate>,
}

impl Free {
    /// The first day on which they answered for none any more; for whoever never did, the day the file was opened.
    pub fn since(&self) -> NaiveDate {
        self.last_until.unwrap_or(china_day(self.created_at))
    }
}

/// Landlords `l` of county `$1` who answer for nothing on day `$2` or later, with a condition.
macro_rules! free {
    ($condition:literal) => {
        concat!(
            "select l.id, l.created_at,
                    (select max(r.valid_until) from responsibilities r
                     where r.locality = $1 and r.locality = l.locality and r.landlord_id = l.id) as last_until
             from landlords l
             where l.locality = $1 and l.legal_form = 'person' and l.forgotten_at is null
               and not exists (select 1 from responsibilities r
                               where r.locality = $1 and r.locality = l.locality and r.landlord_id = l.id
                                 and (r.valid_until is null or r.valid_until > $2))
               and ",
            $condition
        )
    };
}

pub(super) async fn free_after(work: &mut Work, after: Uuid, limit: i64) -> Result<Vec<Free>> {
    let (locality, today) = (work.locality().clone(), work.today());
    let sql = free!("l.id > $3 order by l.id limit $4");
    Ok(fetch_all!(&mut work.tx, Free, sql, &locality, today, after, limit)?)
}

pub(super) async fn find_free(work: &mut Work, id: Uuid) -> Result<Option<Free>> {
    let (locality, today) = (work.locality().clone(), work.today());
    Ok(fetch_optional!(&mut work.tx, Free, free!("l.id = $3"), &locality, today, id)?)
}

pub(super) async fn forget(work: &mut Work, id: Uuid) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update landlords set name = $3, document_kind = null, document_number = null, document_index = null,
                              phone = null, forgotten_at = $4
         where locality = $1 and id = $2 and legal_form = 'person' and forgotten_at is null",
        &locality,
        id,
        NOBODY,
        now
    )?;
    Ok(rows == 1)
}
