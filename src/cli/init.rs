//! `anju init`: sets a node up.

use super::{Failure, Options, Result, node};
use crate::config::{Config, DATABASE, FILE, NODE_KEY};

/// Sets up the node and says what to do next.
pub async fn run(options: &Options) -> Result<String> {
    let config = options.config()?;
    let folder = config.data_dir.display().to_string();
    if node::exists(&config) {
        return Err(Failure::new(format!("there is a node in {folder} already; nothing was changed"))
            .next(format!("Start it with: anju serve --data-dir {folder}")));
    }
    let base_url = config.base_url_at(config.listen)?;
    let app = node::create(&config, base_url.clone()).await?;
    let fingerprint = app.station().fingerprint(&app.system_read().await?)?;
    app.db().close().await;
    let database = if config.database_url.is_some() { "in PostgreSQL" } else { DATABASE };
    Ok(format!(
        "The node of {name} ({code}) is set up in {folder}:
  {FILE}   its settings
  {NODE_KEY}    its keys: back this file up apart from the database; without it nothing sealed can be read
  database    {database}

Fingerprint of its exchange card: {fingerprint}

Next:
  1. Start it:           anju serve --data-dir {folder}
     The first start shows a code for the first account, the security administrator's.
  2. Open                {base_url}
  3. Exchange with the next locality: anju peer --help",
        name = config.name,
        code = config.code,
    ))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A setting that names a file: as it was chosen, or an example as a comment.
fn path(key: &str, path: Option<&std::path::Path>, example: &str) -> String {
    match path.map(std::path::absolute) {
        Some(Ok(path)) => format!("{key} = {}", quoted(&path.to_string_lossy())),
        _ => format!("# {key} = \"{example}\""),
    }
}

fn base_url(config: &Config) -> String {
    match &config.base_url {
        Some(url) => format!("base_url = {}", quoted(url.as_str())),
        None => "# base_url = \"https://registry.example.gov.cn\"".to_owned(),
    }
}

/// The settings file of a new node: what was chosen stands, the rest is there as comments.
pub fn settings_file(config: &Config) -> String {
    let codes: Vec<String> = config.territory.codes().iter().map(|code| quoted(code.as_str())).collect();
    format!(
        r#"# Settings of this node. Each can be given as a flag (--base-url) or in the environment (ANJU_BASE_URL), too;
# a flag goes before the environment, and both before this file. Paths are relative to this file.

# The divisions it serves, its code in the directory, its name.
territory = [{territory}]
code = {code}
name = {name}

# The office other localities call about the exchange.
office_name = {office}
office_phone = {phone}

# Where it listens, and where people and peers reach it. One that listens to more than this machine needs a base_url.
listen = {listen}
{base_url}
# TLS without a proxy: certificate chain and private key, both PEM.
{cert}
{key}

# PostgreSQL instead of the embedded database; with a password better as ANJU_DATABASE_URL.
# database_url = "postgres://anju@localhost/anju"
# The log: "text" or "json". What is written: RUST_LOG, "info" unless set.
# log = "text"

# The locality's own purposes and legal bases, texts of consents, measures (how closely looks at people's data are
# watched), and working days of years published since.
{purposes}
{consent_texts}
{measures}
{calendar}

# What is kept how long, and a second file, on another disk, for the ledger of forgotten people.
{retention}
{forgotten_copy}

# A folder from which a gateway fetches text messages that say there is news; none are written without it.
{notice_spool}

# Working days within which a doubt is answered (PIPL art. 46 and 50 say "in time"; the number is this office's).
# days_to_answer_doubts = 15

# When peers added at the command line are synced: seconds minutes hours days months weekdays, China's time.
# schedule = "0 */10 * * * *"

# Who must have a second factor: "staff", "everybody", or for a trial "nobody". When a session ends.
second_factor = {second_factor}
# session_idle_minutes = 30
# session_hours = 12
"#,
        territory = codes.join(", "),
        code = quoted(config.code.as_str()),
        name = quoted(config.name.as_str()),
        office = quoted(config.office.name.as_str()),
        phone = quoted(config.office.phone.as_str()),
        listen = quoted(&config.listen.to_string()),
        base_url = base_url(config),
        second_factor = quoted(config.sign_in.second_factor.as_str()),
        cert = path("tls_cert", config.tls.as_ref().map(|tls| tls.cert.as_path()), "cert.pem"),
        key = path("tls_key", config.tls.as_ref().map(|tls| tls.key.as_path()), "key.pem"),
        purposes = path("purposes", config.purposes.as_deref(), "purposes.toml"),
        consent_texts = path("consent_texts", config.consent_texts.as_deref(), "consent-texts.toml"),
        notice_spool = path("notice_spool", config.notice_spool.as_deref(), "notices"),
        measures = path("measures", config.measures.as_deref(), "measures.toml"),
        calendar = path("calendar", config.calendar.as_deref(), "working-days.json"),
        retention = path("retention", config.retention.as_deref(), "retention.toml"),
        forgotten_copy = path("forgotten_copy", config.forgotten_copy.as_deref(), "/mnt/other/forgotten.log"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn the_file_written_says_what_was_chosen() {
        let chosen = r#"
            territory = ["1301", "130202"]
            name = 'the "north" office'
            base_url = "https://a.example"
            tls_cert = "/c.pem"
            tls_key = "/k.pem"
        "#;
        let config = Config::check(toml::from_str(chosen).unwrap()).unwrap();
        let again: Settings = toml::from_str(&settings_file(&config)).unwrap();
        let again = Config::check(again).unwrap();
        assert_eq!((&again.territory, &again.name, &again.code), (&config.territory, &config.name, &config.code));
        assert_eq!((&again.base_url, &again.tls), (&config.base_url, &config.tls));
    }

    #[test]
    fn every_key_of_the_file_is_a_known_one() {
        let config = Config::check(toml::from_str(r#"territory = ["130102"]"#).unwrap()).unwrap();
        let all = settings_file(&config).replace("\n# ", "\n");
        let keys: Vec<&str> = all.lines().filter(|line| line.contains(" = ")).collect();
        assert_eq!(keys.len(), 23);
        assert!(toml::from_str::<Settings>(&keys.join("\n")).is_ok(), "{keys:?}");
    }
}
