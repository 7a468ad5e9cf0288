//! Text messages: a port, and a folder as its default. After the commit a job hands over what waits, and tries again.
//! The telephone is opened for it under a purpose of its own, which the person sees; the message names nobody.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Delivery, Row, store, words};
use crate::access::{Bilingual, Field};
use crate::app::App;
use crate::error::{Error, Result};
use crate::journal::{self, Reason};
use crate::residents;
use crate::values::{LocalityCode, Malformed, Phone};
use crate::work::Work;

/// Notices looked at in one go.
const BATCH: i64 = 50;
/// The wait after the first attempt; it doubles with each.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
/// Attempts, spread over some eight hours.
const MOST_ATTEMPTS: i32 = 9;
/// What is older than this is not sent any more: where sending was switched on late, nobody wants old news.
const GOOD_FOR: TimeDelta = TimeDelta::days(7);
/// How often the job looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is handed over: to which telephone, and that there is something to read.
#[derive(Debug, Serialize)]
pub struct TextMessage {
    /// The notice; the same id again is the same message.
    pub id: Uuid,
    /// The telephone.
    pub phone: Phone,
    /// What it says.
    pub text: Bilingual,
}

/// Where text messages are handed over. One with an id that was handed over before must not reach the person twice.
pub trait Deliver: Send + Sync + 'static {
    /// Hands a message over for good, or fails; a failure is tried again.
    fn deliver(&self, message: &TextMessage) -> std::io::Result<()>;
}

/// A folder from which a gateway fetches: one file per message, named by its id, one line of JSON, for its owner alone.
pub struct Spool(PathBuf);

impl Spool {
    /// A spool in a folder, which is made if it does not exist.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        if !folder.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(Self(folder.to_owned()))
    }
}

impl Deliver for Spool {
    /// Whole or not at all: the file takes its name when it is on the disk.
    fn deliver(&self, message: &TextMessage) -> std::io::Result<()> {
        let (half, whole) = (self.0.join(format!(".{}.part", message.id)), self.0.join(format!("{}.json", message.id)));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(format!("{}\n", serde_json::to_string(message)?).as_bytes())?;
        file.sync_all()?;
        fs::rename(half, whole)
    }
}

/// Hands over what waits until cancelled. A failure is logged and tried again.
pub async fn run(app: App, by: Arc<dyn Deliver>, stop: CancellationToken) {
    loop {
        if let Err(error) = deliver_due(&app, &by).await {
            tracing::warn!(%error, "handing over text messages failed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Hands over what waits now, in every county; answers how many messages were.
pub async fn deliver_due(app: &App, by: &Arc<dyn Deliver>) -> Result<u64> {
    let mut sent = 0;
    for locality in &app.node().counties {
        loop {
            let due = store::due(&mut app.system_work_in(locality).await?, BATCH).await?;
            if due.is_empty() {
                break;
            }
            for row in &due {
                sent += u64::from(deliver_one(app, locality, row, by).await?);
            }
        }
    }
    Ok(sent)
}

/// The turn is taken and the look at the telephone written down before anything leaves. A process that dies in between
/// tries again, with the same id.
async fn deliver_one(app: &App, locality: &LocalityCode, row: &Row, by: &Arc<dyn Deliver>) -> Result<bool> {
    let mut work = app.system_work_in(locality).await?;
    let wait = FIRST_WAIT * 2_i32.saturating_pow(row.attempts.unsigned_abs().min(12));
    let next = work.now() + wait;
    if !store::take_turn(&mut work, row, next).await? {
        return Ok(false);
    }
    let phone = match open_phone(&mut work, row).await? {
        Ok(phone) => phone,
        Err(ending) => {
            store::settle(&mut work, row.id, ending).await?;
            work.commit().await?;
            return Ok(false);
        }
    };
    work.commit().await?;
    let message = TextMessage { id: row.id, phone, text: words::on_the_telephone() };
    let handed = tokio::task::spawn_blocking({
        let by = by.clone();
        move || by.deliver(&message)
    });
    if let Err(error) = handed.await.map_err(Error::internal)? {
        tracing::warn!(notice = %row.id, kind = ?error.kind(), "a text message could not be handed over");
        return Ok(false);
    }
    let mut work = app.system_work_in(locality).await?;
    store::settle(&mut work, row.id, Delivery::Sent).await?;
    work.commit().await?;
    Ok(true)
}

/// The telephone, or why none is written to.
async fn open_phone(work: &mut Work, row: &Row) -> Result<std::result::Result<Phone, Delivery>> {
    if row.attempts >= MOST_ATTEMPTS || work.now() - row.told_at > GOOD_FOR {
        return Ok(Err(Delivery::GivenUp));
    }
    if residents::protection::is_protected(work, row.resident_id).await? {
        return Ok(Err(Delivery::Withheld));
    }
    if !residents::has_phone(work, row.resident_id).await? {
        return Ok(Err(Delivery::NoPhone));
    }
    let of_the_list = |Malformed(code)| Error::internal(code);
    let reason = Reason {
        purpose: "notice-delivery".parse().map_err(of_the_list)?,
        basis: "personal-information-law-17".parse().map_err(of_the_list)?,
        case: format!("告知{}", row.id.simple().to_string().split_off(20)).parse().map_err(of_the_list)?,
    };
    let person = [row.resident_id];
    let disclosure = journal::disclose(work, &reason, &person, &person, &[Field::Phone]).await?;
    match residents::open_phone(work, &disclosure, row.resident_id).await {
        Ok(phone) => Ok(phone.ok_or(Delivery::NoPhone)),
        Err(Error::Refused("erased")) => Ok(Err(Delivery::NoPhone)),
        Err(error) => Err(error),
    }
}
