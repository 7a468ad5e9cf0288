//! The log, on standard error. What may stand in it is decided where lines are written: ids and codes, no persons.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts writing the log: what `RUST_LOG` says, or this level and above. A second call changes nothing.
pub fn start(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => log.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}
