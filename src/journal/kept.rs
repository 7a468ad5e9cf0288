//! The last checkpoint of each county outside the database, in a file of the node's folder: whoever cuts the end off
//! the database, seals and checkpoints with it, leaves this behind.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::note::Checkpoint;
use crate::error::{Error, Result};
use crate::values::LocalityCode;
use crate::work::Work;

fn file(folder: &Path, county: &LocalityCode) -> PathBuf {
    folder.join(format!("{county}.checkpoint"))
}

/// The text kept for the work's county; `None` when there is none, or the node keeps none.
pub(super) async fn read(work: &Work) -> Result<Option<String>> {
    let Some(folder) = &work.node().checkpoints else { return Ok(None) };
    match tokio::fs::read_to_string(file(folder, work.locality())).await {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        // Unreadable, it proves as little as a changed one; that is for the verification to say.
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(String::new())),
        Err(error) => Err(Error::internal(format!("the checkpoint kept: {error}"))),
    }
}

/// Keeps a checkpoint in the place of the one before it; durable when this returns.
pub(super) async fn write(folder: &Path, county: &LocalityCode, checkpoint: &Checkpoint) -> Result<()> {
    let (folder, file, text) = (folder.to_owned(), file(folder, county), checkpoint.to_string());
    let written = tokio::task::spawn_blocking(move || replace(&folder, &file, &text)).await.map_err(Error::internal)?;
    written.map_err(|error| Error::internal(format!("the checkpoint kept: {error}")))
}

fn replace(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Two processes of one node must not write into one file.
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let mut opened = fs::File::create(&fresh)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()?;
    fs::rename(&fresh, file)?;
    fs::File::open(folder)?.sync_all()
}
