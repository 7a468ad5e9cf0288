//! A real Chromium, without a window and without a network.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Chromium; `None` when it is not here and not required.
pub fn chromium() -> Option<PathBuf> {
    program("chromium")
}

/// Chromium or its driver; `None` when it is not here and not required.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists());
    match found {
        Some(program) => Some(program),
        None if std::env::var_os("ANJU_REQUIRE_CHROMIUM").is_some() => {
            panic!("ANJU_REQUIRE_CHROMIUM is set, and no {name} was found")
        }
        None => {
            eprintln!("not run: {name} was not found");
            None
        }
    }
}

/// Opens a page and answers what it became, as HTML, in Chinese.
pub async fn opened(chromium: &Path, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(chromium);
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--accept-lang=zh-CN", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(120), command.output()).await;
    let dom = String::from_utf8(ended.expect("chromium did not end").unwrap().stdout).unwrap();
    without_scripts(&dom)
}

/// What the page says, without the words its script could say.
fn without_scripts(dom: &str) -> String {
    let mut pieces = dom.split("<script");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once("</script>").map_or("", |(_, rest)| rest))
}
