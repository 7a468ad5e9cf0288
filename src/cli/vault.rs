//! `anju vault`: the node key, which wraps the keys of everything sealed.

use clap::Subcommand;

use super::{Options, Result, node};
use crate::access::second_factors;
use crate::vault;

/// Data keys wrapped anew in one transaction.
const BATCH: i64 = 500;

#[derive(Subcommand)]
pub enum Command {
    /// Make a new node key, beside the older ones; it counts once the node is restarted
    #[command(after_help = "\
Examples:
  anju vault rotate --data-dir /var/lib/anju     then restart the node
  anju vault rewrap --data-dir /var/lib/anju     then back up node.key

The older keys stay in node.key: backups made before need them.")]
    Rotate,
    /// Wrap anew, under the newest node key, what older ones wrapped; may run beside the node
    Rewrap,
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let config = options.config()?;
        match self {
            Self::Rotate => {
                let id = node::rotate_key(&config)?;
                Ok(format!(
                    "The node key {id} was made. Please restart the node, run `anju vault rewrap`, and back up node.key."
                ))
            }
            Self::Rewrap => {
                let app = node::open_beside(&config).await?;
                let mut keys = 0;
                for locality in app.node().counties.clone() {
                    loop {
                        let mut work = app.system_work_in(&locality).await?;
                        let done = vault::rewrap(&mut work, BATCH).await?;
                        work.commit().await?;
                        keys += done;
                        if done == 0 {
                            break;
                        }
                    }
                }
                let mut work = app.system_work().await?;
                let seeds = second_factors::reseal(&mut work).await?;
                work.commit().await?;
                let active = app.node().vault.active_key().to_owned();
                app.db().close().await;
                Ok(format!("{keys} data keys and {seeds} second factors lie under the node key {active} now."))
            }
        }
    }
}
