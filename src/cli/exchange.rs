//! `anju exchange`: syncing now, how it goes, our keys, the specification.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::table::{minute, minute_or_dash, table};
use super::{Failure, Options, Result, node, value};
use crate::app::App;
use crate::error::Error;
use crate::exchange::peers::{self, Mode, Peer, State};
use crate::exchange::sync::{self, Report};
use crate::exchange::{Reason, specs};
use crate::values::NodeCode;

#[derive(Subcommand)]
pub enum Command {
    /// Sync now, with one peer or all active ones
    #[command(after_help = "\
Examples:
  anju exchange sync
  anju exchange sync 411421

Does not wait for a back-off to end. Exit status 1 when a sync failed.")]
    Sync {
        /// The peer's code; all active peers when absent
        #[arg(value_name = "CODE", value_parser = value::<NodeCode>)]
        peer: Option<NodeCode>,
    },
    /// Peers at a glance: what waits, when it last went well, why not, when next
    Status,
    /// This node's keys: what for, and from when to when
    Keys,
    /// Write the exchange's specification: OpenAPI, schemas, examples, test vectors
    Specs {
        /// The folder to write into
        folder: PathBuf,
    },
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        if let Self::Specs { folder } = &self {
            specs::write(folder)?;
            return Ok(format!("The specification is in {}.", folder.display()));
        }
        let app = node::open_beside(&options.config()?).await?;
        let text = match self {
            Self::Sync { peer } => sync_now(&app, peer).await,
            Self::Status => status(&app).await,
            Self::Keys => keys(&app),
            Self::Specs { .. } => Ok(String::new()),
        };
        app.db().close().await;
        text
    }
}

async fn sync_now(app: &App, peer: Option<NodeCode>) -> Result<String> {
    let codes = match peer {
        Some(code) => vec![code],
        None => {
            let all = peers::list(&mut app.system_read().await?).await?;
            all.into_iter().filter(|peer| peer.state == State::Active).map(|peer| peer.code).collect()
        }
    };
    let (mut lines, mut failed) = (Vec::new(), false);
    for code in codes {
        let report = sync::sync(app, &code, true).await?;
        failed |= matches!(report, Report::Failed { .. });
        lines.push(format!("{code}: {}", told(&report)));
    }
    let text = lines.join("\n");
    if failed {
        Err(Failure::new(text).next("What is owed waits, and is tried again by the schedule."))
    } else {
        Ok(text)
    }
}

fn told(report: &Report) -> String {
    match report {
        Report::Done { sent, received, agreed_through } => {
            format!("done; {sent} sent, {received} received, agreed through {agreed_through}")
        }
        Report::Failed { reason, .. } => format!("failed: {}", in_words(reason)),
        Report::Skipped { reason } => format!("not tried: {reason}"),
    }
}

async fn status(app: &App) -> Result<String> {
    let peers = peers::list(&mut app.system_read().await?).await?;
    if peers.is_empty() {
        return Ok("There are no peers yet; see anju peer --help.".to_owned());
    }
    let now = app.node().clock.now();
    let rows: Vec<[String; 8]> = peers.iter().map(|peer| glance(peer, now)).collect();
    let head = ["peer", "name", "backlog", "received", "agreed", "last success", "next", "last failure"];
    let alarms = peers.iter().filter_map(|peer| Some((peer, peer.journal_alarm.as_deref()?)));
    let alarms = alarms.map(|(peer, reason)| format!("\nALARM  {}: its journal {}", peer.code, alarm_in_words(reason)));
    Ok(table(head, &rows) + &alarms.collect::<String>())
}

fn alarm_in_words(code: &str) -> String {
    let words = match code {
        "journal-forked" | "journal-rewritten" => "was rewritten: it no longer continues the checkpoint held here",
        "journal-truncated" => "was cut off: it is shorter than the checkpoint held here",
        "journal-unproven" => "may be rewritten: for a day it gave no proof from the checkpoint held here",
        "journal-key-unknown" => "is signed with a key that no checkpoint announced",
        other => return other.to_owned(),
    };
    format!("{words}; call its office, then set the case aside ({code})")
}

fn glance(peer: &Peer, now: DateTime<Utc>) -> [String; 8] {
    // A failure is news only until the next success.
    let failure = peer.last_failure.as_ref().filter(|_| peer.failures > 0);
    let failure = failure.map_or_else(String::new, |reason| {
        format!("{}, {} in a row: {}", minute_or_dash(peer.last_failure_at), peer.failures, in_words(reason))
    });
    let next = match (peer.state, peer.mode) {
        (State::Suspended, _) => "suspended".to_owned(),
        (_, Mode::Passive) => "when it calls".to_owned(),
        _ => minute_or_dash(peer.schedule.next_after(peer.retry_at.map_or(now, |retry| retry.max(now)))),
    };
    [
        peer.code.to_string(),
        peer.name.to_string(),
        peer.backlog.to_string(),
        peer.received.to_string(),
        format!("{} of {}", peer.agreed_through, peer.sent),
        minute_or_dash(peer.last_success_at),
        next,
        failure,
    ]
}

/// A failure's code in words, and the code itself where there are none.
fn in_words(code: &str) -> String {
    let words = match code {
        "unreachable" => "its address cannot be reached",
        "timed-out" => "it did not answer in time",
        "answer-not-understood" => "its answer is not in the agreed form",
        "answer-too-large" => "its answer is above the limit",
        "no-progress" => "it acknowledges nothing",
        "digests-differ" => "what it has differs from what was sent; please call its office",
        "own-failure" => "it stopped on this side; the log says why",
        "refused-not-found" => "it does not know this node, or suspended it; did they add our card?",
        _ => {
            let refused = code.strip_prefix("refused-").or_else(|| code.strip_prefix("answer-"));
            return match refused.and_then(|reason| reason.parse::<Reason>().ok()) {
                Some(reason) => format!("{code}: {}", Failure::from(Error::from(reason))),
                None => code.to_owned(),
            };
        }
    };
    words.to_owned()
}

fn keys(app: &App) -> Result<String> {
    let now = app.node().clock.now();
    let rows: Vec<[String; 5]> = app
        .station()
        .keys
        .public()
        .iter()
        .map(|key| {
            let valid = if key.valid_at(now) { "yes" } else { "no" };
            [key.kid().to_owned(), key.usage().to_string(), minute(key.from()), minute(key.until()), valid.to_owned()]
        })
        .collect();
    Ok(table(["kid", "use", "from", "until", "valid now"], &rows))
}
