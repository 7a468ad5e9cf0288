//! Telling people in advance that their file is about to be deleted: once for each day it is to happen on. What holds a
//! file is named in their own record; they are told when nothing does.

use chrono::{Days, NaiveDate};
use serde_json::json;
use uuid::Uuid;

use super::rules::deletion;
use super::{BATCH, is_at_home, store};
use crate::access::Action;
use crate::app::App;
use crate::error::Result;
use crate::journal::{self, Event};
use crate::notices::{self, NoticeKind};
use crate::work::Work;

/// How long before the day.
const TOLD_BEFORE: Days = Days::new(30);

/// Tells everybody whose file is deleted within thirty days, each of each day once; answers how many were told.
pub async fn tell_coming(app: &App) -> Result<u64> {
    let mut told = 0;
    for county in &app.node().counties {
        let mut after = Uuid::nil();
        loop {
            let mut work = app.system_work_in(county).await?;
            work.permit(Action::TellPeople)?;
            let batch = store::facts_after(&mut work, after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            let today = work.today();
            let near =
                |day: &NaiveDate| today < *day && today.checked_add_days(TOLD_BEFORE).is_some_and(|far| *day <= far);
            for facts in &batch {
                let deletion = deletion(facts, is_at_home(&work, facts), &work.node().retention);
                if let Some(day) = deletion.delete_on.filter(|day| near(day) && deletion.held_by.is_empty()) {
                    told += u64::from(tell(&mut work, facts.id, day).await?);
                }
            }
            work.commit().await?;
        }
    }
    Ok(told)
}

/// Answers whether it is news.
async fn tell(work: &mut Work, resident: Uuid, day: NaiveDate) -> Result<bool> {
    if !store::insert_telling(work, resident, day).await? {
        return Ok(false);
    }
    let facts = notices::Facts { on: Some(day), ..notices::Facts::default() };
    notices::tell(work, resident, NoticeKind::DeletionComing, resident, &facts).await?;
    let details = json!({ "resident": resident, "delete_on": day });
    journal::append(work, Event { kind: "erasure.told", subjects: &[resident], details }).await?;
    Ok(true)
}
