//! The program. All it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything can open a connection. Nobody can have installed another one earlier.
    let _ = rustls::crypto::ring::default_provider().install_default();
    anju::cli::run()
}
