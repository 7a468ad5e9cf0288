//! How a node is set up: settings from its file (`anju.toml`) below those from the environment and the command line,
//! checked and made into one [`Config`]. An unknown key is refused, not passed over.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::access::SignInRules;
use crate::error::Error;
use crate::exchange::directory::BaseUrl;
use crate::exchange::messages::Office;
use crate::exchange::peers::Schedule;
use crate::localities::{self, Territory};
use crate::values::{DivisionCode, Label, Malformed, NodeCode};

/// The folder a node lives in unless told otherwise.
pub const DATA_DIR: &str = "anju-data";
/// The settings' file inside that folder.
pub const FILE: &str = "anju.toml";
/// The node's keys inside that folder, mode 0600.
pub const NODE_KEY: &str = "node.key";
/// Who was forgotten, inside that folder; kept when the database is replaced by a backup.
pub const FORGOTTEN: &str = "forgotten.log";
/// The embedded database inside that folder.
pub const DATABASE: &str = "anju.db";
/// The folder inside it that keeps the journals' last checkpoints, also when the database is elsewhere.
pub const CHECKPOINTS: &str = "checkpoints";

const LISTEN: &str = "127.0.0.1:8130";
/// The country's line for public services, for a node that names no office of its own.
const PUBLIC_SERVICE_LINE: &str = "12345";

