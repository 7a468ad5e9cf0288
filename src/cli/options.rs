//! The settings of a node as flags and environment variables.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, Settings};

/// Every command takes these; each can also stand in `anju.toml` or in the environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node settings (--help shows all; also in anju.toml, and in the environment as ANJU_…)")]
pub struct Options {
    /// Folder the node lives in [default: anju-data]
    #[arg(long, global = true, value_name = "FOLDER", env = "ANJU_DATA_DIR", hide_env = true)]
    pub data_dir: Option<PathBuf>,
    /// Settings file [default: anju.toml in the folder, where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    /// Codes of the divisions the node serves, for example 130102 or 1301,1302
    #[arg(long, global = true, value_name = "CODES", value_delimiter = ',', env = "ANJU_TERRITORY", hide_env = true)]
    territory: Option<Vec<String>>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8130]
    #[arg(long, global = true, value_name = "ADDRESS", env = "ANJU_LISTEN", hide_env = true)]
    listen: Option<String>,
    /// Where people and peers reach the node, https://… [default: this machine]
    #[arg(long, global = true, value_name = "URL", env = "ANJU_BASE_URL", hide_env = true)]
    base_url: Option<String>,
    /// postgres://… [default: the embedded database in the folder]. Holds it a password, use ANJU_DATABASE_URL
    #[arg(long, global = true, value_name = "URL", env = "ANJU_DATABASE_URL", hide_env = true, hide_short_help = true)]
    database_url: Option<String>,
    /// The node's code in the directory [default: its first division's]
    #[arg(long, global = true, value_name = "CODE", env = "ANJU_CODE", hide_env = true, hide_short_help = true)]
    code: Option<String>,
    /// The node's name [default: its first division's]
    #[arg(long, global = true, value_name = "NAME", env = "ANJU_NAME", hide_env = true, hide_short_help = true)]
    name: Option<String>,
    /// The office peers call about the exchange [default: the node's name]
    #[arg(long, global = true, value_name = "NAME", env = "ANJU_OFFICE_NAME", hide_env = true, hide_short_help = true)]
    office_name: Option<String>,
    /// That office's telephone [default: 12345]
    #[arg(
        long,
        global = true,
        value_name = "PHONE",
        env = "ANJU_OFFICE_PHONE",
        hide_env = true,
        hide_short_help = true
    )]
    office_phone: Option<String>,
    /// Certificate chain (PEM), for TLS without a proxy; with --tls-key
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_TLS_CERT", hide_env = true, hide_short_help = true)]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_TLS_KEY", hide_env = true, hide_short_help = true)]
    tls_key: Option<PathBuf>,
    /// How the log is written: text or json. What is written: RUST_LOG [default: text, info]
    #[arg(long, global = true, value_name = "FORMAT", env = "ANJU_LOG", hide_env = true, hide_short_help = true)]
    log: Option<String>,
    /// The locality's own purposes and legal bases (TOML) [default: the list shipped]
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_PURPOSES", hide_env = true, hide_short_help = true)]
    purposes: Option<PathBuf>,
    /// The locality's own texts shown before somebody consents (TOML) [default: those shipped]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ANJU_CONSENT_TEXTS",
        hide_env = true,
        hide_short_help = true
    )]
    consent_texts: Option<PathBuf>,
    /// Who must have a second factor: staff, everybody, or for a trial nobody [default: staff]
    #[arg(
        long,
        global = true,
        value_name = "WHO",
        env = "ANJU_SECOND_FACTOR",
        hide_env = true,
        hide_short_help = true
    )]
    second_factor: Option<String>,
    /// Minutes without a request after which a session ends, 1–60 [default: 30]
    #[arg(
        long,
        global = true,
        value_name = "MINUTES",
        env = "ANJU_SESSION_IDLE_MINUTES",
        hide_env = true,
        hide_short_help = true
    )]
    session_idle_minutes: Option<u16>,
    /// Hours after which a session ends in any case, 1–24 [default: 12]
    #[arg(
        long,
        global = true,
        value_name = "HOURS",
        env = "ANJU_SESSION_HOURS",
        hide_env = true,
        hide_short_help = true
    )]
    session_hours: Option<u16>,
    /// A folder from which a gateway fetches text messages [default: none are sent]
    #[arg(long, global = true, value_name = "DIR", env = "ANJU_NOTICE_SPOOL", hide_env = true, hide_short_help = true)]
    notice_spool: Option<PathBuf>,
    /// The locality's own measures: budgets, reviews, confidential accesses (TOML) [default: those shipped]
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_MEASURES", hide_env = true, hide_short_help = true)]
    measures: Option<PathBuf>,
    /// Holidays and make-up working days of further years (JSON), added to those shipped
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_CALENDAR", hide_env = true, hide_short_help = true)]
    calendar: Option<PathBuf>,
    /// What is kept how long (TOML) [default: the list shipped]
    #[arg(long, global = true, value_name = "FILE", env = "ANJU_RETENTION", hide_env = true, hide_short_help = true)]
    retention: Option<PathBuf>,
    /// A second file for the ledger of forgotten people, on another disk than the folder's
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ANJU_FORGOTTEN_COPY",
        hide_env = true,
        hide_short_help = true
    )]
    forgotten_copy: Option<PathBuf>,
}

impl Options {
    /// The checked settings of all sources together.
    pub fn config(&self) -> super::Result<Config> {
        Ok(Config::load(self.config.as_deref(), self.settings())?)
    }

    /// What flags and environment say.
    pub fn settings(&self) -> Settings {
        Settings {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            code: self.code.clone(),
            name: self.name.clone(),
            territory: self.territory.clone(),
            base_url: self.base_url.clone(),
            office_name: self.office_name.clone(),
            office_phone: self.office_phone.clone(),
            listen: self.listen.clone(),
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            log: self.log.clone(),
            purposes: self.purposes.clone(),
            consent_texts: self.consent_texts.clone(),
            notice_spool: self.notice_spool.clone(),
            measures: self.measures.clone(),
            calendar: self.calendar.clone(),
            retention: self.retention.clone(),
            forgotten_copy: self.forgotten_copy.clone(),
            second_factor: self.second_factor.clone(),
            session_idle_minutes: self.session_idle_minutes,
            session_hours: self.session_hours,
            days_to_answer_doubts: None,
            // No flag: `peer add` and `peer plan` have one of that name with another meaning.
            schedule: std::env::var("ANJU_SCHEDULE").ok(),
        }
    }
}
