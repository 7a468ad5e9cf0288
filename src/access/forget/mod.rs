//! Forgetting a person's log-in, and what nobody needs of sessions and repeated requests any more.

mod store;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Action;
use crate::error::Result;
use crate::work::Work;

/// Forgets the log-in of a resident or landlord: it ends, and loses its names.
pub(crate) async fn forget(work: &mut Work, subject: Uuid) -> Result<()> {
    work.permit(Action::Forget)?;
    for user in store::users_of(work, subject).await? {
        store::forget(work, user, &nameless(user)).await?;
    }
    store::forget_answered(work, subject).await
}

/// Deletes sessions that ended before an instant, and keys of requests answered before another; answers how many.
pub(crate) async fn forget_old(
    work: &mut Work,
    ended_before: DateTime<Utc>,
    answered_before: DateTime<Utc>,
) -> Result<u64> {
    work.permit(Action::Forget)?;
    let idle = work.node().sign_in.idle;
    store::delete_old(work, ended_before, ended_before - idle, answered_before).await
}

/// A log-in name that says nothing and that nobody else has: the id in letters, since digits are few in log-in names.
fn nameless(user: Uuid) -> String {
    user.as_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(b'a' + half)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::users::Login;

    #[test]
    fn a_nameless_log_in_is_a_log_in_of_its_own() {
        let login: Login = nameless(Uuid::from_u128(0x12f)).parse().unwrap();
        assert!(login.as_str().ends_with("abcp"));
        assert_ne!(nameless(Uuid::nil()), nameless(Uuid::max()));
    }
}
