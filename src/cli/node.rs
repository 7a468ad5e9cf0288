//! Opens the node of a configuration, and makes its folder and key the first time.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::{Failure, Result};
use crate::access::{Measures, Purposes};
use crate::app::App;
use crate::clock::{Clock, china_day};
use crate::config::{CHECKPOINTS, Config, DATABASE, FILE, FORGOTTEN, NODE_KEY};
use crate::db::Db;
use crate::error::Error;
use crate::exchange::directory::BaseUrl;
use crate::exchange::station::Presence;
use crate::localities::Calendar;
use crate::residents::ConsentTexts;
use crate::retention::ledger::Ledger;
use crate::retention::policies::Policies;
use crate::vault::{Keyring, Vault};
use crate::work::Node;

/// The node's keys as text, for a machine without a safe place for files. A variable and not a flag: flags are seen
/// by everybody on the machine.
const KEY_VARIABLE: &str = "ANJU_NODE_KEY";

/// Whether a node was set up in the folder. A settings file alone is none: somebody may have written it before.
pub fn exists(config: &Config) -> bool {
    [NODE_KEY, DATABASE].iter().any(|name| config.data_dir.join(name).exists())
}

/// Whether there is nothing to be made before the node can be opened: it exists, or its folder is not needed because
/// key and database are elsewhere.
pub fn is_set_up(config: &Config) -> bool {
    exists(config) || (std::env::var_os(KEY_VARIABLE).is_some() && config.database_url.is_some())
}

/// Opens a node that exists.
pub async fn open(config: &Config, base_url: BaseUrl) -> Result<App> {
    let keyring = keyring(config)?;
    assemble(config, base_url, keyring).await
}

/// Opens a node that exists, for a command beside or instead of the running one.
pub async fn open_beside(config: &Config) -> Result<App> {
    let base_url = config.base_url_at(config.listen)?;
    open(config, base_url).await
}

/// Makes a node: folder, key, database, exchange keys, and a settings file where there is none.
pub async fn create(config: &Config, base_url: BaseUrl) -> Result<App> {
    let folder = &config.data_dir;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| at(folder, &error))?;
    let (key, settings) = (folder.join(NODE_KEY), folder.join(FILE));
    let elsewhere = std::env::var_os(KEY_VARIABLE).is_some();
    let keyring = if elsewhere { keyring(config)? } else { make_keyring(&key)? };
    let opened = assemble(config, base_url, keyring).await;
    if opened.is_err() && !elsewhere {
        // Nothing was sealed with it, and it would stand in the way of the right one.
        fs::remove_file(&key).map_err(|error| at(&key, &error))?;
    }
    let app = opened?;
    if !settings.exists() {
        write_new(&settings, &super::init::settings_file(config), 0o640)?;
    }
    Ok(app)
}

async fn assemble(config: &Config, base_url: BaseUrl, keyring: Keyring) -> Result<App> {
    let vault = Vault::new(keyring);
    let Config { code, name, territory, office, .. } = config;
    let mut node = Node::new(code.clone(), name.clone(), territory.clone(), vault, Clock::System)?;
    if let Some(file) = &config.purposes {
        node.purposes = purposes(file)?;
    }
    if let Some(file) = &config.consent_texts {
        node.consent_texts = ConsentTexts::parse(&read(file)?).map_err(|error| inside(file, error))?;
    }
    if let Some(file) = &config.measures {
        node.measures = Measures::parse(&read(file)?).map_err(|error| inside(file, error))?;
    }
    if let Some(file) = &config.calendar {
        let newer = Calendar::parse(&read(file)?).map_err(|error| inside(file, error))?;
        node.calendar = node.calendar.updated(&newer);
    }
    if let Some(file) = &config.retention {
        node.retention = Policies::parse(&read(file)?).map_err(|error| inside(file, error))?;
    }
    let own = config.data_dir.join(FORGOTTEN);
    node.forgotten = Ledger::new(std::iter::once(own).chain(config.forgotten_copy.clone()).collect());
    node.checkpoints = Some(config.data_dir.join(CHECKPOINTS));
    node.sign_in = config.sign_in;
    node.days_to_answer_doubts = config.days_to_answer_doubts;
    let db = match &config.database_url {
        Some(url) => Db::open_postgres(url).await?,
        None => Db::open_sqlite(&config.data_dir.join(DATABASE)).await?,
    };
    let presence = Presence { code: code.clone(), base_url, office: office.clone() };
    App::open(db, node, presence).await.map_err(|error| {
        let key = config.data_dir.join(NODE_KEY);
        Failure::from(error).next(format!(
            "If this database was made with another key or code, please restore that key ({} or {KEY_VARIABLE}) and code.",
            key.display()
        ))
    })
}

fn keyring(config: &Config) -> Result<Keyring> {
    if let Some(text) = std::env::var_os(KEY_VARIABLE) {
        let text = Zeroizing::new(text.into_string().unwrap_or_default());
        return Ok(Keyring::parse(&text)?);
    }
    let file = config.data_dir.join(NODE_KEY);
    let text = match fs::read_to_string(&file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !exists(config) => {
            return Err(Failure::new(format!("there is no node in {} yet", config.data_dir.display()))
                .next("Please set one up with: anju init --territory CODE"));
        }
        Err(error) => {
            return Err(at(&file, &error)
                .next("Without its key a node cannot open what is sealed. Please restore the file from the backup."));
        }
    };
    if fs::metadata(&file)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %file.display(), "others on this machine can read the node's keys: chmod 600");
    }
    Ok(Keyring::parse(&text)?)
}

fn make_keyring(file: &Path) -> Result<Keyring> {
    let keyring = Keyring::generate(&this_month())?;
    write_new(file, &keyring.to_text()?, 0o600)?;
    Ok(keyring)
}

/// Adds a new node key to the key file; answers its name. The file is replaced in one step, so that it is whole at any
/// moment.
pub fn rotate_key(config: &Config) -> Result<String> {
    if std::env::var_os(KEY_VARIABLE).is_some() {
        return Err(Failure::new(format!("the node's keys come from {KEY_VARIABLE}"))
            .next("Please put them into node.key for this step, rotate, and store what the file holds then."));
    }
    let rotated = keyring(config)?.rotated(&this_month())?;
    let (file, newer) = (config.data_dir.join(NODE_KEY), config.data_dir.join(format!("{NODE_KEY}.new")));
    write_new(&newer, &rotated.to_text()?, 0o600)?;
    fs::rename(&newer, &file).map_err(|error| at(&file, &error))?;
    Ok(rotated.active().to_owned())
}

fn this_month() -> String {
    china_day(Clock::System.now()).format("%Y-%m").to_string()
}

/// Writes a file that must not exist yet.
fn write_new(file: &Path, text: &str, mode: u32) -> Result<()> {
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file);
    let written = opened.and_then(|mut opened| {
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    });
    written.map_err(|error| at(file, &error))
}

/// A locality's own list of purposes and bases.
pub fn purposes(file: &Path) -> Result<Purposes> {
    Purposes::parse(&read(file)?).map_err(|error| inside(file, error))
}

/// Reads a file a person named.
pub fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| at(file, &error))
}

fn at(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display()))
}

fn inside(file: &Path, error: Error) -> Failure {
    let why = match error {
        Error::Internal(reason) => reason,
        other => Failure::from(other).to_string(),
    };
    Failure::new(format!("{} is not understood: {why}", file.display()))
}
