//! `anju peer`: the other localities' nodes.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};

use super::table::table;
use super::{Failure, Options, Result, node, value};
use crate::app::App;
use crate::config::Config;
use crate::exchange::keys::{KeyUse, PublicKey};
use crate::exchange::peers::{self, Mode, NewPeer, Peer, PeerPlan, Schedule, State};
use crate::values::NodeCode;

const MODES: [&str; 3] = ["push", "pull", "passive"];
const STATES: [&str; 2] = ["active", "suspended"];

#[derive(Subcommand)]
pub enum Command {
    /// This node's signed card, for another node's administrator
    #[command(after_help = "\
Example:
  anju peer card > 130102.card        the card goes to the file, the fingerprint to the terminal

Send the file in any way. Then telephone, and read the fingerprint to each other before either side adds it.")]
    Card,
    /// Add a node by its card, or renew the card of one already known
    #[command(after_help = "\
Example:
  anju peer add 411421.card --fingerprint '36541 92242 39306 08568 60786 75033 02348 98544'

The fingerprint is the one heard by telephone, not one that came with the card.
A running node takes new peers into its schedule within a minute.")]
    Add(Add),
    /// All peers
    List,
    /// Change how a peer is synced
    #[command(after_help = "\
Examples:
  anju peer plan 411421 --schedule '0 30 1 * * *'      every night at half past one, China's time
  anju peer plan 411421 --state suspended              for now not at all; what it is owed waits
  anju peer plan 411421 --mode passive                 we never call; it fetches and hands over

What is not given stays as it is.")]
    Plan(Plan),
    /// Sign a directory of this node and its active peers, as its keeper
    #[command(after_help = "\
Example:
  anju peer sign-directory --key-out keeper.json > directory.jws

Others import both: anju peer import-directory directory.jws --key keeper.json. Whoever has the keeper's key in
this way trusts every node the keeper lists: hand it over in person, or compare its kid by telephone.")]
    SignDirectory {
        /// Where to write this node's public keys
        #[arg(long, value_name = "FILE")]
        key_out: PathBuf,
    },
    /// Add and renew every node of a directory signed by a key you trust
    #[command(after_help = "\
Example:
  anju peer import-directory directory.jws --key keeper.json

The key file holds the keeper's public key as it stands in a card (kid, use, jwk, from, until), or a list of such.")]
    ImportDirectory {
        /// The signed directory
        directory: PathBuf,
        /// The keeper's public key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Args)]
pub struct Add {
    /// The card's file
    card: PathBuf,
    /// Eight groups of five digits, as compared by telephone
    #[arg(long)]
    fingerprint: String,
    /// Who calls: push (we hand over), pull (we also fetch), passive (it calls) [default: pull]
    #[arg(long, value_parser = PossibleValuesParser::new(MODES).try_map(|mode| mode.parse::<Mode>()))]
    mode: Option<Mode>,
    /// When: seconds minutes hours days months weekdays, China's time [default: every ten minutes]
    #[arg(long, value_name = "CRON", value_parser = value::<Schedule>)]
    schedule: Option<Schedule>,
}

#[derive(Args)]
pub struct Plan {
    /// The peer's code
    #[arg(value_name = "CODE", value_parser = value::<NodeCode>)]
    peer: NodeCode,
    /// Who calls: push (we hand over), pull (we also fetch), passive (it calls)
    #[arg(long, value_parser = PossibleValuesParser::new(MODES).try_map(|mode| mode.parse::<Mode>()))]
    mode: Option<Mode>,
    /// When: seconds minutes hours days months weekdays, China's time
    #[arg(long, value_name = "CRON", value_parser = value::<Schedule>)]
    schedule: Option<Schedule>,
    /// Whether it takes part
    #[arg(long, value_parser = PossibleValuesParser::new(STATES).try_map(|state| state.parse::<State>()))]
    state: Option<State>,
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let config = options.config()?;
        let app = node::open_beside(&config).await?;
        let text = match self {
            Self::Card => card(&app, &config).await,
            Self::Add(new) => add(&app, &config, new).await,
            Self::List => list(&app).await,
            Self::Plan(change) => plan(&app, change).await,
            Self::SignDirectory { key_out } => sign_directory(&app, &key_out).await,
            Self::ImportDirectory { directory, key } => {
                import(&app, &node::read(&directory)?, &node::read(&key)?).await
            }
        };
        app.db().close().await;
        text
    }
}

async fn card(app: &App, config: &Config) -> Result<String> {
    if config.base_url.is_none() {
        eprintln!("Note: without base_url only peers on this machine can reach this node.");
    }
    let work = app.system_read().await?;
    eprintln!("Fingerprint: {}", app.station().fingerprint(&work)?);
    Ok(app.station().signed_card(&work)?)
}

async fn add(app: &App, config: &Config, new: Add) -> Result<String> {
    let Add { card, fingerprint, mode, schedule } = new;
    let schedule = schedule.or_else(|| Some(config.schedule.clone()));
    let new = NewPeer { card: node::read(&card)?, fingerprint, mode, schedule };
    let mut work = app.system_work().await?;
    let peer = peers::add(&mut work, new).await?;
    work.commit().await?;
    Ok(format!("{}\nSync with it now: anju exchange sync {}", planned(&peer), peer.code))
}

async fn plan(app: &App, change: Plan) -> Result<String> {
    let Plan { peer: code, mode, schedule, state } = change;
    let mut work = app.system_work().await?;
    let now = peers::get(&mut work, &code).await?;
    let plan = PeerPlan {
        mode: mode.unwrap_or(now.mode),
        schedule: schedule.unwrap_or(now.schedule),
        state: state.unwrap_or(now.state),
    };
    let peer = peers::set_plan(&mut work, &code, plan).await?;
    work.commit().await?;
    Ok(planned(&peer))
}

fn planned(peer: &Peer) -> String {
    format!("{} ({}): {}, {}, schedule {}", peer.code, peer.name, peer.state, peer.mode, peer.schedule)
}

async fn list(app: &App) -> Result<String> {
    let peers = peers::list(&mut app.system_read().await?).await?;
    let rows: Vec<[String; 8]> = peers
        .into_iter()
        .map(|peer| {
            let territory: Vec<&str> = peer.territory.iter().map(|code| code.as_str()).collect();
            let (mode, state) = (peer.mode.to_string(), peer.state.to_string());
            let office = format!("{} {}", peer.office_name, peer.office_phone);
            let name = peer.name.to_string();
            let territory = territory.join(",");
            [peer.code.to_string(), name, territory, state, mode, peer.schedule.to_string(), peer.base_url, office]
        })
        .collect();
    Ok(table(["peer", "name", "territory", "state", "mode", "schedule", "address", "office"], &rows))
}

async fn sign_directory(app: &App, key_out: &Path) -> Result<String> {
    let mut work = app.system_read().await?;
    let station = app.station();
    let signed = peers::sign_directory(&mut work, station).await?;
    let keys: Vec<PublicKey> = station.keys.public().into_iter().filter(|key| key.usage() == KeyUse::Signing).collect();
    let keys = serde_json::to_string_pretty(&keys).map_err(Failure::new)?;
    std::fs::write(key_out, keys).map_err(|error| Failure::new(format!("{}: {error}", key_out.display())))?;
    Ok(signed)
}

async fn import(app: &App, directory: &str, key: &str) -> Result<String> {
    let one = serde_json::from_str::<PublicKey>(key).map(|key| vec![key]);
    let trusted = one.or_else(|_| serde_json::from_str::<Vec<PublicKey>>(key));
    let trusted = trusted.map_err(|error| Failure::new(format!("the key is not understood: {error}")))?;
    let mut work = app.system_work().await?;
    let changed = peers::import_directory(&mut work, directory, &trusted).await?;
    work.commit().await?;
    let lines: Vec<String> = changed.iter().map(planned).collect();
    Ok(format!("{} added or renewed\n{}", changed.len(), lines.join("\n")).trim_end().to_owned())
}
