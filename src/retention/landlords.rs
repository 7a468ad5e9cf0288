//! When the file of a landlord who is a human being is deleted: its period runs from the first day on which they answer
//! for no dwelling any more, and a new responsibility cancels it.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::job::commit;
use super::policies::{Policy, PolicyKind};
use super::{BATCH, Report, forget};
use crate::access::Action;
use crate::app::App;
use crate::error::Result;
use crate::landlords::forget::{Free, find_free, free_after};
use crate::landlords::{self, Landlord, LegalForm};
use crate::values::LocalityCode;
use crate::work::Work;

/// When a landlord's file is deleted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LandlordRetention {
    /// The day from which it is deleted; absent while they answer for a dwelling, and for an organisation.
    pub delete_on: Option<NaiveDate>,
    /// The first day on which they answered for no dwelling any more; the day the file was opened for whoever never did.
    pub free_since: Option<NaiveDate>,
    /// The rule it follows; absent for an organisation.
    pub policy: Option<Policy>,
}

/// When the file of a landlord in the actor's scope is deleted.
pub async fn of_landlord(work: &mut Work, landlord: Uuid) -> Result<LandlordRetention> {
    let landlord = landlords::get(work, landlord).await?;
    retention(work, &landlord).await
}

/// When the file of the landlord who asks is deleted.
pub async fn own_as_landlord(work: &mut Work) -> Result<LandlordRetention> {
    work.permit(Action::ReadOwnReports)?;
    let own = landlords::own(work).await?;
    retention(work, &own).await
}

async fn retention(work: &mut Work, landlord: &Landlord) -> Result<LandlordRetention> {
    let free = find_free(work, landlord.id).await?;
    let delete_on = free.as_ref().and_then(|free| delete_on(work, free));
    let policy = work.node().retention.get(PolicyKind::Landlord).filter(|_| landlord.legal_form == LegalForm::Person);
    Ok(LandlordRetention { delete_on, free_since: free.map(|free| free.since()), policy: policy.cloned() })
}

fn delete_on(work: &Work, free: &Free) -> Option<NaiveDate> {
    work.node().retention.keep(PolicyKind::Landlord).map(|keep| keep.after(free.since()))
}

fn is_due(work: &Work, free: &Free) -> bool {
    delete_on(work, free).is_some_and(|day| day <= work.today())
}

/// Forgets the landlords of a county whose day has come, each in a transaction of their own.
pub(super) async fn run(app: &App, county: &LocalityCode, dry: bool, report: &mut Report) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut work = app.system_work_in(county).await?;
        work.permit(Action::Forget)?;
        let batch = free_after(&mut work, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id;
        let due: Vec<Uuid> = batch.iter().filter(|free| is_due(&work, free)).map(|free| free.id).collect();
        drop(work);
        for id in due {
            if dry || forget_due(app, county, id).await? {
                report.persons.push((county.clone(), id, PolicyKind::Landlord.as_str().to_owned()));
            }
        }
    }
}

/// Looks once more in the transaction that forgets: they may answer for a dwelling since the batch was read.
async fn forget_due(app: &App, county: &LocalityCode, id: Uuid) -> Result<bool> {
    let mut work = app.system_work_in(county).await?;
    let rule = PolicyKind::Landlord.as_str();
    let still_due = find_free(&mut work, id).await?.is_some_and(|free| is_due(&work, &free));
    if !still_due || !forget::forget_landlord(&mut work, id, rule).await? {
        return Ok(false);
    }
    commit(app, work, county, id, rule).await?;
    Ok(true)
}