macro_rules! settings {
    ($($(#[$doc:meta])* $key:ident: $type:ty),+ $(,)?) => {
        /// Settings as one source gives them, not yet checked.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Settings {
            $($(#[$doc])* pub $key: Option<$type>),+
        }

        impl Settings {
            /// These settings, and where they say nothing those of `below`.
            pub fn over(self, below: Settings) -> Settings {
                Settings { $($key: self.$key.or(below.$key)),+ }
            }
        }
    };
}

settings! {
    /// The folder the node lives in.
    data_dir: PathBuf,
    /// `postgres://…`; the embedded database in the folder when absent.
    database_url: String,
    /// The node's code in the directory; that of its first division when absent.
    code: String,
    /// The node's name; that of its first division when absent.
    name: String,
    /// Codes of the divisions it serves.
    territory: Vec<String>,
    /// Where people and peers reach it.
    base_url: String,
    /// The office that answers for it; the node's name when absent.
    office_name: String,
    /// That office's telephone.
    office_phone: String,
    /// Address and port to listen on.
    listen: String,
    /// Certificate chain, PEM.
    tls_cert: PathBuf,
    /// Its private key, PEM.
    tls_key: PathBuf,
    /// `text` or `json`.
    log: String,
    /// The locality's own list of purposes and bases.
    purposes: PathBuf,
    /// The locality's own texts that people are shown before they consent.
    consent_texts: PathBuf,
    /// The folder a gateway for text messages fetches from; none are written when absent.
    notice_spool: PathBuf,
    /// The locality's own measures: how closely looks at people's data are watched.
    measures: PathBuf,
    /// Working days of further years.
    calendar: PathBuf,
    /// The locality's own list of what is kept how long.
    retention: PathBuf,
    /// A second place for the ledger of the forgotten, for example on another machine's disk.
    forgotten_copy: PathBuf,
    /// Working days within which a doubt about a fact is answered.
    days_to_answer_doubts: u16,
    /// When peers added at the command line are synced.
    schedule: String,
    /// Who must have a second factor: `staff`, `everybody` or, for a trial, `nobody`.
    second_factor: String,
    /// Minutes without a request after which a session ends.
    session_idle_minutes: u16,
    /// Hours after which a session ends in any case.
    session_hours: u16,
}

impl Settings {
    /// The settings of a file; paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// [`Fault::File`] when it cannot be read, is no TOML, or has a key that is not known.
    pub fn read(file: &Path) -> Result<Self, Fault> {
        let fault = |reason: String| Fault::File { file: file.to_owned(), reason };
        let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
        let mut settings: Self = toml::from_str(&text).map_err(|error| fault(error.to_string().trim().to_owned()))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let Self {
            data_dir,
            tls_cert,
            tls_key,
            purposes,
            consent_texts,
            notice_spool,
            measures,
            calendar,
            retention,
            forgotten_copy,
            ..
        } = &mut settings;
        let lists = [purposes, consent_texts, measures, calendar, retention];
        let places = [data_dir, tls_cert, tls_key, notice_spool, forgotten_copy];
        for path in lists.into_iter().chain(places).flatten() {
            *path = folder.join(&*path);
        }
        Ok(settings)
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Certificate and key of this node's own TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// A node's settings, checked.
#[derive(Clone)]
pub struct Config {
    /// The folder the node lives in.
    pub data_dir: PathBuf,
    /// `postgres://…`; the embedded database in the folder when absent. May hold a password.
    pub database_url: Option<String>,
    /// The node's code.
    pub code: NodeCode,
    /// The node's name.
    pub name: Label,
    /// The divisions it serves.
    pub territory: Territory,
    /// Where people and peers reach it, as configured; see [`Config::base_url_at`].
    pub base_url: Option<BaseUrl>,
    /// The office that answers for it.
    pub office: Office,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// TLS of its own; without it a proxy before it encrypts, or it serves this machine only.
    pub tls: Option<Tls>,
    /// How the log is written.
    pub log: LogFormat,
    /// The locality's own list of purposes and bases.
    pub purposes: Option<PathBuf>,
    /// The locality's own texts of consents.
    pub consent_texts: Option<PathBuf>,
    /// The folder a gateway for text messages fetches from. Switched off unless somebody fetches: telephones do not lie
    /// in the clear for nobody.
    pub notice_spool: Option<PathBuf>,
    /// The locality's own measures.
    pub measures: Option<PathBuf>,
    /// Working days of further years.
    pub calendar: Option<PathBuf>,
    /// The locality's own list of what is kept how long.
    pub retention: Option<PathBuf>,
    /// A second place for the ledger of the forgotten.
    pub forgotten_copy: Option<PathBuf>,
    /// Working days within which a doubt about a fact is answered.
    pub days_to_answer_doubts: u16,
    /// When peers added at the command line are synced.
    pub schedule: Schedule,
    /// How people sign in.
    pub sign_in: SignInRules,
}

/// Why settings cannot be used.
#[derive(Debug)]
pub enum Fault {
    /// The file cannot be read or understood.
    File {
        /// Which.
        file: PathBuf,
        /// Why, with the line and key where there is one.
        reason: String,
    },
    /// A setting that must be given is not.
    Missing {
        /// Its key.
        key: &'static str,
        /// Where it was looked for.
        data_dir: PathBuf,
    },
    /// A value is not one: the key and a code.
    Value(Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, reason } => write!(f, "{} cannot be used: {reason}", file.display()),
            Self::Missing { key, .. } => write!(f, "the setting `{key}` is missing"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

fn invalid(key: &str, code: &'static str) -> Fault {
    Fault::Value(Error::invalid(key, code))
}

fn parse<T: FromStr<Err = Malformed>>(key: &str, text: &str) -> Result<T, Fault> {
    text.parse().map_err(|Malformed(code)| invalid(key, code))
}

impl Config {
    /// The settings `given` at the command line and in the environment, above those of `file`, or of the folder's
    /// own file where there is one.
    pub fn load(file: Option<&Path>, given: Settings) -> Result<Self, Fault> {
        let data_dir = given.data_dir.clone().unwrap_or_else(|| DATA_DIR.into());
        let own = data_dir.join(FILE);
        let below = match file {
            Some(file) => Settings::read(file)?,
            None if own.exists() => Settings::read(&own)?,
            None => Settings::default(),
        };
        Self::check(given.over(below))
    }

    /// Checks settings and fills in what they leave out.
    pub fn check(settings: Settings) -> Result<Self, Fault> {
        let data_dir = settings.data_dir.unwrap_or_else(|| DATA_DIR.into());
        let missing = |key| Fault::Missing { key, data_dir: data_dir.clone() };
        let territory = territory(&settings.territory.ok_or_else(|| missing("territory"))?)?;
        let first = territory.codes().first().ok_or_else(|| missing("territory"))?;
        let name: Label = match settings.name {
            Some(name) => parse("name", &name)?,
            None => parse("name", &localities::full_name(first).unwrap_or_else(|| first.to_string()))?,
        };
        let office = Office {
            name: settings.office_name.map_or(Ok(name.clone()), |text| parse("office_name", &text))?,
            phone: parse("office_phone", settings.office_phone.as_deref().unwrap_or(PUBLIC_SERVICE_LINE))?,
        };
        let listen = settings.listen.as_deref().unwrap_or(LISTEN);
        let database_url = settings.database_url.filter(|url| !url.is_empty());
        if database_url.as_ref().is_some_and(|url| !url.starts_with("postgres")) {
            return Err(invalid("database_url", "malformed-url"));
        }
        Ok(Self {
            database_url,
            code: parse("code", settings.code.as_deref().unwrap_or(first.as_str()))?,
            name,
            base_url: settings.base_url.map(|text| parse("base_url", text.trim_end_matches('/'))).transpose()?,
            office,
            listen: listen.parse().map_err(|_| invalid("listen", "malformed-listen-address"))?,
            tls: match (settings.tls_cert, settings.tls_key) {
                (Some(cert), Some(key)) => Some(Tls { cert, key }),
                (None, None) => None,
                (Some(_), None) => return Err(missing("tls_key")),
                (None, Some(_)) => return Err(missing("tls_cert")),
            },
            log: match settings.log.as_deref() {
                None | Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                Some(_) => return Err(invalid("log", "unknown-word")),
            },
            purposes: settings.purposes,
            consent_texts: settings.consent_texts,
            notice_spool: settings.notice_spool,
            measures: settings.measures,
            calendar: settings.calendar,
            retention: settings.retention,
            forgotten_copy: settings.forgotten_copy,
            days_to_answer_doubts: settings.days_to_answer_doubts.unwrap_or(crate::doubts::DAYS_TO_ANSWER),
            schedule: settings.schedule.map_or(Ok(Schedule::default()), |text| parse("schedule", &text))?,
            sign_in: sign_in(settings.second_factor.as_deref(), settings.session_idle_minutes, settings.session_hours)?,
            territory,
            data_dir,
        })
    }

    /// Where people and peers reach a node that listens at `address`: as configured, or on this machine.
    ///
    /// # Errors
    /// [`Fault::Missing`] when it listens to more than this machine and nobody said under which name.
    pub fn base_url_at(&self, address: SocketAddr) -> Result<BaseUrl, Fault> {
        if let Some(url) = &self.base_url {
            return Ok(url.clone());
        }
        if !address.ip().is_loopback() {
            return Err(Fault::Missing { key: "base_url", data_dir: self.data_dir.clone() });
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let host = if address.ip().to_string() == "127.0.0.1" { "127.0.0.1" } else { "localhost" };
        parse("base_url", &format!("{scheme}://{host}:{}", address.port()))
    }
}

fn sign_in(second_factor: Option<&str>, idle: Option<u16>, hours: Option<u16>) -> Result<SignInRules, Fault> {
    let mut rules = SignInRules::default();
    if let Some(word) = second_factor {
        rules.second_factor = parse("second_factor", word)?;
    }
    if let Some(minutes) = idle {
        rules.idle = TimeDelta::minutes(within("session_idle_minutes", minutes, 60)?);
    }
    if let Some(hours) = hours {
        rules.absolute = TimeDelta::hours(within("session_hours", hours, 24)?);
    }
    Ok(rules)
}

fn within(key: &str, value: u16, most: u16) -> Result<i64, Fault> {
    if (1..=most).contains(&value) { Ok(value.into()) } else { Err(invalid(key, "out-of-range")) }
}

fn territory(codes: &[String]) -> Result<Territory, Fault> {
    let mut divisions = Vec::new();
    for code in codes {
        let key = format!("territory {code}");
        let division: DivisionCode = parse(&key, code)?;
        if !localities::exists(&division) {
            return Err(invalid(&key, "unknown-division"));
        }
        divisions.push(division);
    }
    Territory::new(divisions).map_err(|Malformed(code)| invalid("territory", code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> Settings {
        toml::from_str(toml).unwrap()
    }

    fn refusal(toml: &str) -> String {
        Config::check(settings(toml)).err().unwrap().to_string()
    }

    #[test]
    fn a_territory_is_enough() {
        let config = Config::check(settings(r#"territory = ["130102"]"#)).unwrap();
        assert_eq!(config.code.as_str(), "130102");
        assert_eq!(config.name.as_str(), "河北省石家庄市长安区");
        assert_eq!(config.base_url_at(config.listen).unwrap().as_str(), "http://127.0.0.1:8130");
        assert!(config.base_url_at("192.0.2.1:80".parse().unwrap()).is_err());
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let both = settings(r#"name = "above""#).over(settings("name = \"below\"\nlisten = \"127.0.0.1:1\""));
        assert_eq!((both.name.as_deref(), both.listen.as_deref()), (Some("above"), Some("127.0.0.1:1")));
    }

    #[test]
    fn a_value_that_is_none_is_named() {
        assert_eq!(refusal(""), "the setting `territory` is missing");
        for (given, expected) in [
            (r#"territory = ["13010"]"#, "territory 13010: malformed-division-code"),
            (r#"territory = ["139999"]"#, "territory 139999: unknown-division"),
            ("territory = []", "territory: empty"),
            ("territory = [\"13\"]\nlisten = \"here\"", "listen: malformed-listen-address"),
            ("territory = [\"13\"]\nbase_url = \"http://a.example\"", "base_url: malformed-url"),
            ("territory = [\"13\"]\nschedule = \"daily\"", "schedule: malformed-schedule"),
            ("territory = [\"13\"]\nlog = \"xml\"", "log: unknown-word"),
            ("territory = [\"13\"]\nsecond_factor = \"never\"", "second_factor: unknown-word"),
            ("territory = [\"13\"]\nsession_idle_minutes = 0", "session_idle_minutes: out-of-range"),
            ("territory = [\"13\"]\nsession_hours = 25", "session_hours: out-of-range"),
            ("territory = [\"13\"]\ndatabase_url = \"mysql://x\"", "database_url: malformed-url"),
        ] {
            assert!(refusal(given).contains(expected), "{given}: {}", refusal(given));
        }
        assert_eq!(refusal("territory = [\"13\"]\ntls_cert = \"c\""), "the setting `tls_key` is missing");
    }

    #[test]
    fn an_unknown_key_of_the_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "territory = [\"130102\"]\nlissten = \"127.0.0.1:1\"\n").unwrap();
        let fault = Settings::read(&file).unwrap_err().to_string();
        assert!(fault.contains("lissten") && fault.contains("line 2"), "{fault}");
    }

    #[test]
    fn paths_in_the_file_are_relative_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "calendar = \"days.json\"\ntls_key = \"/etc/key.pem\"").unwrap();
        let read = Settings::read(&file).unwrap();
        assert_eq!(read.calendar.unwrap(), folder.path().join("days.json"));
        assert_eq!(read.tls_key.unwrap(), PathBuf::from("/etc/key.pem"));
    }
}
