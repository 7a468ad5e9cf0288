//! `anju demo`: two localities on this machine, and a third that joins later, go through a whole working day. Every
//! step is a real operation of a person with a role; nodes talk over HTTP and by their schedule. It tells what
//! happens in plain words, and afterwards goes on running, so that all of it can be tried.

mod check;
mod day;
mod street;
mod tell;
mod world;

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use tokio::signal;

use super::{Failure, Result};
use crate::config::LogFormat;
use tell::{Language, Teller};
use world::World;

/// The folder of the demonstration unless told otherwise.
const FOLDER: &str = "anju-demo";
/// Marks a folder that a demonstration made and the next one may empty.
const MARK: &str = ".anju-demo";

/// How the demonstration runs.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// End by itself; exit status 0 only when all localities agree
    #[arg(long)]
    once: bool,
    /// Language of the story: zh or en [default: by LANG, else zh]
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// Runs the demonstration in `folder`.
pub async fn run(options: &DemoOptions, folder: Option<&Path>) -> Result<String> {
    let folder = folder.map_or_else(|| PathBuf::from(FOLDER), Path::to_path_buf);
    make_room(&folder)?;
    if std::env::var_os("RUST_LOG").is_some() {
        super::log::start(LogFormat::Text, "info"); // a story is easier to read without it
    }
    let teller = Teller::new(options.lang.unwrap_or_else(Language::of_environment));
    let mut world = World::open(&folder, &teller).await?;
    let result = day::live(&mut world, &teller).await;
    if result.is_ok() && !options.once {
        world.tell_how_to_try(&teller)?;
        signal::ctrl_c().await?;
    }
    world.close().await?;
    result?;
    Ok(String::new())
}

/// Empties a folder an earlier demonstration made; any other folder that holds something is left alone.
fn make_room(folder: &Path) -> Result<()> {
    let at = |error: io::Error| Failure::new(format!("{}: {error}", folder.display()));
    if folder.exists() {
        let empty = fs::read_dir(folder).map_err(at)?.next().is_none();
        if !empty && !folder.join(MARK).exists() {
            return Err(Failure::new(format!("{} holds something that no demonstration made", folder.display()))
                .next("Please choose another folder with --data-dir."));
        }
        fs::remove_dir_all(folder).map_err(at)?;
    }
    fs::create_dir_all(folder).map_err(at)?;
    fs::write(folder.join(MARK), "This folder belongs to `anju demo`, which empties it at each start.\n").map_err(at)
}
