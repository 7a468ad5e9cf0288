//! The log, on standard error. What may stand in it is decided where lines are written: ids and codes, no persons.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// What is written when `RUST_LOG` says nothing.
const LEVELS: &str = "info";

/// Starts writing the log. A second call changes nothing.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => log.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}
