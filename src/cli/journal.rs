//! `anju journal`: whether the record of what happened is whole.

use clap::Subcommand;

use super::table::table;
use super::{Failure, Options, Result, node};
use crate::access::Actor;
use crate::app::App;
use crate::journal::{self, Verdict};

#[derive(Subcommand)]
pub enum Command {
    /// Recompute every county's chain of seals from its first entry
    #[command(after_help = "\
Exit status 1 when a chain is broken; then the first position that does not fit is shown, and why:
  gap             an entry's position is missing
  altered-entry   an entry was changed beside its text
  wrong-hash      an entry's text or a seal was changed
  missing-seal    there are entries that were sealed and no longer are

A head written down elsewhere proves later that nothing before it was exchanged for something else.")]
    Verify,
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let Self::Verify = self;
        let app = node::open_beside(&options.config()?).await?;
        let verified = verify(&app).await;
        app.db().close().await;
        verified
    }
}

async fn verify(app: &App) -> Result<String> {
    let (mut rows, mut broken) = (Vec::new(), false);
    for county in &app.node().counties {
        let mut work = app.read(Actor::system(county.clone()), county.clone()).await?;
        let (verdict, entries, unsealed, detail) = match journal::verify(&mut work).await? {
            Verdict::Sound { entries, unsealed, head } => ("sound", entries.to_string(), unsealed.to_string(), head),
            Verdict::Broken { position, reason } => {
                broken = true;
                ("BROKEN", "–".to_owned(), "–".to_owned(), format!("position {position}: {reason}"))
            }
        };
        rows.push([county.to_string(), verdict.to_owned(), entries, unsealed, detail]);
    }
    let text = table(["county", "journal", "entries", "not yet sealed", "head"], &rows);
    if broken {
        return Err(Failure::new(format!("the journal is broken\n{text}"))
            .next("Please keep the database as it is, tell the auditor, and compare with the last backup."));
    }
    Ok(text)
}
