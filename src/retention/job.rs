//! The job that forgets, by the clock and at the command line: batch by batch, each person in a transaction of their own,
//! so that it can be stopped anywhere and goes on with the next run.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::forget::{forget, forget_landlord};
use super::policies::PolicyKind;
use super::rules::deletion;
use super::{BATCH, is_at_home, landlords, store};
use crate::access::{self, Action};
use crate::app::App;
use crate::error::Result;
use crate::exchange;
use crate::journal::{self, Event};
use crate::reports;
use crate::values::LocalityCode;
use crate::work::Work;

/// The rule's code for people whom a restored backup had brought back.
const AGAIN: &str = "restored";

/// What a run did, or would do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Persons forgotten, landlords among them: county, file, rule.
    pub persons: Vec<(LocalityCode, Uuid, String)>,
    /// Persons whose day has come and who are held.
    pub held: u64,
    /// Reports emptied.
    pub reports: u64,
    /// Inquiries emptied.
    pub inquiries: u64,
    /// Messages reduced to their hashes.
    pub messages: u64,
    /// Sessions and request keys deleted.
    pub sessions: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { persons, held, reports, inquiries, messages, sessions } = self;
        for (county, id, rule) in persons {
            writeln!(f, "{county}  {id}  {rule}")?;
        }
        write!(
            f,
            "persons {}, held {held}, reports {reports}, inquiries {inquiries}, messages {messages}, \
             sessions and keys {sessions}",
            persons.len()
        )
    }
}

/// Forgets everything whose time is over. A dry run only says whom it would forget.
pub async fn run(app: &App, dry: bool) -> Result<Report> {
    let mut report = Report::default();
    for county in &app.node().counties {
        persons(app, county, dry, &mut report).await?;
        landlords::run(app, county, dry, &mut report).await?;
        if !dry {
            reports_and_inquiries(app, county, &mut report).await?;
        }
    }
    if !dry {
        let mut work = app.system_work().await?;
        let before = |work: &Work, kind| began_before(work, kind);
        let (messages, sessions) = (before(&work, PolicyKind::Message), before(&work, PolicyKind::Session));
        let keys = before(&work, PolicyKind::RequestKey);
        report.messages = exchange::forget::forget_messages(&mut work, messages).await?;
        report.sessions = access::forget::forget_old(&mut work, sessions, keys).await?;
        note(&mut work, &report).await?;
        work.commit().await?;
    }
    Ok(report)
}

async fn note(work: &mut Work, report: &Report) -> Result<()> {
    let details = json!({
        "persons": report.persons.len(), "held": report.held, "reports": report.reports,
        "inquiries": report.inquiries, "messages": report.messages, "sessions": report.sessions,
    });
    journal::append(work, Event { kind: "retention.ran", subjects: &[], details }).await?;
    Ok(())
}

async fn persons(app: &App, county: &LocalityCode, dry: bool, report: &mut Report) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut work = app.system_work_in(county).await?;
        work.permit(Action::Forget)?;
        let batch = store::facts_after(&mut work, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id;
        let mut due = Vec::new();
        for facts in &batch {
            let deletion = deletion(facts, is_at_home(&work, facts), &work.node().retention);
            let rule = deletion.rule.map(|rule| rule.as_str()).unwrap_or_default();
            match deletion.delete_on {
                Some(_) if deletion.is_due(work.today()) => due.push((facts.id, rule)),
                Some(day) if day <= work.today() => report.held += 1,
                _ => {}
            }
        }
        drop(work);
        for (id, rule) in due {
            if dry || forget_due(app, county, id, rule).await? {
                report.persons.push((county.clone(), id, rule.to_owned()));
            }
        }
        tracing::info!(%county, forgotten = report.persons.len(), "retention goes on");
    }
}

/// Looks once more in the transaction that forgets: the person may have come back since the batch was read.
async fn forget_due(app: &App, county: &LocalityCode, id: Uuid, rule: &str) -> Result<bool> {
    let mut work = app.system_work_in(county).await?;
    let still_due = match store::facts_of(&mut work, id).await? {
        Some(facts) => deletion(&facts, is_at_home(&work, &facts), &work.node().retention).is_due(work.today()),
        None => false,
    };
    if !still_due || !forget(&mut work, id, rule).await? {
        return Ok(false);
    }
    commit(app, work, county, id, rule).await?;
    Ok(true)
}

/// On disk in the ledger first: were it the other way round, a crash in between would leave somebody forgotten whom a
/// restored backup brings back.
pub(super) async fn commit(app: &App, work: Work, county: &LocalityCode, id: Uuid, rule: &str) -> Result<()> {
    let (node, now) = (app.node(), work.now());
    node.forgotten.append(&node.vault, now, county, id, rule)?;
    match work.commit().await {
        Ok(()) => Ok(()),
        Err(error) => {
            node.forgotten.void(&node.vault, now, county, id)?;
            Err(error)
        }
    }
}

/// Forgets again whoever a restored backup brought back; answers how many that were. Runs at every start.
pub async fn forget_again(app: &App) -> Result<u64> {
    let node = app.node();
    let known = node.forgotten.read(&node.vault)?;
    if known.damaged > 0 {
        tracing::error!(
            lines = known.damaged,
            "lines of the ledger of the forgotten are changed or missing: please compare it with its copy"
        );
    }
    let mut again = 0;
    for (id, county) in known.forgotten.into_iter().filter(|(_, county)| node.counties.contains(county)) {
        let mut work = app.system_work_in(&county).await?;
        if forget(&mut work, id, AGAIN).await? || forget_landlord(&mut work, id, AGAIN).await? {
            work.commit().await?;
            again += 1;
        }
    }
    if again > 0 {
        tracing::warn!(
            persons = again,
            "a restored database had brought forgotten people back: they were forgotten again"
        );
    }
    Ok(again)
}

async fn reports_and_inquiries(app: &App, county: &LocalityCode, report: &mut Report) -> Result<()> {
    loop {
        let mut work = app.system_work_in(county).await?;
        let filed = began_before(&work, PolicyKind::UndecidedReport);
        let returned = began_before(&work, PolicyKind::ReturnedReport);
        let reports = reports::forget::forget_old(&mut work, filed, returned, BATCH).await?;
        let answered = began_before(&work, PolicyKind::Inquiry);
        let inquiries = exchange::forget::forget_inquiries(&mut work, answered, BATCH).await?;
        work.commit().await?;
        report.reports += reports;
        report.inquiries += inquiries;
        if reports + inquiries == 0 {
            return Ok(());
        }
    }
}

/// The instant before which a period began that is over today: the end of that day in China.
fn began_before(work: &Work, kind: PolicyKind) -> DateTime<Utc> {
    let keep = work.node().retention.keep(kind);
    let day = keep.map_or(NaiveDate::MIN, |keep| keep.before(work.today()));
    let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let china = FixedOffset::east_opt(exchange::peers::OFFSET_SECONDS);
    match china.and_then(|china| next.and_local_timezone(china).single()) {
        Some(instant) => instant.to_utc(),
        None => DateTime::UNIX_EPOCH,
    }
}
