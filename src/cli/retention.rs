//! `anju retention`: forgetting by hand, and what is kept how long.

use clap::Subcommand;

use super::table::table;
use super::{Options, Result, node};
use crate::app::App;
use crate::retention;

#[derive(Subcommand)]
pub enum Command {
    /// Forget everything whose time is over, as the node does by itself every night
    #[command(after_help = "\
Examples:
  anju retention run --dry-run     who would be forgotten: county, file, rule
  anju retention run

Can be stopped at any time; the next run goes on. Who was forgotten stands in forgotten.log in the node's folder:
keep that file when a backup of the database is put back, and whoever it brings back is forgotten again at the start.")]
    Run {
        /// Change nothing, only tell whom it would forget
        #[arg(long)]
        dry_run: bool,
    },
    /// How long each kind of data is kept, and on which ground
    Policies,
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let app = node::open_beside(&options.config()?).await?;
        let text = match self {
            Self::Run { dry_run } => retention::run(&app, dry_run).await?.to_string(),
            Self::Policies => policies(&app),
        };
        app.db().close().await;
        Ok(text)
    }
}

fn policies(app: &App) -> String {
    let rows: Vec<[String; 4]> = app
        .node()
        .retention
        .policies
        .iter()
        .map(|policy| {
            let keep = policy.keep.map_or_else(|| "not by time".to_owned(), |keep| keep.to_string());
            [policy.kind.to_string(), keep, policy.text.en.clone(), policy.reference.clone()]
        })
        .collect();
    table(["kind", "kept", "what", "ground"], &rows)
}

/// The nightly run. What fails waits for the next one.
pub async fn by_the_clock(app: App) {
    match retention::run(&app, false).await {
        Ok(report) => tracing::info!(persons = report.persons.len(), held = report.held, "scheduled retention"),
        Err(error) => tracing::error!(%error, "scheduled retention failed; it goes on with the next run"),
    }
}
