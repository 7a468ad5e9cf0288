//! DOOR 2, the command line. A command parses into types, calls the operations as the node itself, commits, and
//! answers a text to print; what goes wrong leaves as [`Failure`]. Whoever runs it has the node's key and database
//! in their hands anyway, so it asks for no log-in.

mod affected;
mod backup;
mod calendar;
mod demo;
mod divisions;
mod exchange;
mod failure;
mod init;
mod journal;
mod log;
mod node;
mod options;
mod peer;
mod purposes;
mod retention;
pub mod serve;
mod table;
mod user;
mod vault;

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::value;
pub use failure::{Failure, Result};
use options::Options;

use crate::config::LogFormat;

/// Most slow tasks (hashing passwords, 19 MiB each) at once.
const SLOW_TASKS: usize = 16;

/// A housing-keyed resident registry with a signed, scheduled exchange of records between localities.
#[derive(Parser)]
#[command(
    name = "anju",
    version,
    propagate_version = false,
    max_term_width = 100,
    after_help = "\
First steps:
  anju divisions search 长安区           find the division's code
  anju init --territory 130102           set up its node in ./anju-data
  anju serve                             start it; shows a code for the first account"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Show it all: two localities and a third, one working day, told as it happens
    #[command(after_help = "\
Examples:
  anju demo                 goes on running afterwards, with addresses and log-ins to try
  anju demo --once          ends by itself; exit status 0 only when all localities agree
  anju demo --lang en

Works in ./anju-demo (or --data-dir), which it empties at each start. Everything stays on this machine.")]
    Demo(demo::DemoOptions),
    /// Set up a node: folder, keys, settings, database
    #[command(after_help = "\
Examples:
  anju init --territory 130102
  anju init --territory 1301 --data-dir /var/lib/anju --base-url https://registry.example.gov.cn
  anju init --territory 130102 --office-name 流动人口服务中心 --office-phone '0311-8600 0000'

A node that exists is never overwritten.")]
    Init,
    /// Start the node, until SIGTERM or Ctrl-C
    #[command(after_help = "\
Examples:
  anju serve
  anju serve --data-dir /var/lib/anju
  anju serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --base-url https://a.example
  anju serve --territory 130102 --data-dir new --listen 127.0.0.1:0    set up and start at once

Prints one line `listening on http://ADDRESS` when it is ready.
/healthz answers when the process lives, /readyz when the database does, too.")]
    Serve,
    /// Log-ins: invite, list, activate, disable
    #[command(subcommand)]
    User(user::Command),
    /// Other localities' nodes: cards, plans
    #[command(subcommand)]
    Peer(peer::Command),
    /// The exchange with peers: sync now, status, keys, specification
    #[command(subcommand)]
    Exchange(exchange::Command),
    /// What people's data may be opened for: the list in force, or one to be checked
    #[command(after_help = "\
Examples:
  anju purposes                     the list this node works by
  anju purposes our-purposes.toml   checks a list before it is put in force with --purposes, and shows it")]
    Purposes(purposes::Show),
    /// The record of what happened: verify it, prove what stands in it
    #[command(subcommand)]
    Journal(journal::Command),
    /// What is kept how long: forget what is over, look at the policies
    #[command(subcommand)]
    Retention(retention::Command),
    /// Copy the embedded database into a file, also while the node runs
    #[command(after_help = "\
Examples:
  anju backup /mnt/backup/anju-2026-11-24.db

A node on PostgreSQL is backed up with pg_dump. Keep node.key and forgotten.log, too, but not beside the backup.")]
    Backup(backup::Backup),
    /// Put a backup in the place of the embedded database
    #[command(after_help = "\
Examples:
  systemctl stop anju && anju restore /mnt/backup/anju-2026-11-24.db

The node must be stopped. The database of before is moved aside, not deleted.")]
    Restore(backup::Restore),
    /// The node key: make a new one, wrap under it what older ones wrapped
    #[command(subcommand)]
    Vault(vault::Command),
    /// The country's divisions: search, look at, pack a new year's lists
    #[command(subcommand)]
    Divisions(divisions::Command),
    /// Working days: when a term ends
    #[command(subcommand)]
    Calendar(calendar::Command),
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let Cli { command, options } = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(SLOW_TASKS).build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(command.run(&options)).and_then(|text| print(&text)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("anju: {failure}");
            ExitCode::FAILURE
        }
    }
}

impl Command {
    async fn run(self, options: &Options) -> Result<String> {
        // Those two decide for themselves what their log is.
        if !matches!(self, Self::Serve | Self::Demo(_)) {
            log::start(LogFormat::Text, "warn");
        }
        match self {
            Self::Demo(demo) => demo::run(&demo, options.data_dir.as_deref()).await,
            Self::Init => init::run(options).await,
            Self::Serve => serve::run(options).await,
            Self::User(command) => command.run(options).await,
            Self::Peer(command) => command.run(options).await,
            Self::Exchange(command) => command.run(options).await,
            Self::Purposes(show) => show.run(options),
            Self::Journal(command) => command.run(options).await,
            Self::Retention(command) => command.run(options).await,
            Self::Backup(backup) => backup.run(options).await,
            Self::Restore(restore) => restore.run(options).await,
            Self::Vault(command) => command.run(options).await,
            Self::Divisions(command) => command.run(),
            Self::Calendar(command) => command.run(options),
        }
    }
}

/// Prints a text and a line's end. That nobody reads any further (`| head`) is no failure.
fn print(text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
