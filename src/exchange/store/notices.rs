//! Residence notices already told to an origin.

use uuid::Uuid;

use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::exchange::directory::NodeCode;
use crate::exchange::rules::Notice;
use crate::work::Work;

pub(in crate::exchange) async fn of_resident(work: &mut Work, resident: Uuid, peer: &NodeCode) -> Result<Vec<Notice>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Notice,
        "select id, since, until from residence_notices
         where locality = $1 and resident_id = $2 and peer = $3 and not undone order by since, id",
        &locality,
        resident,
        peer
    )?)
}

/// The peers that hold a notice of this person.
pub(in crate::exchange) async fn told_of(work: &mut Work, resident: Uuid) -> Result<Vec<NodeCode>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (NodeCode,),
        "select distinct peer from residence_notices where locality = $1 and resident_id = $2 and not undone order by peer",
        &locality,
        resident
    )?;
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// Inserts a notice or updates its end.
pub(in crate::exchange) async fn put(work: &mut Work, resident: Uuid, peer: &NodeCode, notice: &Notice) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into residence_notices (locality, id, resident_id, peer, since, until, undone)
         values ($1, $2, $3, $4, $5, $6, false)
         on conflict (locality, id) do update set until = excluded.until",
        &locality,
        notice.id,
        resident,
        peer,
        notice.since,
        notice.until
    )?;
    Ok(())
}

/// Every notice of a person that was told or is about to be, undone or not, with whom it was told to.
pub(in crate::exchange) async fn all_of(work: &mut Work, resident: Uuid) -> Result<Vec<(Uuid, NodeCode)>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        (Uuid, NodeCode),
        "select id, peer from residence_notices where locality = $1 and resident_id = $2 order by since, id",
        &locality,
        resident
    )?)
}

/// Whom a notice to a peer is about, in the work's county.
pub(in crate::exchange) async fn told_to(work: &mut Work, id: Uuid, peer: &NodeCode) -> Result<Option<Uuid>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select resident_id from residence_notices where locality = $1 and id = $2 and peer = $3",
        &locality,
        id,
        peer
    )?;
    Ok(row.map(|(resident,)| resident))
}

/// Forgets a notice that never left.
pub(in crate::exchange) async fn forget(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(&mut work.tx, "delete from residence_notices where locality = $1 and id = $2", &locality, id)?;
    Ok(())
}

/// Forgets the end of a notice that never left.
pub(in crate::exchange) async fn forget_end(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(&mut work.tx, "update residence_notices set until = null where locality = $1 and id = $2", &locality, id)?;
    Ok(())
}

pub(in crate::exchange) async fn undo(work: &mut Work, id: Uuid) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update residence_notices set undone = true where locality = $1 and id = $2",
        &locality,
        id
    )?;
    Ok(())
}
