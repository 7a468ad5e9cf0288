//! The tables of tenancies, emptied of what was said about one person.

use uuid::Uuid;

use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::values::NOBODY;
use crate::work::Work;

pub(super) async fn forget(work: &mut Work, resident: Uuid) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let tx = &mut work.tx;
    execute!(
        tx,
        "update tenancy_disputes set reason = $3, settlement = case when settlement is null then null else $3 end
         where locality = $1 and tenancy_id in (select t.id from tenancies t where t.locality = $1 and t.resident_id = $2)",
        &locality,
        resident,
        NOBODY
    )?;
    execute!(tx, "update tenancies set reason = null where locality = $1 and resident_id = $2", &locality, resident)?;
    let told = fetch_all!(
        tx,
        (Uuid,),
        "update residences_elsewhere set contact_office = $3, contact_phone = null, asks_for_changes = false
         where locality = $1 and resident_id = $2 returning id",
        &locality,
        resident,
        NOBODY
    )?;
    Ok(told.into_iter().map(|(id,)| id).collect())
}
