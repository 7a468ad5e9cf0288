//! The counters of looks per officer and day. They carry the node's seat, like the officers.

use chrono::NaiveDate;
use uuid::Uuid;

use super::Alarm;
use crate::access::users::User;
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Result;
use crate::work::Work;

/// One more look today; answers the looks so far and what was added to the limits. The row stays locked until the end
/// of the transaction, so that two requests at once are counted one after the other.
pub(super) async fn count_look(work: &mut Work, user: Uuid) -> Result<(i32, i32)> {
    let (seat, day) = (work.node().seat.clone(), work.today());
    Ok(fetch_one!(
        &mut work.tx,
        (i32, i32),
        "insert into look_counts (locality, user_id, day, used, raised, refused) values ($1, $2, $3, 1, 0, 0)
         on conflict (locality, user_id, day) do update set used = look_counts.used + 1
         returning used, raised",
        &seat,
        user,
        day
    )?)
}

/// Notes that the soft limit was passed; `false` when that was noted today before.
pub(super) async fn warn(work: &mut Work, user: Uuid) -> Result<bool> {
    let (seat, day, now) = (work.node().seat.clone(), work.today(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update look_counts set warned_at = $4
         where locality = $1 and user_id = $2 and day = $3 and warned_at is null",
        &seat,
        user,
        day,
        now
    )?;
    Ok(rows == 1)
}

pub(super) async fn count_refusal(work: &mut Work, user: Uuid) -> Result<()> {
    let (seat, day) = (work.node().seat.clone(), work.today());
    execute!(
        &mut work.tx,
        "insert into look_counts (locality, user_id, day, used, raised, refused) values ($1, $2, $3, 0, 0, 1)
         on conflict (locality, user_id, day) do update set refused = look_counts.refused + 1",
        &seat,
        user,
        day
    )?;
    Ok(())
}

/// Adds to an officer's limits of today; answers the looks so far and all that was added.
pub(super) async fn raise(work: &mut Work, user: Uuid, by: i32) -> Result<(i32, i32)> {
    let (seat, day) = (work.node().seat.clone(), work.today());
    Ok(fetch_one!(
        &mut work.tx,
        (i32, i32),
        "insert into look_counts (locality, user_id, day, used, raised, refused) values ($1, $2, $3, 0, $4, 0)
         on conflict (locality, user_id, day) do update set raised = look_counts.raised + $4
         returning used, raised",
        &seat,
        user,
        day,
        by
    )?)
}

pub(super) async fn find_user(work: &mut Work, id: Uuid) -> Result<Option<User>> {
    let seat = work.node().seat.clone();
    Ok(fetch_optional!(
        &mut work.tx,
        User,
        "select id, login, name, role, scope, landlord_id, resident_id, disabled_at
         from users where locality = $1 and id = $2",
        &seat,
        id
    )?)
}

/// The officers who passed a limit, newest day first.
pub(super) async fn alarms(work: &mut Work, from: NaiveDate, until: NaiveDate) -> Result<Vec<Alarm>> {
    let seat = work.node().seat.clone();
    Ok(fetch_all!(
        &mut work.tx,
        Alarm,
        "select c.user_id as officer, u.role, u.scope as office, c.day, c.used, c.raised, c.refused, c.warned_at
         from look_counts c join users u on u.locality = c.locality and u.id = c.user_id
         where c.locality = $1 and c.day >= $2 and c.day < $3 and (c.warned_at is not null or c.refused > 0)
         order by c.day desc, c.user_id",
        &seat,
        from,
        until
    )?)
}
