//! The table of named officers. It carries the node's seat as its locality.

use uuid::Uuid;

use super::NamedOfficer;
use crate::db::{execute, fetch_all};
use crate::error::Result;
use crate::work::Work;

/// Answers whether the officer was not named before.
pub(super) async fn insert(work: &mut Work, user: Uuid) -> Result<bool> {
    let (seat, now, by) = (work.node().seat.clone(), work.now(), work.actor().id);
    let rows = execute!(
        &mut work.tx,
        "insert into protection_officers (locality, user_id, named_at, named_by) values ($1, $2, $3, $4)
         on conflict do nothing",
        &seat,
        user,
        now,
        by
    )?;
    Ok(rows == 1)
}

/// Answers whether the officer was named.
pub(super) async fn delete(work: &mut Work, user: Uuid) -> Result<bool> {
    let seat = work.node().seat.clone();
    let rows =
        execute!(&mut work.tx, "delete from protection_officers where locality = $1 and user_id = $2", &seat, user)?;
    Ok(rows == 1)
}

pub(super) async fn list(work: &mut Work) -> Result<Vec<NamedOfficer>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        NamedOfficer,
        "select o.user_id, u.name, u.role, u.scope, o.named_at from protection_officers o
         join users u on u.locality = o.locality and u.id = o.user_id
         where o.locality = $1 and u.disabled_at is null order by o.named_at, o.user_id",
        &seat
    )?)
}
