//! `anju backup` and `anju restore`: the embedded database in a file, and back.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::table::minute;
use super::{Failure, Options, Result, node};
use crate::clock::Clock;
use crate::config::{CHECKPOINTS, Config, DATABASE, FORGOTTEN, NODE_KEY};
use crate::db::Db;
use crate::retention;

/// What stands at the beginning of every SQLite database.
const MAGIC: &[u8] = b"SQLite format 3\0";

#[derive(Args)]
pub struct Backup {
    /// The file to write; it must not exist yet
    file: PathBuf,
}

#[derive(Args)]
pub struct Restore {
    /// A file that `anju backup` wrote
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, options: &Options) -> Result<String> {
        let config = options.config()?;
        if self.file.exists() {
            return Err(Failure::new(format!("{} exists already; nothing was written", self.file.display()))
                .next("Please name another file: backups are not overwritten."));
        }
        let app = node::open_beside(&config).await?;
        let done = app.db().back_up(&self.file).await;
        app.db().close().await;
        done?;
        fs::File::open(&self.file)?.sync_all()?;
        Ok(format!(
            "The database is in {file}. It opens only with {NODE_KEY}: please keep that apart from it.
{FORGOTTEN} is not in it, so that a restored backup forgets again whom this node forgot since.",
            file = self.file.display()
        ))
    }
}

impl Restore {
    pub async fn run(self, options: &Options) -> Result<String> {
        let config = options.config()?;
        if config.database_url.is_some() {
            return Err(Failure::new("this node's database is in PostgreSQL, which has its own tools")
                .next("Please restore it with those, then start the node: it forgets again whom it forgot before."));
        }
        let bytes = fs::read(&self.file).map_err(|error| at(&self.file, &error))?;
        if !bytes.starts_with(MAGIC) {
            return Err(Failure::new(format!("{} is no backup; nothing was changed", self.file.display())));
        }
        let aside = put_in_place(&config, &bytes).await?;
        let app = node::open_beside(&config).await.map_err(|failure| {
            failure.next(format!("The database of before is {}; please put it back.", aside.display()))
        })?;
        let known = app.node().forgotten.read(&app.node().vault)?.forgotten.len();
        let due = retention::run(&app, true).await?.persons.len();
        app.db().close().await;
        Ok(format!(
            "The backup is in place; the database of before is {aside}.
Forgotten people: {known} stand in {FORGOTTEN}, and none of them came back. {due} more are due: anju retention run
Next:
  1. anju journal verify      the journal ends where the backup does; the checkpoints kept outside are set aside, too. Whoever keeps a later head or checkpoint of it, a
                              peer or an auditor, will see that entries are missing: please tell them of this restore.
  2. anju serve
  3. anju exchange status     a peer that is ahead of this node says so: please telephone its office.
  4. Delete the database of before once it is not needed: forgotten people may still stand in it.",
            aside = aside.display()
        ))
    }
}

/// Moves the present database aside, with what belongs to it, and writes the backup in its place.
async fn put_in_place(config: &Config, bytes: &[u8]) -> Result<PathBuf> {
    let place = config.data_dir.join(DATABASE);
    let stamp = minute(Clock::System.now()).replace([' ', ':'], "-");
    let aside = config.data_dir.join(format!("{DATABASE}.before-{stamp}"));
    if aside.exists() {
        return Err(Failure::new(format!("{} exists already; nothing was changed", aside.display()))
            .next("Please move it away, or wait a minute."));
    }
    if place.exists() {
        // Everything written stands in the one file afterwards; fails while the node runs.
        let present = Db::open_sqlite(&place).await?;
        let alone = present.settle().await;
        present.close().await;
        alone.map_err(|_| {
            Failure::new("the database is in use; nothing was changed")
                .next("Please stop the node, then restore again.")
        })?;
        fs::rename(&place, &aside).map_err(|error| at(&place, &error))?;
    }
    let new = config.data_dir.join(format!("{DATABASE}.restoring"));
    fs::write(&new, bytes).and_then(|()| fs::File::open(&new)?.sync_all()).map_err(|error| at(&new, &error))?;
    fs::rename(&new, &place).map_err(|error| at(&place, &error))?;
    // They say that the journal was longer, which is true and now meant to be: kept as evidence, not as an alarm.
    let checkpoints = config.data_dir.join(CHECKPOINTS);
    if checkpoints.exists() {
        let aside = config.data_dir.join(format!("{CHECKPOINTS}.before-{stamp}"));
        fs::rename(&checkpoints, &aside).map_err(|error| at(&checkpoints, &error))?;
    }
    fs::File::open(&config.data_dir)?.sync_all()?;
    Ok(aside)
}

fn at(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display()))
}
