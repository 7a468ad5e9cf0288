//! Counts over the register's tables; nothing is written, and no row of a person is read.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::access::protection::visible;
use crate::db::fetch_all;
use crate::error::Result;
use crate::values::DivisionCode;
use crate::work::Work;

/// How many persons share all of these.
#[derive(sqlx::FromRow)]
pub(super) struct Cell {
    pub sex: String,
    pub age: String,
    pub province: String,
    pub dwelling_use: String,
    pub verification: String,
    pub persons: i64,
}

/// Everybody whose main dwelling lies in a division, counted; nobody protected is among them, whoever asks. `born` are the last days of birth of who is at least 6,
/// 14, 18 and 60 today.
pub(super) async fn cells(work: &mut Work, division: &DivisionCode, born: [NaiveDate; 4]) -> Result<Vec<Cell>> {
    let (locality, (low, high)) = (work.locality().clone(), division.committee_range());
    let [six, fourteen, eighteen, sixty] = born;
    Ok(fetch_all!(
        &mut work.tx,
        Cell,
        concat!(
            "select r.sex, r.verification, d.dwelling_use, substr(r.origin, 1, 2) as province,
                case when r.birth_date is null then 'unknown' when r.birth_date > $4 then '0-5'
                     when r.birth_date > $5 then '6-13' when r.birth_date > $6 then '14-17'
                     when r.birth_date > $7 then '18-59' else '60+' end as age,
                cast(count(*) as bigint) as persons
         from tenancies t
         join dwellings d on d.locality = t.locality and d.id = t.dwelling_id
         join residents r on r.locality = t.locality and r.id = t.resident_id
         where t.locality = $1 and d.committee between $2 and $3
           and t.superseded_at is null and t.main and not t.undone and t.moved_out_on is null and ",
            visible!("r", "id", "$8"),
            " group by 1, 2, 3, 4, 5"
        ),
        &locality,
        low,
        high,
        six,
        fourteen,
        eighteen,
        sixty,
        Uuid::nil() // Nobody who looks: the count is the same for everybody.
    )?)
}

/// How a committee's dwellings are used.
#[derive(sqlx::FromRow)]
pub(super) struct OccupancyRow {
    pub committee: DivisionCode,
    pub dwellings: i64,
    pub occupied: i64,
    pub residents: i64,
}

/// Dwellings and who lives there, per committee of the actor's scope; nobody protected is counted, whoever asks.
pub(super) async fn occupancy(work: &mut Work) -> Result<Vec<OccupancyRow>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_all!(
        &mut work.tx,
        OccupancyRow,
        concat!(
            "select d.committee, cast(count(distinct d.id) as bigint) as dwellings,
                    cast(count(distinct t.dwelling_id) as bigint) as occupied,
                    cast(count(distinct case when t.main then t.resident_id end) as bigint) as residents
             from dwellings d
             left join tenancies t on t.locality = d.locality and t.dwelling_id = d.id and t.superseded_at is null
               and not t.undone and t.moved_out_on is null and ",
            visible!("t", "resident_id", "$4"),
            " where d.locality = $1 and d.committee between $2 and $3 and d.closed_on is null
             group by d.committee order by d.committee"
        ),
        &locality,
        low,
        high,
        Uuid::nil() // Nobody who looks: the count is the same for everybody.
    )?)
}
